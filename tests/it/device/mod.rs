//! The device authorization grant (RFC 8628): what a device, a person and somebody who sends codes around see.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod answers;
mod asking;
mod client;
mod guesses;
mod pages;
mod permissions;
mod polls;
mod races;
mod story;

use gatewright_tests::world::{MCP, PASSWORD};
use gatewright_tests::{Agent, Page, World};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client that an administrator registered for devices, and nothing else.
async fn tv(world: &World) {
    tv_named(world, "tv1").await;
}

async fn tv_named(world: &World, id: &str) {
    let metadata = json!({ "client_name": "Living Room", "grant_types": [GRANT, "refresh_token"],
                           "token_endpoint_auth_method": "none" });
    world.add_client(id, metadata).await;
}

/// A world with `tv1`.
async fn world() -> World {
    let world = World::new().await;
    tv(&world).await;
    world
}

/// What a device got for its request.
#[derive(Clone)]
struct Asked {
    device_code: String,
    user_code: String,
    body: Value,
}

impl Asked {
    #[track_caller]
    fn of(page: &Page) -> Asked {
        assert_eq!(page.status, 200, "{}", page.body);
        let body = page.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Asked { device_code: text("device_code"), user_code: text("user_code"), body }
    }
}

/// A request of `tv1` with more fields.
async fn ask_with(world: &World, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("client_id", "tv1"), ("scope", "mcp:read"), ("resource", MCP)];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    world.post("/device_authorization", &fields).await
}

async fn ask(world: &World) -> Asked {
    Asked::of(&ask_with(world, &[]).await)
}

/// A poll of a client.
async fn poll_as(world: &World, client: &str, code: &str) -> Page {
    world.post("/token", &[("grant_type", GRANT), ("client_id", client), ("device_code", code)]).await
}

/// A poll of `tv1`, in time.
async fn poll(world: &World, asked: &Asked) -> Page {
    world.pass(5);
    poll_as(world, "tv1", &asked.device_code).await
}

/// `J(400, code)` of the threat catalogue.
#[track_caller]
fn refused(page: &Page, code: &str) {
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some(code)), "{}", page.body);
    assert_eq!((page.header("cache-control"), page.header("retry-after")), ("no-store", ""));
}

/// A browser in which `name` is signed in, at the form.
async fn signed_in(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    let first = agent.get("/device").await;
    let login = agent.follow(first).await;
    let form = world.log_in_with(&mut agent, &login, (name, PASSWORD)).await;
    assert!(form.body.contains("id=\"device-form\""), "{} {}", form.status, form.body);
    agent
}

/// Types a code; ends at the question or at the form again.
async fn enter(agent: &mut Agent, code: &str) -> Page {
    let typed = agent.post("/device", &[("user_code", code)]).await;
    agent.follow(typed).await
}

/// Answers the question of a page.
async fn decide(world: &World, agent: &mut Agent, question: &Page, decision: &str) -> Page {
    assert!(
        question.body.contains("id=\"device-confirm-form\""),
        "not the question: {} {}",
        question.status,
        question.body
    );
    world.pass(2);
    let ticket = question.hidden("ticket");
    agent.post("/device/confirm", &[("ticket", &ticket), ("decision", decision)]).await
}

/// Says yes to the question of a page with more fields.
async fn allow(world: &World, agent: &mut Agent, question: &Page, more: &[(&str, &str)]) -> Page {
    world.pass(2);
    let ticket = question.hidden("ticket");
    let mut fields = vec![("ticket", ticket.as_str()), ("decision", "approve")];
    fields.extend(more);
    agent.post("/device/confirm", &fields).await
}

/// `name` approves.
async fn approve(world: &World, asked: &Asked, name: &str) -> Page {
    let mut agent = signed_in(world, name).await;
    let question = enter(&mut agent, &asked.user_code).await;
    decide(world, &mut agent, &question, "approve").await
}
