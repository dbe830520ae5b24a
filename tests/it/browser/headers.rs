//! CK-03, CK-04: a crawler over every route and every way to fail.

mod known;

use std::collections::BTreeSet;

use axum::http::Method;
use gatewright_server::config::{Delivery, SignUpMode};
use gatewright_server::{CAPABILITIES, Config};
use gatewright_tests::flows::Tokens;
use gatewright_tests::{Az, PASSWORD, Page, VERIFIER, World};
use reqwest::RequestBuilder;

use self::known::{KNOWN, PAGES};

/// Answers that may be kept by a cache when they are 200 or 304.
const PUBLIC: [&str; 5] = ["/jwks", "/tenant/jwks", "/.well-known/", "/assets/", "/tenant/.well-known/"];
const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// Sends requests and judges the headers of every answer.
struct Crawler<'a> {
    world: &'a World,
    host: String,
    is_https: bool,
    seen: BTreeSet<(String, u16)>,
}

impl Crawler<'_> {
    fn of(world: &World) -> Crawler<'_> {
        let config = &world.app.config;
        let (host, is_https) = (config.issuer_authority().to_owned(), config.is_https());
        Crawler { world, host, is_https, seen: BTreeSet::new() }
    }

    /// A request as it reaches the server behind the issuer's name.
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let port = url::Url::parse(&self.world.issuer).unwrap().port().unwrap();
        self.world.http.request(method, format!("http://127.0.0.1:{port}{path}")).header("host", &self.host)
    }

    async fn send(&mut self, path: &str, request: RequestBuilder) -> Page {
        let page = Page::read(request.send().await.unwrap()).await;
        self.saw(path, page)
    }

    /// A body that is too large. The answer may come, and the connection end, while it is still being written: a client
    /// that sees the end first has no answer, and asks again.
    async fn send_too_much(&mut self, path: &str, request: RequestBuilder) {
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            if let Ok(answer) = request.try_clone().unwrap().send().await {
                self.saw(path, Page::read(answer).await);
                return;
            }
        }
        panic!("{path}: no answer to a large body in {TRIES} tries");
    }

    fn saw(&mut self, path: &str, page: Page) -> Page {
        self.judge(path, &page);
        self.seen.insert((path.to_owned(), page.status.as_u16()));
        page
    }

    fn judge(&self, path: &str, page: &Page) {
        let what = format!("{path} {}", page.status);
        for (name, value) in ALWAYS {
            assert_eq!(page.header(name), value, "{what}: {name}");
        }
        let policy = page.header("content-security-policy");
        for rule in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|found| found == rule), "{what}: {policy}");
        }
        assert!(!policy.contains("unsafe-") && !policy.contains('*'), "{what}: {policy}");
        let hsts = if self.is_https { "max-age=63072000; includeSubDomains" } else { "" };
        assert_eq!(page.header("strict-transport-security"), hsts, "{what}");
        let is_public =
            PUBLIC.iter().any(|start| path.starts_with(start)) && matches!(page.status.as_u16(), 200 | 304);
        let cache = page.header("cache-control");
        assert!(
            if is_public { cache.starts_with("public, ") } else { cache == "no-store" },
            "{what}: {cache:?}"
        );
        let open = page.headers.contains_key("access-control-allow-origin");
        let resource_policy = if open { "cross-origin" } else { "same-origin" };
        assert_eq!(page.header("cross-origin-resource-policy"), resource_policy, "{what}");
        assert!(!page.headers.contains_key("access-control-allow-credentials"), "{what}");
        assert!(!(open && PAGES.contains(&path)), "{what}: no page is open to scripts");
        // What caches may keep belongs to no request.
        let is_kept = is_public && page.headers.contains_key("etag");
        let length = page.header("x-request-id").len();
        assert!(length == 36 || (is_kept && length == 0), "{what}: {length}");
        for name in ["server", "x-powered-by", "via"] {
            assert!(!page.headers.contains_key(name), "{what}: {name}");
        }
        if page.body.starts_with("<!doctype html>") {
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{what}");
        }
    }

    fn has(&self, path: &str, status: u16) {
        assert!(self.seen.contains(&(path.to_owned(), status)), "no {status} from {path}: {:?}", self.seen);
    }

    /// Every route, with the methods it has.
    fn routes(&self) -> Vec<(String, &'static [Method])> {
        const READ: &[Method] = &[Method::GET];
        const WRITE: &[Method] = &[Method::POST];
        const BOTH: &[Method] = &[Method::GET, Method::POST];
        const MANAGE: &[Method] = &[Method::GET, Method::PUT, Method::DELETE];
        let names: Vec<&str> = CAPABILITIES.iter().map(|capability| capability.name).collect();
        assert_eq!(names, KNOWN, "tell the crawler about the new capability");
        let base = self.world.app.config.issuer_path();
        let mut routes: Vec<(String, &'static [Method])> = [
            ("/authorize", BOTH),
            ("/authorize/resume", READ),
            ("/login", BOTH),
            ("/login/factor", BOTH),
            ("/login/passkey", WRITE),
            ("/login/enrol", READ),
            ("/login/enrol/totp", BOTH),
            ("/login/enrol/passkey", BOTH),
            ("/account/security", READ),
            ("/account/security/totp", BOTH),
            ("/account/security/passkey", BOTH),
            ("/account/security/rename", WRITE),
            ("/account/security/remove", WRITE),
            ("/account/security/codes", WRITE),
            ("/password", BOTH),
            ("/upstream/nobody", WRITE),
            ("/upstream/nobody/callback", READ),
            ("/account/identities", READ),
            ("/account/identities/connect", WRITE),
            ("/account/identities/disconnect", WRITE),
            ("/forgot", BOTH),
            ("/login/code", BOTH),
            ("/login/code/check", WRITE),
            ("/sign-up", BOTH),
            ("/sign-up/confirm", BOTH),
            ("/account/email", BOTH),
            ("/email", BOTH),
            ("/dev/outbox", READ),
            ("/consent", BOTH),
            ("/device_authorization", WRITE),
            ("/device", BOTH),
            ("/device/confirm", BOTH),
            ("/logout", BOTH),
            ("/account", BOTH),
            ("/account/password", BOTH),
            ("/account/apps", READ),
            ("/account/apps/end", WRITE),
            ("/account/apps/limit", WRITE),
            ("/account/apps/remove", WRITE),
            ("/account/sessions", BOTH),
            ("/account/history", READ),
            ("/account/data", BOTH),
            ("/account/stop", BOTH),
            ("/account/leave", BOTH),
            ("/token", WRITE),
            ("/token/", WRITE),
            ("/introspect", WRITE),
            ("/revoke", WRITE),
            ("/userinfo", BOTH),
            ("/register", WRITE),
            ("/register/", WRITE),
            ("/register/c_nobody", MANAGE),
            ("/jwks", READ),
            ("/logo/nobody", READ),
            ("/admin/v1/openapi.json", READ),
            ("/admin/v1/docs", READ),
            ("/admin/v1/users", BOTH),
        ]
        .map(|(path, methods)| (format!("{base}{path}"), methods))
        .to_vec();
        routes.push((if base.is_empty() { "/".to_owned() } else { base.to_owned() }, READ));
        routes.extend(
            gatewright_oauth::metadata::well_known_paths(&self.world.app.config.issuer)
                .into_iter()
                .map(|path| (path, READ)),
        );
        routes.extend(
            [
                "/assets/gatewright.css",
                "/assets/docs.css",
                "/assets/gatewright.svg",
                "/assets/send.js",
                "/assets/passkey.js",
            ]
            .map(|path| (path.to_owned(), READ)),
        );
        routes
    }
}

/// The largest body of a route (DS-01).
fn most_bytes(path: &str) -> usize {
    let kib = match path.trim_end_matches('/').rsplit('/').next().unwrap() {
        "authorize" => 12,
        "register" => 16,
        "consent" => 64,
        _ => 32,
    };
    kib * 1024
}

async fn crawl(world: &World) {
    let mut crawler = Crawler::of(world);
    for (path, methods) in crawler.routes() {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let request = crawler.ask(method.clone(), &path);
            // A preflight is kept by other rules than Cache-Control (Fetch §4.9).
            let what = if method == Method::OPTIONS { format!("OPTIONS {path}") } else { path.clone() };
            let page = crawler.send(&what, request).await;
            let allowed =
                methods.contains(&method) || (method == Method::HEAD && methods.contains(&Method::GET));
            if !allowed && method != Method::OPTIONS {
                assert_eq!(page.status, 405, "{method} {path}");
                assert!(page.headers.contains_key("allow"), "{method} {path}");
            }
        }
        crawler.has(&path, 405);
        for (name, value) in
            [("host", "evil.test"), ("cookie", &"x".repeat(17_000)), ("origin", "https://app.test")]
        {
            let method = methods[0].clone();
            let request = crawler.ask(method, &path);
            let (client, request) = request.build_split();
            let mut request = request.unwrap();
            request.headers_mut().insert(
                reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
            crawler.send(&path, RequestBuilder::from_parts(client, request)).await;
        }
        crawler.has(&path, 421);
        crawler.has(&path, 431);
        let stem = path.trim_end_matches('/');
        for beside in [format!("{stem}/at/nowhere"), format!("{path};x"), format!("{path}%2f")] {
            let request = crawler.ask(methods[0].clone(), &beside);
            let page = crawler.send(&beside, request).await;
            assert_eq!(page.status, if beside.ends_with("nowhere") { 404 } else { 400 }, "{beside}");
        }
        if methods.contains(&Method::POST) && !path.ends_with("/userinfo") && !path.contains("/admin/") {
            for kind in ["application/x-www-form-urlencoded", "application/json"] {
                let body = "x".repeat(most_bytes(&path) + 1);
                let request = crawler.ask(Method::POST, &path).header("content-type", kind).body(body);
                crawler.send_too_much(&path, request).await;
            }
            crawler.has(&path, 413);
            let request = crawler.ask(Method::POST, &path).header("content-type", "text/plain").body("x");
            crawler.send(&path, request).await;
        }
    }
    for nowhere in ["/nowhere", "/tenant2", "/favicon.ico", "/robots.txt"] {
        let request = crawler.ask(Method::GET, nowhere);
        assert_eq!(crawler.send(nowhere, request).await.status, 404, "{nowhere}");
    }
}

/// Every route is there.
fn everything(config: &mut Config) {
    config.mail.delivery = Delivery::Outbox;
    config.login.email_code = true;
    config.sign_up.mode = SignUpMode::Open;
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_03_every_answer_of_every_route_has_the_security_headers() {
    crawl(&World::with(everything).await).await;
    crawl(&World::with_path_and("/tenant", everything).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_03_every_answer_of_an_https_server_has_strict_transport_security() {
    crawl(
        &World::with(|config| {
            everything(config);
            config.issuer = "https://as.test".to_owned();
        })
        .await,
    )
    .await;
}

/// Answers of ours that need a story to come about: successes, limits, faults.
#[tokio::test(flavor = "multi_thread")]
async fn ck_03_successes_limits_and_faults_have_the_security_headers_too() {
    let world = World::with(|config| {
        config.login.attempts = 1;
        config.registration.network_per_minute = 1;
    })
    .await;
    let crawler = Crawler::of(&world);
    let mut agent = world.agent();
    let az = Az::of("pub1").set("scope", "openid mcp:read");
    let login = world.authorize(&mut agent, &az).await;
    crawler.judge("/login", &login);
    let request = login.hidden("request");
    let fields = [("request", request.as_str()), ("username", "ghost"), ("password", "wrong")];
    for status in [403, 429] {
        let page = agent.post("/login", &fields).await;
        assert_eq!(page.status, status);
        crawler.judge("/login", &page);
    }
    let consent = world.log_in(&mut agent, &login, "alice").await;
    crawler.judge("/consent", &consent);
    let again =
        agent.post("/consent", &[("ticket", &consent.hidden("ticket")), ("decision", "approve")]).await;
    crawler.judge("/consent", &again);
    let back = world.decide(&mut agent, &consent, "approve").await;
    crawler.judge("/consent", &back);
    let posted = world.authorize(&mut agent, &az.clone().set("response_mode", "form_post")).await;
    assert!(posted.header("content-security-policy").contains("; script-src 'nonce-"), "{posted:?}");
    crawler.judge("/authorize", &posted);
    let tokens = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);

    let metadata = |n: u32| serde_json::json!({ "redirect_uris": [format!("https://x.test/{n}")], "token_endpoint_auth_method": "none" });
    for (n, status) in [(1, 201), (2, 429)] {
        let page = world.post_json("/register", &metadata(n)).await;
        assert_eq!(page.status, status, "{}", page.body);
        crawler.judge("/register", &page);
    }
    for (bearer, status) in [(tokens.access.as_str(), 200), ("x", 401)] {
        let page =
            Page::read(world.http.get(world.url("/userinfo")).bearer_auth(bearer).send().await.unwrap())
                .await;
        assert_eq!(page.status, status);
        crawler.judge("/userinfo", &page);
    }
    let etag = world.get("/jwks").await.header("etag").to_owned();
    for path in ["/jwks", "/.well-known/oauth-authorization-server"] {
        let etag =
            if path == "/jwks" { etag.clone() } else { world.get(path).await.header("etag").to_owned() };
        let page =
            Page::read(world.http.get(world.url(path)).header("if-none-match", etag).send().await.unwrap())
                .await;
        assert_eq!(page.status, 304);
        crawler.judge(path, &page);
    }

    // A fault: a credential that cannot be read any more.
    sqlx::query("UPDATE credentials SET sealed = 'broken'").execute(&world.database).await.unwrap();
    let fields = [("request", request.as_str()), ("username", "mallory"), ("password", PASSWORD)];
    let broken = agent.post("/login", &fields).await;
    assert_eq!((broken.status.as_u16(), broken.data_error()), (500, Some("server_error")));
    crawler.judge("/login", &broken);

    // And the database away.
    world.app.store.close().await;
    world.app.directory.forget();
    let asked = format!("/authorize?{}", az.query());
    for path in [asked.as_str(), "/logout"] {
        let page = agent.get(path).await;
        assert_eq!(
            (page.status.as_u16(), page.data_error()),
            (503, Some("temporarily_unavailable")),
            "{path}"
        );
        assert_eq!(page.header("retry-after"), "1");
        crawler.judge("/authorize", &page);
    }
    let fields = [("grant_type", "client_credentials"), ("resource", gatewright_tests::MCP)];
    for path in ["/token", "/introspect", "/revoke"] {
        let page = world.post_as("conf1", path, &fields).await;
        assert_eq!(page.status, 503, "{path}: {}", page.body);
        assert_eq!(page.json()["error"], "temporarily_unavailable", "{path}");
        crawler.judge(path, &page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_04_no_answer_with_a_secret_may_be_kept() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("conf1").set("scope", "openid mcp:read");
    let start = agent.get(&format!("/authorize?{}", az.query())).await;
    let login = agent.follow(start.clone()).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let back = world.decide(&mut agent, &consent, "approve").await;
    let code = back.answer("code").unwrap();
    let exchange =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    let token = world.post_as("conf1", "/token", &exchange).await;
    let tokens = Tokens::of(&token);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    let refreshed = world.post_as("conf1", "/token", &refresh).await;
    let machine = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    let replayed = world.post_as("conf1", "/token", &exchange).await;
    let unknown = world.post("/token", &[("grant_type", "client_credentials"), ("client_id", "nope")]).await;
    assert_eq!((replayed.status.as_u16(), unknown.status.as_u16()), (400, 401));
    let introspected = world.post_as("rs1", "/introspect", &[("token", &tokens.access)]).await;
    let revoked = world.post_as("conf1", "/revoke", &[("token", tokens.refresh())]).await;
    let confidential = serde_json::json!({ "redirect_uris": ["https://x.test/cb"] });
    let registered = world.post_json("/register", &confidential).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    let user =
        world.http.get(world.url("/userinfo")).bearer_auth(Tokens::of(&machine).access).send().await.unwrap();
    let user = Page::read(user).await;
    for (page, what) in [
        (&start, "the redirect to login"),
        (&login, "login"),
        (&consent, "consent"),
        (&back, "the code"),
        (&token, "tokens"),
        (&refreshed, "refreshed tokens"),
        (&machine, "a machine's token"),
        (&replayed, "invalid_grant"),
        (&unknown, "invalid_client"),
        (&introspected, "introspection"),
        (&revoked, "revocation"),
        (&registered, "registration"),
        (&user, "userinfo"),
    ] {
        assert_eq!(page.header("cache-control"), "no-store", "{what}");
        assert_eq!(page.header("pragma"), "no-cache", "{what}: HTTP/1.0 caches");
    }
}
