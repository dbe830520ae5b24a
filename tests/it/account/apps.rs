//! CN-09: who may act for somebody, and that it ends.

use gatewright_tests::{Az, OTHER, World};

use super::{at_home, buttons, lets_in, page, send};

const APPS: &str = "/account/apps";

#[tokio::test(flavor = "multi_thread")]
async fn cn_09_people_see_who_may_act_for_them_and_end_it() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    assert!(page(&mut alice, APPS).await.body.contains("No app has access in your name"));
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1").set("scope", "mcp:read mcp:write")).await;
    let other = lets_in(&world, &mut alice, &Az::of("pub1").set("resource", OTHER)).await;
    let shown = page(&mut alice, APPS).await;
    for said in [
        "Public One",
        "app.test",
        "Verified",
        "Server https://mcp.test/mcp",
        "Server https://other.test/mcp",
        "Read your notes",
        "Change your notes",
        "Risky",
        ", from <code>127.0.0.1</code>",
        "It may come back without asking you, as long as it asks for nothing more.",
    ] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    assert_eq!(shown.body.matches("Public One").count(), 1, "one app, two servers");
    let grants = buttons(&shown, "grant");
    assert_eq!(grants.len(), 4, "two forms for each of two: {grants:?}");

    // One access ends, and only that one.
    let claims = gatewright_tests::flows::claims(&tokens.access);
    let ended = claims["gid"].as_str().unwrap().to_owned();
    let after = send(&mut alice, (APPS, "/account/apps/end"), &[("grant", &ended)]).await;
    assert!(after.body.contains("Access ended."), "{}", after.body);
    assert!(!world.is_active(&tokens.access).await, "at once in this process");
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.json()["error"], "invalid_grant");
    let other_lives = async || {
        world.post_as("rs2", "/introspect", &[("token", &other.access)]).await.json()["active"] == true
    };
    assert!(other_lives().await);
    assert!(after.body.contains("Not connected at the moment. It may come back without asking you for:"));
    let silent = Az::of("pub1").set("prompt", "none");
    assert!(world.authorize(&mut alice, &silent).await.answer("code").is_some(), "still remembered");

    // And the app with everything.
    let after = send(&mut alice, (APPS, "/account/apps/remove"), &[("client", "pub1")]).await;
    assert!(after.body.contains("Removed. The app has no access any more."), "{}", after.body);
    assert!(after.body.contains("No app has access in your name"));
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    assert!(!other_lives().await);
    assert_eq!(world.refresh("pub1", other.refresh()).await.json()["error"], "invalid_grant");
    assert_eq!(
        world.authorize(&mut alice, &silent).await.answer("error").as_deref(),
        Some("consent_required")
    );
    assert_eq!((world.events("grant.revoked").await, world.events("consent.revoked").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_09_on_every_replica_what_was_ended_is_over_within_a_second() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    let replica = world.replica().await;
    assert_eq!(replica.introspect(&tokens.access).await["active"], true);
    send(&mut alice, (APPS, "/account/apps/remove"), &[("client", "pub1")]).await;
    let ended = std::time::Instant::now();
    while replica.introspect(&tokens.access).await["active"] == true {
        assert!(ended.elapsed() < std::time::Duration::from_millis(1500), "believed for a second");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_09_nobody_sees_or_ends_what_is_anothers() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    let grant = buttons(&page(&mut alice, APPS).await, "grant")[0].clone();
    let mut mallory = at_home(&world, "mallory").await;
    assert!(!page(&mut mallory, APPS).await.body.contains("Public One"));
    send(&mut mallory, (APPS, "/account/apps/end"), &[("grant", &grant)]).await;
    send(&mut mallory, (APPS, "/account/apps/remove"), &[("client", "pub1")]).await;
    let after =
        send(&mut mallory, (APPS, "/account/apps/limit"), &[("grant", &grant), ("for", "hour")]).await;
    assert!(after.body.contains("Nothing was changed"), "{}", after.body);
    // Neither does a ticket of somebody else's page open anything.
    let ticket = page(&mut alice, APPS).await.hidden("ticket");
    let planted = mallory.post("/account/apps/end", &[("ticket", &ticket), ("grant", &grant)]).await;
    assert_eq!(planted.location(), Some("/account/apps?done=nothing"));
    assert!(world.is_active(&tokens.access).await);
    assert_eq!(world.events("consent.limited").await, 0);
    for (path, name, value) in [
        ("/account/apps/end", "grant", "x"),
        ("/account/apps/limit", "grant", ""),
        ("/account/apps/remove", "client", "a b"),
    ] {
        let ticket = page(&mut alice, APPS).await.hidden("ticket");
        let wrong = alice.post(path, &[("ticket", &ticket), (name, value)]).await;
        assert_eq!(wrong.status, 400, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_09_of_an_end_and_a_refresh_at_the_same_moment_the_end_wins() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    for _ in 0..6 {
        let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
        let ticket = page(&mut alice, APPS).await.hidden("ticket");
        let mut second = alice.clone();
        let fields = [("ticket", ticket.as_str()), ("client", "pub1")];
        let (refreshed, ended, again) = tokio::join!(
            world.refresh("pub1", tokens.refresh()),
            alice.post("/account/apps/remove", &fields),
            second.post("/account/apps/remove", &fields),
        );
        assert_eq!((ended.status.as_u16(), again.status.as_u16()), (303, 303));
        let token = match refreshed.status.as_u16() {
            200 => refreshed.json()["refresh_token"].as_str().unwrap().to_owned(),
            _ => tokens.refresh().to_owned(),
        };
        assert_eq!(world.refresh("pub1", &token).await.json()["error"], "invalid_grant");
    }
    assert_eq!(world.events("consent.revoked").await, 6, "each time one of two");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_ends_when_its_person_says() {
    let world = World::new().await;
    world.clock.stop();
    let mut alice = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    let grant = buttons(&page(&mut alice, APPS).await, "grant")[0].clone();
    let limit = async |alice: &mut _, term| {
        send(alice, (APPS, "/account/apps/limit"), &[("grant", grant.as_str()), ("for", term)]).await
    };
    let shown = limit(&mut alice, "day").await;
    assert!(shown.body.contains("The end is set.") && shown.body.contains("as you set it"), "{}", shown.body);
    assert!(!limit(&mut alice, "open").await.body.contains("as you set it"));
    limit(&mut alice, "hour").await;
    world.pass(3599);
    let tokens = gatewright_tests::Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(tokens.body["expires_in"], 1);
    world.pass(1);
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.json()["error"], "invalid_grant");
    let asked = world.authorize(&mut alice, &Az::of("pub1")).await;
    assert!(asked.body.contains("id=\"consent-form\""), "its answer ended with it: {}", asked.body);
    let history = page(&mut alice, "/account/history").await;
    assert_eq!(history.body.matches("You set when the access of").count(), 3, "{}", history.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_what_they_allowed_page_by_page() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    assert!(page(&mut alice, "/account/history").await.body.contains("You have allowed nothing so far."));
    lets_in(&world, &mut alice, &Az::of("pub1").set("scope", "mcp:read mcp:write")).await;
    send(&mut alice, (APPS, "/account/apps/remove"), &[("client", "pub1")]).await;
    let shown = page(&mut alice, "/account/history").await;
    let allowed = shown.body.find("You allowed <bdi class=\"strong\">Public One</bdi>").unwrap();
    let removed = shown.body.find("You removed <bdi class=\"strong\">Public One</bdi>").unwrap();
    assert!(removed < allowed, "latest first");
    assert!(shown.body.contains("Change your notes") && shown.body.contains("class=\"dangerous\""));
    sqlx::query(
        "INSERT INTO events SELECT md5(n::TEXT)::UUID, at - n * INTERVAL '1 minute', kind, request_id, peer, actor,
                user_id, client_id, resource_id, grant_id, detail
         FROM events, generate_series(1, 60) AS n WHERE kind = 'consent.granted'",
    )
    .execute(&world.database)
    .await
    .unwrap();
    let mut seen = 0;
    let mut path = "/account/history".to_owned();
    for _ in 0..3 {
        let shown = page(&mut alice, &path).await;
        seen += shown.body.matches("You allowed").count();
        let Some((_, rest)) = shown.body.split_once("href=\"/account/history?before=") else { break };
        path = format!("/account/history?before={}", rest.split('"').next().unwrap());
    }
    assert_eq!(seen, 61);
    let mut mallory = at_home(&world, "mallory").await;
    assert!(page(&mut mallory, &path).await.body.contains("You have allowed nothing so far."));
    assert_eq!(page(&mut mallory, "/account/history?before=x").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_01_an_app_is_shown_by_facts_and_its_name_is_a_claim() {
    const NAME: &str = "\u{202e}Claude\u{202c} Code<script>alert(1)</script>";
    let world = World::new().await;
    let metadata = serde_json::json!({ "client_name": NAME, "redirect_uris": ["http://127.0.0.1/cb"],
                                       "token_endpoint_auth_method": "none",
                                       "grant_types": ["authorization_code", "refresh_token"] });
    let id = world.post_json("/register", &metadata).await.json()["client_id"].as_str().unwrap().to_owned();
    let mut alice = at_home(&world, "alice").await;
    lets_in(&world, &mut alice, &Az::to(&id, "http://127.0.0.1:4711/cb")).await;
    for path in [APPS, "/account/history"] {
        let shown = page(&mut alice, path).await;
        assert!(!shown.body.contains("<script") && !shown.body.contains('\u{202e}'), "{path}");
        assert!(shown.body.contains("A program on a computer"), "{path}: {}", shown.body);
    }
    let shown = page(&mut alice, APPS).await;
    assert!(shown.body.contains("It calls itself") && shown.body.contains("Not verified"), "{}", shown.body);
}
