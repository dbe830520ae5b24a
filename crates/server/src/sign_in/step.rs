//! A sign-in under way: what somebody has shown so far (LG-06).
//!
//! Nothing of it is stored. It travels sealed, with a purpose of its own and for ten minutes, from the page of one factor
//! to that of the next, and opens only beside the errand it belongs to, which opens only in its browser.

use chrono::Duration;
use gatewright_oauth::Time;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_store::standing::Era;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::ceremony::Errand;
use crate::error::{Outcome, Stop};
use crate::web::page::Problem;

/// How long the next factor may take.
pub const LIFETIME: Duration = Duration::minutes(10);

/// What somebody has shown so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// The errand it belongs to.
    transaction: Uuid,
    /// Who.
    pub user: Uuid,
    /// The era in which it was judged.
    pub era: Era,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// When the first of it was shown, where that was not here.
    #[serde(default)]
    pub at: Option<Time>,
    /// The session that something is added to, if this is no sign-in from the beginning.
    pub adds_to: Option<Earlier>,
}

/// A session whose proof is added to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Earlier {
    /// Which one.
    pub session: Uuid,
    /// When its person signed in: what is added now does not make that any later.
    pub auth_time: Time,
}

impl Step {
    /// What somebody showed on an errand.
    pub fn of(errand: &Errand, (user, era): (Uuid, Era), amr: String, adds_to: Option<Earlier>) -> Step {
        Step { transaction: errand.transaction, user, era, amr, at: None, adds_to }
    }

    /// The same, shown at another time.
    #[must_use]
    pub fn at(self, at: Option<Time>) -> Step {
        Step { at, ..self }
    }

    /// The same, with more shown.
    #[must_use]
    pub fn with(self, amr: String) -> Step {
        Step { amr, ..self }
    }

    /// The text that travels.
    pub fn seal(&self, app: &App, moment: &Moment) -> Outcome<String> {
        let until = moment.now + LIFETIME;
        app.data_keys.seal(app, Purpose::SignInStep, &Expiring { until, value: self })
    }

    /// Opens the text beside its errand, in time only.
    pub fn open(app: &App, moment: &Moment, text: &str, errand: &Errand) -> Outcome<Step> {
        let step: Option<Step> = app.data_keys.open_value(Purpose::SignInStep, text, moment.now);
        step.filter(|step| step.transaction == errand.transaction).ok_or(Stop::Shown(Problem::Expired))
    }
}
