//! Clients, protected resources, keys: what an operator sets up.

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::internet::Reply;
use gatewright_tests::{Az, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, person, program, promote, refused, sent};

async fn patch(caller: &Caller<'_>, path: &str, etag: Option<&str>, body: &Value) -> gatewright_tests::Page {
    let mut request =
        caller.request(Method::PATCH, path).header("content-type", "application/merge-patch+json");
    if let Some(etag) = etag {
        request = request.header("if-match", etag);
    }
    sent(request.body(body.to_string())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_added_changed_and_switched_off() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body = json!({ "resource": "https://notes.test/mcp", "name": "Notes", "open_to": "verified",
                       "scopes": [{ "name": "notes:read", "description": "Read your notes", "default": true }] });
    let made = done(&root.post("/resources", &body).await, 201);
    refused(&root.post("/resources", &body).await, 409, "taken");
    let path = format!("/resources/{}", made["id"].as_str().unwrap());
    let page = root.get(&path).await;
    assert_eq!(done(&page, 200), made);
    let etag = page.header("etag").to_owned();

    let change = json!({ "name": "My notes", "access_token_seconds": 60 });
    let page = patch(&root, &path, Some(&etag), &change).await;
    let changed = done(&page, 200);
    assert_eq!((&changed["name"], &changed["access_token_seconds"]), (&json!("My notes"), &json!(60)));
    assert_eq!(
        (&changed["scopes"], &changed["open_to"]),
        (&made["scopes"], &made["open_to"]),
        "what is absent stays"
    );
    assert_eq!(page.header("etag"), root.get(&path).await.header("etag"));
    // Who read it before that is told.
    refused(&patch(&root, &path, Some(&etag), &change).await, 412, "changed");
    refused(
        &patch(&root, &path, None, &json!({ "resource": "https://x.test/" })).await,
        400,
        "invalid_request",
    );
    refused(&patch(&root, &path, None, &json!({ "access_token_seconds": 1 })).await, 400, "invalid_request");
    refused(&patch(&root, &path, None, &json!([])).await, 400, "invalid_request");
    let page = root.post("/resources", &json!({ "resource": "nope" })).await;
    refused(&page, 400, "invalid_target");
    assert_eq!(page.json()["field"], "resource");
    let page = root.get("/clients?limt=2").await;
    refused(&page, 400, "invalid_request");
    assert_eq!(page.json()["hint"], "there are: name, status, origin, verified, limit, cursor");
    let back =
        done(&patch(&root, &path, None, &json!({ "name": null, "access_token_seconds": null })).await, 200);
    assert_eq!(
        (&back["name"], &back["access_token_seconds"]),
        (&json!("https://notes.test/mcp"), &json!(900))
    );

    // It works: a client gets a token for it.
    let az = Az::of("pub1").set("resource", "https://notes.test/mcp").set("scope", "notes:read");
    assert!(world.approve(&mut world.agent(), &az, "alice").await.answer("code").is_some());
    assert_eq!(done(&root.act(&format!("{path}/disable")).await, 200)["status"], "disabled");
    let page = world.authorize(&mut world.agent(), &az).await;
    assert!(page.answer("error").is_some() || page.data_error().is_some(), "{}", page.body);
    assert_eq!(done(&root.act(&format!("{path}/enable")).await, 200)["status"], "enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_describes_itself_and_is_not_edited() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let all = done(&root.get("/resources").await, 200);
    let own = world.app.config.url("/admin/v1");
    let own =
        all["items"].as_array().unwrap().iter().find(|resource| resource["resource"] == own).unwrap().clone();
    let scopes: Vec<&str> =
        own["scopes"].as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    assert_eq!(scopes, Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>());
    assert_eq!(own["open_to"], "verified");
    let path = format!("/resources/{}", own["id"].as_str().unwrap());
    refused(&patch(&root, &path, None, &json!({ "open_to": "any" })).await, 409, "own");
    // Nor is it switched off: then no person could come back and switch it on.
    refused(&root.act(&format!("{path}/disable")).await, 409, "own");
    assert_eq!(done(&root.act(&format!("{path}/enable")).await, 200)["status"], "enabled");
    promote(&world, "alice", Role::Owner).await;
    let alice = person(&world, "alice", Scope::ALL).await;
    done(&alice.get(&path).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_lives_its_life() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body = json!({ "metadata": { "client_name": "Robot", "redirect_uris": ["https://robot.test/cb"],
                                     "token_endpoint_auth_method": "client_secret_basic" } });
    let page = root.post("/clients", &body).await;
    let made = done(&page, 201);
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("gw_cs_"));
    assert_eq!((&made["verified"], &made["origin"]), (&json!(true), &json!("administrator")));
    let path = made["self"].as_str().unwrap().to_owned();
    let shown = done(&root.get(&path).await, 200);
    assert!(!shown.to_string().contains("gw_cs_"));
    assert_eq!(shown["life"]["live_grants"], 0);

    let rotated =
        done(&root.post(&format!("{path}/rotate-secret"), &json!({ "overlap_hours": 1 })).await, 200);
    assert!(
        rotated["previous_secret_until"].is_string() && rotated["client_secret"] != made["client_secret"]
    );
    assert_eq!(done(&root.act(&format!("{path}/block")).await, 200)["status"], "blocked");
    assert_eq!(done(&root.act(&format!("{path}/unblock")).await, 200)["status"], "enabled");
    refused(&root.act(&format!("{path}/purge")).await, 409, "not_deleted");
    assert_eq!(root.delete(&path).await.status, 204);
    assert_eq!(root.delete(&path).await.status, 204, "once more is no mistake");
    assert_eq!(done(&root.get(&path).await, 200)["status"], "deleted");
    refused(&root.act(&format!("{path}/unblock")).await, 409, "deleted");
    assert_eq!(root.act(&format!("{path}/purge")).await.status, 204);
    assert_eq!(done(&root.get(&path).await, 200)["metadata"]["client_name"], json!(null));
    refused(&root.get("/clients/nobody").await, 404, "not_found");
    refused(&root.act("/clients/pub1/rotate-secret").await, 409, "no_secret");

    // The rules are those of registration, and say which member is wrong.
    let bad = json!({ "metadata": { "redirect_uris": ["javascript:alert(1)"] } });
    refused(&root.post("/clients", &bad).await, 400, "invalid_redirect_uri");
    let bad = json!({ "metadata": { "redirect_uris": ["https://a.test/cb"] }, "profile": "lax" });
    assert_eq!(root.post("/clients", &bad).await.json()["field"], "profile");
    let bad = json!({ "metadata": { "redirect_uris": ["https://a.test/cb"] }, "default_resource": "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e" });
    assert_eq!(root.post("/clients", &bad).await.json()["field"], "default_resource");
}

/// A client that is known by its document's address has a path too.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_known_by_an_address_has_a_path() {
    let world = World::with(|config| {
        config.documents.mode = gatewright_server::config::DocumentMode::On;
        config.fetch.ca_file = Some(gatewright_tests::internet::authority());
    })
    .await;
    let root = program(&world, &[Scope::ClientsRead, Scope::ClientsWrite]).await;
    let id = "https://app.example.net/client.json";
    let site = world.internet.site("app.example.net").await;
    site.serve(
        "/client.json",
        Reply::json(&json!({ "client_id": id, "client_name": "Doc",
        "redirect_uris": ["https://app.example.net/cb"], "token_endpoint_auth_method": "none" })),
    );
    let back = world.approve(&mut world.agent(), &Az::to(id, "https://app.example.net/cb"), "alice").await;
    assert!(back.answer("code").is_some(), "{}", back.body);
    let all = done(&root.get("/clients?limit=200").await, 200);
    let one =
        all["items"].as_array().unwrap().iter().find(|client| client["client_id"] == id).unwrap().clone();
    let path = one["self"].as_str().unwrap();
    assert_eq!(done(&root.get(path).await, 200)["client_id"], id);
    assert_eq!(done(&root.act(&format!("{path}/approve")).await, 200)["verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn initial_tokens_and_keys() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let made = done(&root.post("/initial-tokens", &json!({ "note": "lab", "uses": 2 })).await, 201);
    assert!(made["initial_access_token"].as_str().unwrap().starts_with("gw_it_"));
    let listed = done(&root.get("/initial-tokens").await, 200);
    assert_eq!(listed["items"][0]["note"], "lab");
    assert!(!listed.to_string().contains("gw_it_"));
    let path = format!("/initial-tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(root.delete(&path).await.status, 204);
    assert!(done(&root.get("/initial-tokens").await, 200)["items"][0]["revoked_at"].is_string());
    refused(&root.delete("/initial-tokens/01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e").await, 404, "not_found");

    let next = done(&root.post("/keys/rotate", &json!({ "alg": "ES256" })).await, 200);
    assert_eq!(next["state"], "next");
    assert_eq!(
        done(&root.post("/keys/rotate", &json!({ "alg": "ES256" })).await, 200),
        next,
        "one waits already"
    );
    assert!(world.get("/jwks").await.body.contains(next["kid"].as_str().unwrap()), "published at once");
    refused(&root.post("/keys/rotate", &json!({ "alg": "HS256" })).await, 400, "invalid_request");
    assert!(!done(&root.get("/keys").await, 200).to_string().contains("sealed"));
    // The key that signs is revoked: its successor signs, and what the old one signed is void.
    let tokens = world.tokens().await;
    let signer = gatewright_tests::flows::header(&tokens.access)["kid"].as_str().unwrap().to_owned();
    assert!(world.is_active(&tokens.access).await);
    assert_eq!(root.delete(&format!("/keys/{signer}")).await.status, 204);
    assert_eq!(root.delete(&format!("/keys/{signer}")).await.status, 204, "once more is no mistake");
    assert!(!world.get("/jwks").await.body.contains(&signer));
    assert!(!world.is_active(&tokens.access).await);
    let again = world.refresh("pub1", tokens.refresh()).await.json();
    let kid = gatewright_tests::flows::header(again["access_token"].as_str().unwrap())["kid"].clone();
    assert_eq!(kid, next["kid"]);
    refused(&root.delete("/keys/nobody").await, 404, "not_found");
    let dry = done(&root.post("/keys/rotate?dry_run=true", &json!({ "alg": "RS256" })).await, 200);
    assert!(!world.get("/jwks").await.body.contains(dry["kid"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_moves_from_one_resource_to_another() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let listed = done(&root.get("/resources").await, 200);
    let path = |default: bool| {
        let items = listed["items"].as_array().unwrap().iter();
        let mut found =
            items.filter(|one| one["default"] == default && one["resource"] != world.url("/admin/v1"));
        format!("/resources/{}", found.next().unwrap()["id"].as_str().unwrap())
    };
    let (default, other) = (path(true), path(false));
    let change = async |path: &str, default: bool| {
        sent(root.request(Method::PATCH, path).json(&json!({ "default": default }))).await
    };
    let page = change(&other, true).await;
    refused(&page, 409, "taken");
    assert_eq!(page.json()["field"], "default");
    assert_eq!(done(&change(&default, false).await, 200)["default"], false);
    assert_eq!(done(&change(&other, true).await, 200)["default"], true);
    assert_eq!(done(&root.get(&other).await, 200)["default"], true, "and it stays");
    assert_eq!(done(&root.get(&default).await, 200)["default"], false);
}
