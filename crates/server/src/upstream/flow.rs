//! Steps 1 and 2: to the provider and back.

use gatewright_oauth::assertion::Use;
use gatewright_oauth::authorize::Prompt;
use gatewright_oauth::pkce::Verifier;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::{Digest, SessionId, Token};
use gatewright_oauth::{Params, Time};
use gatewright_store::identities::{self, Keep};
use gatewright_store::{Write, replay, users};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::arrive::{self, Arrival};
use super::page::UpstreamProblem;
use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::error::{Fault, Outcome, Stop};
use crate::limits::Admission;
use crate::providers::{self, Arrived, Freshness, Kind, Outbound, Provider, Trouble, word};
use crate::traces::Noted;
use crate::web::browser::Browser;
use crate::web::page::Problem;

/// How long a person may take at the provider.
const LIFETIME: chrono::Duration = chrono::Duration::minutes(30);

/// Somebody on their way: what travels as `state`.
#[derive(Serialize, Deserialize)]
pub struct Journey {
    /// Good once.
    id: Uuid,
    /// When they left.
    #[serde(default)]
    pub left_at: Option<Time>,
    /// Where to.
    provider: String,
    nonce: String,
    verifier: String,
    /// The account that is to be connected; nobody's when somebody signs in.
    pub link: Option<Uuid>,
    /// What they came for, and the browser they came with.
    pub errand: Errand,
}

/// How a step ended.
pub enum Step<T> {
    /// Well.
    Done(T),
    /// The person is told this.
    Trouble(UpstreamProblem),
}

/// Step 1: the address the person is sent to.
pub async fn start(
    app: &App,
    moment: &Moment,
    provider: &Provider,
    (errand, link): (Errand, Option<Uuid>),
) -> Outcome<Step<String>> {
    let verifier = providers::secret_text(app.random());
    let challenge = Verifier::parse(&verifier)?.challenge().text();
    let freshness = freshness(&errand);
    let (attempt, name) = (errand.transaction, provider.settings.name.clone());
    let nonce = providers::secret_text(app.random());
    let journey = Journey {
        id: app.id(moment.now),
        left_at: Some(moment.now),
        provider: name,
        nonce,
        verifier,
        link,
        errand,
    };
    let until = moment.now + LIFETIME;
    let state = app.data_keys.seal(app, Purpose::Upstream, &Expiring { until, value: &journey })?;
    let out = Outbound { state: &state, nonce: &journey.nonce, challenge: &challenge, freshness };
    Ok(match provider.way(app, moment, &out).await {
        Ok(way) => Step::Done(way),
        Err(trouble) => Step::Trouble(noted(app, moment, (provider, attempt), &trouble)),
    })
}

/// How fresh a sign-in the person's errand needs. That the provider listened is seen when they are back
/// ([`arrive::signed_in_at`]).
pub(super) fn freshness(errand: &Errand) -> Freshness {
    let is_asked = errand.request().is_some_and(|request| request.prompt.has(Prompt::Login));
    match errand.most_age() {
        _ if is_asked => Freshness::Now,
        Some(0) => Freshness::Now,
        Some(seconds) => Freshness::Within(seconds),
        None => Freshness::Any,
    }
}

/// The languages that the app wishes for which sent somebody on this way, whether or not they are in time and in the same
/// browser.
pub fn wish(app: &App, state: &str) -> Option<String> {
    let journey: Option<Journey> = app.data_keys.open_value(Purpose::Upstream, state, Time::UNIX_EPOCH);
    journey?.errand.ui_locales().map(str::to_owned)
}

/// Who is on their way back here, if `state` says so in the browser that left.
pub fn journey(
    app: &App,
    moment: &Moment,
    (provider, params): (&Provider, &Params),
    browser: Option<&Browser>,
) -> Outcome<Journey> {
    let state = params.one("state")?.ok_or(Stop::Shown(Problem::Expired))?;
    let journey: Journey = app
        .data_keys
        .open_value(Purpose::Upstream, state, moment.now)
        .ok_or(Stop::Shown(Problem::Expired))?;
    let Journey { errand, .. } = journey;
    let errand = errand.in_browser(browser)?;
    if journey.provider != provider.settings.name {
        return Err(Stop::Shown(Problem::Expired));
    }
    Ok(Journey { errand, ..journey })
}

/// Step 2, for somebody who is back.
pub async fn back(
    app: &App,
    moment: &Moment,
    (provider, params): (&Provider, &Params),
    (journey, session): (&Journey, Option<Token<SessionId>>),
) -> Outcome<Step<Arrival>> {
    let at = (provider, journey.errand.transaction);
    let trouble = |trouble: Trouble| Ok(Step::Trouble(noted(app, moment, at, &trouble)));
    let found = match provider.discovery(app, moment.now).await {
        Ok(found) => found,
        Err(why) => return trouble(why),
    };
    if let Err(doubt) = found.judge_answer(params.one("iss")?) {
        return trouble(Trouble { kind: Kind::Unbelievable, said: doubt.to_string() });
    }
    if let Some(error) = params.one("error")? {
        let said = format!("it answered: {}", word(error));
        note(app, moment, at, ("refused", &said));
        return Ok(Step::Trouble(match error {
            "access_denied" => UpstreamProblem::Declined,
            "temporarily_unavailable" | "server_error" => UpstreamProblem::Away,
            _ => UpstreamProblem::Refused,
        }));
    }
    let Some(code) = params.one("code")? else {
        let said = "the answer has neither a code nor an error".to_owned();
        return trouble(Trouble { kind: Kind::Unbelievable, said });
    };
    // Made-up codes cost the provider a question and us a row, so there are only so many from one network.
    let key = format!("upstream\n{}", provider.settings.name);
    if let Admission::Wait(seconds) = app.throttle.admit(&key, moment.peer, moment.now).await {
        note(app, moment, at, ("wait", "too many attempts at this provider from this network"));
        return Ok(Step::Trouble(UpstreamProblem::TooMany { wait_seconds: seconds }));
    }
    let used = Use { digest: Digest::of("upstream", journey.id.as_bytes()), until: moment.now + LIFETIME };
    match replay::consume(&app.store, &used).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Stop::Shown(Problem::Expired)),
    }
    let arrived = Arrived { code, verifier: &journey.verifier, nonce: &journey.nonce };
    let person = match provider.person(app, moment, &arrived).await {
        Ok(person) => person,
        Err(why) => return trouble(why),
    };
    app.throttle.forgive(&key, moment.peer, moment.now).await;
    let arrival = arrive::as_somebody(app, moment, (provider, person), (journey, session)).await?;
    Ok(match arrival {
        Ok(arrival) => Step::Done(arrival),
        Err(arrive::Not::Trouble(why)) => return trouble(why),
        Err(arrive::Not::Welcome(problem, said)) => {
            note(app, moment, at, ("not signed in", said));
            Step::Trouble(problem)
        }
    })
}

/// Keeps what went wrong for the operator, and says what the person is told.
fn noted(app: &App, moment: &Moment, at: (&Provider, Uuid), trouble: &Trouble) -> UpstreamProblem {
    note(app, moment, at, ("failed", &trouble.said));
    match trouble.kind {
        Kind::Away => UpstreamProblem::Away,
        Kind::Refused => UpstreamProblem::Refused,
        Kind::Unbelievable => UpstreamProblem::Unbelievable,
    }
}

fn note(app: &App, moment: &Moment, (provider, attempt): (&Provider, Uuid), (outcome, said): (&str, &str)) {
    let said = format!("{}: {said}", provider.settings.name);
    tracing::info!(provider = provider.settings.name, outcome, said, "a sign-in with another provider");
    app.traces.note(app, moment, Noted { attempt: Some(attempt), ..Noted::of("upstream", outcome, &said) });
}

/// Takes an identity of somebody away, unless it is their last way in. Two at the same moment are judged one after the
/// other: the account is held meanwhile.
pub async fn disconnect(app: &App, moment: &Moment, (user, id): (Uuid, Uuid)) -> Outcome<Write<()>> {
    let moment = moment.clone().acting(Actor::User(user));
    let together = app.store.begin().await?;
    let store = together.store();
    let Write::Applied(()) = users::hold(store, user).await? else { return Ok(Write::Lost) };
    let done = identities::unlink(store, (user, id), Keep::AWayIn, &moment.trace(app)).await?;
    together.commit().await?;
    Ok(done)
}

/// The provider of this name.
pub fn provider<'a>(app: &'a App, name: &str) -> Outcome<&'a Provider> {
    app.providers.named(name).ok_or(Stop::Shown(Problem::NotFound))
}

/// A fault for what cannot be.
pub(super) fn impossible(what: &'static str) -> Stop {
    Stop::Broken(Fault::internal(what))
}
