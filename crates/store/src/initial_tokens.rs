//! `initial_access_tokens`: who may register clients where not everybody may (RFC 7591 §3).
//!
//! Uses are counted by the statement that stores the client ([`crate::clients::create`]), so a token for one
//! client makes one, however many requests present it at once.

use gatewright_oauth::{Digest, Profile};
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// An initial access token.
#[derive(Debug, Clone)]
pub struct InitialToken {
    /// Its row.
    pub id: Uuid,
    /// Whom it was made for.
    pub note: String,
    /// The profile of clients registered with it.
    pub profile: Profile,
    /// How many were.
    pub uses: i64,
    /// How many may be.
    pub most_uses: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When it was ended early.
    pub revoked_at: Option<Time>,
}

impl InitialToken {
    /// Whether it is neither revoked nor expired.
    pub fn is_live(&self, now: Time) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

struct Row {
    id: Uuid,
    note: String,
    profile: String,
    uses: i64,
    most_uses: i64,
    created_at: Time,
    expires_at: Time,
    revoked_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<InitialToken> {
        Ok(InitialToken {
            profile: self
                .profile
                .parse()
                .map_err(|_| corrupt("initial_access_tokens", "profile", self.id))?,
            id: self.id,
            note: self.note,
            uses: self.uses,
            most_uses: self.most_uses,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}

/// The token with this digest, whatever its state.
pub async fn find(store: &Store, digest: &Digest) -> Stored<Option<InitialToken>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, note, profile, uses, most_uses, created_at, expires_at, revoked_at
             FROM initial_access_tokens WHERE digest = $1",
            digest.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Every token, oldest first.
pub async fn list(store: &Store) -> Stored<Vec<InitialToken>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, note, profile, uses, most_uses, created_at, expires_at, revoked_at
             FROM initial_access_tokens ORDER BY created_at, id",
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Stores a new token. `Lost` when its id or digest is taken.
pub async fn create(
    store: &Store,
    token: &InitialToken,
    digest: &Digest,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO initial_access_tokens (id, digest, note, profile, uses, most_uses, created_at,
                                                      expires_at)
                   VALUES ($1, $2, $3, $4, 0, $5, $6, $7)
                   ON CONFLICT DO NOTHING
                   RETURNING id, most_uses, profile
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $8, $6, $9, $10, $11, $12,
                          jsonb_build_object('initial_token', id, 'most_uses', most_uses, 'profile', profile)
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            token.id,
            digest.as_bytes(),
            token.note,
            token.profile.as_str(),
            token.most_uses,
            trace.at,
            token.expires_at,
            trace.event,
            EventKind::InitialTokenCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Ends a token. Clients registered with it stay. `Lost` when it is unknown or ended already.
pub async fn revoke(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE initial_access_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
                   RETURNING id, uses
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('initial_token', id, 'uses', uses)
                   FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::InitialTokenRevoked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
