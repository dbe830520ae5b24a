//! Authorities that are trusted besides those of this machine: a server with a certificate of its operator's own
//! authority is named with `--ca-file`, once; `gatewright login` keeps it with the profile.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::failure::Failure;

/// Names the file, like `--ca-file`.
const CA_FILE: &str = "GATEWRIGHT_CA_FILE";

/// Authorities, in PEM as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    pem: Option<String>,
    authorities: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Those of the file that was named on the command line, or in the environment.
    pub fn named(file: Option<&Path>) -> Result<Option<Trust>, Failure> {
        let from_environment =
            || std::env::var_os(CA_FILE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let Some(file) = file.map(Path::to_owned).or_else(from_environment) else { return Ok(None) };
        let place = file.display();
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Failure::configuration(format!(
                "cannot read {place}: {error}\n  --ca-file names the authority's certificate (PEM)"
            ))
        })?;
        let trust = Trust::of(text).ok_or_else(|| {
            Failure::configuration(format!(
                "{place} holds no certificate\n  --ca-file names the authority's certificate (PEM)"
            ))
        })?;
        Ok(Some(trust))
    }

    /// Those of a text. `None` when it holds none, or something that is none.
    pub fn of(pem: String) -> Option<Trust> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let authorities = read.ok().filter(|found| !found.is_empty())?;
        let mut roots = RootCertStore::empty();
        let all_fit = authorities.iter().all(|authority| roots.add(authority.clone()).is_ok());
        all_fit.then_some(Trust { pem: Some(pem), authorities })
    }

    /// Those of a file that is there or not.
    pub fn found_in(file: &Path) -> Trust {
        std::fs::read_to_string(file).ok().and_then(Trust::of).unwrap_or_default()
    }

    /// As they were given.
    pub fn pem(&self) -> Option<&str> {
        self.pem.as_deref()
    }

    /// Besides those of this machine.
    pub(crate) fn authorities(&self) -> Vec<CertificateDer<'static>> {
        self.authorities.clone()
    }

    /// Without those of this machine.
    pub(crate) fn alone(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.authorities());
        roots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_told() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("ca.pem");
        assert!(Trust::named(Some(&file)).unwrap_err().to_string().contains("cannot read"));
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&file, text).unwrap();
            assert!(Trust::named(Some(&file)).unwrap_err().to_string().contains("no certificate"), "{text}");
            assert_eq!(Trust::found_in(&file), Trust::default());
        }
    }

    #[test]
    fn an_authority_is_kept_as_it_was_given() {
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem();
        let trust = Trust::of(pem.clone()).unwrap();
        assert_eq!((trust.pem(), trust.authorities().len()), (Some(pem.as_str()), 1));
    }
}
