//! DS: bodies, storms and starvation. Counted, not timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatewright_oauth::secret::Secret;
use gatewright_server::App;
use gatewright_server::config::Argon2;
use gatewright_tests::{Az, MCP, Page, World};
use serde_json::json;
use tokio::task::JoinSet;

const FORM: &str = "application/x-www-form-urlencoded";
const KIB: usize = 1024;

async fn post(world: &World, path: &str, kind: &str, body: reqwest::Body) -> Page {
    let request =
        world.http.post(world.url(path)).header("content-type", kind).header("sec-fetch-site", "same-origin");
    Page::read(request.body(body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_01_one_byte_too_many_is_refused() {
    let world = World::new().await;
    let limits = [
        ("/token", FORM, 32 * KIB),
        ("/token/", FORM, 32 * KIB),
        ("/register", "application/json", 16 * KIB),
        ("/register/", "application/json", 16 * KIB),
        ("/introspect", FORM, 32 * KIB),
        ("/revoke", FORM, 32 * KIB),
        ("/login", FORM, 32 * KIB),
        ("/consent", FORM, 64 * KIB),
        ("/logout", FORM, 32 * KIB),
        ("/authorize", FORM, 12 * KIB),
    ];
    for (path, kind, limit) in limits {
        let fits = post(&world, path, kind, "x".repeat(limit).into()).await;
        assert_ne!(fits.status, 413, "{path}: {limit} bytes fit");
        let refused = post(&world, path, kind, "x".repeat(limit + 1).into()).await;
        assert_eq!(refused.status, 413, "{path}: {}", refused.body);
        assert!(refused.location().is_none());
        // The length is not announced, so it has to be counted.
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            (0..=limit / KIB).map(|_| Ok(vec![b'x'; KIB])).collect();
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        assert_eq!(post(&world, path, kind, body).await.status, 413, "{path}, chunked");
    }
    let tokens = [("grant_type", "client_credentials")];
    assert_eq!(world.post_as("conf1", "/token", &tokens).await.status, 200);
}

/// A world whose password hashes take seconds, one at a time.
async fn slow_world() -> World {
    World::with(|config| {
        config.login.concurrency = 1;
        config.login.argon2 = Argon2 { memory_kib: 65_536, time: 40, parallelism: 1 };
    })
    .await
}

/// Fills the pool and its queue; the others were sent away. Ends when dropped.
async fn storm(app: &App) -> JoinSet<bool> {
    let mut storm = JoinSet::new();
    for _ in 0..150 {
        let passwords = app.passwords.clone();
        storm.spawn(async move { passwords.verify(Secret::new(String::new()), None).await.is_err() });
    }
    for _ in 0..49 {
        assert!(storm.join_next().await.unwrap().unwrap(), "one hashed, a hundred wait");
    }
    storm
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_04_a_login_storm_does_not_reach_the_token_endpoint() {
    let world = slow_world().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let mut storm = storm(&world.app).await;

    let fields = [("grant_type", "client_credentials"), ("resource", MCP)];
    for _ in 0..50 {
        assert_eq!(world.post_as("conf1", "/token", &fields).await.status, 200);
        assert_eq!(world.get("/jwks").await.status, 200);
    }
    assert!(storm.len() >= 100, "fifty tokens in the time of one hash: {}", storm.len());

    storm.abort_all();
    while storm.join_next().await.is_some() {}
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "the storm is over: {} {}", page.status, page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_04_people_who_hang_up_leave_the_queue() {
    let world = slow_world().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    let busy = {
        let passwords = world.app.passwords.clone();
        tokio::spawn(async move { passwords.verify(Secret::new(String::new()), None).await.is_ok() })
    };
    for _ in 0..3 {
        let mut impatient = JoinSet::new();
        for n in 0..60 {
            let name = format!("ghost-{n}");
            let fields = [("request", request.as_str()), ("username", &name), ("password", "wrong")];
            let cookies: Vec<String> =
                agent.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let post =
                world.http.post(world.url("/login")).header("sec-fetch-site", "same-origin").form(&fields);
            let post = post.header("cookie", cookies.join("; ")).timeout(Duration::from_millis(400));
            impatient.spawn(async move { post.send().await.map(|answer| answer.status()) });
        }
        while let Some(left) = impatient.join_next().await {
            let left = left.unwrap();
            assert!(left.as_ref().is_err_and(reqwest::Error::is_timeout), "waited in the queue: {left:?}");
        }
    }
    assert!(!busy.is_finished(), "180 people came and went during one hash");
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "{} {}", page.status, page.body);
    assert!(busy.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_05_deep_nesting_is_refused() {
    let world = World::new().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 16_000 / (open.len() + close.len());
        let body = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let refused = post(&world, "/register", "application/json", body.into()).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.json()["error"], "invalid_client_metadata");
        let deep = json!({ "redirect_uris": ["https://x.test/cb"] }).to_string();
        let deep = format!("{},\"jwks\":{}1{}}}", &deep[..deep.len() - 1], open.repeat(40), close.repeat(40));
        assert_eq!(post(&world, "/register", "application/json", deep.into()).await.status, 400);
    }
    for name in ["authorization_details", "claims"] {
        let az = Az::of("pub1").set(name, &format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)));
        let first = world.agent().get(&format!("/authorize?{}", az.query())).await;
        assert!(first.status.as_u16() < 500, "{name}: {}", first.body);
    }
    let header = gatewright_jose::base64url::encode(format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)));
    let fields = [("token", format!("{header}.{header}.AAAA"))];
    let fields = [("token", fields[0].1.as_str())];
    assert_eq!(world.post_as("rs1", "/introspect", &fields).await.json(), json!({ "active": false }));
    assert_eq!(world.get("/jwks").await.status, 200, "the process lives");
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_07_what_needs_no_database_does_not_wait_for_one() {
    let world = World::new().await;
    // Browsers with a session wait for a locked table, on every connection of the pool.
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    world.log_in(&mut agent, &login, "alice").await;
    let mut lock = world.database.begin().await.unwrap();
    sqlx::query("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    // Each waits for a second at most, and asks again.
    let (mut flood, goes_on) = (JoinSet::new(), Arc::new(AtomicBool::new(true)));
    for _ in 0..40 {
        let (mut agent, goes_on) = (agent.clone(), Arc::clone(&goes_on));
        flood.spawn(async move {
            let mut answers = Vec::new();
            while goes_on.load(Ordering::Relaxed) {
                answers.push(agent.get("/logout").await.status.as_u16());
            }
            answers
        });
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&world.database).await.unwrap() < 8 {
        tokio::task::yield_now().await;
    }

    for _ in 0..100 {
        for path in ["/jwks", "/.well-known/oauth-authorization-server", "/assets/gatewright.css", "/login"] {
            assert_ne!(world.get(path).await.status, 503, "{path}");
        }
    }
    let starved = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!((starved.status.as_u16(), starved.header("retry-after")), (503, "1"), "{}", starved.body);
    assert_eq!(starved.json()["error"], "temporarily_unavailable");

    lock.rollback().await.unwrap();
    goes_on.store(false, Ordering::Relaxed);
    let mut ended = Vec::new();
    while let Some(answers) = flood.join_next().await {
        ended.extend(answers.unwrap());
    }
    assert!(ended.iter().all(|status| [200, 503].contains(status)), "{ended:?}");
    assert!(ended.iter().filter(|status| **status == 200).count() >= 8, "{ended:?}");
    assert_eq!(world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await.status, 200);
}
