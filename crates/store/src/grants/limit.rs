//! A person says when what they allowed ends.

use uuid::Uuid;

use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// When a grant is to end.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The grant.
    pub grant: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// When it ends at the latest; `None` when its client may go on for as long as this server allows.
    pub until: Option<Time>,
    /// When it ends unless refreshed: somebody has just said that it may go on.
    pub idle_expires_at: Time,
}

/// Sets when a grant ends, never later than it could have from the beginning, and forgets the answer it stands on at
/// the same time: otherwise its client would be back at once. `Lost` when it is not this person's, or over.
pub async fn limit(store: &Store, limit: &Limit, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH limited AS (
                   UPDATE grants
                   SET expires_at = LEAST(COALESCE(most_expires_at, expires_at), $4::TIMESTAMPTZ),
                       idle_expires_at = LEAST(COALESCE(most_expires_at, expires_at), $4, $5),
                       most_expires_at = COALESCE(most_expires_at, expires_at)
                   WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND idle_expires_at > $3
                     AND expires_at > $3
                   RETURNING id, client_id, user_id, resource_id, consent_id
               ), remembered AS (
                   UPDATE consents AS a SET expires_at = $4 FROM limited l WHERE a.id = l.consent_id
                   RETURNING a.id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id, resource_id,
                                       grant_id, detail)
                   SELECT $6, $3, $7, $8, $9, $10, user_id, client_id, resource_id, id,
                          jsonb_strip_nulls(jsonb_build_object('until', $4::TIMESTAMPTZ))
                   FROM limited
               )
               SELECT count(*) AS "n!" FROM limited"#,
            limit.grant,
            limit.user,
            trace.at,
            limit.until,
            limit.idle_expires_at,
            trace.event,
            EventKind::ConsentLimited.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
