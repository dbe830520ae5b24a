//! Heads of requests that have grown too large (CK-05): 431 with a page that says what to do about it.
//!
//! What listens in front of this has a bound of its own, and has to let somewhat more through for the
//! page to be seen.

use axum::extract::Request;
use axum::response::Response;

use super::html;
use crate::app::{App, Moment};

/// Largest head: request line and headers, in bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// Refuses larger heads with 431 (RFC 6585 §5).
pub fn refuse(app: &App, moment: &Moment, request: &Request) -> Option<Response> {
    is_too_large(request).then(|| html::too_large(app, moment))
}

/// Whether a head is larger than it may be.
pub fn is_too_large(request: &Request) -> bool {
    size(request) > HEAD_BYTES
}

/// The size of a head as HTTP/1.1 writes it, without what separates its parts.
fn size(request: &Request) -> usize {
    let uri = request.uri();
    let target = uri.path().len() + uri.query().map_or(0, str::len);
    request.headers().iter().fold(target, |sum, (name, value)| sum + name.as_str().len() + value.len())
}
