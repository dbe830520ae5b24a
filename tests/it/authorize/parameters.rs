//! What an authorization request may look like: client, response type, repetition, encoding.

use gatewright_tests::{Az, CALLBACK, World};

use super::{Before, accepted, ask, ask_raw, error_page, refused, refused_with, sealed};

#[tokio::test(flavor = "multi_thread")]
async fn az_01_unknown_disabled_and_deleted_clients_share_one_error_page() {
    let world = World::new().await;
    world.disable_client("pub2").await;
    sqlx::query("DELETE FROM clients WHERE id = 'conf2'").execute(&world.database).await.unwrap();
    world.app.directory.forget();
    let before = Before::of(&world).await;
    let mut pages = Vec::new();
    for (client, redirect) in [
        ("nope", "https://evil.test"),
        ("pub2", "https://two.test/cb"),
        ("conf2", CALLBACK),
        ("https://evil.test/client.json", "https://evil.test/cb"),
    ] {
        for az in [
            Az::to(client, redirect),
            Az::to(client, redirect).set("scope", "bad").without("code_challenge"),
            Az::to(client, redirect).set("prompt", "none").set("response_mode", "form_post"),
        ] {
            let page = ask(&world, &az).await;
            error_page(&page, "invalid_client", client);
            assert!(!page.body.contains("evil.test") && !page.body.contains(client), "{}", page.body);
            let mut names: Vec<_> = page.headers.keys().map(ToString::to_string).collect();
            names.sort_unstable();
            pages.push((page.body.replace(page.header("x-request-id"), "ID"), names));
        }
    }
    for page in &pages {
        assert_eq!(page, &pages[0]);
    }
    before.holds(&world).await;
    // Nor is there a difference for somebody who is signed in.
    let mut agent = super::signed_in(&world, "alice").await;
    for (client, redirect) in [("nope", "https://evil.test"), ("pub2", "https://two.test/cb")] {
        let page = super::ask_as(&world, &mut agent, &Az::to(client, redirect)).await;
        assert_eq!(page.body.replace(page.header("x-request-id"), "ID"), pages[0].0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_01_a_client_id_nobody_can_have_is_a_page_too() {
    let world = World::new().await;
    for client in
        ["", "pub1 ", "PUB1", "pub1\u{200b}", "../pub1", "http://evil.test/x.json", "javascript:alert(1)"]
    {
        let page = ask(&world, &Az::of(client)).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{client}");
        assert!(!page.body.contains("evil.test") && !page.body.contains("alert(1)"), "{client}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_02_only_codes_are_given_and_forms_cannot_change_that() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let others =
        ["token", "id_token", "id_token token", "code token", "code id_token", "none", "CODE", "code code"];
    for kind in others {
        let page = ask(&world, &Az::of("pub1").set("response_type", kind)).await;
        refused(&world, &page, "unsupported_response_type", kind);
    }
    before.holds(&world).await;
    // The request is sealed: what a form says besides is read by nobody.
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    let tampered = [
        ("response_type", "token"),
        ("redirect_uri", "https://evil.test/cb"),
        ("scope", "mcp:admin"),
        ("client_id", "pub2"),
        ("state", "other"),
    ];
    let mut fields =
        vec![("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    fields.extend(tampered);
    let answer = agent.post(&world.url("/login"), &fields).await;
    let consent = agent.follow(answer).await;
    let ticket = consent.hidden("ticket");
    world.pass(2);
    let mut fields = vec![("ticket", ticket.as_str()), ("decision", "approve")];
    fields.extend(tampered);
    let answer = agent.post(&world.url("/consent"), &fields).await;
    let code = super::answered(&world, &answer, CALLBACK);
    assert_eq!(answer.answer("state").as_deref(), Some("st-1"));
    assert!(!answer.location().unwrap().contains("token"));
    assert_eq!(world.redeem("pub1", &code, &[]).await.json()["scope"], "mcp:read");
    // The seal holds: no byte of it can be another one.
    for at in [0, 10, request.len() / 2, request.len() - 1] {
        let mut bytes = request.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let broken = String::from_utf8(bytes).unwrap();
        let page = agent.get(&world.url(&format!("/authorize/resume?request={broken}"))).await;
        error_page(&page, "invalid_request", "a broken seal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_03_a_missing_response_type_is_an_error_of_its_own() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let page = ask(&world, &Az::of("pub1").without("response_type")).await;
    refused(&world, &page, "invalid_request", "absent");
    assert!(page.answer("error_description").unwrap().contains("response_type"));
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_04_a_repeated_parameter_is_refused() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let again = |name: &str, value: &str| Az::of("pub1").also(name, value);
    error_page(&ask(&world, &again("redirect_uri", CALLBACK)).await, "invalid_request", "redirect_uri");
    error_page(
        &ask(&world, &again("redirect_uri", "https://evil.test/cb")).await,
        "invalid_request",
        "redirect_uri",
    );
    error_page(&ask(&world, &again("client_id", "pub1")).await, "invalid_request", "client_id");
    for (name, value) in
        [("scope", "mcp:read"), ("response_type", "code"), ("code_challenge_method", "S256"), ("scope", "")]
    {
        refused(&world, &ask(&world, &again(name, value)).await, "invalid_request", name);
    }
    for name in [
        "acr_values",
        "authorization_details",
        "claims",
        "claims_locales",
        "display",
        "dpop_jkt",
        "id_token_hint",
        "login_hint",
        "max_age",
        "nonce",
        "prompt",
        "registration",
        "request",
        "request_uri",
        "response_mode",
        "ui_locales",
    ] {
        let az = Az::of("pub1").also(name, "1").also(name, "1");
        refused(&world, &ask(&world, &az).await, "invalid_request", name);
    }
    // Which of two states would be the client's is anybody's guess: it gets none.
    let page = ask(&world, &again("state", "st-2")).await;
    refused_with(&world, &page, (CALLBACK, "invalid_request", None), "state");
    before.holds(&world).await;
    // RFC 8707 section 2 lets `resource` repeat.
    accepted(&ask(&world, &again("resource", gatewright_tests::MCP)).await, "resource");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_04_query_and_body_of_a_post_count_together() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");
    let page = agent.post(&world.url("/authorize?state=st-2"), &az.pairs()).await;
    assert_eq!(page.status, 303);
    let page = agent.follow(page).await;
    refused_with(&world, &page, (CALLBACK, "invalid_request", None), "state");
    let page = agent.post(&world.url("/authorize?client_id=pub2"), &az.pairs()).await;
    error_page(&agent.follow(page).await, "invalid_request", "client_id");
    let page = agent.post(&world.url("/authorize?redirect_uri=https%3A%2F%2Fevil.test"), &az.pairs()).await;
    error_page(&agent.follow(page).await, "invalid_request", "redirect_uri");
    // One half each is fine.
    let halves = az.clone().without("client_id");
    let page = agent.post(&world.url("/authorize?client_id=pub1"), &halves.pairs()).await;
    super::is_login(&agent.follow(page).await, "halves");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_05_names_and_values_are_decoded_once_and_nothing_is_guessed() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let base = |az: Az| az.query();
    let without_state = base(Az::of("pub1").without("state"));
    for (raw, echoed) in
        [("state=%00", "\0"), ("state=a%0D%0ASet-Cookie:x", "a\r\nSet-Cookie:x"), ("state=%7F", "\u{7f}")]
    {
        let page = ask_raw(&world, &format!("{without_state}&{raw}")).await;
        refused_with(&world, &page, (CALLBACK, "invalid_request", Some(echoed)), raw);
        assert!(page.headers.get("set-cookie").is_none_or(|value| !value.to_str().unwrap().contains(":x")));
    }
    let page = ask_raw(&world, &format!("{without_state}&state=%C0%AF")).await;
    refused_with(&world, &page, (CALLBACK, "invalid_request", None), "overlong state");
    let without_scope = base(Az::of("pub1").without("scope"));
    for raw in [
        "scope=%C0%AF",
        "scope=%FF",
        "scope=mcp:read%00",
        "scope=%zz",
        "scope=%",
        "x=%00",
        "%00=x",
        "nonce=%0A",
    ] {
        let page = ask_raw(&world, &format!("{without_scope}&{raw}")).await;
        refused(&world, &page, "invalid_request", raw);
    }
    for (raw, code) in [
        ("Client_Id=pub1", "invalid_request"),
        ("client_id%00=pub1", "invalid_request"),
        ("client_id=pub1;client_id=x", "invalid_client"),
        ("client_id=pub1%3Bclient_id=x", "invalid_client"),
        ("client_id=pub1%2500", "invalid_client"),
        ("client_id=pub1%00", "invalid_request"),
        ("client_id[]=pub1", "invalid_request"),
    ] {
        let query = base(Az::of("pub1").without("client_id"));
        let page = ask_raw(&world, &format!("{raw}&{query}")).await;
        error_page(&page, code, raw);
    }
    let query = base(Az::of("pub1").without("redirect_uri"));
    for (raw, code) in [
        ("redirect_uri=https%253A%252F%252Fapp.test%252Fcb", "invalid_redirect_uri"),
        ("redirect_uri=https%3A%2F%2Fapp.test%2Fcb%00", "invalid_request"),
        ("redirect_uri=https%3A%2F%2Fapp.test%2Fcb%0D%0A", "invalid_request"),
        ("redirect_uri=https%3A%2F%2Fapp.test%2Fcb+", "invalid_redirect_uri"),
        ("redirect_uri=%C0%AF", "invalid_request"),
    ] {
        let page = ask_raw(&world, &format!("{raw}&{query}")).await;
        error_page(&page, code, raw);
    }
    before.holds(&world).await;
    // Names are decoded like values.
    let query = base(Az::of("pub1").without("client_id"));
    accepted(&ask_raw(&world, &format!("client%5Fid=pub1&{query}")).await, "an encoded name");
    accepted(&ask_raw(&world, &format!("client%5Fid=%70ub1&{query}&&")).await, "an encoded value");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_06_an_empty_parameter_counts_as_absent() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for name in ["code_challenge", "response_type", "code_challenge_method"] {
        let empty = ask(&world, &Az::of("pub1").set(name, "")).await;
        refused(&world, &empty, "invalid_request", name);
        let absent = ask(&world, &Az::of("pub1").without(name)).await;
        assert_eq!(empty.answer("error_description"), absent.answer("error_description"), "{name}");
    }
    let page = ask(&world, &Az::of("pub1").set("code_challenge", "")).await;
    assert!(page.answer("error_description").unwrap().contains("code_challenge is required"));
    let page = ask(&world, &Az::of("pub1").set("state", "").set("response_type", "token")).await;
    refused_with(&world, &page, (CALLBACK, "unsupported_response_type", None), "state");
    error_page(&ask(&world, &Az::of("").set("client_id", "")).await, "invalid_request", "client_id");
    before.holds(&world).await;
    for name in
        ["redirect_uri", "scope", "resource", "prompt", "max_age", "nonce", "response_mode", "request"]
    {
        accepted(&ask(&world, &Az::of("pub1").set(name, "")).await, name);
    }
    // Two empty ones are two all the same.
    refused(
        &world,
        &ask(&world, &Az::of("pub1").also("nonce", "").also("nonce", "")).await,
        "invalid_request",
        "nonce",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_larger_than_anybody_needs_are_refused() {
    let world = World::new().await;
    let mut az = Az::of("pub1");
    for number in 0..130 {
        az = az.also(&format!("x{number}"), "1");
    }
    error_page(&ask(&world, &az).await, "invalid_request", "130 parameters");
    let page = ask(&world, &Az::of("pub1").set("nonce", &"n".repeat(513))).await;
    refused(&world, &page, "invalid_request", "nonce");
    let page = ask(&world, &Az::of("pub1").set("login_hint", &"n".repeat(257))).await;
    refused(&world, &page, "invalid_request", "login_hint");
    let body = "x".repeat(13 * 1024);
    let page = world.post("/authorize", &[("x", &body)]).await;
    assert_eq!((page.status.as_u16(), page.location()), (413, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn request_objects_and_registration_on_the_fly_are_not_offered() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for (name, value, code) in [
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "https://evil.test/request.jwt", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        refused(&world, &ask(&world, &Az::of("pub1").set(name, value)).await, code, name);
    }
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn post_authorize_means_the_same_as_get() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1").set("state", "a b+c&d=#é\u{1F600}\"%41");
    let page = agent.post(&world.url("/authorize"), &az.pairs()).await;
    assert_eq!(page.status, 303);
    assert!(page.location().unwrap().starts_with("/authorize?"), "{:?}", page.location());
    let login = agent.follow(page).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let back = world.decide(&mut agent, &consent, "approve").await;
    assert_eq!(back.answer("state").as_deref(), Some("a b+c&d=#é\u{1F600}\"%41"));
    super::answered(&world, &back, CALLBACK);
    // What is no form has no parameters, and what is badly written does not become another request.
    let page = Az::of("pub1").query();
    for (kind, body) in [("application/json", page.as_str()), ("text/plain", page.as_str())] {
        let request =
            world.http.post(world.url("/authorize")).header("content-type", kind).body(body.to_owned());
        let page = agent.send(request).await;
        error_page(&agent.follow(page).await, "invalid_request", kind);
    }
    let body = format!("state=before#after&{}", Az::of("pub1").without("state").query());
    let request = world
        .http
        .post(world.url("/authorize"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let page = agent.send(request).await;
    let page = agent.follow(page).await;
    assert_eq!(page.answer("state").as_deref(), Some("before#after"), "{page:?}");
    let spaced = world
        .http
        .post(world.url("/authorize"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("client_id=pub1 x");
    error_page(&agent.send(spaced).await, "invalid_request", "a space");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sealed_request_says_nothing_to_who_carries_it() {
    let world = World::new().await;
    let az = Az::of("pub1").set("state", "very-secret-state").set("login_hint", "alice@example.test");
    let page = ask(&world, &az).await;
    accepted(&page, "baseline");
    let text = sealed(&page);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
    let bytes = gatewright_jose::base64url::decode(&text).unwrap();
    for secret in ["very-secret-state", "alice", "pub1", "app.test"] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
    assert_ne!(sealed(&ask(&world, &az).await), text, "sealed with fresh randomness");
}
