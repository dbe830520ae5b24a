//! The SQL stays in the subset that PostgreSQL shares with CockroachDB and YugabyteDB
//! (docs/decisions/0001-postgresql-only.md), and every statement is checked at build time.

use super::tree::{File, Findings, files, rust};

/// Column types that mean the same everywhere.
const TYPES: [&str; 7] = ["UUID", "BYTEA", "TEXT", "BIGINT", "BOOLEAN", "TIMESTAMPTZ", "JSONB"];

/// Words and phrases that not every database has, or that read a clock or make randomness in SQL.
const UNPORTABLE: [&str; 27] = [
    "SERIAL",
    "BIGSERIAL",
    "SEQUENCE",
    "NEXTVAL",
    "TRIGGER",
    "EXTENSION",
    "CREATE TYPE",
    "CREATE FUNCTION",
    "CREATE PROCEDURE",
    "CREATE RULE",
    "CREATE DOMAIN",
    "INHERITS",
    "UNLOGGED",
    "LISTEN",
    "NOTIFY",
    "PG_NOTIFY",
    "PG_ADVISORY_LOCK",
    "PG_ADVISORY_XACT_LOCK",
    "PG_TRY_ADVISORY_LOCK",
    "PG_TRY_ADVISORY_XACT_LOCK",
    "LOCK TABLE",
    "NOW(",
    "CURRENT_TIMESTAMP",
    "CLOCK_TIMESTAMP(",
    "RANDOM(",
    "GEN_RANDOM_UUID(",
    "DO $$",
];

/// Statements that may, each with its reason.
const EXCUSED: [(&str, &str); 1] =
    [("SELECT CLOCK_TIMESTAMP() AS", "only to compare the database's clock with ours: doctor, start-up")];

/// A statement and where it stands.
struct Statement {
    place: String,
    text: String,
}

/// SQL without comments, in capitals, with single spaces.
fn canonical(sql: &str) -> String {
    let bare: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or(line)).collect();
    bare.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

fn migrations() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.path.starts_with("migrations/") && file.is(&["sql"]))
}

/// Every statement of the migrations and of the committed query cache.
fn statements() -> Vec<Statement> {
    let migrations =
        migrations().map(|file| Statement { place: file.path.clone(), text: canonical(&file.text) });
    let cached = files().iter().filter(|file| file.path.contains("/.sqlx/query-")).filter_map(|file| {
        let json: serde_json::Value = serde_json::from_str(&file.text).ok()?;
        Some(Statement { place: file.path.clone(), text: canonical(json.get("query")?.as_str()?) })
    });
    migrations.chain(cached).collect()
}

/// Whether `sql` holds `phrase` as whole words.
fn holds(sql: &str, phrase: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    sql.match_indices(phrase).any(|(at, _)| {
        let before = sql[..at].chars().next_back();
        let after = sql[at + phrase.len()..].chars().next();
        !before.is_some_and(word) && (phrase.ends_with('(') || !after.is_some_and(word))
    })
}

#[test]
fn statements_use_only_words_every_database_has() {
    let mut findings = Findings::new(
        "This SQL is not in the shared subset: pass times and ids as parameters, use lease rows instead of locks.\n\
         The word list is in tests/it/tidy/sql.rs; the reason in docs/decisions/0001-postgresql-only.md.",
    );
    for statement in statements() {
        if EXCUSED.iter().any(|(excused, _)| statement.text.starts_with(excused)) {
            continue;
        }
        for phrase in UNPORTABLE.iter().filter(|phrase| holds(&statement.text, phrase)) {
            findings.note(format!("{}: {phrase}", statement.place));
        }
    }
    findings.finish();
}

#[test]
fn columns_use_only_types_every_database_has() {
    let mut findings =
        Findings::new("Columns are UUID, BYTEA, TEXT, BIGINT, BOOLEAN, TIMESTAMPTZ or JSONB, nothing else.");
    for file in migrations() {
        let mut inside = false;
        for (line, text) in file.lines() {
            let text = text.split("--").next().unwrap_or(text).trim();
            if text.starts_with("CREATE TABLE") {
                inside = true;
                continue;
            }
            if text.starts_with(')') {
                inside = false;
            }
            let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
            let (Some(first), Some(kind)) = (words.next(), words.next()) else { continue };
            let column = inside && !["PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK"].contains(&first);
            if column && !TYPES.contains(&kind) {
                findings.at(file, line, text);
            }
        }
    }
    findings.finish();
}

#[test]
fn km_04_sql_comes_only_from_checked_macros() {
    let mut findings = Findings::new(
        "Statements are written with sqlx::query!, query_as! or query_scalar!, with values as parameters only:\n\
         a statement built at run time is neither type-checked nor EXPLAINed.",
    );
    let banned = [
        "sqlx::query(",
        "sqlx::query_as(",
        "sqlx::query_scalar(",
        "sqlx::raw_sql(",
        "QueryBuilder",
        "AssertSqlSafe",
        "query_unchecked!",
        "query_as_unchecked!",
        "query_scalar_unchecked!",
        "query_with(",
    ];
    for file in rust().filter(|file| file.path.starts_with("crates/store/src/")) {
        for (line, code) in file.code() {
            if let Some(word) = banned.iter().find(|word| code.contains(**word)) {
                findings.at(file, line, word);
            }
        }
    }
    findings.finish();
}

#[test]
fn phrases_are_whole_words() {
    assert!(holds(&canonical("SELECT now() -- x"), "NOW("));
    assert!(!holds(&canonical("SELECT known(1)"), "NOW("));
    assert!(!holds(&canonical("SELECT a -- a trigger"), "TRIGGER"));
    assert!(!holds(&canonical("SELECT serial_number"), "SERIAL"));
}
