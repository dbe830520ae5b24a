//! What a request is for: scopes and resource (AZ-07, AZ-08; rulings 2 and 4).

use gatewright_store::{Write, resources};
use gatewright_tests::flows::claims;
use gatewright_tests::{Az, CALLBACK, MCP, OTHER, Tokens, World};
use serde_json::json;

use super::{Before, accepted, answered, ask, is_consent, refused};

#[tokio::test(flavor = "multi_thread")]
async fn az_07_scopes_nobody_can_give_are_dropped_and_the_rest_is_echoed() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1").set("scope", "admin:* mcp:read nonsense");
    let login = world.authorize(&mut agent, &az).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&consent, "narrowed");
    assert!(consent.body.contains("Read your notes"));
    for unseen in ["admin:*", "nonsense", "Change your notes", "Administer everything"] {
        assert!(!consent.body.contains(unseen), "{unseen}");
    }
    let back = world.decide(&mut agent, &consent, "approve").await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &back, CALLBACK), &[]).await);
    assert_eq!(tokens.body["scope"], "mcp:read");
    assert_eq!(claims(&tokens.access)["scope"], "mcp:read");
    let before = Before::of(&world).await;
    for scope in ["admin:*", "admin:* offline_access", "MCP:READ", "mcp:rea", "mcp:read:x"] {
        refused(&world, &ask(&world, &Az::of("pub1").set("scope", scope)).await, "invalid_scope", scope);
    }
    // RFC 6749 section 3.3 says which characters a scope has.
    for scope in ["mcp:read \"", "mcp:read \\", "mcp:read é"] {
        refused(&world, &ask(&world, &Az::of("pub1").set("scope", scope)).await, "invalid_scope", scope);
    }
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_07_an_administrator_s_list_limits_what_a_client_can_have() {
    let world = World::new().await;
    world
        .add_client(
            "reader",
            json!({ "client_name": "Reader", "redirect_uris": [CALLBACK], "scope": "mcp:read openid",
                    "token_endpoint_auth_method": "none" }),
        )
        .await;
    let both = Az::of("reader").set("scope", "mcp:read mcp:write mcp:admin");
    let tokens = world.tokens_for(&both, "reader").await;
    assert_eq!(tokens.body["scope"], "mcp:read");
    let page = ask(&world, &Az::of("reader").set("scope", "mcp:write")).await;
    refused(&world, &page, "invalid_scope", "not on the list");
    // In a registration by the client itself the same member is a hint (ruling 2).
    let document = json!({ "redirect_uris": [CALLBACK], "scope": "mcp:read" });
    let id = super::register(&world, &document).await.json()["client_id"].as_str().unwrap().to_owned();
    let tokens = world.tokens_for(&Az::of(&id).set("scope", "mcp:read mcp:write"), &id).await;
    assert_eq!(tokens.body["scope"], "mcp:read mcp:write");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_07_a_request_without_scopes_gets_the_defaults_of_the_resource() {
    let world = World::new().await;
    let tokens = world.tokens_for(&Az::of("pub1").without("scope"), "pub1").await;
    assert_eq!(tokens.body["scope"], "mcp:read");
    let offline = Az::of("pub1").set("scope", "offline_access");
    let tokens = world.tokens_for(&offline, "pub1").await;
    assert_eq!(tokens.body["scope"], "mcp:read offline_access");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_08_only_registered_resources_have_tokens() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for resource in [
        "https://evil.test",
        "https://mcp.test/mcp#x",
        "https://mcp.test/mcp#",
        "https://mcp.test/mcp/",
        "https://mcp.test/MCP",
        "https://mcp.test/mcp?x=1",
        "https://mcp.test/mcp/../mcp",
        "https://mcp.test/%6dcp",
        "https://mcp.test",
        "https://mcp.test:8443/mcp",
        "https://mcp.test.evil.test/mcp",
        "https://mcp.test@evil.test/mcp",
        "http://mcp.test/mcp",
        "//mcp.test/mcp",
        "/mcp",
        "mcp",
        "*",
    ] {
        let page = ask(&world, &Az::of("pub1").set("resource", resource)).await;
        refused(&world, &page, "invalid_target", resource);
    }
    let two = Az::of("pub1").also("resource", OTHER);
    refused(&world, &ask(&world, &two).await, "invalid_target", "two resources");
    let one_unknown = Az::of("pub1").also("resource", "https://evil.test");
    refused(&world, &ask(&world, &one_unknown).await, "invalid_target", "one of two unknown");
    let mut nine = Az::of("pub1");
    for number in 0..8 {
        nine = nine.also("resource", &format!("https://mcp.test/{number}"));
    }
    let page = ask(&world, &nine).await;
    refused(&world, &page, "invalid_target", "nine resources");
    assert_eq!(page.answer("error_description").as_deref(), Some("more than 8 resources"));
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_08_other_spellings_of_scheme_host_and_port_are_the_same_resource() {
    let world = World::new().await;
    for spelling in ["HTTPS://MCP.test/mcp", "https://mcp.test:443/mcp"] {
        let az = Az::of("pub1").set("resource", spelling);
        accepted(&ask(&world, &az).await, spelling);
        let tokens = world.tokens_for(&az, "pub1").await;
        assert_eq!(claims(&tokens.access)["aud"], MCP, "{spelling}");
        assert!(world.is_active(&tokens.access).await);
    }
    accepted(&ask(&world, &Az::of("pub1").also("resource", "HTTPS://mcp.TEST/mcp")).await, "twice the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_08_a_resource_that_is_switched_off_has_no_tokens() {
    let world = World::new().await;
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM resources WHERE identifier = $1")
        .bind(OTHER)
        .fetch_one(&world.database)
        .await
        .unwrap();
    let az = Az::of("pub1").set("resource", OTHER);
    accepted(&ask(&world, &az).await, "in service");
    let trace = world.operator().trace(&world.app);
    assert!(matches!(resources::disable(&world.app.store, id, &trace).await.unwrap(), Write::Applied(())));
    world.app.directory.forget();
    refused(&world, &ask(&world, &az).await, "invalid_target", "out of service");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_resource_means_the_default() {
    let world = World::new().await;
    let az = Az::of("pub1").without("resource");
    let tokens = world.tokens_for(&az, "pub1").await;
    assert_eq!(claims(&tokens.access)["aud"], MCP);
    // A client's own default comes before the server's.
    let statement =
        "UPDATE clients SET default_resource_id = (SELECT id FROM resources WHERE identifier = $1)
                     WHERE id = 'pub2'";
    sqlx::query(statement).bind(OTHER).execute(&world.database).await.unwrap();
    world.app.directory.forget();
    let az = Az::to("pub2", "https://two.test/cb").without("resource");
    let tokens = world.tokens_for(&az, "pub2").await;
    assert_eq!(claims(&tokens.access)["aud"], OTHER);
    // It is a default, not a limit.
    let tokens = world.tokens_for(&Az::to("pub2", "https://two.test/cb"), "pub2").await;
    assert_eq!(claims(&tokens.access)["aud"], MCP);
    // Without any default the answer says what the operator can do.
    sqlx::query("UPDATE resources SET is_default = FALSE").execute(&world.database).await.unwrap();
    world.app.directory.forget();
    let page = ask(&world, &Az::of("pub1").without("resource")).await;
    refused(&world, &page, "invalid_target", "no default");
    assert!(
        page.answer("error_description").unwrap().contains("the operator can configure a default resource")
    );
}
