//! Who is signed in, and signing people out; and many grants at once.

use futures_util::future::join_all;
use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::{Az, CALLBACK, Tokens, World};
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, person, program, promote, refused};

const NOBODY: &str = "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e";

async fn listed(root: &Caller<'_>, path: &str) -> Vec<Value> {
    done(&root.get(path).await, 200)["items"].as_array().unwrap().clone()
}

/// Somebody signs in and lets an app in.
async fn signed_in(world: &World, name: &str, client: &str) -> Tokens {
    let back = world.approve(&mut world.agent(), &Az::of(client), name).await;
    Tokens::of(&world.redeem(client, &back.answer("code").unwrap(), &[]).await)
}

/// An app whose access ends with the session: it cannot refresh.
async fn simple(world: &World) -> &'static str {
    let metadata = json!({ "client_name": "Simple", "redirect_uris": [CALLBACK],
                           "grant_types": ["authorization_code"], "token_endpoint_auth_method": "none" });
    world.add_client("simple", metadata).await;
    "simple"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_seen_and_ended_with_what_is_bound_to_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    let bound = signed_in(&world, "alice", simple(&world).await).await;
    signed_in(&world, "mallory", "pub1").await;
    assert_eq!(listed(&root, "/sessions").await.len(), 2);
    let sessions = listed(&root, &format!("/sessions?user_id={alice}")).await;
    assert_eq!(sessions.len(), 1);
    let session = &sessions[0];
    assert_eq!((&session["status"], &session["amr"]), (&json!("live"), &json!(["pwd"])));
    assert!(!session.to_string().contains("digest"));
    let path = format!("/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(done(&root.get(&path).await, 200), *session);

    let ended = done(&root.act(&format!("{path}/end")).await, 200);
    assert_eq!(ended["status"], "ended");
    assert_eq!(done(&root.act(&format!("{path}/end")).await, 200), ended, "once more is no mistake");
    assert_eq!(world.events("session.ended").await, 1);
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    assert!(!world.is_active(&bound.access).await);
    assert_eq!(listed(&root, &format!("/sessions?user_id={alice}")).await.len(), 0);
    assert_eq!(listed(&root, &format!("/sessions?user_id={alice}&status=all")).await.len(), 1);
    assert_eq!(listed(&root, "/sessions").await.len(), 1);

    for wrong in ["/sessions?status=all", "/sessions?status=dead", "/sessions?user_id=alice"] {
        refused(&root.get(wrong).await, 400, "invalid_request");
    }
    refused(&root.get(&format!("/sessions/{NOBODY}")).await, 404, "not_found");
    refused(&root.act(&format!("/sessions/{NOBODY}/end")).await, 404, "not_found");
    // One that nobody ended has expired.
    world.pass(9 * 3600);
    assert_eq!(listed(&root, "/sessions").await.len(), 0);
    let mallory = world.user("mallory").await;
    let rest = listed(&root, &format!("/sessions?user_id={mallory}&status=all")).await;
    assert_eq!(rest[0]["status"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_signed_out_everywhere() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    simple(&world).await;
    for client in ["simple", "simple", "pub1"] {
        signed_in(&world, "alice", client).await;
    }
    let other = signed_in(&world, "mallory", "pub1").await;
    let path = format!("/users/{alice}/end-sessions");
    let dry = done(&root.act(&format!("{path}?dry_run=true")).await, 200);
    assert_eq!(dry, json!({ "sessions": 3, "grants": 2, "more": false }));
    assert_eq!(world.events("session.ended").await, 0);
    // Of many who say so at once, each session is ended by one.
    let pages = join_all((0..6).map(|_| root.act(&path))).await;
    let ended: u64 = pages.iter().map(|page| done(page, 200)["sessions"].as_u64().unwrap()).sum();
    assert_eq!(ended, 3);
    assert_eq!(world.events("session.ended").await, 3);
    assert!(world.is_active(&other.access).await);
    assert_eq!(done(&root.act(&path).await, 200), json!({ "sessions": 0, "grants": 0, "more": false }));
    refused(&root.act(&format!("/users/{NOBODY}/end-sessions")).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_sessions_are_ended_by_those_who_may() {
    let world = World::new().await;
    signed_in(&world, "alice", "pub1").await;
    let reader = program(&world, &[Scope::SessionsRead]).await;
    let id = listed(&reader, "/sessions").await[0]["id"].as_str().unwrap().to_owned();
    let end = format!("/sessions/{id}/end");
    refused(&reader.act(&end).await, 403, "insufficient_scope");
    let users = program(&world, &[Scope::UsersWrite, Scope::GrantsWrite]).await;
    refused(&users.act(&end).await, 403, "insufficient_scope");
    promote(&world, "mallory", Role::Auditor).await;
    let auditor = person(&world, "mallory", Scope::ALL).await;
    refused(&auditor.act(&end).await, 403, "insufficient_scope");
    promote(&world, "mallory", Role::Support).await;
    let support = person(&world, "mallory", Scope::ALL).await;
    assert_eq!(done(&support.act(&end).await, 200)["status"], "ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_found_by_all_they_are_about() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    signed_in(&world, "alice", "pub1").await;
    signed_in(&world, "mallory", "pub1").await;
    let [alice, mallory] = [world.user("alice").await, world.user("mallory").await];
    let grant = listed(&root, &format!("/grants?user_id={alice}")).await[0].clone();
    let resource = grant["resource_id"].as_str().unwrap();
    let count = async |query: &str| listed(&root, &format!("/grants?{query}")).await.len();
    assert_eq!(count(&format!("resource_id={resource}")).await, 2);
    assert_eq!(count("client_id=pub1").await, 2);
    assert_eq!(count(&format!("user_id={mallory}&client_id=pub1&resource_id={resource}")).await, 1);
    assert_eq!(count(&format!("client_id=pub1&resource_id={NOBODY}")).await, 0);
    assert_eq!(count(&format!("user_id={alice}&client_id=conf1")).await, 0);
    let path = format!("/grants/{}", grant["id"].as_str().unwrap());
    assert_eq!(done(&root.get(&path).await, 200), grant);
    done(&root.delete(&path).await, 204);
    assert_eq!(done(&root.get(&path).await, 200)["revoked_because"], "operator");
    assert_eq!((count("client_id=pub1").await, count("client_id=pub1&status=live").await), (2, 1));
    refused(&root.get("/grants?status=live").await, 400, "invalid_request");
    refused(&root.get("/grants?client_id=pub1&status=x").await, 400, "invalid_request");
    refused(&root.get(&format!("/grants/{NOBODY}")).await, 404, "not_found");
}

/// What somebody has, as it is.
async fn belongings(root: &Caller<'_>, user: uuid::Uuid) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["sessions?status=all&user_id=", "grants?status=all&user_id=", "consents?user_id="] {
        let found = listed(root, &format!("/{path}{user}")).await;
        assert!(!found.is_empty(), "{path}");
        all.extend(found);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_02_what_one_person_has_ends_and_nobody_elses() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let [alice, mallory] = [world.user("alice").await, world.user("mallory").await];
    let hers = signed_in(&world, "alice", "pub1").await;
    let before = belongings(&root, alice).await;
    for path in [
        "/grants/revoke".to_owned(),
        format!("/users/{mallory}/end-sessions"),
        format!("/users/{mallory}/end-access"),
    ] {
        let theirs = signed_in(&world, "mallory", "pub1").await;
        let ended = if path.starts_with("/users") {
            root.act(&path).await
        } else {
            root.post(&path, &json!({ "user_id": mallory })).await
        };
        done(&ended, 200);
        assert_eq!(belongings(&root, alice).await, before, "{path}");
        assert!(world.is_active(&hers.access).await, "{path}");
        if !path.ends_with("end-sessions") {
            world.soon_inactive(&theirs.access).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_grants_are_revoked_and_each_says_what_became_of_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let first = signed_in(&world, "alice", "pub1").await;
    let second = signed_in(&world, "mallory", "pub1").await;
    let ids: Vec<String> = listed(&root, "/grants?client_id=pub1")
        .await
        .iter()
        .map(|grant| grant["id"].as_str().unwrap().to_owned())
        .collect();
    let body = json!({ "ids": [ids[1], NOBODY, ids[1]] });
    let outcomes = done(&root.post("/grants/revoke", &body).await, 200);
    assert_eq!((&outcomes["done"], &outcomes["refused"]), (&json!(2), &json!(1)), "{outcomes}");
    assert_eq!(outcomes["items"][0]["body"]["id"], json!(ids[1]));
    assert_eq!(outcomes["items"][1]["problem"]["code"], "not_found");
    assert_eq!(world.events("grant.revoked").await, 1);
    assert!(world.is_active(&first.access).await);
    assert!(!world.is_active(&second.access).await);

    // By what they are about: those that live, however many ask.
    let all = json!({ "client_id": "pub1" });
    let pages = join_all((0..6).map(|_| root.post("/grants/revoke", &all))).await;
    for page in &pages {
        assert_eq!(done(page, 200)["more"], false);
    }
    assert_eq!(world.events("grant.revoked").await, 2, "each is revoked once");
    assert!(!world.is_active(&first.access).await);
    for (wrong, field) in [
        (json!({}), "user_id"),
        (json!({ "ids": [] }), "ids"),
        (json!({ "ids": vec![NOBODY; 101] }), "ids"),
        (json!({ "ids": [NOBODY], "client_id": "pub1" }), "ids"),
        (json!({ "client_id": "a b" }), "client_id"),
    ] {
        let page = root.post("/grants/revoke", &wrong).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], field, "{wrong}");
    }
}

/// A hundred at a time, and it says that there are others.
#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_grants_take_more_than_one_request() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    signed_in(&world, "alice", "pub1").await;
    sqlx::query(
        "INSERT INTO grants SELECT md5(n::TEXT)::UUID, client_id, user_id, session_id, consent_id, resource_id,
                client_era, user_era, scope, auth_time, amr, refreshable, offline, salt, generation, rotated_at,
                created_at, idle_expires_at, expires_at, revoked_at, revoked_reason
         FROM grants, generate_series(1, 120) AS n",
    )
    .execute(&world.database)
    .await
    .unwrap();
    let body = json!({ "user_id": world.user("alice").await });
    let first = done(&root.post("/grants/revoke", &body).await, 200);
    assert_eq!((&first["done"], &first["more"]), (&json!(100), &json!(true)));
    let second = done(&root.post("/grants/revoke", &body).await, 200);
    assert_eq!((&second["done"], &second["more"]), (&json!(21), &json!(false)));
}
