//! AD-02: what belongs to one person is out of everybody else's reach, whatever identifier they send.

use gatewright_tests::flows::claims;
use gatewright_tests::{Az, World};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{at_home, lets_in};

/// All that the account centre could change of somebody's, as it is.
async fn belongings(world: &World, user: Uuid) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in [
        ("sessions", "id, ended_at"),
        ("grants", "id, revoked_at, expires_at"),
        ("consents", "id, expires_at"),
        ("passkeys", "id, name"),
        ("totps", "id"),
        ("identities", "id, subject"),
    ] {
        let statement =
            format!("SELECT CAST(ROW({columns}) AS TEXT) FROM {table} WHERE user_id = '{user}' ORDER BY id");
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&world.database).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        all.extend(rows);
    }
    all
}

/// A row that only its owner may touch, and its id.
async fn row(world: &World, statement: &'static str, user: Uuid) -> String {
    let operator = world.operator();
    let id = world.app.id(operator.now);
    sqlx::query(statement).bind(id).bind(user).bind(operator.now).execute(&world.database).await.unwrap();
    id.to_string()
}

const PASSKEY: &str =
    "INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, synced, name, created_at)
                       VALUES ($1, $2, decode('01', 'hex'), decode('02', 'hex'), 0, false, 'Her key', $3)";
const TOTP: &str = "INSERT INTO totps (user_id, id, sealed, last_step, created_at)
                    VALUES ($2, $1, decode('01', 'hex'), 0, $3)";
const IDENTITY: &str = "INSERT INTO identities (id, user_id, issuer, subject, created_at)
                        VALUES ($1, $2, 'https://idp.test', 'alice', $3)";

#[tokio::test(flavor = "multi_thread")]
async fn ad_02_what_is_somebodys_is_out_of_everybody_elses_reach() {
    let world = World::new().await;
    let alice = world.user("alice").await;
    let mut desk = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut desk, &Az::of("pub1")).await;
    let grant = claims(&tokens.access)["gid"].as_str().unwrap().to_owned();
    let session: Uuid = sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1")
        .bind(alice)
        .fetch_one(&world.database)
        .await
        .unwrap();
    let session = session.to_string();
    let mut mallory = at_home(&world, "mallory").await;
    let ticket = mallory.get("/account").await.hidden("ticket");
    let passkey = row(&world, PASSKEY, alice).await;
    row(&world, TOTP, alice).await;
    let identity = row(&world, IDENTITY, alice).await;
    let before = belongings(&world, alice).await;
    let events = world.count("events").await;

    for (path, fields) in [
        ("/account/apps/end", [("grant", grant.as_str()), ("", "")]),
        ("/account/apps/limit", [("grant", &grant), ("for", "hour")]),
        ("/account/apps/remove", [("client", "pub1"), ("", "")]),
        ("/account/apps/remove", [("client", "pub1"), ("user", &alice.to_string())]),
        ("/account/sessions", [("session", &session), ("", "")]),
        ("/account/security/rename", [("id", &passkey), ("name", "Mine")]),
        ("/account/security/remove", [("id", &passkey), ("", "")]),
        ("/account/security/remove", [("id", "totp"), ("", "")]),
        ("/account/identities/disconnect", [("identity", &identity), ("", "")]),
    ] {
        let fields: Vec<_> = fields.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        let answer = mallory.post(path, &[&[("ticket", ticket.as_str())], fields.as_slice()].concat()).await;
        assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.body);
        assert!(!answer.location().unwrap_or_default().starts_with("/login"), "{path}: she is signed in");
        assert_eq!(belongings(&world, alice).await, before, "{path}");
        assert_eq!(world.count("events").await, events, "{path}: {}", answer.body);
    }
    // Nor does a page show it.
    for path in
        ["/account/apps", "/account/sessions", "/account/security", "/account/identities", "/account/history"]
    {
        let page = mallory.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for id in [&grant, &session, &passkey, &identity, &alice.to_string()] {
            assert!(!page.body.contains(id.as_str()), "{path} shows {id}");
        }
    }
    assert!(world.is_active(&tokens.access).await);
    // The same forms do it for whom it belongs to.
    for (path, field) in [
        ("/account/security/remove", ("id", passkey.as_str())),
        ("/account/security/remove", ("id", "totp")),
        ("/account/identities/disconnect", ("identity", identity.as_str())),
    ] {
        let answer = desk.post(path, &[field]).await;
        assert!(answer.status.as_u16() < 400, "{path}: {} {}", answer.status, answer.body);
    }
    for table in ["passkeys", "totps", "identities"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}
