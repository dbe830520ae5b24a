//! Verify, look, answer.

use gatewright_oauth::bearer::admit;
use gatewright_oauth::claims::UserInfo;
use gatewright_oauth::scope::{OPENID, Scopes};
use gatewright_oauth::{Code, Refusal};
use gatewright_store::users;

use crate::app::{App, Moment};
use crate::bearer::{liveness, verified};
use crate::error::{Outcome, Stop};
use crate::token::issue::about;

/// Steps 2 and 3.
pub async fn answer(app: &App, moment: &Moment, token: &str) -> Outcome<UserInfo> {
    let verified = verified(app, moment, token).await.ok_or_else(invalid)?;
    let claims = &verified.claims;
    let needed: Scopes = std::iter::once(OPENID.to_owned()).collect();
    admit(claims, liveness(app, moment, claims).await?, &needed, moment.now)?;
    let user = claims.sub.parse().map_err(|_| invalid())?;
    let user = users::by_id(&app.store, user).await?.ok_or_else(invalid)?;
    Ok(UserInfo { sub: claims.sub.clone(), about: about(&user).released(&claims.scope) })
}

fn invalid() -> Stop {
    Stop::Refused(Refusal::new(Code::InvalidToken, "the access token is not valid, or not any more"))
}
