//! Refresh tokens, one after the other (RT). What happens all at once is in [`super::races`].

use gatewright_oauth::refresh::RefreshToken;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, CALLBACK, Tokens, World};
use serde_json::json;

use super::{Watch, ask_of, form, grant, refresh_with, refused, tokens_as};

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn rt_01_a_token_used_again_after_the_grace_window_ends_the_family() {
    let world = World::new().await;
    let first = world.tokens().await;
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    world.pass(61);
    let third = Tokens::of(&world.refresh("pub1", second.refresh()).await);
    assert!(world.is_active(&third.access).await);
    let watch = Watch::start(&world).await;
    refused(&world.refresh("pub1", first.refresh()).await, 400, "invalid_grant");
    refused(&world.refresh("pub1", third.refresh()).await, 400, "invalid_grant");
    refused(&world.refresh("pub1", first.refresh()).await, 400, "invalid_grant");
    assert!(!world.is_active(&third.access).await, "at once, where the reuse was seen");
    assert_eq!(watch.kinds().await, ["token.reuse_detected"], "once");
    assert_eq!(grant(&world).await.2.as_deref(), Some("refresh_reuse"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_01_only_one_generation_back_has_grace() {
    let world = World::new().await;
    let first = world.tokens().await;
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    Tokens::of(&world.refresh("pub1", second.refresh()).await);
    refused(&world.refresh("pub1", first.refresh()).await, 400, "invalid_grant");
    assert_eq!(world.events("token.reuse_detected").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_03_a_restarted_server_remembers_rotation_and_revocation() {
    let world = World::new().await;
    let first = world.tokens().await;
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    world.pass(61);
    // A process that starts now knows nothing but the database.
    let restarted = world.replica().await;
    let refresh = |token: &str| {
        [
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", "pub1".to_owned()),
            ("refresh_token", token.to_owned()),
        ]
    };
    let send = async |fields: [(&str, String); 3]| {
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        restarted.post("/token", &fields).await
    };
    let third = Tokens::of(&send(refresh(second.refresh())).await);
    refused(&send(refresh(first.refresh())).await, 400, "invalid_grant");
    refused(&send(refresh(third.refresh())).await, 400, "invalid_grant");
    let again = world.replica().await;
    let fields = refresh(third.refresh());
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    refused(&again.post("/token", &fields).await, 400, "invalid_grant");
    assert!(!world.is_active(&third.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_04_nobody_but_its_client_refreshes() {
    let world = World::new().await;
    let tokens = tokens_as(&world, "conf1", &Az::of("conf1")).await;
    let watch = Watch::start(&world).await;
    let unproven = refresh_with(&world, "conf1", tokens.refresh(), &[]).await;
    refused(&unproven, 401, "invalid_client");
    refused(&world.refresh("pub2", tokens.refresh()).await, 400, "invalid_grant");
    let other = [("client_secret", secret_of("conf2"))];
    let other = other.each_ref().map(|(name, value)| (*name, value.as_str()));
    refused(&refresh_with(&world, "conf2", tokens.refresh(), &other).await, 400, "invalid_grant");
    let nobody = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    refused(&world.post("/token", &nobody).await, 401, "invalid_client");
    // Right grant, right generation, invented secret; and an old generation, which is not reuse unless genuine.
    let genuine = RefreshToken::parse(tokens.refresh()).unwrap();
    for generation in [genuine.generation(), genuine.generation() + 1, genuine.generation().wrapping_sub(1)] {
        let forged = RefreshToken::derive(&[9; 32], b"salt", genuine.grant(), generation).text();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", forged.expose().as_str())];
        refused(&world.post_as("conf1", "/token", &fields).await, 400, "invalid_grant");
    }
    assert!(watch.kinds().await.is_empty(), "{:?}", watch.kinds().await);
    Tokens::of(&world.post_as("conf1", "/token", &nobody).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_05_inside_the_grace_window_the_same_successor_comes_again() {
    let world = World::new().await;
    world.clock.stop();
    let first = world.tokens().await;
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    let watch = Watch::start(&world).await;
    world.pass(10);
    let again = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    assert_eq!(again.refresh(), second.refresh());
    assert_ne!(again.access, second.access);
    assert!(world.is_active(&second.access).await && world.is_active(&again.access).await);
    assert_eq!((grant(&world).await.1, world.count("grants").await), (1, 1));
    assert_eq!(watch.kinds().await, ["token.issued"]);
    // Repeating does not make the window longer.
    world.pass(48);
    Tokens::of(&world.refresh("pub1", first.refresh()).await);
    world.pass(2);
    refused(&world.refresh("pub1", first.refresh()).await, 400, "invalid_grant");
    assert_eq!(watch.kinds().await, ["token.issued", "token.issued", "token.reuse_detected"]);
    refused(&world.refresh("pub1", second.refresh()).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_05_the_grace_window_is_for_its_client_only() {
    let world = World::new().await;
    let first = world.tokens().await;
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    refused(&world.refresh("pub2", first.refresh()).await, 400, "invalid_grant");
    Tokens::of(&world.refresh("pub1", second.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_06_a_bearer_family_does_not_recover_outside_the_window() {
    let world = World::new().await;
    let first = world.tokens().await;
    let lost = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    world.pass(600);
    refused(&world.refresh("pub1", first.refresh()).await, 400, "invalid_grant");
    refused(&world.refresh("pub1", lost.refresh()).await, 400, "invalid_grant");
    assert_eq!(grant(&world).await.2.as_deref(), Some("refresh_reuse"));
    assert_eq!(world.events("grant.refreshed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_07_a_family_refreshed_daily_ends_on_day_ninety() {
    let world = World::new().await;
    let mut tokens = world.tokens().await;
    for _day in 1..90 {
        world.pass(DAY);
        tokens = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    }
    world.pass(DAY);
    let late = world.refresh("pub1", tokens.refresh()).await;
    refused(&late, 400, "invalid_grant");
    assert!(late.json()["error_description"].as_str().unwrap().starts_with("grant expired"), "{}", late.body);
    assert_eq!((world.events("grant.refreshed").await, grant(&world).await.1), (89, 89));
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_07_a_family_nobody_uses_ends_after_thirty_days_and_no_token_outlives_it() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    world.pass(30 * DAY - 60);
    let second = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    world.pass(30 * DAY + 1);
    let late = world.refresh("pub1", second.refresh()).await;
    refused(&late, 400, "invalid_grant");
    assert!(late.json()["error_description"].as_str().unwrap().starts_with("grant expired"));
    assert!(!world.is_active(second.refresh()).await);

    // Refreshed on the last minute of day 90, the access token is inactive once the grant is over.
    let mut tokens = world.tokens().await;
    for _third in 0..3 {
        world.pass(30 * DAY - 60);
        tokens = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    }
    assert!(world.is_active(&tokens.access).await);
    world.pass(240);
    world.app.seen.forget(RefreshToken::parse(tokens.refresh()).unwrap().grant()).await;
    assert!(!world.is_active(&tokens.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_10_no_refresh_token_without_the_grant_type() {
    let world = World::new().await;
    let once = json!({ "client_name": "Once", "redirect_uris": [CALLBACK], "grant_types": ["authorization_code"],
                       "token_endpoint_auth_method": "none" });
    world.add_client("once", once).await;
    let az = Az::of("once").set("scope", "mcp:read openid offline_access");
    let tokens = world.tokens_for(&az, "once").await;
    assert!(!tokens.body.as_object().unwrap().contains_key("refresh_token"), "{}", tokens.body);
    assert_eq!(tokens.body["scope"], "mcp:read openid");
    // What it would have been: derivable by nobody, and refused even if it were.
    let (id, generation, _) = grant(&world).await;
    let salt: Vec<u8> =
        sqlx::query_scalar("SELECT salt FROM grants").fetch_one(&world.database).await.unwrap();
    let generation = u64::try_from(generation).unwrap();
    let made = world.app.data_keys.refresh_token(&salt, id, generation).unwrap();
    refused(&world.refresh("once", made.text().expose()).await, 400, "invalid_grant");
    // Ruling: whoever registered it gets one, asked or not.
    assert!(world.tokens().await.refresh.is_some());
    // And no one speaks for themselves for longer than an access token.
    let own = super::own_token(&world, &[("scope", "mcp:read offline_access")]).await;
    assert!(Tokens::of(&own).refresh.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_12_a_thousand_rotations_add_no_row() {
    let world = World::new().await;
    let mut tokens = world.tokens().await.refresh().to_owned();
    let tables = ["grants", "codes", "sessions", "consents", "revoked_tokens"];
    let mut before = Vec::new();
    for table in tables {
        before.push(world.count(table).await);
    }
    let router = gatewright_server::router(world.app.clone());
    for _ in 0..1_000 {
        let fields = [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", &*tokens)];
        let answer = ask_of(router.clone(), form(&world, "/token", &fields)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    for (table, before) in tables.into_iter().zip(before) {
        assert_eq!(world.count(table).await, before, "{table}");
    }
    assert_eq!((grant(&world).await.1, world.events("grant.refreshed").await), (1_000, 1_000));
    assert_eq!(tokens.len(), 88, "the text does not grow either");
}
