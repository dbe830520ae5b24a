//! Which parameter is checked where, and in which order.
//!
//! `TABLE` reads like a list: one row per check, with the endpoints it runs at. The order is the order of the rows,
//! and it is part of the contract: it decides which error a request with two faults gets. A check reads its parameters
//! into a draft, so that nothing is parsed twice and nothing is used unchecked.

use std::collections::BTreeSet;

use crate::authorize::{Prompt, Prompts, ResponseMode};
use crate::client::{Client, GrantType, Profile};
use crate::error::{Code, Decision, Refusal};
use crate::params::Params;
use crate::question::Proof;
use crate::scope::Scopes;

/// Who runs checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// RFC 6749 §3.1.
    Authorize,
    /// RFC 6749 §3.2.
    Token,
    /// RFC 7662.
    Introspect,
    /// RFC 7009.
    Revoke,
    /// RFC 8628 §3.1.
    Device,
}
use Endpoint::{Authorize, Device, Introspect, Revoke, Token};

/// One row of the table.
struct Check {
    /// In metrics. Names do not change.
    name: &'static str,
    /// For people; the rows of the threat catalogue it answers.
    about: &'static str,
    at: &'static [Endpoint],
    run: fn(&Facts<'_>, &mut Draft) -> Decision<()>,
}

/// What a check may look at.
pub(crate) struct Facts<'a> {
    pub(crate) at: Endpoint,
    pub(crate) params: &'a Params,
    /// Known where authorization is asked for; the others authenticate it separately.
    pub(crate) client: Option<&'a Client>,
}

/// What the checks have read so far.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) mode: ResponseMode,
    pub(crate) proof: Proof,
    pub(crate) scope: Option<Scopes>,
    pub(crate) prompt: Prompts,
    pub(crate) max_age: Option<u32>,
    pub(crate) nonce: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) acr_values: Option<String>,
    pub(crate) ui_locales: Option<String>,
}

#[rustfmt::skip]
const TABLE: &[Check] = &[
    Check { name: "well_formed",             about: "every parameter well-formed (AZ-05)",       at: &[Authorize, Token, Introspect, Revoke, Device], run: sound },
    Check { name: "repeated_parameter",      about: "each parameter once (AZ-04)",               at: &[Authorize, Token, Introspect, Revoke, Device], run: once },
    Check { name: "state",                   about: "state of a bearable size (AZ-18)",          at: &[Authorize],        run: state },
    Check { name: "response_mode",           about: "response_mode known (AZ-15)",               at: &[Authorize],        run: response_mode },
    Check { name: "request_object",          about: "no request objects (OIDC Core 6)",          at: &[Authorize],        run: request_objects },
    Check { name: "registration",            about: "no registration on the fly (OIDC Core 7.2)",at: &[Authorize],        run: registration },
    Check { name: "response_type",           about: "response_type there (AZ-03)",               at: &[Authorize],        run: response_type },
    Check { name: "grant_type",              about: "client may use codes (CA-04)",              at: &[Authorize],        run: grant_type },
    Check { name: "device_grant",            about: "client may ask as a device (DV-01)",        at: &[Device],           run: device_grant },
    Check { name: "authorization_details",   about: "authorization_details bounded (AZ-21)",     at: &[Authorize, Token, Device], run: authorization_details },
    Check { name: "claims",                  about: "claims bounded (AZ-21)",                    at: &[Authorize],        run: claims },
    Check { name: "pkce",                    about: "PKCE (PK-01, PK-02, PK-07)",                at: &[Authorize],        run: pkce },
    Check { name: "scope",                   about: "scope well-formed (AZ-05)",                 at: &[Authorize, Token, Device], run: scope },
    Check { name: "prompt",                  about: "prompt known (OIDC Core 3.1.2.1)",          at: &[Authorize],        run: prompt },
    Check { name: "max_age",                 about: "max_age a number (AZ-20)",                  at: &[Authorize],        run: max_age },
    Check { name: "nonce",                   about: "nonce of a bearable size",                  at: &[Authorize],        run: nonce },
    Check { name: "hints",                   about: "hints of a bearable size (AZ-19)",          at: &[Authorize],        run: hints },
];

/// Runs the rows of one endpoint, in order, until the first refusal.
pub(crate) fn run(facts: &Facts<'_>) -> Decision<Draft> {
    let mut draft = Draft {
        mode: ResponseMode::Query,
        proof: Proof::Required,
        scope: None,
        prompt: Prompts::default(),
        max_age: None,
        nonce: None,
        login_hint: None,
        acr_values: None,
        ui_locales: None,
    };
    for check in TABLE.iter().filter(|check| check.at.contains(&facts.at)) {
        (check.run)(facts, &mut draft).map_err(|refusal| refusal.of_check(check.name))?;
    }
    Ok(draft)
}

/// The order of the checks at one endpoint, for documentation and tests.
pub fn order(at: Endpoint) -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(move |check| check.at.contains(&at)).map(|check| check.about)
}

/// Bytes of `state` that are carried around; larger ones are refused without being echoed.
pub(crate) const STATE_BYTES: usize = 2048;
const NONCE_BYTES: usize = 512;
const HINT_BYTES: usize = 256;
const JSON_BYTES: usize = 8 * 1024;
const JSON_DEPTH: usize = 8;
const JSON_MEMBERS: usize = 64;

/// What the specifications define, `resource` excepted: the only one that may repeat (RFC 8707 §2).
const ONCE: &[&str] = &[
    "acr_values",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "device_name",
    "display",
    "dpop_jkt",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
];

fn sound(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    facts.params.sound()
}

fn once(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    let mut seen = BTreeSet::new();
    for (name, _) in facts.params.iter() {
        if let Ok(known) = ONCE.binary_search(&name)
            && !seen.insert(known)
        {
            return Err(invalid(format!("{} appears more than once", ONCE[known])));
        }
    }
    Ok(())
}

fn state(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    bounded(facts, "state", STATE_BYTES).map(drop)
}

fn response_mode(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    draft.mode = ResponseMode::read(facts.params)?;
    Ok(())
}

fn request_objects(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    if facts.params.one("request")?.is_some() {
        return Err(Refusal::new(Code::RequestNotSupported, "request objects are not supported"));
    }
    if facts.params.one("request_uri")?.is_some() {
        return Err(Refusal::new(Code::RequestUriNotSupported, "request_uri is not supported"));
    }
    Ok(())
}

fn registration(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    match facts.params.one("registration")? {
        Some(_) => Err(Refusal::new(Code::RegistrationNotSupported, "register at the registration endpoint")),
        None => Ok(()),
    }
}

/// Presence only: whether the value is `code` is the machine's verdict (see [`crate::oxide`]).
fn response_type(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    facts.params.required("response_type").map(drop)
}

fn grant_type(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    match facts.client {
        Some(client) if !client.allows(GrantType::AuthorizationCode) => Err(Refusal::new(
            Code::UnauthorizedClient,
            "this client is not registered for the authorization_code grant",
        )),
        Some(_) | None => Ok(()),
    }
}

fn device_grant(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    match facts.client {
        Some(client) if !client.allows(GrantType::DeviceCode) => Err(Refusal::new(
            Code::UnauthorizedClient,
            "this client is not registered for the device code grant (RFC 8628)",
        )),
        Some(_) | None => Ok(()),
    }
}

fn authorization_details(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    if json(facts, "authorization_details")? {
        return Err(Refusal::new(
            Code::InvalidAuthorizationDetails,
            "no authorization_details type is known here",
        ));
    }
    Ok(())
}

fn claims(facts: &Facts<'_>, _: &mut Draft) -> Decision<()> {
    json(facts, "claims").map(drop)
}

/// A challenge is required, except of confidential clients in the compatibility profile; a half challenge is an error
/// for everyone. Its form is checked by the type it becomes.
fn pkce(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    let challenge = facts.params.one("code_challenge")?;
    let method = facts.params.one("code_challenge_method")?;
    draft.proof = match facts.client {
        Some(client) if client.profile == Profile::OidcCompat && !client.is_public() => Proof::Optional,
        Some(_) | None => Proof::Required,
    };
    match (challenge, method, draft.proof) {
        (Some(challenge), method, _) => crate::pkce::Challenge::parse(challenge, method).map(drop),
        (None, None, Proof::Optional) => Ok(()),
        (None, Some(_), _) | (None, None, Proof::Required) => {
            Err(invalid("code_challenge is required (PKCE, S256)"))
        }
    }
}

fn scope(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    draft.scope = facts.params.one("scope")?.map(Scopes::parse).transpose()?;
    Ok(())
}

fn prompt(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    let Some(text) = facts.params.one("prompt")? else { return Ok(()) };
    draft.prompt = Prompts::parse(text)?;
    if draft.prompt.has(Prompt::None) && draft.prompt.len() > 1 {
        return Err(invalid("prompt=none excludes every other prompt"));
    }
    Ok(())
}

fn max_age(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    let Some(text) = facts.params.one("max_age")? else { return Ok(()) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| digits);
    draft.max_age = Some(seconds.ok_or_else(|| invalid("max_age is not a number of seconds"))?);
    Ok(())
}

fn nonce(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    draft.nonce = bounded(facts, "nonce", NONCE_BYTES)?;
    Ok(())
}

fn hints(facts: &Facts<'_>, draft: &mut Draft) -> Decision<()> {
    draft.login_hint = bounded(facts, "login_hint", HINT_BYTES)?;
    draft.acr_values = bounded(facts, "acr_values", HINT_BYTES)?;
    draft.ui_locales = bounded(facts, "ui_locales", HINT_BYTES)?;
    Ok(())
}

fn bounded(facts: &Facts<'_>, name: &str, limit: usize) -> Decision<Option<String>> {
    match facts.params.one(name)? {
        Some(text) if text.len() > limit => Err(invalid(format!("{name} is longer than {limit} bytes"))),
        Some(text) => Ok(Some(text.to_owned())),
        None => Ok(None),
    }
}

/// Whether the parameter is there; JSON of bearable size and shape.
fn json(facts: &Facts<'_>, name: &str) -> Decision<bool> {
    let Some(text) = facts.params.one(name)? else { return Ok(false) };
    if text.len() > JSON_BYTES {
        return Err(invalid(format!("{name} is longer than {JSON_BYTES} bytes")));
    }
    let value = gatewright_jose::parse_strict_within(text.as_bytes(), JSON_DEPTH)
        .map_err(|_| invalid(format!("{name} is not JSON, repeats a member, or nests too deeply")))?;
    if members(&value) > JSON_MEMBERS {
        return Err(invalid(format!("{name} has more than {JSON_MEMBERS} members")));
    }
    Ok(true)
}

/// How many members and elements a value has in all.
fn members(value: &serde_json::Value) -> usize {
    let count =
        |values: &mut dyn Iterator<Item = &serde_json::Value>| values.map(|value| 1 + members(value)).sum();
    match value {
        serde_json::Value::Array(values) => count(&mut values.iter()),
        serde_json::Value::Object(members) => count(&mut members.values()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => 0,
    }
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidRequest, description)
}
