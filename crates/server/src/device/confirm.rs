//! Step 3: the question, and the answer to it.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::Duration;
use gatewright_oauth::authorize::{Ask, Remembered};
use gatewright_oauth::demand::Demand;
use gatewright_oauth::device::{self, Approved, Earlier, Situation};
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::{Client, Code, Refusal, Resource, Scopes, Time};
use gatewright_store::Write;
use gatewright_store::consents::{By, Consent};
use gatewright_store::device_codes::{self, Approval, DeviceRequest};
use gatewright_store::users::User;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::enter::{Claim, is_waiting, note};
use super::page::{Advance, Answered, CodeProblem, ConfirmPage, Origin};
use crate::app::{Actor, App, Moment};
use crate::ceremony::asker;
use crate::ceremony::facts::{self, Present};
use crate::ceremony::question::{Again, Changed, LEAST_READING, Said, Terms};
use crate::ceremony::wording::{self, Lasting, Pick};
use crate::clients::documents;
use crate::error::{Outcome, Stop};
use crate::policy;
use crate::web::page::{Claimed, Problem};
use crate::web::{html, peer};
use crate::words::Words;

/// How long a shown page can be answered: as long as any request lives.
const LIFETIME: Duration = Duration::minutes(10);

/// What happens when the question is asked for, or answered.
pub enum Step {
    /// The page, to be read (again).
    Ask(Box<ConfirmPage>),
    /// There is nothing to answer here for this person; back to the form.
    Enter(CodeProblem),
    /// They sign in again, and show this much, before they are asked.
    SignIn {
        /// The code of the device, to be typed again.
        code: String,
        /// What is demanded of it.
        demand: Demand,
    },
    /// Somebody else is signed in now, or nobody: the code is typed again.
    StartOver,
    /// It is answered, by whom.
    Answered(Answered, Box<User>),
}

/// What a page showed, as its form carries it back.
#[derive(Serialize, Deserialize)]
struct Ticket {
    claim: Claim,
    session: Uuid,
    shown: Remembered,
    /// What of it was to be picked (CN-04).
    choices: Scopes,
    at: Time,
}

/// What is true now.
struct Facts {
    request: DeviceRequest,
    client: Arc<Client>,
    resource: Arc<Resource>,
    person: Present,
    scopes: Scopes,
}

impl Facts {
    fn situation(&self) -> Situation<'_> {
        Situation {
            client: &self.client,
            resource: &self.resource,
            scopes: &self.scopes,
            who: &self.person.signed_in,
            remembered: self.person.remembered.as_ref(),
        }
    }

    /// What becomes of the answer there is when the new one lasts until then.
    fn earlier(&self, until: Option<Time>) -> Earlier {
        let goes_on = |consent: &Consent| consent.by == By::Person && consent.expires_at.is_none();
        match (until, &self.person.consent) {
            (None, Some(consent)) if goes_on(consent) => Earlier::Kept,
            (_, _) => Earlier::Replaced,
        }
    }
}

/// The claim of a link of ours.
pub fn open_claim(app: &App, moment: &Moment, sealed: &str) -> Outcome<Claim> {
    let claim = app.data_keys.open_value(Purpose::DeviceClaim, sealed, moment.now);
    claim.ok_or(Stop::Shown(Problem::Expired))
}

/// Shows the question.
pub async fn show(
    app: &App,
    moment: &Moment,
    claim: &Claim,
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    match load(app, moment, claim, session).await? {
        Ok(facts) => {
            note(app, moment, &facts.request, ("asked", ""));
            ask(app, moment, claim, (&facts, None))
        }
        Err(step) => Ok(step),
    }
}

/// Takes the answer.
pub async fn answer(
    app: &App,
    moment: &Moment,
    (ticket, said): (&str, &Said),
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    let ticket: Ticket = app
        .data_keys
        .open_value(Purpose::DeviceTicket, ticket, moment.now)
        .ok_or(Stop::Shown(Problem::Expired))?;
    let facts = match load(app, moment, &ticket.claim, session).await? {
        Ok(facts) => facts,
        Err(step) => return Ok(step),
    };
    if facts.person.signed_in.session != ticket.session {
        return Ok(Step::StartOver);
    }
    let moment = &moment.clone().acting(Actor::User(facts.person.user.id));
    match said {
        Said::No => deny(app, moment, &facts).await,
        Said::Yes(_) if moment.now - ticket.at < LEAST_READING => {
            ask_again(app, moment, &ticket.claim, (&facts, Again::TooQuick))
        }
        Said::Yes(terms) => approve(app, moment, (&ticket, terms), facts).await,
    }
}

/// Loads what is true now; or where the person goes instead.
async fn load(
    app: &App,
    moment: &Moment,
    claim: &Claim,
    session: Option<&Token<SessionId>>,
) -> Outcome<Result<Facts, Step>> {
    let Some(request) = device_codes::by_id(&app.store, claim.id).await? else {
        return Ok(Err(Step::Enter(CodeProblem::Over)));
    };
    let client =
        app.directory.client(&request.client).await?.ok_or_else(|| Stop::Refused(facts::unknown_client()))?;
    policy::devices(&app.config, &client)?;
    device::is_allowed(&client)?;
    let resource = app.directory.resource_by_id(request.resource).await?.ok_or_else(|| {
        Stop::Refused(Refusal::new(Code::InvalidTarget, "this resource is not served any more"))
    })?;
    let Some(person) = facts::present(app, moment, session, (&client, &resource)).await? else {
        return Ok(Err(Step::StartOver));
    };
    // The link works for who typed the code, and only while nobody else has the request (DV-03).
    if person.user.id != claim.user || request.user != Some(claim.user) {
        return Ok(Err(Step::Enter(CodeProblem::Taken)));
    }
    if !is_waiting(&request, moment) {
        return Ok(Err(Step::Enter(CodeProblem::Over)));
    }
    let scopes = facts::own(app, &request.scope, (&resource, &person.user))?;
    documents::require_approval(app, moment, &client).await?;
    let facts = Facts { request, client, resource, person, scopes };
    let least = policy::least(&app.config, facts.person.user.role);
    match device::is_sure(&facts.situation(), least, (facts.request.created_at, moment.now)) {
        Ok(()) => Ok(Ok(facts)),
        Err(demand) => {
            note(app, moment, &facts.request, ("sign in", "the resource demands a surer or fresher sign-in"));
            Ok(Err(Step::SignIn { code: claim.code.clone(), demand }))
        }
    }
}

async fn deny(app: &App, moment: &Moment, facts: &Facts) -> Outcome<Step> {
    let user = facts.person.user.id;
    match device_codes::deny(&app.store, facts.request.id, user, &moment.trace(app)).await? {
        Write::Applied(()) => {
            note(app, moment, &facts.request, ("denied", "the person said no"));
            app.meters.devices.count(["answered", "denied"]);
            Ok(Step::Answered(Answered::Denied, Box::new(facts.person.user.clone())))
        }
        Write::Lost => Ok(Step::Enter(CodeProblem::Over)),
    }
}

async fn approve(
    app: &App,
    moment: &Moment,
    (ticket, terms): (&Ticket, &Terms),
    facts: Facts,
) -> Outcome<Step> {
    let chosen = terms.picked.of(&ticket.shown.scopes, &ticket.choices);
    if chosen.is_empty() && !ticket.shown.scopes.is_empty() {
        return ask_again(app, moment, &ticket.claim, (&facts, Again::NothingPicked));
    }
    let until = terms.term.until(moment.now);
    let approved = device::approve(&facts.situation(), &ticket.shown, (&chosen, facts.earlier(until)))?;
    let (permit, remember) = match approved {
        Approved::Yes { permit, remember } => (permit, remember),
        Approved::AskAgain => return ask_again(app, moment, &ticket.claim, (&facts, Again::Outdated)),
    };
    let approval = Approval {
        id: facts.request.id,
        user: facts.person.user.id,
        session: facts.person.signed_in.session,
        idle_expires_at: facts.person.idle_end(app, moment),
        client_digest: &Client::digest(&facts.client),
        resource_digest: &Resource::digest(&facts.resource),
        scope: permit.scopes(),
        consent: app.id(moment.now),
        event: app.id(moment.now),
        remember: &remember,
        until,
    };
    match device_codes::approve(&app.store, &approval, &moment.trace(app)).await? {
        Write::Applied(()) => {
            note(app, moment, &facts.request, ("approved", ""));
            app.meters.devices.count(["answered", "approved"]);
            Ok(Step::Answered(Answered::Approved, Box::new(facts.person.user.clone())))
        }
        // Answered in another tab, or something it stands on has changed since it was looked at.
        Write::Lost => match device_codes::by_id(&app.store, facts.request.id).await? {
            Some(request) if is_waiting(&request, moment) => {
                app.directory.forget();
                ask_again(app, moment, &ticket.claim, (&facts, Again::Outdated))
            }
            Some(_) | None => Ok(Step::Enter(CodeProblem::Over)),
        },
    }
}

fn ask_again(app: &App, moment: &Moment, claim: &Claim, (facts, again): (&Facts, Again)) -> Outcome<Step> {
    note(app, moment, &facts.request, ("asked again", again.word()));
    ask(app, moment, claim, (facts, Some(again)))
}

fn ask(app: &App, moment: &Moment, claim: &Claim, (facts, again): (&Facts, Option<Again>)) -> Outcome<Step> {
    let ask: Ask = device::ask(&facts.situation());
    let ticket = Ticket {
        claim: claim.clone(),
        session: facts.person.signed_in.session,
        shown: Remembered::shown(&ask, &facts.client, &facts.resource),
        choices: device::choices(&ask, &facts.resource),
        at: moment.now,
    };
    let until = moment.now + LIFETIME;
    let ticket = app.data_keys.seal(app, Purpose::DeviceTicket, &Expiring { until, value: ticket })?;
    let user = &facts.person.user;
    let layout = html::layout(app, &moment.clone().of_person(user));
    let words = layout.words;
    Ok(Step::Ask(Box::new(ConfirmPage {
        layout,
        code: claim.code.clone(),
        asker: asker::of_device(&facts.client),
        device_name: facts.request.device_name.as_deref().and_then(Claimed::visible_name),
        resource_name: facts.resource.name.clone(),
        resource_url: facts.resource.identifier.clone(),
        scopes: wording::lines((&facts.resource, words), &ask.scopes(), Pick::Unpicked),
        advance: if device::is_allowed_in_advance(&facts.situation()) {
            Advance::Allowed
        } else {
            Advance::Nothing
        },
        changed: Changed::of(ask.because),
        lasting: Lasting::of(app, &facts.client, &facts.resource),
        origin: origin(app, (moment, words), &facts.request),
        asked_seconds_ago: u64::try_from((moment.now - facts.request.created_at).num_seconds())
            .unwrap_or_default(),
        user_label: Claimed::name(user.email.as_deref().unwrap_or(&user.username)),
        again,
        ticket,
    })))
}

/// Where the device asked from, seen from here.
fn origin(app: &App, (moment, words): (&Moment, Words), request: &DeviceRequest) -> Origin {
    let address = request.peer.clone();
    match request.peer.parse::<IpAddr>() {
        Ok(from) if peer::network(from) == peer::network(moment.peer) => Origin::SameNetwork { address },
        Ok(from) => {
            let place = app.places.near(from, words).map(|place| place.text());
            Origin::Elsewhere { address, place }
        }
        Err(_) => Origin::Elsewhere { address, place: None },
    }
}
