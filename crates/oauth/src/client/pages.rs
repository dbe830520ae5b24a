//! The pages a client says are about it (RFC 7591 §2): `client_uri`, `policy_uri`, `tos_uri`.
//!
//! They were judged when they were registered, perhaps long ago and by another rule. A page of ours becomes a link only
//! where it is fit to be followed now: `https`, and a host that a browser reads as it is written.

use super::ClientMetadata;
use crate::uri;

/// What such a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The client.
    Website,
    /// What becomes of people's data.
    Privacy,
    /// What people agree to.
    Terms,
}

/// A page that may be linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedPage<'a> {
    /// What it is about.
    pub about: About,
    /// Its address.
    pub address: &'a str,
    /// The host in it, with its port where it has one, as a browser contacts it.
    pub host: &'a str,
}

/// Those that are fit to be followed.
pub(super) fn of(metadata: &ClientMetadata) -> impl Iterator<Item = LinkedPage<'_>> {
    let named = [
        (About::Website, &metadata.client_uri),
        (About::Privacy, &metadata.policy_uri),
        (About::Terms, &metadata.tos_uri),
    ];
    named.into_iter().filter_map(|(about, address)| {
        let address = address.as_deref()?;
        host(address).map(|host| LinkedPage { about, address, host })
    })
}

/// The host and port of an address that may be linked to.
fn host(address: &str) -> Option<&str> {
    let parts = uri::split(address)
        .filter(|_| address.len() <= uri::MAX_URI && uri::foreign_character(address).is_none())?;
    let (host, _) = parts.host_port().filter(|_| parts.scheme == "https")?;
    let read = url::Url::parse(address).ok()?;
    read.host_str().filter(|read| read.eq_ignore_ascii_case(host)).and(parts.authority)
}
