//! Step 2: a person types the code.

use chrono::Duration;
use gatewright_oauth::UserCode;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_store::Write;
use gatewright_store::device_codes::{self, DeviceRequest, State};
use gatewright_store::sessions::SessionFacts;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::CodeProblem;
use crate::app::{Actor, App, Moment};
use crate::ceremony::facts;
use crate::error::{Outcome, Stop};
use crate::limits::Admission;
use crate::traces::Noted;

/// How long the page that follows can be opened: as long as any request lives.
const LIFETIME: Duration = Duration::minutes(10);

/// A request that somebody typed the code of.
#[derive(Clone, Serialize, Deserialize)]
pub struct Claim {
    /// The request.
    pub id: Uuid,
    /// Its code, to be compared.
    pub code: String,
    /// Who typed it.
    pub user: Uuid,
}

/// What typing a code leads to.
pub enum Entered {
    /// On to the question, with the sealed claim.
    Claimed(String),
    /// The form again.
    Again(CodeProblem),
}

/// Looks the code up and makes the request this person's.
pub async fn enter(app: &App, moment: &Moment, (who, typed): (&SessionFacts, &str)) -> Outcome<Entered> {
    let moment = &moment.clone().acting(Actor::User(who.user.id));
    // What cannot be a code is no guess at one.
    let Some(code) = UserCode::parse(typed) else { return Ok(Entered::Again(CodeProblem::NoCode)) };
    if let Admission::Wait(seconds) = app.devices.take_try(who.user.id, moment.peer, moment.now) {
        app.meters.devices.count(["typed", "wait"]);
        return Ok(Entered::Again(CodeProblem::Wait { seconds }));
    }
    let found = device_codes::by_user_code(&app.store, &app.data_keys.user_code(&code)).await?;
    let entered = match found {
        Some(request) if is_waiting(&request, moment) => claim(app, moment, who.user.id, request).await?,
        // What was waited for once is told to whom it belonged, and to nobody else.
        Some(request) if request.user == Some(who.user.id) => Err(CodeProblem::Over),
        Some(_) | None => Err(CodeProblem::NoMatch),
    };
    let request = match entered {
        Ok(request) => request,
        Err(problem) => {
            app.meters.devices.count(["typed", "wrong"]);
            app.traces.note(app, moment, Noted::of("device", "no match", problem.word()));
            return Ok(Entered::Again(problem));
        }
    };
    app.devices.give_back(who.user.id, moment.peer);
    app.meters.devices.count(["typed", "right"]);
    note(app, moment, &request, ("claimed", ""));
    entitle(app, moment, who, &request).await?;
    let value = Claim { id: request.id, code: code.to_string(), user: who.user.id };
    let until = moment.now + LIFETIME;
    Ok(Entered::Claimed(app.data_keys.seal(app, Purpose::DeviceClaim, &Expiring { until, value })?))
}

/// Whether a request still waits for an answer.
pub(super) fn is_waiting(request: &DeviceRequest, moment: &Moment) -> bool {
    request.state == State::Waiting && moment.now < request.expires_at
}

/// The first who types the code has the request (DV-03); typing it again changes nothing.
async fn claim(
    app: &App,
    moment: &Moment,
    user: Uuid,
    request: DeviceRequest,
) -> Outcome<Result<DeviceRequest, CodeProblem>> {
    if request.user.is_none() {
        match device_codes::claim(&app.store, request.id, user, &moment.trace(app)).await? {
            Write::Applied(()) => return Ok(Ok(request)),
            Write::Lost => {}
        }
    }
    // Lost to somebody else, or to the same person in another tab.
    let now = device_codes::by_id(&app.store, request.id).await?;
    Ok(match now {
        Some(request) if !is_waiting(&request, moment) => Err(CodeProblem::Over),
        Some(request) if request.user == Some(user) => Ok(request),
        Some(_) | None => Err(CodeProblem::Taken),
    })
}

/// Whoever has nothing of what is asked for to give is not asked, and the device hears no at once (DV-06).
async fn entitle(app: &App, moment: &Moment, who: &SessionFacts, request: &DeviceRequest) -> Outcome<()> {
    let Some(resource) = app.directory.resource_by_id(request.resource).await? else { return Ok(()) };
    match facts::own(app, &request.scope, (&resource, &who.user)) {
        Ok(_) => Ok(()),
        Err(stop) => {
            if let Stop::Refused(refusal) = &stop {
                note(app, moment, request, (refusal.code().as_str(), refusal.description()));
            }
            // Lost: it was answered at this moment.
            let (Write::Applied(()) | Write::Lost) =
                device_codes::deny(&app.store, request.id, who.user.id, &moment.trace(app)).await?;
            Err(stop)
        }
    }
}

/// A step of this request, for `gatewright trace`.
pub(super) fn note(
    app: &App,
    moment: &Moment,
    request: &DeviceRequest,
    (outcome, said): (&'static str, &str),
) {
    let noted = Noted::of("device", outcome, said);
    let client = Some(request.client.as_str());
    app.traces.note(app, moment, Noted { client, attempt: Some(request.id), ..noted });
}
