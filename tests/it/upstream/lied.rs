//! LG-12: what a provider says is checked, all of it.

use gatewright_tests::internet::Reply;
use gatewright_tests::{Az, World};
use serde_json::{Value, json};

use super::idp::{CLIENT, ISSUER, Idp, configured, leave, press, sign_in};
use super::{is_consent, problem, world};

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_an_id_token_that_is_not_for_this_request_signs_nobody_in() {
    let world = World::with(|config| {
        configured(|_| {})(config);
        config.login.attempts = 1000;
    })
    .await;
    let idp = Idp::on(&world).await;
    let now = world.app.system_moment().unix();
    let lies: [(&str, Value); 17] = [
        ("nonce", Value::Null),
        ("nonce", json!("")),
        ("nonce", json!("another")),
        ("aud", json!("another-client")),
        ("aud", json!([CLIENT, "another-client"])),
        ("aud", Value::Null),
        ("azp", json!("another-client")),
        ("iss", json!("https://evil.test")),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", Value::Null),
        ("iat", json!(now + 3600)),
        ("iat", json!(now - 3600)),
        ("iat", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
    ];
    for (name, value) in lies {
        idp.lie(vec![(name, value.clone())]);
        let page = sign_in(&world, &idp, &mut world.agent()).await;
        assert_eq!(page.status, 400, "{name} {value}: {}", page.body);
        assert_eq!(problem(&page), "upstream_unbelievable", "{name} {value}");
        assert!(!page.headers.contains_key("set-cookie"), "{name} {value}");
        assert!(!page.body.contains("another-client"), "nothing of it is shown");
    }
    assert_eq!((world.count("sessions").await, world.count("identities").await), (0, 0));
    idp.lie(Vec::new());
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await), "the truth does");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_the_clients_secret_signs_nothing() {
    let (world, idp) = world().await;
    idp.sign_with_secret();
    let page = sign_in(&world, &idp, &mut world.agent()).await;
    assert_eq!((page.status.as_u16(), problem(&page).as_str()), (400, "upstream_unbelievable"));
    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_a_new_key_is_found_and_a_made_up_one_is_not_looked_for_all_the_time() {
    let (world, idp) = world().await;
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await));
    idp.rotate();
    world.pass(31);
    idp.lie(vec![("sub", json!("person-2")), ("email", json!("b@example.test"))]);
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await));
    assert_eq!(idp.site.asked("/keys"), 2);
    idp.lie(Vec::new());
    idp.rotate();
    let page = sign_in(&world, &idp, &mut world.agent()).await;
    assert_eq!(problem(&page), "upstream_unbelievable", "a moment later the keys are not fetched again");
    assert_eq!(idp.site.asked("/keys"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_an_answer_of_another_issuer_is_none() {
    let (world, idp) = world().await;
    for (change, says) in [
        (("iss", Some("https://evil.test")), "another issuer"),
        (("iss", None), "no issuer, although it says it names one"),
    ] {
        let mut agent = world.agent();
        let back = leave(&world, &idp, &mut agent).await;
        let mut url = url::Url::parse(&back).unwrap();
        let pairs: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, _)| name != change.0).collect();
        url.query_pairs_mut().clear().extend_pairs(&pairs).extend_pairs(change.1.map(|iss| ("iss", iss)));
        let page = agent.get(url.as_str()).await;
        assert_eq!((page.status.as_u16(), problem(&page).as_str()), (400, "upstream_unbelievable"), "{says}");
    }
    assert_eq!(idp.redeemed(), 0, "the code goes to nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_says_went_wrong_is_not_shown() {
    let (world, idp) = world().await;
    for (error, status, word) in [
        ("access_denied", 400, "upstream_declined"),
        ("temporarily_unavailable", 503, "upstream_away"),
        ("<script>alert(1)</script>", 400, "upstream_refused"),
    ] {
        let mut agent = world.agent();
        let back = leave(&world, &idp, &mut agent).await;
        let mut url = url::Url::parse(&back).unwrap();
        let kept: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, _)| name != "code").collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(&kept)
            .append_pair("error", error)
            .append_pair("error_description", "Call 555-0100 <b>now</b>")
            .append_pair("error_uri", "https://evil.test/");
        let page = agent.get(url.as_str()).await;
        assert_eq!((page.status.as_u16(), problem(&page).as_str()), (status, word));
        for theirs in ["555-0100", "evil.test", "alert(1)"] {
            assert!(!page.body.contains(theirs), "{theirs}: {}", page.body);
        }
    }
    gatewright_server::traces::flush(world.app.clone()).await.unwrap();
    let said = "SELECT string_agg(said, '; ') FROM traces WHERE step = 'upstream'";
    let said: String = sqlx::query_scalar(said).fetch_one(&world.database).await.unwrap();
    assert!(said.contains("idp: it answered: access_denied"), "{said}");
    assert!(said.contains("scriptalert1script") && !said.contains('<'), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_well_is_told_and_asked_again() {
    let (world, idp) = world().await;
    let wrong = [
        (Reply::json(&json!({})).status(500), 503, "upstream_away"),
        (Reply::json(&json!({ "error": "invalid_client" })).status(401), 400, "upstream_refused"),
        (Reply::text("text/html", "<h1>Hello</h1>"), 400, "upstream_unbelievable"),
        (Reply::json(&json!({ "access_token": "at-1" })), 400, "upstream_unbelievable"),
        (Reply::json(&json!({ "id_token": "x.y.z" })), 400, "upstream_unbelievable"),
        (
            Reply::text("text/plain", "").status(302).header("location", "https://evil.test/"),
            400,
            "upstream_unbelievable",
        ),
        (Reply::text("application/json", &" ".repeat(70_000)), 503, "upstream_away"),
    ];
    for (reply, status, word) in wrong {
        idp.answer_tokens(Some(reply));
        let page = sign_in(&world, &idp, &mut world.agent()).await;
        assert_eq!((page.status.as_u16(), problem(&page).as_str()), (status, word));
    }
    assert_eq!(world.internet.asked().iter().filter(|asked| asked.port() != 443).count(), 0);
    idp.answer_tokens(None);
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_a_document_sends_nobody_anywhere() {
    let (world, idp) = world().await;
    for (name, value) in [
        ("issuer", json!("https://evil.test")),
        ("token_endpoint", json!("http://idp.test/token")),
        ("id_token_signing_alg_values_supported", json!(["HS256"])),
        ("jwks_uri", json!("https://10.0.0.7/keys")),
    ] {
        let world = World::with(configured(|_| {})).await;
        let idp = Idp::on(&world).await;
        idp.document(name, value);
        let mut agent = world.agent();
        let login = world.authorize(&mut agent, &Az::of("pub1")).await;
        let sent = press(&world, &mut agent, &login).await;
        if name == "jwks_uri" {
            // Only looked at when somebody is back; and never reached.
            let back = idp.allow(sent.location().unwrap());
            assert_eq!(agent.get(&back).await.status, 503);
            let asked = world.internet.asked();
            assert!(asked.iter().all(|asked| asked.ip().to_string() != "10.0.0.7"), "{asked:?}");
        } else {
            assert_eq!(
                (sent.status.as_u16(), problem(&sent).as_str()),
                (400, "upstream_unbelievable"),
                "{name}"
            );
        }
    }
    // Away: told at once, not asked all the time, and good again later.
    world.internet.close(world.internet.address_of("idp.test"));
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    for _ in 0..5 {
        let sent = press(&world, &mut agent, &login).await;
        assert_eq!((sent.status.as_u16(), problem(&sent).as_str()), (503, "upstream_away"));
    }
    assert_eq!(world.internet.asked().len(), 1);
    drop(idp);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_made_up_codes_are_slowed() {
    let world = World::with(|config| {
        configured(|_| {})(config);
        config.login.attempts = 3;
    })
    .await;
    let idp = Idp::on(&world).await;
    idp.lie(vec![("nonce", json!("another"))]);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let page = sign_in(&world, &idp, &mut world.agent()).await;
        assert_eq!(page.status == 429, page.headers.contains_key("retry-after"));
        statuses.push(page.status.as_u16());
    }
    assert_eq!(statuses, [400, 400, 400, 429, 429]);
    assert_eq!((idp.redeemed(), world.count("replay").await), (3, 3), "the others wrote nothing");
}
