use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use chrono::Duration;
use gatewright_server::clock::{Clock as _, SystemClock};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConnection};
use tempfile::TempDir;

use super::development::{self, Development};
use super::*;

fn open(place: &TempDir, host: &str, now: Time) -> Development {
    development::open(place.path(), host, now).unwrap()
}

fn bytes(identity: &Identity) -> Vec<u8> {
    identity.leaf().unwrap().to_vec()
}

/// A whole handshake in memory: what the client that trusts `authority` and asks for `name` gets.
fn shake_hands(
    certificates: &Arc<Certificates>,
    authority: &Path,
    name: &str,
) -> Result<Option<Vec<u8>>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = Connection::from(ClientConnection::new(Arc::new(config), name)?);
    let mut server = Connection::from(ServerConnection::new(server_config(certificates.clone()).unwrap())?);
    while client.is_handshaking() || server.is_handshaking() {
        for (from, to) in [(0, 1), (1, 0)] {
            let ends = [&mut client, &mut server];
            let mut wire = Vec::new();
            while ends[from].wants_write() {
                ends[from].write_tls(&mut wire).unwrap();
            }
            let mut rest = wire.as_slice();
            while !rest.is_empty() {
                ends[to].read_tls(&mut rest).unwrap();
            }
            ends[to].process_new_packets()?;
        }
    }
    Ok(client.alpn_protocol().map(<[u8]>::to_vec))
}

#[test]
fn a_client_that_trusts_the_authority_accepts_every_name() {
    let place = tempfile::tempdir().unwrap();
    let made = open(&place, "auth.test", SystemClock.now());
    let certificates = Certificates::new(&made.identity);
    for name in ["localhost", "127.0.0.1", "::1", "auth.test"] {
        assert!(made.identity.covers(name));
        assert_eq!(
            shake_hands(&certificates, &made.authority, name).unwrap().as_deref(),
            Some(&b"h2"[..]),
            "{name}"
        );
    }
    assert!(!made.identity.covers("example.com") && made.identity.covers("[::1]"));
    assert!(shake_hands(&certificates, &made.authority, "example.com").is_err());
    for (file, mode) in [("ca.key", 0o600), ("server.key", 0o600)] {
        let found = fs::metadata(place.path().join("tls").join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{file}");
    }
}

#[test]
fn a_certificate_is_short_lived_used_again_and_renewed_in_time() {
    let place = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let first = open(&place, "auth.test", now);
    let life = first.identity.not_after() - now;
    assert!(life > Duration::days(390) && life <= Duration::days(398), "{life}");
    let authority = fs::read(&first.authority).unwrap();
    assert_eq!(bytes(&open(&place, "auth.test", now + Duration::days(300)).identity), bytes(&first.identity));

    let renewed = open(&place, "auth.test", now + Duration::days(375));
    assert_ne!(bytes(&renewed.identity), bytes(&first.identity));
    assert_eq!(fs::read(&renewed.authority).unwrap(), authority, "nobody has to trust it anew");

    let late = open(&place, "auth.test", now + Duration::days(3640));
    assert!(fs::read(&late.authority).unwrap() != authority, "the authority ended too");
}

#[test]
fn the_authority_is_constrained_to_this_installation() {
    let place = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let first = open(&place, "auth.test", now);
    let authority = fs::read(&first.authority).unwrap();
    let key =
        rcgen::KeyPair::from_pem(&fs::read_to_string(place.path().join("tls/ca.key")).unwrap()).unwrap();

    // Somebody who stole the key makes a certificate for somebody else.
    let (_, parsed) = x509_parser::pem::parse_x509_pem(&authority).unwrap();
    let parsed = parsed.parse_x509().unwrap();
    let name = parsed.subject().iter_common_name().next().unwrap().as_str().unwrap().to_owned();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let issuer = rcgen::Issuer::new(params, key);
    let victim_key = rcgen::KeyPair::generate().unwrap();
    let victim = rcgen::CertificateParams::new(vec!["bank.example".to_owned()]).unwrap();
    let stolen = place.path().join("stolen.pem");
    fs::write(&stolen, victim.signed_by(&victim_key, &issuer).unwrap().pem()).unwrap();
    fs::write(place.path().join("stolen.key"), victim_key.serialize_pem()).unwrap();
    let stolen = Identity::from_files(&stolen, &place.path().join("stolen.key"), now).unwrap();
    let refused = shake_hands(&Certificates::new(&stolen), &first.authority, "bank.example").unwrap_err();
    assert!(refused.to_string().contains("NameConstraintViolation"), "{refused}");

    // Another issuer host needs another authority.
    let moved = open(&place, "other.test", now);
    assert_ne!(fs::read(&moved.authority).unwrap(), authority);
    assert!(moved.identity.covers("other.test") && !moved.identity.covers("auth.test"));
}

#[test]
fn broken_files_are_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    open(&place, "localhost", now);
    for file in ["server.pem", "server.key", "ca.pem", "ca.key"] {
        fs::write(place.path().join("tls").join(file), "").unwrap();
        let made = open(&place, "localhost", now);
        assert!(
            shake_hands(&Certificates::new(&made.identity), &made.authority, "localhost").is_ok(),
            "{file}"
        );
    }
}

#[test]
fn files_that_cannot_be_used_are_explained() {
    let place = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    open(&place, "localhost", now);
    let at = |name: &str| place.path().join("tls").join(name);
    let said = |certificate: &str, key: &str, now: Time| {
        Identity::from_files(&at(certificate), &at(key), now).unwrap_err().to_string()
    };
    assert!(said("none.pem", "server.key", now).contains("cannot read"));
    assert!(said("server.pem", "none.key", now).contains("cannot read"));
    assert!(said("server.key", "server.pem", now).contains("are certificate and key swapped?"));
    assert!(said("server.pem", "server.pem", now).contains("holds no PEM private key"));
    assert!(said("server.pem", "ca.key", now).contains("is not the key of the first certificate"));
    assert!(said("server.pem", "server.key", now + Duration::days(500)).contains("renew it"));
    assert!(said("server.pem", "server.key", now - Duration::days(5)).contains("clock right"));
    fs::write(at("bad.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(said("bad.pem", "server.key", now).contains("cannot be used"));
}

#[test]
fn changed_files_are_served_without_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let first = open(&place, "localhost", now);
    let files = (place.path().join("tls/server.pem"), place.path().join("tls/server.key"));
    let certificates = Certificates::new(&first.identity);
    let served = || certificates.0.read().unwrap().cert[0].to_vec();
    let seen = versions(&files);
    assert_eq!(versions(&files), seen);

    fs::write(&files.0, "half written").unwrap();
    assert_ne!(versions(&files), seen);
    reload(&files, &certificates, now);
    assert_eq!(served(), bytes(&first.identity), "what cannot be used is not used");

    let second = open(&place, "localhost", now);
    reload(&files, &certificates, now);
    assert_eq!(served(), bytes(&second.identity));
}
