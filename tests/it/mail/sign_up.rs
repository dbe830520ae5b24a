//! Accounts that people make for themselves.

use gatewright_server::config::SignUpMode;
use gatewright_tests::{Page, World};
use tokio::task::JoinSet;

use super::{CHOSEN, Office, is_dead, on_the_way};

async fn open(domains: &[&str]) -> Office {
    let domains: Vec<_> = domains.iter().map(|domain| domain.parse().unwrap()).collect();
    Office::with(|config| {
        config.sign_up.mode = SignUpMode::Open;
        config.sign_up.domains = domains;
        config.login.attempts = 10;
    })
    .await
}

async fn ask(office: &Office, email: &str) -> Page {
    office.world.agent().post("/sign-up", &[("email", email), ("name", "Carol")]).await
}

async fn make(office: &Office, link: &str, password: &str) -> Page {
    let sealed = link.split_once("link=").unwrap().1;
    let fields = [("link", sealed), ("password", password), ("again", password)];
    office.world.agent().post("/sign-up/confirm", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_makes_an_account_with_a_mail_and_signs_in() {
    let office = open(&[]).await;
    let world = &office.world;
    let (mut agent, login) = on_the_way(world).await;
    assert!(login.body.contains("Make an account"), "{}", login.body);
    let request = login.hidden("request");
    let form = agent.get(&format!("/sign-up?request={request}")).await;
    assert_eq!(form.hidden("request"), request);
    let before = (world.count("users").await, world.count("events").await);
    let fields = [("request", request.as_str()), ("email", "Carol@Example.test"), ("name", "Carol C.")];
    let sent = agent.post("/sign-up", &fields).await;
    assert!(sent.body.contains("id=\"sign-up-sent\""), "{}", sent.body);
    let mail = office.one().await;
    assert_eq!(mail.to, "Carol@Example.test");
    assert!(!mail.text.contains("Carol C."), "a stranger does not write our mails: {}", mail.text);
    let link = mail.link(&world.issuer);
    assert_eq!(world.get(&link).await.status, 200);
    assert_eq!(
        (world.count("users").await, world.count("events").await),
        before,
        "nothing is stored but the mail"
    );

    assert_eq!(make(&office, &link, "tooSmall").await.status, 422);
    let done = make(&office, &link, CHOSEN).await;
    assert!(done.body.contains("id=\"sign-up-done\""), "{}", done.body);
    assert!(office.signs_in("carol@example.test", CHOSEN).await);
    let (verified, name): (bool, String) =
        sqlx::query_as("SELECT email_verified, display_name FROM users WHERE email = 'Carol@Example.test'")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!((verified, name.as_str()), (true, "Carol C."));
    is_dead(&make(&office, &link, "another sleepy otter").await);
    assert!(office.signs_in("carol@example.test", CHOSEN).await, "a used link changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_by_operators_unless_the_configuration_says_otherwise() {
    let office = Office::new().await;
    let (mut agent, login) = on_the_way(&office.world).await;
    assert!(!login.body.contains("/sign-up"), "{}", login.body);
    assert_eq!(agent.get("/sign-up").await.status, 404);
    assert_eq!(agent.post("/sign-up", &[("email", "carol@example.test")]).await.status, 404);
    let world = World::new().await;
    assert_eq!(world.get("/sign-up").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_making_an_account_tells_nobody_who_has_one() {
    let office = open(&[]).await;
    let seen = |page: &Page, email: &str| (page.status.as_u16(), page.body.replace(email, "…"));
    let new = seen(&ask(&office, "carol@example.test").await, "carol@example.test");
    let known = seen(&ask(&office, "alice@example.test").await, "alice@example.test");
    assert_eq!(new, known);
    let mut arrived = office.arrives().await;
    arrived.sort_by(|one, other| one.to.cmp(&other.to));
    let [alice, carol] = &arrived[..] else { panic!("{arrived:?}") };
    assert_eq!((alice.to.as_str(), carol.to.as_str()), ("alice@example.test", "carol@example.test"));
    assert_eq!(alice.header("Subject").rsplit(':').next(), Some(" You have an account already"));
    assert!(alice.text.contains("/forgot"), "{}", alice.text);
    assert!(!alice.text.contains("/sign-up/confirm"), "{}", alice.text);

    // A mailbox cannot be filled, whoever asks from wherever.
    for _ in 0..9 {
        ask(&office, "alice@example.test").await;
    }
    assert_eq!(ask(&office, "alice@example.test").await.status, 429);
    assert_eq!(office.arrives().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_addresses_of_the_domains_that_are_named_make_accounts() {
    let office = open(&["example.com"]).await;
    for (email, status) in [
        ("a@example.com", 200),
        ("a@Example.COM", 200),
        ("a@sub.example.com", 200),
        ("a@badexample.com", 422),
        ("a@example.com.evil.test", 422),
        ("a@evil.test@example.com", 422),
        ("\"a@evil.test\"@example.org", 422),
        ("example.com", 422),
    ] {
        assert_eq!(ask(&office, email).await.status, status, "{email}");
    }
    let mut to: Vec<String> = office.arrives().await.into_iter().map(|mail| mail.to).collect();
    to.sort_unstable();
    assert_eq!(to, ["a@Example.COM", "a@example.com", "a@sub.example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_a_link_to_an_account_is_sealed_and_ends() {
    let office = open(&[]).await;
    let world = &office.world;
    ask(&office, "carol@example.test").await;
    let link = office.link().await;
    let sealed = link.split_once("link=").unwrap().1.to_owned();
    let mut forged = sealed.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let (_, login) = on_the_way(world).await;
    for wrong in [String::from_utf8(forged).unwrap(), login.hidden("request"), "x".to_owned(), String::new()]
    {
        is_dead(&world.get(&format!("/sign-up/confirm?link={wrong}")).await);
        is_dead(&make(&office, &format!("/sign-up/confirm?link={wrong}"), CHOSEN).await);
    }
    is_dead(&office.choose(&format!("/password?link={sealed}"), CHOSEN).await);
    world.pass(3_601);
    is_dead(&world.get(&link).await);
    is_dead(&make(&office, &link, CHOSEN).await);

    ask(&office, "carol@example.test").await;
    let link = office.link().await;
    let mut racing = JoinSet::new();
    for n in 0..6 {
        let (mut agent, sealed) = (world.agent(), link.split_once("link=").unwrap().1.to_owned());
        racing.spawn(async move {
            let password = format!("{n} seven sleepy otters");
            let fields = [("link", sealed.as_str()), ("password", &password), ("again", &password)];
            agent.post("/sign-up/confirm", &fields).await.status.as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_14_an_account_that_reads_like_another_cannot_be_made() {
    let office = open(&[]).await;
    ask(&office, "carol@example.test").await;
    assert_eq!(make(&office, &office.link().await, CHOSEN).await.status, 200);
    // Small letters of other alphabets, and a digit that reads like one.
    for alike in
        ["c\u{430}rol@example.test", "car0l@example.test", "caro1@example.test", "CAROL@example.test"]
    {
        office.world.pass(3_600);
        ask(&office, alike).await;
        for mail in office.arrives().await {
            if mail.text.contains("/sign-up/confirm") {
                is_dead(&make(&office, &mail.link(&office.world.issuer), CHOSEN).await);
            }
        }
    }
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE username_key LIKE 'c%'")
        .fetch_one(&office.world.database)
        .await
        .unwrap();
    assert_eq!(users, 1);
}
