//! HTTP around every capability: what is the same for all routes lives here and nowhere else.
//!
//! In the order a request meets it: [`request_log`] makes the request's `Moment` and writes one log
//! line at the end, [`headers`] puts the security headers on whatever comes back, [`gatekeeper`]
//! refuses foreign `Host`s and ambiguous paths, [`head`] what is too large, [`cors`] answers preflights
//! of API routes, then axum's router finds the capability. Handlers use [`extract`], [`cookies`], [`csrf`] and [`answer`].

pub mod answer;
pub mod assets;
pub mod assets_http;
pub mod browser;
pub mod cookies;
pub mod cors;
pub mod csrf;
pub mod extract;
pub mod gatekeeper;
pub mod head;
pub mod headers;
pub mod html;
pub mod page;
pub mod peer;
pub mod request_log;
