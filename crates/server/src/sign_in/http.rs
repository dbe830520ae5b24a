//! A sign-in as HTTP: on with the errand, or to `/login` first.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use chrono::Duration;
use gatewright_oauth::assurance::Acr;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_store::sessions::{self, SessionFacts};

use super::Onward;
use crate::app::{App, Moment};
use crate::ceremony::errand::{Errand, Place, What};
use crate::error::{Outcome, Stop};
use crate::policy;
use crate::web::answer::log_fault;
use crate::web::browser::Browser;
use crate::web::{cookies, html};

/// Where the next factor is asked for.
pub const FACTOR: &str = "/login/factor";
/// Where somebody who has none sets one up.
pub const ENROL: &str = "/login/enrol";

/// How long ago somebody may have signed in to change what protects their account.
pub const RECENT: Duration = Duration::minutes(15);

/// How long ago somebody may have signed in to see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Whenever that was.
    AnyTime,
    /// At most [`RECENT`] ago.
    Recently,
}

/// Who opened a page that is for somebody only.
pub enum Visit {
    /// This person.
    Present(Box<SessionFacts>),
    /// Nobody yet: this answer leads to `/login`, and from there back to the page.
    SignIn(Response),
}

/// Step 4: on with what the person came for, as somebody. `sealed` is the text of the errand.
pub fn respond(app: &App, (errand, sealed): (&Errand, &str), onward: &Onward) -> Response {
    let base = app.config.issuer_path();
    match onward {
        Onward::Welcome(session) => remember(html::see_other(&goal(app, (errand, sealed))), session),
        Onward::Factor(step) => html::see_other(&format!("{base}{FACTOR}?request={sealed}&step={step}")),
        Onward::Enrol(step) => html::see_other(&format!("{base}{ENROL}?request={sealed}&step={step}")),
    }
}

/// What the person came for, below the host.
pub fn goal(app: &App, (errand, sealed): (&Errand, &str)) -> String {
    let base = app.config.issuer_path();
    match &errand.what {
        What::Authorize(_) => format!("{base}/authorize/resume?request={sealed}"),
        What::Visit(place) => format!("{base}{}", place.path()),
    }
}

/// Gives the session to the browser.
#[must_use]
pub fn remember(mut response: Response, session: &Token<SessionId>) -> Response {
    if let Some(cookie) = cookies::set_session(session) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Step 5.
pub async fn visitor(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    (place, since): (Place, Since),
) -> Outcome<Visit> {
    let found = match cookies::session(headers) {
        Some(session) => sessions::find(&app.store, &session.digest(), moment.now).await?,
        None => None,
    };
    match found {
        Some(facts) if is_enough(app, moment, &facts, since) => Ok(Visit::Present(Box::new(facts))),
        Some(_) | None => {
            let max_age = match since {
                Since::AnyTime => None,
                Since::Recently => u32::try_from(RECENT.num_seconds()).ok(),
            };
            Ok(Visit::SignIn(lead(app, moment, headers, (place, Demand { acr: None, max_age }))?))
        }
    }
}

/// The request, answered in the language that whoever is signed in chose, unless an app or the request itself asks for
/// one.
pub async fn spoken(app: &App, moment: &Moment, headers: &HeaderMap) -> Moment {
    let moment = moment.clone();
    let Some(session) = cookies::session(headers).filter(|_| !moment.asks_for_words) else { return moment };
    match sessions::find(&app.store, &session.digest(), moment.now).await {
        Ok(Some(facts)) => moment.of_person(&facts.user),
        Ok(None) => moment,
        // There is a page to show all the same.
        Err(error) => {
            log_fault(&error.into(), &moment);
            moment
        }
    }
}

/// The page for an early end, in the language of whoever is signed in: a page that fails pays a read for that.
pub async fn stopped(app: &App, moment: &Moment, headers: &HeaderMap, stop: &Stop) -> Response {
    match stop {
        Stop::Refused(_) | Stop::Shown(_) => html::stopped(app, &spoken(app, moment, headers).await, stop),
        // What we depend on may be away.
        Stop::Broken(_) => html::stopped(app, moment, stop),
    }
}

/// The answer, or the page for its early end ([`stopped`]).
pub async fn answered(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    answer: Outcome<Response>,
) -> Response {
    match answer {
        Ok(response) => response,
        Err(stop) => stopped(app, moment, headers, &stop).await,
    }
}

/// To `/login`, and from there to a page of ours that demands this of who comes.
pub fn lead(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    (place, demand): (Place, Demand),
) -> Outcome<Response> {
    let browser = Browser::meet(app, headers);
    let errand = Errand::start(app, moment, What::Visit(place), &browser).demanding(demand);
    let sealed = errand.seal(app, moment)?;
    Ok(browser.remember(html::see_own(app, "/login", &sealed)))
}

/// Whether a session is fresh and sure enough for a page.
fn is_enough(app: &App, moment: &Moment, facts: &SessionFacts, since: Since) -> bool {
    let fresh = since == Since::AnyTime || moment.now - facts.session.auth_time <= RECENT;
    fresh && Acr::of(&facts.session.amr) >= policy::least(&app.config, facts.user.role)
}
