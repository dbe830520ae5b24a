//! `id_token_hint` (OpenID Connect Core §3.1.2.1): an ID token of ours, possibly expired, that says who
//! was meant. It proves nothing about the person at the browser.

use gatewright_jose::{Expect, Expired, Verified, verify};
use gatewright_oauth::claims::{ID_TOKEN, IdClaims};
use gatewright_oauth::{Client, Code, Refusal};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};

/// The verified claims of a hint.
pub fn claims(app: &App, moment: &Moment, text: &str) -> Outcome<Verified<IdClaims>> {
    let expect = Expect {
        typ: &[ID_TOKEN],
        issuer: &app.config.issuer,
        audience: None,
        now: moment.unix(),
        leeway: 0,
        expired_ok: Expired::Accept,
    };
    verify::<IdClaims>(&app.keys.ring().verifying, text, &expect).map_err(|_| not_ours())
}

/// Who a hint of `client` is about. An ID token that was made for another client is none of its business.
pub fn subject(app: &App, moment: &Moment, (client, text): (&Client, &str)) -> Outcome<Uuid> {
    let claims = claims(app, moment, text)?;
    if !claims.aud.iter().any(|audience| audience == client.id.as_str()) {
        return Err(not_ours());
    }
    claims.sub.parse().map_err(|_| not_ours())
}

fn not_ours() -> Stop {
    Stop::Refused(Refusal::new(
        Code::InvalidRequest,
        "id_token_hint is not an ID token that this server made for this client",
    ))
}
