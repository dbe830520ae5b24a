//! `login_hint` and `id_token_hint` reveal nobody and pick nobody (AZ-19).

use gatewright_tests::{Agent, Az, CALLBACK, Page, Tokens, World};

use super::{Before, answered, ask, ask_as, is_consent, is_login, refused};

/// A login page without what is fresh in every one, and without the hint itself.
fn plain(page: &Page, hint: &str) -> String {
    page.body.replace(&page.hidden("request"), "REQUEST").replace(hint, "HINT")
}

#[tokio::test(flavor = "multi_thread")]
async fn az_19_a_login_hint_is_never_looked_up() {
    let world = World::new().await;
    world.disable_user("mallory").await;
    let mut pages = Vec::new();
    for hint in ["alice", "ghost", "mallory", "alice@example.test"] {
        let page = world.authorize(&mut world.agent(), &Az::of("pub1").set("login_hint", hint)).await;
        is_login(&page, hint);
        assert!(
            page.body.contains(&format!("name=\"username\" type=\"text\" value=\"{hint}\"")),
            "{}",
            page.body
        );
        let names: Vec<_> = page.headers.iter().map(|(name, _)| name.to_string()).collect();
        pages.push((plain(&page, hint), names));
    }
    for page in &pages {
        assert_eq!(page, &pages[0]);
    }
    let page = world
        .authorize(&mut world.agent(), &Az::of("pub1").set("login_hint", "\" autofocus onfocus=\"x"))
        .await;
    assert!(!page.body.contains("onfocus=\"x"), "{}", page.body);
    assert!(page.body.contains("value=\"&#34; autofocus onfocus=&#34;x\""), "{}", page.body);
    // A hint is no choice: alice stays alice.
    let mut agent = super::signed_in(&world, "alice").await;
    let page = world.authorize(&mut agent, &Az::of("pub1").set("login_hint", "mallory")).await;
    is_consent(&page, "alice");
    assert!(page.body.contains("alice@example.test") && !page.body.contains("mallory"), "{}", page.body);
}

/// An ID token for `name`, and the browser `name` is signed in in.
async fn id_token(world: &World, name: &str) -> (Agent, Tokens) {
    let mut agent = world.agent();
    let page = world.approve(&mut agent, &Az::of("pub1").set("scope", "openid mcp:read"), name).await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(world, &page, CALLBACK), &[]).await);
    (agent, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn az_19_an_id_token_hint_must_be_ours_and_the_client_s() {
    let world = World::new().await;
    let (mut alice, tokens) = id_token(&world, "alice").await;
    let id = tokens.id.clone().unwrap();
    let before = Before::of(&world).await;
    let parts: Vec<&str> = id.split('.').collect();
    let other_payload = gatewright_jose::base64url::encode(br#"{"sub":"x"}"#);
    let none = gatewright_jose::base64url::encode(br#"{"alg":"none","typ":"JWT"}"#);
    let mut flipped = id.clone().into_bytes();
    let at = flipped.len() - 10;
    flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
    for (hint, about) in [
        (format!("{}.{other_payload}.{}", parts[0], parts[2]), "another payload"),
        (format!("{none}.{}.", parts[1]), "no signature"),
        (String::from_utf8(flipped).unwrap(), "a tampered signature"),
        (tokens.access.clone(), "an access token"),
        (tokens.refresh().to_owned(), "a refresh token"),
        ("x".to_owned(), "nothing of the kind"),
        ("x".repeat(9000), "something large"),
    ] {
        let az = Az::of("pub1").set("id_token_hint", &hint);
        let page = ask_as(&world, &mut alice, &az).await;
        refused(&world, &page, "invalid_request", about);
        assert!(page.answer("error_description").unwrap().contains("id_token_hint"), "{about}");
    }
    // Another client has no business with it.
    let az = Az::to("pub2", "https://two.test/cb").set("id_token_hint", &id);
    let page = ask(&world, &az).await;
    super::refused_with(
        &world,
        &page,
        ("https://two.test/cb", "invalid_request", Some("st-1")),
        "another client",
    );
    before.holds(&world).await;
    // Expired is fine: it says who was meant, nothing more.
    world.pass(7 * 3600);
    let silent = Az::of("pub1").set("id_token_hint", &id).set("prompt", "none");
    answered(&world, &world.authorize(&mut alice, &silent).await, CALLBACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_19_a_hint_for_somebody_else_is_not_answered_by_who_is_there() {
    let world = World::new().await;
    let (mut alice, _) = id_token(&world, "alice").await;
    let (_, of_mallory) = id_token(&world, "mallory").await;
    let az = Az::of("pub1").set("id_token_hint", of_mallory.id.as_deref().unwrap());
    let page = world.authorize(&mut alice, &az.clone().set("prompt", "none")).await;
    refused(&world, &page, "login_required", "alice is not mallory");
    let login = world.authorize(&mut alice, &az).await;
    is_login(&login, "who was meant has to sign in");
    // Alice proving again that she is alice does not help.
    let again = world.log_in(&mut alice, &login, "alice").await;
    is_login(&again, "alice is still not mallory");
    let page = world.log_in(&mut alice, &again, "mallory").await;
    answered(&world, &page, CALLBACK);
    // With nobody there a hint opens nothing.
    refused(&world, &ask(&world, &az.set("prompt", "none")).await, "login_required", "nobody");
}
