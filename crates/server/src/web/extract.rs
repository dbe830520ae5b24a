//! What handlers take from a request: its [`Moment`], its OAuth parameters.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use gatewright_oauth::{Code, Params, Refusal};

use super::answer;
use crate::app::{App, Moment};

impl FromRequestParts<App> for Moment {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Moment, Response> {
        // `web::front` notes it; a route without it in front still gets honest facts.
        Ok(parts.extensions.get::<Moment>().cloned().unwrap_or_else(|| app.system_moment()))
    }
}

/// The parameters of a form body. On API routes everything wrong with it is a JSON refusal.
pub struct Form(pub Params);

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Form, Response> {
        if has_parameters(request.uri().query()) {
            return Err(answer::refused(&Refusal::new(
                Code::InvalidRequest,
                "send the parameters in the request body, not in the query (OAuth 2.1 section 2.4.1)",
            )));
        }
        body(request, app).await.map(Form)
    }
}

/// Reads an `application/x-www-form-urlencoded` body, size-bounded by the route.
pub async fn body(request: Request, app: &App) -> Result<Params, Response> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(answer::refused(&Refusal::new(
            Code::InvalidRequest,
            "the body must be application/x-www-form-urlencoded (RFC 6749 appendix B)",
        )));
    }
    let bytes = Bytes::from_request(request, app).await.map_err(|cut| answer::unreadable(cut.status()))?;
    Params::parse(&bytes).map_err(|refusal| answer::refused(&refusal))
}

/// Whether a query names anything OAuth defines (CA-13). Other queries are ignored.
fn has_parameters(query: Option<&str>) -> bool {
    const DEFINED: [&str; 12] = [
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "refresh_token",
        "grant_type",
        "token",
        "client_assertion",
        "access_token",
        "redirect_uri",
        "scope",
        "resource",
    ];
    let Some(query) = query else { return false };
    match Params::parse_flawed(query.as_bytes()) {
        Ok(params) => params.names().any(|name| DEFINED.contains(&name)),
        Err(_) => true,
    }
}
