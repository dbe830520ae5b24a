//! Setting a factor up.

use chrono::Duration;
use gatewright_oauth::assurance::{Acr, Second};
use gatewright_oauth::recovery::Codes;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::totp;
use gatewright_store::factors::Factors;
use gatewright_store::sessions::SessionFacts;
use gatewright_store::standing::Era;
use gatewright_store::totps::{self, NewTotp};
use gatewright_store::{Write, passkeys};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::data_keys::Use;
use crate::error::{Outcome, Stop};
use crate::evidence::passkeys::{Added, New};
use crate::evidence::{codes, passkeys as keys};
use crate::sign_in;
use crate::sign_in::step::Step;
use crate::web::page::{Claimed, Problem};

/// How long somebody may take.
const LIFETIME: Duration = Duration::minutes(15);

/// Who sets a factor up.
pub struct Enroller {
    /// The account.
    pub user: Uuid,
    /// The era in which they showed who they are.
    pub era: Era,
    /// What it has.
    pub factors: Factors,
    /// By what right.
    pub by: Right,
}

/// By what right somebody sets a factor up.
pub enum Right {
    /// They are signed in.
    Session(Box<SessionFacts>),
    /// They are signing in and cannot without one.
    Step(Box<Arriving>),
}

/// Somebody who cannot sign in without another factor.
pub struct Arriving {
    /// What they came for.
    pub errand: Errand,
    /// Its sealed text.
    pub request: String,
    /// What they showed so far.
    pub step: Step,
    /// Its sealed text.
    pub sealed_step: String,
}

impl Enroller {
    /// What a sealed enrolment belongs to: the session, or the transaction.
    fn bound(&self) -> Uuid {
        match &self.by {
            Right::Session(facts) => facts.session.id,
            Right::Step(arriving) => arriving.errand.transaction,
        }
    }

    /// Whether nothing but a passkey would do.
    pub fn needs_passkey(&self, app: &App) -> bool {
        match &self.by {
            Right::Session(_) => false,
            Right::Step(arriving) => {
                sign_in::least(app, &arriving.errand, &self.factors) > Acr::TwoFactors || self.factors.totp
            }
        }
    }
}

/// A factor that is being set up, as its form carries it.
#[derive(Serialize, Deserialize)]
struct Enrolment {
    user: Uuid,
    bound: Uuid,
    /// Of an authenticator app.
    seed: Option<[u8; totp::SEED]>,
}

/// What an app reads, and what its form carries.
pub struct NewApp {
    /// The form's.
    pub sealed: String,
    /// For people to type.
    pub key: String,
    /// For apps to read.
    pub address: String,
}

fn seal(app: &App, moment: &Moment, enrolment: Enrolment) -> Outcome<String> {
    let until = moment.now + LIFETIME;
    app.data_keys.seal(app, Purpose::Enrolment, &Expiring { until, value: enrolment })
}

/// Opens what the form carries; only for whom, and where, it was made.
fn open(app: &App, moment: &Moment, (enroller, sealed): (&Enroller, &str)) -> Outcome<Enrolment> {
    let enrolment: Option<Enrolment> = app.data_keys.open_value(Purpose::Enrolment, sealed, moment.now);
    enrolment
        .filter(|enrolment| (enrolment.user, enrolment.bound) == (enroller.user, enroller.bound()))
        .ok_or(Stop::Shown(Problem::Expired))
}

/// A new seed.
pub fn start_app(app: &App, moment: &Moment, enroller: &Enroller) -> Outcome<NewApp> {
    let seed = Zeroizing::new(app.random::<{ totp::SEED }>());
    let enrolment = Enrolment { user: enroller.user, bound: enroller.bound(), seed: Some(*seed) };
    Ok(shown(app, &enroller.factors.username, (seal(app, moment, enrolment)?, &seed)))
}

/// The same again, after a code that was not right.
pub fn show_app_again(app: &App, moment: &Moment, (enroller, sealed): (&Enroller, &str)) -> Outcome<NewApp> {
    let enrolment = open(app, moment, (enroller, sealed))?;
    let seed = Zeroizing::new(enrolment.seed.ok_or(Stop::Shown(Problem::Expired))?);
    Ok(shown(app, &enroller.factors.username, (sealed.to_owned(), &seed)))
}

fn shown(app: &App, username: &str, (sealed, seed): (String, &[u8; totp::SEED])) -> NewApp {
    let address = totp::address(seed, (app.config.issuer_authority(), username));
    NewApp { sealed, key: totp::text(seed), address }
}

/// What came of confirming an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// It is stored.
    Stored,
    /// The code is not right.
    Wrong,
    /// The account has one already.
    HasOne,
}

/// Stores an app whose code was typed. The app proves nothing about the person yet, so its codes are not counted as tries:
/// whoever types them has the seed on their screen.
pub async fn confirm_app(
    app: &App,
    moment: &Moment,
    (enroller, sealed, typed): (&Enroller, &str, &str),
) -> Outcome<Confirmed> {
    let enrolment = open(app, moment, (enroller, sealed))?;
    let seed = Zeroizing::new(enrolment.seed.ok_or(Stop::Shown(Problem::Expired))?);
    let Some(step) = totp::accepts(&seed, typed, 0, moment.now) else { return Ok(Confirmed::Wrong) };
    let id = app.id(moment.now);
    let random = app.entropy.as_ref();
    let place = (Use::Totp, Purpose::TotpSeed);
    let sealed = app.data_keys.seal_bytes(random, place, id.as_bytes(), seed.as_slice());
    let new = NewTotp { user: enroller.user, era: enroller.era, id, sealed: &sealed, step };
    let moment = moment.clone().acting(Actor::User(enroller.user));
    Ok(match totps::enrol(&app.store, &new, &moment.trace(app)).await? {
        Write::Applied(()) => Confirmed::Stored,
        Write::Lost => Confirmed::HasOne,
    })
}

/// What the form of a new passkey carries, and what the browser is asked for.
pub struct NewKey {
    /// The form's.
    pub sealed: String,
    /// The browser's; `None` where browsers keep none for this server.
    pub options: Option<String>,
}

/// Asks for a passkey.
pub async fn start_passkey(app: &App, moment: &Moment, enroller: &Enroller) -> Outcome<NewKey> {
    let has = passkeys::of_user(&app.store, enroller.user).await?;
    let enrolment = Enrolment { user: enroller.user, bound: enroller.bound(), seed: None };
    let sealed = seal(app, moment, enrolment)?;
    let holder = keys::Holder { user: enroller.user, username: &enroller.factors.username };
    let options = keys::are_possible(app).then(|| keys::ask_for_new(app, &sealed, (holder, &has)));
    Ok(NewKey { sealed, options })
}

/// Stores a passkey.
pub async fn add_passkey(
    app: &App,
    moment: &Moment,
    (enroller, sealed): (&Enroller, &str),
    (name, answer): (&str, &str),
) -> Outcome<Added> {
    open(app, moment, (enroller, sealed))?;
    let name = Claimed::visible_name(name).map_or_else(|| "Passkey".to_owned(), |name| name.to_string());
    let new = New { user: enroller.user, era: enroller.era, name: &name, sealed, answer };
    keys::add(app, moment, new).await
}

/// Recovery codes for somebody who has a factor and no codes yet.
pub async fn first_codes(app: &App, moment: &Moment, enroller: &Enroller) -> Outcome<Option<Codes>> {
    if enroller.factors.recovery_codes > 0 {
        return Ok(None);
    }
    let moment = moment.clone().acting(Actor::User(enroller.user));
    codes::renew_recovery(app, &moment, enroller.user).await
}

/// What was shown by setting a factor up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code of the app.
    App,
    /// The passkey itself.
    Passkey,
}

impl Kind {
    /// As which factor it counts.
    pub fn second(self) -> Second {
        match self {
            Kind::App => Second::Code,
            Kind::Passkey => Second::Passkey,
        }
    }
}
