//! Load, decide whether to ask, end.

use std::sync::Arc;

use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::{Digest, SessionId, Token};
use gatewright_oauth::{Client, ClientId, Params};
use gatewright_store::Write;
use gatewright_store::sessions::{self, SessionFacts};
use serde::{Deserialize, Serialize};

use crate::app::{Actor, App, Moment};
use crate::ceremony::hint;
use crate::error::{Outcome, Stop};
use crate::web::page::Problem;

/// How long the question may be answered.
const LIFETIME: chrono::Duration = chrono::Duration::minutes(30);

/// What happens.
pub enum Step {
    /// The person is asked.
    Ask {
        /// Who is signed in.
        user_label: String,
        /// The language they chose.
        locale: Option<String>,
        /// Which app wants it.
        client_name: Option<String>,
        /// What is to be done, sealed.
        ticket: String,
    },
    /// Nobody is signed in any more.
    Done {
        /// Whether there was a session to end.
        ended: bool,
        /// The way back to the app.
        back: Option<Back>,
    },
}

/// A registered way back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Back {
    /// The complete URI, with `state`.
    pub uri: String,
    /// Its host, shown to the person.
    pub label: String,
}

/// What a confirmation is for.
#[derive(Serialize, Deserialize)]
struct Ticket {
    session: Digest,
    back: Option<Back>,
}

/// Steps 1 and 2.
pub async fn ask(
    app: &App,
    moment: &Moment,
    params: &Params,
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    let hinted = match params.one("id_token_hint")? {
        Some(text) => Some(hint::claims(app, moment, text).map_err(|_| Stop::Shown(Problem::BadLogout))?),
        None => None,
    };
    let named = hinted.as_ref().and_then(|claims| claims.aud.iter().next().map(str::to_owned));
    let client = client(app, params, named).await?;
    let back = back(params, client.as_deref())?;
    let Some(session) = session else { return Ok(Step::Done { ended: false, back }) };
    let Some(found) = sessions::find(&app.store, &session.digest(), moment.now).await? else {
        return Ok(Step::Done { ended: false, back });
    };
    if hinted.is_some_and(|claims| claims.sid == Some(found.session.id)) {
        end(app, moment, &found).await?;
        return Ok(Step::Done { ended: true, back });
    }
    let client_name = client.and_then(|client| client.claimed_name()).map(|name| name.text);
    question(app, moment, found, (Ticket { session: session.digest(), back }, client_name))
}

/// Step 3, after the person said yes.
pub async fn confirm(
    app: &App,
    moment: &Moment,
    ticket: &str,
    session: Option<&Token<SessionId>>,
) -> Outcome<Step> {
    let ticket: Ticket = app
        .data_keys
        .open_value(Purpose::LogoutTicket, ticket, moment.now)
        .ok_or(Stop::Shown(Problem::Expired))?;
    let Some(session) = session else { return Ok(Step::Done { ended: false, back: ticket.back }) };
    let Some(found) = sessions::find(&app.store, &session.digest(), moment.now).await? else {
        return Ok(Step::Done { ended: false, back: ticket.back });
    };
    if !session.digest().ct_eq(&ticket.session) {
        // Somebody signed in here after the page was shown; they have not been asked.
        return question(app, moment, found, (Ticket { session: session.digest(), ..ticket }, None));
    }
    end(app, moment, &found).await?;
    Ok(Step::Done { ended: true, back: ticket.back })
}

fn question(
    app: &App,
    moment: &Moment,
    found: SessionFacts,
    (ticket, client_name): (Ticket, Option<String>),
) -> Outcome<Step> {
    let expiring = Expiring { until: moment.now + LIFETIME, value: ticket };
    Ok(Step::Ask {
        user_label: found.user.email.unwrap_or(found.user.username),
        locale: found.user.locale,
        client_name,
        ticket: app.data_keys.seal(app, Purpose::LogoutTicket, &expiring)?,
    })
}

async fn end(app: &App, moment: &Moment, found: &SessionFacts) -> Outcome<()> {
    let moment = moment.clone().acting(Actor::User(found.user.id));
    // Lost: it ended in another tab.
    let (Write::Applied(_) | Write::Lost) =
        sessions::end(&app.store, found.session.id, &moment.trace(app)).await?;
    Ok(())
}

/// The client that asks: the hint's, or the one that is named; both must agree.
async fn client(app: &App, params: &Params, hinted: Option<String>) -> Outcome<Option<Arc<Client>>> {
    let named = params.one("client_id")?.map(str::to_owned);
    let id = match (hinted, named) {
        (Some(hinted), Some(named)) if hinted != named => return Err(Stop::Shown(Problem::BadLogout)),
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Ok(None),
    };
    let id = ClientId::parse(&id).map_err(|_| Stop::Shown(Problem::BadLogout))?;
    app.directory.client(&id).await
}

fn back(params: &Params, client: Option<&Client>) -> Outcome<Option<Back>> {
    let Some(presented) = params.one("post_logout_redirect_uri")? else { return Ok(None) };
    let client = client.ok_or(Stop::Shown(Problem::BadLogout))?;
    let redirect =
        client.match_post_logout_redirect(presented).map_err(|_| Stop::Shown(Problem::BadLogout))?;
    let uri = match params.one("state")? {
        Some(state) => redirect.respond(&[("state", state)]),
        None => redirect.as_str().to_owned(),
    };
    Ok(Some(Back { uri, label: redirect.host_shown().ascii }))
}
