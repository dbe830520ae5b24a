//! `GET /jwks`: pre-rendered bytes, no database.

use axum::Router;

use crate::app::App;
use crate::config::Config;
use crate::web::standing::Standing;

/// Nothing that differs between those who ask.
pub(super) fn routes() -> Router<App> {
    Router::new()
}

/// The JWKS (RFC 7517 §5).
pub(super) fn jwks(config: &Config) -> Standing {
    let path = format!("{}/jwks", config.issuer_path());
    Standing::new(path, "application/jwk-set+json", |app| app.keys.ring().jwks.clone())
}
