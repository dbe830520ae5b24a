//! The HTTP surface itself: smuggling, errors, and what is not on the public port (MD-08 to MD-10, LK-03).

use std::collections::BTreeSet;

use gatewright_tests::{Az, Page, World};

use super::wire;

#[tokio::test]
async fn md_08_nothing_behind_an_ambiguous_body_is_read_as_a_request() {
    let world = World::new().await;
    let host = wire::authority(&world).to_owned();
    let second = format!("GET /jwks HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let post = |headers: &str, body: &str| {
        format!(
            "POST /token HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n{headers}\r\n{body}"
        )
    };
    let length = second.len();
    // A front that believes the length sends `second` along as part of the body.
    for headers in [
        format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", 5 + length),
        format!("transfer-encoding: chunked\r\ncontent-length: {}\r\n", 5 + length),
        format!("content-length: {}\r\nTransfer-Encoding: identity, chunked\r\n", 5 + length),
    ] {
        let raw = wire::send(&world, &post(&headers, &format!("0\r\n\r\n{second}"))).await;
        assert_eq!(raw.statuses().len(), 1, "{headers}: {}", raw.text);
        assert!(raw.closed && !raw.text.contains("\"keys\""), "{headers}: {}", raw.text);
    }
    // Malformed framing is refused, and the connection with it.
    for headers in [
        "content-length: 4\r\ncontent-length: 9\r\n",
        "content-length: 4, 9\r\n",
        "content-length: +4\r\n",
        "content-length: -1\r\n",
        "content-length: 0x4\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding : chunked\r\n",
        "x: 1\r\n folded: 2\r\n",
        "x\u{0}y: 1\r\n",
    ] {
        let raw = wire::send(&world, &post(headers, &second)).await;
        assert_eq!(raw.statuses(), [400], "{headers:?}: {}", raw.text);
        assert!(raw.closed, "{headers:?}");
    }
    // Chunk sizes that two readers could read differently.
    for chunk in ["0x0\r\n\r\n", "+0\r\n\r\n", "g\r\n\r\n", "ffffffffffffffffff\r\n"] {
        let raw =
            wire::send(&world, &post("transfer-encoding: chunked\r\n", &format!("{chunk}{second}"))).await;
        assert!(
            raw.statuses().len() <= 1 && raw.closed && !raw.text.contains("\"keys\""),
            "{chunk:?}: {}",
            raw.text
        );
    }
    // Two honest requests on one connection are two requests.
    assert_eq!(wire::send(&world, &format!("{second}{second}")).await.statuses(), [200, 200]);
}

/// Makes a row that no version of the server writes.
async fn corrupt(world: &World, client: &str) {
    sqlx::query("UPDATE clients SET metadata = '\"nonsense\"' WHERE id = $1")
        .bind(client)
        .execute(&world.database)
        .await
        .unwrap();
    world.app.directory.forget();
}

#[tokio::test]
async fn md_09_a_fault_tells_an_identifier_and_nothing_else() {
    let world = World::new().await;
    corrupt(&world, "conf1").await;
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (500, "no-store"));
    let said = serde_json::json!({
        "error": "server_error",
        "error_description": "this server failed; its log tells why under this error_id",
        "error_id": page.header("x-request-id"),
    });
    assert_eq!(page.json(), said);
    let shown = world.get(&format!("/authorize?{}", Az::of("conf1").query())).await;
    assert_eq!((shown.status.as_u16(), shown.data_error()), (500, Some("server_error")));
    assert!(shown.body.contains(shown.header("x-request-id")));
    for word in ["metadata", "clients", "nonsense", "sqlx", "postgres", "panick", ".rs", "SELECT"] {
        assert!(!shown.body.contains(word) && !page.body.contains(word), "{word}");
    }
    // No answer names the software or its version.
    for path in ["/", "/jwks", "/authorize", "/token", "/.well-known/openid-configuration", "/%2e"] {
        let page = world.get(path).await;
        for name in ["server", "x-powered-by", "via"] {
            assert_eq!(page.header(name), "", "{path}");
        }
        assert!(
            !page.body.contains(env!("CARGO_PKG_VERSION")) && !page.body.to_lowercase().contains("axum"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn md_10_the_public_port_has_neither_metrics_nor_debugging_nor_administration() {
    let world = World::new().await;
    for path in [
        "/metrics",
        "/health",
        "/health/live",
        "/health/ready",
        "/healthz",
        "/healthz/full",
        "/ready",
        "/debug",
        "/debug/pprof",
        "/status",
        "/admin",
        "/admin/",
        "/api",
        "/console",
        "/.env",
        "/.git/config",
        "/config",
        "/server-status",
        "/actuator",
        "/actuator/env",
        "/trace",
        "/swagger.json",
        "/openapi.json",
    ] {
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let page = Page::read(world.http.request(method, world.url(path)).send().await.unwrap()).await;
            assert_eq!(page.status, 404, "{path}");
        }
    }
    for method in ["TRACE", "CONNECT", "PATCH", "PROPFIND"] {
        let raw = wire::send(
            &world,
            &format!(
                "{method} /token HTTP/1.1\r\nhost: {}\r\nx-echo: canary\r\nconnection: close\r\n\r\n",
                wire::authority(&world)
            ),
        )
        .await;
        assert!(!raw.text.contains("canary"), "{}", raw.text);
        assert_ne!(raw.statuses(), [200], "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lk_03_concurrent_failures_carry_nothing_of_each_other() {
    let world = World::new().await;
    corrupt(&world, "conf1").await;
    let faults = (0..100).map(|_| world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]));
    let mut ids = BTreeSet::new();
    for page in futures_util::future::join_all(faults).await {
        assert_eq!(page.status, 500);
        let id = page.json()["error_id"].as_str().unwrap().to_owned();
        assert_eq!(id, page.header("x-request-id"));
        assert!(ids.insert(id), "given out twice");
    }
    // Refusals that repeat what was sent repeat their own.
    let marks: Vec<String> = (0..100).map(|number| format!("mark-{number:03}-{}", number * 7919)).collect();
    let refusals = marks.iter().map(|mark| {
        let body = serde_json::json!({ "redirect_uris": [format!("http://{mark}.test/cb")] });
        let world = &world;
        async move { world.post_json("/register", &body).await }
    });
    for (mark, page) in marks.iter().zip(futures_util::future::join_all(refusals).await) {
        assert_eq!(page.status, 400);
        assert!(page.body.contains(mark.as_str()), "{}", page.body);
        assert_eq!(
            marks.iter().filter(|other| page.body.contains(other.as_str())).count(),
            1,
            "{}",
            page.body
        );
    }
}
