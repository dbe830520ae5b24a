//! The admin API, as programs and operators use it, and as others try to.

mod bulk;
mod callers;
mod changes;
mod clients;
mod command_line;
mod consents;
mod deliveries;
mod description;
mod discovery;
mod docs;
mod events;
mod every;
mod export;
mod factors;
mod hammered;
mod identities;
mod imports;
mod leaving;
mod limits;
mod links;
mod lists;
mod mailed;
mod people;
mod resources;
mod retention;
mod roles;
mod sealed;
mod sessions;
mod settings;
mod upkeep;
mod written;

use gatewright_oauth::Scopes;
use gatewright_oauth::secret::{ApiKey, Token};
use gatewright_server::admin::{RESOURCE_PATH, Scope};
use gatewright_store::users::{self, Role};
use gatewright_store::{Write, api_keys};
use gatewright_tests::flows::Tokens;
use gatewright_tests::internet::{Reply, Site};
use gatewright_tests::{Az, Page, World};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody who calls the admin API.
struct Caller<'a> {
    world: &'a World,
    token: String,
}

impl Caller<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.world.url(&format!("{RESOURCE_PATH}{path}"));
        self.world.http.request(method, url).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Page {
        sent(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Page {
        sent(self.request(Method::POST, path).json(body)).await
    }

    async fn patch(&self, path: &str, body: &Value) -> Page {
        sent(self.request(Method::PATCH, path).json(body)).await
    }

    async fn put(&self, path: &str, body: &Value) -> Page {
        sent(self.request(Method::PUT, path).json(body)).await
    }

    /// A POST without a body.
    async fn act(&self, path: &str) -> Page {
        sent(self.request(Method::POST, path)).await
    }

    async fn delete(&self, path: &str) -> Page {
        sent(self.request(Method::DELETE, path)).await
    }
}

async fn sent(request: RequestBuilder) -> Page {
    Page::read(request.send().await.unwrap()).await
}

/// A program with a key that may do this.
async fn program<'a>(world: &'a World, scopes: &[Scope]) -> Caller<'a> {
    program_of(world, scopes, |_| {}).await
}

async fn program_of<'a>(
    world: &'a World,
    scopes: &[Scope],
    change: impl FnOnce(&mut api_keys::ApiKey),
) -> Caller<'a> {
    let operator = world.operator();
    let scopes: Scopes = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let mut key = api_keys::ApiKey {
        id: world.app.id(operator.now),
        name: "a test".to_owned(),
        scopes,
        networks: Vec::new(),
        created_by: operator.actor.to_string(),
        created_at: operator.now,
        expires_at: None,
        last_used_at: None,
        previous_until: None,
        revoked_at: None,
    };
    change(&mut key);
    let secret = Token::<ApiKey>::from_random(world.app.random());
    let made = api_keys::create(&world.app.store, &key, &secret.digest(), &operator.trace(&world.app))
        .await
        .unwrap();
    assert_eq!(made, Write::Applied(()));
    Caller { world, token: secret.text().expose().clone() }
}

/// A program that may do everything.
async fn all_mighty(world: &World) -> Caller<'_> {
    program(world, Scope::ALL).await
}

/// A server elsewhere that says what it is.
async fn tickets(world: &World) -> Site {
    let tickets = world.internet.site("tickets.example.com").await;
    let about =
        json!({ "resource": "https://tickets.example.com/mcp", "authorization_servers": [world.issuer] });
    tickets.serve("/.well-known/oauth-protected-resource/mcp", Reply::json(&about));
    tickets
}

/// Gives a seeded person a role.
async fn promote(world: &World, name: &str, role: Role) -> Uuid {
    let id = world.user(name).await;
    let operator = world.operator();
    let user = users::by_id(&world.app.store, id).await.unwrap().unwrap();
    let written =
        users::set_role(&world.app.store, id, (user.role, Some(role)), &operator.trace(&world.app)).await;
    assert_eq!(written.unwrap(), Write::Applied(()));
    id
}

/// A person who signed in through this server's own flows, with a token for the admin API.
async fn person<'a>(world: &'a World, name: &str, scopes: &[Scope]) -> Caller<'a> {
    person_at(world, ("pub1", name), scopes).await
}

/// The same with another app.
async fn person_at<'a>(world: &'a World, (app, name): (&str, &str), scopes: &[Scope]) -> Caller<'a> {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let resource = world.app.config.url(RESOURCE_PATH);
    let az = Az::of(app).set("resource", &resource).set("scope", &scopes.join(" "));
    let back = world.approve(&mut world.agent(), &az, name).await;
    let code = back.answer("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
    let redeemed = world.redeem(app, &code, &[("resource", resource.as_str())]).await;
    Caller { world, token: Tokens::of(&redeemed).access }
}

#[track_caller]
fn refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.header("content-type"), "application/problem+json", "{}", page.body);
    let problem = page.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["request_id"], page.header("x-request-id"), "{problem}");
}

#[track_caller]
fn done(page: &Page, status: u16) -> Value {
    assert_eq!(page.status, status, "{}", page.body);
    if page.body.is_empty() { Value::Null } else { page.json() }
}

/// A body that each operation accepts, where it takes one.
fn example(id: &str) -> Value {
    match id {
        "clients.create" => {
            json!({ "metadata": { "client_name": "New", "redirect_uris": ["https://new.test/cb"] } })
        }
        "bulk.perform" => json!({ "items": [{ "method": "POST", "path": "/nowhere" }] }),
        "settings.update" => json!({ "documents.others": "ask" }),
        "clients.update" => json!({ "metadata": { "client_name": "Renamed" } }),
        "clients.import" => {
            json!({ "clients": [{ "client_id": "old-1", "redirect_uris": ["https://new.test/cb"] }] })
        }
        "clients.pin" => json!({}),
        "clients.rotate_secret" | "api_keys.rotate" => json!({ "overlap_hours": 1 }),
        "initial_tokens.create" => json!({ "note": "for the lab", "uses": 3, "days": 1 }),
        "resources.create" => {
            json!({ "resource": "https://new.test/mcp", "scopes": [{ "name": "new:read" }] })
        }
        "resources.discover" => json!({ "url": "https://new.test/mcp" }),
        "resources.update" => json!({ "name": "Renamed" }),
        "users.create" => json!({ "username": "carol", "password": "a long enough password" }),
        "users.update" => json!({ "name": "Somebody Else" }),
        "users.set_password" => json!({ "password": gatewright_tests::PASSWORD }),
        "users.set_role" => json!({ "role": "auditor" }),
        "grants.revoke_many" => json!({ "ids": ["01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e"] }),
        "keys.rotate" => json!({ "alg": "ES256" }),
        "webhooks.create" => {
            json!({ "name": "siem", "url": "https://93.184.216.34/hook", "kinds": ["client.*", "audit.checkpoint"] })
        }
        "webhooks.update" => json!({ "kinds": ["*"] }),
        "webhooks.rotate_secret" => json!({ "overlap_hours": 24 }),
        "webhooks.replay" => json!({ "status": "dead" }),
        "api_keys.create" => json!({ "name": "robot", "scopes": ["admin:server.read"] }),
        _ => Value::Null,
    }
}
