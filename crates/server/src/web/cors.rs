//! CORS for the API endpoints (Fetch §3.2): any origin, no credentials, so that browser-based MCP
//! clients can use metadata, JWKS, token, register, revoke and userinfo. Pages never get it (AZ-13).

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::app::App;

/// Request headers MCP clients send; listed because `*` does not cover `Authorization`.
const ALLOWED: [&str; 7] =
    ["authorization", "content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name", "dpop"];

/// Answer headers a script may read.
const EXPOSED: [&str; 3] = ["www-authenticate", "retry-after", "dpop-nonce"];

const ANY: HeaderValue = HeaderValue::from_static("*");

/// What [`open`] puts on the answer to a request that is not a preflight.
pub fn add(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    if let Ok(exposed) = HeaderValue::from_str(&EXPOSED.join(",")) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// Lets scripts of any origin call `routes` without credentials.
pub fn open(routes: Router<App>) -> Router<App> {
    routes.layer(
        CorsLayer::new()
            .allow_origin(AllowOrigin::exact(ANY))
            .allow_methods(AllowMethods::list([Method::GET, Method::POST]))
            .allow_headers(AllowHeaders::list(ALLOWED.map(HeaderName::from_static)))
            .expose_headers(ExposeHeaders::list(EXPOSED.map(HeaderName::from_static)))
            .max_age(std::time::Duration::from_hours(1))
            .vary([header::ORIGIN; 0]),
    )
}
