//! A request for authorization between `/authorize` and its answer.
//!
//! Strangers cause no writes: the request is sealed (AEAD, purpose and expiry inside) and travels
//! through the browser. It opens only in the browser that started it (AZ-17), because it contains the
//! digest of that browser's cookie; any number of tabs have one each (CK-07).

use gatewright_oauth::authorize::AuthorizeRequest;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::browser::Browser;
use crate::web::page::Problem;

/// How long a person may take to sign in and decide.
const LIFETIME: chrono::Duration = chrono::Duration::minutes(30);

/// A validated request on its way through login and consent.
#[derive(Serialize, Deserialize)]
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

    /// The text that travels.
    pub fn seal(&self, app: &App, moment: &Moment) -> Outcome<String> {
        let until = moment.now + LIFETIME;
        app.data_keys.seal(app, Purpose::AuthorizationRequest, &Expiring { until, value: self })
    }

    /// Opens the text, in the right browser and in time only.
    pub fn open(app: &App, moment: &Moment, text: &str, browser: Option<&Browser>) -> Outcome<Pending> {
        let pending: Pending = app
            .data_keys
            .open_value(Purpose::AuthorizationRequest, text, moment.now)
            .ok_or(Stop::Shown(Problem::Expired))?;
        if !browser.is_some_and(|browser| browser.started(&pending.browser)) {
            return Err(Stop::Shown(Problem::OtherBrowser));
        }
        Ok(pending)
    }
}
