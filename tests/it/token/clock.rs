//! Clocks that differ and clocks that step back (CL). Times are the application's; what was used up stays used
//! up by marks that no clock can take back.

use gatewright_tests::flows::claims;
use gatewright_tests::{Az, Tokens, VERIFIER, World};

use super::{grant, refused, tokens_as};

fn redemption(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("client_id", "pub1"), ("code", code), ("code_verifier", VERIFIER)]
}

fn refreshing(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", token)]
}

#[tokio::test(flavor = "multi_thread")]
async fn cl_01_replicas_half_a_minute_apart_work_together() {
    let world = World::new().await;
    for seconds in [25, -25] {
        let replica = world.replica_at(seconds).await;
        let tokens =
            Tokens::of(&replica.post("/token", &redemption(&world.code(&Az::of("pub1")).await)).await);
        let said = claims(&tokens.access);
        assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 900);
        // Made in our future or past, and good here (iat has leeway, exp is our own).
        assert!(world.is_active(&tokens.access).await, "{seconds}");
        let second = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
        // The grace window is seen from both clocks.
        let again = Tokens::of(&replica.post("/token", &refreshing(tokens.refresh())).await);
        assert_eq!(again.refresh(), second.refresh(), "{seconds}");
        Tokens::of(&replica.post("/token", &refreshing(second.refresh())).await);
    }
    assert_eq!(world.events("token.reuse_detected").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn cl_01_replicas_a_minute_apart_give_nothing_twice() {
    let world = World::new().await;
    for seconds in [60, -60] {
        let replica = world.replica_at(seconds).await;
        let code = world.code(&Az::of("pub1")).await;
        let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
        refused(&replica.post("/token", &redemption(&code)).await, 400, "invalid_grant");
        // No tokens for a revoked grant, whatever the time is.
        let fields = [("client_id", "pub1"), ("token", tokens.refresh())];
        assert_eq!(world.post("/revoke", &fields).await.status, 200);
        refused(&replica.post("/token", &refreshing(tokens.refresh())).await, 400, "invalid_grant");
    }
    // Too far ahead, a code is over already; too far behind, it has not been made yet. Neither is worse than a
    // code that has to be asked for again, and neither burns it.
    let code = world.code(&Az::of("pub1")).await;
    for seconds in [60, -60] {
        let replica = world.replica_at(seconds).await;
        refused(&replica.post("/token", &redemption(&code)).await, 400, "invalid_grant");
    }
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn cl_02_a_clock_that_steps_back_revives_nothing() {
    const HOUR: i64 = 3_600;
    let world = World::new().await;
    let expired = world.code(&Az::of("pub1")).await;
    world.pass(61);
    refused(&world.redeem("pub1", &expired, &[]).await, 400, "invalid_grant");
    world.pass(-HOUR);
    refused(&world.redeem("pub1", &expired, &[]).await, 400, "invalid_grant");
    world.pass(HOUR);

    let code = world.code(&Az::of("pub1")).await;
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
    world.pass(-HOUR);
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    world.pass(HOUR);
    assert!(world.is_active(&tokens.access).await);

    // Used up stays used up: the grace window does not open a second time.
    Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    world.pass(120 - HOUR);
    refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_grant");
    assert_eq!(grant(&world).await.2.as_deref(), Some("refresh_reuse"));
    world.pass(HOUR);
    refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn cl_02_revocations_and_counts_do_not_depend_on_the_time() {
    const HOUR: i64 = 3_600;
    let world = World::new().await;
    let tokens = tokens_as(&world, "conf1", &Az::of("conf1")).await;
    let own = Tokens::of(&super::own_token(&world, &[]).await);
    for token in [tokens.access.as_str(), own.access.as_str()] {
        assert_eq!(world.post_as("conf1", "/revoke", &[("token", token)]).await.status, 200);
    }
    let wrong = ("code_verifier", "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let code = world.code(&Az::of("pub1")).await;
    for back in [0, 0, 10] {
        world.pass(-back);
        refused(&world.redeem("pub1", &code, &[wrong]).await, 400, "invalid_grant");
    }
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    world.pass(-HOUR);
    for token in [tokens.access.as_str(), own.access.as_str(), tokens.refresh()] {
        assert!(!world.is_active(token).await);
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    refused(&world.post_as("conf1", "/token", &fields).await, 400, "invalid_grant");
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
}
