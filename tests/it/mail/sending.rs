//! From the outbox to the mail server.

use gatewright_server::config::{Delivery, Smtp};
use gatewright_server::mail::{self, Letter, Link, Recipient, post};
use gatewright_server::web::page::Claimed;
use gatewright_store::Write;
use gatewright_tests::World;

use super::Office;

/// Puts a letter to this address into the outbox.
/// A mail that is written down.
async fn put(world: &World, email: &str, username: &str) {
    assert_eq!(try_to_put(world, email, username).await, Write::Applied(()));
}

async fn try_to_put(world: &World, email: &str, username: &str) -> Write<()> {
    let moment = world.operator();
    let link =
        Link { url: &world.url("/password?link=x"), expires_at: moment.now + chrono::Duration::days(1) };
    let letter = Letter::Invitation { username: Claimed::name(username), link };
    mail::put(&world.app, &moment, &Recipient { user: None, email }, &letter).await.unwrap()
}

async fn turn(world: &World) {
    post::turn(world.app.clone()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_03_nothing_that_others_chose_becomes_a_header_or_an_address() {
    let office = Office::new().await;
    let world = &office.world;
    let names = [
        "eve\r\nBcc: everybody@evil.test",
        "eve\nSubject: You have won",
        "eve\r\n\r\nhttps://evil.test/",
        "=?utf-8?q?eve=0d=0aBcc:_x@evil.test?=",
        "eve\u{2028}Bcc: x@evil.test\u{202e}",
        "<b>eve</b><img src=https://evil.test/>",
    ];
    for (n, name) in names.into_iter().enumerate() {
        assert_eq!(try_to_put(world, &format!("eve{n}@example.test"), name).await, Write::Applied(()));
    }
    for email in [
        "eve@example.test\r\nBcc: everybody@evil.test",
        "eve@example.test, everybody@evil.test",
        "eve@example.test\r\nRCPT TO:<everybody@evil.test>",
        "Eve <eve@example.test>",
        "eve@",
        "@example.test",
        "eve\0@example.test",
    ] {
        assert_eq!(try_to_put(world, email, "eve").await, Write::Lost, "{email}");
    }
    turn(world).await;
    let arrived = office.mails.take();
    assert_eq!(arrived.len(), names.len());
    for mail in &arrived {
        let mut names: Vec<&str> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let expected = [
            "Auto-Submitted",
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "Message-ID",
            "Subject",
            "To",
        ];
        assert_eq!(names, expected);
        assert!(mail.header("Subject").ends_with(": You have an account"), "{mail:?}");
        assert_eq!(mail.header("To"), mail.to);
        assert_eq!(mail.header("Content-Type"), "text/plain; charset=utf-8");
        let links: Vec<&str> = mail.text.lines().filter(|line| line.starts_with("http")).collect();
        assert_eq!(links, [world.url("/password?link=x")], "{}", mail.text);
        assert!(!mail.text.contains('\u{202e}') && !mail.text.contains('\u{2028}'));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_outlives_a_mail_server_that_is_away() {
    let office = Office::new().await;
    let world = &office.world;
    put(world, "alice@example.test", "alice").await;
    for refusal in ["451 try again later", "421 too busy", "535 who are you"] {
        office.mails.refuse(Some(refusal));
        turn(world).await;
        turn(world).await;
        assert!(office.mails.take().is_empty(), "{refusal}");
        world.pass(90);
    }
    office.mails.refuse(None);
    turn(world).await;
    let first = office.mails.take();
    assert_eq!(first.len(), 1);
    turn(world).await;
    world.pass(90_000);
    turn(world).await;
    assert!(office.mails.take().is_empty(), "and arrives once");

    office.mails.refuse(Some("550 no such mailbox"));
    put(world, "nobody@example.test", "nobody").await;
    turn(world).await;
    office.mails.refuse(None);
    world.pass(3_600);
    turn(world).await;
    assert!(office.mails.take().is_empty(), "what is refused for good is not sent again");

    // What is of no use any more is not sent, and what is never taken is given up after a day.
    put(world, "late@example.test", "late").await;
    office.mails.refuse(Some("451 try again later"));
    turn(world).await;
    world.pass(25 * 3_600);
    office.mails.refuse(None);
    turn(world).await;
    assert!(office.mails.take().is_empty());
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM mails WHERE due_at IS NOT NULL OR sealed IS NOT NULL")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_put_into_the_outbox_another_sends_once() {
    let office = Office::new().await;
    let world = &office.world;
    let replica = world.replica().await;
    for n in 0..20 {
        put(world, &format!("user{n}@example.test"), "user").await;
    }
    for _ in 0..3 {
        let (one, other) = tokio::join!(post::turn(world.app.clone()), post::turn(replica.app.clone()));
        one.unwrap();
        other.unwrap();
    }
    let mut to: Vec<String> = office.mails.take().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to.len(), 20);
    to.sort_unstable();
    to.dedup();
    assert_eq!(to.len(), 20, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_mail_is_sealed_and_a_sent_one_is_gone() {
    let office = Office::new().await;
    let world = &office.world;
    office.forget("alice").await;
    gatewright_server::mail::asked::turn(world.app.clone()).await.unwrap();
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM mails").fetch_one(&world.database).await.unwrap();
    for word in [b"alice".as_slice(), b"gw_pl_", b"/password"] {
        assert!(!sealed.windows(word.len()).any(|window| window == word));
    }
    // Another row's text does not open.
    office.run("UPDATE mails SET id = '01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e'").await;
    turn(world).await;
    assert!(office.mails.take().is_empty());
    office.run("DELETE FROM mails").await;
    world.pass(60);
    assert_eq!(office.reset("alice").await.split('=').next().unwrap(), "/password?link");
    let left: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT sealed FROM mails").fetch_one(&world.database).await.unwrap();
    assert_eq!(left, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_server_knows_us_by_a_password_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("smtp-password");
    std::fs::write(&file, "first\n").unwrap();
    let office = Office::with(|config| {
        let Delivery::Smtp(Smtp { username, password_file, .. }) = &mut config.mail.delivery else {
            panic!()
        };
        *username = Some("gatewright".to_owned());
        *password_file = Some(file.clone());
    })
    .await;
    put(&office.world, "alice@example.test", "alice").await;
    turn(&office.world).await;
    std::fs::write(&file, "second").unwrap();
    put(&office.world, "mallory@example.test", "mallory").await;
    turn(&office.world).await;
    // RFC 4616: base64 of "\0gatewright\0first".
    let expected = ["AUTH PLAIN AGdhdGV3cmlnaHQAZmlyc3Q=", "AUTH PLAIN AGdhdGV3cmlnaHQAc2Vjb25k"];
    assert_eq!(office.mails.logged_in(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_page_is_for_this_computer_only() {
    let world = World::with(|config| {
        config.mail.delivery = Delivery::Outbox;
        config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    put(&world, "alice@example.test", "<b>alice</b>").await;
    turn(&world).await;
    let page = world.get("/dev/outbox").await;
    assert_eq!(page.status, 200);
    let link = world.url("/password?link=x");
    assert!(page.body.contains(&format!("href=\"{link}\"")), "{}", page.body);
    assert!(!page.body.contains("<b>alice"), "{}", page.body);
    let from_elsewhere = world.http.get(world.url("/dev/outbox")).header("x-forwarded-for", "192.0.2.1");
    assert_eq!(from_elsewhere.send().await.unwrap().status(), 404);
}
