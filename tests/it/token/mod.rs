//! The token endpoint and what hangs on it: codes, refresh tokens, client authentication, the tokens' content,
//! query budgets, and the days when the database or the clock is not what it should be.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod authentication;
mod away;
mod budgets;
mod claims;
mod clock;
mod codes;
mod endings;
mod errors;
mod events;
mod races;
mod refresh;
mod scopes;

pub(crate) use races::until_waiting;

use std::collections::BTreeSet;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatewright_server::web::front::Front;
use gatewright_store::count::Counts;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, Page, Tokens, VERIFIER, World};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// `J(status, code)` of the threat catalogue.
#[track_caller]
fn refused(page: &Page, status: u16, code: &str) {
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (status, Some(code)), "{}", page.body);
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.location().is_none() && page.json()["access_token"].is_null());
}

/// A redemption by a confidential client.
async fn redeem_as(world: &World, client: &str, code: &str) -> Page {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    match client {
        "conf2" => world.redeem("conf2", code, &[("client_secret", &secret_of("conf2"))]).await,
        other => world.post_as(other, "/token", &fields).await,
    }
}

/// Tokens of a confidential client for alice.
async fn tokens_as(world: &World, client: &str, az: &Az) -> Tokens {
    let code = world.code(az).await;
    Tokens::of(&redeem_as(world, client, &code).await)
}

/// A refresh of a public client's token with more fields.
async fn refresh_with(world: &World, client: &str, token: &str, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    fields.extend_from_slice(more);
    world.post("/token", &fields).await
}

/// `client_credentials` of `conf1`.
async fn own_token(world: &World, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend_from_slice(more);
    world.post_as("conf1", "/token", &fields).await
}

/// The one grant of the database: its id, generation, and whether it is revoked and why.
async fn grant(world: &World) -> (Uuid, i64, Option<String>) {
    sqlx::query_as("SELECT id, generation, revoked_reason FROM grants")
        .fetch_one(&world.database)
        .await
        .unwrap()
}

/// Lets a client follow the rules of another profile.
async fn set_profile(world: &World, client: &str, profile: &str) {
    let done = sqlx::query("UPDATE clients SET profile = $2 WHERE id = $1")
        .bind(client)
        .bind(profile)
        .execute(&world.database);
    assert_eq!(done.await.unwrap().rows_affected(), 1);
    world.app.directory.forget();
}

/// Every event that is written while it watches.
struct Watch<'a> {
    world: &'a World,
    before: BTreeSet<Uuid>,
}

impl Watch<'_> {
    async fn start(world: &World) -> Watch<'_> {
        let before = rows(world).await.into_iter().map(|(id, _)| id).collect();
        Watch { world, before }
    }

    /// The kinds of the new events, sorted.
    async fn kinds(&self) -> Vec<String> {
        let new = rows(self.world).await.into_iter().filter(|(id, _)| !self.before.contains(id));
        let mut kinds: Vec<String> = new.map(|(_, kind)| kind).collect();
        kinds.sort();
        kinds
    }
}

async fn rows(world: &World) -> Vec<(Uuid, String)> {
    sqlx::query_as("SELECT id, kind FROM events").fetch_all(&world.database).await.unwrap()
}

/// An answer of the router itself, with the statements it took.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) counts: Counts,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A form for the router.
pub(crate) fn form(world: &World, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request::post(path)
        .header(HOST, world.app.config.issuer_authority())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap()
}

/// The same, with HTTP Basic.
fn form_as(world: &World, client: &str, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut request = form(world, path, fields);
    let line = format!("Basic {}", STANDARD.encode(format!("{client}:{}", secret_of(client))));
    request.headers_mut().insert(AUTHORIZATION, line.parse().unwrap());
    request
}

/// Asks the router without a socket, which lets the statement counts through.
pub(crate) async fn ask(world: &World, request: Request<Body>) -> Answer {
    ask_of(gatewright_server::router(world.app.clone()), request).await
}

/// The same, for who asks often.
pub(crate) async fn ask_of(router: Front, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let counts = *response.extensions().get::<Counts>().unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap(), counts }
}
