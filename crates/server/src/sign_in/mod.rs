//! Where every way of signing in ends, and where pages learn who is signed in.
//!
//! A meeting point of all capabilities that let somebody in or want to know who is there:
//!
//! 1. A capability (a password, …) has proven who somebody is: [`Proven`].
//! 2. [`proceed`] opens the session with a new id (LG-05); the old one of this browser ends. Nothing else
//!    opens sessions.
//! 3. [`http::respond`] sends the browser on with what the person came for.
//! 4. [`http::visitor`] answers who is signed in, or leads to `/login` and back.

pub mod http;

use gatewright_oauth::secret::{SessionId, Token};
use gatewright_store::standing::Era;
use gatewright_store::{Write, sessions};
use uuid::Uuid;

use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::error::Outcome;

/// Somebody has shown who they are.
pub struct Proven {
    /// The account.
    pub user: Uuid,
    /// The era in which its credentials were read.
    pub era: Era,
    /// How (RFC 8176), space separated.
    pub amr: String,
}

/// What comes after a proof.
pub enum Onward {
    /// Signed in; the browser gets this session.
    Welcome(Token<SessionId>),
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
    let moment = moment.clone().acting(Actor::User(proven.user));
    Ok(open(app, &moment, (errand, proven), previous).await?.map(Onward::Welcome))
}

async fn open(
    app: &App,
    moment: &Moment,
    (errand, proven): (&Errand, &Proven),
    previous: Option<Token<SessionId>>,
) -> Outcome<Option<Token<SessionId>>> {
    let session = Token::<SessionId>::from_random(app.random());
    let digest = session.digest();
    let browser = errand.known_browser(proven.user);
    let lifetime = &app.config.session;
    let device = moment.device.stored();
    let mut new = sessions::NewSession {
        id: app.id(moment.now),
        digest: &digest,
        user: proven.user,
        era: proven.era,
        amr: &proven.amr,
        idle_expires_at: moment.now + chrono::Duration::hours(i64::from(lifetime.idle_hours)),
        expires_at: moment.now + chrono::Duration::days(i64::from(lifetime.absolute_days)),
        device: device.as_deref(),
        browser: &browser,
    };
    if let Some(was) = previous.map(|token| token.digest())
        && let Some(old) = sessions::find(&app.store, &was, moment.now).await?
    {
        if old.user.id == proven.user {
            let renewal =
                sessions::Renewal { was: &was, session: sessions::NewSession { id: old.session.id, ..new } };
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
