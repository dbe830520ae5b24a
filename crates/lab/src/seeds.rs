//! Who takes part: a resource, an account, and three clients, the same in every run.

use gatewright_cli::failure::Failure;
use gatewright_jose::Algorithm;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{Client, ClientId, Resource, Scopes};
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::{App, Moment};
use gatewright_store::{Write, clients, resources};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Outcome;

/// The resource.
pub const MCP: &str = "https://mcp.test/mcp";
/// Another resource, whose tokens are signed with RS256. Only `bench` has it.
pub const RS256_MCP: &str = "https://mcp.test/rs256";
/// What everybody asks for.
pub const SCOPE: &str = "mcp:read";
/// The confidential client of client credentials.
pub const BATCH: &str = "batch";
/// The public client of codes and refresh tokens.
pub const AGENT: &str = "agent";
/// The client that speaks for the resource at the introspection endpoint.
pub const GUARD: &str = "guard";
/// Where codes are sent.
pub const CALLBACK: &str = "https://agent.test/callback";

/// What the bulk of codes and grants is for.
pub struct Seeds {
    /// The resource.
    pub resource: Resource,
    /// The public client.
    pub agent: Client,
    /// The person.
    pub user: Uuid,
}

/// Makes them.
pub async fn plant(app: &App, operator: &Moment) -> Outcome<Seeds> {
    let notes = NewResource {
        id: app.id(operator.now),
        identifier: MCP.to_owned(),
        name: Some("Notes".to_owned()),
        scopes: ["mcp:read", "mcp:write"].map(scope).to_vec(),
        token: TokenSettings::default(),
        is_default: true,
        open_to: OpenTo::AnyClient,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    };
    let resource = resource(app, operator, notes).await?;
    let account = NewAccount {
        username: "alice".to_owned(),
        email: Some("alice@example.test".to_owned()),
        display_name: Some("Alice Example".to_owned()),
        locale: None,
        role: None,
        password: Secret::new("correct horse battery staple".to_owned()),
    };
    let user = applied(accounts::create(app, operator, account).await.map_err(stopped)?)?;
    let agent = json!({ "client_name": "Agent", "redirect_uris": [CALLBACK],
                        "grant_types": ["authorization_code", "refresh_token"],
                        "token_endpoint_auth_method": "none" });
    let machine = json!({ "client_name": "Machine", "grant_types": ["client_credentials"], "response_types": [],
                          "token_endpoint_auth_method": "client_secret_basic" });
    client(app, operator, (BATCH, &machine, None)).await?;
    client(app, operator, (GUARD, &machine, Some(resource.id))).await?;
    let agent = client(app, operator, (AGENT, &agent, None)).await?;
    Ok(Seeds { resource, agent, user })
}

/// Makes the resource with RS256, for its own sake.
pub async fn plant_rs256(app: &App, operator: &Moment) -> Outcome<()> {
    let signed = NewResource {
        id: app.id(operator.now),
        identifier: RS256_MCP.to_owned(),
        name: Some("Notes of old".to_owned()),
        scopes: ["mcp:read", "mcp:write"].map(scope).to_vec(),
        token: TokenSettings { algorithm: Algorithm::Rs256, ..TokenSettings::default() },
        is_default: false,
        open_to: OpenTo::AnyClient,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    };
    resource(app, operator, signed).await.map(drop)
}

async fn resource(app: &App, operator: &Moment, new: NewResource) -> Outcome<Resource> {
    let resource = Resource::new(new)?;
    applied(resources::add(&app.store, &resource, &operator.trace(app)).await?)?;
    Ok(resource)
}

async fn client(
    app: &App,
    operator: &Moment,
    (id, metadata, speaks_for): (&str, &Value, Option<Uuid>),
) -> Outcome<Client> {
    let raw = RegistrationRequest::parse(metadata.to_string().as_bytes())?;
    let mut client = register(&RegistrationPolicy::administrator(), raw, ClientId::parse(id)?, operator.now)?;
    client.secret = (!client.is_public()).then(|| secret(id).digest());
    client.speaks_for = speaks_for;
    applied(clients::create(&app.store, &client, &operator.trace(app)).await?)?;
    Ok(client)
}

fn scope(name: &str) -> ScopeText {
    let description = format!("Work with your notes ({name})");
    ScopeText {
        name: name.to_owned(),
        description,
        default: true,
        dangerous: false,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    }
}

/// What everybody asks for, parsed.
pub fn scopes() -> Outcome<Scopes> {
    Ok(Scopes::parse(SCOPE)?)
}

/// The secret of a confidential client.
pub fn secret(client: &str) -> Token<ClientSecret> {
    let mut bytes = [0xA7; 32];
    for (byte, of) in bytes.iter_mut().zip(client.bytes()) {
        *byte ^= of;
    }
    Token::from_random(bytes)
}

/// A confidential client's proof in HTTP Basic (RFC 7617).
pub fn basic(client: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{client}:{}", secret(client).text().expose());
    base64::engine::general_purpose::STANDARD.encode(pair)
}

/// In an empty database every write applies.
pub fn applied<T>(write: Write<T>) -> Outcome<T> {
    write.applied().ok_or_else(|| "a write was lost in a database of our own".into())
}

/// The server's early end, as an error of ours.
pub fn stopped(stop: gatewright_server::Stop) -> Box<dyn std::error::Error + Send + Sync> {
    Failure::from(stop).to_string().into()
}
