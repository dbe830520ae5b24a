//! Passkeys, by the words that browsers send.

use gatewright_tests::authenticator::{Authenticator, options};
use gatewright_tests::flows::claims;
use gatewright_tests::{Agent, Page, World};
use serde_json::{Value, json};

use super::{add_passkey, at_factor, at_security, codes, is_consent, openid, show, shown, tokens};

async fn world() -> World {
    World::named(|_| {}).await
}

/// Alice's passkey.
async fn registered(world: &World) -> Authenticator {
    let mut agent = at_security(world, "alice").await;
    let (key, page) = add_passkey(world, &mut agent).await;
    assert_eq!(codes(&page).len(), 10);
    key
}

/// Presses the button on the sign-in page.
async fn press(world: &World, agent: &mut Agent, (login, answer): (&Page, &str)) -> Page {
    let request = login.hidden("request");
    agent.post(&world.url("/login/passkey"), &[("request", &request), ("passkey", answer)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_somebody_in_without_name_or_password() {
    let world = world().await;
    let mut key = registered(&world).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let asked = options(&login.body);
    assert_eq!((&asked["rpId"], &asked["allowCredentials"]), (&json!("localhost"), &json!([])));
    assert_eq!(login.header("content-security-policy").split("; ").last(), Some("script-src 'self'"));
    let answer = key.get(&asked);
    let answered = press(&world, &mut agent, (&login, &answer)).await;
    let consent = agent.follow(answered).await;
    is_consent(&consent);
    let said = claims(&tokens(&world, &mut agent, &consent).await.access);
    assert_eq!(said["acr"], "phr", "{said}");
    assert_eq!(said["amr"], json!(["pop", "user", "mfa"]));
    assert_eq!(said["sub"], world.user("alice").await.to_string());
    assert_eq!((world.events("factor.added").await, world.events("factor.used").await), (1, 1));

    // The same answer again, here and in another browser.
    assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 403);
    let mut other = world.agent();
    let theirs = world.authorize(&mut other, &openid()).await;
    assert_eq!(press(&world, &mut other, (&theirs, &answer)).await.status, 403, "another challenge");
    assert_eq!(press(&world, &mut other, (&login, &answer)).await.status, 400, "another browser's request");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_15_a_passkey_answers_for_this_site_only() {
    let world = world().await;
    let mut key = registered(&world).await;
    let own = world.app.config.origin().to_owned();
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let asked = options(&login.body);
    let port = own.rsplit(':').next().unwrap().to_owned();
    let origins = [
        format!("http://badlocalhost:{port}"),
        format!("http://localhost.evil.test:{port}"),
        format!("http://sub.localhost:{port}"),
        format!("https://localhost:{port}"),
        "http://localhost".to_owned(),
        format!("{own}/"),
        format!("{own}0"),
    ];
    for origin in origins {
        key.origin.clone_from(&origin);
        let answer = key.get(&asked);
        assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 403, "{origin}");
    }
    key.origin.clone_from(&own);
    for site in ["evil.test", "badlocalhost", ""] {
        site.clone_into(&mut key.site);
        let answer = key.get(&asked);
        assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 403, "{site}");
    }
    "localhost".clone_into(&mut key.site);
    for flags in [0b1_1001, 0b1_1100, 0b1_0101, 0] {
        let kept = std::mem::replace(&mut key.flags, flags);
        let answer = key.get(&asked);
        assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 403, "{flags:b}");
        key.flags = kept;
    }
    let mut changed: Value = asked.clone();
    changed["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let answer = key.get(&changed);
    assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 403, "another challenge");
    for nonsense in ["", "{}", "null", "{\"id\":\"AA\"}", "[]"] {
        assert_eq!(press(&world, &mut agent, (&login, nonsense)).await.status, 403, "{nonsense}");
    }
    let stranger = Authenticator::at(&own).get(&asked);
    assert_eq!(press(&world, &mut agent, (&login, &stranger)).await.status, 403, "a key nobody knows");
    assert_eq!(world.events("factor.used").await, 0);
    assert_eq!(world.count("replay").await, 1, "only the registration was spent: strangers cause no writes");

    let answer = key.get(&asked);
    assert_eq!(press(&world, &mut agent, (&login, &answer)).await.status, 303);
    // A copy that has counted less.
    key.count = 1;
    let login = world.authorize(&mut world.agent(), &openid()).await;
    let copy = key.get(&options(&login.body));
    assert_eq!(press(&world, &mut agent, (&login, &copy)).await.status, 400);
    let mut fresh = world.agent();
    let login = world.authorize(&mut fresh, &openid()).await;
    key.count = 1;
    let copy = key.get(&options(&login.body));
    assert_eq!(press(&world, &mut fresh, (&login, &copy)).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_15_a_registration_is_judged_as_strictly_and_once() {
    let world = world().await;
    let mut agent = at_security(&world, "alice").await;
    let form = agent.get(&world.url("/account/security/passkey")).await;
    let asked = options(&form.body);
    let enrolment = form.hidden("enrolment");
    let send = async |agent: &mut Agent, answer: &str| {
        let fields = [("enrolment", enrolment.as_str()), ("name", "x"), ("passkey", answer)];
        agent.post(&world.url("/account/security/passkey"), &fields).await
    };
    let own = world.app.config.origin().to_owned();
    for origin in ["https://evil.test", "http://localhost", "http://sub.localhost"] {
        let mut key = Authenticator::at(&own);
        origin.clone_into(&mut key.origin);
        let answer = key.create(&asked);
        assert_eq!(send(&mut agent, &answer).await.status, 422, "{origin}");
    }
    let mut unverified = Authenticator::at(&own);
    unverified.flags = 0b1_1001;
    let answer = unverified.create(&asked);
    assert_eq!(send(&mut agent, &answer).await.status, 422, "nobody was verified");
    assert_eq!(send(&mut agent, "{}").await.status, 422);
    assert_eq!(world.count("passkeys").await, 0);

    let mut mallory = at_security(&world, "mallory").await;
    let answer = Authenticator::at(&own).create(&asked);
    assert_eq!(send(&mut mallory, &answer).await.status, 400, "alice's form in mallory's session (LG-17)");
    assert_eq!(send(&mut agent, &answer).await.status, 200);
    let second = Authenticator::at(&own).create(&asked);
    assert_eq!(send(&mut agent, &second).await.status, 422, "one challenge, one passkey");
    assert_eq!(world.count("passkeys").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_a_second_factor_too_and_only_of_its_owner() {
    let world = world().await;
    let mut key = registered(&world).await;
    let mut mallory = at_security(&world, "mallory").await;
    let (mut theirs, _) = add_passkey(&world, &mut mallory).await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let asked = options(&page.body);
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = theirs.get(&asked);
    assert_eq!(show(&world, &mut agent, &page, ("passkey", &answer)).await.status, 403, "mallory's");
    let answer = key.get(&asked);
    let consent = shown(&world, &mut agent, &page, ("passkey", &answer)).await;
    is_consent(&consent);
    let said = claims(&tokens(&world, &mut agent, &consent).await.access);
    assert_eq!(said["acr"], "phr", "{said}");
    assert_eq!(said["amr"], json!(["pwd", "pop", "user", "mfa"]));
    assert_eq!(show(&world, &mut agent, &page, ("passkey", &answer)).await.status, 403, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_are_named_renamed_and_removed_by_their_owner() {
    let world = world().await;
    let mut key = registered(&world).await;
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM passkeys").fetch_one(&world.database).await.unwrap();
    let id = id.to_string();
    let mut mallory = at_security(&world, "mallory").await;
    for (path, name) in [("rename", "mine"), ("remove", "")] {
        let fields = [("id", id.as_str()), ("name", name)];
        let answer = mallory.post(&world.url(&format!("/account/security/{path}")), &fields).await;
        assert_eq!(answer.status, 409, "{path}");
    }
    world.pass(60);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let answer = key.get(&options(&login.body));
    let signed_in = press(&world, &mut agent, (&login, &answer)).await;
    assert_eq!(signed_in.status, 303);
    let list = agent.get(&world.url("/account/security")).await;
    assert!(list.body.contains("My phone") && list.body.contains("last used"), "{}", list.body);
    let fields = [("id", id.as_str()), ("name", "<b>\u{202e}phone")];
    assert_eq!(agent.post(&world.url("/account/security/rename"), &fields).await.status, 303);
    let list = agent.get(&world.url("/account/security")).await;
    assert!(list.body.contains("&#60;b&#62;phone"), "{}", list.body);
    assert_eq!(
        agent
            .post(&world.url("/account/security/rename"), &[("id", id.as_str()), ("name", " ")])
            .await
            .status,
        409
    );
    assert_eq!(agent.post(&world.url("/account/security/remove"), &[("id", id.as_str())]).await.status, 303);
    let login = world.authorize(&mut world.agent(), &openid()).await;
    let answer = key.get(&options(&login.body));
    assert_ne!(press(&world, &mut world.agent(), (&login, &answer)).await.status, 303, "it is gone");
    assert_eq!((world.count("passkeys").await, world.count("recovery_codes").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_a_passkey_s_wrong_answers_count_like_wrong_passwords() {
    let world = World::named(|config| config.login.attempts = 3).await;
    let mut key = registered(&world).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let asked = options(&login.body);
    "https://evil.test".clone_into(&mut key.origin);
    let wrong = key.get(&asked);
    for _ in 0..3 {
        assert_eq!(press(&world, &mut agent, (&login, &wrong)).await.status, 403);
    }
    let waits = press(&world, &mut agent, (&login, &wrong)).await;
    assert_eq!(waits.status, 429, "{}", waits.body);
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert_eq!(page.status, 429, "and passwords wait with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_name_offers_no_passkeys() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    assert!(!login.body.contains("data-passkey") && !login.body.contains("<script"), "{}", login.body);
    assert!(!login.header("content-security-policy").contains("script-src"));
    let mut agent = at_security(&world, "alice").await;
    let page = agent.get(&world.url("/account/security/passkey")).await;
    assert!(page.body.contains("for names, not for addresses"), "{}", page.body);
}
