//! Changes are done once, as a whole, or not at all.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use gatewright_server::admin::Scope;
use gatewright_tests::{Page, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, program, refused, sent};

async fn keyed(caller: &Caller<'_>, key: &str, path: &str, body: &Value) -> Page {
    sent(caller.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn robot(name: &str) -> Value {
    json!({ "name": name, "scopes": ["admin:server.read"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_first_answer_word_for_word() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let first = keyed(&root, "k-1", "/api-keys", &robot("one")).await;
    let made = done(&first, 201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = keyed(&root, "k-1", "/api-keys", &robot("one")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body), "the secret is in it too");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(world.events("api_key.created").await, 2, "one of the test's own, one made now");

    // The answer is kept sealed, and by another process too.
    let kept: Vec<u8> =
        sqlx::query_scalar("SELECT answer FROM idempotency").fetch_one(&world.database).await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));

    // Another request under the same key is a mistake; another caller's key is another key.
    refused(&keyed(&root, "k-1", "/api-keys", &robot("two")).await, 422, "idempotency_key_reused");
    refused(&keyed(&root, "k-1", "/initial-tokens", &json!({})).await, 422, "idempotency_key_reused");
    let other = program(&world, Scope::ALL).await;
    assert_ne!(done(&keyed(&other, "k-1", "/api-keys", &robot("one")).await, 201)["id"], made["id"]);

    // After a day the key is forgotten.
    world.pass(24 * 3600 + 1);
    let late = keyed(&root, "k-1", "/api-keys", &robot("one")).await;
    assert_ne!(done(&late, 201)["id"], made["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_done() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let one = robot("one");
    let pages = join_all((0..40).map(|_| keyed(&root, "k-1", "/api-keys", &one))).await;
    let mut ids = BTreeSet::new();
    for page in &pages {
        match page.status.as_u16() {
            201 => {
                ids.insert(page.json()["id"].as_str().unwrap().to_owned());
            }
            _ => {
                refused(page, 409, "request_in_progress");
                assert_eq!(page.header("retry-after"), "1");
            }
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(world.count("api_keys").await, 2);
    assert_eq!(
        done(&keyed(&root, "k-1", "/api-keys", &robot("one")).await, 201)["id"],
        *ids.first().unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_kept() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    refused(
        &keyed(&root, "k-1", "/api-keys", &json!({ "name": "", "scopes": [] })).await,
        400,
        "invalid_request",
    );
    assert_eq!(world.count("idempotency").await, 0);
    done(&keyed(&root, "k-1", "/api-keys", &robot("mended")).await, 201);
    for key in ["", "a b", &"x".repeat(256), "ü"] {
        let page = keyed(&root, key, "/api-keys", &robot("one")).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], "Idempotency-Key");
    }
}

/// A server that died before the commit has done nothing, and its claim ends by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_left_behind_is_taken_over() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    done(&keyed(&root, "k-1", "/api-keys", &robot("one")).await, 201);
    sqlx::query("UPDATE idempotency SET answer = NULL, expires_at = $1")
        .bind(world.operator().now + chrono::Duration::seconds(30))
        .execute(&world.database)
        .await
        .unwrap();
    refused(&keyed(&root, "k-1", "/api-keys", &robot("one")).await, 409, "request_in_progress");
    world.pass(31);
    done(&keyed(&root, "k-1", "/api-keys", &robot("one")).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_everything_and_leaves_nothing() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let before = (world.count("api_keys").await, world.count("events").await, world.count("clients").await);
    let page = root.post("/api-keys?dry_run=true", &robot("one")).await;
    assert_eq!((page.status.as_u16(), page.header("dry-run"), page.header("location")), (201, "true", ""));
    assert_eq!(page.json()["name"], "one");
    assert!(!page.body.contains("gw_ak_"), "no secret that would not work: {}", page.body);
    let page = root.post("/clients?dry_run=true", &super::example("clients.create")).await;
    assert_eq!(page.status, 201, "{}", page.body);
    let page = sent(root.request(Method::DELETE, "/clients/pub1?dry_run=true")).await;
    assert_eq!(page.status, 204);
    let after = (world.count("api_keys").await, world.count("events").await, world.count("clients").await);
    assert_eq!(before, after);
    assert_eq!(root.get("/clients/pub1").await.json()["status"], "enabled");
    // It does not use the key up, and is refused like the real thing.
    let dry = sent(
        root.request(Method::POST, "/api-keys?dry_run=true").header("idempotency-key", "k").json(&robot("a")),
    )
    .await;
    assert_eq!(dry.status, 201);
    assert_eq!(world.count("idempotency").await, 0);
    refused(
        &root.post("/api-keys?dry_run=true", &json!({ "name": "x", "scopes": ["nope"] })).await,
        400,
        "invalid_request",
    );
    refused(&root.post("/api-keys?dry_run=maybe", &robot("one")).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_with_no_answer_kept_is_no_change() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    // The row of the answer cannot be written: the change must go with it.
    sqlx::query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.answer IS NOT NULL THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$",
    )
    .execute(&world.database)
    .await
    .unwrap();
    sqlx::query("CREATE TRIGGER refuse BEFORE UPDATE ON idempotency FOR EACH ROW EXECUTE FUNCTION refuse()")
        .execute(&world.database)
        .await
        .unwrap();
    let before = (world.count("api_keys").await, world.events("api_key.created").await);
    let page = keyed(&root, "k-1", "/api-keys", &robot("one")).await;
    assert_eq!(page.status, 500, "{}", page.body);
    assert_eq!(before, (world.count("api_keys").await, world.events("api_key.created").await));
    sqlx::query("DROP TRIGGER refuse ON idempotency").execute(&world.database).await.unwrap();
    done(&keyed(&root, "k-1", "/api-keys", &robot("one")).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_little_gets_little() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let asked = root.request(Method::POST, "/resources").header("prefer", "return=minimal");
    let page = sent(asked.json(&super::example("resources.create"))).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (204, ""));
    assert_eq!(page.header("preference-applied"), "return=minimal");
    let made = root.get(page.header("location").split("/admin/v1").nth(1).unwrap()).await;
    assert_eq!(made.json()["resource"], "https://new.test/mcp");
    // What is shown once is shown all the same.
    let asked = root.request(Method::POST, "/api-keys").header("prefer", "return=minimal");
    assert!(sent(asked.json(&robot("one"))).await.json()["secret"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_06_a_request_sets_only_what_the_operation_has() {
    use gatewright_server::admin::operation::Takes;
    use gatewright_server::admin::operations;

    let world = World::new().await;
    let root = all_mighty(&world).await;
    let users = world.count("users").await;
    let made = root.post("/webhooks", &super::example("webhooks.create")).await.json();
    let webhook = made["id"].as_str().unwrap().to_owned();
    let path_of = async |path: &str, id: &str| {
        let user = world.user("mallory").await.to_string();
        let resource = root.get("/resources").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let key = root.get("/api-keys").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let id = match id.split('.').next().unwrap() {
            "users" => user,
            "resources" => resource,
            "webhooks" => webhook.clone(),
            _ => key,
        };
        path.replace("{id}", &id).replace("{client}", "conf1")
    };
    for operation in operations::all() {
        let (Takes::Json(_) | Takes::Patch(_)) = operation.takes else { continue };
        let mut body = super::example(operation.id);
        body["is_admin"] = json!(true);
        let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
        let path = path_of(operation.path, operation.id).await;
        let page = sent(root.request(method.clone(), &path).json(&body)).await;
        refused(&page, 400, "invalid_request");
        assert!(page.body.contains("is_admin"), "{}: {}", operation.id, page.body);
        let page = sent(root.request(method, &path).header("content-type", "text/plain").body("x")).await;
        refused(&page, 415, "unsupported_media_type");
    }
    let page = sent(
        root.request(Method::POST, "/api-keys")
            .header("content-type", "application/json")
            .body("{\"name\": 7}"),
    )
    .await;
    refused(&page, 400, "invalid_request");
    assert_eq!(
        (page.json()["field"].as_str(), page.json()["detail"].as_str().is_some()),
        (Some("name"), true)
    );
    // An array has no names that could be wrong.
    refused(
        &root.post("/users", &json!(["carol", null, null, null, null, true])).await,
        400,
        "invalid_request",
    );
    assert_eq!(world.count("users").await, users);
    for (body, field, words) in [
        ("[]", "body", "a JSON object"),
        ("nonsense", "body", "a JSON object"),
        ("{\"name\": ", "body", "no JSON"),
    ] {
        let request = root.request(Method::POST, "/api-keys").header("content-type", "application/json");
        let page = sent(request.body(body)).await;
        refused(&page, 400, "invalid_request");
        assert!(page.json()["field"] == field && page.body.contains(words), "{body}: {}", page.body);
    }
    let page = root.post(&format!("/webhooks/{webhook}/replay"), &json!({ "since": "yesterday" })).await;
    refused(&page, 400, "invalid_request");
    assert!(page.json()["field"] == "since" && page.body.contains("2026-01-31T12:00:00Z"), "{}", page.body);
    let page = sent(
        root.request(Method::POST, "/api-keys").header("content-type", "application/json").body("{} {}"),
    )
    .await;
    refused(&page, 400, "invalid_request");
    let page = sent(
        root.request(Method::POST, "/api-keys").json(&json!({ "name": "x".repeat(70_000), "scopes": [] })),
    )
    .await;
    refused(&page, 413, "too_large");
    refused(&root.get("/users?is_admin=true").await, 400, "invalid_request");
    refused(&root.get("/nowhere").await, 404, "not_found");
    let page = sent(root.request(Method::PUT, "/users")).await;
    refused(&page, 405, "method_not_allowed");
    assert_eq!(page.header("allow"), "GET,HEAD,POST");
}
