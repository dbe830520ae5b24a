//! What can be registered as an address, and how it is shown (RU-06 to RU-08, RU-14).

use gatewright_tests::{Az, Page, World};
use serde_json::{Value, json};

use super::{Before, accepted, ask, error_page, is_consent, json_error, register, signed_in, stranger};

/// Every member of a registration that is an address, once with `uri` in it.
fn documents(uri: &str) -> Vec<(&'static str, Value)> {
    let lists = ["redirect_uris", "post_logout_redirect_uris"];
    let members = [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "initiate_login_uri",
        "backchannel_logout_uri",
        "jwks_uri",
        "sector_identifier_uri",
    ];
    let base = || json!({ "redirect_uris": ["https://app.test/cb"] });
    let mut all = Vec::new();
    for name in lists {
        let mut document = base();
        document[name] = json!([uri]);
        all.push((name, document));
    }
    for name in members {
        let mut document = base();
        document[name] = json!(uri);
        all.push((name, document));
    }
    let mut document = base();
    document["request_uris"] = json!([uri]);
    all.push(("request_uris", document));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_06_no_address_of_a_registration_has_a_dangerous_scheme() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\tjavascript:1",
        " javascript:1",
        "java\nscript:1",
        "\u{1}javascript:1",
        "data:text/html,x",
        "DATA:text/html;base64,eA==",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.test/x",
        "filesystem:https://app.test/x",
        "intent://x#Intent;end",
    ] {
        for (name, document) in documents(uri) {
            let page = register(&world, &document).await;
            json_error(&page, 400, "invalid_redirect_uri", &format!("{name}: {uri}"));
        }
    }
    before.holds(&world).await;
    // Nor can a request bring one.
    let id = stranger(&world, "com.example.app:/cb").await;
    for client in ["pub1", "nat1", id.as_str()] {
        for uri in ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:alert(1)//https://app.test/cb"] {
            error_page(&ask(&world, &Az::to(client, uri)).await, "invalid_redirect_uri", uri);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_07_private_use_schemes_are_for_public_clients_and_match_byte_for_byte() {
    let world = World::new().await;
    // Ruling 1: what real clients register is accepted, reverse domain name or not.
    for redirect in
        ["myapp:/cb", "com.example.app:/cb", "com.example.app://h/cb", "cursor://anysphere.cursor-mcp/cb"]
    {
        let id = stranger(&world, redirect).await;
        accepted(&ask(&world, &Az::to(&id, redirect)).await, redirect);
        for other in
            [format!("{redirect}/"), format!("{redirect}?x"), redirect.to_uppercase(), format!("x{redirect}")]
        {
            error_page(&ask(&world, &Az::to(&id, &other)).await, "invalid_redirect_uri", &other);
        }
        // Without a secret that the app's neighbour could read, PKCE is what protects it.
        let page = ask(&world, &Az::to(&id, redirect).without("code_challenge")).await;
        assert_eq!(page.data_error(), Some("invalid_request"), "{}", page.body);
        let document =
            json!({ "redirect_uris": [redirect], "token_endpoint_auth_method": "client_secret_basic" });
        json_error(&register(&world, &document).await, 400, "invalid_redirect_uri", redirect);
    }
    for redirect in ["MyApp:/cb", "my_app:/cb", "1app:/cb", "app:", ":/cb", "urn:ietf:wg:oauth:2.0:oob"] {
        let page = register(&world, &json!({ "redirect_uris": [redirect] })).await;
        json_error(&page, 400, "invalid_redirect_uri", redirect);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_07_an_app_is_never_presented_as_more_than_its_scheme() {
    let world = World::new().await;
    let id = stranger(&world, "com.example.app:/cb").await;
    let mut agent = signed_in(&world, "alice").await;
    let page = world.authorize(&mut agent, &Az::to(&id, "com.example.app:/cb")).await;
    is_consent(&page, "first");
    assert!(page.body.contains("An app on this device"), "{}", page.body);
    assert!(
        page.body.contains("Any app on this device can claim <bdi>com.example.app:</bdi> links"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Not verified"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_08_a_fragment_cannot_be_registered() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for redirect in [
        "https://a.test/cb#x",
        "https://a.test/cb#",
        "http://127.0.0.1/cb#x",
        "com.example.app:/cb#x",
        "https://a.test#",
    ] {
        let page = register(&world, &json!({ "redirect_uris": ["https://a.test/cb", redirect] })).await;
        json_error(&page, 400, "invalid_redirect_uri", redirect);
        let said = page.json()["error_description"].as_str().unwrap().to_owned();
        assert!(said.contains(redirect) && said.contains("fragment"), "{said}");
    }
    before.holds(&world).await;
}

/// The consent page for a stranger's redirect URI.
async fn consent_for(world: &World, redirect: &str) -> Page {
    let id = stranger(world, redirect).await;
    let mut agent = signed_in(world, "alice").await;
    let page = world.authorize(&mut agent, &Az::to(&id, redirect)).await;
    is_consent(&page, redirect);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_14_a_host_that_imitates_another_is_spelled_out() {
    let world = World::new().await;
    let warning = "This address may imitate another one.";
    let page = consent_for(&world, "https://xn--pple-43d.com/cb").await;
    assert!(
        page.body.contains("<h1 id=\"question\"><bdi class=\"host\">xn--pple-43d.com</bdi>"),
        "{}",
        page.body
    );
    assert!(page.body.contains(warning), "{}", page.body);
    assert!(
        page.body.contains("browsers may show it as <bdi class=\"host\">аpple.com</bdi>"),
        "{}",
        page.body
    );
    // An honest one is shown in both spellings without a warning, a plain one without either.
    let page = consent_for(&world, "https://xn--bcher-kva.test/cb").await;
    assert!(page.body.contains("xn--bcher-kva.test") && page.body.contains("bücher.test"), "{}", page.body);
    assert!(!page.body.contains(warning), "{}", page.body);
    let page = consent_for(&world, "https://plain.test:8443/cb").await;
    assert!(page.body.contains("plain.test:8443"), "{}", page.body);
    assert!(!page.body.contains(warning) && !page.body.contains("browsers may show"), "{}", page.body);
}
