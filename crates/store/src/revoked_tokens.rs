//! `revoked_tokens`: access tokens that belong to no grant (client credentials) and were revoked,
//! until they expire. Tokens of a grant are revoked with it.

use gatewright_oauth::Digest;

use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A token to be refused from now on.
#[derive(Clone, Copy)]
pub struct RevokedToken<'a> {
    /// Digest of its `jti`.
    pub jti: &'a Digest,
    /// The client it was issued to.
    pub client: &'a str,
    /// When it would have expired; nothing needs remembering after that.
    pub expires_at: Time,
}

/// Revokes a token. `Lost` when it was revoked before, which callers answer like success.
pub async fn insert(store: &Store, token: &RevokedToken<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO revoked_tokens (jti_digest, expires_at) VALUES ($1, $2)
                   ON CONFLICT (jti_digest) DO NOTHING
                   RETURNING expires_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $4, $5, $6, $7, $8, $9, '{}' FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            token.jti.as_bytes(),
            token.expires_at,
            trace.event,
            trace.at,
            EventKind::TokenRevoked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            token.client,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Whether a token was revoked.
pub async fn contains(store: &Store, jti: &Digest) -> Stored<bool> {
    tx::read(|| {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti_digest = $1) AS "found!""#,
            jti.as_bytes(),
        )
        .fetch_one(store.pool())
    })
    .await
}
