//! Who is here, what they have, and taking some of it away.

use gatewright_oauth::assurance::Missing;
use gatewright_store::factors::{self, Factors, Keep};
use gatewright_store::sessions::SessionFacts;
use gatewright_store::{Write, passkeys, totps, users, ways_in};
use uuid::Uuid;

use super::enrol::{Arriving, Enroller, Right};
use super::page::{AppLine, PasskeyLine, SecurityPage, SecurityProblem};
use crate::app::{Actor, App, Moment};
use crate::ceremony::Errand;
use crate::error::{Outcome, Stop};
use crate::policy;
use crate::sign_in;
use crate::sign_in::step::Step;
use crate::web::page::account::Nav;
use crate::web::page::{Claimed, Layout, Problem};

/// Somebody who is signed in.
pub async fn visitor(app: &App, facts: Box<SessionFacts>) -> Outcome<Enroller> {
    let user = facts.user.id;
    let factors = factors::of_user(&app.store, user).await?.ok_or(Stop::Shown(Problem::Expired))?;
    Ok(Enroller { user, era: facts.era, factors, by: Right::Session(facts) })
}

/// Somebody who cannot sign in without a factor they do not have. Everybody else is none of these pages' business: who
/// has a factor shows it first (LG-17).
pub async fn arriving(
    app: &App,
    moment: &Moment,
    (errand, request, sealed_step): (Errand, &str, &str),
) -> Outcome<Enroller> {
    let expired = || Stop::Shown(Problem::Expired);
    let step = Step::open(app, moment, sealed_step, &errand)?;
    let factors = factors::of_user(&app.store, step.user).await?.ok_or_else(expired)?;
    if factors.era != step.era || sign_in::lacks(app, &errand, (&step, &factors)) != Missing::Enrolment {
        return Err(expired());
    }
    let (user, era) = (step.user, step.era);
    let (request, sealed_step) = (request.to_owned(), sealed_step.to_owned());
    Ok(Enroller {
        user,
        era,
        factors,
        by: Right::Step(Box::new(Arriving { errand, request, step, sealed_step })),
    })
}

/// The list.
pub async fn list(
    app: &App,
    (layout, nav): (Layout, Nav),
    (enroller, problem): (&Enroller, Option<SecurityProblem>),
) -> Outcome<SecurityPage> {
    let ways = ways_in::of_user(&app.store, enroller.user).await?;
    let totp = totps::find(&app.store, enroller.user).await?;
    let keys = passkeys::of_user(&app.store, enroller.user).await?;
    Ok(SecurityPage {
        layout,
        nav,
        has_password: ways.password,
        others: (ways.identities > 0 || !app.providers.all().is_empty())
            .then_some(usize::try_from(ways.identities).unwrap_or(usize::MAX)),
        passkeys: keys
            .into_iter()
            .map(|key| PasskeyLine {
                id: key.id.to_string(),
                name: Claimed::name(&key.name),
                synced: key.synced,
                added: key.created_at,
                used: key.last_used_at,
            })
            .collect(),
        totp: totp.map(|totp| AppLine { added: totp.created_at, used: totp.last_used_at }),
        codes_left: usize::try_from(enroller.factors.recovery_codes).unwrap_or(usize::MAX),
        problem,
    })
}

/// A factor of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The authenticator app.
    App,
    /// A passkey.
    Passkey(Uuid),
}

impl Own {
    /// Reads what a form sent.
    pub fn parse(text: &str) -> Option<Own> {
        match text {
            "totp" => Some(Own::App),
            id => id.parse().ok().map(Own::Passkey),
        }
    }
}

/// Takes a factor away, or says why not. Two at the same moment are judged one after the other: the account is held
/// meanwhile, so neither the last factor nor the last way in goes twice by halves.
pub async fn remove(
    app: &App,
    moment: &Moment,
    (enroller, own): (&Enroller, Own),
) -> Outcome<Result<(), SecurityProblem>> {
    let moment = moment.clone().acting(Actor::User(enroller.user));
    let together = app.store.begin().await?;
    let store = together.store();
    let Write::Applied(()) = users::hold(store, enroller.user).await? else {
        return Ok(Err(SecurityProblem::NotRemoved));
    };
    let keep = keep(app, &enroller.factors);
    let ways = ways_in::of_user(store, enroller.user).await?;
    let removed = match own {
        Own::App => totps::remove(store, enroller.user, keep, &moment.trace(app)).await?,
        Own::Passkey(id) => passkeys::remove(store, (enroller.user, id), keep, &moment.trace(app)).await?,
    };
    together.commit().await?;
    Ok(removed.applied().ok_or(match own {
        Own::Passkey(_) if ways.count() == ways.passkeys && ways.passkeys == 1 => SecurityProblem::LastWayIn,
        Own::App | Own::Passkey(_) => SecurityProblem::NotRemoved,
    }))
}

/// Whether the operator lets somebody be without a second factor.
fn keep(app: &App, factors: &Factors) -> Keep {
    match policy::least(&app.config, factors.role) {
        gatewright_oauth::assurance::Acr::OneFactor => Keep::None,
        gatewright_oauth::assurance::Acr::TwoFactors
        | gatewright_oauth::assurance::Acr::PhishingResistant => Keep::One,
    }
}

/// Gives a passkey another name.
pub async fn rename(
    app: &App,
    moment: &Moment,
    (enroller, id, name): (&Enroller, Uuid, &str),
) -> Outcome<Write<()>> {
    let Some(name) = Claimed::visible_name(name) else { return Ok(Write::Lost) };
    let trace = moment.clone().acting(Actor::User(enroller.user)).trace(app);
    Ok(passkeys::rename(&app.store, (enroller.user, id), &name.to_string(), &trace).await?)
}
