//! Discovery as clients of every revision do it (RFC 8414 §3, OpenID Connect Discovery §4, mcp.md §4c).

use gatewright_tests::{Page, World};
use reqwest::Method;
use serde_json::Value;

/// The forms for an issuer without a path.
const ROOT: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
/// The forms for an issuer with the path `/t1`.
const BELOW: [&str; 6] = [
    "/.well-known/oauth-authorization-server/t1",
    "/.well-known/openid-configuration/t1",
    "/t1/.well-known/openid-configuration",
    "/t1/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// By path from the root of the host.
async fn at(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = world.http.request(method, format!("{}{path}", world.app.config.origin()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::read(request.send().await.unwrap()).await
}

async fn get(world: &World, path: &str) -> Page {
    at(world, Method::GET, path, &[]).await
}

#[tokio::test]
async fn md_03_every_well_known_form_has_the_same_bytes() {
    for (world, forms) in [(World::new().await, &ROOT[..]), (World::with_path("/t1").await, &BELOW[..])] {
        let first = get(&world, forms[0]).await;
        assert_eq!(first.json()["issuer"], world.issuer, "byte for byte, without a trailing slash");
        for form in forms {
            let page = get(&world, form).await;
            assert_eq!(
                (page.status.as_u16(), page.header("content-type")),
                (200, "application/json"),
                "{form}"
            );
            assert_eq!(page.body, first.body, "{form}");
            assert_eq!(page.header("etag"), first.header("etag"), "{form}");
        }
        // The body is JSON with neither null nor an empty member (ruling 7).
        assert_nothing_is_empty(&first.json(), "metadata");
    }
}

/// No `null`, no `""`, no `[]`, no `{}` anywhere: strict clients stumble over each (mcp.md §4d).
pub(super) fn assert_nothing_is_empty(value: &Value, at: &str) {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    assert!(!empty, "{at} is {value}");
    for (name, member) in value.as_object().into_iter().flatten() {
        assert_nothing_is_empty(member, &format!("{at}.{name}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        assert_nothing_is_empty(item, &format!("{at}[{index}]"));
    }
}

#[tokio::test]
async fn other_well_known_documents_are_not_found_rather_than_something_else() {
    let world = World::with_path("/t1").await;
    for path in [
        "/.well-known/oauth-authorization-server/other",
        "/.well-known/openid-configuration/t1/deeper",
        "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/webfinger",
        "/.well-known",
        "/t2/.well-known/openid-configuration",
    ] {
        let page = get(&world, path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.location(), None, "{path}");
    }
    // Nothing of the issuer's path is served at the root.
    for path in ["/jwks", "/token", "/authorize", "/register", "/userinfo"] {
        assert_eq!(get(&world, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn metadata_and_keys_are_cacheable_and_answer_304() {
    let world = World::new().await;
    for path in [ROOT[0], ROOT[1], "/jwks"] {
        let page = get(&world, path).await;
        assert_eq!(page.header("cache-control"), "public, max-age=300", "{path}");
        let etag = page.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "{etag}");
        let weak = format!("W/{etag}");
        let list = format!("\"other\", {weak}");
        for known in [etag.as_str(), &weak, &list, "*"] {
            let again = at(&world, Method::GET, path, &[("if-none-match", known)]).await;
            assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""), "{path} {known}");
            assert_eq!(again.header("etag"), etag);
            assert_eq!(again.header("cache-control"), "public, max-age=300");
            assert_eq!(again.header("access-control-allow-origin"), "*");
        }
        for unknown in ["\"other\"", etag.trim_matches('"'), ""] {
            let again = at(&world, Method::GET, path, &[("if-none-match", unknown)]).await;
            assert_eq!(again.status, 200, "{path} {unknown}");
        }
        // HEAD tells the same without the body.
        let head = at(&world, Method::HEAD, path, &[]).await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
        assert_eq!(head.header("etag"), etag);
    }
}

#[tokio::test]
async fn every_protocol_version_gets_the_same_document() {
    let world = World::new().await;
    let plain = get(&world, ROOT[0]).await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28", "DRAFT", "\"<x>"] {
        let page = at(&world, Method::GET, ROOT[0], &[("mcp-protocol-version", version)]).await;
        assert_eq!((page.status, &page.body), (plain.status, &plain.body), "{version}");
        assert_eq!(page.header("vary"), "", "nothing varies");
    }
}

#[tokio::test]
async fn md_07_query_strings_change_nothing() {
    let world = World::new().await;
    for path in [ROOT[0], ROOT[1], "/jwks"] {
        let plain = get(&world, path).await;
        for query in ["?x=%3Cscript%3E", "?issuer=https://evil.test", "?client_id=pub1", "?"] {
            let page = get(&world, &format!("{path}{query}")).await;
            assert_eq!((page.status.as_u16(), &page.body), (200, &plain.body), "{path}{query}");
            assert_eq!(page.header("etag"), plain.header("etag"));
            assert_eq!(page.header("vary"), "");
            assert_eq!(page.header("cache-control"), "public, max-age=300");
        }
    }
}

/// Who may call a route from a script of another origin.
enum Cors {
    Anyone,
    Nobody,
}

#[tokio::test]
async fn scripts_of_other_origins_reach_the_api_and_never_a_page() {
    let world = World::new().await;
    let open =
        [ROOT[0], ROOT[1], "/jwks", "/token", "/token/", "/register", "/register/", "/revoke", "/userinfo"];
    let closed = ["/authorize", "/login", "/consent", "/logout", "/introspect", "/nowhere"];
    let routes = open.map(|path| (path, Cors::Anyone)).into_iter();
    for (path, cors) in routes.chain(closed.map(|path| (path, Cors::Nobody))) {
        let asked = [
            ("origin", "https://inspector.test"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,mcp-protocol-version"),
        ];
        let preflight = at(&world, Method::OPTIONS, path, &asked).await;
        let real = [
            at(&world, Method::GET, path, &asked[..1]).await,
            at(&world, Method::POST, path, &asked[..1]).await,
            at(&world, Method::PUT, path, &asked[..1]).await,
        ];
        assert_eq!(preflight.header("access-control-allow-credentials"), "", "{path}");
        match cors {
            Cors::Anyone => {
                assert_eq!(preflight.status, 200, "{path}");
                assert_eq!(preflight.header("access-control-allow-origin"), "*", "{path}");
                assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST", "{path}");
                let allowed = preflight.header("access-control-allow-headers");
                for name in [
                    "authorization",
                    "content-type",
                    "accept",
                    "mcp-protocol-version",
                    "mcp-method",
                    "mcp-name",
                    "dpop",
                ] {
                    assert!(allowed.split(',').any(|found| found == name), "{path}: {allowed}");
                }
                for page in real {
                    // Errors too: a script has to read what went wrong.
                    assert_eq!(page.header("access-control-allow-origin"), "*", "{path} {}", page.status);
                    assert_eq!(page.header("access-control-allow-credentials"), "");
                    let exposed = page.header("access-control-expose-headers");
                    for name in ["www-authenticate", "retry-after", "dpop-nonce"] {
                        assert!(exposed.split(',').any(|found| found == name), "{path}: {exposed}");
                    }
                    assert_eq!(page.header("cross-origin-resource-policy"), "cross-origin", "{path}");
                }
            }
            Cors::Nobody => {
                let expected = if path == "/nowhere" { 404 } else { 405 };
                assert_eq!(preflight.status, expected, "{path}");
                for page in real.iter().chain([&preflight]) {
                    let given = page.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
                    assert_eq!(given, None, "{path} {}", page.status);
                    assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn md_02_everything_advertised_is_there() {
    for world in [World::new().await, World::with_path("/t1").await] {
        let document = get(&world, ROOT[0]).await.json();
        let mut seen = 0;
        for (name, value) in document.as_object().unwrap() {
            let Some(url) = value.as_str().filter(|_| name.ends_with("_endpoint") || name.ends_with("_uri"))
            else {
                continue;
            };
            seen += 1;
            assert!(url.starts_with(&format!("{}/", world.issuer)), "{name}: {url}");
            let page = Page::read(world.http.get(url).send().await.unwrap()).await;
            let expected = match name.as_str() {
                "jwks_uri" | "end_session_endpoint" => 200,
                // Unauthenticated, or a page that says what is missing.
                "userinfo_endpoint" => 401,
                "authorization_endpoint" => 400,
                // There for POST.
                _ => 405,
            };
            assert_eq!(page.status, expected, "{name}: {url} {}", page.body);
            if expected == 405 {
                assert_eq!(page.header("allow"), "POST", "{name}");
            }
        }
        assert_eq!(
            seen, 9,
            "authorize, device, token, register, revoke, introspect, userinfo, logout, keys: {document}"
        );
    }
}

#[tokio::test]
async fn no_api_endpoint_ever_redirects() {
    for world in [World::new().await, World::with_path("/t1").await] {
        let base = world.app.config.issuer_path().to_owned();
        let paths = [
            "/token",
            "/register",
            "/revoke",
            "/introspect",
            "/userinfo",
            "/jwks",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ];
        for path in paths {
            for slash in ["", "/", "?x=1"] {
                for method in
                    [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE]
                {
                    let target = format!("{base}{path}{slash}");
                    let page = at(&world, method.clone(), &target, &[]).await;
                    assert!(!page.status.is_redirection(), "{method} {target}: {}", page.status);
                    assert_eq!(page.location(), None, "{method} {target}");
                }
            }
        }
        // Ruling 10: `/token/` answers like `/token`, and so does `/register/`.
        for path in ["/token", "/register"] {
            let (plain, slash) = (world.post(path, &[]).await, world.post(&format!("{path}/"), &[]).await);
            assert_eq!((plain.status, &plain.body), (slash.status, &slash.body));
            assert!(plain.status.is_client_error() && plain.header("content-type") == "application/json");
        }
    }
}

#[tokio::test]
async fn advertising_iss_can_be_switched_off_without_switching_iss_off() {
    let world = World::with(|config| config.authorization.advertise_iss = false).await;
    let document = get(&world, ROOT[0]).await.json();
    assert!(document.get("authorization_response_iss_parameter_supported").is_none());
    let back = world.approve(&mut world.agent(), &gatewright_tests::Az::of("pub1"), "alice").await;
    assert_eq!(back.answer("iss").as_deref(), Some(world.issuer.as_str()));
}

/// Every text in a JSON value, names included.
pub(super) fn text_leaves(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(text_leaves).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| [vec![name.clone()], text_leaves(member)].concat())
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
