//! What browsers send, and what is shown to people.

use std::net::{IpAddr, Ipv4Addr};

use gatewright_oauth::display;
use gatewright_server::pictures;
use gatewright_server::web::device::Device;
use gatewright_server::web::{cookies, peer};
use gatewright_server::words::Words;
use http::header::{COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue};

use crate::text;

/// Headers of browsers and proxies.
pub fn headers(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, value.clone());
    headers.insert(USER_AGENT, value.clone());
    headers.insert("x-forwarded-for", value);
    let _ = cookies::session(&headers);
    let _ = cookies::browsers(&headers);
    let device = Device::of(&headers);
    if let Some(stored) = device.stored() {
        assert_eq!(Device::parse(&stored), device, "a device is kept as another");
    }
    let connected = IpAddr::V4(Ipv4Addr::LOCALHOST);
    assert_eq!(peer::address(connected, &headers, &[]), connected, "a stranger was believed");
    let _ = peer::address(connected, &headers, &[peer::network(connected)]);
    let _ = Words::wished(text(bytes));
}

/// What people see of a stranger's words: one line, nothing hidden, the same when it is cleaned again.
pub fn display(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Some(shown) = display::shown(text) {
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert_eq!(display::shown(&shown).as_ref(), Some(&shown));
    }
    let _ = display::claimed(text);
    let host = display::host_shown(text);
    assert!(host.unicode.is_none_or(|unicode| !unicode.chars().any(char::is_control)));
    let _ = display::skeleton(text);
}

/// A picture is small whatever it claims to be.
pub fn picture(bytes: &[u8]) {
    if let Ok(picture) = pictures::small(bytes, (64, 64)) {
        assert!(picture.width <= 64 && picture.height <= 64);
    }
}
