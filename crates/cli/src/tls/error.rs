//! What can be wrong with a certificate, and what to do then.

use std::io;
use std::path::PathBuf;

use gatewright_store::Time;

/// Why TLS cannot be spoken. Every text ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}\n  check the path below [listen.tls], and that this user may read the file", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}\n  check the permissions and the free space there", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No certificate in the file.
    #[error(
        "{} holds no PEM certificate\n  it must begin with -----BEGIN CERTIFICATE-----; are certificate and key \
         swapped?", path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// No private key in the file.
    #[error(
        "{} holds no PEM private key that can be used\n  an encrypted one has to be decrypted first: openssl pkey \
         -in {} -out plain.pem", path.display(), path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what it says.
    #[error("{} cannot be used: {reason}\n  ask for a new certificate with an RSA, ECDSA or Ed25519 key", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The certificate has ended.
    #[error("the certificate in {} ended on {at}\n  renew it, then start again", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: Time,
    },
    /// The certificate has not begun.
    #[error("the certificate in {} is valid only from {from}\n  is this machine's clock right?", path.display())]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// When it begins.
        from: Time,
    },
    /// The two files do not belong together.
    #[error(
        "the key in {} is not the key of the first certificate in {}\n  the server's own certificate comes \
         first, then its intermediates; both files have to be of the same renewal", key.display(), certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// TLS itself cannot be set up.
    #[error("cannot set up TLS: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
}
