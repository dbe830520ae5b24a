//! Where every way of signing in ends, and where pages learn who is signed in.
//!
//! A meeting point of all capabilities that let somebody in or want to know who is there:
//!
//! 1. A capability (a password, …) has proven who somebody is: [`Proven`].
//! 2. [`proceed`] decides whether that suffices (`gatewright_oauth::assurance`). If something is missing, nothing is
//!    stored: what was shown travels on, sealed ([`step`]), to the page of the next factor, and [`add`] decides again.
//! 3. When nothing is missing the session opens with a new id (LG-05); the old one of this browser ends. Nothing else
//!    opens sessions (LG-06).
//! 4. [`http::respond`] sends the browser on with what the person came for.
//! 5. [`http::visitor`] answers who is signed in, or leads to `/login` and back.
//! 6. Somebody who is signed in, but not surely enough for what they came for, shows what is missing and not all of it
//!    again ([`step_up`]): same session, new secret.

pub mod http;
pub mod step;

use gatewright_oauth::Time;
use gatewright_oauth::assurance::{self, Acr, Has, Missing, Second};
use gatewright_oauth::authorize::{self, Next, WhySignIn};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_store::factors::{self, Factors};
use gatewright_store::standing::Era;
use gatewright_store::{Write, sessions};
use uuid::Uuid;

use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::ceremony::facts::Facts;
use crate::error::Outcome;
use crate::policy;
use step::{Earlier, Step};

/// Somebody has shown who they are.
pub struct Proven {
    /// The account.
    pub user: Uuid,
    /// The era in which its credentials were read.
    pub era: Era,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// When, where that was not here and now.
    pub at: Option<Time>,
}

/// What comes after a proof.
pub enum Onward {
    /// Signed in; the browser gets this session.
    Welcome(Token<SessionId>),
    /// Something the person has is missing: the page that asks for it, with this sealed step.
    Factor(String),
    /// Something the person does not have yet is missing: the page where they set it up, with this sealed step.
    Enrol(String),
}

impl Onward {
    /// Whether somebody is signed in now.
    pub fn is_welcome(&self) -> bool {
        match self {
            Onward::Welcome(_) => true,
            Onward::Factor(_) | Onward::Enrol(_) => false,
        }
    }
}

/// What these factors are good for.
pub fn has(factors: &Factors) -> Has {
    Has { totp: factors.totp, passkey: factors.passkeys > 0, recovery: factors.recovery_codes > 0 }
}

/// What is required of somebody on an errand.
pub fn least(app: &App, errand: &Errand, factors: &Factors) -> Acr {
    errand.least().max(policy::least(&app.config, factors.role))
}

/// What is missing of a sign-in.
pub fn lacks(app: &App, errand: &Errand, (step, factors): (&Step, &Factors)) -> Missing {
    assurance::missing(&step.amr, has(factors), least(app, errand, factors))
}

/// Step 2. `previous` is the session this browser had. `None` when the account was disabled, or its
/// credentials changed, since the proof was judged.
///
/// The same person signing in again keeps the session (and its `sid`) under a new secret; anybody else
/// gets a new session, and the one this browser had ends.
pub async fn proceed(
    app: &App,
    moment: &Moment,
    (errand, proven): (&Errand, &Proven),
    previous: Option<Token<SessionId>>,
) -> Outcome<Option<Onward>> {
    let step = Step::of(errand, (proven.user, proven.era), proven.amr.clone(), None).at(proven.at);
    go_on(app, moment, (errand, step), previous).await
}

/// Step 2, when the next factor was shown.
pub async fn add(
    app: &App,
    moment: &Moment,
    (errand, step, second): (&Errand, &Step, Second),
    previous: Option<Token<SessionId>>,
) -> Outcome<Option<Onward>> {
    let step = step.clone().with(assurance::joined(&step.amr, second));
    go_on(app, moment, (errand, step), previous).await
}

async fn go_on(
    app: &App,
    moment: &Moment,
    (errand, step): (&Errand, Step),
    previous: Option<Token<SessionId>>,
) -> Outcome<Option<Onward>> {
    let Some(factors) = factors::of_user(&app.store, step.user).await? else { return Ok(None) };
    match lacks(app, errand, (&step, &factors)) {
        Missing::Factor => Ok(Some(Onward::Factor(step.seal(app, moment)?))),
        Missing::Enrolment => Ok(Some(Onward::Enrol(step.seal(app, moment)?))),
        Missing::Nothing => {
            let moment = moment.clone().acting(Actor::User(step.user));
            let session = open(app, &moment, (errand, &step), previous).await?;
            if session.is_some() {
                // The tries of everything that led here: no factor has a limit of its own (LG-02).
                app.throttle.forgive(&factors.username_key, moment.peer, moment.now).await;
            }
            Ok(session.map(Onward::Welcome))
        }
    }
}

/// Step 6. `None` when there is nobody, or nothing that could be added.
pub async fn step_up(
    app: &App,
    moment: &Moment,
    errand: &Errand,
    session: Option<&Token<SessionId>>,
) -> Outcome<Option<Onward>> {
    let (Some(request), Some(_)) = (errand.request(), session) else { return Ok(None) };
    let facts = Facts::load(app, moment, request, session).await?;
    let Next::SignIn(WhySignIn::TooWeak) = authorize::next(&facts.situation()) else { return Ok(None) };
    let Some(person) = &facts.person else { return Ok(None) };
    let signed_in = &person.signed_in;
    let Some(factors) = factors::of_user(&app.store, signed_in.user).await? else { return Ok(None) };
    let earlier = Earlier { session: signed_in.session, auth_time: signed_in.auth_time };
    let step = Step::of(errand, (signed_in.user, factors.era), signed_in.amr.clone(), Some(earlier));
    match lacks(app, errand, (&step, &factors)) {
        Missing::Factor => Ok(Some(Onward::Factor(step.seal(app, moment)?))),
        // What protects an account is set up by somebody who signed in just now.
        Missing::Enrolment if moment.now - signed_in.auth_time <= http::RECENT => {
            Ok(Some(Onward::Enrol(step.seal(app, moment)?)))
        }
        Missing::Enrolment | Missing::Nothing => Ok(None),
    }
}

async fn open(
    app: &App,
    moment: &Moment,
    (errand, step): (&Errand, &Step),
    previous: Option<Token<SessionId>>,
) -> Outcome<Option<Token<SessionId>>> {
    let session = Token::<SessionId>::from_random(app.random());
    let digest = session.digest();
    let browser = errand.known_browser(step.user);
    let lifetime = &app.config.session;
    let device = moment.device.stored();
    let mut new = sessions::NewSession {
        id: app.id(moment.now),
        digest: &digest,
        user: step.user,
        era: step.era,
        auth_time: match (step.adds_to, step.at) {
            (Some(earlier), _) => earlier.auth_time,
            (None, Some(at)) => at.min(moment.now),
            (None, None) => moment.now,
        },
        amr: &step.amr,
        idle_expires_at: moment.now + chrono::Duration::hours(i64::from(lifetime.idle_hours)),
        expires_at: moment.now + chrono::Duration::days(i64::from(lifetime.absolute_days)),
        device: device.as_deref(),
        browser: &browser,
    };
    let was = previous.map(|token| token.digest());
    let old = match &was {
        Some(was) => sessions::find(&app.store, was, moment.now).await?,
        None => None,
    };
    if let Some(earlier) = step.adds_to {
        // Half of this proof is a session: without it there is only the other half.
        let (Some(was), Some(old)) = (&was, old.filter(|old| old.session.id == earlier.session)) else {
            return Ok(None);
        };
        let ends = old.session.expires_at;
        let idle_expires_at = new.idle_expires_at.min(ends);
        let same = sessions::NewSession { id: old.session.id, idle_expires_at, expires_at: ends, ..new };
        let renewal = sessions::Renewal { was, session: same };
        let renewed = sessions::renew(&app.store, &renewal, &moment.trace(app)).await?;
        return Ok(renewed.applied().map(|()| session));
    }
    if let (Some(was), Some(old)) = (&was, old) {
        if old.user.id == step.user {
            let renewal =
                sessions::Renewal { was, session: sessions::NewSession { id: old.session.id, ..new } };
            if let Write::Applied(()) = sessions::renew(&app.store, &renewal, &moment.trace(app)).await? {
                return Ok(Some(session));
            }
            new.id = app.id(moment.now);
        } else {
            // Somebody else sits at this browser now. Whether the old session ended here or a moment
            // earlier elsewhere makes no difference.
            let (Write::Applied(_) | Write::Lost) =
                sessions::end(&app.store, old.session.id, &moment.trace(app)).await?;
        }
    }
    Ok(sessions::open(&app.store, &new, &moment.trace(app)).await?.applied().map(|()| session))
}
