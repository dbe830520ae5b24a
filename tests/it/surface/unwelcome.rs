//! Registrations that want too much (rows DC).

use gatewright_tests::{Az, Page, World};
use serde_json::{Value, json};

async fn register(world: &World, body: &Value) -> Page {
    world.post_json("/register", body).await
}

async fn id_of(world: &World, body: &Value) -> String {
    let page = register(world, body).await;
    assert_eq!(page.status, 201, "{body}: {}", page.body);
    page.json()["client_id"].as_str().unwrap().to_owned()
}

/// The consent page a client gets from alice's browser.
async fn consent(world: &World, id: &str, redirect_uri: &str) -> Page {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::to(id, redirect_uri)).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
    page
}

#[tokio::test]
async fn dc_03_markup_in_names_is_text() {
    let world = World::new().await;
    let name = "<img src=x onerror=alert(1)>\"'&";
    let body = json!({ "client_name": name, "redirect_uris": ["https://evil.test/cb"], "contacts": ["<b>x</b>"],
                       "tos_uri": "https://evil.test/?<script>" });
    // `<` is no character of a URI at all.
    assert_eq!(register(&world, &body).await.status, 400);
    let body = json!({ "client_name": name, "redirect_uris": ["https://evil.test/cb?%3Cscript%3E=1"], "contacts": ["<b>x</b>"] });
    let id = id_of(&world, &body).await;
    let page = consent(&world, &id, "https://evil.test/cb?%3Cscript%3E=1").await;
    assert!(!page.body.contains("<img src=x") && !page.body.contains("<b>x"), "{}", page.body);
    assert!(page.body.contains("&lt;img src=x") || page.body.contains("&#60;img src=x"), "{}", page.body);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
}

#[tokio::test]
async fn dc_06_a_claimed_name_never_leads_and_a_logo_is_never_shown() {
    let world = World::new().await;
    for name in ["\u{421}laude", "Claude", "GitHub", "\u{202e}edualC", "Cl\u{200b}aude"] {
        let body = json!({ "client_name": name, "redirect_uris": ["https://evil.test/cb"],
                           "logo_uri": "https://evil.test/logo.png", "client_uri": "https://claude.ai" });
        let id = id_of(&world, &body).await;
        let page = consent(&world, &id, "https://evil.test/cb").await;
        let heading = page.body.split("<h1").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
        assert!(heading.contains("evil.test"), "{name}: {heading}");
        assert!(!page.body.contains("logo.png"), "{name}");
        assert!(
            page.body.to_lowercase().contains("not verified")
                || page.body.to_lowercase().contains("unverified"),
            "{name}: {}",
            page.body
        );
        for hidden in ['\u{202e}', '\u{200b}'] {
            assert!(!page.body.contains(hidden), "{name}");
        }
    }
}

#[tokio::test]
async fn dc_07_powers_are_not_for_strangers() {
    let world = World::new().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "client_name": name, "redirect_uris": ["https://new.test/cb"] });
        body[name] = value;
        body
    };
    for grants in [
        json!(["client_credentials"]),
        json!(["implicit"]),
        json!(["password"]),
        json!(["refresh_token"]),
        json!(["urn:ietf:params:oauth:grant-type:token-exchange"]),
    ] {
        let page = register(&world, &with("grant_types", grants.clone())).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_client_metadata")),
            "{grants}"
        );
    }
    for types in [json!(["token"]), json!(["id_token"]), json!(["code token"])] {
        let page = register(&world, &with("response_types", types.clone())).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_client_metadata")),
            "{types}"
        );
    }
    for method in ["private_key_jwt", "client_secret_jwt", "tls_client_auth", "NONE", "x"] {
        let page = register(&world, &with("token_endpoint_auth_method", json!(method))).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_client_metadata")),
            "{method}"
        );
    }
    // Ruled: what is not offered is dropped when something is left, and the answer says what is left.
    let mixed =
        with("grant_types", json!(["authorization_code", "refresh_token", "client_credentials", "implicit"]));
    let page = register(&world, &mixed).await;
    assert_eq!(page.json()["grant_types"], json!(["authorization_code", "refresh_token"]));
    // A secret does not buy client_credentials, nor introspection of anything, nor a scope nobody gave.
    let mut body = with("token_endpoint_auth_method", json!("client_secret_post"));
    body["scope"] = json!("mcp:admin");
    body["grant_types"] = json!(["authorization_code", "client_credentials"]);
    let registered = register(&world, &body).await.json();
    let (id, secret) =
        (registered["client_id"].as_str().unwrap(), registered["client_secret"].as_str().unwrap());
    let fields = [("client_id", id), ("client_secret", secret), ("grant_type", "client_credentials")];
    let page = world.post("/token", &fields).await;
    assert_eq!(
        (page.status.as_u16(), page.json()["error"].as_str()),
        (400, Some("unauthorized_client")),
        "{}",
        page.body
    );
    let foreign = world.tokens().await;
    let fields = [("client_id", id), ("client_secret", secret), ("token", foreign.access.as_str())];
    assert_eq!(world.post("/introspect", &fields).await.body, "{\"active\":false}");
    // Members that are not the client's to set do nothing.
    let body = json!({ "redirect_uris": ["https://new.test/cb"], "client_id": "pub1", "client_secret": "mine", "origin": "administrator",
                       "profile": "oidc_compat", "default_resource": "x", "speaks_for": "x", "verified": true });
    let registered = register(&world, &body).await.json();
    assert_ne!(registered["client_id"], "pub1");
    let row: (String, String) = sqlx::query_as("SELECT origin, profile FROM clients WHERE id = $1")
        .bind(registered["client_id"].as_str())
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(row, ("dynamic".to_owned(), "mcp".to_owned()));
    for name in ["client_secret", "origin", "profile", "verified", "speaks_for"] {
        assert!(registered.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn dc_10_malformed_documents_are_refused_as_json_and_leave_nothing() {
    let world = World::new().await;
    let rows = world.count("clients").await;
    let events = world.count("events").await;
    let post = |kind: &'static str, body: String| {
        let request = world.http.post(world.url("/register")).header("content-type", kind).body(body);
        async move { Page::read(request.send().await.unwrap()).await }
    };
    let good = json!({ "redirect_uris": ["https://new.test/cb"] }).to_string();
    let twice = "{\"redirect_uris\":[\"https://a.test/cb\"],\"redirect_uris\":[\"https://evil.test/cb\"]}";
    let deep = format!(
        "{{\"redirect_uris\":[\"https://a.test/cb\"],\"x\":{}1{}}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    for (kind, body) in [
        ("text/plain", good.clone()),
        ("application/x-www-form-urlencoded", "redirect_uris=https://new.test/cb".to_owned()),
        ("application/json", String::new()),
        ("application/json", "[]".to_owned()),
        ("application/json", "null".to_owned()),
        ("application/json", "{".to_owned()),
        ("application/json", format!("{good}x")),
        ("application/json", twice.to_owned()),
        ("application/json", deep),
        ("application/json", "{\"redirect_uris\":[\"https://a.test/cb\"],\"client_name\":7}".to_owned()),
        ("application/json", "{\"redirect_uris\":[\"https://a.test/cb\"],\"client_name\":\"\\u0000\"}".to_owned()),
        ("application/json", "{\"redirect_uris\":[\"https://a.test/cb\"],\"client_name\":\"\\ud800\"}".to_owned()),
        ("application/json", json!({ "redirect_uris": ["https://a.test/cb"], "client_name": "x".repeat(201) }).to_string()),
        ("application/json", json!({ "redirect_uris": ["https://a.test/cb"], "contacts": vec!["x"; 11] }).to_string()),
        ("application/json", json!({ "redirect_uris": ["https://a.test/cb"], "jwks": {"keys": []}, "jwks_uri": "https://a.test/k" }).to_string()),
    ] {
        let page = post(kind, body.clone()).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (400, "application/json"), "{body}: {}", page.body);
        assert_eq!(page.json()["error"], "invalid_client_metadata", "{body}");
    }
    // Too large is refused while it is read.
    let large =
        json!({ "redirect_uris": ["https://new.test/cb"], "client_name": "x".repeat(17 * 1024) }).to_string();
    let page = post("application/json", large).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (413, "application/json"));
    assert_eq!(
        (page.json()["error"].as_str(), page.header("cache-control")),
        (Some("invalid_request"), "no-store")
    );
    assert_eq!((world.count("clients").await, world.count("events").await), (rows, events));
}

#[tokio::test]
async fn dc_11_the_application_type_is_kept_and_never_a_reason_to_refuse() {
    let world = World::new().await;
    for (kind, uri) in [
        ("web", "http://localhost:1/cb"),
        ("web", "cursor://x/cb"),
        ("native", "https://a.test/cb"),
        ("other", "https://a.test/cb"),
    ] {
        let page = register(&world, &json!({ "redirect_uris": [uri], "application_type": kind })).await;
        assert_eq!((page.status.as_u16(), page.json()["application_type"].as_str()), (201, Some(kind)));
    }
}

#[tokio::test]
async fn dc_12_identifiers_are_random_and_never_urls() {
    let world = World::new().await;
    let mut ids = std::collections::BTreeSet::new();
    for number in 0..50 {
        let id = id_of(
            &world,
            &json!({ "client_name": format!("n{number}"), "redirect_uris": ["https://a.test/cb"] }),
        )
        .await;
        assert!(id.len() == 24 && id.starts_with("c_"), "{id}");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 50);
}

#[tokio::test]
async fn dc_15_a_program_on_this_computer_is_asked_about_every_time() {
    let world = World::new().await;
    let id = id_of(&world, &json!({ "client_name": "Codex", "redirect_uris": ["http://127.0.0.1:4000/cb"] }))
        .await;
    let mut agent = world.agent();
    let az = Az::to(&id, "http://127.0.0.1:4000/cb");
    assert!(world.approve(&mut agent, &az, "alice").await.answer("code").is_some());
    // The same person, browser and scopes, the port of another program.
    let again = world.authorize(&mut agent, &Az::to(&id, "http://127.0.0.1:6666/cb")).await;
    assert!(
        again.body.contains("id=\"consent-form\"") && again.body.contains("127.0.0.1:6666"),
        "{}",
        again.body
    );
    let silent = world.authorize(&mut agent, &az.set("prompt", "none")).await;
    assert_eq!(silent.answer("code"), None);
}

#[tokio::test]
async fn dc_15_an_app_that_claims_a_scheme_is_asked_about_every_time() {
    let world = World::new().await;
    let id =
        id_of(&world, &json!({ "client_name": "Desk", "redirect_uris": ["com.example.desk:/cb"] })).await;
    let mut agent = world.agent();
    let az = Az::to(&id, "com.example.desk:/cb");
    let opened = world.approve(&mut agent, &az, "alice").await;
    assert!(opened.body.contains("id=\"open-app\""), "{}", opened.body);
    let again = world.authorize(&mut agent, &az).await;
    assert!(again.body.contains("id=\"consent-form\""), "{}", again.body);
    let silent = world.authorize(&mut agent, &az.set("prompt", "none")).await;
    assert!(!silent.body.contains("code="), "{}", silent.body);
}

#[tokio::test]
async fn jw_08_jw_09_keys_that_are_weak_or_private_cannot_be_registered() {
    let world = World::new().await;
    let weak_n = "u".repeat(171);
    let good = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let mut private = good.clone();
    private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    for (what, key) in [
        ("RSA of 1024 bits", json!({ "kty": "RSA", "n": weak_n, "e": "AQAB" })),
        ("exponent one", json!({ "kty": "RSA", "n": "u".repeat(342), "e": "AQ" })),
        ("symmetric", json!({ "kty": "oct", "k": "c2VjcmV0" })),
        ("private", private),
    ] {
        let body = json!({ "redirect_uris": ["https://a.test/cb"], "jwks": { "keys": [key] } });
        let page = register(&world, &body).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_client_metadata")),
            "{what}"
        );
        assert!(
            page.json()["error_description"].as_str().unwrap().starts_with("jwks"),
            "{what}: {}",
            page.body
        );
        assert!(!page.body.contains("jpsQnnGQ"), "what was private is not repeated");
    }
    let body = json!({ "redirect_uris": ["https://a.test/cb"], "jwks": { "keys": [good] } });
    assert_eq!(register(&world, &body).await.status, 201);
}
