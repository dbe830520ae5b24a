//! When a person is asked, what they see, and what their answer is worth afterwards (rulings 1 and 14).

use gatewright_tests::{Agent, Az, CALLBACK, OTHER, Page, Tokens, World};
use serde_json::json;

use super::{answered, ask_as, is_consent, is_login, refused, signed_in, stranger};

/// Asks, and expects the client's answer without a page in between.
async fn silent(world: &World, agent: &mut Agent, az: &Az) -> Tokens {
    let page = world.authorize(agent, az).await;
    Tokens::of(&world.redeem("pub1", &answered(world, &page, CALLBACK), &[]).await)
}

/// The descriptions under the heading of a consent page, and those folded away.
fn shown(page: &Page) -> (String, String) {
    let section = page.body.split("id=\"scopes-title\"").nth(1).unwrap().split("</section>").next().unwrap();
    match section.split_once("<details>") {
        Some((open, folded)) => (open.to_owned(), folded.to_owned()),
        None => (section.to_owned(), String::new()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_allowed_once_is_not_asked_twice() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1").set("scope", "mcp:read mcp:write");
    let login = world.authorize(&mut agent, &az).await;
    is_login(&login, "first");
    let consent = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&consent, "first");
    answered(&world, &world.decide(&mut agent, &consent, "approve").await, CALLBACK);
    assert_eq!(silent(&world, &mut agent, &az).await.body["scope"], "mcp:read mcp:write");
    // Less is asked for, less is given.
    assert_eq!(silent(&world, &mut agent, &Az::of("pub1")).await.body["scope"], "mcp:read");
    assert_eq!(silent(&world, &mut agent, &az).await.body["scope"], "mcp:read mcp:write");
    assert_eq!(world.events("consent.granted").await, 1);
    assert_eq!(world.events("code.issued").await, 4);
    // It holds in another browser of alice's too, but for nobody else, no other client and no other server.
    let mut other = world.agent();
    let login = world.authorize(&mut other, &az).await;
    answered(&world, &world.log_in(&mut other, &login, "alice").await, CALLBACK);
    let mut mallory = signed_in(&world, "mallory").await;
    is_consent(&world.authorize(&mut mallory, &az).await, "mallory");
    is_consent(&world.authorize(&mut agent, &Az::to("pub2", "https://two.test/cb")).await, "pub2");
    is_consent(
        &world.authorize(&mut agent, &Az::of("pub1").set("resource", OTHER)).await,
        "another resource",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_is_told_to_the_client_and_remembered_by_nobody() {
    let world = World::new().await;
    let mut agent = signed_in(&world, "alice").await;
    let consent = world.authorize(&mut agent, &Az::of("pub1")).await;
    let page = world.decide(&mut agent, &consent, "deny").await;
    refused(&world, &page, "access_denied", "denied");
    for table in ["codes", "consents", "grants"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
    is_consent(&world.authorize(&mut agent, &Az::of("pub1")).await, "asked again");
    // A client nobody vouches for hears it too: somebody is signed in.
    let id = stranger(&world, "https://evil.test/cb").await;
    let consent = world.authorize(&mut agent, &Az::to(&id, "https://evil.test/cb")).await;
    let page = world.decide(&mut agent, &consent, "deny").await;
    super::refused_with(&world, &page, ("https://evil.test/cb", "access_denied", Some("st-1")), "a stranger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_on_this_computer_is_always_asked_about() {
    let world = World::new().await;
    let mut agent = signed_in(&world, "alice").await;
    let az = Az::to("nat1", "http://127.0.0.1:4000/cb");
    for visit in 0..3 {
        let page = ask_as(&world, &mut agent, &az).await;
        assert!(page.location().unwrap().starts_with("/consent?request="), "visit {visit}: {page:?}");
        let page = agent.follow(page).await;
        is_consent(&page, "always");
        assert!(page.body.contains("Did you just start this yourself?"), "{}", page.body);
        assert!(page.body.contains("127.0.0.1:4000"), "{}", page.body);
        let back = world.decide(&mut agent, &page, "approve").await;
        answered(&world, &back, "http://127.0.0.1:4000/cb");
    }
    // A client that is also on the web is asked about only where its answer goes to this computer.
    let both = json!({ "client_name": "Both", "redirect_uris": [CALLBACK, "http://localhost/cb"],
                       "token_endpoint_auth_method": "none" });
    world.add_client("both", both).await;
    answered(&world, &world.approve(&mut agent, &Az::of("both"), "alice").await, CALLBACK);
    answered(&world, &world.authorize(&mut agent, &Az::of("both")).await, CALLBACK);
    let local = Az::to("both", "http://localhost:1/cb");
    is_consent(&world.authorize(&mut agent, &local).await, "on this computer");
    is_consent(&world.authorize(&mut agent, &local).await, "and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_shows_what_is_new_and_the_grant_is_the_union() {
    let world = World::new().await;
    let mut agent = world.agent();
    answered(&world, &world.approve(&mut agent, &Az::of("pub1"), "alice").await, CALLBACK);
    // The client asks for what it lacks only, as after `insufficient_scope`.
    let more = Az::of("pub1").set("scope", "mcp:write");
    let page = world.authorize(&mut agent, &more).await;
    is_consent(&page, "more");
    let (new, before) = shown(&page);
    assert!(new.contains("Change your notes") && !new.contains("Read your notes"), "{new}");
    assert!(before.contains("Allowed before (1)") && before.contains("Read your notes"), "{before}");
    let no = world.decide(&mut agent, &page, "deny").await;
    refused(&world, &no, "access_denied", "denied");
    assert_eq!(silent(&world, &mut agent, &Az::of("pub1")).await.body["scope"], "mcp:read", "as before");
    let page = world.authorize(&mut agent, &more).await;
    let back = world.decide(&mut agent, &page, "approve").await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &back, CALLBACK), &[]).await);
    assert_eq!(tokens.body["scope"], "mcp:read mcp:write", "the union");
    let refreshed = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(gatewright_tests::flows::claims(&refreshed.access)["scope"], "mcp:read mcp:write");
    let all = Az::of("pub1").set("scope", "mcp:read mcp:write");
    assert_eq!(silent(&world, &mut agent, &all).await.body["scope"], "mcp:read mcp:write");
    // Two remembered, one new.
    let page = world.authorize(&mut agent, &Az::of("pub1").set("scope", "mcp:read mcp:admin")).await;
    let (new, before) = shown(&page);
    assert!(new.contains("Administer everything") && !new.contains("notes"), "{new}");
    assert!(before.contains("Allowed before (2)"), "{before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_in_two_tabs_loses_nothing_that_was_shown() {
    let world = World::new().await;
    let mut agent = world.agent();
    answered(&world, &world.approve(&mut agent, &Az::of("pub1"), "alice").await, CALLBACK);
    let write = world.authorize(&mut agent, &Az::of("pub1").set("scope", "mcp:write")).await;
    let admin = world.authorize(&mut agent, &Az::of("pub1").set("scope", "mcp:admin")).await;
    for (page, scope) in [(&write, "mcp:read mcp:write"), (&admin, "mcp:admin mcp:read")] {
        let back = world.decide(&mut agent, page, "approve").await;
        let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &back, CALLBACK), &[]).await);
        assert_eq!(tokens.body["scope"], scope, "what the page showed, no more and no less");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consent_page_says_who_asks_where_the_answer_goes_and_for_how_long() {
    let world = World::new().await;
    let mut agent = signed_in(&world, "alice").await;
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    for fact in [
        "Public One",
        "Verified",
        "app.test",
        "Server https://mcp.test/mcp",
        "https://mcp.test/mcp",
        "alice@example.test",
        "At most 90 days; it ends sooner when unused for 30 days",
        "Read your notes",
    ] {
        assert!(page.body.contains(fact), "{fact}: {}", page.body);
    }
    let deny = page.body.find("id=\"consent-deny\"").unwrap();
    assert!(deny < page.body.find("id=\"consent-approve\"").unwrap());
    assert!(page.body[deny..].split('>').next().unwrap().contains("autofocus"));
    let id = stranger(&world, "https://evil.test/cb").await;
    let page = world.authorize(&mut agent, &Az::to(&id, "https://evil.test/cb")).await;
    assert!(
        page.body.contains("<h1 id=\"question\"><bdi class=\"host\">evil.test</bdi> wants to use"),
        "{}",
        page.body
    );
    assert!(page.body.contains("It calls itself “<bdi class=\"strong\">Stranger</bdi>”"), "{}", page.body);
    assert!(page.body.contains("Not verified"));
}
