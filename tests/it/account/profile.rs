//! LG-16, CK-02: what people say of themselves, and what nobody else says for them.

use gatewright_tests::{Az, World};

use super::{at_home, page, send};

/// Every form of the account, with a field of its own.
const FORMS: [(&str, &str, &str); 9] = [
    ("/account", "name", "Mallory"),
    ("/account/password", "password", "a password of somebody else"),
    ("/account/apps/end", "grant", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e"),
    ("/account/apps/limit", "grant", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e"),
    ("/account/apps/remove", "client", "pub1"),
    ("/account/sessions", "session", "others"),
    ("/account/data", "ticket", ""),
    ("/account/stop", "ticket", ""),
    ("/account/leave", "username", "alice"),
];

/// Every way a browser says that a form is not from a page of ours.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[],
    &[("origin", "https://evil.test")],
    &[("origin", "null")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
];

#[tokio::test(flavor = "multi_thread")]
async fn lg_16_people_change_their_name_and_language_and_nothing_else() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let saved =
        send(&mut alice, ("/account", "/account"), &[("name", "Alice  L.\u{202e}"), ("language", "en")])
            .await;
    assert!(saved.body.contains("Saved.") && saved.body.contains("value=\"Alice L.\""), "{}", saved.body);
    assert!(saved.body.contains("<option value=\"en\" lang=\"en\" selected>"), "{}", saved.body);
    let stored = async || -> (Option<String>, Option<String>, bool, Option<String>) {
        sqlx::query_as(
            "SELECT display_name, locale, email_verified, role FROM users WHERE username_key = 'alice'",
        )
        .fetch_one(&world.database)
        .await
        .unwrap()
    };
    assert_eq!(stored().await, (Some("Alice L.".into()), Some("en".into()), false, None));
    for (name, value) in [
        ("email_verified", "true"),
        ("email", "root@example.test"),
        ("role", "owner"),
        ("username", "root"),
        ("id", "1"),
    ] {
        let ticket = page(&mut alice, "/account").await.hidden("ticket");
        let refused = alice.post("/account", &[("ticket", &ticket), ("name", "X"), (name, value)]).await;
        assert_eq!((refused.status.as_u16(), refused.data_error()), (400, Some("invalid_request")), "{name}");
    }
    for (name, language) in [(&*"x".repeat(201), ""), ("Alice", "tlh")] {
        let ticket = page(&mut alice, "/account").await.hidden("ticket");
        let refused =
            alice.post("/account", &[("ticket", &ticket), ("name", name), ("language", language)]).await;
        assert_eq!(refused.status, 422, "{name:?} {language:?}");
        assert!(refused.body.contains("This cannot be saved."));
    }
    assert_eq!(stored().await, (Some("Alice L.".into()), Some("en".into()), false, None));
    send(&mut alice, ("/account", "/account"), &[]).await;
    assert_eq!(stored().await, (None, None, false, None), "empty is none");
    assert_eq!(world.events("user.updated").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_02_only_pages_of_this_session_post_to_the_account() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let back = world.approve(&mut alice, &Az::of("pub1"), "alice").await;
    let tokens =
        gatewright_tests::Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let ticket = page(&mut alice, "/account").await.hidden("ticket");
    let before = world.count("events").await;
    for (path, name, value) in FORMS {
        let fields: Vec<(&str, &str)> = [("ticket", ticket.as_str()), (name, value)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        for (header, site) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.test"),
        ] {
            let request = world.http.post(world.url(path)).header(header, site).form(&fields);
            let refused = alice.send(request).await;
            assert_eq!(refused.status, 403, "{path} {site}");
        }
        let without: Vec<(&str, &str)> =
            fields.iter().copied().filter(|(name, _)| *name != "ticket").collect();
        let answer = alice.post(path, &without).await;
        assert!(answer.location().unwrap().ends_with("?done=nothing"), "{path}: {:?}", answer.location());
        // Nobody is signed in there.
        let login = world.agent().post(path, &fields).await;
        assert!(login.location().unwrap().starts_with("/login?request="), "{path}");
    }
    assert_eq!(world.count("events").await, before);
    assert!(world.is_active(&tokens.access).await);
    // A page that lay open over a day is shown anew.
    world.pass(7 * 3600);
    page(&mut alice, "/account").await;
    world.pass(3601);
    let login = alice.post("/account", &[("ticket", &ticket), ("name", "Late")]).await;
    assert_eq!(login.status, 303);
    assert_eq!(world.events("user.updated").await, 0);
}

/// The forms that other capabilities have below the account.
#[tokio::test(flavor = "multi_thread")]
async fn ck_02_what_protects_an_account_is_changed_by_our_own_pages_only() {
    let mails = gatewright_tests::MailServer::start().await;
    let world = World::with(|config| mails.configure(config)).await;
    let mut alice = at_home(&world, "alice").await;
    let before = world.count("events").await;
    let id = "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e";
    for (path, name, value) in [
        ("/account/email", "email", "mallory@evil.test"),
        ("/account/identities/connect", "provider", "idp"),
        ("/account/identities/disconnect", "identity", id),
        ("/account/security/totp", "code", "000000"),
        ("/account/security/passkey", "name", "mine"),
        ("/account/security/rename", "id", id),
        ("/account/security/remove", "id", id),
        ("/account/security/codes", "x", "1"),
    ] {
        for headers in FOREIGN {
            let request = world.http.post(world.url(path)).form(&[(name, value)]);
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let refused = alice.send(request).await;
            assert_eq!(refused.status, 403, "{path} {headers:?}: {}", refused.body);
            assert!(!refused.headers.contains_key("set-cookie"), "{path}");
        }
    }
    assert_eq!(world.count("events").await, before);
}

/// Following a link from elsewhere shows an account to its person, and changes nothing: that is why its cookie is sent
/// then (docs/decisions/0027-the-account-has-no-cookie-of-its-own.md).
#[tokio::test(flavor = "multi_thread")]
async fn ck_02_a_link_from_elsewhere_shows_and_changes_nothing() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let before = world.count("events").await;
    for path in [
        "/account",
        "/account/password",
        "/account/security",
        "/account/security/totp",
        "/account/security/passkey",
        "/account/identities",
        "/account/apps",
        "/account/sessions",
        "/account/history",
        "/account/data",
        "/account/stop",
        "/account/leave",
    ] {
        let query = "ticket=x&password=a+password+of+somebody+else&again=a+password+of+somebody+else&id=totp";
        let request = world.http.get(world.url(&format!("{path}?{query}")));
        let page = alice.send(request.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.contains("aria-current="), "{path}: {}", page.body);
    }
    assert_eq!(world.count("events").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_only_to_whom_a_page_of_ours_sent_there() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let link = page(&mut alice, "/account/apps?done=removed").await;
    assert!(!link.body.contains("role=\"status\""), "{}", link.body);
    let request =
        world.http.get(world.url("/account/apps?done=removed")).header("sec-fetch-site", "same-origin");
    assert!(alice.send(request).await.body.contains("Removed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_05_signing_in_leads_back_to_the_page_that_was_opened_and_nowhere_else() {
    let world = World::new().await;
    for path in [
        "/account",
        "/account/apps",
        "/account/sessions",
        "/account/history",
        "/account/data",
        "/account/leave",
        "/account/password",
        "/account/security",
        "/account/identities",
    ] {
        let mut agent = world.agent();
        let first = agent.get(&format!("{path}?return_to=//evil.test")).await;
        let login = agent.follow(first).await;
        let request = login.hidden("request");
        let fields = [
            ("request", request.as_str()),
            ("username", "alice"),
            ("password", gatewright_tests::PASSWORD),
            ("return_to", "//evil.test"),
        ];
        let back = agent.post("/login", &fields).await;
        assert_eq!((back.status.as_u16(), back.location()), (303, Some(path)));
    }
}
