//! Passkeys (Web Authentication Level 3): what a browser is asked for, and what it answers.
//!
//! 1. The challenge is derived with a server key from the sealed text that the page carries anyway (the errand, the step,
//!    the enrolment): whoever can open that text in the right browser and in time can say what was asked, and nobody else
//!    can. Nothing is stored for people who only look at the page.
//! 2. The answer is judged in a pure function (`gatewright_oauth::passkey`), for the exact origin of the issuer (LG-15).
//! 3. One statement spends the challenge and moves the passkey's counter, or stores the new passkey.

use chrono::Duration;
use gatewright_jose::base64url;
use gatewright_oauth::Digest;
use gatewright_oauth::passkey::{self, Asked, Assertion, CHALLENGE, Known, Registration, Site, Synced};
use gatewright_store::standing::Era;
use gatewright_store::{Write, passkeys};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Judged;
use crate::app::{Actor, App, Moment};
use crate::error::Outcome;
use crate::limits::Admission;

/// Longer than any text lives that a challenge is derived from.
const SPENT: Duration = Duration::hours(1);
/// How long a browser may take, in milliseconds.
const TIMEOUT: u32 = 300_000;

/// Whether browsers keep passkeys for this server: they do for names, not for addresses.
pub fn are_possible(app: &App) -> bool {
    let site = Site::of(app.config.origin());
    url::Host::parse(site.id).is_ok_and(|host| matches!(host, url::Host::Domain(_)))
}

/// What a browser is asked for on the page with this sealed text; `of` are the passkeys it may choose from, all if
/// there is none.
pub fn ask(app: &App, sealed: &str, of: &[passkeys::Passkey]) -> String {
    let allowed: Vec<Value> = of.iter().map(described).collect();
    json!({
        "challenge": base64url::encode(app.data_keys.challenge(sealed)),
        "rpId": Site::of(app.config.origin()).id,
        "allowCredentials": allowed,
        "userVerification": "required",
        "timeout": TIMEOUT,
    })
    .to_string()
}

/// Whose a new passkey will be.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// The account.
    pub user: Uuid,
    /// What the person signs in with.
    pub username: &'a str,
}

/// What a browser is asked to make on the page with this sealed text.
pub fn ask_for_new(app: &App, sealed: &str, (holder, has): (Holder<'_>, &[passkeys::Passkey])) -> String {
    let kinds: Vec<Value> =
        passkey::ALGORITHMS.iter().map(|alg| json!({ "type": "public-key", "alg": alg })).collect();
    let excluded: Vec<Value> = has.iter().map(described).collect();
    json!({
        "challenge": base64url::encode(app.data_keys.challenge(sealed)),
        "rp": { "id": Site::of(app.config.origin()).id, "name": app.config.issuer_authority() },
        "user": {
            "id": base64url::encode(holder.user.as_bytes()),
            "name": holder.username,
            "displayName": holder.username,
        },
        "pubKeyCredParams": kinds,
        "excludeCredentials": excluded,
        "authenticatorSelection":
            { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        "attestation": "none",
        "timeout": TIMEOUT,
    })
    .to_string()
}

fn described(passkey: &passkeys::Passkey) -> Value {
    json!({ "type": "public-key", "id": base64url::encode(&passkey.credential_id) })
}

/// The use of a passkey, as our script sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Used {
    id: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// A new passkey, as our script sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Made {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

/// Whose passkey is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's: it tells who they are.
    Anybodys,
    /// This person's.
    Of(Uuid),
}

/// Somebody used a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Whose.
    pub user: Uuid,
    /// The era in which it was judged.
    pub era: Era,
}

/// Judges the answer to [`ask`] on the page with this sealed text, which the caller has opened.
pub async fn judge(
    app: &App,
    moment: &Moment,
    (sealed, whose): (&str, Whose),
    answer: &str,
) -> Outcome<Judged<Shown>> {
    let Ok(used) = serde_json::from_str::<Used>(answer) else { return Ok(Judged::Wrong) };
    let Ok(credential_id) = base64url::decode(&used.id) else { return Ok(Judged::Wrong) };
    let Some(owned) = passkeys::by_credential(&app.store, &credential_id).await? else {
        return Ok(Judged::Wrong);
    };
    if whose != Whose::Anybodys && whose != Whose::Of(owned.user) {
        return Ok(Judged::Wrong);
    }
    if let Admission::Wait(seconds) = app.throttle.admit(&owned.username_key, moment.peer, moment.now).await {
        return Ok(Judged::Wait(seconds));
    }
    let challenge = app.data_keys.challenge(sealed);
    let Some(sign_count) = verify(app, &challenge, &owned, &used) else { return Ok(Judged::Wrong) };
    let spent = Digest::of("pc", &challenge);
    let accepted = passkeys::Use {
        id: owned.passkey.id,
        was: owned.passkey.sign_count,
        sign_count: i64::from(sign_count),
        challenge: (&spent, moment.now + SPENT),
    };
    let trace = moment.clone().acting(Actor::User(owned.user)).trace(app);
    match passkeys::accept(&app.store, &accepted, &trace).await? {
        Write::Applied(()) => Ok(Judged::Right(Shown { user: owned.user, era: owned.era })),
        // Answered before, or the passkey was used or removed at this moment.
        Write::Lost => Ok(Judged::Wrong),
    }
}

fn verify(app: &App, challenge: &[u8; CHALLENGE], owned: &passkeys::Owned, used: &Used) -> Option<u32> {
    let client_data = base64url::decode(&used.client_data).ok()?;
    let authenticator_data = base64url::decode(&used.authenticator_data).ok()?;
    let signature = base64url::decode(&used.signature).ok()?;
    let user_handle = match &used.user_handle {
        Some(text) => Some(base64url::decode(text).ok()?),
        None => None,
    };
    let known = Known {
        user: owned.user,
        public_key: &owned.passkey.public_key,
        sign_count: u32::try_from(owned.passkey.sign_count).ok()?,
    };
    let sent = Assertion {
        client_data: &client_data,
        authenticator_data: &authenticator_data,
        signature: &signature,
        user_handle: user_handle.as_deref(),
    };
    let asked = Asked { site: Site::of(app.config.origin()), challenge };
    passkey::authenticate(&asked, &known, &sent).ok()
}

/// A passkey to be stored, as it was asked for on the page with this sealed text.
#[derive(Clone, Copy)]
pub struct New<'a> {
    /// Whose.
    pub user: Uuid,
    /// The era in which they showed who they are.
    pub era: Era,
    /// What to call it.
    pub name: &'a str,
    /// The text of the page.
    pub sealed: &'a str,
    /// What the browser sent.
    pub answer: &'a str,
}

/// What came of a new passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is stored.
    Stored,
    /// It is not what was asked for.
    Unusable,
    /// It is known already, the page was used before, or the account has as many as it may.
    Refused,
}

/// Judges the answer to [`ask_for_new`] and stores the passkey.
pub async fn add(app: &App, moment: &Moment, new: New<'_>) -> Outcome<Added> {
    let challenge = app.data_keys.challenge(new.sealed);
    let Some(made) = read(app, &challenge, new.answer) else { return Ok(Added::Unusable) };
    let spent = Digest::of("pc", &challenge);
    let row = passkeys::NewPasskey {
        id: app.id(moment.now),
        user: new.user,
        era: new.era,
        credential_id: &made.credential_id,
        public_key: &made.public_key,
        sign_count: i64::from(made.sign_count),
        synced: made.synced == Synced::Yes,
        name: new.name,
        challenge: (&spent, moment.now + SPENT),
    };
    let trace = moment.clone().acting(Actor::User(new.user)).trace(app);
    Ok(match passkeys::add(&app.store, &row, &trace).await? {
        Write::Applied(()) => Added::Stored,
        Write::Lost => Added::Refused,
    })
}

fn read(app: &App, challenge: &[u8; CHALLENGE], answer: &str) -> Option<passkey::Passkey> {
    let made: Made = serde_json::from_str(answer).ok()?;
    let client_data = base64url::decode(&made.client_data).ok()?;
    let attestation = base64url::decode(&made.attestation_object).ok()?;
    let asked = Asked { site: Site::of(app.config.origin()), challenge };
    passkey::register(&asked, &Registration { client_data: &client_data, attestation: &attestation }).ok()
}
