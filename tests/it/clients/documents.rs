//! Which documents are read, how often, and what becomes of them (CI-05 to CI-07, CI-09, CI-12, CI-13).

use std::time::Duration;

use futures_util::future::join_all;
use gatewright_tests::internet::Reply;
use gatewright_tests::{Az, CALLBACK, Tokens, flows};
use serde_json::json;

use super::{HOST, ID, document, known, published, refused, unknown, visit, with, world};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_nobody_registered_signs_a_person_in() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of(ID)).await;
    known(&login, "login");
    assert_eq!(world.count("clients").await, 8, "nothing is written for somebody who only asks");
    let consent = world.log_in(&mut agent, &login, "alice").await;
    assert!(consent.body.contains(HOST), "the host is who asks: {}", consent.body);
    let heading = consent.body.split("id=\"question\">").nth(1).unwrap().split("</h1>").next().unwrap();
    assert!(heading.contains(HOST) && !heading.contains("Document App"), "{heading}");
    let back = world.decide(&mut agent, &consent, "approve").await;
    let code = back.answer("code").unwrap();
    assert!(back.location().unwrap().starts_with(CALLBACK));
    let tokens = Tokens::of(&world.redeem(ID, &code, &[]).await);
    assert_eq!(flows::claims(&tokens.access)["client_id"], ID);
    assert!(world.is_active(&tokens.access).await);
    let refreshed = Tokens::of(&world.refresh(ID, tokens.refresh()).await);
    assert_eq!(world.post("/revoke", &[("client_id", ID), ("token", refreshed.refresh())]).await.status, 200);
    assert!(!world.is_active(&refreshed.access).await);
    assert_eq!(site.asked("/client.json"), 1, "once for everything");
    assert_eq!(world.count("clients").await, 9);
    // What was allowed is remembered.
    assert!(world.authorize(&mut agent, &Az::of(ID)).await.answer("code").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn md_02_documents_are_announced_together_with_none() {
    let metadata = world().await.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
    assert_eq!(metadata["token_endpoint_auth_methods_supported"][0], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_05_an_id_that_is_not_canonical_is_nobody_and_nothing_is_fetched() {
    let world = world().await;
    published(&world, &document(ID)).await;
    let long = format!("https://{HOST}/{}", "x".repeat(512));
    for id in [
        "https://client.test",
        "https://client.test/",
        "https://u@client.test/client.json",
        "https://u:p@client.test/client.json",
        "https://client.test/a/../client.json",
        "https://client.test/./client.json",
        "https://client.test/%2e%2e/client.json",
        "https://client.test/a/%2E%2e/client.json",
        "https://client.test/client.json#f",
        "https://CLIENT.test/client.json",
        "https://client.test:443/client.json",
        "HTTPS://client.test/client.json",
        "http://client.test/client.json",
        "https://client.test\\client.json",
        "https://client.test/client json",
        &long,
    ] {
        unknown(&visit(&world, id).await, id);
    }
    assert_eq!(world.internet.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_05_a_document_that_names_somebody_else_is_nobody_s() {
    let world = world().await;
    let site = world.internet.site(HOST).await;
    let ids = [
        "https://client.test/client.json/",
        "https://client.test/other.json",
        ID,
        "https://client.test/Client.json",
    ];
    let visits = ids.iter().enumerate().map(|(n, named)| {
        let path = format!("/{n}.json");
        site.serve(&path, Reply::json(&document(named)));
        let world = &world;
        async move { unknown(&visit(world, &format!("https://{HOST}{path}")).await, named) }
    });
    join_all(visits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_06_hosted_content_of_another_kind_is_no_document() {
    let world = world().await;
    let site = world.internet.site(HOST).await;
    let kinds = [
        ("text/html", 200, false),
        ("text/plain", 200, false),
        ("application/octet-stream", 200, false),
        ("application/jsonp", 200, false),
        ("application/json", 201, false),
        ("application/json", 404, false),
        ("application/json; charset=utf-8", 200, true),
        ("application/oauth-client+json", 200, true),
    ];
    let visits = kinds.iter().enumerate().map(|(n, (kind, status, is_one))| {
        let id = format!("https://{HOST}/{n}.json");
        site.serve(&format!("/{n}.json"), Reply::text(kind, &document(&id).to_string()).status(*status));
        let world = &world;
        async move {
            let page = visit(world, &id).await;
            if *is_one { known(&page, kind) } else { unknown(&page, kind) }
        }
    });
    join_all(visits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_07_a_failure_is_forgotten_at_once_and_a_document_for_a_while() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    site.serve("/client.json", Reply::text("text/plain", "oops").status(500));
    unknown(&visit(&world, ID).await, "500");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    site.serve("/client.json", Reply::json(&document(ID)).header("cache-control", "max-age=0, no-store"));
    known(&visit(&world, ID).await, "200");
    assert_eq!(site.asked("/client.json"), 2);
    // At least a minute, whatever it says; at most a day.
    known(&visit(&world, ID).await, "within a minute");
    assert_eq!(site.asked("/client.json"), 2);
    world.pass(61);
    site.serve("/client.json", Reply::json(&document(ID)).header("cache-control", "max-age=99999999"));
    known(&visit(&world, ID).await, "after a minute");
    assert_eq!(site.asked("/client.json"), 3);
    world.pass(86_000);
    known(&visit(&world, ID).await, "within a day");
    assert_eq!(site.asked("/client.json"), 3);
    world.pass(500);
    site.serve("/client.json", Reply::json(&with("redirect_uris", json!(["https://new.test/cb"]))));
    unknown_redirect(&visit(&world, ID).await);
    known(&world.authorize(&mut world.agent(), &Az::to(ID, "https://new.test/cb")).await, "the new redirect");
    assert_eq!(site.asked("/client.json"), 4);
}

#[track_caller]
fn unknown_redirect(page: &gatewright_tests::Page) {
    assert_eq!(
        (page.status.as_u16(), page.data_error()),
        (400, Some("invalid_redirect_uri")),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_07_a_host_that_is_away_leaves_the_last_document_in_use_for_a_day() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    known(&visit(&world, ID).await, "first");
    world.pass(3600);
    world.internet.close(world.internet.address_of(HOST));
    known(&visit(&world, ID).await, "the host is away");
    world.pass(25 * 3600);
    tokio::time::sleep(Duration::from_secs(11)).await;
    unknown(&visit(&world, ID).await, "away for longer than a day");
    assert_eq!(site.asked("/client.json"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_07_a_host_that_says_it_is_gone_is_believed() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    let tokens = world.tokens_for(&Az::of(ID), ID).await;
    site.serve("/client.json", Reply::text("text/plain", "gone").status(410));
    world.pass(3600);
    unknown(&visit(&world, ID).await, "410");
    // What people granted is theirs to withdraw, not the host's.
    Tokens::of(&world.refresh(ID, tokens.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_cost_one_request() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    let pages = join_all((0..50).map(|_| visit(&world, ID))).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(site.asked("/client.json"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_09_a_program_on_this_computer_is_always_asked_about() {
    let world = world().await;
    published(&world, &with("redirect_uris", json!(["http://127.0.0.1/cb"]))).await;
    let mut agent = world.agent();
    let az = Az::to(ID, "http://127.0.0.1:3000/cb");
    let login = world.authorize(&mut agent, &az).await;
    let mut page = world.log_in(&mut agent, &login, "alice").await;
    for visit in 0..2 {
        assert!(page.body.contains("id=\"consent-form\""), "visit {visit}: {}", page.body);
        assert!(page.body.contains("127.0.0.1:3000") && page.body.contains(HOST), "{}", page.body);
        assert!(page.body.contains("this computer"), "{}", page.body);
        let back = world.decide(&mut agent, &page, "approve").await;
        assert!(back.location().unwrap().starts_with("http://127.0.0.1:3000/cb?"));
        page = world.authorize(&mut agent, &az).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_12_a_document_that_can_be_read_in_two_ways_is_none() {
    let world = world().await;
    let site = world.internet.site(HOST).await;
    let plain = |id: &str| document(id).to_string();
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let made = [
        (
            "duplicate id",
            Box::new(|id: &str| plain(id).replacen('{', "{\"client_id\":\"https://evil.test/c\",", 1))
                as Box<dyn Fn(&str) -> String>,
        ),
        (
            "duplicate redirects",
            Box::new(|id| plain(id).replacen('{', "{\"redirect_uris\":[\"https://evil.test/\"],", 1)),
        ),
        ("deep", Box::new(|id| plain(id).replacen('{', &format!("{{\"x\":{deep},"), 1))),
        ("a tail", Box::new(|id| plain(id) + "{}")),
        ("an array", Box::new(|id| format!("[{}]", plain(id)))),
        ("not UTF-8", Box::new(|id| plain(id).replace("Document App", "\\ud800"))),
    ];
    let visits = made.iter().enumerate().map(|(n, (about, make))| {
        let id = format!("https://{HOST}/{n}.json");
        site.serve(&format!("/{n}.json"), Reply::text("application/json", &make(&id)));
        let world = &world;
        async move { unknown(&visit(world, &id).await, about) }
    });
    join_all(visits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_13_nobody_at_the_token_endpoint_makes_us_fetch() {
    let world = world().await;
    published(&world, &document(ID)).await;
    for n in 0..200 {
        let id = format!("https://h{n}.test/c.json");
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("code", "x"),
            ("code_verifier", "y"),
        ];
        refused(&world.post("/token", &fields).await, 401, "invalid_client", &id);
    }
    let fields = [("client_id", ID), ("token", "x")];
    for path in ["/revoke", "/introspect"] {
        refused(&world.post(path, &fields).await, 401, "invalid_client", path);
    }
    assert_eq!(world.internet.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_13_a_kept_document_is_looked_at_again_once_a_minute_behind_the_request() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    let mut tokens = world.tokens_for(&Az::of(ID), ID).await;
    assert_eq!(site.asked("/client.json"), 1);
    world.pass(3600);
    for _ in 0..20 {
        tokens = Tokens::of(&world.refresh(ID, tokens.refresh()).await);
    }
    for _ in 0..100 {
        if site.asked("/client.json") > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(site.asked("/client.json"), 2);
}
