//! Every change has exactly one event, and what changes nothing has none (AU-01).

use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, Tokens, World};
use serde_json::Value;

use super::{Watch, own_token, refused};

const WRONG: &str = "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test(flavor = "multi_thread")]
async fn au_01_every_change_at_the_token_endpoint_is_one_event() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");

    let watch = Watch::start(&world).await;
    let code = world.approve(&mut agent, &az, "alice").await.answer("code").unwrap();
    assert_eq!(watch.kinds().await, ["code.issued", "consent.granted", "session.opened"]);
    let watch = Watch::start(&world).await;
    let another = world.approve(&mut agent, &az, "alice").await.answer("code").unwrap();
    assert_eq!(watch.kinds().await, ["code.issued"], "remembered");

    let watch = Watch::start(&world).await;
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
    assert_eq!(watch.kinds().await, ["grant.created"]);
    let watch = Watch::start(&world).await;
    let second = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(watch.kinds().await, ["grant.refreshed"]);
    let watch = Watch::start(&world).await;
    Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    world.is_active(&second.access).await;
    assert_eq!(watch.kinds().await, ["token.issued"], "a repeat changes nothing, and is on record");

    let watch = Watch::start(&world).await;
    for (attempt, kinds) in [
        &["code.verifier_failed"][..],
        &["code.verifier_failed", "code.verifier_failed"],
        &["code.burned", "code.verifier_failed", "code.verifier_failed"],
        &["code.burned", "code.verifier_failed", "code.verifier_failed"],
    ]
    .iter()
    .enumerate()
    {
        refused(&world.redeem("pub1", &another, &[("code_verifier", WRONG)]).await, 400, "invalid_grant");
        assert_eq!(watch.kinds().await, *kinds, "attempt {attempt}");
    }

    let watch = Watch::start(&world).await;
    for _twice in 0..2 {
        let fields = [("client_id", "pub1"), ("token", second.refresh())];
        assert_eq!(world.post("/revoke", &fields).await.status, 200);
    }
    refused(&world.refresh("pub1", second.refresh()).await, 400, "invalid_grant");
    assert_eq!(watch.kinds().await, ["grant.revoked"]);

    let watch = Watch::start(&world).await;
    let own = Tokens::of(&own_token(&world, &[]).await);
    assert_eq!(watch.kinds().await, ["token.issued"]);
    let watch = Watch::start(&world).await;
    for _twice in 0..2 {
        assert_eq!(world.post_as("conf1", "/revoke", &[("token", &own.access)]).await.status, 200);
    }
    assert_eq!(watch.kinds().await, ["token.revoked"]);
    assert!(!world.is_active(&own.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_01_an_event_says_who_did_what_and_carries_no_secret() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let page = world.redeem("pub1", &code, &[]).await;
    let tokens = Tokens::of(&page);
    let row: Value = sqlx::query_scalar("SELECT to_jsonb(events) FROM events WHERE kind = 'grant.created'")
        .fetch_one(&world.database)
        .await
        .unwrap();
    let (grant, _, _) = super::grant(&world).await;
    assert_eq!(row["actor"], "client:pub1");
    assert_eq!(row["client_id"], "pub1");
    assert_eq!(row["user_id"], serde_json::json!(world.user("alice").await));
    assert_eq!(row["grant_id"], serde_json::json!(grant));
    assert_eq!(
        row["request_id"],
        page.header("x-request-id"),
        "the answer, the log line and the event find each other"
    );
    assert_eq!(row["peer"], "127.0.0.1");
    assert_eq!(row["detail"]["scope"], "mcp:read");
    Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    own_token(&world, &[]).await;
    let all: String = sqlx::query_scalar("SELECT string_agg(to_jsonb(events)::TEXT, ' ') FROM events")
        .fetch_one(&world.database)
        .await
        .unwrap();
    let secret = secret_of("conf1");
    for secret in [code.as_str(), tokens.refresh(), &tokens.access, &secret, gatewright_tests::PASSWORD] {
        let core = secret.get(6..40).unwrap_or(secret);
        assert!(!all.contains(core), "{core}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au_01_refusals_change_nothing_and_say_nothing() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let watch = Watch::start(&world).await;
    let refresh = tokens.refresh();
    for fields in [
        &[("grant_type", "magic"), ("client_id", "pub1")][..],
        &[("grant_type", "refresh_token"), ("client_id", "pub2"), ("refresh_token", refresh)],
        &[("grant_type", "refresh_token"), ("client_id", "nobody"), ("refresh_token", refresh)],
        &[
            ("grant_type", "refresh_token"),
            ("client_id", "pub1"),
            ("refresh_token", refresh),
            ("scope", "mcp:admin"),
        ],
        &[
            ("grant_type", "refresh_token"),
            ("client_id", "pub1"),
            ("refresh_token", refresh),
            ("resource", "https://evil.test"),
        ],
        &[("grant_type", "client_credentials"), ("client_id", "pub1")],
    ] {
        let page = world.post("/token", fields).await;
        assert!(page.status == 400 || page.status == 401, "{}", page.body);
    }
    for token in [refresh, &tokens.access] {
        let fields = [("client_id", "pub2"), ("token", token)];
        assert_eq!(world.post("/revoke", &fields).await.status, 200, "RV-01: told the same");
    }
    assert!(watch.kinds().await.is_empty(), "{:?}", watch.kinds().await);
    assert_eq!(super::grant(&world).await.1, 0);
    assert!(world.is_active(&tokens.access).await);
}
