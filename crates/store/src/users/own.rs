//! What people change about their own account.

use uuid::Uuid;

use super::User;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// What somebody may say of themselves: nothing that anybody would have to check.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// What to call them.
    pub display_name: Option<&'a str>,
    /// The language of our pages (BCP 47).
    pub locale: Option<&'a str>,
}

/// The language somebody chose, if there is somebody and they did.
pub async fn locale(store: &Store, user: Uuid) -> Stored<Option<String>> {
    let found = tx::read(|| {
        sqlx::query_scalar!("SELECT locale FROM users WHERE id = $1", user).fetch_optional(store.pool())
    })
    .await?;
    Ok(found.flatten())
}

/// Changes what somebody says of themselves. `Lost` when the account is disabled, or not as `was` any more.
pub async fn describe(store: &Store, was: &User, own: Own<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE users SET display_name = $2, locale = $3
                   WHERE id = $1 AND disabled_at IS NULL AND display_name IS NOT DISTINCT FROM $4::TEXT
                     AND locale IS NOT DISTINCT FROM $5::TEXT
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $6, $7, $8, $9, $10, $11, id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            was.id,
            own.display_name,
            own.locale,
            was.display_name,
            was.locale,
            trace.event,
            trace.at,
            EventKind::UserUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Ends whatever was begun in somebody's name: sessions, codes and grants with the era, remembered answers with their
/// rows. Answers how many answers those were. With `session` only while that session lives: of two who ask at once one
/// does it. `Lost` when it does not any more, or there is no such account.
pub async fn end_access(
    store: &Store,
    user: Uuid,
    session: Option<Uuid>,
    trace: &Trace,
) -> Stored<Write<u64>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH account AS (
                   UPDATE users AS u SET era = u.era + 1
                   WHERE u.id = $1
                     AND ($2::UUID IS NULL
                          OR EXISTS (SELECT 1 FROM sessions s
                                     WHERE s.id = $2 AND s.user_id = u.id AND s.user_era = u.era
                                       AND s.ended_at IS NULL))
                   RETURNING u.id, u.era
               ), withdrawn AS (
                   DELETE FROM consents WHERE user_id IN (SELECT id FROM account) RETURNING id
               ), counted AS (
                   SELECT account.id, account.era, (SELECT count(*) FROM withdrawn) AS answers FROM account
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $3, $4, $5, $6, $7, $8, id, jsonb_build_object('era', era, 'consents', answers)
                   FROM counted
               )
               SELECT answers AS "n!" FROM counted"#,
            user,
            session,
            trace.event,
            trace.at,
            EventKind::UserAccessEnded.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| u64::try_from(row.n).unwrap_or_default())))
}
