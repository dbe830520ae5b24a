//! Redirects, methods and foreign scripts (AZ-11 to AZ-14).

use gatewright_tests::{Agent, Az, Page, World};
use reqwest::Method;

use super::{Before, ask_as, is_consent, json_error, sealed};

#[tokio::test(flavor = "multi_thread")]
async fn az_11_every_redirect_after_a_post_is_a_303() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");
    let page = agent.post(&world.url("/authorize"), &az.pairs()).await;
    assert_eq!(page.status, 303, "POST /authorize");
    let login = agent.follow(page).await;
    let request = login.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    let page = agent.post(&world.url("/login"), &fields).await;
    assert_eq!(page.status, 303, "POST /login");
    assert!(page.location().unwrap().starts_with("/authorize/resume?request="), "{:?}", page.location());
    let consent = agent.follow(page).await;
    is_consent(&consent, "alice");
    world.pass(2);
    let ticket = consent.hidden("ticket");
    for decision in ["deny", "approve"] {
        let page = agent.post(&world.url("/consent"), &[("ticket", &ticket), ("decision", decision)]).await;
        assert_eq!(page.status, 303, "POST /consent {decision}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_12_no_api_endpoint_ever_redirects() {
    let world = World::new().await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.json();
    let mut endpoints: Vec<String> = metadata
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .filter(|(name, _)| !["authorization_endpoint", "end_session_endpoint"].contains(&name.as_str()))
        .map(|(_, url)| url.as_str().unwrap().to_owned())
        .collect();
    assert!(endpoints.len() >= 6, "{endpoints:?}");
    for document in ["oauth-authorization-server", "openid-configuration"] {
        endpoints.push(world.url(&format!("/.well-known/{document}")));
    }
    for endpoint in endpoints {
        for url in [endpoint.clone(), format!("{endpoint}/"), format!("{endpoint}?x=1")] {
            for method in [Method::GET, Method::POST, Method::HEAD, Method::PUT] {
                let about = format!("{method} {url}");
                let request = world
                    .http
                    .request(method, &url)
                    .header("x-forwarded-proto", "http")
                    .header("x-forwarded-host", "evil.test")
                    .form(&[("redirect_uri", "https://evil.test")]);
                let page = Page::read(request.send().await.unwrap()).await;
                assert!(!page.status.is_redirection(), "{about}: {}", page.status);
                assert_eq!(page.location(), None, "{about}");
            }
        }
    }
    // Clients add slashes; the answer is the same, not a redirect.
    let fields =
        [("grant_type", "authorization_code"), ("client_id", "pub1"), ("code", "x"), ("code_verifier", "x")];
    let (plain, slash) = (world.post("/token", &fields).await, world.post("/token/", &fields).await);
    json_error(&slash, 400, plain.json()["error"].as_str().unwrap(), "/token/");
    assert_eq!(plain.body, slash.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_13_pages_have_no_cors_and_apis_have_it_without_credentials() {
    let world = World::new().await;
    let preflight = async |path: &str, method: &str| {
        let request = world
            .http
            .request(Method::OPTIONS, world.url(path))
            .header("origin", "https://evil.test")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization");
        Page::read(request.send().await.unwrap()).await
    };
    for path in ["/authorize", "/authorize/resume", "/login", "/consent", "/logout"] {
        for method in ["GET", "POST"] {
            let page = preflight(path, method).await;
            assert_eq!(page.status, 405, "{path}");
            assert_eq!(page.headers.get("access-control-allow-origin"), None, "{path}");
        }
        let request = world.http.get(world.url(path)).header("origin", "https://evil.test");
        let page = Page::read(request.send().await.unwrap()).await;
        assert_eq!(page.headers.get("access-control-allow-origin"), None, "{path}");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
    }
    for path in ["/token", "/token/", "/register", "/revoke", "/userinfo"] {
        let page = preflight(path, "POST").await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(page.headers.get("access-control-allow-credentials"), None, "{path}");
        assert!(page.header("access-control-allow-headers").contains("authorization"), "{path}");
    }
    let jwks = world.get("/.well-known/openid-configuration").await.json()["jwks_uri"].clone();
    for url in [world.url("/.well-known/oauth-authorization-server"), jwks.as_str().unwrap().to_owned()] {
        let request = world.http.get(&url).header("origin", "https://evil.test");
        let page = Page::read(request.send().await.unwrap()).await;
        assert_eq!(page.header("access-control-allow-origin"), "*", "{url}");
        assert_eq!(page.headers.get("access-control-allow-credentials"), None, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_14_only_get_and_post_do_anything() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1");
    world.approve(&mut agent, &az, "alice").await;
    let before = Before::of(&world).await;
    let query = az.query();
    let started = ask_as(&world, &mut agent, &az.clone().set("prompt", "login")).await;
    let request = sealed(&started);
    let sent = async |agent: &mut Agent, method: &str, path: &str| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        agent.send(world.http.request(method, world.url(path))).await
    };
    let pages = [
        format!("/authorize?{query}"),
        format!("/authorize/resume?request={request}"),
        format!("/login?request={request}"),
        format!("/consent?request={request}"),
        "/logout".to_owned(),
    ];
    for path in &pages {
        for method in ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "FOO", "get"] {
            let page = sent(&mut agent, method, path).await;
            assert_eq!(page.status, 405, "{method} {path}");
            assert_eq!(page.location(), None, "{method} {path}");
            assert_eq!(page.headers.get("set-cookie"), None, "{method} {path}");
            assert!(page.header("allow").contains("GET"), "{method} {path}: {}", page.header("allow"));
        }
    }
    for path in ["/token", "/token/", "/register", "/revoke", "/introspect"] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "TRACE"] {
            let page = sent(&mut agent, method, path).await;
            assert_eq!((page.status.as_u16(), page.header("allow")), (405, "POST"), "{method} {path}");
        }
    }
    before.holds(&world).await;
}
