//! This machine: configuration, master key files, certificate files.

use std::path::PathBuf;

use gatewright_server::Config;
use gatewright_server::checks::Check;
use gatewright_server::config::Tls;
use gatewright_store::Time;

use super::report::{self, Report};
use crate::failure::Failure;
use crate::output::{minute, span};
use crate::{master_key, tls};

/// A certificate that ends within so many days deserves a look: whatever renews it should have by now.
const RENEWED_BY: i64 = 21;

pub(super) fn look(config: &Config, now: Time, report: &mut Report) {
    report.add(match config.check_transport() {
        Ok(()) => Check::ok("configuration", format!("issuer {}", config.issuer)),
        // `--dev-tls` is on the server's command line; the authority it made tells.
        Err(_) if served_for_trials(config) => Check::warning(
            "configuration",
            format!("issuer {}, served with --dev-tls", config.issuer),
            "for other people to use, name a certificate below [listen.tls], or a proxy in listen.trust_proxy",
        ),
        Err(error) => report::failure("configuration", &Failure::from(error)),
    });
    report.add(match master_key::read(&config.master_key_file) {
        Ok(key) => Check::ok(
            "master key",
            format!("{} (fingerprint {})", config.master_key_file.display(), key.fingerprint()),
        ),
        Err(error) => report::failure("master key", &Failure::from(error)),
    });
    for file in &config.previous_master_key_files {
        report.add(match master_key::read(file) {
            Ok(key) => Check::ok(
                "previous master key",
                format!("{} (fingerprint {})", file.display(), key.fingerprint()),
            ),
            Err(error) => report::failure("previous master key", &Failure::from(error)),
        });
    }
    match &config.listen.tls {
        Some(Tls::Files { certificate, key }) => {
            report.add(match tls::Identity::from_files(certificate, key, now) {
                Ok(identity) => certificate_check(config, &identity, now),
                Err(error) => report::failure("certificate file", &Failure::from(error)),
            });
        }
        // Looked at from outside, with the issuer.
        Some(Tls::Development) | None => {}
    }
}

/// The certificate of the authority that `--dev-tls` makes.
pub(super) fn authority(config: &Config) -> PathBuf {
    config.data_dir.join("tls/ca.pem")
}

fn served_for_trials(config: &Config) -> bool {
    config.is_https() && config.listen.tls.is_none() && authority(config).exists()
}

fn certificate_check(config: &Config, identity: &tls::Identity, now: Time) -> Check {
    let host = host(config.issuer_authority());
    if !identity.covers(host) {
        return Check::failed(
            "certificate file",
            format!("the certificate is not for {host}"),
            "name a certificate for the issuer's host in listen.tls.certificate",
        );
    }
    lifetime("certificate file", identity.not_after(), now)
}

/// Judges when a certificate ends.
pub(super) fn lifetime(check: &'static str, end: Time, now: Time) -> Check {
    let left = end - now;
    if left < chrono::Duration::zero() {
        return Check::failed(
            check,
            format!("the certificate ended on {}", minute(end)),
            "renew it; a running server notices the new files by itself",
        );
    }
    if left.num_days() < RENEWED_BY {
        return Check::warning(
            check,
            format!("the certificate ends in {}, on {}", span(left), minute(end)),
            "renew it, or look why nothing has; a running server notices the new files by itself",
        );
    }
    Check::ok(check, format!("valid for {}", span(left)))
}

/// The host of `host[:port]`, without the brackets of an IPv6 address.
fn host(authority: &str) -> &str {
    let end = authority.rfind(':').filter(|colon| !authority[*colon..].contains(']'));
    authority[..end.unwrap_or(authority.len())].trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use gatewright_server::checks::Status;

    #[test]
    fn certificates_are_asked_about_before_they_end() {
        let now = Time::UNIX_EPOCH;
        let of = |left: Duration| lifetime("certificate", now + left, now);
        assert_eq!(of(Duration::days(60)).status, Status::Ok);
        assert_eq!(of(Duration::days(5)).status, Status::Warning);
        assert_eq!(of(Duration::days(-1)).status, Status::Failed);
        assert!(of(Duration::days(5)).message.contains("ends in 5 days"));
    }

    #[test]
    fn a_key_that_everybody_may_read_fails() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let config = Config::dev("http://localhost:1", place.path());
        let mut report = Report::default();
        look(&config, Time::UNIX_EPOCH, &mut report);
        assert!(report.find("master key").message.contains("there is no master key file"));
        assert_eq!(report.find("configuration").status, Status::Ok);

        std::fs::write(
            &config.master_key_file,
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        )
        .unwrap();
        std::fs::set_permissions(&config.master_key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let mut report = Report::default();
        look(&config, Time::UNIX_EPOCH, &mut report);
        assert_eq!(report.find("master key").status, Status::Failed);
        assert!(report.find("master key").message.contains("other users may read"));
    }
}
