//! Security headers on every answer, errors included (CK-03; ASVS 3.4).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::Config;

/// What a page may load. `form-action` is left out on purpose: Chromium enforces it along the whole
/// redirect chain, and the answer to the consent form redirects to the client (see
/// `docs/decisions/0006-form-action-left-out-of-the-csp.md`).
pub const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers with the value they have on every answer that does not set its own. Names and values are
/// checked when this is compiled, not on every answer.
static ALWAYS: [(HeaderName, HeaderValue); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
    // A cache may keep a 404 or 405 that does not forbid it (RFC 9110 §15.1).
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
static TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
/// What is added here, what handlers add and what is added after: room for all, made once.
const ROOM: usize = 24;

/// Adds what is missing; a handler that set a stricter or more specific value keeps it.
pub fn add(config: &Config, headers: &mut HeaderMap) {
    headers.reserve(ROOM);
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    // Metadata and tokens are fetched by scripts of other origins; pages are for nobody else.
    let open = headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    let reach = HeaderValue::from_static(if open { "cross-origin" } else { "same-origin" });
    headers.entry(&RESOURCE_POLICY).or_insert(reach);
    if config.is_https() {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert_with(|| TRANSPORT.clone());
    }
}
