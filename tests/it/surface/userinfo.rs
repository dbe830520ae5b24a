//! Userinfo (OpenID Connect Core §5.3, RFC 6750).

use gatewright_tests::{Az, Page, Tokens, World};
use serde_json::json;

use super::discovery::assert_nothing_is_empty;
use super::forger::Doors;

async fn tokens(world: &World, scope: &str) -> Tokens {
    world.tokens_for(&Az::of("pub1").set("scope", scope), "pub1").await
}

#[tokio::test]
async fn the_scopes_decide_what_is_told() {
    for (scope, mut expected) in [
        ("openid", json!({})),
        ("openid profile", json!({ "name": "alice Example", "preferred_username": "alice" })),
        ("openid email", json!({ "email": "alice@example.test", "email_verified": false })),
    ] {
        // A world each: what was allowed before is part of the next grant (mcp.md ruling 14).
        let world = World::new().await;
        let doors = Doors::of(&world);
        let sub = world.user("alice").await.to_string();
        expected["sub"] = json!(sub);
        let tokens = tokens(&world, scope).await;
        let page = doors.userinfo(&tokens.access).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "application/json"));
        assert_eq!((page.header("cache-control"), page.json()), ("no-store", expected), "{scope}");
        assert_nothing_is_empty(&page.json(), scope);
        assert_eq!(
            gatewright_tests::flows::claims(&tokens.id.unwrap())["sub"],
            sub,
            "the same as in the ID token"
        );
        let posted = world.http.post(world.url("/userinfo")).bearer_auth(&tokens.access);
        assert_eq!(Page::read(posted.send().await.unwrap()).await.body, page.body, "POST is the same");
    }
}

#[tokio::test]
async fn challenges_say_what_is_missing() {
    let world = World::new().await;
    let doors = Doors::of(&world);
    let none = world.get("/userinfo").await;
    assert_eq!(
        (none.status.as_u16(), none.header("www-authenticate"), none.body.as_str()),
        (401, "Bearer", "")
    );
    let narrow = tokens(&world, "mcp:read").await;
    let page = doors.userinfo(&narrow.access).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (403, Some("insufficient_scope")));
    let challenge = page.header("www-authenticate");
    assert!(
        challenge.starts_with("Bearer error=\"insufficient_scope\"")
            && challenge.ends_with("scope=\"openid\""),
        "{challenge}"
    );
    // A token travels in the header and nowhere else.
    let good = tokens(&world, "openid").await.access;
    assert_eq!(world.get(&format!("/userinfo?access_token={good}")).await.status, 401);
    assert_eq!(world.post("/userinfo", &[("access_token", &good)]).await.status, 401);
    for line in [format!("Basic {good}"), format!("Token {good}"), good.clone()] {
        let request = world.http.get(world.url("/userinfo")).header("authorization", line);
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let request = world.http.get(world.url("/userinfo")).header("authorization", "Bearer a b");
    let page = Page::read(request.send().await.unwrap()).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn what_ended_is_refused_at_once() {
    let world = World::new().await;
    let doors = Doors::of(&world);
    let (one, two, three) =
        (tokens(&world, "openid").await, tokens(&world, "openid").await, tokens(&world, "openid").await);
    for token in [&one, &two, &three] {
        assert_eq!(doors.userinfo(&token.access).await.status, 200);
    }
    assert_eq!(world.post("/revoke", &[("client_id", "pub1"), ("token", one.refresh())]).await.status, 200);
    doors_closed(&doors, &one.access).await;
    world.pass(901);
    doors_closed(&doors, &two.access).await;
    world.disable_user("alice").await;
    let again = world.refresh("pub1", three.refresh()).await;
    assert_eq!((again.status.as_u16(), again.json()["error"].as_str()), (400, Some("invalid_grant")));
    // A client's own token stands for no person.
    let page = world
        .post_as("conf1", "/token", &[("grant_type", "client_credentials"), ("scope", "mcp:read")])
        .await;
    let own = Tokens::of(&page).access;
    assert_eq!(doors.userinfo(&own).await.status, 403);
}

async fn doors_closed(doors: &Doors<'_>, token: &str) {
    let page = doors.userinfo(token).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (401, Some("invalid_token")));
}

#[tokio::test]
async fn a_disabled_person_is_told_about_no_more() {
    let world = World::new().await;
    let doors = Doors::of(&world);
    let token = tokens(&world, "openid").await;
    world.disable_user("alice").await;
    doors_closed(&doors, &token.access).await;
}
