//! Which site a form came from (Fetch Metadata, W3C; ASVS 3.5.1).
//!
//! Pages carry `Referrer-Policy: no-referrer`, which makes browsers send `Origin: null` with forms of
//! our own, so `Sec-Fetch-Site` is asked first and `Origin` only where a browser does not send it.

use axum::http::{HeaderMap, header};
use gatewright_oauth::{Code, Refusal};

/// Refuses a state-changing request that another site started.
pub fn same_site(headers: &HeaderMap, own_origin: &str) -> Result<(), Refusal> {
    let foreign = || Refusal::new(Code::AccessDenied, "this form was sent from another site");
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" { Ok(()) } else { Err(foreign()) };
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if origin.as_bytes() == own_origin.as_bytes() => Ok(()),
        Some(_) | None => Err(foreign()),
    }
}
