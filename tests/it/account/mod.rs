//! The account centre: what people see of themselves, and what they end.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod apps;
mod language;
mod leaving;
mod others;
mod password;
mod places;
mod profile;
mod sessions;

use gatewright_tests::{Agent, Az, Page, Tokens, World};

/// Somebody who opened their account by themselves.
async fn at_home(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    enter(world, &mut agent, name).await;
    agent
}

async fn enter(world: &World, agent: &mut Agent, name: &str) {
    let first = agent.get("/account").await;
    let login = agent.follow(first).await;
    let page = world.log_in(agent, &login, name).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("id=\"account\""), "{}", page.body);
}

/// A page of theirs.
async fn page(agent: &mut Agent, path: &str) -> Page {
    let page = agent.get(path).await;
    assert_eq!(page.status, 200, "{path}: {:?} {}", page.location(), page.body);
    page
}

/// Sends a form of a page, with its ticket, and reads the page it leads to.
async fn send(agent: &mut Agent, (from, to): (&str, &str), fields: &[(&str, &str)]) -> Page {
    page(agent, from).await;
    // A page without anything to decide about has no form; the ticket is the session's.
    let ticket = page(agent, "/account").await.hidden("ticket");
    let fields = [&[("ticket", ticket.as_str())], fields].concat();
    let answer = agent.post(to, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // As browsers say of a form of the same site.
    let next = agent.absolute(answer.location().unwrap());
    let request = agent.http().get(next).header("sec-fetch-site", "same-origin");
    agent.send(request).await
}

/// An app that this browser's person lets in.
async fn lets_in(world: &World, agent: &mut Agent, az: &Az) -> Tokens {
    let client = az.pairs().iter().find(|(name, _)| *name == "client_id").unwrap().1.to_owned();
    let back = world.approve(agent, az, "alice").await;
    Tokens::of(&world.redeem(&client, &back.answer("code").unwrap(), &[]).await)
}

/// The buttons with this name, by what they send.
fn buttons(page: &Page, name: &str) -> Vec<String> {
    page.values(name)
}
