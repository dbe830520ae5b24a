//! Load, decide whether to ask, show; then open the ticket, decide again, issue.

use chrono::Duration;
use gatewright_oauth::authorize::{self, Ask, Next, Remembered};
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::{Scopes, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::ConsentPage;
use crate::app::{App, Moment};
use crate::ceremony::deliver::{self, Answer};
use crate::ceremony::facts::{Facts, Present};
use crate::ceremony::issue::{self, Because, Issued};
use crate::ceremony::question::{Again, Changed, LEAST_READING, Said};
use crate::ceremony::wording::{self, Lasting, Pick};
use crate::ceremony::{Pending, asker};
use crate::clients::{documents, logos};
use crate::error::{Outcome, Stop};
use crate::traces::Noted;
use crate::web::browser::Browser;
use crate::web::html;
use crate::web::page::{Claimed, Problem};

/// How long a shown page can be answered.
const LIFETIME: Duration = Duration::minutes(30);

/// What happens when the page is asked for, or answered.
pub enum Step {
    /// The page, to be read (again).
    Ask(Box<ConsentPage>),
    /// Nothing to ask here any more: the request goes back, sealed, to `/authorize/resume`.
    Resume(String),
    /// The answer goes to the client.
    Answer(Box<Answer>),
}

/// Who sits at the browser.
pub struct Visitor {
    /// The browser.
    pub browser: Option<Browser>,
    /// Its session.
    pub session: Option<Token<SessionId>>,
}

/// What a page showed, as its form carries it back.
#[derive(Serialize, Deserialize)]
struct Ticket {
    request: String,
    user: Uuid,
    session: Uuid,
    shown: Remembered,
    /// What of it was to be picked (CN-04).
    choices: Scopes,
    at: Time,
}

/// Steps 1 and 2.
pub async fn show(app: &App, moment: &Moment, sealed: String, visitor: &Visitor) -> Outcome<Step> {
    let pending = Pending::open(app, moment, &sealed, visitor.browser.as_ref())?;
    let facts = Facts::load(app, moment, &pending.request, visitor.session.as_ref()).await?;
    match (authorize::next(&facts.situation()), &facts.person) {
        (Next::Consent(ask), Some(person)) => {
            documents::require_approval(app, moment, &facts.client).await?;
            note(app, moment, &pending, ("asked", ""));
            let page = page(app, moment, &sealed, (&facts, person, &ask, None))?;
            Ok(Step::Ask(Box::new(page)))
        }
        (Next::Consent(_) | Next::SignIn(_) | Next::Issue(_) | Next::Refuse { .. }, _) => {
            Ok(Step::Resume(sealed))
        }
    }
}

/// The sealed request that a form is about, whether or not it can still be answered.
pub fn request_of(app: &App, ticket: Option<&str>) -> Option<String> {
    let opened = |text| app.data_keys.open_value(Purpose::ConsentTicket, text, Time::UNIX_EPOCH);
    let ticket: Option<Ticket> = ticket.and_then(opened);
    ticket.map(|ticket| ticket.request)
}

/// Steps 3 and 4.
pub async fn answer(
    app: &App,
    moment: &Moment,
    (ticket, said): (&str, &Said),
    visitor: &Visitor,
) -> Outcome<Step> {
    let ticket: Ticket = app
        .data_keys
        .open_value(Purpose::ConsentTicket, ticket, moment.now)
        .ok_or(Stop::Shown(Problem::Expired))?;
    let pending = Pending::open(app, moment, &ticket.request, visitor.browser.as_ref())?;
    let facts = Facts::load(app, moment, &pending.request, visitor.session.as_ref()).await?;
    let Some(person) = &facts.person else { return Ok(Step::Resume(ticket.request)) };
    if (person.user.id, person.signed_in.session) != (ticket.user, ticket.session) {
        return Ok(Step::Resume(ticket.request));
    }
    let Said::Yes(terms) = said else {
        note(app, moment, &pending, ("denied", "the person said no"));
        let how = authorize::answer_by(&facts.client, authorize::Presence::SignedIn);
        let answer = deliver::refusal(app, (&facts.client, &facts.channel), deliver::denied(), how);
        return Ok(Step::Answer(Box::new(answer)));
    };
    documents::require_approval(app, moment, &facts.client).await?;
    if moment.now - ticket.at < LEAST_READING {
        return ask_again(app, moment, (&pending, ticket.request), (&facts, person, Again::TooQuick));
    }
    let chosen = terms.picked.of(&ticket.shown.scopes, &ticket.choices);
    if chosen.is_empty() && !ticket.shown.scopes.is_empty() {
        return ask_again(app, moment, (&pending, ticket.request), (&facts, person, Again::NothingPicked));
    }
    match authorize::approve(&facts.situation(), &ticket.shown, &chosen) {
        Next::Issue(permit) => {
            // What they said yes to is kept before the code that stands on it.
            documents::keep(app, moment, &facts.client).await?;
            let because = Because::SaidYes { until: terms.term.until(moment.now) };
            let issued = issue::code(app, moment, &pending, (&facts, &permit, because)).await?;
            match issued {
                Issued::Code(code) => {
                    let answer = deliver::code(app, (&facts.client, &facts.channel), code.expose());
                    Ok(Step::Answer(Box::new(answer)))
                }
                Issued::LookAgain => {
                    app.directory.forget();
                    Ok(Step::Resume(ticket.request))
                }
            }
        }
        Next::Consent(_) => {
            ask_again(app, moment, (&pending, ticket.request), (&facts, person, Again::Outdated))
        }
        Next::SignIn(_) => Ok(Step::Resume(ticket.request)),
        Next::Refuse { refusal, by } => {
            Ok(Step::Answer(Box::new(deliver::refusal(app, (&facts.client, &facts.channel), refusal, by))))
        }
    }
}

fn note(app: &App, moment: &Moment, pending: &Pending, (outcome, said): (&'static str, &'static str)) {
    let client = Some(pending.request.client_id.as_str());
    let noted = Noted::of("consent", outcome, said);
    app.traces.note(app, moment, Noted { client, attempt: Some(pending.transaction), ..noted });
}

/// Shows the page once more, with what is true now.
fn ask_again(
    app: &App,
    moment: &Moment,
    (pending, request): (&Pending, String),
    (facts, person, again): (&Facts, &Present, Again),
) -> Outcome<Step> {
    note(app, moment, pending, ("asked again", again.word()));
    match authorize::next(&facts.situation()) {
        Next::Consent(ask) => {
            Ok(Step::Ask(Box::new(page(app, moment, &request, (facts, person, &ask, Some(again)))?)))
        }
        Next::SignIn(_) | Next::Issue(_) | Next::Refuse { .. } => Ok(Step::Resume(request)),
    }
}

fn page(
    app: &App,
    moment: &Moment,
    request: &str,
    (facts, person, ask, again): (&Facts, &Present, &Ask, Option<Again>),
) -> Outcome<ConsentPage> {
    let ticket = Ticket {
        user: person.user.id,
        session: person.signed_in.session,
        shown: Remembered::shown(ask, &facts.client, &facts.resource),
        choices: ask.choices(&facts.resource),
        at: moment.now,
        request: request.to_owned(),
    };
    let until = moment.now + LIFETIME;
    let ticket = app.data_keys.seal(app, Purpose::ConsentTicket, &Expiring { until, value: ticket })?;
    let asker = asker::of(&facts.client, &facts.channel.redirect);
    let logo = if asker.is_verified() { logos::link(app, moment, &facts.client)? } else { None };
    let chosen = moment.clone().of_person(&person.user);
    let layout = html::layout(app, &chosen).in_language(facts.request.ui_locales.as_deref());
    let words = layout.words;
    Ok(ConsentPage {
        layout,
        user_label: Claimed::name(person.user.email.as_deref().unwrap_or(&person.user.username)),
        asker,
        logo,
        resource_name: facts.resource.name.clone(),
        resource_url: facts.resource.identifier.clone(),
        new_scopes: wording::lines((&facts.resource, words), &ask.new, Pick::Unpicked),
        // What was allowed before is folded away behind what is new, and to be picked only where it stands open.
        already: wording::lines(
            (&facts.resource, words),
            &ask.already,
            if ask.new.is_empty() { Pick::Picked } else { Pick::None },
        ),
        changed: Changed::of(ask.because),
        lasting: Lasting::of(app, &facts.client, &facts.resource),
        again,
        ticket,
        not_you: format!("{}/login?request={request}", app.config.issuer_path()),
    })
}
