//! Accounts, roles, and what people have allowed.

use std::time::Duration;

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::internet::{self, Reply};
use gatewright_tests::{Az, World};
use reqwest::Method;
use serde_json::json;

use super::{all_mighty, done, person, promote, refused, sent};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_used_disabled_and_let_in_again() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body = json!({ "username": "Carol", "email": "carol@example.test", "name": "Carol C.", "password": gatewright_tests::PASSWORD });
    let page = root.post("/users", &body).await;
    let carol = done(&page, 201);
    assert!(page.header("location").ends_with(&format!("/admin/v1/users/{}", carol["id"].as_str().unwrap())));
    assert_eq!((&carol["status"], &carol["role"]), (&json!("enabled"), &json!(null)));
    assert!(!page.body.contains("correct horse"));
    refused(&root.post("/users", &body).await, 409, "taken");
    let path = format!("/users/{}", carol["id"].as_str().unwrap());
    let back = world.approve(&mut world.agent(), &Az::of("pub1"), "carol").await;
    assert!(back.answer("code").is_some());

    let grants = done(&root.get("/grants?client_id=pub1").await, 200);
    assert_eq!(grants["items"].as_array().unwrap().len(), 0, "a code is no grant yet");
    assert_eq!(done(&root.act(&format!("{path}/disable")).await, 200)["status"], "disabled");
    assert_eq!(
        done(&root.act(&format!("{path}/disable")).await, 200)["status"],
        "disabled",
        "once more is no mistake"
    );
    let page = world.authorize(&mut world.agent(), &Az::of("pub1")).await;
    let refused_login = world.log_in(&mut world.agent(), &page, "carol").await;
    assert!(!refused_login.body.contains("consent-form"));
    assert_eq!(done(&root.act(&format!("{path}/enable")).await, 200)["status"], "enabled");
    for (member, value) in [
        ("username", json!(" ")),
        ("email", json!("nowhere")),
        ("password", json!("short")),
        ("password", json!("passwordpassword")),
        ("password", json!("dave dave dave dave")),
        ("locale", json!("tlh")),
        ("role", json!("king")),
        ("name", json!("a\nb")),
    ] {
        let mut wrong = json!({ "username": "dave", "password": "a long enough password" });
        wrong[member] = value;
        let page = root.post("/users", &wrong).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], member);
    }
}

/// What an administrator sets is tried first by whoever guesses, like what people choose.
#[tokio::test(flavor = "multi_thread")]
async fn lg_19_passwords_set_for_others_are_judged_like_their_own() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    let path = format!("/users/{alice}/password");
    for (password, why) in [
        ("sh0rt", "at least 12 characters"),
        ("passwordpassword", "among the first that are guessed"),
        ("alice@example.test", "little more than your own name"),
        (&*"x9".repeat(65), "at most 128 characters"),
    ] {
        let page = root.put(&path, &json!({ "password": password })).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], "password");
        assert!(page.json()["detail"].as_str().unwrap().contains(why), "{}", page.body);
        assert!(!page.body.contains(password), "{}", page.body);
    }
    assert_eq!(world.events("user.password_set").await, 0);
    done(&root.put(&path, &json!({ "password": "seven sleepy otters" })).await, 204);
}

/// Somebody else's server is asked for a moment, and whoever waits for it keeps no connection from others.
#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_held_while_a_password_is_looked_up_elsewhere() {
    let world = World::with(|config| {
        config.login.breach_check = Some("https://pwned.test".parse().unwrap());
        config.fetch.ca_file = Some(internet::authority());
    })
    .await;
    let root = all_mighty(&world).await;
    let site = world.internet.site("pwned.test").await;
    let held = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let (asked, ask) = std::sync::mpsc::channel();
    let (say, said) = std::sync::mpsc::channel::<()>();
    let said = std::sync::Mutex::new(said);
    site.judge(move |_| {
        asked.send(()).unwrap();
        said.lock().unwrap().recv_timeout(Duration::from_secs(1)).unwrap();
        Reply::text("text/plain", "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n")
    });
    let look = async {
        tokio::task::spawn_blocking(move || ask.recv_timeout(Duration::from_secs(5)).unwrap()).await.unwrap();
        let count = sqlx::query_scalar::<_, i64>(held).fetch_one(&world.database).await.unwrap();
        say.send(()).unwrap();
        count
    };
    let path = format!("/users/{}/password", world.user("alice").await);
    let body = json!({ "password": "seven sleepy otters" });
    let (page, count) = tokio::join!(root.put(&path, &body), look);
    assert_eq!((page.status.as_u16(), count), (204, 0), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_somebody_is_read_and_set() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body = json!({ "username": "carol", "password": "seven sleepy otters", "locale": "fr-CA" });
    let carol = done(&root.post("/users", &body).await, 201);
    assert_eq!(carol["locale"], "fr", "the one of ours that it is a variety of");
    let path = format!("/users/{}", carol["id"].as_str().unwrap());
    let patched = done(&root.patch(&path, &json!({ "locale": "ja" })).await, 200);
    assert_eq!((&patched["locale"], &patched["username"]), (&json!("ja"), &json!("carol")));
    let wrong = root.patch(&path, &json!({ "locale": "tlh" })).await;
    refused(&wrong, 400, "invalid_request");
    assert_eq!(wrong.json()["field"], "locale");
    assert_eq!(done(&root.patch(&path, &json!({ "name": "Carol" })).await, 200)["locale"], "ja");
    assert_eq!(done(&root.patch(&path, &json!({ "locale": null })).await, 200)["locale"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_an_owner() {
    let world = World::new().await;
    let owner = promote(&world, "alice", Role::Owner).await;
    let alice = person(&world, "alice", Scope::ALL).await;
    refused(
        &alice.put(&format!("/users/{owner}/role"), &json!({ "role": "admin" })).await,
        409,
        "last_owner",
    );
    refused(&alice.act(&format!("/users/{owner}/disable")).await, 409, "last_owner");
    assert_eq!(world.events("user.disabled").await, 0, "what was refused has not happened");
    let mallory = world.user("mallory").await;
    let made = done(&alice.put(&format!("/users/{mallory}/role"), &json!({ "role": "owner" })).await, 200);
    assert_eq!(made["role"], "owner");
    let gone = done(&alice.put(&format!("/users/{owner}/role"), &json!({ "role": null })).await, 200);
    assert_eq!(gone["role"], json!(null));
    assert_eq!(alice.get("/users").await.status, 403);
}

/// Two owners who dismiss each other at the same moment: one stays.
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_cannot_dismiss_each_other_at_once() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for round in 0..10 {
        let [alice, mallory] = [promote_again(&world, "alice").await, promote_again(&world, "mallory").await];
        let nobody = json!({ "role": null });
        let (path_a, path_b) = (format!("/users/{alice}/role"), format!("/users/{mallory}/role"));
        let (_, _) = tokio::join!(root.put(&path_a, &nobody), root.put(&path_b, &nobody));
        let owners: i64 =
            sqlx::query_scalar("SELECT count(*) FROM users WHERE role = 'owner' AND disabled_at IS NULL")
                .fetch_one(&world.database)
                .await
                .unwrap();
        assert!(owners >= 1, "round {round}");
    }
}

async fn promote_again(world: &World, name: &str) -> uuid::Uuid {
    let id = world.user(name).await;
    sqlx::query("UPDATE users SET role = 'owner', is_owner = true WHERE id = $1")
        .bind(id)
        .execute(&world.database)
        .await
        .unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_found_and_revoked() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let tokens = world.tokens().await;
    let alice = world.user("alice").await;
    let grants = done(&root.get(&format!("/grants?user_id={alice}")).await, 200);
    let grant = grants["items"][0].clone();
    assert_eq!((&grant["client_id"], &grant["scope"]), (&json!("pub1"), &json!("mcp:read")), "{grants}");
    assert!(!grants.to_string().contains("salt"));
    assert!(world.is_active(&tokens.access).await);
    let path = format!("/grants/{}", grant["id"].as_str().unwrap());
    assert_eq!(root.delete(&path).await.status, 204);
    assert_eq!(root.delete(&path).await.status, 204, "once more is no mistake");
    assert!(!world.is_active(&tokens.access).await, "at once on the process that did it");
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 400);
    let gone = done(&root.get("/grants?client_id=pub1").await, 200);
    assert_eq!(gone["items"][0]["revoked_because"], "operator");
    refused(&root.delete("/grants/01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e").await, 404, "not_found");
    refused(&root.get("/grants").await, 400, "invalid_request");
    let page = sent(root.request(Method::DELETE, "/grants/x")).await;
    refused(&page, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_another_address_and_name() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    let path = format!("/users/{alice}");
    let read = root.get(&path).await;
    let change = async |etag: Option<&str>, body: serde_json::Value| {
        let mut request = root.request(Method::PATCH, &path).json(&body);
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        sent(request).await
    };
    let page = change(Some(read.header("etag")), json!({ "email": "Alice@New.test", "name": null })).await;
    let changed = done(&page, 200);
    assert_eq!((&changed["email"], &changed["name"]), (&json!("Alice@New.test"), &json!(null)));
    refused(&change(Some(read.header("etag")), json!({ "name": "x" })).await, 412, "changed");
    refused(&change(None, json!({ "username": "bob" })).await, 400, "invalid_request");
    for taken in ["mallory@example.test", "MALLORY@example.test"] {
        refused(&change(None, json!({ "email": taken })).await, 409, "taken");
    }
    assert_eq!(world.events("user.updated").await, 1);
    // The new address signs in, the old one does not.
    let page = world.authorize(&mut world.agent(), &Az::of("pub1")).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    assert!(world.log_in(&mut agent, &login, "alice@new.test").await.body.contains("consent-form"));
    assert!(page.body.contains("login-form"));
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    assert!(!world.log_in(&mut agent, &login, "alice@example.test").await.body.contains("consent-form"));
}
