//! TLS of the public listener.
//!
//! 1. A certificate and its key come from two PEM files ([`Identity::from_files`]) or from a local
//!    certificate authority ([`development`]). Either way they are checked before anybody sees them:
//!    readable, of the same key, valid today.
//! 2. [`Certificates`] holds the current one; [`server_config`] serves it with rustls on ring, TLS 1.2
//!    and 1.3, offering HTTP/2 and HTTP/1.1.
//! 3. [`keep_fresh`] replaces it when the files change or on SIGHUP, so a renewed certificate needs no
//!    restart. One that fails the checks of 1. is reported and the old one stays.

pub mod development;
mod error;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use gatewright_server::clock::Clock;
use gatewright_store::Time;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;

pub use error::TlsError;

/// How often the files are looked at. Renewals happen weeks before the old certificate ends.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A certificate with its chain and private key, which belong together.
#[derive(Debug, Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    not_after: Time,
}

impl Identity {
    /// Reads and checks a certificate (followed by its intermediates) and its private key.
    pub fn from_files(certificate: &Path, key: &Path, now: Time) -> Result<Identity, TlsError> {
        let chain_pem = read(certificate)?;
        let key_pem = zeroize::Zeroizing::new(read(key)?);
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(&chain_pem).collect::<Result<_, _>>().map_err(|error| {
                TlsError::Malformed { path: certificate.to_owned(), reason: error.to_string() }
            })?;
        let Some(leaf) = chain.first() else {
            return Err(TlsError::NoCertificate { path: certificate.to_owned() });
        };
        let (not_before, not_after) =
            validity(leaf).map_err(|reason| TlsError::Malformed { path: certificate.to_owned(), reason })?;
        if now > not_after {
            return Err(TlsError::Expired { path: certificate.to_owned(), at: not_after });
        }
        if now < not_before {
            return Err(TlsError::NotYetValid { path: certificate.to_owned(), from: not_before });
        }
        let private =
            PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| TlsError::NoKey { path: key.to_owned() })?;
        let certified = CertifiedKey::from_der(chain, private, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() }
            }
            other => TlsError::Malformed { path: key.to_owned(), reason: other.to_string() },
        })?;
        Ok(Identity { certified: Arc::new(certified), not_after })
    }

    /// When the certificate ends.
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// Whether clients that connect to `host` (a name or an address) accept the certificate's names.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let Ok(name) = ServerName::try_from(host) else { return false };
        let leaf = self.certified.end_entity_cert().and_then(ParsedCertificate::try_from);
        leaf.is_ok_and(|leaf| verify_server_name(&leaf, &name).is_ok())
    }

    /// The certificate itself.
    pub fn leaf(&self) -> Option<&CertificateDer<'static>> {
        self.certified.cert.first()
    }
}

/// The certificate that is served, replaceable while connections are open.
#[derive(Debug)]
pub struct Certificates(RwLock<Arc<CertifiedKey>>);

impl Certificates {
    /// Serves this one.
    pub fn new(identity: &Identity) -> Arc<Certificates> {
        Arc::new(Certificates(RwLock::new(identity.certified.clone())))
    }

    /// Serves this one from the next connection on.
    pub fn replace(&self, identity: &Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identity.certified.clone();
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The listener's configuration.
pub fn server_config(certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Unusable { reason: error.to_string() })?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Replaces the certificate whenever its files change, and on SIGHUP. Runs until it is dropped.
pub async fn keep_fresh(files: (PathBuf, PathBuf), certificates: Arc<Certificates>, clock: impl Clock) {
    let mut hang_up = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok();
    let mut seen = versions(&files);
    loop {
        let asked = async {
            match &mut hang_up {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = asked => {}
            () = tokio::time::sleep(LOOK_EVERY) => {
                let now = versions(&files);
                if now == seen {
                    continue;
                }
                seen = now;
            }
        }
        reload(&files, &certificates, clock.now());
    }
}

fn reload((certificate, key): &(PathBuf, PathBuf), certificates: &Certificates, now: Time) {
    match Identity::from_files(certificate, key, now) {
        Ok(identity) => {
            certificates.replace(&identity);
            tracing::info!(certificate = %certificate.display(), until = %identity.not_after(), "certificate replaced");
        }
        // Both files are rarely written in the same instant; the next look comes soon.
        Err(error) => tracing::error!(%error, "the new certificate is not used, the old one stays"),
    }
}

/// What tells one version of the files from the next.
fn versions((certificate, key): &(PathBuf, PathBuf)) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

/// From when until when a certificate is valid.
fn validity(certificate: &CertificateDer<'_>) -> Result<(Time, Time), String> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|error| error.to_string())?;
    let validity = parsed.validity();
    let time = |at: x509_parser::time::ASN1Time| Time::from_timestamp(at.timestamp(), 0);
    time(validity.not_before)
        .zip(time(validity.not_after))
        .ok_or_else(|| "its dates cannot be read".to_owned())
}
