//! In which language people read their own pages: what the request asks for, what they chose, what their browser asks for.

use gatewright_tests::{Agent, Az, World};

use super::{at_home, send};

const PAGES: [&str; 12] = [
    "/account",
    "/account/email",
    "/account/password",
    "/account/security",
    "/account/security/totp",
    "/account/security/passkey",
    "/account/identities",
    "/account/apps",
    "/account/sessions",
    "/account/data",
    "/device",
    "/logout",
];

async fn language(world: &World, agent: &mut Agent, path: &str) -> String {
    let request = world.http.get(world.url(path)).header("accept-language", "fr");
    let page = agent.send(request).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    page.body.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_language_that_their_person_chose() {
    let mails = gatewright_tests::MailServer::start().await;
    let world = World::with(|config| mails.configure(config)).await;
    let mut alice = at_home(&world, "alice").await;
    for path in PAGES {
        assert_eq!(language(&world, &mut alice, path).await, "fr", "{path}: what the browser asks for");
    }
    let saved = send(&mut alice, ("/account", "/account"), &[("name", "Alice"), ("language", "de")]).await;
    assert!(saved.body.contains("Gespeichert."), "{}", saved.body);
    for path in PAGES {
        assert_eq!(language(&world, &mut alice, path).await, "de", "{path}: what she chose");
        let asked = format!("{path}?ui_locales=tlh%20es");
        assert_eq!(language(&world, &mut alice, &asked).await, "es", "{path}: what the request asks for");
        let asked = format!("{path}?ui_locales=tlh");
        assert_eq!(language(&world, &mut alice, &asked).await, "de", "{path}: nobody speaks that here");
    }
}

/// A page, whatever became of it, of a browser that asks for French.
async fn spoken(agent: &mut Agent, request: reqwest::RequestBuilder) -> (u16, String) {
    let request = request.header("accept-language", "fr").header("sec-fetch-site", "same-origin");
    let page = agent.send(request).await;
    let language = page.body.split("<html lang=\"").nth(1).unwrap_or_default().split('"').next();
    (page.status.as_u16(), language.unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_that_an_app_asks_for_reaches_every_page_until_the_answer() {
    let mails = gatewright_tests::MailServer::start().await;
    let world = World::with(|config| {
        mails.configure(config);
        config.login.email_code = true;
        config.sign_up.mode = gatewright_server::config::SignUpMode::Open;
    })
    .await;
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::of("pub1").set("ui_locales", "tlh ja")).await;
    let request = login.hidden("request");
    let ours = |status| (status, "ja".to_owned());
    for path in ["/login", "/login/code", "/forgot", "/sign-up"] {
        let sent = world.http.get(world.url(&format!("{path}?request={request}")));
        assert_eq!(spoken(&mut alice, sent).await, ours(200), "{path}");
        if !["/forgot", "/sign-up"].contains(&path) {
            // In a browser that nobody sent here.
            let sent = world.http.get(world.url(&format!("{path}?request={request}")));
            assert_eq!(spoken(&mut world.agent(), sent).await, ours(400), "{path}");
        }
    }
    for (path, more, status) in [
        ("/login", ("username", ""), 403),
        ("/login/factor", ("step", "made-up"), 400),
        ("/login/code", ("username", ""), 200),
        ("/login/code/check", ("ticket", "made-up"), 400),
        ("/forgot", ("username", ""), 422),
        ("/sign-up", ("email", ""), 422),
    ] {
        let form = world.http.post(world.url(path)).form(&[("request", request.as_str()), more]);
        assert_eq!(spoken(&mut alice, form).await, ours(status), "{path}");
    }
    let consent = world.log_in(&mut alice, &login, "alice").await;
    let ticket = consent.hidden("ticket");
    // An answer that is none, and one that comes too late.
    for pass in [0, 7200] {
        world.pass(pass);
        let form =
            world.http.post(world.url("/consent")).form(&[("ticket", ticket.as_str()), ("decision", "x")]);
        assert_eq!(spoken(&mut alice, form).await, ours(400), "after {pass} seconds");
        for path in ["/consent", "/authorize/resume"] {
            let sent = world.http.get(world.url(&format!("{path}?request={request}")));
            assert_eq!(spoken(&mut world.agent(), sent).await, ours(400), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_account_that_fail_are_in_the_language_that_their_person_chose() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    send(&mut alice, ("/account", "/account"), &[("name", "Alice"), ("language", "de")]).await;
    for path in ["/account", "/account/password", "/account/sessions"] {
        let form = world.http.post(world.url(path)).form(&[("nonsense", "1")]);
        assert_eq!(spoken(&mut alice, form).await, (400, "de".to_owned()), "{path}");
    }
    let unread = world.http.get(world.url("/account/security/passkey?%"));
    assert_eq!(spoken(&mut alice, unread).await, (400, "de".to_owned()));
    let form = world.http.post(world.url("/account/security/totp")).form(&[("enrolment", "made-up")]);
    assert_eq!(spoken(&mut alice, form).await, (400, "de".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_fail_are_in_the_language_that_whoever_is_signed_in_chose() {
    let mails = gatewright_tests::MailServer::start().await;
    let world = World::with(|config| mails.configure(config)).await;
    let mut alice = at_home(&world, "alice").await;
    send(&mut alice, ("/account", "/account"), &[("name", "Alice"), ("language", "de")]).await;
    for (path, status) in [
        ("/consent", 400),
        ("/consent?request=made-up", 400),
        ("/authorize/resume?request=made-up", 400),
        ("/device?user_code=a&user_code=b", 400),
        ("/device/confirm?request=made-up", 400),
        ("/email?link=made-up", 404),
    ] {
        let asked = |path: &str| world.http.get(world.url(path));
        assert_eq!(spoken(&mut alice, asked(path)).await, (status, "de".to_owned()), "{path}");
        // Whom nobody knows their browser speaks for, and so does what the request asks for.
        assert_eq!(spoken(&mut world.agent(), asked(path)).await.1, "fr", "{path}");
        let joint = if path.contains('?') { '&' } else { '?' };
        let asked = asked(&format!("{path}{joint}ui_locales=es"));
        assert_eq!(spoken(&mut alice, asked).await, (status, "es".to_owned()), "{path}");
    }
    for (path, (name, value)) in [
        ("/consent", ("ticket", "made-up")),
        ("/device/confirm", ("ticket", "made-up")),
        ("/email", ("link", "made-up")),
        ("/account/identities/connect", ("provider", "made-up")),
        ("/account/identities/disconnect", ("identity", "made-up")),
    ] {
        let form = || world.http.post(world.url(path)).form(&[(name, value)]);
        let (status, language) = spoken(&mut alice, form()).await;
        assert!((400..500).contains(&status), "{path}: {status}");
        assert_eq!(language, "de", "{path}");
        // A form of another site, too.
        let foreign = form().header("accept-language", "fr").header("sec-fetch-site", "cross-site");
        let refused = alice.send(foreign).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("<html lang=\"de\""), "{path}: {}", refused.body);
    }
    // The language that an app asks for goes before.
    let consent = world.authorize(&mut alice, &Az::of("pub1").set("ui_locales", "ja")).await;
    let ticket = consent.hidden("ticket");
    world.pass(7200);
    let late =
        world.http.post(world.url("/consent")).form(&[("ticket", ticket.as_str()), ("decision", "deny")]);
    assert_eq!(spoken(&mut alice, late).await, (400, "ja".to_owned()));
}
