//! Authorization codes, one after the other (CO). What happens all at once is in [`super::races`].

use std::collections::HashSet;

use gatewright_oauth::secret::{AuthCode, Token};
use gatewright_server::clock::{Entropy, SystemEntropy};
use gatewright_tests::{Az, CALLBACK, Tokens, World};

use super::{Watch, grant, redeem_as, refused};

const WRONG: &str = "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test(flavor = "multi_thread")]
async fn co_02_only_a_fully_valid_replay_ends_the_grant() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
    world.pass(5);
    let watch = Watch::start(&world).await;
    for wrong in [
        ("code_verifier", WRONG),
        ("code_verifier", ""),
        ("redirect_uri", "https://app.test/other"),
        ("client_id", "pub2"),
    ] {
        refused(&world.redeem("pub1", &code, &[wrong]).await, 400, "invalid_grant");
    }
    for _try in 0..3 {
        refused(&world.redeem("pub1", &code, &[("code_verifier", WRONG)]).await, 400, "invalid_grant");
    }
    assert!(
        watch.kinds().await.is_empty(),
        "whoever lacks the verifier changes nothing: {:?}",
        watch.kinds().await
    );
    assert!(world.is_active(&tokens.access).await);

    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    assert!(!world.is_active(&tokens.access).await, "at once, where the replay was seen");
    refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_grant");
    assert_eq!(grant(&world).await.2.as_deref(), Some("code_replayed"));
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    assert_eq!(watch.kinds().await, ["code.replayed"], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn co_02_a_replay_after_the_codes_lifetime_still_counts() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
    world.pass(600);
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    assert!(!world.is_active(&tokens.access).await);
    assert_eq!(world.events("code.replayed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn co_03_a_double_submit_costs_nothing_and_a_late_one_does() {
    let world = World::new().await;
    world.clock.stop();
    let code = world.code(&Az::of("pub1")).await;
    let (one, two) = tokio::join!(world.redeem("pub1", &code, &[]), world.redeem("pub1", &code, &[]));
    let (good, bad) = if one.status == 200 { (one, two) } else { (two, one) };
    let tokens = Tokens::of(&good);
    refused(&bad, 400, "invalid_grant");
    world.pass(1);
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    assert!(world.is_active(&tokens.access).await);
    assert_eq!(world.events("code.replayed").await, 0);
    world.pass(4);
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    assert!(!world.is_active(&tokens.access).await);
    assert_eq!(world.events("code.replayed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn co_04_a_code_in_other_hands_is_burned() {
    let world = World::new().await;
    let mut agent = world.agent();
    for thief in ["pub2", "conf1", "conf2"] {
        let page = world.approve(&mut agent, &Az::of("pub1"), "alice").await;
        let code = page.answer("code").unwrap();
        let watch = Watch::start(&world).await;
        let stolen = if thief == "pub2" {
            world.redeem(thief, &code, &[]).await
        } else {
            redeem_as(&world, thief, &code).await
        };
        refused(&stolen, 400, "invalid_grant");
        refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
        refused(
            &world.redeem(if thief == "pub2" { thief } else { "pub2" }, &code, &[]).await,
            400,
            "invalid_grant",
        );
        assert_eq!(watch.kinds().await, ["code.burned"], "{thief}");
    }
    // Whoever cannot prove to be a client cannot burn its codes.
    let code = world.code(&Az::of("pub1")).await;
    refused(&world.redeem("conf1", &code, &[]).await, 401, "invalid_client");
    refused(&world.redeem("nobody", &code, &[]).await, 401, "invalid_client");
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
    assert_eq!(world.count("grants").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn co_05_a_code_lives_sixty_seconds() {
    let world = World::new().await;
    world.clock.stop();
    for (seconds, good) in [(58, true), (60, false), (61, false), (3_000, false)] {
        let code = world.code(&Az::of("pub1")).await;
        world.pass(seconds);
        let page = world.redeem("pub1", &code, &[]).await;
        assert_eq!(page.status == 200, good, "{seconds}: {}", page.body);
        if !good {
            refused(&page, 400, "invalid_grant");
        }
    }
    assert_eq!(world.count("grants").await, 1);
}

/// 10^5 codes here; the generator is the operating system's, and each code is 32 bytes of it.
#[test]
fn co_06_codes_are_256_random_bits() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const CODES: usize = 100_000;
    let entropy = SystemEntropy::new();
    let mut seen = HashSet::new();
    let mut counts = [0_u32; 64];
    for _ in 0..CODES {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        let text = Token::<AuthCode>::from_random(bytes).text().expose().clone();
        let secret = text.strip_prefix("gw_ac_").unwrap();
        let (secret, check) = secret.split_at(43);
        assert!(check.starts_with('_') && check.len() == 7, "{text}");
        // The 43rd character carries 4 bits only.
        for byte in &secret.as_bytes()[..42] {
            counts[ALPHABET.iter().position(|known| known == byte).unwrap()] += 1;
        }
        assert!(seen.insert(secret.to_owned()), "twice: {text}");
    }
    let expected = f64::from(u32::try_from(CODES * 42 / 64).unwrap());
    let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    // 63 degrees of freedom: beyond 150 lies less than one run in a hundred million.
    assert!(chi_square < 150.0, "{chi_square}");
}

#[tokio::test(flavor = "multi_thread")]
async fn co_06_every_code_is_its_own() {
    let world = World::new().await;
    let mut agent = world.agent();
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let code = world.approve(&mut agent, &Az::of("pub1"), "alice").await.answer("code").unwrap();
        assert!(Token::<AuthCode>::parse(&code).is_some(), "{code}");
        assert!(seen.insert(code));
    }
    // What is stored is not the code.
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT digest FROM codes").fetch_all(&world.database).await.unwrap();
    for code in &seen {
        let digest = Token::<AuthCode>::parse(code).unwrap().digest();
        assert!(stored.iter().any(|row| row == digest.as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn co_07_no_page_and_no_answer_tells_a_referer() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");
    let first = agent.get(&world.url(&format!("/authorize?{}", az.query()))).await;
    let login = agent.follow(first.clone()).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let answer = world.decide(&mut agent, &consent, "approve").await;
    let error = world.authorize(&mut agent, &Az::of("nobody")).await;
    let post = world.authorize(&mut agent, &az.set("response_mode", "form_post")).await;
    assert!(answer.answer("code").is_some() && post.body.contains("gw_ac_"), "{} {}", post.status, post.body);
    for (name, page) in [
        ("authorize", &first),
        ("login", &login),
        ("consent", &consent),
        ("answer", &answer),
        ("error", &error),
        ("form_post", &post),
    ] {
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(page.header("cache-control"), "no-store", "{name}");
        for attribute in ["src=\"", "<link ", "@import", "url("] {
            for rest in page.body.split(attribute).skip(1) {
                let end = rest.find(['>', ';']).unwrap_or(rest.len());
                assert!(!rest[..end].contains("//"), "{name} loads {attribute}{}", &rest[..end]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn co_08_no_other_secret_is_a_code_and_a_code_is_nothing_else() {
    let world = World::new().await;
    let tokens = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read openid"), "pub1").await;
    let mut agent = world.agent();
    let code = world.approve(&mut agent, &Az::of("pub1"), "alice").await.answer("code").unwrap();
    let request = agent.get(&world.url(&format!("/authorize?{}", Az::of("pub2").query()))).await;
    assert_ne!(request.status, 500);
    let mut others = vec![
        tokens.refresh().to_owned(),
        tokens.access.clone(),
        tokens.id.clone().unwrap(),
        gatewright_tests::world::secret_of("conf1"),
        String::new() + &code + "A",
        code[..code.len() - 1].to_owned(),
    ];
    others.extend(agent.cookies.values().cloned());
    // Everything random that was ever given out, dressed up as a code: digests know their type.
    let dressed = world.entropy.secrets();
    assert!(dressed.len() > 3);
    others.extend(
        dressed
            .into_iter()
            .map(|bytes| Token::<AuthCode>::from_random(bytes.try_into().unwrap()).text().expose().clone()),
    );
    let watch = Watch::start(&world).await;
    for other in others {
        refused(&world.redeem("pub1", &other, &[]).await, 400, "invalid_grant");
    }
    assert!(world.is_active(&tokens.access).await);
    refused(&world.refresh("pub1", &code).await, 400, "invalid_grant");
    assert!(!world.is_active(&code).await);
    assert_eq!(world.post("/revoke", &[("client_id", "pub1"), ("token", &code)]).await.status, 200);
    assert!(watch.kinds().await.is_empty());
    // Everything is still what it was.
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
    Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn co_11_state_injects_no_header() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1").set("state", "a\r\nSet-Cookie:x=1");
    let page = world.approve(&mut agent, &az, "alice").await;
    assert_eq!(page.status, 303, "{}", page.body);
    let locations = page.headers.get_all("location").iter().count();
    assert_eq!((locations, page.headers.get("x")), (1, None));
    let location = page.location().unwrap();
    assert!(location.starts_with(CALLBACK) && location.contains("a%0D%0ASet-Cookie"), "{location}");
    assert_eq!(page.answer("error").as_deref(), Some("invalid_request"));
    assert!(page.headers.get_all("set-cookie").iter().all(|line| !line.as_bytes().starts_with(b"x=1")));
    // The same in an answer that succeeds.
    let page = world.approve(&mut agent, &Az::of("pub1").set("state", "a&code=x#y z"), "alice").await;
    assert_eq!(page.answer("state").as_deref(), Some("a&code=x#y z"));
    assert!(page.answer("code").unwrap().starts_with("gw_ac_"));
}
