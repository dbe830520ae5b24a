//! How a client is vouched for, and how it ends. Blocking is [`disable`]; [`delete`] is blocking that is
//! never taken back, and takes the client's secrets with it.

use gatewright_oauth::ClientId;

use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// Disables a client and ends all its codes and grants. `Lost` when it is unknown or disabled
/// already.
pub async fn disable(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET disabled_at = $2, era = era + 1
                   WHERE id = $1 AND disabled_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.at,
            trace.event,
            EventKind::ClientDisabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Lets a disabled client be used again. `Lost` when it is unknown, not disabled, or deleted.
pub async fn enable(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET disabled_at = NULL
                   WHERE id = $1 AND disabled_at IS NOT NULL AND deleted_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $2, $3, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.event,
            trace.at,
            EventKind::ClientEnabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// An administrator vouches for a client from now on. `Lost` when it is unknown, vouched for or deleted.
pub async fn approve(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET approved_at = $2
                   WHERE id = $1 AND approved_at IS NULL AND origin <> 'administrator' AND deleted_at IS NULL
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.at,
            trace.event,
            EventKind::ClientApproved.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Ends a client for good: its codes and grants with it, its secrets too. The row stays, so that the id is never
/// given or believed again. `Lost` when it is unknown or deleted already.
pub async fn delete(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients
                   SET deleted_at = $2, disabled_at = COALESCE(disabled_at, $2), era = era + 1,
                       secret_digest = NULL, previous_secret_digest = NULL, previous_secret_until = NULL,
                       registration_digest = NULL, dedupe_digest = NULL
                   WHERE id = $1 AND deleted_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.at,
            trace.event,
            EventKind::ClientDeleted.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Removes what is kept about a deleted client: its consents, codes and grants, and everything it said of itself.
/// Only its id is left. At most `limit` rows of each kind; `Lost` when nothing was left to remove.
pub async fn purge(store: &Store, id: &ClientId, limit: u32, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH dead AS (
                   SELECT id FROM clients WHERE id = $1 AND deleted_at IS NOT NULL
               ), consents_gone AS (
                   DELETE FROM consents WHERE id IN (
                       SELECT c.id FROM consents c JOIN dead ON c.client_id = dead.id LIMIT $3)
                   RETURNING 1
               ), grants_gone AS (
                   DELETE FROM grants WHERE id IN (
                       SELECT g.id FROM grants g JOIN dead ON g.client_id = dead.id LIMIT $3)
                   RETURNING 1
               ), emptied AS (
                   UPDATE clients
                   SET metadata = '{"grant_types": [], "token_endpoint_auth_method": "none"}', source = NULL
                   WHERE id IN (SELECT id FROM dead)
                     AND metadata <> '{"grant_types": [], "token_endpoint_auth_method": "none"}'
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $4, $2, $5, $6, $7, $8, id, '{}' FROM emptied
               )
               SELECT (SELECT count(*) FROM consents_gone) + (SELECT count(*) FROM grants_gone)
                      + (SELECT count(*) FROM emptied) AS "n!""#,
            id.as_str(),
            trace.at,
            i64::from(limit),
            trace.event,
            EventKind::ClientPurged.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
