//! In which language a request wants its answer, as far as the request itself tells.

use axum::extract::Request;
use axum::http::header;
use gatewright_oauth::Params;

use crate::words::Words;

/// What the browser asks for, else the server's language.
pub fn of_browser(request: &Request, default: Words) -> Words {
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    default.or_rather(header)
}

/// What the app wishes (`ui_locales` of an authorization or of a sign-out, OIDC Core §3.1.2.1).
pub fn asked_for(request: &Request) -> Option<String> {
    in_query(request.uri().query())
}

fn in_query(query: Option<&str>) -> Option<String> {
    let query = query.filter(|query| query.contains("ui_locales="))?;
    let params = Params::parse_flawed(query.as_bytes()).ok()?;
    params.one("ui_locales").ok().flatten().map(str::to_owned)
}
