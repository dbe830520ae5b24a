//! What follows when a document changes, or an operator's mind (CI-08, CI-11).

use gatewright_jose::Algorithm;
use gatewright_oauth::ClientId;
use gatewright_server::config::{DocumentMode, OtherDomains};
use gatewright_store::{Write, clients};
use gatewright_tests::internet::Reply;
use gatewright_tests::{Az, CALLBACK, Page, Tokens, World};
use serde_json::json;

use super::{
    HOST, ID, Signer, believing, document, key_metadata, known, published, refused, unknown, visit, with,
    world,
};

#[track_caller]
fn asks(page: &Page, about: &str) {
    assert!(
        page.body.contains("id=\"consent-form\""),
        "{about}: {} {:?} {}",
        page.status,
        page.location(),
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_08_a_changed_document_is_asked_about_again_and_says_so() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    let mut agent = world.agent();
    let back = world.approve(&mut agent, &Az::of(ID), "alice").await;
    let tokens = Tokens::of(&world.redeem(ID, &back.answer("code").unwrap(), &[]).await);
    assert!(world.authorize(&mut agent, &Az::of(ID)).await.answer("code").is_some(), "remembered");
    for (what, changed) in [
        ("redirects", with("redirect_uris", json!([CALLBACK, "https://app.test/new"]))),
        ("name", with("client_name", json!("Another App"))),
    ] {
        site.serve("/client.json", Reply::json(&changed));
        world.pass(3600);
        let page = world.authorize(&mut agent, &Az::of(ID)).await;
        asks(&page, what);
        assert!(page.body.contains("changed its details"), "{what}: {}", page.body);
        world.decide(&mut agent, &page, "approve").await;
        assert!(world.authorize(&mut agent, &Az::of(ID)).await.answer("code").is_some(), "{what}");
    }
    // What is in use is not taken away for that.
    Tokens::of(&world.refresh(ID, tokens.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_08_other_keys_end_what_was_granted() {
    let world = world().await;
    let (old, new) = (Signer::new(ID, Algorithm::Es256), Signer::new(ID, Algorithm::Es256));
    let document = |signer: &Signer| key_metadata(&json!({ "client_id": ID, "jwks": signer.jwks() }));
    let site = published(&world, &document(&old)).await;
    let code = world.code(&Az::of(ID)).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", gatewright_tests::VERIFIER),
    ];
    let tokens = Tokens::of(&old.post(&world, "/token", &old.assertion(&world), &fields).await);
    assert!(world.is_active(&tokens.access).await);
    site.serve("/client.json", Reply::json(&document(&new)));
    world.pass(16 * 60);
    // Whoever took the host cannot use what people granted to the one before.
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    known(&visit(&world, ID).await, "the new document");
    eventually(async || {
        let page = new.post(&world, "/token", &new.assertion(&world), &refresh).await;
        page.json()["error"] == "invalid_grant"
    })
    .await;
    refused(
        &old.post(&world, "/token", &old.assertion(&world), &refresh).await,
        401,
        "invalid_client",
        "the old key",
    );
}

/// Until something that happens behind a request has happened.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_11_a_domain_denied_today_is_unknown_today() {
    let world = world().await;
    published(&world, &document(ID)).await;
    let tokens = world.tokens_for(&Az::of(ID), ID).await;
    known(&visit(&world, ID).await, "accepted");
    for (about, denied) in [("itself", "client.test"), ("its parent", "test")] {
        let strict = world.replica_with(|config| config.documents.deny = vec![denied.parse().unwrap()]).await;
        let page = strict.get(&format!("/authorize?{}", Az::of(ID).query())).await;
        unknown_domain(&page, about);
        let fields =
            [("grant_type", "refresh_token"), ("client_id", ID), ("refresh_token", tokens.refresh())];
        refused(&strict.post("/token", &fields).await, 401, "invalid_client", about);
    }
    // A name that only ends alike is another name.
    let other = world.replica_with(|config| config.documents.deny = vec!["ient.test".parse().unwrap()]).await;
    assert_eq!(other.get(&format!("/authorize?{}", Az::of(ID).query())).await.status, 303);
    for mode in [DocumentMode::Off, DocumentMode::Pinned] {
        let off = world.replica_with(|config| config.documents.mode = mode).await;
        unknown(&off.get(&format!("/authorize?{}", Az::of(ID).query())).await, "off");
    }
}

#[track_caller]
fn unknown_domain(page: &Page, about: &str) {
    assert_eq!((page.status.as_u16(), page.location()), (400, None), "{about}: {}", page.body);
    assert_eq!(page.data_error(), Some("unauthorized_client"), "{about}: {}", page.body);
    assert!(page.body.contains("This app is not accepted here"), "{about}: {}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_11_denying_is_stronger_than_allowing_and_nothing_is_fetched() {
    let world = World::with(|config| {
        believing(config);
        config.documents.allow = vec![HOST.parse().unwrap()];
        config.documents.deny = vec!["client.test".parse().unwrap()];
    })
    .await;
    published(&world, &document(ID)).await;
    unknown_domain(&visit(&world, ID).await, "denied and allowed");
    assert_eq!(world.internet.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_domain_speaks_in_its_own_name() {
    let world = World::with(|config| {
        believing(config);
        config.documents.allow = vec![HOST.parse().unwrap()];
        config.documents.others = OtherDomains::Refuse;
    })
    .await;
    published(&world, &document(ID)).await;
    world.internet.site("else.test").await;
    unknown_domain(&visit(&world, "https://else.test/c.json").await, "all others are refused");
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of(ID)).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let heading = consent.body.split("id=\"question\">").nth(1).unwrap().split("</h1>").next().unwrap();
    assert!(heading.contains("Document App"), "{heading}");
}

/// One red pixel.
const PIXEL: [u8; 69] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144,
    119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 218, 99, 248, 207, 192, 0, 0, 3, 1, 1, 0, 247, 3, 65, 67,
    0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

#[tokio::test(flavor = "multi_thread")]
async fn dc_06_a_logo_is_shown_of_clients_somebody_vouches_for_and_by_us() {
    let trusting = World::with(|config| {
        believing(config);
        config.documents.allow = vec![HOST.parse().unwrap()];
    })
    .await;
    let logo = format!("https://{HOST}/logo.png");
    let picture = Reply { body: PIXEL.to_vec(), ..Reply::text("image/png", "") };
    for (world, is_trusting) in [(&trusting, true), (&world().await, false)] {
        let site = published(world, &with("logo_uri", json!(logo))).await;
        site.serve("/logo.png", picture.clone());
        let mut agent = world.agent();
        let login = world.authorize(&mut agent, &Az::of(ID)).await;
        let consent = world.log_in(&mut agent, &login, "alice").await;
        asks(&consent, "consent");
        assert!(!consent.body.contains(&logo), "the browser asks nobody else");
        let address =
            consent.body.split("class=\"logo\" src=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
        assert_eq!(address.is_some(), is_trusting, "{}", consent.body);
        let Some(address) = address else { continue };
        assert_eq!(site.asked("/logo.png"), 0, "only when a browser asks for it");
        for _ in 0..3 {
            let shown = world.http.get(world.url(address)).send().await.unwrap();
            assert_eq!(
                (shown.status().as_u16(), &shown.headers()["content-type"]),
                (200, &"image/png".parse().unwrap())
            );
            let bytes = shown.bytes().await.unwrap();
            assert!(bytes.starts_with(b"\x89PNG") && bytes[..] != PIXEL, "encoded anew");
        }
        assert_eq!(site.asked("/logo.png"), 1);
        assert_eq!(world.get("/logo/nonsense").await.status, 404);
        let other = address.replace("/logo/", "/logo/x");
        assert_eq!(world.get(&other).await.status, 404);
        world.pass(3601);
        assert_eq!(world.get(address).await.status, 404, "a page does not last for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_may_want_to_be_asked_first() {
    let world = World::with(|config| {
        believing(config);
        config.documents.others = OtherDomains::Ask;
    })
    .await;
    published(&world, &document(ID)).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of(ID)).await;
    known(&login, "a stranger signs in first");
    assert_eq!(world.count("clients").await, 8, "strangers leave nothing for the administrator to look at");
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("This app has to be approved first"), "{}", page.body);
    assert_eq!(world.count("codes").await + world.count("consents").await, 0);
    let id = ClientId::parse(ID).unwrap();
    assert!(clients::load(&world.app.store, &id).await.unwrap().is_some(), "the administrator sees it");
    let trace = world.operator().trace(&world.app);
    assert!(matches!(clients::approve(&world.app.store, &id, &trace).await.unwrap(), Write::Applied(())));
    world.app.directory.forget();
    let page = world.authorize(&mut agent, &Az::of(ID)).await;
    asks(&page, "approved");
    let back = world.decide(&mut agent, &page, "approve").await;
    Tokens::of(&world.redeem(ID, &back.answer("code").unwrap(), &[]).await);
}
