//! Revocation (RFC 7009): it ends what is the caller's, and says so only when it is true (rows RV).

use gatewright_tests::{Az, Page, Tokens, World, flows};
use serde_json::json;
use sqlx::Connection as _;

async fn revoke(world: &World, client: &str, token: &str, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("client_id", client), ("token", token)];
    fields.extend(more);
    world.post("/revoke", &fields).await
}

#[tokio::test]
async fn rv_01_another_client_s_request_does_nothing_and_is_answered_the_same() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let (events, rows) = (world.count("events").await, world.count("revoked_tokens").await);
    let own = revoke(&world, "pub1", "gw_rt_nonsense", &[]).await;
    for token in [tokens.refresh(), &tokens.access, tokens.access.split('.').next().unwrap(), "x"] {
        let page = revoke(&world, "pub2", token, &[]).await;
        assert_eq!((page.status, &page.body), (own.status, &own.body));
        assert_eq!(
            (page.status.as_u16(), page.body.as_str(), page.header("cache-control")),
            (200, "", "no-store")
        );
        assert_eq!(world.post_as("conf1", "/revoke", &[("token", token)]).await.status, 200);
        // A resource server may look at the token; it may not end it.
        assert_eq!(world.post_as("rs1", "/revoke", &[("token", token)]).await.status, 200);
    }
    assert_eq!((world.count("events").await, world.count("revoked_tokens").await), (events, rows));
    assert!(world.is_active(&tokens.access).await);
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 200);
    // Nor does a client that does not prove itself get that far.
    for fields in [
        &[("token", tokens.refresh())][..],
        &[("token", tokens.refresh()), ("client_id", "conf1")],
        &[("token", tokens.refresh()), ("client_id", "nobody")],
    ] {
        let page = world.post("/revoke", fields).await;
        assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (401, Some("invalid_client")));
    }
    let page = world.post("/revoke", &[("client_id", "pub1")]).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(world.get(&format!("/revoke?token={}", tokens.access)).await.status, 405);
}

#[tokio::test]
async fn rv_01_a_refresh_token_with_a_foreign_secret_ends_nothing() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    // The grant's id is in every access token, so its holder can name it; only the server can derive.
    let grant = flows::claims(&tokens.access)["gid"].as_str().unwrap().parse().unwrap();
    for generation in 0..3 {
        let forged = gatewright_oauth::refresh::RefreshToken::derive(&[1; 32], &[2; 32], grant, generation);
        assert_eq!(revoke(&world, "pub1", forged.text().expose(), &[]).await.status, 200);
    }
    assert_eq!(world.events("grant.revoked").await, 0);
    assert!(world.is_active(&tokens.access).await);
}

#[tokio::test]
async fn rv_02_success_is_said_only_when_it_is_stored() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let mut hand = sqlx::PgConnection::connect(&world.database_url).await.unwrap();
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut hand).await.unwrap();
    let limit = |count: i32| sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} CONNECTION LIMIT {count}"));
    sqlx::query(limit(0)).execute(&mut hand).await.unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    sqlx::query(others).execute(&mut hand).await.unwrap();
    let page = revoke(&world, "pub1", tokens.refresh(), &[]).await;
    assert_eq!(
        (page.status.as_u16(), page.header("retry-after"), page.header("cache-control")),
        (503, "1", "no-store"),
        "{}",
        page.body
    );
    let said = json!({
        "error": "temporarily_unavailable",
        "error_description": "this server cannot answer right now; try again after Retry-After seconds",
        "error_id": page.header("x-request-id"),
    });
    assert_eq!(page.json(), said);
    sqlx::query(limit(-1)).execute(&mut hand).await.unwrap();
    hand.close().await.unwrap();
    assert!(world.is_active(&tokens.access).await, "nothing was promised and nothing happened");
    assert_eq!(revoke(&world, "pub1", tokens.refresh(), &[]).await.status, 200);
    assert!(!world.is_active(&tokens.access).await);
}

#[tokio::test]
async fn rv_03_ending_either_token_ends_the_grant_and_nothing_else() {
    let world = World::new().await;
    for which in ["refresh", "access", "old access"] {
        let (ended, kept) = (world.tokens().await, world.tokens().await);
        let newer = Tokens::of(&world.refresh("pub1", ended.refresh()).await);
        let token = match which {
            "refresh" => newer.refresh(),
            "access" => &newer.access,
            _ => &ended.access,
        };
        let before = world.events("grant.revoked").await;
        assert_eq!(revoke(&world, "pub1", token, &[]).await.status, 200);
        for access in [&ended.access, &newer.access] {
            assert!(!world.is_active(access).await, "{which}");
        }
        for refresh in [ended.refresh(), newer.refresh()] {
            let page = world.refresh("pub1", refresh).await;
            assert_eq!(
                (page.status.as_u16(), page.json()["error"].as_str()),
                (400, Some("invalid_grant")),
                "{which}"
            );
        }
        // Exactly one event, and saying it again changes nothing.
        assert_eq!(revoke(&world, "pub1", token, &[]).await.status, 200);
        assert_eq!(world.events("grant.revoked").await, before + 1, "{which}");
        assert!(world.is_active(&kept.access).await, "another grant of the same person and client lives on");
    }
}

#[tokio::test]
async fn rv_04_access_tokens_are_short_and_their_end_is_visible_at_once() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let claims = flows::claims(&tokens.access);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert_eq!(tokens.body["expires_in"], 900);
    // A token without a grant is revoked by its name, once, and the name is forgotten when it has expired.
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    let own = Tokens::of(&page).access;
    let other =
        Tokens::of(&world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await).access;
    for _ in 0..2 {
        assert_eq!(world.post_as("conf1", "/revoke", &[("token", &own)]).await.status, 200);
    }
    assert_eq!((world.count("revoked_tokens").await, world.events("token.revoked").await), (1, 1));
    assert!(!world.is_active(&own).await && world.is_active(&other).await);
    world.pass(900 + 601);
    gatewright_server::sweep::turn(world.app.clone()).await.unwrap();
    assert_eq!(world.count("revoked_tokens").await, 0);
    assert!(!world.is_active(&own).await, "expired");
}

#[tokio::test]
async fn rv_05_hints_change_nothing() {
    let world = World::new().await;
    for hint in ["access_token", "refresh_token", "id_token", "nonsense", ""] {
        for pick in [|tokens: &Tokens| tokens.access.clone(), |tokens: &Tokens| tokens.refresh().to_owned()] {
            let tokens = world.tokens_for(&Az::of("pub1"), "pub1").await;
            assert_eq!(
                revoke(&world, "pub1", &pick(&tokens), &[("token_type_hint", hint)]).await.status,
                200
            );
            assert!(!world.is_active(&tokens.access).await, "{hint}");
        }
    }
}
