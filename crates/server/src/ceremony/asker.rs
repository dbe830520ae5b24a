//! A client as pages show it: facts lead, claims are labelled.

use gatewright_oauth::client::LinkedPage;
use gatewright_oauth::redirect::{RedirectKind, TrustedRedirect};
use gatewright_oauth::{Client, Voucher};

use crate::web::page::{AppPage, Asker, Claimed, Destination, Standing};

/// Who asks, and where the answer goes.
pub fn of(client: &Client, redirect: &TrustedRedirect) -> Asker {
    describe(client, destination(redirect))
}

/// Who asks as a device.
pub fn of_device(client: &Client) -> Asker {
    describe(client, Destination::Device)
}

fn describe(client: &Client, destination: Destination) -> Asker {
    let name = client.claimed_name();
    // What anybody says of a program on the person's device any other program there can use; and of a device, unless
    // it has proven that it is the client.
    let is_itself = match &destination {
        Destination::Web { .. } => true,
        Destination::ThisComputer { .. } | Destination::App { .. } => false,
        Destination::Device => !client.is_public(),
    };
    let standing = match (client.voucher, client.id.host()) {
        (Voucher::Administrator, _) if !is_itself => Standing::Registered,
        (Voucher::Administrator, _) => Standing::Verified,
        (Voucher::Domain, Some(host)) if is_itself => Standing::TrustedDomain { host: host.to_owned() },
        (Voucher::Domain | Voucher::Nobody, Some(host)) => Standing::KnownDomain { host: host.to_owned() },
        (Voucher::Domain | Voucher::Nobody, None) => Standing::Unverified,
    };
    let confusable_with = match standing {
        Standing::Verified | Standing::Registered | Standing::TrustedDomain { .. } => None,
        Standing::KnownDomain { .. } | Standing::Unverified => {
            name.as_ref().and_then(|name| name.confusable_with).map(str::to_owned)
        }
    };
    let asker = Asker {
        name: name.and_then(|name| Claimed::visible_name(&name.text)),
        standing,
        confusable_with,
        destination,
        pages: Vec::new(),
    };
    // The rule of logos: where the page is not certain whose word this is, it sends nobody anywhere.
    let pages = if asker.is_verified() { pages(client, &asker.destination) } else { Vec::new() };
    Asker { pages, ..asker }
}

/// Its pages. The app's own host is the one its document is on, or else the one its answers go to.
fn pages(client: &Client, destination: &Destination) -> Vec<AppPage> {
    let own = match (client.id.host(), destination) {
        (Some(host), _) => Some(host),
        (None, Destination::Web { host_ascii, .. }) => Some(host_ascii.as_str()),
        (None, Destination::ThisComputer { .. } | Destination::App { .. } | Destination::Device) => None,
    };
    let page = |page: LinkedPage<'_>| AppPage {
        about: page.about,
        address: page.address.to_owned(),
        elsewhere: (own != Some(page.host)).then(|| page.host.to_owned()),
    };
    client.linked_pages().map(page).collect()
}

/// The same where nobody asks at the moment: with the first address it registered.
pub fn registered(client: &Client) -> Option<Asker> {
    let first = client.metadata.redirect_uris.first()?;
    client.match_redirect(Some(first.as_str())).ok().map(|redirect| of(client, &redirect))
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
