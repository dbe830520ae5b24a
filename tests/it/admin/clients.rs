//! Clients are changed, imported and pinned by an administrator.

use futures_util::future::join_all;
use gatewright_jose::base64url;
use gatewright_server::config::DocumentMode;
use gatewright_tests::internet::{self, Reply};
use gatewright_tests::{Az, CALLBACK, MCP, World};
use serde_json::{Value, json};

use super::{all_mighty, done, refused, sent};

const DOCUMENT: &str = "https://client.test/client.json";

fn path_of(url: &str) -> String {
    format!("/clients/@{}", base64url::encode(url))
}

fn document() -> Value {
    json!({ "client_id": DOCUMENT, "client_name": "Document App", "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none" })
}

async fn believing() -> World {
    World::with(|config| {
        config.documents.mode = DocumentMode::Pinned;
        config.fetch.ca_file = Some(internet::authority());
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_changed_where_it_is_named_and_nowhere_else() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let before = done(&root.get("/clients/pub1").await, 200);
    let patch = json!({ "metadata": { "client_name": "Renamed", "contacts": ["ops@app.test"] } });
    let page = root.patch("/clients/pub1", &patch).await;
    let after = done(&page, 200);
    assert_eq!(
        (&after["metadata"]["client_name"], &after["client_secret"]),
        (&json!("Renamed"), &Value::Null)
    );
    for same in ["redirect_uris", "grant_types", "token_endpoint_auth_method"] {
        assert_eq!(before["metadata"][same], after["metadata"][same], "{same}");
    }
    assert_eq!(root.get("/clients/pub1").await.header("etag"), page.header("etag"));
    let gone = done(&root.patch("/clients/pub1", &json!({ "metadata": { "contacts": null } })).await, 200);
    assert_eq!(gone["metadata"].get("contacts"), None);
    assert_eq!(world.events("client.updated").await, 2);
    // The page people see is the new one at once.
    let page = world.authorize(&mut world.agent(), &Az::of("pub1")).await;
    assert!(page.body.contains("Renamed"), "{}", page.body);

    let id = done(&root.get("/resources").await, 200)["items"][0]["id"].clone();
    let bound = done(&root.patch("/clients/pub1", &json!({ "default_resource": id })).await, 200);
    assert_eq!(bound["default_resource"], id);
    let nowhere = json!({ "default_resource": "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e" });
    refused(&root.patch("/clients/pub1", &nowhere).await, 400, "invalid_request");
    refused(&root.patch("/clients/nobody", &patch).await, 404, "not_found");
    done(&root.delete("/clients/pub1").await, 204);
    refused(&root.patch("/clients/pub1", &patch).await, 409, "deleted");
}

/// DC-08 by another door: the whole of it is judged as if it were registered now, and nothing wrong stays.
#[tokio::test(flavor = "multi_thread")]
async fn dc_08_a_change_by_an_administrator_is_judged_like_a_registration() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let before = root.get("/clients/conf1").await;
    for (member, value, code) in [
        ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["http://evil.test/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("redirect_uris", Value::Null, "invalid_redirect_uri"),
        ("grant_types", json!(["password"]), "invalid_client_metadata"),
        ("jwks_uri", json!("http://keys.test/"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("client_secret_jwt"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("private_key_jwt"), "invalid_client_metadata"),
        ("client_name", json!(7), "invalid_client_metadata"),
    ] {
        let page = root.patch("/clients/conf1", &json!({ "metadata": { member: value.clone() } })).await;
        refused(&page, 400, code);
    }
    assert_eq!(before.body, root.get("/clients/conf1").await.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_06_a_change_of_a_client_has_no_other_members() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for (patch, field) in [
        (json!({ "metadata": { "client_secret": "chosen" } }), "metadata.client_secret"),
        (json!({ "metadata": { "client_id": "pub1" } }), "metadata.client_id"),
        (json!({ "metadata": { "registration_access_token": null } }), "metadata.registration_access_token"),
        (json!({ "verified": true }), "verified"),
        (json!({ "origin": "administrator" }), "origin"),
        (json!({ "profile": "none" }), "profile"),
        (json!({ "metadata": [] }), "metadata"),
    ] {
        let page = root.patch("/clients/conf1", &patch).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], field, "{patch}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_way_in_ends_what_was_granted() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let tokens = world.tokens().await;
    // Another name ends nothing.
    done(&root.patch("/clients/pub1", &json!({ "metadata": { "client_name": "Other" } })).await, 200);
    assert!(world.is_active(&tokens.access).await);
    let page = root
        .patch(
            "/clients/pub1",
            &json!({ "metadata": { "token_endpoint_auth_method": "client_secret_basic" } }),
        )
        .await;
    let secret = done(&page, 200)["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("gw_cs_"), "{secret}");
    // Introspection asks again within a second.
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    assert!(!world.is_active(&tokens.access).await);
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 401, "it has to prove itself now");
    // Its secret stays while it has one.
    let page = root.patch("/clients/pub1", &json!({ "metadata": { "client_name": "Third" } })).await;
    assert_eq!(done(&page, 200).get("client_secret"), None);
    assert!(!page.header("etag").is_empty());
}

/// Many who read the same and change it at once: one does.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_to_what_was_read_one_is_done() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for round in 0..5 {
        let etag = root.get("/clients/pub1").await.header("etag").to_owned();
        let pages = join_all((0..8).map(|n| {
            let patch = json!({ "metadata": { "client_name": format!("Name {round} {n}") } });
            sent(root.request(reqwest::Method::PATCH, "/clients/pub1").header("if-match", &etag).json(&patch))
        }))
        .await;
        let winners = pages.iter().filter(|page| page.status == 200).count();
        assert_eq!(winners, 1, "round {round}");
        for page in pages.iter().filter(|page| page.status != 200) {
            refused(page, 412, "changed");
        }
    }
    assert_eq!(world.events("client.updated").await, 5);
    // Being used changes nothing about what was read.
    let etag = root.get("/clients/pub1").await.header("etag").to_owned();
    world.tokens().await;
    assert_eq!(root.get("/clients/pub1").await.header("etag"), etag);
    // Without a tag, changes of different members do not undo each other.
    let (name, home) = tokio::join!(
        async { root.patch("/clients/pub1", &json!({ "metadata": { "client_name": "Last" } })).await },
        async {
            root.patch("/clients/pub1", &json!({ "metadata": { "client_uri": "https://app.test/" } })).await
        },
    );
    assert_eq!((name.status.as_u16(), home.status.as_u16()), (200, 200));
    let metadata = done(&root.get("/clients/pub1").await, 200)["metadata"].clone();
    assert_eq!(
        (&metadata["client_name"], &metadata["client_uri"]),
        (&json!("Last"), &json!("https://app.test/"))
    );
}

/// A shared registration that was changed is not handed to whoever registers what it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_registration_is_changed_for_those_who_have_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body =
        json!({ "client_name": "Shared", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let id = async || {
        let page = world.post_json("/register", &body).await;
        page.json()["client_id"].as_str().unwrap().to_owned()
    };
    let first = id().await;
    assert_eq!(id().await, first);
    let patch = json!({ "metadata": { "client_name": "Changed" } });
    let changed = done(&root.patch(&format!("/clients/{first}"), &patch).await, 200);
    assert_eq!((&changed["origin"], &changed["verified"]), (&json!("dynamic"), &json!(false)));
    assert_ne!(id().await, first);
    // It lives by the rules of those who register themselves.
    let machine = json!({ "metadata": { "grant_types": ["client_credentials"] } });
    refused(&root.patch(&format!("/clients/{first}"), &machine).await, 400, "invalid_client_metadata");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_server_that_only_asks_needs_nothing_else() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let resources = done(&root.get("/resources").await, 200);
    let resource = resources["items"].as_array().unwrap().iter().find(|one| one["resource"] == MCP).unwrap();
    let body = json!({ "metadata": { "client_name": "Notes" }, "resource_server": resource["id"] });
    let page = root.post("/clients", &body).await;
    let made = done(&page, 201);
    assert_eq!(made["metadata"]["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(made["metadata"]["grant_types"], json!([]));
    assert!(made["client_secret"].is_string());
    let path = format!("/clients/{}", made["client_id"].as_str().unwrap());
    let renamed = done(&root.patch(&path, &json!({ "metadata": { "client_name": "Notes 2" } })).await, 200);
    assert_eq!(renamed["metadata"]["grant_types"], json!([]));
    refused(&root.patch(&path, &json!({ "resource_server": null })).await, 400, "invalid_redirect_uri");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_another_server_keep_their_names() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body = json!({ "clients": [
        { "client_id": "portal", "client_name": "Portal", "redirect_uris": ["https://portal.test/cb"],
          "token_endpoint_auth_method": "client_secret_basic", "x_vendor": 1 },
        { "client_id": "pub1", "client_name": "Taken", "redirect_uris": [CALLBACK] },
        { "client_id": "bad", "redirect_uris": ["http://evil.test/cb"] },
        { "client_name": "Nameless", "redirect_uris": [CALLBACK] },
        { "client_id": DOCUMENT, "redirect_uris": [CALLBACK] },
        { "client_id": "portal", "redirect_uris": [CALLBACK] },
        7,
        { "client_id": "app", "client_name": "App", "redirect_uris": [CALLBACK] },
    ] });
    let page = root.post("/clients/import", &body).await;
    let outcomes = done(&page, 200);
    assert_eq!((&outcomes["done"], &outcomes["refused"]), (&json!(2), &json!(6)), "{outcomes}");
    let items = outcomes["items"].as_array().unwrap();
    let statuses: Vec<u64> = items.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 400, 400, 400, 409, 400, 201]);
    assert!(items[0]["body"]["client_secret"].is_string());
    assert!(items[0]["location"].as_str().unwrap().ends_with("/admin/v1/clients/portal"));
    assert_eq!(items[2]["problem"]["code"], "invalid_redirect_uri");
    assert_eq!(items[3]["problem"]["field"], "clients[3].client_id");
    assert_eq!(items[3]["problem"]["request_id"], page.header("x-request-id"));
    assert_eq!(done(&root.get("/clients/portal").await, 200)["verified"], true);
    assert_eq!(done(&root.get("/clients/pub1").await, 200)["metadata"]["client_name"], "Public One");
    assert!(world.approve(&mut world.agent(), &Az::of("app"), "alice").await.answer("code").is_some());
    for none in [json!({ "clients": [] }), json!({ "clients": vec![json!({}); 101] })] {
        refused(&root.post("/clients/import", &none).await, 400, "invalid_request");
    }
    let count = world.count("clients").await;
    let dry = json!({ "clients": [{ "client_id": "dry", "redirect_uris": [CALLBACK] }] });
    assert_eq!(done(&root.post("/clients/import?dry_run=true", &dry).await, 200)["done"], 1);
    assert_eq!(world.count("clients").await, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_pinned_as_it_is_or_as_it_is_sent() {
    let world = believing().await;
    let root = all_mighty(&world).await;
    let path = path_of(DOCUMENT);
    let pin = format!("{path}/pin");
    refused(&root.post(&pin, &json!({})).await, 409, "unreachable");
    let site = world.internet.site("client.test").await;
    site.serve("/client.json", Reply::json(&document()).status(404));
    refused(&root.post(&pin, &json!({})).await, 409, "unreachable");
    site.serve("/client.json", Reply::json(&document()));
    let dry = root.post(&format!("{pin}?dry_run=true"), &json!({})).await;
    assert_eq!((dry.status.as_u16(), root.get(&path).await.status.as_u16()), (200, 404));
    let pinned = done(&root.post(&pin, &json!({})).await, 200);
    assert_eq!((&pinned["origin"], &pinned["verified"]), (&json!("document"), &json!(true)), "{pinned}");
    assert_eq!(pinned["document"].get("fresh_until"), None);
    assert!(world.approve(&mut world.agent(), &Az::of(DOCUMENT), "alice").await.answer("code").is_some());

    // It is pinned anew with what is sent; the host is not asked.
    let asked = site.asked("/client.json");
    let mut newer = document();
    newer["client_name"] = "Newer".into();
    let again = done(&root.post(&pin, &json!({ "document": newer })).await, 200);
    assert_eq!(again["metadata"]["client_name"], "Newer");
    assert_eq!(site.asked("/client.json"), asked);
    assert_eq!(world.events("client.updated").await, 1);

    newer["client_id"] = "https://other.test/client.json".into();
    refused(&root.post(&pin, &json!({ "document": newer })).await, 400, "invalid_client_metadata");
    refused(&root.post("/clients/pub1/pin", &json!({})).await, 409, "no_document");
    // What a document says is not changed here; what this server decides is.
    let page = root.patch(&path, &json!({ "metadata": { "client_name": "Mine" } })).await;
    refused(&page, 409, "own_document");
    let resource = done(&root.get("/resources").await, 200)["items"][0]["id"].clone();
    let bound = done(&root.patch(&path, &json!({ "default_resource": resource })).await, 200);
    assert_eq!((&bound["default_resource"], &bound["metadata"]["client_name"]), (&resource, &json!("Newer")));
    done(&root.delete(&path).await, 204);
    refused(&root.post(&pin, &json!({})).await, 409, "deleted");
}
