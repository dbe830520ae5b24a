//! Recovery codes.

use gatewright_tests::World;
use gatewright_tests::flows::claims;

use super::{add_app, at_factor, at_security, codes, is_consent, openid, show, tokens};

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_lets_somebody_in_once_and_says_so() {
    let world = World::new().await;
    let mut owner = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut owner).await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let typed = phone.codes[2].to_lowercase().replace('-', " ");
    let told = show(&world, &mut agent, &page, ("recovery", &typed)).await;
    assert!(told.body.contains("id=\"recovery-used\""), "{} {}", told.status, told.body);
    assert!(told.body.contains("you have 9 left"), "{}", told.body);
    let goal = told.body.split("id=\"recovery-continue\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let goal = goal.split('"').next().unwrap().to_owned();
    let on = agent.get(&goal).await;
    let consent = agent.follow(on).await;
    is_consent(&consent);
    let said = claims(&tokens(&world, &mut agent, &consent).await.access);
    assert_eq!(said["acr"], "urn:gatewright:acr:2fa", "{said}");

    let again = show(&world, &mut agent, &page, ("recovery", &typed)).await;
    assert_eq!(again.status, 403, "it is good once");
    let detail: serde_json::Value =
        sqlx::query_scalar("SELECT detail FROM events WHERE kind = 'factor.used'")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!(detail, serde_json::json!({ "type": "recovery_code", "left": 9 }));

    // New ones end the old ones, and whoever recovered can take the lost app away.
    let renewed = codes(&agent.post(&world.url("/account/security/codes"), &[]).await);
    assert!(renewed.len() == 10 && !renewed.contains(&phone.codes[3]));
    let mut other = world.agent();
    let page = at_factor(&world, &mut other, &openid(), "alice").await;
    assert_eq!(show(&world, &mut other, &page, ("recovery", &phone.codes[3])).await.status, 403);
    assert_eq!(show(&world, &mut other, &page, ("recovery", "nonsense")).await.status, 403);
    assert_eq!(show(&world, &mut other, &page, ("recovery", &renewed[0])).await.status, 200);
    assert_eq!(agent.post(&world.url("/account/security/remove"), &[("id", "totp")]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_recovery_codes_are_guessed_no_more_often_than_others() {
    let world = World::new().await;
    let mut owner = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut owner).await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let wrong = phone.wrong(&world);
    for (kind, value) in [("recovery", "0000-0000-0000-0000"), ("code", wrong.as_str())] {
        for _ in 0..3 {
            assert_eq!(show(&world, &mut agent, &page, (kind, value)).await.status, 403);
        }
    }
    assert_eq!(show(&world, &mut agent, &page, ("recovery", &phone.codes[0])).await.status, 429);
}
