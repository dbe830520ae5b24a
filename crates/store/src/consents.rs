//! `consents`: what a user allowed a client at a resource, one row for the three.
//!
//! The row remembers digests of what the page showed (the client's metadata, the resource's name
//! and scope texts), so that a change of either asks again (threats CN-03, CN-04).
//!
//! Rows are written by [`crate::codes::issue`], in the statement that issues the code. An answer may be
//! given for a time: from then on it answers nothing, and it goes ([`expire`]) when nothing stands on it
//! any more. Revoking
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
    /// Until when it is remembered; `None` until it is withdrawn.
    pub expires_at: Option<Time>,
    /// Who said so.
    pub by: By,
}

/// Who said that something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The person.
    Person,
    /// The administrators, for everybody who has an account here.
    Policy,
}

impl By {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            By::Person => "person",
            By::Policy => "policy",
        }
    }
}

impl Consent {
    /// Whether it still answers a question at `now`.
    pub fn is_remembered(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
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
    pub(crate) expires_at: Option<Time>,
    pub(crate) by_policy: Option<bool>,
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
            expires_at: self.expires_at,
            by: if self.by_policy == Some(true) { By::Policy } else { By::Person },
        })
    }
}

/// A place in the list of a person's answers: behind this client, and of it behind this resource.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    /// The client.
    pub client: &'a str,
    /// The resource.
    pub resource: Uuid,
}

impl Cursor<'_> {
    /// Before every answer.
    pub const START: Cursor<'static> = Cursor { client: "", resource: Uuid::nil() };
}

/// Up to `limit` answers that are kept of a person, by client.
pub async fn list(store: &Store, user: Uuid, after: Cursor<'_>, limit: u32) -> Stored<Vec<Consent>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, user_id, client_id, resource_id, scope, metadata_digest, resource_digest, granted_at,
                    expires_at, by_policy
             FROM consents WHERE user_id = $1 AND (client_id, resource_id) > ($2, $3)
             ORDER BY client_id, resource_id LIMIT $4",
            user,
            after.client,
            after.resource,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// One answer.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Consent>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, user_id, client_id, resource_id, scope, metadata_digest, resource_digest, granted_at,
                    expires_at, by_policy
             FROM consents WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
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

/// Withdraws whatever `user` allowed a client, at every resource; answers how many grants that ended. `Lost` when there
/// is nothing to withdraw (any more).
pub async fn revoke_client(
    store: &Store,
    user: Uuid,
    client: &ClientId,
    trace: &Trace,
) -> Stored<Write<u64>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH withdrawn AS (
                   DELETE FROM consents WHERE user_id = $1 AND client_id = $2 RETURNING resource_id
               ), revoked AS (
                   UPDATE grants SET revoked_at = $3, revoked_reason = $4
                   WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL AND expires_at > $3
                   RETURNING id
               ), counted AS (
                   SELECT (SELECT count(*) FROM withdrawn) AS answers, (SELECT count(*) FROM revoked) AS grants
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id, detail)
                   SELECT $5, $3, $6, $7, $8, $9, $1, $2,
                          jsonb_build_object('grants', c.grants, 'resources',
                                             COALESCE((SELECT jsonb_agg(resource_id) FROM withdrawn), '[]'))
                   FROM counted c WHERE c.answers + c.grants > 0
               )
               SELECT grants AS "n!" FROM counted WHERE answers + grants > 0"#,
            user,
            client.as_str(),
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

/// Up to `limit` answers that are not remembered any more at `now` and that no living grant stands on.
pub async fn expired(store: &Store, now: Time, limit: u32) -> Stored<Vec<Uuid>> {
    tx::read(|| {
        sqlx::query_scalar!(
            "SELECT a.id FROM consents a
             WHERE a.expires_at <= $1
               AND NOT EXISTS (SELECT 1 FROM grants g
                               WHERE g.user_id = a.user_id AND g.client_id = a.client_id
                                 AND g.resource_id = a.resource_id AND g.consent_id = a.id
                                 AND g.revoked_at IS NULL AND g.expires_at > $1)
             ORDER BY a.expires_at LIMIT $2",
            now,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await
}

/// Forgets an answer that is not remembered any more. `Lost` when it was given again, or withdrawn, meanwhile.
pub async fn expire(store: &Store, consent: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM consents WHERE id = $1 AND expires_at <= $2
                   RETURNING user_id, client_id, resource_id, scope, expires_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id, resource_id,
                                       detail)
                   SELECT $3, $2, $4, $5, $6, $7, user_id, client_id, resource_id,
                          jsonb_build_object('scope', scope, 'until', expires_at)
                   FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            consent,
            trace.at,
            trace.event,
            EventKind::ConsentExpired.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
