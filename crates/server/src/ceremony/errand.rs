//! What somebody came for who has to sign in first.
//!
//! Strangers cause no writes: the errand is sealed (AEAD, purpose and expiry inside) and travels through
//! the browser. It opens only in the browser that started it (AZ-17), because it contains the digest of
//! that browser's cookie; any number of tabs have one each (CK-07). There is no return address in it that
//! anybody could choose: an authorization goes on as itself, and places are a closed list (LO-05).

use gatewright_oauth::assurance::Acr;
use gatewright_oauth::authorize::AuthorizeRequest;
use gatewright_oauth::demand::Demand;
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

/// Why somebody signs in.
#[derive(Serialize, Deserialize)]
pub struct Errand {
    /// The transaction.
    pub transaction: Uuid,
    /// What they came for.
    #[serde(flatten)]
    pub what: What,
    /// The browser it belongs to.
    pub(super) browser: Digest,
    /// What a page of ours demands of their sign-in.
    #[serde(default)]
    pub(super) demand: Demand,
}

/// What a person came for.
#[derive(Serialize, Deserialize)]
pub enum What {
    /// An app asked, and this is what; validated and narrowed already.
    #[serde(rename = "request")]
    Authorize(Box<AuthorizeRequest>),
    /// They came by themselves.
    #[serde(rename = "visit")]
    Visit(Place),
}

/// A page of ours that is shown to somebody only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Their account.
    Account,
    /// The answer to a device.
    Device {
        /// The code they brought, if any.
        code: Option<String>,
    },
    /// What is connected with their account.
    Identities,
    /// The browsers they are signed in with.
    AccountSessions,
    /// The apps they let in.
    AccountApps,
    /// What they allowed and took back.
    AccountHistory,
    /// What is kept of them.
    AccountData,
    /// Where an account is deleted.
    AccountLeave,
    /// The e-mail address of their account.
    Address,
    /// What they sign in with.
    Security,
    /// Where they choose another password.
    Password,
}

impl Place {
    /// Its path below the issuer's.
    pub fn path(&self) -> String {
        match self {
            Place::Account => "/account".to_owned(),
            Place::Device { code: None } => "/device".to_owned(),
            // Letters and a dash: only what was read as a code gets here.
            Place::Device { code: Some(code) } => format!("/device?user_code={code}"),
            Place::Identities => "/account/identities".to_owned(),
            Place::AccountSessions => "/account/sessions".to_owned(),
            Place::AccountApps => "/account/apps".to_owned(),
            Place::AccountHistory => "/account/history".to_owned(),
            Place::AccountData => "/account/data".to_owned(),
            Place::AccountLeave => "/account/leave".to_owned(),
            Place::Address => "/account/email".to_owned(),
            Place::Security => "/account/security".to_owned(),
            Place::Password => "/account/password".to_owned(),
        }
    }
}

impl Errand {
    /// A new errand of `browser`.
    pub fn start(app: &App, moment: &Moment, what: What, browser: &Browser) -> Errand {
        Errand { transaction: app.id(moment.now), what, browser: browser.digest(), demand: Demand::NOTHING }
    }

    /// The same, to a page that demands this.
    #[must_use]
    pub fn demanding(self, demand: Demand) -> Errand {
        Errand { demand, ..self }
    }

    /// The text that travels.
    pub fn seal(&self, app: &App, moment: &Moment) -> Outcome<String> {
        let until = moment.now + LIFETIME;
        app.data_keys.seal(app, Purpose::AuthorizationRequest, &Expiring { until, value: self })
    }

    /// Opens the text, in the right browser and in time only.
    pub fn open(app: &App, moment: &Moment, text: &str, browser: Option<&Browser>) -> Outcome<Errand> {
        let errand: Errand = app
            .data_keys
            .open_value(Purpose::AuthorizationRequest, text, moment.now)
            .ok_or(Stop::Shown(Problem::Expired))?;
        errand.in_browser(browser)
    }

    /// Only in the browser that started it.
    pub fn in_browser(self, browser: Option<&Browser>) -> Outcome<Errand> {
        if browser.is_some_and(|browser| browser.started(&self.browser)) {
            Ok(self)
        } else {
            Err(Stop::Shown(Problem::OtherBrowser))
        }
    }

    /// What its browser and this account have in common, for [`gatewright_store::known_browsers`].
    pub fn known_browser(&self, user: Uuid) -> Digest {
        Digest::of("known-browser", &[self.browser.as_bytes().as_slice(), user.as_bytes()].concat())
    }

    /// What the proof of who somebody is has to be worth for it.
    pub fn least(&self) -> Acr {
        self.request().map_or(self.demand.least(), AuthorizeRequest::least)
    }

    /// Seconds their sign-in may be old for it.
    pub fn most_age(&self) -> Option<u32> {
        self.request().map_or(self.demand.max_age, AuthorizeRequest::most_age)
    }

    /// The request, if an app asked.
    pub fn request(&self) -> Option<&AuthorizeRequest> {
        match &self.what {
            What::Authorize(request) => Some(request),
            What::Visit(_) => None,
        }
    }

    /// The languages the app wishes for (OIDC Core §3.1.2.1).
    pub fn ui_locales(&self) -> Option<&str> {
        self.request()?.ui_locales.as_deref()
    }
}
