//! Several changes in one request.

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::{Az, Page, Tokens, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, person, program, promote, refused, sent};

fn robot(name: &str) -> Value {
    json!({ "method": "POST", "path": "/api-keys", "body": { "name": name, "scopes": ["admin:server.read"] } })
}

fn act(path: &str) -> Value {
    json!({ "method": "POST", "path": path })
}

async fn bulk(caller: &Caller<'_>, items: &[Value]) -> Page {
    caller.post("/bulk", &json!({ "items": items })).await
}

async fn keyed(caller: &Caller<'_>, key: &str, items: &[Value]) -> Page {
    let request = caller.request(Method::POST, "/bulk").header("idempotency-key", key);
    sent(request.json(&json!({ "items": items }))).await
}

fn statuses(page: &Page) -> Vec<u64> {
    let outcomes = done(page, 200);
    outcomes["items"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_says_what_became_of_it_and_harms_no_other() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let etag = root.get("/clients/pub1").await.header("etag").to_owned();
    let rename = |tag: &str| {
        json!({ "method": "PATCH", "path": "/clients/pub1", "if_match": tag,
                "body": { "metadata": { "client_name": "Renamed" } } })
    };
    let page = bulk(
        &root,
        &[
            act("/clients/conf1/block"),
            act("/clients/nobody/block"),
            json!({ "method": "POST", "path": "/api-keys", "body": { "name": "", "scopes": [] } }),
            rename("\"stale\""),
            rename(&etag),
            json!({ "method": "PUT", "path": "/clients" }),
            json!({ "method": "GET", "path": "/clients" }),
            json!({ "method": "POST", "path": "/clients/conf1/block", "body": {} }),
            json!({ "method": "POST", "path": "/bulk", "body": { "items": [] } }),
            robot("one"),
            json!({ "method": "DELETE", "path": "/clients/pub1" }),
        ],
    )
    .await;
    assert_eq!(statuses(&page), [200, 404, 400, 412, 200, 405, 400, 400, 400, 201, 204]);
    let outcomes = page.json();
    assert_eq!((&outcomes["done"], &outcomes["refused"]), (&json!(4), &json!(7)));
    let items = &outcomes["items"];
    assert_eq!(items[0]["body"]["status"], "blocked");
    assert_eq!(items[1]["problem"]["code"], "not_found");
    assert_eq!(items[2]["problem"]["field"], "items[2].name");
    assert_eq!(items[4]["body"]["metadata"]["client_name"], "Renamed");
    assert!(!items[4]["etag"].is_null());
    assert!(items[9]["body"]["secret"].is_string());
    assert!(items[9]["location"].as_str().unwrap().contains("/admin/v1/api-keys/"));
    assert_eq!(root.get("/clients/pub1").await.json()["status"], "deleted");
    // All of it is found by one request number.
    let of_request = format!("/events?request_id={}", page.header("x-request-id"));
    let events = done(&root.get(&of_request).await, 200);
    let kinds: Vec<&str> =
        events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    // What would be done whatever changed is not done on a condition.
    let conditional = json!({ "method": "POST", "path": "/clients/conf1/unblock", "if_match": "\"stale\"" });
    let page = bulk(&root, &[conditional]).await;
    assert_eq!(statuses(&page), [400]);
    assert_eq!(page.json()["items"][0]["problem"]["field"], "items[0].if_match");
    for wrong in [json!({ "items": [] }), json!({ "items": vec![robot("x"); 101] })] {
        refused(&root.post("/bulk", &wrong).await, 400, "invalid_request");
    }
    assert_eq!(statuses(&bulk(&root, &vec![act("/clients/conf1/unblock"); 100]).await), [200; 100]);
}

/// An item that the database refuses half way leaves nothing of itself, and everything of the others.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_breaks_does_not_poison_the_others() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    sqlx::query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.kind = 'client.disabled' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$",
    )
    .execute(&world.database)
    .await
    .unwrap();
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()")
        .execute(&world.database)
        .await
        .unwrap();
    let items = [robot("before"), act("/clients/pub1/block"), robot("after")];
    let page = keyed(&root, "k", &items).await;
    assert_eq!(statuses(&page), [201, 500, 201]);
    assert_eq!(page.json()["items"][1]["problem"]["code"], "internal");
    assert!(!page.body.contains("disk full"));
    assert_eq!(root.get("/clients/pub1").await.json()["status"], "enabled");
    let keys = world.count("api_keys").await;
    assert_eq!(keys, 3, "two were made");

    // Sent again it goes on where it stopped: what was done is not done again, what was not is.
    sqlx::query("DROP TRIGGER refuse ON events").execute(&world.database).await.unwrap();
    let again = keyed(&root, "k", &items).await;
    assert_eq!(statuses(&again), [201, 200, 201]);
    assert_eq!(again.header("idempotency-replayed"), "");
    for item in [0, 2] {
        assert_eq!(again.json()["items"][item], page.json()["items"][item], "the same secret");
    }
    assert_eq!(world.count("api_keys").await, keys);
    // Now each was looked at, and the answer stays what it is.
    let third = keyed(&root, "k", &items).await;
    assert_eq!((third.body.as_str(), third.header("idempotency-replayed")), (again.body.as_str(), "true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_request_is_done_once() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let items = [robot("one"), act("/clients/nobody/block"), robot("two")];
    let pages = futures_util::future::join_all((0..12).map(|_| keyed(&root, "k", &items))).await;
    for page in &pages {
        match page.status.as_u16() {
            200 => assert_eq!(statuses(page), [201, 404, 201]),
            _ => refused(page, 409, "request_in_progress"),
        }
    }
    assert_eq!(world.count("api_keys").await, 3, "and the test's own");
    let first = keyed(&root, "k", &items).await;
    assert_eq!(first.header("idempotency-replayed"), "true");
    refused(&keyed(&root, "k", &items[..1]).await, 422, "idempotency_key_reused");
    refused(&keyed(&root, "bad key", &items).await, 400, "invalid_request");
    refused(&keyed(&root, &"x".repeat(256), &items).await, 400, "invalid_request");
    assert_eq!(keyed(&root, &"x".repeat(255), &items[..1]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_undoes_each_item() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let before = (world.count("api_keys").await, world.count("events").await);
    let body = json!({ "items": [robot("one"), act("/clients/pub1/block"), act("/clients/nobody/block")] });
    let page = root.post("/bulk?dry_run=true", &body).await;
    assert_eq!((statuses(&page), page.header("dry-run")), (vec![201, 200, 404], "true"));
    assert!(!page.body.contains("gw_ak_"), "{}", page.body);
    assert_eq!(before, (world.count("api_keys").await, world.count("events").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_each_item_takes_what_its_own_request_takes() {
    let world = World::new().await;
    let clerk = program(&world, &[Scope::ServerRead, Scope::ClientsWrite]).await;
    let alice = world.user("alice").await;
    let page =
        bulk(&clerk, &[act("/clients/conf1/block"), act(&format!("/users/{alice}/disable")), robot("x")])
            .await;
    assert_eq!(statuses(&page), [200, 403, 403]);
    assert_eq!(page.json()["items"][1]["problem"]["code"], "insufficient_scope");
    assert_eq!(world.events("user.disabled").await, 0);
    let nobody = Caller { world: &world, token: "gw_ak_nothing".to_owned() };
    refused(&bulk(&nobody, &[robot("x")]).await, 401, "unauthenticated");
    let narrow = program(&world, &[Scope::ClientsWrite]).await;
    refused(&bulk(&narrow, &[act("/clients/conf1/block")]).await, 403, "insufficient_scope");

    // Nobody gives what they do not hold, here neither.
    promote(&world, "mallory", Role::Admin).await;
    let admin = person(&world, "mallory", Scope::ALL).await;
    let role =
        json!({ "method": "PUT", "path": format!("/users/{alice}/role"), "body": { "role": "owner" } });
    assert_eq!(statuses(&bulk(&admin, std::slice::from_ref(&role)).await), [403]);

    // A sign-in that was too long ago is so for the item that wants a recent one, and for no other.
    promote(&world, "alice", Role::Owner).await;
    let resource = world.app.config.url(gatewright_server::admin::RESOURCE_PATH);
    let scope = "admin:server.read admin:clients.write";
    let az = Az::of("pub1").set("resource", &resource).set("scope", scope);
    let back = world.approve(&mut world.agent(), &az, "alice").await;
    let tokens = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    world.pass(16 * 60);
    let refreshed = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    let owner = Caller { world: &world, token: refreshed.access };
    let delete = json!({ "method": "DELETE", "path": "/clients/conf1" });
    let page = bulk(&owner, &[delete, act("/clients/conf1/approve")]).await;
    assert_eq!(statuses(&page), [401, 200]);
    assert_eq!(page.json()["items"][0]["problem"]["code"], "insufficient_user_authentication");
}

/// What somebody loses by one item they do not have for the next.
#[tokio::test(flavor = "multi_thread")]
async fn ad_01_power_that_one_item_takes_away_is_gone_for_the_next() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let own =
        root.get("/caller").await.json()["actor"].as_str().unwrap().strip_prefix("key:").unwrap().to_owned();
    let revoke = json!({ "method": "DELETE", "path": format!("/api-keys/{own}") });
    let page = bulk(&root, &[revoke, robot("a way back")]).await;
    assert_eq!(statuses(&page), [204, 401]);
    assert_eq!(world.count("api_keys").await, 1);

    promote(&world, "mallory", Role::Owner).await;
    let alice = promote(&world, "alice", Role::Owner).await;
    let owner = person(&world, "alice", Scope::ALL).await;
    let resign = json!({ "method": "PUT", "path": format!("/users/{alice}/role"), "body": { "role": null } });
    assert_eq!(
        statuses(&bulk(&owner, &[resign, robot("x"), act("/clients/pub1/block")]).await),
        [200, 403, 403]
    );
}
