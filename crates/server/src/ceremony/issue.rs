//! From a permission to a code (OAuth 2.1 §4.1.2).
//!
//! The code is derived from the transaction with a server key, so the second click of one consent form
//! yields the same code; only its digest is stored. One guarded statement re-checks client, user,
//! resource, session and consent, remembers the answer, and writes the events. The grant it becomes bears
//! the transaction's id, so that an authorization can be followed from request to tokens.

use gatewright_oauth::permit::Permit;
use gatewright_oauth::secret::{AuthCode, Secret, Token};
use gatewright_oauth::{Client, Resource, Time};
use gatewright_store::Write;
use gatewright_store::codes::{self, Agreement, CodeState, IssueCode};
use gatewright_store::consents::By;

use super::Pending;
use super::facts::Facts;
use crate::app::{Actor, App, Moment};
use crate::error::{Outcome, Stop};
use crate::traces::Noted;
use crate::web::page::Problem;

/// Why the person agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// They said yes on this page.
    SaidYes {
        /// For how long.
        until: Option<Time>,
    },
    /// They said yes before, and nothing has changed; or the administrators did, in everybody's place.
    SaidYesBefore,
}

/// What became of the code.
pub enum Issued {
    /// Send this code to the client.
    Code(Secret<String>),
    /// Something changed between looking and issuing; look again.
    LookAgain,
}

/// Issues the code of a transaction.
pub async fn code(
    app: &App,
    moment: &Moment,
    pending: &Pending,
    (facts, permit, because): (&Facts, &Permit, Because),
) -> Outcome<Issued> {
    let Some(person) = &facts.person else { return Ok(Issued::LookAgain) };
    let moment = moment.clone().acting(Actor::User(person.user.id));
    let code = Token::<AuthCode>::from_random(app.data_keys.code_secret(pending.transaction));
    let digest = code.digest();
    let approved = |until, by| Agreement::Approved {
        consent: app.id(moment.now),
        event: app.id(moment.now),
        remember: permit.scopes(),
        until,
        by,
    };
    let agreement = match (because, facts.remembered(permit.scopes())) {
        (Because::SaidYesBefore, Some(consent)) => Agreement::Remembered(consent),
        (Because::SaidYesBefore, None) => approved(None, By::Policy),
        (Because::SaidYes { until }, _) => approved(until, By::Person),
    };
    let lifetime = chrono::Duration::seconds(i64::from(app.config.tokens.code_seconds));
    let issue = IssueCode {
        digest: &digest,
        grant: pending.transaction,
        client: &facts.client.id,
        client_digest: &Client::digest(&facts.client),
        user: person.user.id,
        session: person.signed_in.session,
        idle_expires_at: person.idle_end(app, &moment),
        resource: facts.resource.id,
        resource_digest: &Resource::digest(&facts.resource),
        scope: permit.scopes(),
        redirect_uri: pending.request.redirect_uri(),
        challenge: pending.request.challenge.as_ref(),
        nonce: pending.request.nonce.as_deref(),
        expires_at: moment.now + lifetime,
        agreement,
    };
    match codes::issue(&app.store, &issue, &moment.trace(app)).await? {
        Write::Applied(()) => {
            let client = Some(facts.client.id.as_str());
            let noted = Noted::of("code", "issued", "");
            app.traces.note(app, &moment, Noted { client, attempt: Some(pending.transaction), ..noted });
            Ok(Issued::Code(code.text()))
        }
        Write::Lost => issued_before(app, &moment, &code).await,
    }
}

/// A second click: the same code again while it is unused, and an end to it afterwards.
async fn issued_before(app: &App, moment: &Moment, code: &Token<AuthCode>) -> Outcome<Issued> {
    let Some(earlier) = codes::for_redemption(&app.store, &code.digest()).await? else {
        return Ok(Issued::LookAgain);
    };
    match earlier.code.state {
        CodeState::Open { .. } if earlier.code.expires_at > moment.now => Ok(Issued::Code(code.text())),
        CodeState::Open { .. } | CodeState::Redeemed { .. } | CodeState::Burned { .. } => {
            Err(Stop::Shown(Problem::Expired))
        }
    }
}
