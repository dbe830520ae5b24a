//! `--dev-tls`: a certificate authority of this installation only, and a certificate from it.
//!
//! 1. Below `<data_dir>/tls`: `ca.pem` (to be trusted by those who try things out), `ca.key`,
//!    `server.pem`, `server.key`. Keys are readable by their owner only.
//! 2. The authority is good for nothing else: it is constrained to localhost, the loopback addresses
//!    and the issuer's host, and may not make further authorities (RFC 5280 §4.2.1.9, §4.2.1.10). A
//!    stolen `ca.key` cannot impersonate the rest of the web to those who trust `ca.pem`.
//! 3. What is there is used again as long as a client that trusts `ca.pem` would accept it for every
//!    name, today and for a month to come. Otherwise the certificate is renewed, and the authority only
//!    if that does not help (it ended, or the issuer's host changed).

use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Datelike as _;
use gatewright_store::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData as _, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::{Identity, TlsError, provider, validity};

/// Days a certificate is valid; browsers refuse more than 398.
const LEAF_DAYS: i64 = 397;
/// Days the authority is valid.
const AUTHORITY_DAYS: i64 = 3650;
/// A certificate that ends within so many days is renewed.
const RENEW_DAYS: i64 = 30;

/// A local certificate.
#[derive(Debug)]
pub struct Development {
    /// What to serve.
    pub identity: Identity,
    /// The authority's certificate, for those who are to trust it.
    pub authority: PathBuf,
}

struct Files {
    authority: PathBuf,
    authority_key: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

/// Finds or makes the certificate for `localhost`, the loopback addresses and `host` (the issuer's,
/// without a port).
pub fn open(data_dir: &Path, host: &str, now: Time) -> Result<Development, TlsError> {
    let directory = data_dir.join("tls");
    let created = DirBuilder::new().recursive(true).mode(0o755).create(&directory);
    created.map_err(|source| TlsError::Unwritable { path: directory.clone(), source })?;
    let files = Files {
        authority: directory.join("ca.pem"),
        authority_key: directory.join("ca.key"),
        certificate: directory.join("server.pem"),
        key: directory.join("server.key"),
    };
    let names = names(host);
    if let Some(identity) = files.usable(&names, now) {
        return Ok(Development { identity, authority: files.authority });
    }
    let authority =
        fs::read_to_string(&files.authority_key).ok().and_then(|pem| KeyPair::from_pem(&pem).ok());
    if let Some(key) = authority {
        files.issue(key, &names, now)?;
        if let Some(identity) = files.usable(&names, now) {
            return Ok(Development { identity, authority: files.authority });
        }
    }
    let key = files.establish(&names, now)?;
    files.issue(key, &names, now)?;
    let identity = Identity::from_files(&files.certificate, &files.key, now)?;
    Ok(Development { identity, authority: files.authority })
}

/// What the certificate is for.
fn names(host: &str) -> Vec<String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    names
}

impl Files {
    /// What is there, if it is as good as new.
    fn usable(&self, names: &[String], now: Time) -> Option<Identity> {
        let identity = Identity::from_files(&self.certificate, &self.key, now).ok()?;
        let authority = CertificateDer::from_pem_file(&self.authority).ok()?;
        // Not every client looks at the dates of what it trusts; some do.
        let (_, end) = validity(&authority).ok()?;
        if end < now + chrono::Duration::days(RENEW_DAYS) {
            return None;
        }
        let mut roots = RootCertStore::empty();
        roots.add(authority).ok()?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().ok()?;
        let accepted = |name: &String, days: i64| {
            let at = u64::try_from((now + chrono::Duration::days(days)).timestamp()).ok()?;
            let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
            let name = ServerName::try_from(name.as_str()).ok()?;
            verifier.verify_server_cert(identity.leaf()?, &[], &name, &[], at).ok()
        };
        let all =
            names.iter().all(|name| accepted(name, 0).is_some() && accepted(name, RENEW_DAYS).is_some());
        all.then_some(identity)
    }

    /// A new authority.
    fn establish(&self, names: &[String], now: Time) -> Result<KeyPair, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = authority(&key);
        set_dates(&mut params, now, AUTHORITY_DAYS);
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: subtrees(names), excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key)?;
        write(&self.authority_key, &key.serialize_pem(), 0o600)?;
        write(&self.authority, &certificate.pem(), 0o644)?;
        Ok(key)
    }

    /// A new certificate.
    fn issue(&self, authority_key: KeyPair, names: &[String], now: Time) -> Result<(), TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        set_dates(&mut params, now, LEAF_DAYS);
        params.distinguished_name.push(DnType::CommonName, "Gatewright (development)");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::new(authority(&authority_key), authority_key);
        let certificate = params.signed_by(&key, &issuer)?;
        write(&self.key, &key.serialize_pem(), 0o600)?;
        write(&self.certificate, &certificate.pem(), 0o644)
    }
}

/// What an authority's certificates refer to it by: a name with a part of its key's digest in it, so
/// that a second one in the same trust store is another one.
fn authority(key: &KeyPair) -> CertificateParams {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.der_bytes());
    let mark = digest.as_ref().first_chunk().map_or(0, |start| u32::from_be_bytes(*start));
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Gatewright development authority {mark:08x}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Names as constraints. An address stands for itself, except that all of 127.0.0.0/8 is loopback.
fn subtrees(names: &[String]) -> Vec<GeneralSubtree> {
    names
        .iter()
        .map(|name| match name.parse() {
            Ok(IpAddr::V4(address)) if address.is_loopback() => {
                GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8))
            }
            Ok(address @ IpAddr::V4(_)) => {
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 32))
            }
            Ok(address @ IpAddr::V6(_)) => {
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 128))
            }
            Err(_) => GeneralSubtree::DnsName(name.clone()),
        })
        .collect()
}

/// Valid from the day before (clocks differ) for `days` days.
fn set_dates(params: &mut CertificateParams, now: Time, days: i64) {
    let date = |at: Time| {
        let part = |number: u32| u8::try_from(number).unwrap_or(1);
        date_time_ymd(at.year(), part(at.month()), part(at.day()))
    };
    let start = now - chrono::Duration::days(1);
    params.not_before = date(start);
    params.not_after = date(start + chrono::Duration::days(days));
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let whole = || {
        let permissions = fs::Permissions::from_mode(mode);
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    whole().map_err(|source| TlsError::Unwritable { path: path.to_owned(), source })
}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> TlsError {
        TlsError::Unusable { reason: error.to_string() }
    }
}
