//! PKCE (PK-01 to PK-08; RFC 7636, OAuth 2.1 section 7.5).

use gatewright_tests::{Az, Page, Tokens, VERIFIER, World, challenge};
use serde_json::json;

use super::{Before, accepted, ask, json_error, refused};

#[tokio::test(flavor = "multi_thread")]
async fn pk_01_every_client_of_the_profile_needs_a_challenge() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for client in ["pub1", "conf1", "conf2"] {
        let none = Az::of(client).without("code_challenge").without("code_challenge_method");
        let page = ask(&world, &none).await;
        refused(&world, &page, "invalid_request", client);
        assert!(page.answer("error_description").unwrap().contains("code_challenge"), "{client}");
        let half = Az::of(client).without("code_challenge");
        refused(&world, &ask(&world, &half).await, "invalid_request", "a method alone");
    }
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_02_s256_is_the_only_method() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for method in ["plain", "s256", "S512", "S256 ", "none", "S256,plain"] {
        let page = ask(&world, &Az::of("pub1").set("code_challenge_method", method)).await;
        refused(&world, &page, "invalid_request", method);
    }
    let page = ask(&world, &Az::of("pub1").without("code_challenge_method")).await;
    refused(&world, &page, "invalid_request", "absent means plain");
    let plain = Az::of("pub1").set("code_challenge", VERIFIER).without("code_challenge_method");
    refused(&world, &ask(&world, &plain).await, "invalid_request", "the verifier itself");
    before.holds(&world).await;
    for document in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let metadata = world.get(document).await.json();
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]), "{document}");
    }
    // A challenge that happens to be its own verifier's text does not turn S256 into plain.
    let az = Az::of("pub1").set("code_challenge", &challenge(VERIFIER));
    let code = world.code(&az).await;
    let page = world.redeem("pub1", &code, &[("code_verifier", &challenge(VERIFIER))]).await;
    json_error(&page, 400, "invalid_grant", "the challenge as verifier");
}

/// Nothing came of it: no grant, and the code's fate as expected.
async fn no_grant(world: &World, page: &Page, code: &str, about: &str) {
    json_error(page, 400, code, about);
    assert_eq!(world.count("grants").await, 0, "{about}");
    assert_eq!(world.events("grant.created").await, 0, "{about}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_03_a_challenge_wants_its_verifier() {
    let world = World::new().await;
    for field in [None, Some(("code_verifier", ""))] {
        let code = world.code(&Az::of("pub1")).await;
        let mut fields = vec![("grant_type", "authorization_code"), ("client_id", "pub1"), ("code", &code)];
        fields.extend(field);
        let page = world.post("/token", &fields).await;
        no_grant(&world, &page, "invalid_grant", "no verifier").await;
    }
    // A client secret does not replace it.
    let code = world.code(&Az::of("conf1")).await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let page = world.post_as("conf1", "/token", &fields).await;
    no_grant(&world, &page, "invalid_grant", "a secret instead").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_05_verifiers_cannot_be_guessed() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let long = "a".repeat(129);
    for bad in [
        "a",
        "a b",
        &VERIFIER[..42],
        &long,
        "ä".repeat(43).as_str(),
        &format!("{VERIFIER}="),
        &format!("{}+", &VERIFIER[..42]),
    ] {
        let page = world.redeem("pub1", &code, &[("code_verifier", bad)]).await;
        no_grant(&world, &page, "invalid_request", bad).await;
    }
    assert_eq!(world.events("code.verifier_failed").await, 0, "what cannot be a verifier is no guess");
    let wrong = |letter: &str| letter.repeat(43);
    for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
        let page = world.redeem("pub1", &code, &[("code_verifier", &wrong(letter))]).await;
        no_grant(&world, &page, "invalid_grant", letter).await;
        let failed = world.events("code.verifier_failed").await + world.events("code.burned").await;
        assert_eq!(failed, i64::try_from(number).unwrap() + 1);
    }
    assert_eq!(world.events("code.burned").await, 1);
    let page = world.redeem("pub1", &code, &[]).await;
    no_grant(&world, &page, "invalid_grant", "burned by three guesses").await;
    // Two guesses are forgiven.
    let code = world.code(&Az::of("pub1")).await;
    for letter in ["a", "b"] {
        json_error(
            &world.redeem("pub1", &code, &[("code_verifier", &wrong(letter))]).await,
            400,
            "invalid_grant",
            letter,
        );
    }
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_05_another_client_s_guesses_burn_the_code_at_once() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let page = world.redeem("pub2", &code, &[]).await;
    no_grant(&world, &page, "invalid_grant", "another client, the right verifier").await;
    let page = world.redeem("pub1", &code, &[]).await;
    no_grant(&world, &page, "invalid_grant", "the code has been in other hands").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_06_equal_challenges_do_not_tie_requests_together() {
    let world = World::new().await;
    let mut agent = world.agent();
    let mut codes = Vec::new();
    for state in ["one", "two"] {
        let page = world.approve(&mut agent, &Az::of("pub1").set("state", state), "alice").await;
        assert_eq!(page.answer("state").as_deref(), Some(state));
        codes.push(page.answer("code").unwrap());
    }
    // One verifier opens both, each once; what is presented twice ends with its own grant only.
    let first = Tokens::of(&world.redeem("pub1", &codes[0], &[]).await);
    let second = Tokens::of(&world.redeem("pub1", &codes[1], &[]).await);
    world.pass(30);
    json_error(&world.redeem("pub1", &codes[0], &[]).await, 400, "invalid_grant", "a replay");
    assert!(!world.is_active(&first.access).await, "the replayed code's grant");
    assert!(world.is_active(&second.access).await, "the other one");
    // Another client with the same challenge has nothing from it.
    let two = Az::to("pub2", "https://two.test/cb");
    let code = world.code(&two).await;
    json_error(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant", "another client's code");
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_07_a_challenge_is_43_characters_of_base64url() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let right = challenge(VERIFIER);
    let bad = [
        format!("{right}="),
        format!("{right}A"),
        right[..42].to_owned(),
        right.replace('-', "+").replace('_', "/"),
        format!("{} ", &right[..42]),
        format!("{}.", &right[..42]),
        format!("{}~", &right[..42]),
        // The last character carries four bits; the other two must be zero.
        format!("{}B", &right[..42]),
        "a".repeat(128),
        "é".repeat(21) + "a",
    ];
    for challenge in bad.iter().filter(|bad| **bad != right) {
        let page = ask(&world, &Az::of("pub1").set("code_challenge", challenge)).await;
        refused(&world, &page, "invalid_request", challenge);
    }
    before.holds(&world).await;
    accepted(&ask(&world, &Az::of("pub1")).await, "the right one");
}
