//! Signing in with the browser: OAuth 2.1's authorization code with PKCE, for an app on this computer (RFC 8252).
//!
//! 1. Ask for the admin API (`resource`) as the client every server knows, with a fresh `state` and verifier; with
//!    `max_age` where a recent sign-in is wanted (RFC 9470).
//! 2. Show the address, and open it if there is a screen.
//! 3. Wait for the answer. It has to be of the server that was asked (`iss`, RFC 9207).
//! 4. Redeem the code.
//!
//! For machines without a browser there is another way from [`Wish`] to [`Tokens`]: [`super::device`].

use chrono::Duration;
use gatewright_jose::base64url;
use gatewright_oauth::secret::Secret;
use gatewright_server::admin::program::CLIENT_ID;
use gatewright_server::clock::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use http::{Method, Request, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::discovery::{self, Server};
use super::landing::{Landing, Pairs};
use super::profiles::Tokens;
use crate::failure::{Exit, Failure};
use crate::fetch::Fetch;
use crate::output::clean;
use crate::terminal;

/// What is asked of a person.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// The admin API.
    pub resource: &'a str,
    /// What of it.
    pub scopes: &'a [String],
    /// How recent the sign-in has to be, in seconds.
    pub max_age: Option<u64>,
    /// Where to listen; any port when 0.
    pub port: u16,
    /// Whether a browser may be opened here.
    pub screen: Screen,
}

/// Where the person's browser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Here, if there is one.
    Here,
    /// Elsewhere: the address is only shown.
    Elsewhere,
}

/// Steps 1 to 4.
pub async fn sign_in(fetch: &Fetch, server: &Server, wish: &Wish<'_>) -> Result<Tokens, Failure> {
    // Step 1.
    let landing = Landing::open(wish.port).await?;
    let redirect_uri = landing.redirect_uri();
    let (state, verifier) = (random(), random());
    let url = request(
        server,
        wish,
        &[
            ("redirect_uri", &redirect_uri),
            ("state", &state),
            (
                "code_challenge",
                &base64url::encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes())),
            ),
        ],
    )?;
    // Step 2.
    show(&url, wish.screen);
    // Step 3.
    let code = code(&landing.wait(&state).await?, server)?;
    // Step 4.
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code.expose().as_str()),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &verifier),
        ("resource", wish.resource),
    ];
    match token(fetch, server, &form).await? {
        Ok(tokens) => Ok(tokens),
        Err(refused) => {
            Err(Failure::new(format!("the server gave no token: {refused}\n  run the command again")))
        }
    }
}

fn random() -> String {
    let mut bytes = [0; 32];
    SystemEntropy::new().fill(&mut bytes);
    base64url::encode(bytes)
}

fn request(server: &Server, wish: &Wish<'_>, more: &[(&str, &str)]) -> Result<Url, Failure> {
    let mut url =
        Url::parse(&server.authorization_endpoint).map_err(|error| Failure::new(error.to_string()))?;
    let mut query = url.query_pairs_mut();
    query.extend_pairs([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("code_challenge_method", "S256"),
        ("resource", wish.resource),
        ("scope", &wish.scopes.join(" ")),
    ]);
    query.extend_pairs(more);
    if let Some(max_age) = wish.max_age {
        query.append_pair("max_age", &max_age.to_string());
    }
    drop(query);
    Ok(url)
}

/// Step 2.
fn show(url: &Url, screen: Screen) {
    use std::io::IsTerminal as _;
    terminal::note(&format!(
        "Sign in with your browser:\n\n  {url}\n\n\
         If that is on another computer, paste here the address it ends at (http://127.0.0.1…)."
    ));
    if screen == Screen::Elsewhere || !has_screen() || !std::io::stderr().is_terminal() {
        return;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut opener = std::process::Command::new(opener);
    opener.arg(url.as_str()).stdin(std::process::Stdio::null());
    opener.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    // The address stands above for where this does not work.
    let _ = opener.spawn();
}

/// Whether a browser can be opened here.
pub fn has_screen() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set)
}

/// Step 3.
fn code(answer: &Pairs, server: &Server) -> Result<Secret<String>, Failure> {
    let one = |name: &str| {
        let mut values = answer.iter().filter(|(found, _)| found == name).map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    };
    if one("iss") != Some(&server.issuer) {
        return Err(Failure::new(
            "the answer is not of the server that was asked\n  nothing was sent anywhere; run the command again",
        ));
    }
    if let Some(error) = one("error") {
        let words = one("error_description").unwrap_or(error);
        let advice = if error == "access_denied" {
            "run the command again if that was a mistake; --scope asks for less"
        } else {
            "gatewright login --help tells what can be asked for"
        };
        return Err(
            Failure::new(format!("nothing was allowed: {}\n  {advice}", clean(words))).with(Exit::Refused)
        );
    }
    one("code")
        .cloned()
        .map(Secret::new)
        .ok_or_else(|| Failure::new("the server answered without a code\n  run the command again"))
}

/// How the token endpoint says no (RFC 6749 §5.2).
#[derive(Debug, Deserialize)]
pub struct Refused {
    /// The code.
    pub error: String,
    #[serde(default)]
    error_description: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = if self.error_description.is_empty() { &self.error } else { &self.error_description };
        out.write_str(&clean(words))
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    expires_in: i64,
    refresh_token: Option<String>,
}

/// Asks the token endpoint.
pub async fn token(
    fetch: &Fetch,
    server: &Server,
    form: &[(&str, &str)],
) -> Result<Result<Tokens, Refused>, Failure> {
    let asked_at = SystemClock.now();
    let (status, body) = post(fetch, &server.token_endpoint, form)
        .await
        .map_err(|error| discovery::unreachable(&server.issuer, &error))?;
    let not_understood = || {
        Failure::new(format!(
            "the token endpoint answered {} and nothing useful\n  try again",
            status.as_u16()
        ))
    };
    if !status.is_success() {
        if status.is_server_error() {
            return Err(not_understood().with(Exit::Unavailable));
        }
        return serde_json::from_slice(&body).map(Err).map_err(|_| not_understood());
    }
    let granted: Granted = serde_json::from_slice(&body).map_err(|_| not_understood())?;
    let (access_token, refresh) = (Secret::new(granted.access_token), granted.refresh_token.map(Secret::new));
    let refresh_token = refresh.ok_or_else(not_understood)?;
    if !granted.token_type.eq_ignore_ascii_case("Bearer") {
        return Err(not_understood());
    }
    let expires_at = asked_at + Duration::seconds(granted.expires_in.clamp(0, 86_400));
    Ok(Ok(Tokens { access_token, expires_at, refresh_token }))
}

/// Ends a grant (RFC 7009). An unknown token is no error there.
pub async fn revoke(fetch: &Fetch, server: &Server, tokens: &Tokens) -> Result<(), Failure> {
    let form = [
        ("token", tokens.refresh_token.expose().as_str()),
        ("token_type_hint", "refresh_token"),
        ("client_id", CLIENT_ID),
    ];
    let (status, _) = post(fetch, &server.revocation_endpoint, &form)
        .await
        .map_err(|error| discovery::unreachable(&server.issuer, &error))?;
    if status.is_success() {
        return Ok(());
    }
    Err(Failure::new(format!("the server did not revoke the token: it answered {}", status.as_u16())))
}

pub(super) async fn post(
    fetch: &Fetch,
    url: &str,
    form: &[(&str, &str)],
) -> Result<(StatusCode, zeroize::Zeroizing<Vec<u8>>), crate::fetch::FetchError> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(body.into_bytes())
        .map_err(|error| crate::fetch::FetchError::Address(error.to_string()))?;
    let answer = fetch.exchange(request).await?;
    Ok((answer.status, zeroize::Zeroizing::new(answer.body)))
}
