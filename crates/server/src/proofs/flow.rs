//! Open the step, judge what was sent, go on.

use gatewright_oauth::assurance::{Acr, Missing, PASSKEY, Second};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_store::factors::{self, Factors};
use gatewright_store::passkeys;

use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::error::{Outcome, Stop};
use crate::evidence::codes::Holder;
use crate::evidence::passkeys::Whose;
use crate::evidence::{self, Judged};
use crate::sign_in::step::Step;
use crate::sign_in::{self, Onward, Proven};
use crate::web::page::Problem;

/// A sign-in that lacks a factor.
pub struct Unfinished {
    /// What the person came for.
    pub errand: Errand,
    /// What they showed so far.
    pub step: Step,
    /// What they have.
    pub factors: Factors,
}

/// What the form sent.
pub enum Sent {
    /// A code of the app.
    Code(String),
    /// A recovery code.
    Recovery(String),
    /// What the browser said of a passkey.
    Passkey(String),
}

/// What came of it.
pub enum Verdict {
    /// It is right; this comes next.
    Right(Onward),
    /// It was a recovery code, so many are left, and this comes next.
    Recovered(Onward, usize),
    /// It is not right.
    Wrong,
    /// Nobody looked at it; try again after this many seconds.
    Wait(u64),
}

impl Unfinished {
    /// Opens what the page carries.
    pub async fn open(app: &App, moment: &Moment, (errand, step): (Errand, &str)) -> Outcome<Unfinished> {
        let step = Step::open(app, moment, step, &errand)?;
        let factors = factors::of_user(&app.store, step.user).await?.ok_or(Stop::Shown(Problem::Expired))?;
        Ok(Unfinished { errand, step, factors })
    }

    /// Whether codes would do: not where something that cannot be phished is required and at hand.
    pub fn takes_codes(&self, app: &App) -> bool {
        let least = sign_in::least(app, &self.errand, &self.factors);
        self.factors.passkeys == 0 || least < Acr::PhishingResistant
    }

    /// Whether this is the page where the person has to be.
    pub fn lacks_factor(&self, app: &App) -> bool {
        sign_in::lacks(app, &self.errand, (&self.step, &self.factors)) == Missing::Factor
    }
}

/// Step 1: which passkeys the browser may choose from.
pub async fn passkeys_of(app: &App, unfinished: &Unfinished) -> Outcome<Vec<passkeys::Passkey>> {
    if unfinished.factors.passkeys == 0 || !evidence::passkeys::are_possible(app) {
        return Ok(Vec::new());
    }
    Ok(passkeys::of_user(&app.store, unfinished.step.user).await?)
}

/// Step 2. `step` is the sealed text, `previous` the session this browser had.
pub async fn show(
    app: &App,
    moment: &Moment,
    (unfinished, step, sent): (&Unfinished, &str, &Sent),
    previous: Option<Token<SessionId>>,
) -> Outcome<Verdict> {
    let moment = moment.clone().acting(Actor::User(unfinished.step.user));
    let judged = judge(app, &moment, (unfinished, step, sent)).await?;
    let (factor, outcome) = (sent.word(), judged.as_ref().map_or_else(Verdict::word, |_| "right"));
    app.meters.factors.count([factor, outcome]);
    let (second, left) = match judged {
        Ok(right) => right,
        Err(verdict) => return Ok(verdict),
    };
    let onward = sign_in::add(app, &moment, (&unfinished.errand, &unfinished.step, second), previous).await?;
    // Disabled, given another password, or signed out, since the step was sealed.
    let onward = onward.ok_or(Stop::Shown(Problem::Expired))?;
    Ok(match left {
        Some(left) => Verdict::Recovered(onward, left),
        None => Verdict::Right(onward),
    })
}

/// What was shown, and how many recovery codes are left if it was one; or why it was not.
async fn judge(
    app: &App,
    moment: &Moment,
    (unfinished, step, sent): (&Unfinished, &str, &Sent),
) -> Outcome<Result<(Second, Option<usize>), Verdict>> {
    let holder = Holder { user: unfinished.step.user, factors: &unfinished.factors };
    let takes_codes = unfinished.takes_codes(app);
    Ok(match sent {
        Sent::Code(_) | Sent::Recovery(_) if !takes_codes => Err(Verdict::Wrong),
        Sent::Code(typed) => match evidence::codes::totp(app, moment, holder, typed).await? {
            Judged::Right(()) => Ok((Second::Code, None)),
            Judged::Wrong => Err(Verdict::Wrong),
            Judged::Wait(seconds) => Err(Verdict::Wait(seconds)),
        },
        Sent::Recovery(typed) => match evidence::codes::recovery(app, moment, holder, typed).await? {
            Judged::Right(left) => Ok((Second::Code, Some(left))),
            Judged::Wrong => Err(Verdict::Wrong),
            Judged::Wait(seconds) => Err(Verdict::Wait(seconds)),
        },
        Sent::Passkey(answer) => {
            let asked = (step, Whose::Of(unfinished.step.user));
            match evidence::passkeys::judge(app, moment, asked, answer).await? {
                Judged::Right(_) => Ok((Second::Passkey, None)),
                Judged::Wrong => Err(Verdict::Wrong),
                Judged::Wait(seconds) => Err(Verdict::Wait(seconds)),
            }
        }
    })
}

/// Step 3. `request` is the sealed text of the errand.
pub async fn sign_in_by_passkey(
    app: &App,
    moment: &Moment,
    (errand, request, answer): (&Errand, &str, &str),
    previous: Option<Token<SessionId>>,
) -> Outcome<Verdict> {
    let verdict = match evidence::passkeys::judge(app, moment, (request, Whose::Anybodys), answer).await? {
        Judged::Right(shown) => {
            let proven = Proven { user: shown.user, era: shown.era, amr: PASSKEY.to_owned(), at: None };
            let onward = sign_in::proceed(app, moment, (errand, &proven), previous).await?;
            onward.map_or(Verdict::Wrong, Verdict::Right)
        }
        Judged::Wrong => Verdict::Wrong,
        Judged::Wait(seconds) => Verdict::Wait(seconds),
    };
    app.meters.factors.count(["passkey", verdict.word()]);
    Ok(verdict)
}

impl Sent {
    fn word(&self) -> &'static str {
        match self {
            Sent::Code(_) => "totp",
            Sent::Recovery(_) => "recovery_code",
            Sent::Passkey(_) => "passkey",
        }
    }
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Verdict::Right(_) | Verdict::Recovered(..) => "right",
            Verdict::Wrong => "wrong",
            Verdict::Wait(_) => "wait",
        }
    }
}
