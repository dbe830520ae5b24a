//! AU-02: the role that serves, with the rights of `docs/database-roles.md`, can run every statement there is and change
//! nothing that happened.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgConnection};

use crate::plans::{complete_indexes, plan, scans, statements};
use crate::postgres;

const ROLE: &str = "gatewright_server";

/// What the page tells the owner to run.
fn rights() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/database-roles.md");
    let text = std::fs::read_to_string(page).unwrap();
    let block = text.split("```sql\n").find(|block| block.starts_with("GRANT")).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// A database with that role, and a connection that has no other rights.
async fn as_role() -> PgConnection {
    let (_, url) = postgres::database().await;
    let mut connection = postgres::connect(&url).await;
    let statements = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; {}",
        rights()
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    postgres::run(&mut connection, &format!("SET SESSION AUTHORIZATION {ROLE}")).await;
    connection
}

#[tokio::test]
async fn au_02_the_role_that_serves_can_do_all_a_server_does() {
    let mut connection = as_role().await;
    postgres::run(&mut connection, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        .await;
    let complete = complete_indexes(&mut connection).await;
    let mut planned = 0;
    for statement in statements().iter().filter(|statement| !statement.text.starts_with("CREATE TABLE")) {
        // PostgreSQL looks at the rights before it shows a plan.
        let mut found = Vec::new();
        scans(&plan(&mut connection, statement).await, &complete, &mut found);
        assert!(found.is_empty(), "with row security: {found:?} in\n{}", statement.text);
        planned += 1;
    }
    assert!(planned > 50);
}

#[tokio::test]
async fn au_02_the_role_that_serves_changes_nothing_that_happened() {
    let mut connection = as_role().await;
    let event = |id: u8, age: &str, kind: &str| {
        format!(
            "INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
             VALUES ('00000000-0000-0000-0000-0000000000{id:02}', now() - INTERVAL '{age}', '{kind}',
                     '00000000-0000-0000-0000-000000000000', '::1', 'system', '{{}}')"
        )
    };
    for statement in [
        event(1, "1 hour", "client.created"),
        event(2, "29 days", "client.created"),
        event(3, "31 days", "client.created"),
        event(4, "31 days", "events.pruned"),
    ] {
        postgres::run(&mut connection, &statement).await;
    }
    for (statement, said) in [
        ("UPDATE events SET actor = 'nobody'", "permission denied for table events"),
        (
            "UPDATE events SET at = now() - INTERVAL '1 year' WHERE false",
            "permission denied for table events",
        ),
        ("TRUNCATE events", "permission denied for table events"),
        ("UPDATE event_log SET seq = seq + 1", "permission denied for table event_log"),
        ("DELETE FROM event_log", "permission denied for table event_log"),
        ("UPDATE checkpoints SET root = ''", "permission denied for table checkpoints"),
        ("DELETE FROM checkpoints", "permission denied for table checkpoints"),
        ("DELETE FROM _sqlx_migrations", "permission denied for table _sqlx_migrations"),
        ("ALTER TABLE events DISABLE ROW LEVEL SECURITY", "must be owner of table events"),
        ("DROP POLICY server_reads ON events", "must be owner of"),
        ("CREATE TABLE mine (id UUID)", "permission denied for schema public"),
        ("CREATE RULE quiet AS ON INSERT TO events DO INSTEAD NOTHING", "must be owner of"),
        (
            "INSERT INTO events SELECT * FROM events ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
            "permission denied for table events",
        ),
    ] {
        let refused = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await;
        let error = refused.expect_err(statement).to_string();
        assert!(error.contains(said), "{statement}: {error}");
    }
    // Of all, only what is old enough goes.
    let gone = sqlx::query("DELETE FROM events").execute(&mut connection).await.unwrap().rows_affected();
    let left: Vec<String> = sqlx::query_scalar("SELECT id::TEXT FROM events ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let left: Vec<&str> = left.iter().map(|id| &id[34..]).collect();
    assert_eq!((gone, left), (1, vec!["01", "02", "04"]));
}
