//! Where sign-ins came from, as far as a database of places says.

use std::path::PathBuf;

use gatewright_server::audit::seal;
use gatewright_server::mail::{asked, notices, post};
use gatewright_server::places::Places;
use gatewright_server::words::{ENGLISH, Words};
use gatewright_tests::places::{Atlas, town};
use gatewright_tests::{MailServer, World};
use serde_json::json;
use tempfile::TempDir;

use super::page;

const SESSIONS: &str = "/account/sessions";

/// Munich and a network somewhere in Japan.
fn atlas() -> Atlas {
    let munich = town(
        &json!({ "de": "München", "en": "Munich" }),
        &json!({ "de": "Deutschland", "en": "Germany", "ja": "ドイツ" }),
        "DE",
    );
    let japan = json!({ "country": { "iso_code": "JP", "names": { "en": "Japan\u{202e}", "ja": "日本" } } });
    Atlas::of("GeoLite2-City")
        .with(([81, 2, 69, 0].into(), 24), &munich)
        .with(([1, 66, 0, 0].into(), 15), &japan)
        // Who makes a database of everything makes one of this, too.
        .with(([10, 0, 0, 0].into(), 8), &munich)
        .with(([127, 0, 0, 0].into(), 8), &munich)
}

fn written(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    (directory, file)
}

/// Signs in from an address that the proxy in front tells.
async fn sign_in_from(world: &World, peer: &str) -> gatewright_tests::Agent {
    let mut agent = world.agent();
    let first = agent.get("/account").await;
    let login = agent.follow(first).await;
    let request = login.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    let sent = world.http.post(world.url("/login")).header("sec-fetch-site", "same-origin");
    let answer = agent.send(sent.header("x-forwarded-for", peer).form(&fields)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    agent
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_are_mailed_where_a_sign_in_came_from() {
    let mails = MailServer::start().await;
    let (_directory, file) = written("places.mmdb", &atlas().bytes());
    let world = World::with(|config| {
        mails.configure(config);
        config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
        config.places.database = Some(file);
    })
    .await;
    let mail = async || {
        world.pass(5);
        seal::turn(world.app.clone()).await.unwrap();
        notices::turn(world.app.clone()).await.unwrap();
        asked::turn(world.app.clone()).await.unwrap();
        post::turn(world.app.clone()).await.unwrap();
        mails.take()
    };
    mail().await;
    sign_in_from(&world, "10.1.2.3").await;
    assert!(mail().await.is_empty(), "the first of all is not told");
    sign_in_from(&world, "81.2.69.142").await;
    let told = mail().await;
    assert!(told[0].text.contains("from 81.2.69.142 (probably Munich, Germany)."), "{told:?}");
    sign_in_from(&world, "8.8.8.8").await;
    let told = mail().await;
    assert!(told[0].text.contains("from 8.8.8.8.") && !told[0].text.contains("probably"), "{told:?}");
    let mut desk = sign_in_from(&world, "1.67.0.1").await;
    assert!(
        mail().await[0].text.contains("from 1.67.0.1 (probably Japan)."),
        "without what turns text around"
    );

    let shown = page(&mut desk, SESSIONS).await.body;
    assert!(shown.contains("<bdi>Munich, Germany</bdi>") && shown.contains("<bdi>Japan</bdi>"), "{shown}");
    assert_eq!((shown.matches("<code>").count(), shown.matches("Probably in").count()), (4, 2));
    let german = page(&mut desk, &format!("{SESSIONS}?ui_locales=de")).await.body;
    assert!(
        german.contains("<bdi>München, Deutschland</bdi>") && german.contains("<bdi>Japan</bdi>"),
        "{german}"
    );

    // What it says is not kept anywhere.
    let kept = "SELECT count(*) FROM sessions s WHERE to_jsonb(s)::TEXT LIKE '%Munich%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(kept).fetch_one(&world.database).await.unwrap(), 0);
    assert!(world.internet.asked().is_empty(), "nobody is asked");
}

#[test]
fn names_are_in_the_language_of_their_reader_or_in_english() {
    let (_directory, file) = written("places.mmdb", &atlas().bytes());
    let places = Places::open(Some(&file)).unwrap();
    let near = |address: &str, tag: &str| {
        let place = places.near(address.parse().unwrap(), Words::of(tag).unwrap());
        place.map(|place| place.text())
    };
    assert_eq!(near("81.2.69.142", "de").as_deref(), Some("München, Deutschland"));
    assert_eq!(near("81.2.69.142", "fr").as_deref(), Some("Munich, Germany"));
    assert_eq!(near("81.2.69.142", "ja").as_deref(), Some("ドイツ、Munich"));
    assert_eq!(near("1.67.255.255", "ja").as_deref(), Some("日本"));
    for nowhere in ["81.2.70.1", "10.1.2.3", "127.0.0.1", "::1", "fe80::1", "2001:db8::1", "::ffff:10.1.2.3"]
    {
        assert_eq!(near(nowhere, "en"), None, "{nowhere}");
    }
    assert_eq!(Places::default().near("81.2.69.142".parse().unwrap(), ENGLISH), None);
    assert_eq!(places.near_stored(Some("local"), ENGLISH), None, "who acts at the server's own machine");
}

#[test]
fn a_database_that_cannot_be_read_is_said_at_the_start() {
    let bytes = atlas().bytes();
    let numbers = Atlas::of("GeoLite2-ASN").bytes();
    for (bytes, said) in [
        (&bytes[..bytes.len() / 2], "is not a MaxMind DB"),
        (b"".as_slice(), "is not a MaxMind DB"),
        (numbers.as_slice(), "it is a \"GeoLite2-ASN\""),
    ] {
        let (_directory, file) = written("places.mmdb", bytes);
        let error = Places::open(Some(&file)).err().unwrap();
        assert!(error.starts_with("places.database ") && error.contains(said), "{error}");
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
    let missing = Places::open(Some("/nowhere/places.mmdb".as_ref())).err().unwrap();
    assert!(missing.starts_with("places.database cannot be read (/nowhere/places.mmdb)"), "{missing}");
}

/// A file of the right size whose bytes are wrong leads nowhere, and not to a page that fails.
#[test]
fn a_damaged_database_says_nothing_instead_of_something_wrong() {
    let bytes = atlas().bytes();
    let end = bytes.windows(11).position(|part| part == b"MaxMind.com").unwrap() - 3;
    for flipped in 0..end {
        let mut damaged = bytes.clone();
        damaged[flipped] ^= 0xff;
        let (_directory, file) = written("places.mmdb", &damaged);
        if let Ok(places) = Places::open(Some(&file)) {
            let _found = places.near("81.2.69.142".parse().unwrap(), ENGLISH);
        }
    }
}
