//! A client is changed by an administrator: judged as a whole, by the rules it was registered under.

use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::secret::Token;
use gatewright_oauth::{AuthMethod, Client, Origin, Profile};
use gatewright_store::{Write, clients};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::{Created, View, named};
use super::{found, known_resources};
use crate::admin::answer::Outdated;
use crate::admin::{Answer, Call, Problem, call};
use crate::clients::enrol::new_secret;
use crate::error::Fault;
use crate::policy;

/// What may be changed about a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientSettings)]
pub struct Settings {
    /// What it says of itself (RFC 7591 §2).
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// `mcp` (the default), `oidc_compat` or `fapi2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// The id of the resource meant when it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_resource: Option<Uuid>,
    /// The id of the resource it speaks for at the introspection endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource_server: Option<Uuid>,
    /// What people may allow it: `ask` (the default: they are asked), `pre_approved` (what is not marked as dangerous is
    /// allowed without asking, unless it is a program on their device) or `forbidden` (nothing; what they allowed ends).
    /// Anything but `ask` only for a client that an administrator made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
}

impl Settings {
    fn of(client: &Client) -> Result<Settings, Problem> {
        let Value::Object(metadata) = serde_json::to_value(&client.metadata).map_err(Fault::internal)? else {
            return Err(Fault::internal("client metadata is no object").into());
        };
        Ok(Settings {
            metadata,
            profile: Some(client.profile.as_str().to_owned()),
            default_resource: client.default_resource,
            resource_server: client.speaks_for,
            consent: Some(client.consent.to_string()),
        })
    }
}

pub(super) async fn update(call: &Call) -> Result<Answer, Problem> {
    let id = named(call)?;
    let store = &call.app.store;
    // From here to the end of the transaction it stays as it is read.
    clients::hold(store, &id).await?;
    let record = clients::record(store, &id, call.moment.now).await?;
    let record = record.ok_or_else(|| Problem::not_found("client"))?;
    let (was, deleted_at) = (record.client.clone(), record.deleted_at);
    call.matches(Some(&View::with_life(record).etag()?))?;
    if deleted_at.is_some() {
        return Err(Problem::conflict("deleted", "a deleted client stays deleted"));
    }
    only_known_members(call)?;
    let settings: Settings = call.patched(&Settings::of(&was)?)?;
    known_resources(call, (settings.default_resource, settings.resource_server)).await?;
    let consent = consent_rule(settings.consent.as_deref(), was.origin)?;
    let judged = Client { consent, ..judge(call, &was, settings)? };
    let keeps_secret = judged.metadata.token_endpoint_auth_method.has_secret() && was.secret.is_some();
    let secret = if keeps_secret { None } else { new_secret(&call.app, &judged) };
    let changed = Client {
        secret: if keeps_secret { was.secret } else { secret.as_ref().map(Token::digest) },
        ..judged
    };
    match clients::revise(store, &changed, &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::changed()),
    }
    let client = found(call, &id).await?;
    let etag = client.etag()?;
    let client_secret = secret.map(|token| call.reveal(&token.text()));
    let shows_secret = client_secret.is_some();
    let answer = Answer { etag: Some(etag), ..Answer::ok(&Created { client, client_secret })? };
    let answer = answer.outdating(Outdated::Client(id));
    Ok(if shows_secret { answer.showing_a_secret() } else { answer })
}

/// CN-10: nobody is allowed anything without being asked because of what a client said of itself.
pub(super) fn consent_rule(text: Option<&str>, origin: Origin) -> Result<ConsentRule, Problem> {
    let rule = text.map_or(Ok(ConsentRule::Ask), str::parse);
    let rule = rule.map_err(|_| Problem::invalid("consent", "consent is ask, pre_approved or forbidden"))?;
    if rule != ConsentRule::Ask && origin != Origin::Administrator {
        return Err(Problem::conflict("registered_itself", "only about a client that an administrator made")
            .hint("register it as an administrator; one that nobody may use is blocked"));
    }
    Ok(rule)
}

/// A document may have members that mean nothing here; a change of one is a mistake (AD-06).
fn only_known_members(call: &Call) -> Result<(), Problem> {
    let patch: Value = call.body()?;
    let Some(members) = patch.get("metadata").and_then(Value::as_object) else { return Ok(()) };
    match members.keys().find(|name| !RegistrationRequest::has_member(name)) {
        Some(unknown) => {
            let field = format!("metadata.{unknown}");
            Err(Problem::invalid(
                field,
                format!("client metadata has no {unknown} here (RFC 7591 section 2)"),
            ))
        }
        None => Ok(()),
    }
}

/// The client as it would be, by the rules it was registered under.
fn judge(call: &Call, was: &Client, settings: Settings) -> Result<Client, Problem> {
    let profile = call::profile(settings.profile.as_deref())?;
    let (default_resource, speaks_for) = (settings.default_resource, settings.resource_server);
    if was.origin == Origin::Document {
        if settings != (Settings { default_resource, resource_server: speaks_for, ..Settings::of(was)? }) {
            return Err(Problem::conflict(
                "own_document",
                "this client says itself what it is, in its document",
            )
            .hint("have its document changed; or block the client"));
        }
        return Ok(Client { default_resource, speaks_for, ..was.clone() });
    }
    let document = Value::Object(settings.metadata).to_string();
    let request = speaking(RegistrationRequest::parse(document.as_bytes())?, speaks_for);
    let judged = judged(call, (was.origin, profile), request, (was, speaks_for))?;
    Ok(Client { default_resource, speaks_for, ..judged })
}

/// What the one constructor of clients makes of it, with what this server knows of the client besides.
fn judged(
    call: &Call,
    (origin, profile): (Origin, Profile),
    request: RegistrationRequest,
    (was, speaks_for): (&Client, Option<Uuid>),
) -> Result<Client, Problem> {
    let policy = match origin {
        Origin::Administrator => policy::administrator(profile, &request, speaks_for),
        Origin::Dynamic | Origin::Document => RegistrationPolicy {
            profile,
            ..policy::dynamic(&call.app.config, (profile != Profile::Mcp).then_some(profile))
        },
    };
    let judged = register(&policy, request, was.id.clone(), was.created_at)?;
    Ok(Client {
        voucher: was.voucher,
        previous_secret: was.previous_secret,
        registration_token: was.registration_token,
        disabled_at: was.disabled_at,
        document: was.document,
        ..judged
    })
}

/// Who asks about tokens has to prove who it is, and does so with a secret when nothing else is said.
pub(super) fn speaking(mut request: RegistrationRequest, speaks_for: Option<Uuid>) -> RegistrationRequest {
    let has_keys = request.jwks.is_some() || request.jwks_uri.is_some();
    let says_how = request.token_endpoint_auth_method.is_some()
        || !request.token_endpoint_auth_methods_supported.is_empty();
    if speaks_for.is_some() && !says_how {
        let method = if has_keys { AuthMethod::PrivateKeyJwt } else { AuthMethod::ClientSecretBasic };
        request.token_endpoint_auth_method = Some(method.as_str().to_owned());
    }
    request
}
