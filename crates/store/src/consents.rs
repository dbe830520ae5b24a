//! `consents`: what a user allowed a client at a resource, one row for the three.
//!
//! The row remembers digests of what the page showed (the client's metadata, the resource's name
//! and scope texts), so that a change of either asks again (threats CN-03, CN-04).
//!
//! Rows are written by [`crate::codes::issue`], in the statement that issues the code. Revoking
//! deletes the row: its id never returns, so every code and grant that names it is dead, those
//! included that are being created at that moment (see [`crate::standing`]). What was allowed
//! and withdrawn stays in `events`.

use gatewright_oauth::{ClientId, Digest, Scopes};
use uuid::Uuid;

use crate::decode::{self, corrupt};
use crate::grants::Reason;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A remembered answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The row; codes and grants name it.
    pub id: Uuid,
    /// Who allowed.
    pub user: Uuid,
    /// Whom.
    pub client: ClientId,
    /// Where.
    pub resource: Uuid,
    /// What.
    pub scope: Scopes,
    /// Of the client's metadata as it was shown.
    pub client_digest: Digest,
    /// Of the resource as it was shown.
    pub resource_digest: Digest,
    /// When it was last allowed.
    pub granted_at: Time,
}

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) client_id: String,
    pub(crate) resource_id: Uuid,
    pub(crate) scope: String,
    pub(crate) metadata_digest: Vec<u8>,
    pub(crate) resource_digest: Vec<u8>,
    pub(crate) granted_at: Time,
}

impl Row {
    pub(crate) fn decode(self) -> Stored<Consent> {
        let wrong = |column| corrupt("consents", column, self.id);
        Ok(Consent {
            id: self.id,
            user: self.user_id,
            client: decode::client_id(&self.client_id).ok_or_else(|| wrong("client_id"))?,
            resource: self.resource_id,
            scope: decode::scopes(&self.scope).ok_or_else(|| wrong("scope"))?,
            client_digest: decode::digest(&self.metadata_digest).ok_or_else(|| wrong("metadata_digest"))?,
            resource_digest: decode::digest(&self.resource_digest).ok_or_else(|| wrong("resource_digest"))?,
            granted_at: self.granted_at,
        })
    }
}

/// Everything a user allows at present, up to `limit` answers.
pub async fn list(store: &Store, user: Uuid, limit: u32) -> Stored<Vec<Consent>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, user_id, client_id, resource_id, scope, metadata_digest, resource_digest, granted_at
             FROM consents WHERE user_id = $1 ORDER BY client_id, resource_id LIMIT $2",
            user,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Withdraws one of `user`'s answers and revokes the grants under it; answers how many those
/// were. `Lost` when this user has no such answer (any more).
pub async fn revoke(store: &Store, user: Uuid, consent: Uuid, trace: &Trace) -> Stored<Write<u64>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH withdrawn AS (
                   DELETE FROM consents WHERE id = $1 AND user_id = $2
                   RETURNING id, user_id, client_id, resource_id, scope
               ), revoked AS (
                   UPDATE grants AS g SET revoked_at = $3, revoked_reason = $4
                   FROM withdrawn w
                   WHERE g.user_id = w.user_id AND g.client_id = w.client_id
                     AND g.resource_id = w.resource_id AND g.revoked_at IS NULL
                   RETURNING g.id
               ), counted AS (
                   SELECT count(*) AS n FROM revoked
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, detail)
                   SELECT $5, $3, $6, $7, $8, $9, w.user_id, w.client_id, w.resource_id,
                          jsonb_build_object('scope', w.scope, 'grants', counted.n)
                   FROM withdrawn w, counted
               )
               SELECT counted.n AS "n!" FROM withdrawn, counted"#,
            consent,
            user,
            trace.at,
            Reason::ConsentRevoked.as_str(),
            trace.event,
            EventKind::ConsentRevoked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| u64::try_from(row.n).unwrap_or_default())))
}
