//! Settings that may be changed while the server runs.

use std::time::Duration;

use futures_util::future::join_all;
use gatewright_server::admin::Scope;
use gatewright_server::config::DocumentMode;
use gatewright_server::jobs;
use gatewright_tests::internet::{self, Reply};
use gatewright_tests::{Az, CALLBACK, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{all_mighty, done, program, refused, sent};

const ID: &str = "https://client.test/client.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn believing() -> World {
    let world = World::with(|config| {
        config.documents.mode = DocumentMode::On;
        config.fetch.ca_file = Some(internet::authority());
    })
    .await;
    let site = world.internet.site("client.test").await;
    let document = json!({ "client_id": ID, "client_name": "App", "redirect_uris": [CALLBACK],
                           "token_endpoint_auth_method": "none" });
    site.serve("/client.json", Reply::json(&document));
    world
}

async fn registers(world: &World) -> u16 {
    let body = json!({ "client_name": "New", "redirect_uris": [CALLBACK] });
    world.post_json("/register", &body).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_value_says_where_it_comes_from_and_null_takes_it_back() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let before = done(&root.get("/settings").await, 200);
    assert_eq!(before["registration.mode"], json!({ "value": "auto", "source": "file", "file": "auto" }));
    assert_eq!(before["documents.deny"], json!({ "value": [], "source": "file", "file": [] }));
    assert_eq!(before.get("changed_at"), None);
    let patch = json!({ "registration.mode": "token", "documents.deny": ["Evil.test", "b\u{fc}cher.test"] });
    let after = done(&root.patch("/settings", &patch).await, 200);
    assert_eq!(after["registration.mode"], json!({ "value": "token", "source": "set", "file": "auto" }));
    assert_eq!(after["documents.deny"]["value"], json!(["evil.test", "xn--bcher-kva.test"]));
    assert_eq!(after["documents.allow"]["source"], "file");
    assert!(after["changed_by"].as_str().unwrap().starts_with("key:"), "{after}");
    assert_eq!(done(&root.get("/settings").await, 200), after);
    // To say the same again changes nothing.
    assert_eq!(done(&root.patch("/settings", &patch).await, 200), after);
    assert_eq!(world.events("settings.updated").await, 1);
    let events = done(&root.get("/events?kind=settings.updated").await, 200);
    let detail = &events["items"][0]["detail"];
    assert_eq!(
        (&detail["from"], &detail["to"]["registration.mode"]),
        (&json!({}), &json!("token")),
        "{detail}"
    );

    let back = done(&root.patch("/settings", &json!({ "registration.mode": null })).await, 200);
    assert_eq!(
        (&back["registration.mode"], &back["documents.deny"]["source"]),
        (&before["registration.mode"], &json!("set"))
    );
    for (wrong, field) in [
        (json!({ "registration.mode": "maybe" }), "registration.mode"),
        (json!({ "documents.deny": "evil.test" }), "documents.deny"),
        (json!({ "documents.deny": ["https://evil.test"] }), "documents.deny[0]"),
        (json!({ "documents.mode": "off" }), "documents.mode"),
        (json!({ "issuer": "https://evil.test" }), "issuer"),
        (json!([]), "body"),
    ] {
        let page = root.patch("/settings", &wrong).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], field, "{wrong}");
    }
    let dry = done(&root.patch("/settings?dry_run=true", &json!({ "registration.mode": "off" })).await, 200);
    assert_eq!((&dry["registration.mode"]["value"], registers(&world).await), (&json!("off"), 201));
    let reader = program(&world, &[Scope::SettingsRead, Scope::ClientsWrite]).await;
    refused(
        &reader.patch("/settings", &json!({ "registration.mode": "open" })).await,
        403,
        "insufficient_scope",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_14_registration_is_closed_while_the_server_runs() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let announced = async || world.get(METADATA).await.json().get("registration_endpoint").is_some();
    assert_eq!((registers(&world).await, announced().await), (201, true));
    done(&root.patch("/settings", &json!({ "registration.mode": "token" })).await, 200);
    assert_eq!((registers(&world).await, announced().await), (401, true));
    done(&root.patch("/settings", &json!({ "registration.mode": "off" })).await, 200);
    assert_eq!((registers(&world).await, announced().await), (404, false));
    done(&root.patch("/settings", &json!({ "registration.mode": null })).await, 200);
    assert_eq!((registers(&world).await, announced().await), (201, true));
}

/// In an incident: a domain is denied here, and its client is unknown on every replica within a second or so.
#[tokio::test(flavor = "multi_thread")]
async fn ci_11_a_domain_is_denied_on_every_replica_while_they_run() {
    let world = believing().await;
    let root = all_mighty(&world).await;
    let replica = world.replica().await;
    let _jobs = jobs::run(&replica.app);
    let tokens = world.tokens_for(&Az::of(ID), ID).await;
    let fields = [("grant_type", "refresh_token"), ("client_id", ID), ("refresh_token", tokens.refresh())];
    done(&root.patch("/settings", &json!({ "documents.deny": ["client.test"] })).await, 200);
    assert_eq!(world.post("/token", &fields).await.status, 401, "at once where it was said");
    let page = world.authorize(&mut world.agent(), &Az::of(ID)).await;
    assert!(!page.body.contains("login-form"), "{}", page.body);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let page = replica.post("/token", &fields).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (401, &json!("invalid_client")));
    assert!(!replica.app.settings.now().documents.deny.is_empty());
    // One that starts now knows it from the start.
    let late = world.replica().await;
    assert_eq!(late.post("/token", &fields).await.status, 401);
    // Taken back, it may ask again.
    done(
        &root
            .patch("/settings", &json!({ "documents.deny": null, "documents.allow": ["client.test"] }))
            .await,
        200,
    );
    let page = world.authorize(&mut world.agent(), &Az::of(ID)).await;
    assert!(page.body.contains("login-form"), "{}", page.body);
    let shown = done(&root.get("/settings").await, 200);
    assert_eq!(
        (&shown["documents.deny"]["source"], &shown["documents.allow"]["source"]),
        (&json!("file"), &json!("set"))
    );
}

/// Of many changes to what was read, one is made; and none undoes another.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_of_the_settings_one_is_made() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for round in 0..4 {
        let before = world.events("settings.updated").await;
        let etag = root.get("/settings").await.header("etag").to_owned();
        let pages = join_all((0..8).map(|n| {
            let patch = json!({ "documents.deny": [format!("evil{round}{n}.test")] });
            sent(root.request(Method::PATCH, "/settings").header("if-match", &etag).json(&patch))
        }))
        .await;
        assert_eq!(pages.iter().filter(|page| page.status == 200).count(), 1);
        for page in pages.iter().filter(|page| page.status != 200) {
            refused(page, 412, "changed");
        }
        assert_eq!(world.events("settings.updated").await, before + 1);
    }
}

/// What was chosen and cannot be read is not overlooked: the server that runs keeps what it has.
#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_cannot_be_read_changes_nothing() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    done(&root.patch("/settings", &json!({ "documents.deny": ["evil.test"] })).await, 200);
    let held = world.app.settings.now();
    sqlx::query("UPDATE settings SET chosen = $1, version = version + 1")
        .bind(json!({ "documents.deny": 7 }))
        .execute(&world.database)
        .await
        .unwrap();
    assert!(gatewright_server::settings::refresh(world.app.clone()).await.is_err());
    assert_eq!(world.app.settings.now(), held);
    assert_eq!(root.get("/settings").await.status, 500);
    let _: Value = root.get("/server").await.json();
}
