//! Which host, which path, which peer: nothing a proxy or a stranger writes decides (MD-01, MD-04 to MD-06).

use gatewright_tests::{Az, Page, World};

use super::wire;

const DISCOVERY: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn md_01_a_foreign_host_is_turned_away() {
    let world = World::new().await;
    let own = wire::authority(&world).to_owned();
    let port = own.rsplit_once(':').unwrap().1.to_owned();
    for host in
        ["evil.test", "localhost", &format!("evil.test:{port}"), &format!("{own}.evil.test"), "127.0.0.1", ""]
    {
        for path in [DISCOVERY, "/jwks", "/authorize", "/token", "/nowhere"] {
            let raw = wire::send(
                &world,
                &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"),
            )
            .await;
            assert_eq!(raw.statuses(), [421], "{host} {path}: {}", raw.text);
            assert!(
                host.is_empty() || host == "localhost" || host == "127.0.0.1" || !raw.text.contains(host)
            );
        }
    }
    // No host at all, two hosts, and a target that names another one than the header.
    let get =
        |target: &str, headers: &str| format!("GET {target} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    let ours = format!("host: {own}\r\n");
    for (bytes, status) in [
        (format!("GET {DISCOVERY} HTTP/1.0\r\n\r\n"), 421),
        (get(DISCOVERY, &format!("{ours}host: evil.test\r\n")), 400),
        (get(DISCOVERY, &format!("host: evil.test\r\n{ours}")), 400),
        (get(&format!("http://evil.test{DISCOVERY}"), &ours), 421),
        (get(&format!("http://{own}{DISCOVERY}"), "host: evil.test\r\n"), 421),
        (get(&format!("http://{own}{DISCOVERY}"), &ours), 200),
        (get(DISCOVERY, &format!("host: {}\r\n", own.to_uppercase())), 200),
    ] {
        let raw = wire::send(&world, &bytes).await;
        assert_eq!(raw.statuses(), [status], "{bytes}\n{}", raw.text);
        assert!(!raw.text.contains("evil.test"), "{}", raw.text);
    }
}

#[tokio::test]
async fn md_01_forwarded_headers_do_not_reach_the_issuer() {
    let world = World::new().await;
    let plain = world.get(DISCOVERY).await;
    let hostile = [
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "host=evil.test;proto=http;for=1.2.3.4"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "666"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
        ("x-host", "evil.test"),
    ];
    for (name, value) in hostile {
        let page =
            Page::read(world.http.get(world.url(DISCOVERY)).header(name, value).send().await.unwrap()).await;
        assert_eq!((page.status, &page.body), (plain.status, &plain.body), "{name}");
    }
    // Nor the tokens.
    let mut request = world
        .http
        .post(world.url("/token"))
        .basic_auth("conf1", Some(gatewright_tests::world::secret_of("conf1")));
    for (name, value) in hostile {
        request = request.header(name, value);
    }
    let page = Page::read(request.form(&[("grant_type", "client_credentials")]).send().await.unwrap()).await;
    let token = page.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(gatewright_tests::flows::claims(&token)["iss"], world.issuer);
}

#[tokio::test]
async fn md_04_ambiguous_paths_are_refused_before_routing() {
    let world = World::with_path("/t1").await;
    for path in [
        "/admin;x/",
        "/t1/token;x",
        "/t1/jwks;.css",
        "/%2e%2e/admin",
        "//admin",
        "//t1/token",
        "/t1//token",
        "/t1/../t1/token",
        "/t1/./token",
        "/t1%2ftoken",
        "/t1%2Ftoken",
        "/t1%5ctoken",
        "/t1/..%2f..%2fetc/passwd",
        "/t1/%2E%2e/jwks",
        "/t1\\token",
        "/.well-known//openid-configuration",
        "/t1/token%00",
        "/t1/token%3Bx",
    ] {
        let raw = wire::get(&world, path).await;
        assert_eq!(raw.statuses(), [400], "{path}: {}", raw.text);
    }
    for (path, status) in
        [("/t1/jwks", 200), ("/t1/jwks/", 404), ("/T1/jwks", 404), ("/t1/%6awks", 404), ("/t1/JWKS", 404)]
    {
        assert_eq!(wire::get(&world, path).await.statuses(), [status], "{path}");
    }
}

/// What the last event says about who sent the request.
async fn last_peer(world: &World) -> String {
    sqlx::query_scalar("SELECT peer FROM events ORDER BY at DESC, id DESC LIMIT 1")
        .fetch_one(&world.database)
        .await
        .unwrap()
}

/// Makes one event with an `X-Forwarded-For`.
async fn act(world: &World, forwarded: &[&str]) -> String {
    world.pass(1);
    let mut request = world
        .http
        .post(world.url("/token"))
        .basic_auth("conf1", Some(gatewright_tests::world::secret_of("conf1")));
    for line in forwarded {
        request = request.header("x-forwarded-for", *line);
    }
    let page = Page::read(request.form(&[("grant_type", "client_credentials")]).send().await.unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    last_peer(world).await
}

#[tokio::test]
async fn md_05_the_peer_is_the_connection_unless_a_configured_proxy_says_otherwise() {
    let world = World::new().await;
    for line in ["1.2.3.4", "unknown", "1.2.3.4, 127.0.0.1", "::1", ""] {
        assert_eq!(act(&world, &[line]).await, "127.0.0.1", "{line}");
    }
    let world = World::with(|config| {
        config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    })
    .await;
    for (lines, peer) in [
        (&["1.2.3.4"][..], "1.2.3.4"),
        (&["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (&["6.6.6.6, 1.2.3.4, 10.9.9.9"], "1.2.3.4"),
        (&["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["::ffff:1.2.3.4"], "1.2.3.4"),
        (&["evil.test"], "127.0.0.1"),
        (&["unknown"], "127.0.0.1"),
        (&["1.2.3.4, unknown"], "127.0.0.1"),
        (&["1.2.3.4:80"], "127.0.0.1"),
        (&[], "127.0.0.1"),
    ] {
        assert_eq!(act(&world, lines).await, peer, "{lines:?}");
    }
}

#[tokio::test]
async fn md_05_a_forged_address_buys_no_fresh_limit() {
    let world = World::with(|config| config.registration.network_per_minute = 2).await;
    let mut statuses = Vec::new();
    for number in 0..4 {
        let body = serde_json::json!({ "client_name": format!("n{number}"), "redirect_uris": ["https://new.test/cb"] });
        let request =
            world.http.post(world.url("/register")).header("x-forwarded-for", format!("{number}.2.3.4"));
        statuses.push(request.json(&body).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [201, 201, 429, 429]);
}

#[tokio::test]
async fn md_06_cookies_are_secure_whatever_the_proxy_says() {
    let world = World::new().await;
    let url = world.url(&format!("/authorize?{}", Az::of("pub1").query()));
    for proto in ["http", "https", "HTTP, http"] {
        let request =
            world.http.get(&url).header("x-forwarded-proto", proto).header("x-forwarded-ssl", "off");
        let page = Page::read(request.send().await.unwrap()).await;
        let cookies: Vec<_> =
            page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        let attributes: Vec<&str> = cookies[0].split("; ").skip(1).collect();
        assert!(cookies[0].starts_with("__Host-gw_browser_"));
        assert_eq!(
            attributes,
            ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=15552000"],
            "{proto}"
        );
    }
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    let posted = world.http.post(world.url("/login")).header("x-forwarded-proto", "http").form(&fields);
    let page = agent.send(posted.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(page.status, 303);
    let cookie =
        page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).next_back().unwrap();
    assert!(
        cookie.starts_with("__Host-gw_session=gw_si_") && cookie.contains("; Secure; HttpOnly; SameSite=Lax")
    );
}
