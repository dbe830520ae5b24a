//! A request for authorization between `/authorize` and its answer: an [`Errand`] that an app sent
//! somebody on.

use gatewright_oauth::authorize::AuthorizeRequest;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::secret::Digest;
use uuid::Uuid;

use super::errand::{Errand, What};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::browser::Browser;
use crate::web::page::Problem;

/// A validated request on its way through login and consent.
pub struct Pending {
    /// The transaction. Its code is derived from it, so a double click gets the same code.
    pub transaction: Uuid,
    /// What was asked, already validated and narrowed.
    pub request: AuthorizeRequest,
    /// The browser it belongs to.
    browser: Digest,
}

impl Pending {
    /// A new transaction of `browser`.
    pub fn start(app: &App, moment: &Moment, request: AuthorizeRequest, browser: &Browser) -> Pending {
        Pending { transaction: app.id(moment.now), request, browser: browser.digest() }
    }

    /// The same, with what the resource demands now.
    #[must_use]
    pub fn demanding(&self, demand: Demand) -> Pending {
        let request = self.request.clone().demanding(demand);
        Pending { request, transaction: self.transaction, browser: self.browser }
    }

    /// The text that travels.
    pub fn seal(&self, app: &App, moment: &Moment) -> Outcome<String> {
        let what = What::Authorize(Box::new(self.request.clone()));
        Errand { transaction: self.transaction, what, browser: self.browser, demand: Demand::NOTHING }
            .seal(app, moment)
    }

    /// Opens the text, in the right browser and in time only.
    pub fn open(app: &App, moment: &Moment, text: &str, browser: Option<&Browser>) -> Outcome<Pending> {
        let Errand { transaction, what, browser, demand: _ } = Errand::open(app, moment, text, browser)?;
        match what {
            What::Authorize(request) => Ok(Pending { transaction, request: *request, browser }),
            What::Visit(_) => Err(Stop::Shown(Problem::Expired)),
        }
    }
}
