//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4, §3.5).
//!
//! 1. One read: the request with all that an approval stands on.
//! 2. One pure judgement: redeem, wait, wait longer, or the end. When this device last asked is remembered in memory;
//!    only that it has to wait longer from now on is written, and only for a device that does not wait.
//! 3. One guarded statement redeems the request and creates the grant. Of any number of polls at once one wins; the
//!    others hear `invalid_grant` (DV-05).

use gatewright_oauth::device::{
    self, DeviceCodeRequest, DeviceFacts, DeviceState, Poll, SLOWER_BY, SLOWEST, judge,
};
use gatewright_oauth::permit::{Permit, Person};
use gatewright_oauth::{Code, TokenResponse};
use gatewright_store::Write;
use gatewright_store::device_codes::{self, PollFacts, Redemption, State};
use uuid::Uuid;

use super::code::footing;
use super::issue::{self, Extras};
use crate::app::{Actor, App, Moment};
use crate::clients::Authenticated;
use crate::error::{Fault, Outcome, Stop};
use crate::policy;

/// Answers a poll. Also tells which authorization it is about.
pub async fn exchange(
    app: &App,
    moment: &Moment,
    client: &Authenticated,
    asked: &DeviceCodeRequest,
) -> (Option<Uuid>, Outcome<TokenResponse>) {
    let moment = &moment.clone().acting(Actor::Client(client.id.to_string()));
    match device_codes::for_poll(&app.store, &asked.code.digest()).await {
        Ok(Some(found)) => (Some(found.request.id), decide(app, moment, (client, &found), asked).await),
        Ok(None) => (None, Err(Stop::Refused(device::not_ours()))),
        Err(error) => (None, Err(error.into())),
    }
}

/// Steps 2 and 3.
async fn decide(
    app: &App,
    moment: &Moment,
    (client, found): (&Authenticated, &PollFacts),
    asked: &DeviceCodeRequest,
) -> Outcome<TokenResponse> {
    policy::devices(&app.config, client)?;
    let id = found.request.id;
    let is_own = found.request.client == client.id;
    let before = if is_own { app.devices.polled(id, moment.now) } else { None };
    let facts = facts(found)?;
    let poll = judge(&facts, client, asked, (before, moment.now))?;
    let refusal = poll.refusal();
    match poll {
        Poll::Redeem(permit) => return redeem(app, moment, (client, found), (asked, *permit)).await,
        Poll::SlowDown => {
            let (by, most) = (whole(SLOWER_BY), whole(SLOWEST));
            // Lost: another poll did so, or it cannot wait any longer.
            let (Write::Applied(()) | Write::Lost) =
                device_codes::slower(&app.store, id, (found.interval, by, most)).await?;
        }
        Poll::Wait => {}
    }
    Err(refusal.map_or_else(lost, Stop::Refused))
}

async fn redeem(
    app: &App,
    moment: &Moment,
    (client, found): (&Authenticated, &PollFacts),
    (asked, permit): (&DeviceCodeRequest, Permit),
) -> Outcome<TokenResponse> {
    let salt: [u8; 32] = app.random();
    let answer_ends = found.approval.as_ref().and_then(|approval| approval.answer_ends);
    let permit = issue::bounded(permit, answer_ends, moment);
    let (idle_expires_at, expires_at) = issue::ends(app, moment);
    let redemption = Redemption {
        digest: &asked.code.digest(),
        client: &client.id,
        refreshable: permit.refreshable(),
        offline: permit.offline(),
        salt: &salt,
        idle_expires_at,
        expires_at,
    };
    match device_codes::redeem(&app.store, &redemption, &moment.trace(app)).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(lost()),
    }
    let grant = found.request.id;
    app.devices.forget(grant);
    let refresh_token = issue::first_refresh_token(app, &permit, (&salt, grant));
    let user = found.approval.as_ref().map(|approval| &approval.user);
    issue::tokens(app, moment, permit, Extras { grant: Some(grant), nonce: None, refresh_token, user }).await
}

fn facts(found: &PollFacts) -> Outcome<DeviceFacts<'_>> {
    let request = &found.request;
    let state = match (request.state, &found.approval) {
        (State::Waiting, _) => DeviceState::Waiting,
        // An approval without an account: that was deleted at this moment, and its requests with it.
        (State::Denied, _) | (State::Approved, None) => DeviceState::Denied,
        (State::Redeemed, _) => DeviceState::Redeemed,
        (State::Approved, Some(approval)) => DeviceState::Approved {
            person: Person {
                user: approval.user.id,
                session: approval.session,
                auth_time: approval.auth_time,
                amr: approval.amr.clone(),
            },
            scopes: request.scope.clone(),
            footing: footing(approval.standing, &request.scope),
        },
    };
    Ok(DeviceFacts {
        client_id: request.client.clone(),
        resource: &found.resource,
        created_at: request.created_at,
        expires_at: request.expires_at,
        interval: std::time::Duration::from_secs(u64::try_from(found.interval).map_err(Fault::internal)?),
        state,
    })
}

fn whole(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

fn lost() -> Stop {
    Stop::refuse(
        Code::InvalidGrant,
        "the device code was redeemed or made void while this request was on its way",
    )
}
