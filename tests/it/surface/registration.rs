//! Registration as real clients do it (RFC 7591; the bodies are those captured from the clients themselves).

use gatewright_tests::{Az, Page, World};
use serde_json::{Value, json};

use super::discovery::assert_nothing_is_empty;

/// Client, body, and the redirect URI it then authorizes with.
#[expect(clippy::too_many_lines, reason = "a table")]
fn bodies() -> Vec<(&'static str, Value, &'static str)> {
    let both = json!(["authorization_code", "refresh_token"]);
    vec![
        (
            "Claude Code",
            json!({ "client_name": "Claude Code (notes)", "redirect_uris": ["http://localhost:53682/callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none",
                    "application_type": "native", "scope": "mcp:read offline_access" }),
            "http://localhost:61000/callback",
        ),
        (
            "Codex CLI",
            json!({ "client_name": "Codex", "redirect_uris": ["http://127.0.0.1:49152/callback"],
                    "grant_types": both, "token_endpoint_auth_method": "none", "response_types": ["code"],
                    "scope": "mcp:read offline_access", "application_type": "native" }),
            "http://127.0.0.1:49153/callback",
        ),
        (
            "opencode",
            json!({ "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"], "client_name": "OpenCode",
                    "client_uri": "https://opencode.ai", "grant_types": both, "response_types": ["code"],
                    "token_endpoint_auth_method": "none", "scope": "mcp:read" }),
            "http://127.0.0.1:19876/mcp/oauth/callback",
        ),
        (
            "mcp-remote",
            json!({ "redirect_uris": ["http://localhost:3334/oauth/callback"], "token_endpoint_auth_method": "none",
                    "grant_types": both, "response_types": ["code"], "client_name": "MCP CLI Proxy",
                    "client_uri": "https://github.com/punkpeye/mcp-remote", "software_version": "0.15.1",
                    "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", "application_type": "native" }),
            "http://localhost:3334/oauth/callback",
        ),
        (
            "Inspector",
            json!({ "client_name": "MCP Inspector", "redirect_uris": ["http://127.0.0.1:6276/oauth/callback"],
                    "client_uri": "https://github.com/modelcontextprotocol/inspector", "grant_types": both,
                    "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native" }),
            "http://127.0.0.1:6276/oauth/callback",
        ),
        (
            "mcporter",
            json!({ "client_name": "mcporter", "redirect_uris": ["http://127.0.0.1:50000/callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "http://127.0.0.1:50001/callback",
        ),
        (
            "Python SDK 1",
            json!({ "redirect_uris": ["http://localhost:3030/callback"], "grant_types": both,
                    "response_types": ["code"], "scope": "mcp:read", "client_name": "simple client",
                    "client_uri": null, "logo_uri": null, "contacts": null, "jwks": null, "software_id": null }),
            "http://localhost:3030/callback",
        ),
        (
            "Python SDK 2",
            json!({ "redirect_uris": ["http://localhost:3030/callback"], "grant_types": both,
                    "response_types": ["code"], "scope": "mcp:read offline_access", "client_name": "simple client",
                    "application_type": "native" }),
            "http://localhost:3030/callback",
        ),
        (
            "TypeScript SDK 1.10",
            json!({ "client_name": "ts", "redirect_uris": ["http://localhost:8090/callback"], "grant_types": both,
                    "response_types": ["code"] }),
            "http://localhost:8090/callback",
        ),
        (
            "TypeScript SDK 1.32",
            json!({ "client_name": "ts", "redirect_uris": ["http://localhost:8090/callback"], "grant_types": both,
                    "response_types": ["code"], "scope": "mcp:read", "token_endpoint_auth_method": "client_secret_post" }),
            "http://localhost:8090/callback",
        ),
        (
            "Gemini CLI",
            json!({ "client_name": "Gemini CLI MCP Client", "redirect_uris": ["http://localhost:7777/oauth/callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "http://localhost:7777/oauth/callback",
        ),
        (
            "Claude on the web",
            json!({ "client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "client_secret_post",
                    "scope": "mcp:read", "client_uri": "https://claude.ai" }),
            "https://claude.ai/api/mcp/auth_callback",
        ),
        (
            "ChatGPT",
            json!({ "client_name": "ChatGPT", "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "https://chatgpt.com/connector_platform_oauth_redirect",
        ),
        (
            "VS Code",
            json!({ "client_name": "Visual Studio Code", "client_uri": "https://code.visualstudio.com",
                    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
                    "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native",
                    "redirect_uris": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect",
                                      "http://127.0.0.1/", "http://127.0.0.1:33418/"] }),
            "http://127.0.0.1:40404/",
        ),
        (
            "Cursor",
            json!({ "client_name": "Cursor", "application_type": "web", "grant_types": both, "response_types": ["code"],
                    "redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback",
                                      "https://www.cursor.com/agents/mcp/oauth/callback",
                                      "http://localhost:8787/callback"], "token_endpoint_auth_method": "none" }),
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ),
        (
            "Copilot CLI",
            json!({ "client_name": "GitHub Copilot CLI", "redirect_uris": ["http://127.0.0.1:33418/"] }),
            "http://127.0.0.1:51515/",
        ),
    ]
}

/// The members strict clients cannot do without, with their types; nothing null, nothing empty.
fn assert_strict(who: &str, sent: &Value, page: &Page) {
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (201, "application/json"),
        "{who}: {}",
        page.body
    );
    assert_eq!((page.header("cache-control"), page.header("pragma")), ("no-store", "no-cache"), "{who}");
    let body = page.json();
    assert_nothing_is_empty(&body, who);
    assert_eq!(body["redirect_uris"], sent["redirect_uris"], "{who}");
    assert_eq!(body["grant_types"], json!(["authorization_code", "refresh_token"]), "{who}");
    assert_eq!(body["response_types"], json!(["code"]), "{who}");
    assert!(body["client_id_issued_at"].as_i64().is_some_and(|at| at > 1_700_000_000), "{who}: {body}");
    let id = body["client_id"].as_str().unwrap();
    assert!(
        id.starts_with("c_") && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
        "{who}: {id}"
    );
    let method = sent["token_endpoint_auth_method"].as_str().unwrap_or("none");
    assert_eq!(body["token_endpoint_auth_method"], method, "{who}");
    if method == "none" {
        assert!(
            body.get("client_secret").is_none() && body.get("client_secret_expires_at").is_none(),
            "{who}: {body}"
        );
    } else {
        let secret = body["client_secret"].as_str().unwrap();
        assert!(secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{who}");
        assert_eq!(body["client_secret_expires_at"], json!(0), "{who}");
    }
    for name in ["client_name", "client_uri", "software_id", "software_version", "application_type"] {
        if sent[name].is_string() {
            assert_eq!(body[name], sent[name], "{who}: {name}");
        }
    }
}

#[tokio::test]
async fn what_real_clients_register_is_accepted_and_works() {
    let world = World::new().await;
    for (who, body, redirect_uri) in bodies() {
        let page = world.post_json("/register", &body).await;
        assert_strict(who, &body, &page);
        let registered = page.json();
        let id = registered["client_id"].as_str().unwrap();
        // One matcher for both: what was accepted here is accepted at /authorize.
        let shown = world.authorize(&mut world.agent(), &Az::to(id, redirect_uri)).await;
        assert!(
            shown.status == 200 && shown.body.contains("id=\"login-form\""),
            "{who}: {} {}",
            shown.status,
            shown.body
        );
        // And the client can present itself at the token endpoint, with its secret if it has one.
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", id)];
        fields.extend(registered["client_secret"].as_str().map(|secret| ("client_secret", secret)));
        assert_eq!(world.post("/token", &fields).await.json()["error"], "invalid_grant", "{who}");
    }
}

#[tokio::test]
async fn dc_05_the_same_public_document_is_one_client_however_often_it_comes() {
    let world = World::with(|config| config.registration.network_per_minute = 3).await;
    let (rows, events) = (world.count("clients").await, world.events("client.created").await);
    let body = |port: u16| {
        json!({ "client_name": "Codex", "redirect_uris": [format!("http://127.0.0.1:{port}/callback")],
                "token_endpoint_auth_method": "none" })
    };
    let first = world.post_json("/register", &body(40_000)).await.json();
    for port in 40_001..40_100 {
        let again = world.post_json("/register", &body(port)).await;
        assert_eq!(again.status, 201);
        let again = again.json();
        assert_eq!(
            (&again["client_id"], &again["client_id_issued_at"]),
            (&first["client_id"], &first["client_id_issued_at"])
        );
        assert_eq!(again["redirect_uris"], body(port)["redirect_uris"], "each is told its own");
    }
    assert_eq!((world.count("clients").await, world.events("client.created").await), (rows + 1, events + 1));
    // Racing the first time gives one row too.
    let body = json!({ "client_name": "Racer", "redirect_uris": ["http://127.0.0.1:1/cb"] });
    let all = futures_util::future::join_all((0..20).map(|_| world.post_json("/register", &body))).await;
    let ids: std::collections::BTreeSet<String> = all
        .iter()
        .filter(|page| page.status == 201)
        .map(|page| page.json()["client_id"].to_string())
        .collect();
    assert_eq!((ids.len(), world.count("clients").await), (1, rows + 2));
}

#[tokio::test]
async fn dc_05_documents_that_differ_are_different_clients() {
    let world = World::new().await;
    let base = json!({ "client_name": "One", "redirect_uris": ["https://one.test/cb"] });
    let mut ids = std::collections::BTreeSet::new();
    let mut variants = vec![base.clone()];
    for (name, value) in [
        ("client_name", json!("Two")),
        ("redirect_uris", json!(["https://one.test/cb2"])),
        ("redirect_uris", json!(["https://one.test:8443/cb"])),
        ("redirect_uris", json!(["https://one.test/cb", "https://one.test/cb2"])),
        ("client_uri", json!("https://one.test")),
        ("scope", json!("mcp:write")),
        ("grant_types", json!(["authorization_code"])),
        ("application_type", json!("native")),
    ] {
        let mut other = base.clone();
        other[name] = value;
        variants.push(other);
    }
    for body in &variants {
        ids.insert(world.post_json("/register", body).await.json()["client_id"].to_string());
    }
    assert_eq!(ids.len(), variants.len());
    // A secret is never handed out twice: confidential clients are always new.
    let body = json!({ "redirect_uris": ["https://one.test/cb"], "token_endpoint_auth_method": "client_secret_basic" });
    let (one, two) =
        (world.post_json("/register", &body).await.json(), world.post_json("/register", &body).await.json());
    assert_ne!(one["client_id"], two["client_id"]);
    assert_ne!(one["client_secret"], two["client_secret"]);
}

#[tokio::test]
async fn dc_05_a_flood_of_different_documents_is_slowed_down_and_let_in_again() {
    let world = World::with(|config| config.registration.network_per_minute = 5).await;
    let rows = world.count("clients").await;
    let body = |number: i32| json!({ "client_name": format!("n{number}"), "redirect_uris": ["https://new.test/cb"] });
    for number in 0..5 {
        assert_eq!(world.post_json("/register", &body(number)).await.status, 201, "{number}");
    }
    let page = world.post_json("/register", &body(5)).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (429, "no-store"));
    assert_eq!(page.json()["error"], "slow_down");
    let wait: i64 = page.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(world.count("clients").await, rows + 5);
    // What is known already stays answered, so a hosted client behind the same address works on.
    assert_eq!(world.post_json("/register", &body(0)).await.status, 201);
    // Refused documents cost nothing.
    world.pass(wait);
    for _ in 0..10 {
        assert_eq!(
            world.post_json("/register", &json!({ "redirect_uris": ["http://x.test/"] })).await.status,
            400
        );
    }
    assert_eq!(world.post_json("/register", &body(5)).await.status, 201, "the promise of Retry-After holds");
}

#[tokio::test]
async fn dc_05_the_total_counts_every_network_and_small_totals_work() {
    let world = World::with(|config| {
        config.registration.total_per_hour = 3;
        config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let mut statuses = Vec::new();
    for number in 0..5 {
        let body = json!({ "client_name": format!("n{number}"), "redirect_uris": ["https://new.test/cb"] });
        let request =
            world.http.post(world.url("/register")).header("x-forwarded-for", format!("203.0.{number}.1"));
        statuses.push(request.json(&body).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [201, 201, 201, 429, 429]);
    world.pass(20 * 60);
    let body = json!({ "client_name": "late", "redirect_uris": ["https://new.test/cb"] });
    assert_eq!(world.post_json("/register", &body).await.status, 201);
}
