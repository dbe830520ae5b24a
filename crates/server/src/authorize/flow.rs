//! Load the client, prove the redirect, validate the rest, decide what comes next.

use std::sync::Arc;

use gatewright_oauth::authorize::{self, Asked, AuthorizeRequest, Channel, Next, Presence};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::{Client, Params, Refusal, Resource};

use crate::app::{App, Moment};
use crate::ceremony::deliver::{self, Answer};
use crate::ceremony::facts::Facts;
use crate::ceremony::issue::{self, Because, Issued};
use crate::ceremony::{Pending, hint};
use crate::clients::{self, Asking, documents};
use crate::error::{Fault, Outcome, Stop};
use crate::traces::{Arrived, Noted};
use crate::web::browser::Browser;

/// What the browser does next.
pub enum Step {
    /// It signs the person in, with this sealed request.
    SignIn(String),
    /// It asks the person, with this sealed request.
    Ask(String),
    /// Nothing is missing: it comes back with this sealed request, for the code.
    Resume(String),
    /// It goes back to the client, or shows the person why not.
    Answer(Answer),
}

/// The browser that asks.
pub struct Visitor<'a> {
    /// Which one.
    pub browser: &'a Browser,
    /// Its session cookie.
    pub session: Option<&'a Token<SessionId>>,
}

/// Steps 1 to 3 for a new request.
pub async fn begin(app: &App, moment: &Moment, params: &Params, visitor: &Visitor<'_>) -> Outcome<Step> {
    let step = ask(app, moment, params, visitor).await;
    if let Err(stop) = &step {
        note(app, moment, params, Noted::stopped("authorize", stop));
    }
    step
}

fn note(app: &App, moment: &Moment, params: &Params, noted: Noted<'_>) {
    let client = params.echo("client_id");
    app.traces.note(app, moment, Noted { client, arrived: Arrived::Params(params), ..noted });
}

async fn ask(app: &App, moment: &Moment, params: &Params, visitor: &Visitor<'_>) -> Outcome<Step> {
    let id = authorize::client_id(params)?;
    let named = authorize::resource_keys(params);
    let keys = named.as_deref().unwrap_or_default();
    let Asking { stored, resources } = app.directory.asking(&id, keys).await?;
    let client = clients::present(app, moment, &id, stored).await?;
    let channel = authorize::channel(params, &client)?;
    let request = named
        .map_err(Stop::Refused)
        .and_then(|keys| validate(app, moment, params, (&client, &keys, &resources, channel.clone())));
    match request {
        Ok(request) => {
            let pending = Pending::start(app, moment, request, visitor.browser);
            let noted = Noted::of("authorize", "accepted", "");
            note(app, moment, params, Noted { attempt: Some(pending.transaction), ..noted });
            look(app, moment, &pending, visitor.session).await
        }
        Err(Stop::Refused(refusal)) => {
            note(app, moment, params, Noted::of("authorize", refusal.code().as_str(), refusal.description()));
            let how = authorize::answer_by(&client, presence(app, moment, visitor.session).await?);
            Ok(Step::Answer(deliver::refusal(app, (&client, &channel), refusal, how)))
        }
        Err(other @ (Stop::Shown(_) | Stop::Broken(_))) => Err(other),
    }
}

/// Step 3 for a request that comes back from login or consent.
pub async fn resume(app: &App, moment: &Moment, sealed: &str, visitor: &Visitor<'_>) -> Outcome<Step> {
    let pending = Pending::open(app, moment, sealed, Some(visitor.browser))?;
    go_on(app, moment, &pending, visitor.session).await
}

fn validate(
    app: &App,
    moment: &Moment,
    params: &Params,
    (client, keys, resources, channel): (&Client, &[String], &[Arc<Resource>], Channel),
) -> Outcome<AuthorizeRequest> {
    let target = authorize::target(keys, client, resources.iter().map(AsRef::as_ref))?;
    let hint = match params.one("id_token_hint")? {
        Some(text) => Some(hint::subject(app, moment, (client, text))?),
        None => None,
    };
    Ok(authorize::request(&Asked { params, client, target, hint, now: moment.now }, channel)?)
}

/// Looks and decides, and writes nothing: browsers and scanners may ask for the same address as often as
/// they like. A code is issued where the sealed request is resumed, which gives the same one every time.
async fn look(
    app: &App,
    moment: &Moment,
    pending: &Pending,
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    let facts = Facts::load(app, moment, &pending.request, session).await?;
    match authorize::next(&facts.situation()) {
        Next::SignIn(_) => {
            let demand = authorize::demand(&facts.situation());
            Ok(Step::SignIn(pending.demanding(demand).seal(app, moment)?))
        }
        Next::Consent(_) => Ok(Step::Ask(pending.seal(app, moment)?)),
        Next::Issue(_) => Ok(Step::Resume(pending.seal(app, moment)?)),
        Next::Refuse { refusal, by } => {
            note_end(app, moment, pending, &refusal);
            Ok(Step::Answer(deliver::refusal(app, (&facts.client, &facts.channel), refusal, by)))
        }
    }
}

/// Looks, decides, and issues when nothing is missing. Looks twice at most: between looking and issuing
/// something may change once, and what changes all the time is not answered.
async fn go_on(
    app: &App,
    moment: &Moment,
    pending: &Pending,
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    for _look in 0..2 {
        let facts = Facts::load(app, moment, &pending.request, session).await?;
        match authorize::next(&facts.situation()) {
            Next::SignIn(_) => {
                let demand = authorize::demand(&facts.situation());
                return Ok(Step::SignIn(pending.demanding(demand).seal(app, moment)?));
            }
            Next::Consent(_) => return Ok(Step::Ask(pending.seal(app, moment)?)),
            Next::Refuse { refusal, by } => {
                note_end(app, moment, pending, &refusal);
                return Ok(Step::Answer(deliver::refusal(app, (&facts.client, &facts.channel), refusal, by)));
            }
            Next::Issue(permit) => {
                documents::require_approval(app, moment, &facts.client).await?;
                let issued =
                    issue::code(app, moment, pending, (&facts, &permit, Because::SaidYesBefore)).await?;
                match issued {
                    Issued::Code(code) => {
                        let answer = deliver::code(app, (&facts.client, &facts.channel), code.expose());
                        return Ok(Step::Answer(answer));
                    }
                    Issued::LookAgain => app.directory.forget(),
                }
            }
        }
    }
    Err(Fault::unavailable("the consent changed while the code was issued").into())
}

fn note_end(app: &App, moment: &Moment, pending: &Pending, refusal: &Refusal) {
    let noted = Noted::of("authorize", refusal.code().as_str(), refusal.description());
    let client = Some(pending.request.client_id.as_str());
    app.traces.note(app, moment, Noted { client, attempt: Some(pending.transaction), ..noted });
}

async fn presence(app: &App, moment: &Moment, session: Option<&Token<SessionId>>) -> Outcome<Presence> {
    let Some(session) = session else { return Ok(Presence::Nobody) };
    let found = gatewright_store::sessions::find(&app.store, &session.digest(), moment.now).await?;
    Ok(if found.is_some() { Presence::SignedIn } else { Presence::Nobody })
}
