//! The main job: a client signs a person in and gets a token that works.

use gatewright_tests::{Az, Tokens, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_approves_and_the_client_gets_tokens_that_work() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");
    let login = world.authorize(&mut agent, &az).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let back = world.decide(&mut agent, &consent, "approve").await;
    assert_eq!(back.status, 303);
    assert_eq!(back.answer("state").as_deref(), Some("st-1"));
    assert_eq!(back.answer("iss").as_deref(), Some(world.issuer.as_str()));
    let tokens = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    assert!(world.is_active(&tokens.access).await);
    let again = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert!(world.is_active(&again.access).await);
    assert_ne!(tokens.refresh(), again.refresh());
}
