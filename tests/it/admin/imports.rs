//! Accounts that come from another server.

use std::time::Instant;

use gatewright_server::admin::Scope;
use gatewright_server::passwords;
use gatewright_tests::{Az, PASSWORD, Page, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, program, refused, sent};

/// `PASSWORD`, as other servers have stored it.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";
const HASHES: [(&str, &str); 5] = [
    ("bcrypt", BCRYPT),
    ("old-bcrypt", "$2a$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG"),
    ("scrypt", "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$mp90zEQd5XGhjEv4WArVH4Z0XRSzkGWtJK2S/AXJlRU"),
    ("django", "pbkdf2_sha256$1000$seasalt$3xmXbyk2QpiyNcnoBbzRPwEBsYPTbDlRdtmLyBvQltA="),
    (
        "pbkdf2",
        "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    ),
];

fn lines(rows: &[Value]) -> String {
    rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

async fn import(caller: &Caller<'_>, body: String, query: &str) -> Page {
    let request = caller.request(Method::POST, &format!("/users/import{query}"));
    sent(request.header("content-type", "application/jsonl").body(body)).await
}

async fn signs_in(world: &World, name: &str, password: &str) -> bool {
    let mut agent = world.agent();
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    world.log_in_with(&mut agent, &page, (name, password)).await.body.contains("consent-form")
}

async fn scheme(world: &World, name: &str) -> Option<String> {
    sqlx::query_scalar(
        "SELECT scheme FROM credentials WHERE user_id = (SELECT id FROM users WHERE username_key = $1)",
    )
    .bind(name)
    .fetch_one(&world.database)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_with_the_password_they_had() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let row = |(name, hash): &(&str, &str)| json!({ "username": name, "password_hash": hash });
    let rows: Vec<Value> = HASHES.iter().map(row).collect();
    let job = done(&import(&root, lines(&rows), "").await, 200);
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!([&job["read"], &job["created"], &job["skipped"], &job["failed"]], [5, 5, 0, 0], "{job}");
    for (name, _) in HASHES {
        assert!(scheme(&world, name).await.is_some());
        assert!(!signs_in(&world, name, "correct horse battery stapler").await);
        assert!(scheme(&world, name).await.is_some(), "a wrong password changes nothing");
        assert!(signs_in(&world, name, PASSWORD).await, "{name}");
        assert_eq!(scheme(&world, name).await, None, "it is argon2id from now on");
        assert!(signs_in(&world, name, PASSWORD).await, "{name}, once more");
    }
    assert_eq!(world.events("user.password_rehashed").await, 5);
    assert_eq!(done(&root.get(&format!("/jobs/{}", job["id"].as_str().unwrap())).await, 200), job);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_sent_again_and_does_the_rest() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let rows: Vec<Value> = (0..1203)
        .map(|n| {
            let email = format!("User{n}@Example.test");
            json!({ "email": email, "email_verified": n % 2 == 0, "name": format!("Nr. {n}"), "password_hash": BCRYPT })
        })
        .collect();
    let dry = done(&import(&root, lines(&rows), "?dry_run=true").await, 200);
    assert_eq!((&dry["created"], &dry["state"]), (&json!(1203), &json!("done")));
    assert_eq!(world.count("jobs").await, 0, "a dry run leaves nothing");
    let users = world.count("users").await;

    let half = done(&import(&root, lines(&rows[..700]), "").await, 200);
    assert_eq!(half["created"], 700);
    let whole = done(&import(&root, lines(&rows), "").await, 200);
    assert_eq!([&whole["read"], &whole["created"], &whole["skipped"]], [1203, 503, 700]);
    assert_eq!(world.count("users").await, users + 1203);
    assert_eq!(world.events("user.created").await, world.count("users").await, "each with its event");
    let jobs = done(&root.get("/jobs").await, 200);
    assert_eq!(jobs["items"], json!([whole, half]), "the newest first");
    let again = done(&import(&root, lines(&rows), "").await, 200);
    assert_eq!([&again["created"], &again["skipped"]], [0, 1203]);

    let found: (String, String, bool) = sqlx::query_as(
        "SELECT username, email, email_verified FROM users WHERE email_key = 'user4@example.test'",
    )
    .fetch_one(&world.database)
    .await
    .unwrap();
    assert_eq!(found, ("User4@Example.test".into(), "User4@Example.test".into(), true));
}

/// Two imports of the same people, forwards and backwards, at the same time: everybody is made once.
#[tokio::test(flavor = "multi_thread")]
async fn two_imports_make_nobody_twice() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let users = world.count("users").await;
    let mut rows: Vec<Value> = (0..1500)
        .map(|n| json!({ "username": format!("user{n}"), "email": format!("p{}@x.test", n / 2 * 2) }))
        .collect();
    let forwards = lines(&rows);
    rows.reverse();
    let (one, two) = tokio::join!(import(&root, forwards, ""), import(&root, lines(&rows), ""));
    let created = |page: &Page| page.json()["created"].as_i64().unwrap_or_else(|| panic!("{}", page.body));
    assert_eq!(created(&one) + created(&two), 750, "one of two has the address");
    assert_eq!(world.count("users").await, users + 750);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_wrong_is_told_and_stops_nothing() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let secret = "$2b$31$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";
    let body = [
        json!({ "username": "good" }).to_string(),
        json!({ "username": "Alice" }).to_string(),
        json!({ "username": "new", "email": "ALICE@example.test" }).to_string(),
        json!({ "username": "good", "name": "twice" }).to_string(),
        json!({ "name": "Nobody" }).to_string(),
        json!({ "username": "costly", "password_hash": secret }).to_string(),
        json!({ "username": "plain", "password_hash": PASSWORD }).to_string(),
        json!({ "username": "mighty", "role": "owner" }).to_string(),
        json!({ "username": "typed", "email_verified": secret }).to_string(),
        json!({ "username": "a\u{0}b" }).to_string(),
        json!({ "username": "verified", "email_verified": true }).to_string(),
        "no json".to_owned(),
        "[1]".to_owned(),
        "{} {}".to_owned(),
        json!({ "username": "x".repeat(20_000) }).to_string(),
        String::new(),
        json!({ "username": "last" }).to_string(),
    ]
    .join("\n");
    let job = done(&import(&root, body, "").await, 200);
    assert_eq!([&job["read"], &job["created"], &job["skipped"], &job["failed"]], [16, 2, 3, 11], "{job}");
    let told: Vec<(u64, &str)> = job["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["line"].as_u64().unwrap(), error["field"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (5, "username"),
            (6, "password_hash"),
            (7, "password_hash"),
            (8, "role"),
            (9, "email_verified"),
            (10, "username"),
            (11, "email_verified"),
            (12, "line"),
            (13, "line"),
            (14, "line"),
            (15, "line"),
        ]
    );
    assert!(!job.to_string().contains("$2b$31") && !job.to_string().contains(PASSWORD), "{job}");
    assert!(signs_in(&world, "alice", PASSWORD).await, "who was there stays as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_an_import_takes_its_scope_and_gives_no_role() {
    let world = World::new().await;
    let reader = program(&world, &[Scope::UsersRead]).await;
    refused(&import(&reader, lines(&[json!({ "username": "x" })]), "").await, 403, "insufficient_scope");
    let root = all_mighty(&world).await;
    let text = root.request(Method::POST, "/users/import").body("{}");
    refused(&sent(text).await, 415, "unsupported_media_type");
    let keyed = root.request(Method::POST, "/users/import").header("content-type", "application/x-ndjson");
    refused(&sent(keyed.header("idempotency-key", "k").body("{}")).await, 400, "invalid_request");
    let nothing = done(&import(&root, String::new(), "").await, 200);
    assert_eq!((&nothing["read"], &nothing["state"]), (&json!(0), &json!("done")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_server_is_gone_says_so() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let job = done(&import(&root, lines(&[json!({ "username": "x" })]), "").await, 200);
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    sqlx::query("UPDATE jobs SET state = 'running', finished_at = NULL")
        .execute(&world.database)
        .await
        .unwrap();
    assert_eq!(done(&root.get(&path).await, 200)["state"], "running");
    world.pass(121);
    assert_eq!(done(&root.get(&path).await, 200)["state"], "interrupted");
    refused(&root.get("/jobs/x").await, 404, "not_found");
}

/// How long a wrong password takes to be answered, in milliseconds.
async fn took(world: &World, name: &str) -> u128 {
    let mut agent = world.agent();
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    let begun = Instant::now();
    assert_eq!(world.log_in_with(&mut agent, &page, (name, "a wrong password")).await.status, 403);
    begun.elapsed().as_millis()
}

/// As long as some hashes cost something else, what does not match is answered at even steps.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_an_account_that_came_from_elsewhere_is_answered_as_late_as_any_other() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    assert!(took(&world, "ghost").await < 500, "nothing waits while all hashes are ours");
    let row = json!({ "username": "moved", "password_hash": BCRYPT });
    done(&import(&root, lines(&[row]), "").await, 200);
    for name in ["ghost", "alice", "moved"] {
        assert!(took(&world, name).await >= 500, "{name}");
    }
    // Another process finds out, too; and the last one to be replaced ends it.
    passwords::look(world.app.clone()).await.unwrap();
    assert!(took(&world, "alice").await >= 500);
    assert!(signs_in(&world, "moved", PASSWORD).await);
    passwords::look(world.app.clone()).await.unwrap();
    assert!(took(&world, "alice").await < 500);
}
