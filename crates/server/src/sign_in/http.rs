//! A sign-in as HTTP: on with the errand, or to `/login` first.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use chrono::Duration;
use gatewright_store::sessions::{self, SessionFacts};

use super::Onward;
use crate::app::{App, Moment};
use crate::ceremony::errand::{Errand, Place, What};
use crate::error::Outcome;
use crate::web::browser::Browser;
use crate::web::{cookies, html};

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

/// Step 3: on with what the person came for, as somebody. `sealed` is the text of the errand.
pub fn respond(app: &App, (errand, sealed): (&Errand, &str), onward: &Onward) -> Response {
    match onward {
        Onward::Welcome(session) => {
            let mut response = match &errand.what {
                What::Authorize(_) => html::see_own(app, "/authorize/resume", sealed),
                What::Visit(place) => {
                    html::see_other(&format!("{}{}", app.config.issuer_path(), place.path()))
                }
            };
            if let Some(cookie) = cookies::set_session(session) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
    }
}

/// Step 4.
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
        Some(facts) if since == Since::AnyTime || moment.now - facts.session.auth_time <= RECENT => {
            Ok(Visit::Present(Box::new(facts)))
        }
        Some(_) | None => {
            let browser = Browser::meet(app, headers);
            let errand = Errand::start(app, moment, What::Visit(place), &browser);
            let sealed = errand.seal(app, moment)?;
            Ok(Visit::SignIn(browser.remember(html::see_own(app, "/login", &sealed))))
        }
    }
}
