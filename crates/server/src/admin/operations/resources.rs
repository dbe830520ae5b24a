//! Protected resources: the MCP servers and APIs this server issues tokens for.

use chrono::{DateTime, Utc};
use std::time::Duration;

use gatewright_oauth::assurance::Acr;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::discovery::{Challenge, Said, scope_texts};
use gatewright_oauth::resource::{NewResource, OpenTo, Resource, ScopeText, TokenSettings};
use gatewright_store::{Write, resources};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::answer::{Outdated, tag};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, RESOURCE_PATH, Scope};
use crate::error::Fault;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "resources.create",
        method: Method::Post,
        path: "/resources",
        scope: Scope::ResourcesWrite,
        wants: Wants::Anybody,
        summary: "Add a protected resource",
        description: "Its identifier is in tokens as `aud`, byte for byte, and stays.",
        query: &[],
        takes: Takes::Json(Body::of::<New>()),
        gives: Gives::Created(Body::of::<View>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "resources.show",
        method: Method::Get,
        path: "/resources/{id}",
        scope: Scope::ResourcesRead,
        wants: Wants::Anybody,
        summary: "Show a protected resource",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "resources.update",
        method: Method::Patch,
        path: "/resources/{id}",
        scope: Scope::ResourcesWrite,
        wants: Wants::Anybody,
        summary: "Change a protected resource",
        description: "People are asked again when its name or scopes change.",
        query: &[],
        takes: Takes::Patch(Body::of::<Settings>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(update(call)),
    },
    Operation {
        id: "resources.disable",
        method: Method::Post,
        path: "/resources/{id}/disable",
        scope: Scope::ResourcesWrite,
        wants: Wants::Anybody,
        summary: "Issue no more tokens for a resource",
        description: "The admin API itself stays on: people administer the server with its tokens.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::Off)),
    },
    Operation {
        id: "resources.enable",
        method: Method::Post,
        path: "/resources/{id}/enable",
        scope: Scope::ResourcesWrite,
        wants: Wants::Anybody,
        summary: "Issue tokens for a resource again",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::On)),
    },
];

/// A protected resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// Its identifier (RFC 8707): `aud` of its tokens.
    resource: String,
    /// `enabled` or `disabled`.
    status: &'static str,
    /// Its name for people.
    name: String,
    /// Its scopes.
    scopes: Vec<ScopeSettings>,
    /// How long its access tokens live, in seconds.
    access_token_seconds: u64,
    /// What its access tokens are signed with.
    signing_alg: String,
    /// Which clients may ask for it.
    open_to: Openness,
    /// What the sign-in of people has to be worth: a value of `acr_values_supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Seconds their sign-in may be old when a client asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    /// Whether it is meant when neither request nor client names one.
    default: bool,
    /// Since when no token is issued for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<DateTime<Utc>>,
}

/// What may be changed about a protected resource.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResourceSettings)]
pub struct Settings {
    /// Its name for people; its identifier when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its scopes, 96 at most.
    #[serde(default)]
    scopes: Vec<ScopeSettings>,
    /// How long its access tokens live, in seconds: 30 to 86,400; 900 when nothing is said.
    #[serde(default = "quarter_of_an_hour")]
    #[schema(minimum = 30, maximum = 86400)]
    access_token_seconds: u64,
    /// What its access tokens are signed with: `ES256` (the default) or `RS256`.
    #[serde(default = "es256")]
    signing_alg: String,
    /// Which clients may ask for it: `any` (the default) or `verified`.
    #[serde(default)]
    open_to: Openness,
    /// What the sign-in of people has to be worth: a value of `acr_values_supported`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Seconds their sign-in may be old when a client asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    /// Whether it is meant when neither request nor client names one.
    #[serde(default)]
    default: bool,
}

/// A scope, in words for people.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResourceScope)]
struct ScopeSettings {
    /// The scope itself.
    name: String,
    /// What it allows, as the consent page says it.
    #[serde(default)]
    description: String,
    /// Given to requests that name no scope.
    #[serde(default)]
    default: bool,
    /// Shown with a warning.
    #[serde(default)]
    dangerous: bool,
    /// What the sign-in of who allows it has to be worth: a value of `acr_values_supported`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Seconds their sign-in may be old when a client asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
}

/// Which clients may ask for a resource.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Openness {
    /// Any, also those that registered themselves.
    #[default]
    Any,
    /// Those that an administrator made, approved, or trusts by their domain.
    Verified,
}

/// A protected resource to be added.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewResource)]
pub struct New {
    /// Its identifier: the URL clients use it at.
    resource: String,
    /// Its name for people; its identifier when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its scopes, 96 at most.
    #[serde(default)]
    scopes: Vec<ScopeSettings>,
    /// How long its access tokens live, in seconds: 30 to 86,400; 900 when nothing is said.
    #[serde(default = "quarter_of_an_hour")]
    #[schema(minimum = 30, maximum = 86400)]
    access_token_seconds: u64,
    /// What its access tokens are signed with: `ES256` (the default) or `RS256`.
    #[serde(default = "es256")]
    signing_alg: String,
    /// Which clients may ask for it: `any` (the default) or `verified`.
    #[serde(default)]
    open_to: Openness,
    /// What the sign-in of people has to be worth: a value of `acr_values_supported`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Seconds their sign-in may be old when a client asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    /// Whether it is meant when neither request nor client names one.
    #[serde(default)]
    default: bool,
}

const fn quarter_of_an_hour() -> u64 {
    900
}

fn es256() -> String {
    "ES256".to_owned()
}

impl New {
    /// What a server that said this of itself would be added as.
    pub(super) fn proposed(said: &Said, challenge: &Challenge, access_token_seconds: u64) -> New {
        New {
            resource: said.resource.clone(),
            name: said.name.clone(),
            scopes: scope_texts(&said.scopes, &challenge.scopes).iter().map(ScopeSettings::of).collect(),
            access_token_seconds,
            signing_alg: es256(),
            open_to: Openness::Any,
            acr: None,
            max_age: None,
            default: false,
        }
    }
}

impl ScopeSettings {
    fn of(scope: &ScopeText) -> ScopeSettings {
        ScopeSettings {
            name: scope.name.clone(),
            description: scope.description.clone(),
            default: scope.default,
            dangerous: scope.dangerous,
            acr: acr(scope.demand),
            max_age: scope.demand.max_age,
        }
    }
}

impl ScopeSettings {
    fn text(self) -> Result<ScopeText, Problem> {
        Ok(ScopeText {
            demand: demand(self.acr.as_deref(), self.max_age)?,
            name: self.name,
            description: self.description,
            default: self.default,
            dangerous: self.dangerous,
        })
    }
}

fn acr(demand: Demand) -> Option<String> {
    demand.acr.map(|acr| acr.as_str().to_owned())
}

/// What is demanded, in the words of requests.
fn demand(acr: Option<&str>, max_age: Option<u32>) -> Result<Demand, Problem> {
    let acr = acr.map(|text| {
        Acr::parse(text).ok_or_else(|| {
            let known = Acr::ALL.map(Acr::as_str).join(", ");
            Problem::invalid("acr", format!("acr is one of {known}"))
        })
    });
    Ok(Demand { acr: acr.transpose()?, max_age })
}

fn settings(resource: &Resource) -> Settings {
    Settings {
        name: Some(resource.name.clone()),
        scopes: resource.scopes.iter().map(ScopeSettings::of).collect(),
        access_token_seconds: resource.token.lifetime.as_secs(),
        signing_alg: resource.token.algorithm.to_string(),
        open_to: match resource.open_to {
            OpenTo::AnyClient => Openness::Any,
            OpenTo::VerifiedClients => Openness::Verified,
        },
        acr: acr(resource.demand),
        max_age: resource.demand.max_age,
        default: resource.is_default,
    }
}

pub(super) fn view(resource: &Resource) -> View {
    let Settings { scopes, access_token_seconds, signing_alg, open_to, acr, max_age, default, .. } =
        settings(resource);
    View {
        id: resource.id,
        resource: resource.identifier.clone(),
        status: if resource.disabled_at.is_some() { "disabled" } else { "enabled" },
        name: resource.name.clone(),
        scopes,
        access_token_seconds,
        signing_alg,
        open_to,
        acr,
        max_age,
        default,
        disabled_at: resource.disabled_at,
    }
}

impl Settings {
    /// A resource like this; the rules are the resource's own.
    fn of(self, id: Uuid, identifier: String) -> Result<Resource, Problem> {
        let algorithm = self
            .signing_alg
            .parse()
            .ok()
            .filter(|algorithm| crate::keys::flow::ALGORITHMS.contains(algorithm))
            .ok_or_else(|| Problem::invalid("signing_alg", "signing_alg is ES256 or RS256"))?;
        Ok(Resource::new(NewResource {
            id,
            identifier,
            name: self.name,
            scopes: self.scopes.into_iter().map(ScopeSettings::text).collect::<Result<_, _>>()?,
            token: TokenSettings { lifetime: Duration::from_secs(self.access_token_seconds), algorithm },
            is_default: self.default,
            open_to: match self.open_to {
                Openness::Any => OpenTo::AnyClient,
                Openness::Verified => OpenTo::VerifiedClients,
            },
            demand: demand(self.acr.as_deref(), self.max_age)?,
        })?)
    }
}

async fn found(call: &Call) -> Result<Resource, Problem> {
    let id = call.id("resource")?;
    resources::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("resource"))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&view(&found(call).await?))
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    let resource = add(call, call.body()?).await?;
    let location = format!("/resources/{}", resource.id);
    Ok(Answer::created(&view(&resource), location)?.outdating(Outdated::Resources))
}

/// Adds a resource.
pub(super) async fn add(call: &Call, new: New) -> Result<Resource, Problem> {
    let New { resource, name, scopes, access_token_seconds, signing_alg, open_to, acr, max_age, default } =
        new;
    let settings =
        Settings { name, scopes, access_token_seconds, signing_alg, open_to, acr, max_age, default };
    let resource = settings.of(call.app.id(call.moment.now), resource)?;
    match resources::add(&call.app.store, &resource, &call.trace()).await? {
        Write::Applied(()) => Ok(resource),
        Write::Lost => {
            Err(Problem::conflict("taken", "there is a resource with this identifier, or another default"))
        }
    }
}

async fn update(call: &Call) -> Result<Answer, Problem> {
    let was = found(call).await?;
    let seen = serde_json::to_value(view(&was)).map_err(Fault::internal)?;
    call.matches(Some(&tag(&seen)))?;
    if is_own(call, &was) {
        return Err(Problem::conflict(
            "own",
            "the admin API describes itself; its scopes come with the program",
        ));
    }
    let changed = call.patched(&settings(&was))?.of(was.id, was.identifier.clone())?;
    let changed = Resource { disabled_at: was.disabled_at, ..changed };
    let default = resources::default(&call.app.store).await?;
    if changed.is_default && default.is_some_and(|default| default.id != was.id) {
        return Err(Problem::conflict("taken", "there is another default")
            .field("default")
            .hint("take it from that one first, or leave it out: a client can have a default of its own"));
    }
    match resources::update(&call.app.store, &was, &changed, &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::changed()),
    }
    Ok(Answer::ok(&view(&changed))?.outdating(Outdated::Resources))
}

enum Switch {
    On,
    Off,
}

/// Whether this is the admin API itself.
fn is_own(call: &Call, resource: &Resource) -> bool {
    resource.identifier == call.app.config.url(RESOURCE_PATH)
}

async fn switch(call: &Call, to: Switch) -> Result<Answer, Problem> {
    let resource = found(call).await?;
    // Without tokens for it no person could come back and switch it on again.
    if matches!(to, Switch::Off) && is_own(call, &resource) {
        return Err(Problem::conflict("own", "the admin API stays on: people administer the server with it")
            .hint("take somebody's role, or revoke a grant or a key, to end what they may"));
    }
    let (store, trace) = (&call.app.store, call.trace());
    // Lost: it is so already.
    let (Write::Applied(()) | Write::Lost) = match to {
        Switch::On => resources::enable(store, resource.id, &trace).await?,
        Switch::Off => resources::disable(store, resource.id, &trace).await?,
    };
    Ok(Answer::ok(&view(&found(call).await?))?.outdating(Outdated::Resources))
}
