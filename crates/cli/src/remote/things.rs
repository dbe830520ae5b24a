//! What the admin API tells of, as the types that the commands show. Members that this release does not know are left
//! alone: a newer server is no reason to fail.

use std::time::Duration;

use gatewright_oauth::client::{ConsentRule, Published};
use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::secret::Secret;
use gatewright_oauth::{Client, ClientId, ClientMetadata, Origin, Profile, Resource, Scopes, Time, Voucher};
use gatewright_server::accounts;
use gatewright_store::api_keys::ApiKey;
use gatewright_store::clients::Record;
use gatewright_store::initial_tokens::InitialToken;
use gatewright_store::traces::Step;
use gatewright_store::users::{Role, User};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::ask::segment;
use super::{Api, Ask, Reply};
use crate::failure::Failure;

/// An account.
#[derive(Deserialize)]
pub struct Account {
    id: Uuid,
    username: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    locale: Option<String>,
    name: Option<String>,
    role: Option<String>,
    created_at: Time,
    disabled_at: Option<Time>,
}

impl From<Account> for User {
    fn from(told: Account) -> User {
        User {
            id: told.id,
            username: told.username,
            email: told.email,
            email_verified: told.email_verified,
            locale: told.locale,
            display_name: told.name,
            role: told.role.as_deref().and_then(Role::parse),
            created_at: told.created_at,
            disabled_at: told.disabled_at,
        }
    }
}

/// The account with that id, name or address.
pub async fn user(api: &Api<'_>, text: &str) -> Result<Option<User>, Failure> {
    if text.parse::<Uuid>().is_ok() {
        return match api.answer(Ask::get(format!("/users/{}", segment(text)))).await? {
            Ok(reply) => Ok(Some(reply.read::<Account>()?.into())),
            Err(trouble) if trouble.code() == "not_found" => Ok(None),
            Err(trouble) => Err(trouble.into()),
        };
    }
    let ask = Ask::get("/users").with("login", accounts::key(text));
    let mut found = api.send(ask).await?.body;
    let found: Vec<Account> = Reply::of(found["items"].take()).read()?;
    Ok(found.into_iter().next().map(User::from))
}

/// An API key.
#[derive(Deserialize)]
pub struct Key {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    networks: Vec<String>,
    created_by: String,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    previous_secret_until: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<Key> for ApiKey {
    fn from(told: Key) -> ApiKey {
        ApiKey {
            id: told.id,
            name: told.name,
            scopes: told.scopes.into_iter().collect::<Scopes>(),
            networks: told.networks,
            created_by: told.created_by,
            created_at: told.created_at,
            expires_at: told.expires_at,
            last_used_at: told.last_used_at,
            previous_until: told.previous_secret_until,
            revoked_at: told.revoked_at,
        }
    }
}

/// An initial access token.
#[derive(Deserialize)]
pub struct Invitation {
    id: Uuid,
    note: String,
    profile: Profile,
    uses: i64,
    most_uses: i64,
    created_at: Time,
    expires_at: Time,
    revoked_at: Option<Time>,
}

impl From<Invitation> for InitialToken {
    fn from(told: Invitation) -> InitialToken {
        InitialToken {
            id: told.id,
            note: told.note,
            profile: told.profile,
            uses: told.uses,
            most_uses: told.most_uses,
            created_at: told.created_at,
            expires_at: told.expires_at,
            revoked_at: told.revoked_at,
        }
    }
}

/// A protected resource.
#[derive(Deserialize)]
pub struct Protected {
    id: Uuid,
    resource: String,
    name: String,
    scopes: Vec<ScopeText>,
    access_token_seconds: u64,
    signing_alg: String,
    open_to: String,
    #[serde(flatten)]
    demand: Demand,
    default: bool,
    disabled_at: Option<Time>,
}

impl TryFrom<Protected> for Resource {
    type Error = Failure;

    fn try_from(told: Protected) -> Result<Resource, Failure> {
        let strange = |what: &str| {
            Failure::new(format!("the resource {} {what}", crate::output::clean(&told.resource)))
        };
        let algorithm = told
            .signing_alg
            .parse()
            .map_err(|_| strange("is signed with something this release does not know"))?;
        let resource = Resource::new(NewResource {
            id: told.id,
            identifier: told.resource.clone(),
            name: Some(told.name.clone()),
            scopes: told.scopes.clone(),
            token: TokenSettings { lifetime: Duration::from_secs(told.access_token_seconds), algorithm },
            is_default: told.default,
            open_to: if told.open_to == "verified" { OpenTo::VerifiedClients } else { OpenTo::AnyClient },
            demand: told.demand,
        });
        let resource = resource.map_err(|refusal| strange(refusal.description()))?;
        Ok(Resource { disabled_at: told.disabled_at, ..resource })
    }
}

/// All resources.
pub async fn resources(api: &Api<'_>) -> Result<Vec<Resource>, Failure> {
    resources_by(api, Ask::get("/resources")).await
}

/// Those resources that are looked for.
pub async fn resources_by(api: &Api<'_>, ask: Ask) -> Result<Vec<Resource>, Failure> {
    api.found::<Protected>(ask).await?.into_iter().map(Resource::try_from).collect()
}

/// A client.
#[derive(Deserialize)]
pub struct App {
    client_id: String,
    #[serde(rename = "self")]
    own: String,
    origin: Origin,
    verified: bool,
    profile: Profile,
    metadata: ClientMetadata,
    default_resource: Option<Uuid>,
    resource_server: Option<Uuid>,
    consent: Option<ConsentRule>,
    created_at: Time,
    blocked_at: Option<Time>,
    document: Option<Document>,
    life: Option<Life>,
}

#[derive(Deserialize)]
struct Document {
    fetched_at: Time,
    fresh_until: Option<Time>,
}

#[derive(Deserialize)]
struct Life {
    live_grants: u64,
    source: Option<String>,
    initial_token: Option<Uuid>,
    approved_at: Option<Time>,
    first_used_at: Option<Time>,
    last_used_at: Option<Time>,
    put_aside_at: Option<Time>,
    deleted_at: Option<Time>,
}

impl App {
    /// Its path below the API.
    pub fn path(&self) -> &str {
        &self.own
    }

    /// The client itself, without what only its server knows.
    pub fn client(self) -> Result<Client, Failure> {
        Ok(self.parts()?.0)
    }

    /// And what became of it.
    pub fn record(self) -> Result<Record, Failure> {
        let (client, life) = self.parts()?;
        let life = life.unwrap_or(Life {
            live_grants: 0,
            source: None,
            initial_token: None,
            approved_at: None,
            first_used_at: None,
            last_used_at: None,
            put_aside_at: None,
            deleted_at: None,
        });
        Ok(Record {
            client,
            source: life.source,
            initial_token: life.initial_token,
            approved_at: life.approved_at,
            first_used_at: life.first_used_at,
            last_used_at: life.last_used_at,
            swept_at: life.put_aside_at,
            deleted_at: life.deleted_at,
            live_grants: life.live_grants,
        })
    }

    fn parts(self) -> Result<(Client, Option<Life>), Failure> {
        let id = ClientId::parse(&self.client_id)
            .map_err(|refusal| Failure::new(format!("a client is strange: {}", refusal.description())))?;
        let client = Client {
            id,
            origin: self.origin,
            profile: self.profile,
            metadata: self.metadata,
            voucher: if self.verified { Voucher::Administrator } else { Voucher::Nobody },
            secret: None,
            previous_secret: None,
            registration_token: None,
            default_resource: self.default_resource,
            speaks_for: self.resource_server,
            created_at: self.created_at,
            document: self.document.map(|document| Published {
                fetched_at: document.fetched_at,
                fresh_until: document.fresh_until,
            }),
            consent: self.consent.unwrap_or(ConsentRule::Ask),
            disabled_at: self.blocked_at,
        };
        Ok((client, self.life))
    }
}

/// The path of a client: one that is the address of a document has it in base64url.
pub fn client_path(id: &str) -> String {
    if id.contains(':') {
        return format!("/clients/@{}", gatewright_jose::base64url::encode(id));
    }
    format!("/clients/{}", segment(id))
}

/// A client, if there is one.
pub async fn client(api: &Api<'_>, id: &str) -> Result<Option<App>, Failure> {
    match api.answer(Ask::get(client_path(id))).await? {
        Ok(reply) => Ok(Some(reply.read()?)),
        Err(trouble) if trouble.code() == "not_found" => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

/// A step of a trace.
#[derive(Deserialize)]
pub struct Traced {
    at: Time,
    request_id: Uuid,
    attempt: Option<Uuid>,
    client_id: Option<String>,
    step: String,
    outcome: String,
    said: String,
    detail: Value,
}

impl From<Traced> for Step {
    fn from(told: Traced) -> Step {
        Step {
            id: Uuid::nil(),
            at: told.at,
            request: told.request_id,
            attempt: told.attempt,
            client: told.client_id,
            step: told.step,
            outcome: told.outcome,
            said: told.said,
            detail: told.detail,
        }
    }
}

/// A secret that an answer shows this once.
pub fn secret(body: &Value, member: &str) -> Option<Secret<String>> {
    body[member].as_str().map(|text| Secret::new(text.to_owned()))
}
