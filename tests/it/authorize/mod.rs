//! `/authorize` over HTTP, and what belongs to it: redirect URIs, PKCE, mix-up (threat groups AZ, RU,
//! PK, MX).
//!
//! The words of the catalogue are functions here: [`error_page`] is ERRPAGE, [`refused`] is RE(code),
//! [`json_error`] is J(status, code), and [`Before`] is "no token row created".
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod answers;
mod budget;
mod compat;
mod consents;
mod details;
mod freshness;
mod hints;
mod hosts;
mod mixup;
mod parameters;
mod pkce;
mod races;
mod redirects;
mod strangers;
mod swaps;
mod targets;
mod transport;

use gatewright_tests::{Agent, Az, CALLBACK, Page, World};
use serde_json::{Value, json};

/// Tables that a refused request must leave alone.
const TABLES: [&str; 6] = ["codes", "grants", "sessions", "consents", "clients", "events"];

/// How many rows there were, so that nothing can have been written unnoticed.
struct Before([i64; TABLES.len()]);

impl Before {
    async fn of(world: &World) -> Before {
        let mut rows = [0; TABLES.len()];
        for (count, table) in rows.iter_mut().zip(TABLES) {
            *count = world.count(table).await;
        }
        Before(rows)
    }

    /// Nothing was written since.
    async fn holds(&self, world: &World) {
        for (count, table) in self.0.iter().zip(TABLES) {
            assert_eq!(world.count(table).await, *count, "rows of {table}");
        }
    }
}

/// `GET /authorize` by a browser that was never here; the first answer, nothing followed.
async fn ask(world: &World, az: &Az) -> Page {
    ask_raw(world, &az.query()).await
}

/// The same with a query written by hand.
async fn ask_raw(world: &World, query: &str) -> Page {
    world.get(&format!("/authorize?{query}")).await
}

/// `GET /authorize` by a browser that was here; the first answer, nothing followed.
async fn ask_as(world: &World, agent: &mut Agent, az: &Az) -> Page {
    agent.get(&world.url(&format!("/authorize?{}", az.query()))).await
}

/// The request is in order: on to the login page, with the request sealed.
#[track_caller]
fn accepted(page: &Page, about: &str) {
    assert_eq!(page.status, 303, "{about}: {}", page.body);
    let location = page.location().unwrap_or_default();
    assert!(location.starts_with("/login?request="), "{about}: {location}");
    assert_eq!(page.header("cache-control"), "no-store");
}

/// ERRPAGE: a page and nothing else, with the code for machines in it.
#[track_caller]
fn error_page(page: &Page, code: &str, about: &str) {
    assert_eq!(page.status, 400, "{about}: {:?} {}", page.location(), page.body);
    assert_eq!(page.location(), None, "{about}");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{about}");
    assert_eq!(page.header("cache-control"), "no-store", "{about}");
    assert_eq!(page.data_error(), Some(code), "{about}: {}", page.body);
    assert!(page.header("content-security-policy").starts_with("default-src 'none';"), "{about}");
    assert!(!page.body.contains("<script") && !page.body.contains("http-equiv"), "{about}");
}

/// RE(code): 303 to [`CALLBACK`] with `error`, the baseline's `state`, `iss`, and no code.
#[track_caller]
fn refused(world: &World, page: &Page, code: &str, about: &str) {
    refused_with(world, page, (CALLBACK, code, Some("st-1")), about);
}

/// RE(code) at another redirect URI or with another `state`.
#[track_caller]
fn refused_with(world: &World, page: &Page, (to, code, state): (&str, &str, Option<&str>), about: &str) {
    assert_eq!(page.status, 303, "{about}: {}", page.body);
    let location = page.location().unwrap();
    assert!(location.starts_with(&format!("{to}?")), "{about}: {location}");
    assert_eq!(page.answer("error").as_deref(), Some(code), "{about}: {location}");
    assert_ne!(page.answer("error_description").unwrap_or_default(), "", "{about}: {location}");
    assert_eq!(page.answer("state").as_deref(), state, "{about}: {location}");
    assert_eq!(page.answer("iss").as_deref(), Some(world.issuer.as_str()), "{about}: {location}");
    assert_eq!(page.answer("code"), None, "{about}: {location}");
    assert!(!location.contains('#') && !location.contains("token="), "{about}: {location}");
    assert_eq!(page.header("cache-control"), "no-store", "{about}");
}

/// J(status, code).
#[track_caller]
fn json_error(page: &Page, status: u16, code: &str, about: &str) {
    assert_eq!(page.status, status, "{about}: {}", page.body);
    assert_eq!(page.json()["error"], code, "{about}: {}", page.body);
    assert_eq!(page.header("cache-control"), "no-store", "{about}");
    assert_eq!(page.location(), None, "{about}");
}

/// The client got a code.
#[track_caller]
fn answered(world: &World, page: &Page, to: &str) -> String {
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(page.location().unwrap().starts_with(&format!("{to}?code=")), "{:?}", page.location());
    assert_eq!(page.answer("iss").as_deref(), Some(world.issuer.as_str()));
    assert_eq!(page.answer("error"), None);
    page.answer("code").unwrap()
}

/// The person is asked to sign in.
#[track_caller]
fn is_login(page: &Page, about: &str) {
    assert_eq!(page.status, 200, "{about}: {:?} {}", page.location(), page.body);
    assert!(page.body.contains("id=\"login-form\""), "{about}: {}", page.body);
}

/// The person is asked for consent.
#[track_caller]
fn is_consent(page: &Page, about: &str) {
    assert_eq!(page.status, 200, "{about}: {:?} {}", page.location(), page.body);
    assert!(page.body.contains("id=\"consent-form\""), "{about}: {}", page.body);
}

/// A browser in which `name` is signed in and has answered nothing yet.
async fn signed_in(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let page = world.log_in(&mut agent, &login, name).await;
    is_consent(&page, "after signing in");
    agent
}

/// The sealed request of a page of ours that was reached by redirect.
fn sealed(page: &Page) -> String {
    let location = page.location().unwrap();
    location.split_once("request=").unwrap().1.to_owned()
}

/// Registers a client nobody vouches for and gives its id.
async fn stranger(world: &World, redirect_uri: &str) -> String {
    let document = json!({ "client_name": "Stranger", "redirect_uris": [redirect_uri] });
    let page = register(world, &document).await;
    assert_eq!(page.status, 201, "{}", page.body);
    page.json()["client_id"].as_str().unwrap().to_owned()
}

async fn register(world: &World, document: &Value) -> Page {
    world.post_json("/register", document).await
}
