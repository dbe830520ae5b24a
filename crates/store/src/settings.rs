//! `settings`: what overrides the configuration file while servers run. One row, which every process reads once a
//! second; a change is of the version that was read.

use serde_json::Value;

use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// By the names of the configuration file.
    pub values: Value,
    /// One more with every change.
    pub version: i64,
    /// When it was changed last.
    pub changed_at: Time,
    /// By whom, as in events.
    pub changed_by: String,
}

/// What is chosen now; nothing before the first change.
pub async fn read(store: &Store) -> Stored<Option<Chosen>> {
    tx::read(|| {
        sqlx::query_as!(
            Chosen,
            "SELECT chosen AS values, version, changed_at, changed_by FROM settings WHERE name = 'server'"
        )
        .fetch_optional(store.pool())
    })
    .await
}

/// Chooses other values. `Lost` when somebody else did so since `was` was read (`None`: nothing was chosen yet).
pub async fn choose(store: &Store, was: Option<&Chosen>, values: &Value, trace: &Trace) -> Stored<Write<()>> {
    let nothing = Value::Object(serde_json::Map::new());
    let (version, before) = was.map_or((0, &nothing), |was| (was.version, &was.values));
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   INSERT INTO settings AS s (name, chosen, version, changed_at, changed_by)
                   VALUES ('server', $1, $2::BIGINT + 1, $3, $4)
                   ON CONFLICT (name) DO UPDATE
                   SET chosen = EXCLUDED.chosen, version = EXCLUDED.version, changed_at = EXCLUDED.changed_at,
                       changed_by = EXCLUDED.changed_by
                   WHERE s.version = $2
                   RETURNING s.version, s.chosen
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $5, $3, $6, $7, $8, $4,
                          jsonb_build_object('version', version, 'from', $9::JSONB, 'to', chosen)
                   FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            values,
            version,
            trace.at,
            trace.actor,
            trace.event,
            EventKind::SettingsUpdated.as_str(),
            trace.request,
            trace.peer,
            before,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
