//! UI: what others write, as pages show it.

use gatewright_tests::{Az, Page, World};
use serde_json::json;

const HIDDEN: [char; 12] = [
    '\u{202e}',
    '\u{202a}',
    '\u{2066}',
    '\u{2069}',
    '\u{200b}',
    '\u{200d}',
    '\u{feff}',
    '\u{ad}',
    '\u{e0041}',
    '\u{1b}',
    '\u{7}',
    '\u{85}',
];

/// The login and consent pages of a client that registered itself under this name.
async fn pages(world: &World, name: &str, redirect: &str) -> (Page, Page) {
    let metadata =
        json!({ "client_name": name, "redirect_uris": [redirect], "token_endpoint_auth_method": "none" });
    let registered = world.post_json("/register", &metadata).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::to(&id, redirect)).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    (login, consent)
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_01_a_name_cannot_change_how_the_page_reads() {
    let world = World::new().await;
    let tricky: String = HIDDEN.iter().flat_map(|hidden| ['x', *hidden]).collect();
    let name = format!("{tricky}\u{202e}gpj.exe\r\nVerified\t<b>\"&'");
    let (login, consent) = pages(&world, &name, "https://notes.test/cb").await;
    for page in [&login, &consent] {
        for hidden in HIDDEN {
            assert!(!page.body.contains(hidden), "{hidden:?}");
        }
        assert!(page.body.contains("xxxxxxxxxxxx gpj.exe Verified &#60;b&#62;"), "{}", page.body);
        assert!(!page.body.contains("<b>"), "{}", page.body);
        assert!(page.body.contains("Not verified") && !page.body.contains(">Verified<"));
    }
    let (_, consent) = pages(&world, &"n".repeat(200), "https://notes.test/cb").await;
    assert!(
        consent.body.contains(&format!("{}…", "n".repeat(63))) && !consent.body.contains(&"n".repeat(64))
    );
    let (_, nameless) = pages(&world, "\u{200b}\u{202e} \u{3164}", "https://nameless.test/cb").await;
    assert!(nameless.body.contains("nameless.test</bdi> wants to use"), "{}", nameless.body);
    assert!(
        nameless.body.contains("It gave no name."),
        "nobody is quoted with words of ours: {}",
        nameless.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_02_a_name_or_host_that_imitates_another_is_called_out() {
    let world = World::new().await;
    for name in ["Claude", "\u{421}laude", "Cl\u{e0}ude Code", "C l a u d e", "GitHub", "G\u{131}tHub"] {
        let (login, consent) = pages(&world, name, "https://notes.test/cb").await;
        let famous = if name.contains('H') { "GitHub" } else { "Claude" };
        assert!(
            consent.body.contains(&format!("This name looks like “<bdi>{famous}</bdi>”.")),
            "{name}: {}",
            consent.body
        );
        assert!(
            consent.body.contains("notes.test</bdi> wants to use"),
            "the host is the subject, not the claim"
        );
        assert!(login.body.contains("Not verified"), "{name}");
    }
    let (_, plain) = pages(&world, "Notes", "https://notes.test/cb").await;
    assert!(!plain.body.contains("looks like"), "{}", plain.body);

    // xn--80ak6aa92e is "apple" in Cyrillic letters.
    let (_, consent) = pages(&world, "Fruit", "https://xn--80ak6aa92e.com/cb").await;
    assert!(consent.body.contains("This address may imitate another one."), "{}", consent.body);
    assert!(consent.body.contains("xn--80ak6aa92e.com</bdi> wants to use"), "{}", consent.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_04_a_request_does_not_write_our_pages() {
    const MARK: &str = "call 555-0100 now <script>alert(1)</script>";
    let world = World::new().await;
    let encoded: String = url::form_urlencoded::byte_serialize(MARK.as_bytes()).collect();
    let texts = [
        "error_hint",
        "error",
        "error_description",
        "message",
        "error_uri",
        "title",
        "ui_hint",
        "request_id",
    ];
    let (mut agent, _) = super::signed_in(&world, "alice").await;
    for path in
        ["/error", "/login", "/consent", "/logout", "/authorize", "/authorize/resume", "/oauth/error", "/"]
    {
        for text in texts {
            let page = agent.get(&format!("{path}?{text}={encoded}")).await;
            assert!(!page.body.contains("555-0100"), "{path}?{text}: {}", page.body);
            assert!([200, 400, 404].contains(&page.status.as_u16()), "{path}: {}", page.status);
        }
        let page = agent.get(&format!("{path}/call-555-0100-now")).await;
        assert!(page.body.contains("There is nothing here") || page.status == 400, "{path}: {}", page.body);
        assert!(!page.body.contains("555-0100"), "{path}: {}", page.body);
    }
    // Parameters that are errors themselves are named, never quoted.
    let names = [
        "response_type",
        "response_mode",
        "prompt",
        "max_age",
        "scope",
        "resource",
        "code_challenge_method",
        "redirect_uri",
        "client_id",
    ];
    for name in names {
        let first = agent.get(&format!("/authorize?{}", Az::of("pub1").set(name, MARK).query())).await;
        assert!(!first.body.contains("555-0100"), "{name}: {}", first.body);
        if let Some(description) = first.answer("error_description") {
            assert!(!description.contains("555-0100"), "{name}: {description}");
        }
    }
}
