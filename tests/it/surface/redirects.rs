//! Redirect URIs at the registration door (rows RU; mcp.md ruling 1): what is refused says which and why.

use gatewright_tests::World;
use serde_json::{Value, json};

async fn refused(world: &World, body: &Value, code: &str, about: &str) {
    let rows = world.count("clients").await;
    let page = world.post_json("/register", body).await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (400, "application/json"),
        "{body}: {}",
        page.body
    );
    let answer = page.json();
    assert_eq!(answer["error"], code, "{body}: {answer}");
    assert!(answer["error_description"].as_str().unwrap().contains(about), "{body}: {answer}");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(world.count("clients").await, rows);
}

async fn no_redirect(world: &World, uri: &str, about: &str) {
    refused(world, &json!({ "redirect_uris": [uri] }), "invalid_redirect_uri", about).await;
    // One bad apple refuses the set, wherever it lies, and in the logout list too.
    let set = json!({ "redirect_uris": ["https://app.test/ok", uri] });
    refused(world, &set, "invalid_redirect_uri", about).await;
    let logout = json!({ "redirect_uris": ["https://app.test/ok"], "post_logout_redirect_uris": [uri] });
    refused(world, &logout, "invalid_redirect_uri", "post_logout_redirect_uris").await;
}

async fn accepted(world: &World, uri: &str) {
    let page = world.post_json("/register", &json!({ "redirect_uris": [uri] })).await;
    assert_eq!(page.status, 201, "{uri}: {}", page.body);
    assert_eq!(page.json()["redirect_uris"], json!([uri]), "kept byte for byte");
}

#[tokio::test]
async fn ru_02_user_information_cannot_be_registered() {
    let world = World::new().await;
    for uri in [
        "https://a@b.test/",
        "https://a:b@b.test/",
        "https://@b.test/",
        "http://127.0.0.1:80@evil.test/cb",
        "https://app.test@evil.test/cb",
        "https://a@b@c.test/",
    ] {
        no_redirect(&world, uri, "user information").await;
    }
    accepted(&world, "https://b.test/@alice").await;
}

#[tokio::test]
async fn ru_03_only_three_names_are_this_computer() {
    let world = World::new().await;
    for uri in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.nip.io/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.2/cb",
        "http://evil.test/cb",
        "http://localhost./cb",
        "http://LOCALHOST/cb",
        "http://[::2]/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
        "http://app.test:80/cb",
    ] {
        no_redirect(&world, uri, "uses http, which is only for 127.0.0.1, [::1] and localhost").await;
    }
    for uri in
        ["http://127.0.0.1/cb", "http://127.0.0.1:80/cb", "http://[::1]:9/cb", "http://localhost:1/cb?x=1"]
    {
        accepted(&world, uri).await;
    }
}

#[tokio::test]
async fn ru_05_numeric_spellings_cannot_be_registered() {
    let world = World::new().await;
    for host in [
        "0",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
    ] {
        for uri in [format!("http://{host}/cb"), format!("https://{host}/cb")] {
            no_redirect(&world, &uri, "redirect URI").await;
        }
    }
}

#[tokio::test]
async fn ru_06_schemes_that_run_code_are_refused_in_every_member() {
    let world = World::new().await;
    let hostile = [
        "JaVaScRiPt:alert(1)",
        "javascript://app.test/%0aalert(1)",
        "\tjavascript:1",
        " javascript:1",
        "java\nscript:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.test/1",
        "filesystem:https://app.test/1",
        "intent://x#Intent;end",
        "ms-msdt:/id",
        "search-ms:query",
        "view-source:https://a.test",
    ];
    for uri in hostile {
        no_redirect(&world, uri, "redirect URI").await;
        for member in [
            "client_uri",
            "logo_uri",
            "policy_uri",
            "tos_uri",
            "initiate_login_uri",
            "backchannel_logout_uri",
            "frontchannel_logout_uri",
            "jwks_uri",
            "sector_identifier_uri",
        ] {
            let body = json!({ "redirect_uris": ["https://app.test/cb"], member: uri });
            let page = world.post_json("/register", &body).await;
            assert_eq!(page.status, 400, "{body}");
            let error = page.json()["error"].as_str().unwrap().to_owned();
            assert!(error == "invalid_redirect_uri" || error == "invalid_client_metadata", "{error}");
            assert!(page.json()["error_description"].as_str().unwrap().contains(member), "{}", page.body);
        }
        let list = json!({ "redirect_uris": ["https://app.test/cb"], "request_uris": [uri] });
        assert_eq!(world.post_json("/register", &list).await.status, 400, "{list}");
    }
}

#[tokio::test]
async fn ru_07_own_schemes_are_for_public_clients() {
    let world = World::new().await;
    for uri in [
        "com.example.app:/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://ms.example/cb",
        "myapp:/cb",
    ] {
        accepted(&world, uri).await;
        let body = json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "client_secret_basic" });
        refused(&world, &body, "invalid_redirect_uri", "only public clients").await;
    }
    for uri in [
        "myapp:",
        "urn:ietf:wg:oauth:2.0:oob",
        "ws://app.test/",
        "ftp://app.test/",
        "mailto:a@b.test",
        "MyApp:/cb",
    ] {
        no_redirect(&world, uri, "redirect URI").await;
    }
}

#[tokio::test]
async fn ru_08_fragments_wildcards_and_what_browsers_rewrite_cannot_be_registered() {
    let world = World::new().await;
    no_redirect(&world, "https://a.test/cb#x", "fragment").await;
    no_redirect(&world, "https://a.test/cb#", "fragment").await;
    no_redirect(&world, "https://*.a.test/cb", "wildcard").await;
    for uri in [
        "https://A.test/cb",
        "https://a.test:443/cb",
        "https://a.test/x/../cb",
        "https://a.test/x/%2e%2e/cb",
        "https:/a.test/cb",
        "https:a.test/cb",
        "HTTPS://a.test/cb",
        "//a.test/cb",
        "/cb",
        "https://a.test/c b",
        "https://a.test/cb\\..\\x",
        "https://a.test\\@evil.test/cb",
        "https://b\u{fc}cher.test/cb",
        "https:///cb",
        "https://a.test:0x50/cb",
        "https://a.test/cb%",
        "https://a.test/cb?code=1",
        "https://a.test/cb?state=1",
    ] {
        no_redirect(&world, uri, "redirect URI").await;
    }
    for uri in [
        "https://a.test",
        "https://a.test/",
        "https://a.test/CB?x=1&y=%20",
        "https://a.test:8443/cb",
        "https://xn--bcher-kva.test/cb",
    ] {
        accepted(&world, uri).await;
    }
    let long = format!("https://a.test/{}", "x".repeat(2048));
    no_redirect(&world, &long, "longer than 2048 bytes").await;
}

#[tokio::test]
async fn ru_11_sets_are_named_and_bounded() {
    let world = World::new().await;
    let no_uri = "invalid_redirect_uri";
    for body in [
        json!({ "client_name": "x" }),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": [""] }),
        json!({ "redirect_uris": null }),
    ] {
        refused(&world, &body, no_uri, "redirect_uris is required").await;
    }
    let many: Vec<String> = (0..17).map(|number| format!("https://a.test/{number}")).collect();
    refused(&world, &json!({ "redirect_uris": many }), no_uri, "at most 16").await;
    for odd in [json!("https://a.test/cb"), json!([1]), json!({}), json!([["https://a.test/cb"]])] {
        refused(&world, &json!({ "redirect_uris": odd }), "invalid_client_metadata", "redirect_uris").await;
    }
    // A client with two has to say which one it means.
    let two = json!({ "redirect_uris": ["https://a.test/1", "https://a.test/2"] });
    let id = world.post_json("/register", &two).await.json()["client_id"].as_str().unwrap().to_owned();
    let az = gatewright_tests::Az::of(&id).without("redirect_uri");
    let page = world.authorize(&mut world.agent(), &az).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None));
}

#[tokio::test]
async fn ru_14_a_host_that_imitates_is_registered_but_spelled_out() {
    let world = World::new().await;
    let body = json!({ "client_name": "Shop", "redirect_uris": ["https://xn--pple-43d.com/cb"] });
    let id = world.post_json("/register", &body).await.json()["client_id"].as_str().unwrap().to_owned();
    let mut agent = world.agent();
    let login =
        world.authorize(&mut agent, &gatewright_tests::Az::to(&id, "https://xn--pple-43d.com/cb")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    assert!(
        consent.body.contains("id=\"consent-form\"") && consent.body.contains("xn--pple-43d.com"),
        "{}",
        consent.body
    );
    assert!(consent.body.contains("This address may imitate another one."), "{}", consent.body);
}
