//! A forgotten password.

use std::collections::BTreeMap;

use axum::body::Body;
use gatewright_server::accounts::links;
use gatewright_server::mail::asked;
use gatewright_store::count::Counts;
use gatewright_store::password_links::Purpose;
use gatewright_tests::{PASSWORD, Page, World};
use http::{Request, header};
use serde_json::json;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::{CHOSEN, Office, is_dead, on_the_way};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_forgot_chooses_another_and_signs_in() {
    let office = Office::new().await;
    let (mut agent, login) = on_the_way(&office.world).await;
    assert!(login.body.contains("Forgotten your password?"), "{}", login.body);
    let request = login.hidden("request");
    let form = agent.get(&format!("/forgot?request={request}")).await;
    assert_eq!((form.status.as_u16(), form.hidden("request")), (200, request.clone()));
    let sent = agent.post("/forgot", &[("request", &request), ("username", "alice@example.test")]).await;
    assert!(sent.body.contains(&format!("/login?request={request}")), "{}", sent.body);

    let mail = office.one().await;
    assert_eq!(mail.to, "alice@example.test");
    assert_eq!(mail.header("From"), "Example <no-reply@example.test>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.header("Subject").ends_with(": A link to choose a new password"), "{mail:?}");
    assert!(mail.text.contains("the account alice at"), "{}", mail.text);
    let link = mail.link(&office.world.issuer);
    assert_eq!(office.world.get(&link).await.status, 200);
    assert!(office.signs_in("alice", PASSWORD).await, "the one of before is good until then");
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
    assert!(office.signs_in("alice", CHOSEN).await);
    assert!(!office.signs_in("alice", PASSWORD).await);
    let verified: bool = sqlx::query_scalar("SELECT email_verified FROM users WHERE username = 'alice'")
        .fetch_one(&office.world.database)
        .await
        .unwrap();
    assert!(verified, "whoever used the link reads the mail of that address");
    assert_eq!(office.world.count("mailed_links").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_there_is_no_such_page() {
    let world = World::new().await;
    let (mut agent, login) = on_the_way(&world).await;
    assert!(login.body.contains("password forgotten? Ask whoever runs this server"), "{}", login.body);
    assert_eq!(agent.get("/forgot").await.status, 404);
    assert_eq!(agent.post("/forgot", &[("username", "alice")]).await.status, 404);
    assert_eq!(world.get("/dev/outbox").await.status, 404);
}

/// Somebody without an address, somebody disabled, and nobody.
const OTHERS: [&str; 4] = ["ghost", "ghost@example.test", "mallory", "nomail"];

async fn with_others(office: &Office) {
    office.world.disable_user("mallory").await;
    office
        .run(
            "INSERT INTO users (id, username, username_key, is_owner, era, created_at)
             VALUES ('01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e', 'nomail', 'nomail', false, 0, '2026-01-01')",
        )
        .await;
}

fn seen(page: &Page, name: &str) -> (u16, BTreeMap<String, String>, String) {
    let headers = page
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (page.status.as_u16(), headers.collect(), page.body.replace(&format!("value=\"{name}\""), "value=\"…\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_a_forgotten_password_tells_nobody_which_accounts_exist() {
    let office = Office::with(|config| config.login.attempts = 10).await;
    with_others(&office).await;
    let alice = seen(&office.forget("alice").await, "alice");
    assert_eq!(alice.0, 200);
    for name in OTHERS {
        assert_eq!(seen(&office.forget(name).await, name), alice, "{name}");
    }
    assert_eq!(office.world.count("mails").await + office.world.count("mailed_links").await, 0);
    let arrived = office.arrives().await;
    assert_eq!(arrived.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["alice@example.test"]);

    // And when there are too many: both wait alike.
    let mut waits = Vec::new();
    for name in ["alice", "ghost"] {
        for _ in 0..9 {
            assert_eq!(office.forget(name).await.status, 200);
        }
        let page = office.forget(name).await;
        assert_eq!(page.header("retry-after").is_empty(), page.status != 429);
        waits.push((page.status.as_u16(), page.body.replace(name, "…")));
    }
    assert_eq!(waits[0], waits[1]);
    assert_eq!(waits[0].0, 429);
}

/// The work is done after the answer. Counted, not timed: what looks nothing up takes equally long for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_a_forgotten_password_is_answered_before_anybody_looks() {
    let office = Office::new().await;
    with_others(&office).await;
    for name in ["alice", "alice@example.test"].into_iter().chain(OTHERS) {
        let body = format!("username={name}");
        let request = Request::post("/forgot")
            .header(header::HOST, office.world.app.config.issuer_authority())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        let app = office.world.app.clone();
        let response = gatewright_server::router(app).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let counts = *response.extensions().get::<Counts>().unwrap();
        assert_eq!(counts, Counts { reads: 0, writes: 1 }, "{name}: the count of tries, and nothing else");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_08_no_step_on_the_way_to_a_new_password_can_be_skipped() {
    let office = Office::new().await;
    let world = &office.world;
    office.forget("alice").await;
    let mut agent = world.agent();
    // The form of the last step without what the mail brings: nothing, nothing but a password, and whatever else there is.
    for fields in [
        vec![],
        vec![("password", CHOSEN), ("again", CHOSEN)],
        vec![("username", "alice"), ("password", CHOSEN), ("again", CHOSEN)],
        vec![("link", ""), ("password", CHOSEN), ("again", CHOSEN)],
        vec![("link", "alice"), ("username", "alice"), ("password", CHOSEN), ("again", CHOSEN)],
    ] {
        is_dead(&agent.post("/password", &fields).await);
    }
    let (mut browser, login) = on_the_way(world).await;
    let request = login.hidden("request");
    let with_request = [("link", request.as_str()), ("password", CHOSEN), ("again", CHOSEN)];
    is_dead(&browser.post("/password", &with_request).await);
    let link = office.link().await;
    let secret = link.split('=').nth(1).unwrap();
    // A good link and nothing else sets nothing, and is good as before.
    for fields in [vec![("link", secret)], vec![("link", secret), ("password", ""), ("again", "")]] {
        assert_eq!(agent.post("/password", &fields).await.status, 422);
    }
    assert_eq!(agent.post("/forgot", &[]).await.status, 422, "an empty form asks for nothing");
    assert!(office.arrives().await.is_empty());
    assert!(office.signs_in("alice", PASSWORD).await);
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_09_a_mailed_link_leads_to_the_issuer_whatever_a_request_says() {
    let office = Office::new().await;
    let world = &office.world;
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-server", "evil.test"),
        ("x-original-url", "https://evil.test/"),
        ("origin", "https://evil.test"),
    ] {
        let request = world.http.post(world.url("/forgot")).header("sec-fetch-site", "same-origin");
        let page =
            Page::read(request.header(name, value).form(&[("username", "alice")]).send().await.unwrap())
                .await;
        assert_eq!(page.status, 200, "{name}");
        let mail = office.one().await;
        assert!(mail.link(&world.issuer).starts_with("/password?link=gw_pl_"), "{name}: {}", mail.text);
        assert!(!mail.text.contains("evil.test"), "{name}: {}", mail.text);
        world.pass(3_600);
    }
    let request = world.http.post(world.url("/forgot")).header("host", "evil.test");
    let page = Page::read(request.form(&[("username", "alice")]).send().await.unwrap()).await;
    assert!(page.status.is_client_error(), "{}", page.status);
    assert!(office.arrives().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_a_mailed_link_is_good_once_and_not_for_long() {
    let office = Office::new().await;
    let world = &office.world;

    let used = office.reset("alice").await;
    assert_eq!(office.choose(&used, CHOSEN).await.status, 200);
    is_dead(&office.choose(&used, "another sleepy otter").await);

    let late = office.reset("alice").await;
    world.pass(15 * 60 - 10);
    assert_eq!(world.get(&late).await.status, 200);
    world.pass(20);
    is_dead(&world.get(&late).await);
    is_dead(&office.choose(&late, "another sleepy otter").await);
    world.pass(3_600);

    // Whatever ends sessions ends it, too: another password, a disabled account.
    let (first, second) = (office.reset("alice").await, office.reset("alice").await);
    assert_ne!(first, second);
    assert_eq!(world.get(&first).await.status, 200, "a second mail takes nothing away");
    assert_eq!(office.choose(&second, "another sleepy otter").await.status, 200);
    is_dead(&office.choose(&first, CHOSEN).await);

    // And another address: it was sent to somebody who may read the old one.
    let moved = office.reset("mallory").await;
    office
        .run("UPDATE users SET email = 'm@other.test', email_key = 'm@other.test' WHERE username = 'mallory'")
        .await;
    is_dead(&world.get(&moved).await);
    is_dead(&office.choose(&moved, CHOSEN).await);

    // A link for something else is none for this.
    world.pass(3_600);
    let other = office.reset("alice").await;
    office.run("UPDATE mailed_links SET purpose = 'address'").await;
    is_dead(&world.get(&other).await);
    is_dead(&office.choose(&other, CHOSEN).await);
    for forged in ["gw_pl_x", "gw_pl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_000000"] {
        is_dead(&world.get(&format!("/password?link={forged}")).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_of_many_who_use_a_mailed_link_at_once_one_wins() {
    let office = Office::new().await;
    let link = office.reset("alice").await;
    let secret = link.split('=').nth(1).unwrap().to_owned();
    let mut racing = JoinSet::new();
    for n in 0..8 {
        let (mut agent, secret) = (office.world.agent(), secret.clone());
        racing.spawn(async move {
            let password = format!("{n} seven sleepy otters");
            let fields = [("link", secret.as_str()), ("password", &password), ("again", &password)];
            agent.post("/password", &fields).await.status.as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    assert_eq!(office.world.events("user.password_set").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_asks_takes_no_link_away_and_fills_no_mailbox() {
    let office = Office::new().await;
    let world = &office.world;
    let alice = world.user("alice").await;
    let handed = links::make(&world.app, &world.operator(), alice, Purpose::Reset).await.unwrap();
    let handed = handed.applied().unwrap().url.expose().strip_prefix(&world.issuer).unwrap().to_owned();
    for _ in 0..20 {
        assert_eq!(office.forget("alice").await.status, 200);
    }
    assert_eq!(office.arrives().await.len(), 5, "an hour brings five");
    assert_eq!(world.count("mailed_links").await, 5, "a link that is not sent is not made");
    assert_eq!(world.get(&handed).await.status, 200, "what an operator handed over stays good");
    world.pass(3_601);
    office.forget("alice").await;
    assert_eq!(office.arrives().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_waits_until_the_database_is_back() {
    let office = Office::new().await;
    office.forget("alice").await;
    office.run("ALTER TABLE mailed_links RENAME TO away").await;
    assert!(asked::turn(office.world.app.clone()).await.is_err());
    office.run("ALTER TABLE away RENAME TO mailed_links").await;
    assert_eq!(office.one().await.to, "alice@example.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_has_nothing_mailed() {
    let office = Office::new().await;
    let request = office.world.http.post(office.world.url("/forgot")).header("sec-fetch-site", "cross-site");
    let page = Page::read(request.form(&[("username", "alice")]).send().await.unwrap()).await;
    assert_eq!(page.status, 403);
    assert!(office.arrives().await.is_empty());
    assert_eq!(json!(office.world.count("mails").await), json!(0));
}
