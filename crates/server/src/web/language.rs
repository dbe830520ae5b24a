//! In which language a request wants its answer, as far as the request itself tells.

use axum::extract::Request;
use axum::http::header;
use gatewright_oauth::Params;

use crate::words::Words;

/// The app's wish (`ui_locales` of an authorization or of a sign-out, OIDC Core §3.1.2.1), else the browser's, else the server's.
pub fn asked_for(request: &Request, default: Words) -> Words {
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    default.or_rather(header).or_rather(in_query(request.uri().query()).as_deref())
}

fn in_query(query: Option<&str>) -> Option<String> {
    let query = query.filter(|query| query.contains("ui_locales="))?;
    let params = Params::parse_flawed(query.as_bytes()).ok()?;
    params.one("ui_locales").ok().flatten().map(str::to_owned)
}
