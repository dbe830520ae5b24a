//! CN: the consent page and its answer.

use chrono::Duration;
use gatewright_tests::{Agent, Az, OTHER, Page, Tokens, World};

use super::signed_in;

/// Posts an answer with the headers given.
async fn answer(world: &World, agent: &mut Agent, ticket: &str, headers: &[(&str, &str)]) -> Page {
    let fields = [("ticket", ticket), ("decision", "approve")];
    let request = world.http.post(world.url("/consent")).form(&fields);
    agent.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

fn section<'a>(page: &'a Page, from: &str, to: &str) -> &'a str {
    let rest = page.body.split(from).nth(1).unwrap_or_else(|| panic!("no {from} in {}", page.body));
    rest.split(to).next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_01_no_page_can_be_framed() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let logout = agent.get("/logout").await;
    let error = agent.get("/consent").await;
    for (page, mark) in [
        (&login, "login-form"),
        (&consent, "consent-form"),
        (&logout, "logout-confirm"),
        (&error, "oauth-error"),
    ] {
        assert!(page.body.contains(&format!("id=\"{mark}\"")), "{mark}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{mark}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{mark}");
        let policy = page.header("content-security-policy");
        assert!(policy.split("; ").any(|rule| rule == "frame-ancestors 'none'"), "{mark}: {policy}");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{mark}: {policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_02_only_the_page_itself_can_answer() {
    let world = World::new().await;
    let (mut alice, consent) = signed_in(&world, "alice").await;
    let ticket = consent.hidden("ticket");
    world.pass(2);
    let own = world.app.config.origin().to_owned();

    let foreign: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
    ];
    for headers in foreign {
        let refused = answer(&world, &mut alice, &ticket, headers).await;
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(
            refused.location().is_none() && refused.body.contains("This form did not come from our page")
        );
    }

    let same = [("sec-fetch-site", "same-origin")];
    let without = alice.post("/consent", &[("decision", "approve")]).await;
    assert_eq!((without.status.as_u16(), without.data_error()), (400, Some("invalid_request")));
    let mut changed = ticket.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let logout = alice.get("/logout").await.hidden("ticket");
    let request = world.authorize(&mut world.agent(), &Az::of("pub1")).await.hidden("request");
    for (other, what) in
        [(changed, "changed"), (logout, "of logout"), (request, "a request"), (String::from("v1"), "no")]
    {
        let refused = answer(&world, &mut alice, &other, &same).await;
        assert_eq!(refused.status, 400, "{what} ticket");
        assert!(refused.location().is_none(), "{what} ticket");
    }

    let (mut mallory, theirs) = signed_in(&world, "mallory").await;
    world.pass(2);
    let planted = answer(&world, &mut alice, &theirs.hidden("ticket"), &same).await;
    assert_eq!(planted.status, 400, "a ticket of another browser");
    assert!(planted.body.contains("started somewhere else"), "{}", planted.body);
    let stolen = answer(&world, &mut mallory, &ticket, &same).await;
    assert_eq!(stolen.status, 400);

    // Same browser, but somebody else signed in since.
    let login = world.authorize(&mut alice, &Az::of("pub1").set("prompt", "login")).await;
    world.log_in(&mut alice, &login, "mallory").await;
    let other_person = answer(&world, &mut alice, &ticket, &same).await;
    assert_eq!(other_person.status, 303);
    assert!(other_person.location().unwrap().starts_with("/authorize/resume?request="));
    assert_eq!((world.count("codes").await, world.count("consents").await), (0, 0));

    let by_origin = answer(&world, &mut mallory, &theirs.hidden("ticket"), &[("origin", &own)]).await;
    assert!(by_origin.answer("code").is_some(), "browsers without Fetch Metadata send the origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_02_a_page_is_answered_once() {
    let world = World::new().await;
    let (mut agent, consent) = signed_in(&world, "alice").await;
    let back = world.decide(&mut agent, &consent, "approve").await;
    let again = world.decide(&mut agent, &consent, "approve").await;
    assert_eq!(back.answer("code"), again.answer("code"), "a double click gets the same code");
    assert_eq!(world.count("codes").await, 1);
    Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let spent = world.decide(&mut agent, &consent, "approve").await;
    assert_eq!((spent.status.as_u16(), spent.location()), (400, None));
    assert!(spent.body.contains("This page is no longer valid"), "{}", spent.body);
    assert_eq!((world.count("codes").await, world.count("grants").await), (1, 1));

    let (mut slow, consent) = signed_in(&world, "mallory").await;
    world.pass(1801);
    let late = world.decide(&mut slow, &consent, "approve").await;
    assert_eq!(late.status, 400, "a page can be answered for half an hour");
    assert_eq!(world.count("codes").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_03_an_answer_for_one_client_person_and_resource_serves_no_other() {
    let world = World::new().await;
    let mut alice = world.agent();
    assert!(world.approve(&mut alice, &Az::of("pub1"), "alice").await.answer("code").is_some());
    assert!(world.authorize(&mut alice, &Az::of("pub1")).await.answer("code").is_some(), "remembered");

    let other_client = world.authorize(&mut alice, &Az::to("pub2", "https://two.test/cb")).await;
    assert!(other_client.body.contains("id=\"consent-form\""), "another client");
    let other_resource = world.authorize(&mut alice, &Az::of("pub1").set("resource", OTHER)).await;
    assert!(other_resource.body.contains("id=\"consent-form\""), "another resource");
    let (_, other_person) = signed_in(&world, "mallory").await;
    assert!(other_person.body.contains("id=\"consent-form\""), "another person");

    let twin = serde_json::json!({ "client_name": "Public One", "redirect_uris": [gatewright_tests::CALLBACK],
                                   "token_endpoint_auth_method": "none" });
    let twin = world.post_json("/register", &twin).await.json()["client_id"].as_str().unwrap().to_owned();
    let twin = world.authorize(&mut alice, &Az::of(&twin)).await;
    assert!(twin.body.contains("id=\"consent-form\""), "a client that looks the same");
    assert_eq!(world.count("consents").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_04_a_new_scope_is_shown_first_and_never_granted_silently() {
    let world = World::new().await;
    let mut alice = world.agent();
    world.approve(&mut alice, &Az::of("pub1"), "alice").await;
    let wider = Az::of("pub1").set("scope", "mcp:read mcp:write");
    let silent = world.authorize(&mut alice, &wider.clone().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"));

    let page = world.authorize(&mut alice, &wider).await;
    let new = section(&page, "New: it will also be able to", "<details>");
    assert!(new.contains("class=\"dangerous\"") && new.contains("Change your notes"), "{new}");
    assert!(!new.contains("Read your notes"), "{new}");
    let before = section(&page, "<details>", "</details>");
    assert!(before.contains("Allowed before (1)") && before.contains("Read your notes"), "{before}");

    let refused = world.decide(&mut alice, &page, "deny").await;
    assert_eq!(refused.answer("error").as_deref(), Some("access_denied"));
    let silent = world.authorize(&mut alice, &wider.clone().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"), "a refusal grants nothing");

    // Asking for what is new only grants the union, which is what the page showed.
    let page = world.authorize(&mut alice, &Az::of("pub1").set("scope", "mcp:write")).await;
    let back = world.decide(&mut alice, &page, "approve").await;
    let tokens = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    assert_eq!(tokens.body["scope"], "mcp:read mcp:write");
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_06_prompt_consent_cannot_be_stripped_on_the_way() {
    let world = World::new().await;
    let mut alice = world.agent();
    world.approve(&mut alice, &Az::of("pub1"), "alice").await;
    let asked = Az::of("pub1").set("prompt", "consent");
    let started = alice.get(&format!("/authorize?{}", asked.query())).await;
    let to_consent = started.location().unwrap().to_owned();
    let request = to_consent.strip_prefix("/consent?request=").unwrap();
    let pages = [
        to_consent.clone(),
        format!("{to_consent}&prompt=none"),
        format!("/authorize/resume?request={request}"),
        format!("/authorize/resume?request={request}&prompt="),
    ];
    for path in pages {
        let first = alice.get(&path).await;
        let page = alice.follow(first).await;
        assert!(page.body.contains("id=\"consent-form\""), "{path}: {}", page.body);
        assert!(page.body.contains("As you allowed before, it will be able to"));
    }
    let login = alice.get(&format!("/login?request={request}")).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "signing in again is no answer");
    let codes = world.count("codes").await;
    assert_eq!(codes, 1);
    assert!(world.decide(&mut alice, &page, "approve").await.answer("code").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_07_only_the_resource_explains_its_scopes() {
    const LIE: &str = "Harmless statistics only";
    let world = World::new().await;
    let metadata = serde_json::json!({
        "client_name": "Notes", "redirect_uris": ["https://notes.test/cb"], "token_endpoint_auth_method": "none",
        "scope": "mcp:write", "scope_descriptions": { "mcp:write": LIE }, "scopes": [{ "name": "mcp:write", "description": LIE }],
        "description": LIE, "client_name#de": LIE, "software_id": LIE, "contacts": [LIE],
    });
    let id = world.post_json("/register", &metadata).await.json()["client_id"].as_str().unwrap().to_owned();
    let az = Az::to(&id, "https://notes.test/cb")
        .set("scope", "mcp:write")
        .also("scope_description", LIE)
        .also("mcp:write", LIE)
        .also("ui_locales", LIE)
        .also("description", LIE);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &az).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    for page in [&login, &consent] {
        assert!(!page.body.contains("Harmless"), "{}", page.body);
    }
    let shown = section(&consent, "class=\"scopes\"", "</ul>");
    assert!(shown.contains("Change your notes") && shown.contains("Risky"), "{shown}");

    let details = format!("[{{\"type\":\"mcp:write\",\"description\":\"{LIE}\"}}]");
    let refused = world.authorize(&mut agent, &az.also("authorization_details", &details)).await;
    assert_eq!(refused.answer("error").as_deref(), Some("invalid_authorization_details"));
    assert!(!refused.body.contains("Harmless"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_08_an_answer_nobody_can_have_read_for_is_asked_for_again() {
    let world = World::new().await;
    let (mut agent, consent) = signed_in(&world, "alice").await;
    let at_once = |ticket: String| [("ticket", ticket), ("decision", "approve".to_owned())];
    // The clock runs on while requests travel; set back, no machine is slow enough to have "read" it.
    world.clock.advance(Duration::seconds(-60));
    let mut ticket = consent.hidden("ticket");
    for _ in 0..3 {
        let fields = at_once(ticket.clone());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let again = agent.post("/consent", &fields).await;
        assert_eq!(again.status, 409);
        assert!(again.location().is_none());
        assert!(
            again.body.contains("That answer came before anybody could read this page."),
            "{}",
            again.body
        );
        assert!(again.body.contains("role=\"alert\""));
        ticket = again.hidden("ticket");
        world.clock.advance(Duration::seconds(-60));
    }
    assert_eq!((world.count("codes").await, world.count("consents").await), (0, 0));
    world.clock.advance(Duration::seconds(61));
    let back = agent.post("/consent", &[("ticket", &ticket), ("decision", "approve")]).await;
    assert!(back.answer("code").is_some(), "{} {}", back.status, back.body);

    // Saying no needs no time, and is what Enter says.
    let page = world.authorize(&mut agent, &Az::of("pub1").set("prompt", "consent")).await;
    let form = section(&page, "<form id=\"consent-form\"", "</form>");
    let (first, rest) = form.split_once("</button>").unwrap();
    assert!(first.contains("value=\"deny\"") && first.contains("autofocus"), "{form}");
    assert!(rest.contains("value=\"approve\"") && !rest.contains("autofocus"), "{form}");
    world.clock.advance(Duration::seconds(-60));
    let back = agent.post("/consent", &[("ticket", &page.hidden("ticket")), ("decision", "deny")]).await;
    assert_eq!(back.answer("error").as_deref(), Some("access_denied"));
    for decision in ["", "yes", "Approve", "approve "] {
        let refused =
            agent.post("/consent", &[("ticket", &page.hidden("ticket")), ("decision", decision)]).await;
        assert_eq!((refused.status.as_u16(), refused.location()), (400, None), "{decision:?}");
    }
}
