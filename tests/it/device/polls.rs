//! How a device waits (DV-04), and what its waiting costs.

use gatewright_tests::{Tokens, World};

use super::{GRANT, approve, ask, poll, poll_as, refused, world};
use crate::token;

async fn interval(world: &World) -> i64 {
    sqlx::query_scalar("SELECT interval_seconds FROM device_codes").fetch_one(&world.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_04_a_device_that_does_not_wait_waits_longer() {
    let world = world().await;
    world.clock.stop();
    let asked = ask(&world).await;
    let code = asked.device_code.as_str();
    let after = async |seconds: i64| {
        world.pass(seconds);
        poll_as(&world, "tv1", code).await
    };
    refused(&after(0).await, "authorization_pending");
    refused(&after(1).await, "slow_down");
    assert_eq!(interval(&world).await, 10);
    refused(&after(5).await, "slow_down");
    assert_eq!(interval(&world).await, 15);
    refused(&after(15).await, "authorization_pending");
    refused(&after(14).await, "authorization_pending");
    assert_eq!(interval(&world).await, 15, "a second early is in time: networks are not even");
    for _ in 0..30 {
        refused(&after(1).await, "slow_down");
    }
    assert_eq!(interval(&world).await, 60, "it has an end, and so have the writes");
    // Another process has not seen the polls before, but it knows how long this device has to wait.
    let replica = world.replica().await;
    let fields = [("grant_type", GRANT), ("client_id", "tv1"), ("device_code", code)];
    refused(&replica.post("/token", &fields).await, "authorization_pending");
    world.pass(30);
    refused(&replica.post("/token", &fields).await, "slow_down");
    // The answer is never held back for it.
    approve(&world, &asked, "alice").await;
    Tokens::of(&after(0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_04_a_device_that_waits_writes_nothing() {
    let world = world().await;
    let asked = ask(&world).await;
    let before = world.count("events").await;
    let fields = [("grant_type", GRANT), ("client_id", "tv1"), ("device_code", asked.device_code.as_str())];
    for _ in 0..5 {
        world.pass(5);
        world.app.directory.forget();
        let answer = token::ask(&world, token::form(&world, "/token", &fields)).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        // The client is asked for as well, when it is not remembered.
        assert_eq!((answer.counts.reads, answer.counts.writes), (2, 0));
    }
    let answer = token::ask(&world, token::form(&world, "/token", &fields)).await;
    assert_eq!((answer.counts.reads, answer.counts.writes), (1, 1), "too early: {}", answer.body);
    assert_eq!(world.count("events").await, before);
    approve(&world, &asked, "alice").await;
    world.pass(10);
    let answer = token::ask(&world, token::form(&world, "/token", &fields)).await;
    assert_eq!((answer.status, answer.counts.reads, answer.counts.writes), (200, 1, 1), "{}", answer.body);
    refused(&poll(&world, &asked).await, "invalid_grant");
}
