//! What a browser and the person in front of it can be used for: cookies, forms of other sites,
//! sign-in, consent, sign-out, loads, and the pages in a real Chromium.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod choices;
mod consent;
mod cookies;
mod display;
mod headers;
mod load;
mod login;
mod logout;
mod looks;
mod pages;
mod sessions;
mod sites;
mod throttle;

use gatewright_tests::{Agent, Az, Page, World};

/// Signs `name` in without asking for anything to be allowed: the consent page of `pub1`.
async fn signed_in(world: &World, name: &str) -> (Agent, Page) {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, name).await;
    assert!(consent.body.contains("id=\"consent-form\""), "{} {}", consent.status, consent.body);
    (agent, consent)
}

/// What `pub1` hears without anybody being shown anything: `login_required` tells that nobody is
/// signed in, `consent_required` that somebody is, no error that there is a code.
async fn silently(world: &World, agent: &mut Agent) -> Option<String> {
    let az = Az::of("pub1").set("prompt", "none");
    let answer = world.authorize(agent, &az).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.answer("error")
}

/// Whether this browser is signed in, as far as `pub1` can tell before any consent.
async fn is_signed_in(world: &World, agent: &mut Agent) -> bool {
    match silently(world, agent).await.as_deref() {
        Some("login_required") => false,
        Some("consent_required") | None => true,
        Some(other) => panic!("{other}"),
    }
}
