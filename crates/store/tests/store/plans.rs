//! Every statement of the cache: planned without a scan of a growing table, and written in the
//! words that PostgreSQL shares with its relatives.

use std::path::Path;

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::postgres;

/// Tables that grow with use. The others hold what administrators typed, or are bounded (`traces`).
const GROWING: &[&str] = &[
    "clients",
    "code_tries",
    "codes",
    "consents",
    "credentials",
    "deliveries",
    "device_codes",
    "event_log",
    "events",
    "grants",
    "idempotency",
    "identities",
    "known_browsers",
    "mailed_codes",
    "mailed_links",
    "mails",
    "passkeys",
    "recovery_codes",
    "replay",
    "revoked_tokens",
    "sessions",
    "totps",
    "tries",
    "users",
];

pub struct Statement {
    pub text: String,
    parameters: usize,
}

pub fn statements() -> Vec<Statement> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let files = std::fs::read_dir(&cache).expect("crates/store/.sqlx: run `make sqlx`");
    let statements: Vec<_> = files
        .map(|file| {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let entry: Value = serde_json::from_str(&text).unwrap();
            Statement {
                text: entry["query"].as_str().unwrap().to_owned(),
                parameters: entry["describe"]["parameters"]["Left"].as_array().unwrap().len(),
            }
        })
        .collect();
    assert!(statements.len() > 50, "the cache is incomplete: run `make sqlx`");
    statements
}

/// What is wrong with a plan's nodes: scans that read all of a growing table, by the heap or by
/// one of its `complete` indexes without a condition. (All of a partial index may be read.)
pub fn scans(plan: &Value, complete: &[String], found: &mut Vec<String>) {
    match plan {
        Value::Object(node) => {
            let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
            let index = text("Index Name");
            if text("Node Type") == "Seq Scan" && GROWING.contains(&text("Relation Name")) {
                found.push(format!("Seq Scan on {}", text("Relation Name")));
            }
            if !node.contains_key("Index Cond") && complete.iter().any(|name| name == index) {
                found.push(format!("all of index {index}"));
            }
            node.values().for_each(|value| scans(value, complete, found));
        }
        Value::Array(values) => values.iter().for_each(|value| scans(value, complete, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub async fn complete_indexes(connection: &mut PgConnection) -> Vec<String> {
    let tables: Vec<String> = GROWING.iter().map(|table| format!("'{table}'")).collect();
    let tables = tables.join(", ");
    let sql = format!(
        "SELECT i.indexrelid::regclass::text FROM pg_index i
         WHERE i.indpred IS NULL AND i.indrelid::regclass::text IN ({tables})"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await.unwrap()
}

pub async fn plan(connection: &mut PgConnection, statement: &Statement) -> Value {
    postgres::run(connection, &format!("PREPARE statement AS {}", statement.text)).await;
    let arguments = match statement.parameters {
        0 => String::new(),
        count => format!("({})", vec!["NULL"; count].join(", ")),
    };
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE statement{arguments}");
    let plan = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_one(&mut *connection).await.unwrap();
    postgres::run(connection, "DEALLOCATE statement").await;
    plan
}

#[tokio::test]
async fn no_statement_scans_a_growing_table() {
    let (_, url) = postgres::database().await;
    let mut connection = postgres::connect(&url).await;
    postgres::run(&mut connection, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        .await;
    let complete = complete_indexes(&mut connection).await;
    assert!(complete.len() > GROWING.len());
    let mut complaints = Vec::new();
    for statement in statements() {
        if statement.text.starts_with("CREATE TABLE") {
            continue;
        }
        let mut found = Vec::new();
        scans(&plan(&mut connection, &statement).await, &complete, &mut found);
        if !found.is_empty() {
            complaints.push(format!("{found:?} in\n{}", statement.text));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn a_scan_would_be_noticed() {
    let mut found = Vec::new();
    let plan = serde_json::json!([{"Plan": {"Node Type": "ModifyTable", "Plans": [
        {"Node Type": "Seq Scan", "Relation Name": "grants"},
        {"Node Type": "Seq Scan", "Relation Name": "leases"},
        {"Node Type": "Index Scan", "Index Name": "codes_pkey", "Index Cond": "(digest = $1)"},
        {"Node Type": "Index Scan", "Index Name": "users_created"},
        {"Node Type": "Bitmap Index Scan", "Index Name": "users_owners"},
    ]}}]);
    scans(&plan, &["codes_pkey".into(), "users_created".into()], &mut found);
    assert_eq!(found, ["Seq Scan on grants", "all of index users_created"]);
}

#[test]
fn statements_and_migrations_use_portable_words() {
    let foreign = [
        "now()",
        "current_timestamp",
        "localtimestamp",
        "current_date",
        "nextval",
        "serial",
        "sequence",
        "listen ",
        "notify",
        "advisory",
        "create type",
        " enum",
        "create function",
        "trigger",
        "extension",
        "inherits",
        "unlogged",
        "for share",
        "gen_random",
        "random()",
    ];
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let migrations = std::fs::read_dir(migrations).unwrap().map(|file| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    });
    let texts = statements().into_iter().map(|statement| statement.text).chain(migrations);
    for text in texts {
        let lower = text.to_lowercase();
        for word in foreign {
            assert!(!lower.contains(word), "`{word}` in\n{text}");
        }
    }
}
