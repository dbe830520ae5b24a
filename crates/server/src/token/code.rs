//! `grant_type=authorization_code` (OAuth 2.1 §4.1.3).
//!
//! 1. One read: the code with its client, user, resource, session, consent and grant.
//! 2. One pure judgement: redeem, count a wrong verifier, burn, or revoke after a replay.
//! 3. One guarded statement redeems the code and creates the grant. Of a thousand concurrent
//!    redemptions one wins; the others hear `invalid_grant` (CO-01).

use gatewright_oauth::permit::{Permit, Person, UserState};
use gatewright_oauth::token::{AfterReplay, CodeFacts, CodeRequest, CodeVerdict, Footing, judge_code};
use gatewright_oauth::{Code, TokenResponse};
use gatewright_store::codes::{self, CodeState, Redemption};
use gatewright_store::grants::{self, Reason, Revocation};
use gatewright_store::standing::{Ended, Standing};
use gatewright_store::{Write, codes::Failed};
use uuid::Uuid;

use super::issue::{self, Extras};
use crate::app::{Actor, App, Moment};
use crate::clients::Authenticated;
use crate::error::{Outcome, Stop};

/// Exchanges a code for tokens. Also tells which authorization it was the code of.
pub async fn exchange(
    app: &App,
    moment: &Moment,
    client: &Authenticated,
    asked: &CodeRequest,
) -> (Option<Uuid>, Outcome<TokenResponse>) {
    let moment = &moment.clone().acting(Actor::Client(client.id.to_string()));
    match codes::for_redemption(&app.store, &asked.code.digest()).await {
        Ok(Some(found)) => (Some(found.code.grant), decide(app, moment, (client, &found), asked).await),
        Ok(None) => (None, Err(unknown())),
        Err(error) => (None, Err(error.into())),
    }
}

/// Steps 2 and 3.
async fn decide(
    app: &App,
    moment: &Moment,
    (client, found): (&Authenticated, &codes::CodeFacts),
    asked: &CodeRequest,
) -> Outcome<TokenResponse> {
    let digest = asked.code.digest();
    let verdict = judge_code(&facts(found), client, asked, moment.now)?;
    let refusal = verdict.refusal();
    match verdict {
        CodeVerdict::Redeem(permit) => return redeem(app, moment, (client, found), (asked, *permit)).await,
        CodeVerdict::WrongVerifier(_) => {
            // Lost: the code ended meanwhile, which is what counting is for.
            let (Write::Applied(Failed::Counted | Failed::Burned) | Write::Lost) =
                codes::fail_verifier(&app.store, &digest, &client.id, &moment.trace(app)).await?;
        }
        CodeVerdict::WrongClient => {
            // Lost: redeemed or burned meanwhile; either way it is of no use to this client.
            let (Write::Applied(_) | Write::Lost) =
                codes::burn(&app.store, &digest, &moment.trace(app)).await?;
        }
        CodeVerdict::Replayed(AfterReplay::RevokeGrant) => {
            let revocation = Revocation {
                grant: found.code.grant,
                reason: Reason::CodeReplayed,
                client: Some(&client.id),
                user: None,
            };
            // Lost: revoked already.
            let (Write::Applied(()) | Write::Lost) =
                grants::revoke(&app.store, &revocation, &moment.trace(app)).await?;
            app.seen.forget(found.code.grant).await;
        }
        CodeVerdict::Replayed(AfterReplay::Keep) | CodeVerdict::Expired | CodeVerdict::Burned => {}
    }
    Err(refusal.map_or_else(lost, Stop::Refused))
}

async fn redeem(
    app: &App,
    moment: &Moment,
    (client, found): (&Authenticated, &codes::CodeFacts),
    (asked, permit): (&CodeRequest, Permit),
) -> Outcome<TokenResponse> {
    let salt: [u8; 32] = app.random();
    let permit = issue::bounded(permit, found.code.answer_ends, moment);
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
    match codes::redeem(&app.store, &redemption, &moment.trace(app)).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(lost()),
    }
    let grant = found.code.grant;
    let refresh_token = issue::first_refresh_token(app, &permit, (&salt, grant));
    let extras = Extras {
        grant: Some(grant),
        nonce: found.code.nonce.clone(),
        refresh_token,
        user: Some(&found.user),
    };
    issue::tokens(app, moment, permit, extras).await
}

fn facts(found: &codes::CodeFacts) -> CodeFacts<'_> {
    let code = &found.code;
    let (failures, redeemed_at, burned_at) = match code.state {
        CodeState::Open { failures } => (failures, None, None),
        CodeState::Redeemed { at, .. } => (0, Some(at), None),
        CodeState::Burned { at } => (0, None, Some(at)),
    };
    CodeFacts {
        grant: code.grant,
        client_id: code.client.clone(),
        person: Person {
            user: code.user,
            session: code.session,
            auth_time: code.auth_time,
            amr: code.amr.clone(),
        },
        resource: &found.resource,
        scopes: code.scope.clone(),
        redirect_uri: code.redirect_uri.clone(),
        challenge: code.challenge,
        nonce: code.nonce.clone(),
        created_at: code.created_at,
        expires_at: code.expires_at,
        failures,
        redeemed_at,
        burned_at,
        footing: footing(found.standing, &code.scope),
    }
}

/// What the store found a code or grant to stand on, in the words of the rules. A consent that is gone,
/// and a session that ended under a grant bound to it, both leave nothing to stand on.
pub(super) fn footing(standing: Standing, scope: &gatewright_oauth::Scopes) -> Footing {
    match standing {
        Standing::Live => Footing { user: UserState::Enabled, consented: Some(scope.clone()) },
        Standing::Over(Ended::User) => Footing { user: UserState::Disabled, consented: None },
        Standing::Over(Ended::Client | Ended::Resource | Ended::Consent | Ended::Session) => {
            Footing { user: UserState::Enabled, consented: None }
        }
    }
}

fn unknown() -> Stop {
    Stop::refuse(
        Code::InvalidGrant,
        "this code was never issued here, or long ago; ask for authorization again",
    )
}

fn lost() -> Stop {
    Stop::refuse(Code::InvalidGrant, "the code was redeemed or made void while this request was on its way")
}
