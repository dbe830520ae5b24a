//! Scopes and resources at the token endpoint: never more than was allowed, never for another server
//! (RT-08, AZ-07, JW-10, JW-11).

use gatewright_oauth::Resource;
use gatewright_oauth::resource::{NewResource, ScopeText, TokenSettings};
use gatewright_store::{Write, resources};
use gatewright_tests::flows::claims;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, CALLBACK, MCP, OTHER, Tokens, World};
use serde_json::json;
use uuid::Uuid;

use super::{own_token, refresh_with, refused, set_profile};

#[tokio::test(flavor = "multi_thread")]
async fn rt_08_a_refresh_narrows_and_never_widens() {
    let world = World::new().await;
    let both = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read mcp:write"), "pub1").await;
    assert_eq!(both.body["scope"], "mcp:read mcp:write");
    let narrow = Tokens::of(&refresh_with(&world, "pub1", both.refresh(), &[("scope", "mcp:read")]).await);
    assert_eq!(
        (&narrow.body["scope"], &claims(&narrow.access)["scope"]),
        (&json!("mcp:read"), &json!("mcp:read"))
    );
    // Narrowing is of this token; the grant keeps what was allowed (RFC 6749 section 6).
    let whole = Tokens::of(&world.refresh("pub1", narrow.refresh()).await);
    assert_eq!(whole.body["scope"], "mcp:read mcp:write");
    // Ruling 2: what exceeds the grant is dropped and the rest echoed.
    for wide in ["mcp:read mcp:admin offline_access", "mcp:read openid", "mcp:read unheard:of"] {
        let tokens = Tokens::of(&refresh_with(&world, "pub1", whole.refresh(), &[("scope", wide)]).await);
        assert_eq!(
            (&tokens.body["scope"], &claims(&tokens.access)["scope"]),
            (&json!("mcp:read"), &json!("mcp:read"))
        );
        assert!(tokens.id.is_none());
    }
    refused(
        &refresh_with(&world, "pub1", whole.refresh(), &[("scope", "mcp:admin")]).await,
        400,
        "invalid_scope",
    );
    refused(&refresh_with(&world, "pub1", whole.refresh(), &[("scope", "a\"b")]).await, 400, "invalid_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_08_the_compatibility_profile_refuses_instead_of_dropping() {
    let world = World::new().await;
    set_profile(&world, "conf2", "oidc_compat").await;
    let secret = secret_of("conf2");
    let secret = ("client_secret", secret.as_str());
    let az = Az::of("conf2").set("scope", "openid mcp:read mcp:write");
    let tokens = Tokens::of(&world.redeem("conf2", &world.code(&az).await, &[secret]).await);
    for wide in ["mcp:read mcp:admin", "offline_access", "unheard:of"] {
        let page = refresh_with(&world, "conf2", tokens.refresh(), &[secret, ("scope", wide)]).await;
        refused(&page, 400, "invalid_scope");
    }
    assert_eq!(super::grant(&world).await.1, 0, "a refusal rotates nothing");
    let less = refresh_with(&world, "conf2", tokens.refresh(), &[secret, ("scope", "mcp:write")]).await;
    assert_eq!(Tokens::of(&less).body["scope"], "mcp:write");
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_08_a_grant_is_for_one_resource() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let mixed = world
        .post(
            "/token",
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "pub1"),
                ("code", &code),
                ("code_verifier", gatewright_tests::VERIFIER),
                ("resource", MCP),
                ("resource", OTHER),
            ],
        )
        .await;
    refused(&mixed, 400, "invalid_target");
    for wrong in [OTHER, "https://evil.test/", "https://mcp.test/mcp#x", "not a uri", "https://mcp.test/MCP"]
    {
        refused(&world.redeem("pub1", &code, &[("resource", wrong)]).await, 400, "invalid_target");
    }
    // Nothing of that costs the code; another spelling of the same name is the same name (ruling 4).
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[("resource", "HTTPS://MCP.test:443/mcp")]).await);
    assert_eq!(claims(&tokens.access)["aud"], MCP, "minted as registered");
    for wrong in [OTHER, "https://evil.test/", "https://mcp.test/mcp/"] {
        let page = refresh_with(&world, "pub1", tokens.refresh(), &[("resource", wrong)]).await;
        refused(&page, 400, "invalid_target");
    }
    assert_eq!(super::grant(&world).await.1, 0, "a refusal rotates nothing");
    let twice = [("resource", MCP), ("resource", MCP)];
    let again = Tokens::of(&refresh_with(&world, "pub1", tokens.refresh(), &twice).await);
    assert_eq!(claims(&again.access)["aud"], MCP);
}

#[tokio::test(flavor = "multi_thread")]
async fn jw_10_a_token_has_one_audience_and_is_worthless_elsewhere() {
    let world = World::new().await;
    for (resource, own, foreign) in [(MCP, "rs1", "rs2"), (OTHER, "rs2", "rs1")] {
        let tokens = world.tokens_for(&Az::of("pub1").set("resource", resource), "pub1").await;
        assert_eq!(claims(&tokens.access)["aud"], resource, "a string, not a list");
        let asked =
            async |server| world.post_as(server, "/introspect", &[("token", &*tokens.access)]).await.body;
        assert!(asked(own).await.contains("\"active\":true"));
        assert_eq!(asked(foreign).await, r#"{"active":false}"#);
    }
    let own = own_token(&world, &[("resource", MCP), ("resource", OTHER)]).await;
    refused(&own, 400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn jw_11_the_audience_is_what_was_authorized_and_never_a_guess() {
    let world = World::new().await;
    // Asked for at the authorization endpoint, left out at the token endpoint.
    let tokens = world.tokens_for(&Az::of("pub1").set("resource", OTHER), "pub1").await;
    assert_eq!(claims(&tokens.access)["aud"], OTHER);
    let again = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(claims(&again.access)["aud"], OTHER);
    // Named nowhere: the configured default; and without one, an error that says so.
    let tokens = world.tokens_for(&Az::of("pub1").without("resource"), "pub1").await;
    assert_eq!(claims(&tokens.access)["aud"], MCP);
    assert_eq!(claims(&Tokens::of(&own_token(&world, &[]).await).access)["aud"], MCP);
    assert_eq!(claims(&Tokens::of(&own_token(&world, &[("resource", OTHER)]).await).access)["aud"], OTHER);
    sqlx::query("UPDATE resources SET is_default = false").execute(&world.database).await.unwrap();
    world.app.directory.forget();
    let none = own_token(&world, &[]).await;
    refused(&none, 400, "invalid_target");
    assert!(none.json()["error_description"].as_str().unwrap().contains("default"), "{}", none.body);
    refused(&own_token(&world, &[("resource", "https://evil.test/")]).await, 400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_07_scopes_a_resource_drops_fall_out_of_the_next_token() {
    let world = World::new().await;
    let both = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read mcp:write"), "pub1").await;
    let only_write = world.tokens_for(&Az::of("pub1").set("scope", "mcp:write"), "pub1").await;
    offer(&world, &["mcp:read"]).await;
    let tokens = Tokens::of(&world.refresh("pub1", both.refresh()).await);
    assert_eq!(
        (&tokens.body["scope"], &claims(&tokens.access)["scope"]),
        (&json!("mcp:read"), &json!("mcp:read"))
    );
    refused(&world.refresh("pub1", only_write.refresh()).await, 400, "invalid_scope");
    // Back again, the grant has what the person allowed.
    offer(&world, &["mcp:read", "mcp:write"]).await;
    let tokens = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(tokens.body["scope"], "mcp:read mcp:write");
    Tokens::of(&world.refresh("pub1", only_write.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_07_a_clients_own_scopes_are_what_the_administrator_listed() {
    let world = World::new().await;
    let scope =
        async |more: &[(&str, &str)]| Tokens::of(&own_token(&world, more).await).body["scope"].clone();
    assert_eq!(scope(&[]).await, "mcp:read", "the defaults");
    assert_eq!(scope(&[("scope", "mcp:read mcp:admin openid")]).await, "mcp:read");
    refused(&own_token(&world, &[("scope", "mcp:admin")]).await, 400, "invalid_scope");
    let listed = json!({ "client_name": "Listed", "redirect_uris": [CALLBACK], "scope": "mcp:write mcp:admin",
                         "grant_types": ["client_credentials"], "response_types": [],
                         "token_endpoint_auth_method": "client_secret_basic" });
    world.add_client("listed", listed).await;
    let own = async |scope: &str| {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        world.post_as("listed", "/token", &fields).await
    };
    assert_eq!(Tokens::of(&own("mcp:read mcp:write mcp:admin").await).body["scope"], "mcp:admin mcp:write");
    refused(&own("mcp:read").await, 400, "invalid_scope");
}

/// Changes what the MCP server offers.
async fn offer(world: &World, names: &[&str]) {
    let id: Uuid = sqlx::query_scalar("SELECT id FROM resources WHERE identifier = $1")
        .bind(MCP)
        .fetch_one(&world.database)
        .await
        .unwrap();
    let was = resources::by_id(&world.app.store, id).await.unwrap().unwrap();
    let text = |name: &&str| ScopeText {
        name: (*name).to_owned(),
        description: format!("Do {name}"),
        default: *name == "mcp:read",
        dangerous: false,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    };
    let new = Resource::new(NewResource {
        id,
        identifier: MCP.to_owned(),
        name: Some(was.name.clone()),
        scopes: names.iter().map(text).collect(),
        token: TokenSettings::default(),
        is_default: was.is_default,
        open_to: was.open_to,
        demand: was.demand,
    })
    .unwrap();
    let trace = world.operator().trace(&world.app);
    let done = resources::update(&world.app.store, &was, &new, &trace).await.unwrap();
    assert!(matches!(done, Write::Applied(())));
    world.app.directory.forget();
}
