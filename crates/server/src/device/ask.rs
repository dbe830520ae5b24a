//! Step 1: a device asks (RFC 8628 §3.1, §3.2).

use chrono::Duration;
use gatewright_oauth::secret::{DeviceCode, Token};
use gatewright_oauth::{Code, Params, Refusal, UserCode, authorize, device};
use gatewright_store::device_codes::{self, NewRequest, Requested, Room};
use serde::Serialize;
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::clients::Authenticated;
use crate::error::{Fault, Outcome, Stop};
use crate::policy;
use crate::web::peer;

/// How long a person has to answer.
const LIFETIME: Duration = Duration::minutes(10);
/// Requests that may wait at once. Each is one row, for an hour.
const ROOM: Room = Room { network: 100, client: 1000 };
/// The longest name a device may give itself, in bytes.
const NAME_BYTES: usize = 200;
/// Codes that are drawn before it is a failure that all are in use.
const DRAWS: u32 = 4;

/// The answer (§3.2). No `Debug`: it is made of secrets.
#[derive(Serialize)]
pub struct Answer {
    /// What the device redeems.
    device_code: String,
    /// What the person types.
    user_code: String,
    /// Where they do so.
    verification_uri: String,
    /// The same with the code filled in, for pictures and links.
    verification_uri_complete: String,
    /// Seconds until it is too late.
    expires_in: i64,
    /// Seconds between two polls.
    interval: u64,
    /// The grant it will become; what `gatewright trace` calls the attempt.
    #[serde(skip)]
    pub(super) attempt: Uuid,
}

/// Judges the request and writes it down.
pub async fn request(app: &App, moment: &Moment, client: &Authenticated, params: &Params) -> Outcome<Answer> {
    policy::devices(&app.config, client)?;
    let keys = authorize::resource_keys(params)?;
    let found = app.directory.asking(&client.id, &keys).await?;
    let target = authorize::target(&keys, client, found.resources.iter().map(AsRef::as_ref))?;
    let scopes = device::request(params, client, target)?;
    let name = params.one("device_name")?;
    if name.is_some_and(|name| name.len() > NAME_BYTES) {
        return Err(Stop::refuse(Code::InvalidRequest, "device_name is longer than 200 bytes"));
    }
    // Who is authenticated is no stranger; for the others every request takes from what there is for strangers.
    if client.is_public() && !app.devices.admit(moment.peer, moment.now) {
        return Err(no_room());
    }
    let expires_at = moment.now + LIFETIME;
    for _draw in 0..DRAWS {
        let device_code = Token::<DeviceCode>::from_random(app.random());
        let Some(user_code) = UserCode::from_random(&app.random::<32>()) else { continue };
        let new = NewRequest {
            id: app.id(moment.now),
            digest: &device_code.digest(),
            user_code: &app.data_keys.user_code(&user_code),
            client: &client.id,
            resource: target.id,
            scope: &scopes,
            device_name: name,
            peer: &moment.peer.to_string(),
            network: &peer::network(moment.peer).to_string(),
            interval: seconds(device::INTERVAL),
            at: moment.now,
            expires_at,
        };
        match device_codes::request(&app.store, &new, ROOM).await? {
            Requested::Waiting => {
                let verification_uri = app.config.url("/device");
                return Ok(Answer {
                    device_code: device_code.text().expose().clone(),
                    user_code: user_code.to_string(),
                    verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
                    verification_uri,
                    expires_in: LIFETIME.num_seconds(),
                    interval: device::INTERVAL.as_secs(),
                    attempt: new.id,
                });
            }
            Requested::NoRoom => return Err(no_room()),
            Requested::Lost => {}
        }
    }
    Err(Fault::unavailable("no free user code was found, or the client was disabled at this moment").into())
}

/// A span of the rules as the table has it.
pub(super) fn seconds(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

fn no_room() -> Stop {
    Stop::Refused(Refusal::new(
        Code::SlowDown,
        "too many devices of this client or network wait for an answer already; try again in a minute",
    ))
}
