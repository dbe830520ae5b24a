//! LO: signing out.

use gatewright_tests::{Agent, Az, Page, Tokens, World};
use serde_json::json;

use super::{is_signed_in, signed_in};

const BYE: &str = "https://app.test/bye";

/// Tokens of `conf1` for `name`, whose browser stays signed in.
async fn with_id_token(world: &World, name: &str) -> (Agent, Tokens) {
    let mut agent = world.agent();
    let az = Az::of("conf1").set("scope", "openid mcp:read");
    let back = world.approve(&mut agent, &az, name).await;
    let tokens = Tokens::of(&redeem(world, "conf1", &back.answer("code").unwrap()).await);
    (agent, tokens)
}

async fn redeem(world: &World, client: &str, code: &str) -> Page {
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", gatewright_tests::VERIFIER)];
    world.post_as(client, "/token", &fields).await
}

fn logout(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("/logout?{}", query.finish())
}

fn assert_error_page(page: &Page, what: &str) {
    assert_eq!((page.status.as_u16(), page.location()), (400, None), "{what}: {}", page.body);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{what}");
    assert_eq!(page.header("cache-control"), "no-store", "{what}");
    assert!(page.body.contains("This sign-out link does not work"), "{what}: {}", page.body);
    assert!(!page.headers.contains_key("set-cookie"), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_01_nobody_is_signed_out_by_a_link_or_another_site() {
    let world = World::new().await;
    let (mut alice, _) = signed_in(&world, "alice").await;
    let asked = alice.get("/logout").await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("id=\"logout-confirm\"") && asked.body.contains("alice@example.test"));
    assert!(is_signed_in(&world, &mut alice).await, "asking ends nothing");

    let ticket = asked.hidden("ticket");
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.test")]
    {
        let request = world.http.post(world.url("/logout")).header(name, value).form(&[("ticket", &ticket)]);
        let refused = alice.send(request).await;
        assert_eq!(
            (refused.status.as_u16(), refused.data_error()),
            (403, Some("invalid_request")),
            "{name}: {value}"
        );
    }
    // Nor with what somebody else is asked: it is not the session that page was about.
    let (mut mallory, _) = signed_in(&world, "mallory").await;
    let theirs = mallory.get("/logout").await.hidden("ticket");
    let asked_again = alice.post("/logout", &[("ticket", &theirs)]).await;
    assert!(
        asked_again.body.contains("id=\"logout-confirm\"") && asked_again.body.contains("alice@example.test")
    );
    for ticket in ["", "v1.x", &world.authorize(&mut world.agent(), &Az::of("pub1")).await.hidden("request")]
    {
        let page = alice.post("/logout", &[("ticket", ticket)]).await;
        assert!(!page.body.contains("logout-done"), "{}", page.body);
    }
    assert!(is_signed_in(&world, &mut alice).await);
    assert_eq!(world.events("session.ended").await, 0);

    let done = alice.post("/logout", &[("ticket", &ticket)]).await;
    assert_eq!(done.status, 200);
    assert!(
        done.body.contains("id=\"logout-done\"") && done.body.contains("You are signed out"),
        "{}",
        done.body
    );
    assert!(done.header("set-cookie").starts_with("__Host-gw_session=; "));
    assert!(!is_signed_in(&world, &mut alice).await);
    assert_eq!(world.events("session.ended").await, 1);
    let nobody = alice.post("/logout", &[("ticket", &ticket)]).await;
    assert!(nobody.body.contains("Nobody is signed in here"), "{}", nobody.body);
    assert!(is_signed_in(&world, &mut mallory).await, "and nobody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_01_a_hint_signs_out_the_session_it_names_and_no_other() {
    let world = World::new().await;
    let (mut here, tokens) = with_id_token(&world, "alice").await;
    let hint = tokens.id.as_deref().unwrap();
    let mut elsewhere = world.agent();
    let login = world.authorize(&mut elsewhere, &Az::of("conf1")).await;
    world.log_in(&mut elsewhere, &login, "alice").await;
    let (mut mallory, _) = signed_in(&world, "mallory").await;

    for agent in [&mut elsewhere, &mut mallory] {
        let page = agent.get(&logout(&[("id_token_hint", hint)])).await;
        assert!(page.body.contains("id=\"logout-confirm\""), "another session is asked: {}", page.body);
        assert!(is_signed_in(&world, agent).await);
    }
    world.pass(3 * 3_600);
    let ended = here.get(&logout(&[("id_token_hint", hint)])).await;
    assert!(
        ended.body.contains("You are signed out"),
        "an expired hint still names the session: {}",
        ended.body
    );
    assert!(!is_signed_in(&world, &mut here).await);
    assert!(is_signed_in(&world, &mut elsewhere).await);
}

/// Signing in again in another tab must not turn the open question into a false "nobody is signed in".
#[tokio::test(flavor = "multi_thread")]
async fn lo_01_a_stale_question_is_asked_again() {
    let world = World::new().await;
    let (mut alice, _) = signed_in(&world, "alice").await;
    let stale = alice.get("/logout").await.hidden("ticket");
    let login = world.authorize(&mut alice, &Az::of("pub1").set("prompt", "login")).await;
    world.log_in(&mut alice, &login, "alice").await;
    let page = alice.post("/logout", &[("ticket", &stale)]).await;
    assert!(page.body.contains("id=\"logout-confirm\""), "{}", page.body);
    let done = alice.post("/logout", &[("ticket", &page.hidden("ticket"))]).await;
    assert!(done.body.contains("You are signed out"), "{}", done.body);
    assert!(!is_signed_in(&world, &mut alice).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_02_the_way_back_is_registered_or_there_is_none() {
    let world = World::new().await;
    let (mut alice, tokens) = with_id_token(&world, "alice").await;
    let hint = tokens.id.as_deref().unwrap();
    let foreign = [
        "https://evil.test/",
        "https://app.test/bye?x",
        "https://app.test/bye/",
        "https://app.test/BYE",
        "https://app.test/bye#x",
        "https://app.test@evil.test/bye",
        "//evil.test/bye",
        "/bye",
        "javascript:alert(1)",
        "http://app.test/bye",
        gatewright_tests::CALLBACK,
    ];
    for uri in foreign {
        for named in [[("id_token_hint", hint)], [("client_id", "conf1")]] {
            let query = [named[0], ("post_logout_redirect_uri", uri)];
            assert_error_page(&alice.get(&logout(&query)).await, uri);
        }
    }
    let unnamed = [("post_logout_redirect_uri", BYE)];
    assert_error_page(&alice.get(&logout(&unnamed)).await, "no client");
    for client in ["pub1", "nope", "conf2\u{0}"] {
        let query = [("client_id", client), ("post_logout_redirect_uri", BYE)];
        let page = alice.get(&logout(&query)).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{client}");
    }
    let both = [("id_token_hint", hint), ("client_id", "conf2"), ("post_logout_redirect_uri", BYE)];
    assert_error_page(&alice.get(&logout(&both)).await, "hint and client disagree");
    assert!(is_signed_in(&world, &mut alice).await);

    // Without a hint the person says yes first.
    let query = [("client_id", "conf1"), ("post_logout_redirect_uri", BYE), ("state", "a b&c=d")];
    let asked = alice.get(&logout(&query)).await;
    assert!(asked.body.contains("id=\"logout-confirm\"") && asked.body.contains("Confidential One"));
    let back = alice.post("/logout", &[("ticket", &asked.hidden("ticket"))]).await;
    assert_eq!(
        (back.status.as_u16(), back.location()),
        (303, Some("https://app.test/bye?state=a+b%26c%3Dd"))
    );
    // Nobody is signed in any more: the way back is a link the person may follow, not a redirect.
    let nobody = alice.get(&logout(&query)).await;
    assert_eq!((nobody.status.as_u16(), nobody.location()), (200, None));
    assert!(nobody.body.contains("href=\"https://app.test/bye?state=a+b%26c%3Dd\""), "{}", nobody.body);

    let (mut alice, tokens) = with_id_token(&world, "alice").await;
    let query = [("id_token_hint", tokens.id.as_deref().unwrap()), ("post_logout_redirect_uri", BYE)];
    let back = alice.get(&logout(&query)).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, Some(BYE)));
    assert!(!is_signed_in(&world, &mut alice).await);

    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https://a@b.test/",
        "\tjavascript:1",
    ] {
        let metadata = json!({ "redirect_uris": ["https://x.test/cb"], "post_logout_redirect_uris": [uri] });
        let refused = world.post_json("/register", &metadata).await;
        assert_eq!(refused.status, 400, "{uri}: {}", refused.body);
        assert_eq!(refused.json()["error"], "invalid_redirect_uri", "{uri}");
    }
}

/// OpenID Connect RP-Initiated Logout 1.0 §2: apps may POST. Browsers keep the session's cookie back
/// when another site does, so the request comes round again as a GET.
#[tokio::test(flavor = "multi_thread")]
async fn lo_02_an_app_may_post_its_request() {
    let world = World::new().await;
    let (mut alice, tokens) = with_id_token(&world, "alice").await;
    let fields = [
        ("id_token_hint", tokens.id.as_deref().unwrap()),
        ("post_logout_redirect_uri", BYE),
        ("state", "\u{e4} &=+"),
    ];
    let request = world.http.post(world.url("/logout")).header("sec-fetch-site", "cross-site");
    let posted = Page::read(request.form(&fields).send().await.unwrap()).await;
    assert_eq!(posted.status, 303);
    let next = posted.location().unwrap().to_owned();
    assert!(next.starts_with("/logout?id_token_hint="), "{next}");
    assert!(is_signed_in(&world, &mut alice).await);
    let back = alice.get(&next).await;
    assert_eq!(back.location(), Some("https://app.test/bye?state=%C3%A4+%26%3D%2B"));
    assert!(!is_signed_in(&world, &mut alice).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_03_a_changed_or_foreign_hint_is_refused() {
    let world = World::new().await;
    let (mut alice, tokens) = with_id_token(&world, "alice").await;
    let hint = tokens.id.clone().unwrap();
    let parts: Vec<&str> = hint.split('.').collect();
    let flipped = |part: &str| {
        let last = if part.ends_with('A') { 'B' } else { 'A' };
        let middle = part.len() / 2;
        let replaced = if part.as_bytes()[middle] == b'A' { 'B' } else { last };
        format!("{}{replaced}{}", &part[..middle], &part[middle + 1..])
    };
    let none = gatewright_jose::base64url::encode(br#"{"alg":"none","typ":"JWT"}"#);
    let other = World::new().await;
    let (_, foreign) = with_id_token(&other, "alice").await;
    let hints = [
        (format!("{}.{}.{}", parts[0], parts[1], flipped(parts[2])), "signature"),
        (format!("{}.{}.{}", parts[0], flipped(parts[1]), parts[2]), "claims"),
        (format!("{}.{}.{}", flipped(parts[0]), parts[1], parts[2]), "header"),
        (format!("{none}.{}.", parts[1]), "unsigned"),
        (format!("{}.{}.", parts[0], parts[1]), "signature cut off"),
        (tokens.access.clone(), "an access token"),
        (tokens.refresh().to_owned(), "a refresh token"),
        (foreign.id.unwrap(), "another server's"),
        ("x".repeat(9_000), "garbage"),
    ];
    for (hint, what) in &hints {
        let query = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        assert_error_page(&alice.get(&logout(&query)).await, what);
    }
    assert!(is_signed_in(&world, &mut alice).await);
    assert_eq!(world.events("session.ended").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_05_signing_in_leads_nowhere_else() {
    let world = World::new().await;
    let mut agent = world.agent();
    let names =
        ["return_to", "next", "redirect", "redirect_uri", "continue", "url", "rd", "returnUrl", "goto"];
    let targets = ["//evil.test", "/\\evil.test", "https:evil.test", "https://evil.test", "\\\\evil.test"];
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    for name in names {
        for target in targets {
            let bare = agent.get(&format!("/login?{name}={target}")).await;
            assert_eq!((bare.status.as_u16(), bare.location()), (400, None), "{name}={target}");
            let page = agent.get(&format!("/login?request={request}&{name}={target}")).await;
            assert!(page.status == 200 && !page.body.contains("evil"), "{name}={target}: {}", page.body);
        }
        let fields = [
            ("request", request.as_str()),
            ("username", "alice"),
            ("password", gatewright_tests::PASSWORD),
            (name, "//evil.test"),
        ];
        let answer = agent.post(&format!("/login?{name}=//evil.test"), &fields).await;
        assert_eq!(answer.status, 303, "{name}");
        assert_eq!(
            answer.location(),
            Some(format!("/authorize/resume?request={request}").as_str()),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_06_what_is_bound_to_the_session_ends_with_it() {
    let world = World::new().await;
    let simple = json!({ "client_name": "No refresh", "redirect_uris": [gatewright_tests::CALLBACK],
                         "grant_types": ["authorization_code"], "token_endpoint_auth_method": "none" });
    world.add_client("simple", simple).await;
    sqlx::query("UPDATE clients SET profile = 'oidc_compat' WHERE id = 'conf1'")
        .execute(&world.database)
        .await
        .unwrap();
    world.app.directory.forget();

    let mut alice = world.agent();
    let mut tokens = Vec::new();
    for (client, scope) in [
        ("simple", "mcp:read"),
        ("conf1", "openid mcp:read"),
        ("conf1", "openid mcp:read offline_access"),
        ("pub1", "mcp:read"),
    ] {
        let back = world.approve(&mut alice, &Az::of(client).set("scope", scope), "alice").await;
        let code = back.answer("code").unwrap_or_else(|| panic!("{client}: {back:?}"));
        tokens.push(Tokens::of(&match client {
            "conf1" => redeem(&world, client, &code).await,
            _ => world.redeem(client, &code, &[]).await,
        }));
    }
    let [simple, bound, offline, agent] = &tokens[..] else { panic!() };
    let (mut elsewhere, _) = with_id_token(&world, "alice").await;
    let asked = alice.get("/logout").await;
    alice.post("/logout", &[("ticket", &asked.hidden("ticket"))]).await;
    assert!(!world.is_active(&simple.access).await, "no refresh token: bound to the session");
    assert!(!world.is_active(&bound.access).await, "no offline_access in oidc_compat: bound");
    let renew = async |token: &Tokens| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token.refresh())];
        world.post_as("conf1", "/token", &fields).await
    };
    let refused = renew(bound).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
    assert!(world.is_active(&offline.access).await, "offline_access outlives the session");
    assert_eq!(renew(offline).await.status, 200);
    assert!(world.is_active(&agent.access).await, "an MCP agent outlives the session");
    assert_eq!(world.refresh("pub1", agent.refresh()).await.status, 200);
    assert!(is_signed_in(&world, &mut elsewhere).await, "other browsers stay signed in");
    let detail: serde_json::Value =
        sqlx::query_scalar("SELECT detail FROM events WHERE kind = 'session.ended'")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!(detail["grants"], 2);
}
