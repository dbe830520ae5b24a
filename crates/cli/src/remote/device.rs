//! Signing in with a browser on another device (RFC 8628): for machines that have none.
//!
//! 1. Ask for a code. The server may not offer that, or not to this client: then there is the browser flow.
//! 2. Show where to go and what to type there. The address with the code in it is shown, too, for those who can open it.
//! 3. Ask the token endpoint as often as the server likes (§3.5): every `interval` seconds, five more whenever it says
//!    `slow_down`, twice as many when it cannot be reached, until somebody has answered or the code has ended.

use std::time::Duration;

use gatewright_server::admin::program::CLIENT_ID;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::browser::{Refused, Wish, post, token};
use super::discovery::{self, Server};
use super::profiles::Tokens;
use crate::failure::{Exit, Failure};
use crate::fetch::Fetch;
use crate::output::{clean, span};
use crate::terminal;

/// What the token endpoint is asked for (§3.4).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds between two questions when the server names none (§3.2).
const USUAL: u64 = 5;
/// The most and the least that is waited, whatever the server says.
const BOUNDS: (u64, u64) = (1, 120);
/// What each `slow_down` adds (§3.5).
const SLOWER_BY: u64 = 5;
/// However long the server says a code is good.
const LONGEST: u64 = 3_600;

/// What the server gave.
#[derive(Deserialize)]
struct Asked {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// Whether it came to that.
pub enum Answer {
    /// Somebody allowed it.
    Tokens(Tokens),
    /// The server does not do this, or not for this client; and why.
    NotOffered(String),
}

/// What one question came to.
enum Poll {
    Tokens(Tokens),
    Pending,
    SlowDown,
    Unreachable(Failure),
}

/// Steps 1 to 3.
pub async fn sign_in(fetch: &Fetch, server: &Server, wish: &Wish<'_>) -> Result<Answer, Failure> {
    // Step 1.
    let Some(endpoint) = &server.device_authorization_endpoint else {
        return Ok(Answer::NotOffered(format!("{} does not offer it (device.clients)", server.issuer)));
    };
    let scope = wish.scopes.join(" ");
    let form = [("client_id", CLIENT_ID), ("resource", wish.resource), ("scope", &scope)];
    let (status, body) =
        post(fetch, endpoint, &form).await.map_err(|error| discovery::unreachable(&server.issuer, &error))?;
    if !status.is_success() {
        let refused: Option<Refused> = serde_json::from_slice(&body).ok();
        return match refused {
            Some(refused) if refused.error == "unauthorized_client" => {
                Ok(Answer::NotOffered(refused.to_string()))
            }
            Some(refused) => Err(Failure::new(format!("the server gave no code: {refused}\n  try again"))),
            None => Err(Failure::new(format!("the server gave no code: it answered {}", status.as_u16()))
                .with(Exit::Unavailable)),
        };
    }
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|_| Failure::new("the server gave no code that is understood\n  try again"))?;
    // Step 2.
    show(&asked);
    // Step 3.
    let until = Instant::now() + Duration::from_secs(asked.expires_in.min(LONGEST));
    let (least, most) = BOUNDS;
    let mut wait = asked.interval.unwrap_or(USUAL).clamp(least, most);
    loop {
        sleep(Duration::from_secs(wait)).await;
        let (passed, more) = match poll(fetch, server, (&asked, wish)).await? {
            Poll::Tokens(tokens) => return Ok(Answer::Tokens(tokens)),
            Poll::Pending => (None, 0),
            Poll::SlowDown => (None, SLOWER_BY),
            Poll::Unreachable(failure) => (Some(failure), wait),
        };
        wait = (wait + more).min(most);
        if Instant::now() >= until {
            return Err(passed.unwrap_or_else(ended));
        }
    }
}

fn ended() -> Failure {
    Failure::new("nobody answered before the code ended\n  run the command again").with(Exit::Refused)
}

/// Step 2.
fn show(asked: &Asked) {
    let good_for = span(chrono::Duration::seconds(i64::try_from(asked.expires_in.min(LONGEST)).unwrap_or(0)));
    let mut text = format!(
        "On any device with a browser, go to\n\n  {}\n\nand enter the code\n\n  {}\n\nIt is good for {good_for}.",
        clean(&asked.verification_uri),
        clean(&asked.user_code)
    );
    if let Some(complete) = &asked.verification_uri_complete {
        text += " This address has it filled in:\n\n  ";
        text += &clean(complete);
    }
    terminal::note(&text);
}

async fn poll(fetch: &Fetch, server: &Server, (asked, wish): (&Asked, &Wish<'_>)) -> Result<Poll, Failure> {
    let form = [
        ("grant_type", GRANT_TYPE),
        ("client_id", CLIENT_ID),
        ("device_code", asked.device_code.as_str()),
        ("resource", wish.resource),
    ];
    let refused = match token(fetch, server, &form).await {
        Ok(Ok(tokens)) => return Ok(Poll::Tokens(tokens)),
        Ok(Err(refused)) => refused,
        Err(failure) if failure.exit() == Exit::Unavailable => return Ok(Poll::Unreachable(failure)),
        Err(failure) => return Err(failure),
    };
    match refused.error.as_str() {
        "authorization_pending" => Ok(Poll::Pending),
        "slow_down" => Ok(Poll::SlowDown),
        "expired_token" => Err(ended()),
        "access_denied" => Err(Failure::new(
            "nothing was allowed: somebody said no\n  run the command again if that was a mistake; --scope asks for less",
        )
        .with(Exit::Refused)),
        _ => Err(Failure::new(format!("the server gave no token: {refused}\n  run the command again"))),
    }
}
