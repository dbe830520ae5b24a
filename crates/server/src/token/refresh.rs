//! `grant_type=refresh_token` (OAuth 2.1 §4.3).
//!
//! 1. One read: the grant named inside the token, with everything it stands on.
//! 2. The secret is compared with the one derived from the grant's salt and the server's key.
//! 3. One pure judgement: rotate, repeat the same successor inside the grace window, or reuse.
//! 4. One guarded statement moves the generation on. Whoever loses that race looks once more: by then
//!    the presented token is the previous one, and inside the grace window gets the same successor.

use chrono::Duration;
use gatewright_oauth::permit::{Permit, Person};
use gatewright_oauth::refresh::{self, RefreshFacts};
use gatewright_oauth::token::{Authenticity, GrantFacts, RefreshRequest, RefreshVerdict, judge_refresh};
use gatewright_oauth::{Code, TokenResponse};
use gatewright_store::grants::{self, Reason, Revocation, Rotation};
use gatewright_store::standing::{Ended, Standing};
use gatewright_store::{EventKind, Write, events};

use super::code::footing;
use super::issue::{self, Extras};
use crate::app::{Actor, App, Moment};
use crate::clients::Authenticated;
use crate::error::{Fault, Outcome, Stop};

/// Exchanges a refresh token for its successor and a fresh access token.
pub async fn rotate(
    app: &App,
    moment: &Moment,
    client: &Authenticated,
    asked: &RefreshRequest,
) -> Outcome<TokenResponse> {
    let moment = &moment.clone().acting(Actor::Client(client.id.to_string()));
    for _look in 0..2 {
        let found = grants::for_refresh(&app.store, asked.token.grant()).await?.ok_or_else(unknown)?;
        let verdict = judge_refresh(&facts(app, &found, asked), client, asked, moment.now)?;
        let refusal = verdict.refusal();
        match verdict {
            RefreshVerdict::Rotate(permit) => match step(app, moment, client, &found).await? {
                Write::Applied(()) => {
                    return answer(app, moment, (&found, found.grant.generation + 1), *permit).await;
                }
                // Another refresh of the same token was faster: look again.
                Write::Lost => {}
            },
            RefreshVerdict::Repeat(permit) => {
                record(app, moment, &found, &permit).await?;
                return answer(app, moment, (&found, found.grant.generation), *permit).await;
            }
            RefreshVerdict::Reuse => {
                app.meters.refresh_reuse.increment(1);
                let revocation = Revocation {
                    grant: found.grant.id,
                    reason: Reason::RefreshReuse,
                    client: Some(&client.id),
                    user: None,
                };
                // Lost: revoked already.
                let (Write::Applied(()) | Write::Lost) =
                    grants::revoke(&app.store, &revocation, &moment.trace(app)).await?;
                app.seen.forget(found.grant.id).await;
                return Err(refusal.map_or_else(unknown, Stop::Refused));
            }
        }
    }
    // What was read says yes and the guard says no, twice: nothing was lost, and it may be tried again.
    Err(Fault::unavailable("a grant changed twice while it was being refreshed").into())
}

/// The grant does not change, but a token is issued: that is on record before it is answered.
async fn record(app: &App, moment: &Moment, found: &grants::RefreshFacts, permit: &Permit) -> Outcome<()> {
    let subject = events::Subject {
        user: Some(found.grant.user),
        client: Some(found.grant.client.to_string()),
        resource: Some(found.resource.id),
        grant: Some(found.grant.id),
    };
    let detail = serde_json::json!({ "grant_type": "refresh_token", "scope": permit.scopes() });
    match events::insert(&app.store, EventKind::TokenIssued, (subject, detail), moment.trace(app)).await? {
        Write::Applied(()) => Ok(()),
        Write::Lost => Err(Fault::internal("an event id was used twice").into()),
    }
}

async fn step(
    app: &App,
    moment: &Moment,
    client: &Authenticated,
    found: &grants::RefreshFacts,
) -> Outcome<Write<()>> {
    let idle = moment.now + Duration::days(i64::from(app.config.tokens.refresh_idle_days));
    let rotation = Rotation {
        grant: found.grant.id,
        client: &client.id,
        generation: found.grant.generation,
        idle_expires_at: idle.min(found.grant.expires_at),
    };
    Ok(grants::rotate(&app.store, &rotation, &moment.trace(app)).await?)
}

async fn answer(
    app: &App,
    moment: &Moment,
    (found, generation): (&grants::RefreshFacts, u64),
    permit: Permit,
) -> Outcome<TokenResponse> {
    let grant = &found.grant;
    let refresh_token = app
        .data_keys
        .refresh_token(&grant.salt, grant.id, generation)
        .map(|token| token.text().expose().clone());
    let extras = Extras { grant: Some(grant.id), nonce: None, refresh_token, user: Some(&found.user) };
    // A token is not good for longer than what it stands on.
    issue::tokens(app, moment, permit.until(grant.expires_at, moment.now), extras).await
}

fn facts<'a>(app: &App, found: &'a grants::RefreshFacts, asked: &RefreshRequest) -> GrantFacts<'a> {
    let grant = &found.grant;
    let genuine = app.data_keys.is_genuine(&asked.token, &grant.salt) && grant.refreshable;
    let standing = match (grant.revoked, found.standing) {
        // A disabled resource is a pause, which the gate tells apart: the grant is not lost.
        (None, Standing::Live | Standing::Over(Ended::Resource)) => refresh::Standing::Valid,
        (None, Standing::Over(Ended::Client | Ended::User | Ended::Consent | Ended::Session))
        | (Some(_), _) => refresh::Standing::Revoked,
    };
    GrantFacts {
        grant: grant.id,
        authenticity: if genuine { Authenticity::Genuine } else { Authenticity::Forged },
        client_id: grant.client.clone(),
        person: Person {
            user: grant.user,
            session: grant.session,
            auth_time: grant.auth_time,
            amr: grant.amr.clone(),
        },
        resource: &found.resource,
        scopes: grant.scope.clone(),
        rotation: RefreshFacts {
            generation: grant.generation,
            rotated_at: grant.rotated_at,
            idle_expires_at: grant.idle_expires_at,
            expires_at: grant.expires_at,
            standing,
            grace: std::time::Duration::from_secs(app.config.tokens.refresh_grace_seconds.into()),
        },
        footing: footing(found.standing, &grant.scope),
    }
}

fn unknown() -> Stop {
    Stop::refuse(
        Code::InvalidGrant,
        "there is no grant for this refresh token here, or not any more; ask for authorization again",
    )
}
