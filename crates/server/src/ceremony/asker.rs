//! A client as pages show it: facts lead, claims are labelled.

use gatewright_oauth::redirect::{RedirectKind, TrustedRedirect};
use gatewright_oauth::{Client, Voucher};

use crate::web::page::{Asker, Claimed, Destination, Standing};

/// Who asks, and where the answer goes.
pub fn of(client: &Client, redirect: &TrustedRedirect) -> Asker {
    let name = client.claimed_name();
    let standing = match (client.voucher, client.id.host()) {
        // What anybody says of a program on the person's device any other program there can use.
        (Voucher::Administrator, _) if redirect.kind() != RedirectKind::Web => Standing::Registered,
        (Voucher::Administrator, _) => Standing::Verified,
        (Voucher::Domain, Some(host)) if redirect.kind() == RedirectKind::Web => {
            Standing::TrustedDomain { host: host.to_owned() }
        }
        (Voucher::Domain | Voucher::Nobody, Some(host)) => Standing::KnownDomain { host: host.to_owned() },
        (Voucher::Domain | Voucher::Nobody, None) => Standing::Unverified,
    };
    let confusable_with = match standing {
        Standing::Verified | Standing::Registered | Standing::TrustedDomain { .. } => None,
        Standing::KnownDomain { .. } | Standing::Unverified => {
            name.as_ref().and_then(|name| name.confusable_with).map(str::to_owned)
        }
    };
    Asker {
        name: name.and_then(|name| Claimed::visible_name(&name.text)),
        standing,
        confusable_with,
        destination: destination(redirect),
    }
}

/// Where the answer goes.
pub fn destination(redirect: &TrustedRedirect) -> Destination {
    let host = redirect.host_shown();
    match redirect.kind() {
        RedirectKind::Web => Destination::Web {
            host_ascii: match host.port {
                Some(port) => format!("{}:{port}", host.ascii),
                None => host.ascii,
            },
            host_unicode: host.unicode,
            mixed_scripts: host.mixed_scripts,
        },
        RedirectKind::Loopback => Destination::ThisComputer { host: host.ascii, port: host.port },
        RedirectKind::PrivateUse => {
            Destination::App { scheme: redirect.as_str().split(':').next().unwrap_or_default().to_owned() }
        }
    }
}
