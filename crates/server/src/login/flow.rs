//! Load the user, check the password.

use gatewright_oauth::assurance::PASSWORD;
use gatewright_oauth::seal::Purpose;
use gatewright_oauth::secret::{Secret, SessionId, Token};
use gatewright_store::users::{self, SealedPassword};
use gatewright_store::{Write, credentials};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::accounts;
use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::data_keys::Use;
use crate::error::{Fault, Outcome};
use crate::limits::Admission;
use crate::passwords::{Checked, MAX_PASSWORD_BYTES};
use crate::sign_in::{self, Onward, Proven};

/// What the form sent.
pub struct Attempt {
    /// User name or e-mail address, as typed.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

/// What came of it.
pub enum Verdict {
    /// The password is right; this comes next.
    Right(Onward),
    /// Unknown user, disabled user, or wrong password: the person is told only that it did not match.
    NoMatch,
    /// Too many failures from here; try again after this many seconds.
    Wait(u64),
}

/// Steps 2 and 3. `previous` is the session this browser had.
pub async fn attempt(
    app: &App,
    moment: &Moment,
    attempt: &Attempt,
    (errand, previous): (&Errand, Option<Token<SessionId>>),
) -> Outcome<Verdict> {
    let judged = admit(app, moment, attempt, (errand, previous)).await;
    let outcome = match &judged {
        Ok(Verdict::Right(onward)) if onward.is_welcome() => "signed_in",
        Ok(Verdict::Right(_)) => "more",
        Ok(Verdict::NoMatch) => "no_match",
        Ok(Verdict::Wait(_)) => "wait",
        Err(stop) => stop.word(),
    };
    app.meters.logins.count([outcome, ""]);
    judged
}

/// Whoever failed too often waits; otherwise steps 2 and 3, which take equally long whatever comes of them.
async fn admit(
    app: &App,
    moment: &Moment,
    attempt: &Attempt,
    (errand, previous): (&Errand, Option<Token<SessionId>>),
) -> Outcome<Verdict> {
    let key = accounts::key(&attempt.username);
    if let Admission::Wait(seconds) = app.throttle.admit(&key, moment.peer, moment.now).await {
        return Ok(Verdict::Wait(seconds));
    }
    let begun = Instant::now();
    let verdict = judge(app, moment, attempt, (errand, previous)).await?;
    // A right password gives no tries back while a second factor is missing: see `sign_in`.
    match &verdict {
        Verdict::NoMatch => app.passwords.even_out(begun).await,
        Verdict::Right(_) | Verdict::Wait(_) => {}
    }
    Ok(verdict)
}

/// Steps 2 and 3, for somebody who may try.
async fn judge(
    app: &App,
    moment: &Moment,
    attempt: &Attempt,
    (errand, previous): (&Errand, Option<Token<SessionId>>),
) -> Outcome<Verdict> {
    let found = users::for_login(&app.store, &accounts::key(&attempt.username)).await?;
    let stored = match &found {
        Some(facts) if facts.user.disabled_at.is_none() => facts.password.as_ref(),
        Some(_) | None => None,
    };
    let phc = stored.map(|sealed| unseal(app, sealed)).transpose()?;
    let password = accounts::normal_password(&attempt.password);
    if password.expose().len() > MAX_PASSWORD_BYTES {
        return Ok(Verdict::NoMatch);
    }
    let checked = app.passwords.verify(password, phc.as_deref().map(String::as_str)).await?;
    let (Some(facts), Checked::Right | Checked::RightButWeak) = (&found, checked) else {
        return Ok(Verdict::NoMatch);
    };
    let moment = moment.clone().acting(Actor::User(facts.user.id));
    if let (Checked::RightButWeak, Some(stored)) = (checked, stored) {
        renew_hash(app, &moment, stored, &attempt.password).await?;
    }
    let proven = Proven { user: facts.user.id, era: facts.era, amr: PASSWORD.to_owned(), at: None };
    // `None`: disabled, or given another password, between the read and the write.
    let onward = sign_in::proceed(app, &moment, (errand, &proven), previous).await?;
    Ok(onward.map_or(Verdict::NoMatch, Verdict::Right))
}

fn unseal(app: &App, stored: &SealedPassword) -> Outcome<Zeroizing<String>> {
    let bytes = app
        .data_keys
        .unseal((Use::Pepper, Purpose::Password), stored.id.as_bytes(), &stored.sealed)
        .ok_or_else(|| Fault::internal("a stored password cannot be unsealed"))?;
    let text = std::str::from_utf8(&bytes).map_err(Fault::internal)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Stores a right password again at today's cost.
async fn renew_hash(
    app: &App,
    moment: &Moment,
    stored: &SealedPassword,
    password: &Secret<String>,
) -> Outcome<()> {
    let phc = app.passwords.hash(accounts::normal_password(password), app.random()).await?;
    let sealed = app.data_keys.seal_bytes(
        app.entropy.as_ref(),
        (Use::Pepper, Purpose::Password),
        stored.id.as_bytes(),
        phc.as_bytes(),
    );
    let change = credentials::Rehash { credential: stored.id, was: &stored.sealed, sealed: &sealed };
    // Another login renewed it first: nothing is left to do.
    let (Write::Applied(()) | Write::Lost) =
        credentials::rehash(&app.store, &change, &moment.trace(app)).await?;
    Ok(())
}
