//! HTTP around every capability: what is the same for all routes lives here and nowhere else.
//!
//! What a request meets on its way, in order, is in [`front`]; the routes of capabilities may add [`cors`]. Handlers use
//! [`extract`], [`cookies`], [`csrf`], [`answer`], and [`standing`] for what is the same for everybody.

pub mod answer;
pub mod assets;
pub mod assets_http;
pub mod browser;
pub mod cookies;
pub mod cors;
pub mod csrf;
pub mod device;
pub mod extract;
pub mod front;
pub mod gatekeeper;
pub mod head;
pub mod headers;
pub mod html;
pub mod language;
pub mod page;
pub mod peer;
pub mod request_log;
mod sampling;
pub mod standing;
