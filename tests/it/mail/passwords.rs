//! Which passwords people may choose.

use gatewright_tests::internet::{self, Reply};

use super::{CHOSEN, Office};

#[tokio::test(flavor = "multi_thread")]
async fn lg_19_a_stolen_password_is_refused_and_nobody_is_told_it() {
    let office = Office::with(|config| {
        config.login.breach_check = Some("https://pwned.test".parse().unwrap());
        config.fetch.ca_file = Some(internet::authority());
    })
    .await;
    let world = &office.world;
    let site = world.internet.site("pwned.test").await;
    // SHA-1 of "seven sleepy otters".
    let hash = hex(&ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, CHOSEN.as_bytes()));
    let (told, kept) = hash.split_at(5);
    site.serve(
        &format!("/range/{told}"),
        Reply::text("text/plain", &format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{kept}:3\r\n")),
    );
    let link = office.reset("alice").await;
    let refused = office.choose(&link, CHOSEN).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("among stolen ones"), "{}", refused.body);
    for received in site.received() {
        assert!(!received.head.contains(kept) && !received.head.contains("otters"), "{}", received.head);
    }
    // One that nobody knows, and one about which nobody answers.
    assert_eq!(office.choose(&link, "seven sleepier otters").await.status, 200);
    assert_eq!(site.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_taken_when_nobody_says_whether_it_was_stolen() {
    let office = Office::with(|config| {
        config.login.breach_check = Some("https://nowhere.test".parse().unwrap());
    })
    .await;
    let link = office.reset("alice").await;
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_19_a_long_password_is_taken_whole_and_a_longer_one_is_not() {
    let office = Office::new().await;
    let link = office.reset("alice").await;
    let longest: String = "Pässwörter_日本語_🔑 ".chars().cycle().take(127).chain("x".chars()).collect();
    let longer = format!("{longest}x");
    let refused = office.choose(&link, &longer).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("at most 128 characters"), "{}", refused.body);
    assert_eq!(office.choose(&link, &longest).await.status, 200);
    assert!(!office.signs_in("alice", &longer).await);
    let without_last: String = longest.chars().take(127).collect();
    assert!(!office.signs_in("alice", &without_last).await);
    assert!(office.signs_in("alice", &longest).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_19_a_password_that_is_guessed_easily_is_refused_with_the_reason() {
    let office = Office::new().await;
    let link = office.reset("alice").await;
    for (password, words) in [
        ("short", "too short"),
        ("Password2026!", "first that are guessed"),
        ("alice0000000", "your own name"),
        ("sunshinerainbow", "easy to guess"),
    ] {
        let page = office.choose(&link, password).await;
        assert_eq!(page.status, 422, "{password}");
        assert!(page.body.contains(words), "{password}: {}", page.body);
    }
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
}

fn hex(digest: &ring::digest::Digest) -> String {
    use std::fmt::Write;
    digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}
