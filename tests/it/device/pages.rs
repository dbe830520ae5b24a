//! What the endpoint says, word for word.

use gatewright_tests::Page;

use super::{approve, ask, ask_with, poll, poll_as, world};

fn said(page: &Page) -> String {
    let body = page.json();
    format!(
        "{} {}: {}",
        page.status.as_u16(),
        body["error"].as_str().unwrap(),
        body["error_description"].as_str().unwrap()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_to_do() {
    let world = world().await;
    world.clock.stop();
    let mut all = Vec::new();
    for more in [
        &[("client_id", "pub1")][..],
        &[("client_id", "nobody")],
        &[("scope", "unknown")],
        &[("resource", "https://nowhere.test/")],
        &[("device_name", &"n".repeat(201))],
    ] {
        all.push(said(&ask_with(&world, more).await));
    }
    let asked = ask(&world).await;
    all.push(said(&poll(&world, &asked).await));
    all.push(said(&poll_as(&world, "tv1", &asked.device_code).await));
    all.push(said(&poll_as(&world, "tv1", "gw_dc_nothing").await));
    all.push(said(&poll_as(&world, "pub1", &asked.device_code).await));
    approve(&world, &asked, "alice").await;
    assert_eq!(poll(&world, &asked).await.status, 200);
    all.push(said(&poll(&world, &asked).await));
    let late = ask(&world).await;
    world.pass(600);
    all.push(said(&poll(&world, &late).await));
    insta::assert_snapshot!(all.join("\n"));
}
