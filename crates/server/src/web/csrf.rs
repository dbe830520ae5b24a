//! Which site a form came from (Fetch Metadata, W3C; ASVS 3.5.1).
//!
//! Pages carry `Referrer-Policy: no-referrer`, which makes browsers send `Origin: null` with forms of
//! our own, so `Sec-Fetch-Site` is asked first and `Origin` only where a browser does not send it.

use axum::http::{HeaderMap, header};

use super::page::Problem;
use crate::error::{Outcome, Stop};

/// Stops a state-changing request that another site started, with the page that says so.
pub fn same_site(headers: &HeaderMap, own_origin: &str) -> Outcome<()> {
    let is_own = match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() == own_origin.as_bytes()),
    };
    if is_own { Ok(()) } else { Err(Stop::Shown(Problem::ForeignForm)) }
}
