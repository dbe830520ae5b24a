//! Ending a code: by redemption, by wrong verifiers, or at once.
//!
//! All three update the one row under the same guard (neither redeemed nor burned), so whichever
//! comes second re-reads it and loses. Redemption joins what the code stands on; those rows are
//! not locked, see [`crate::standing`] for why that is enough.

use gatewright_oauth::{ClientId, Digest};
use uuid::Uuid;

use super::MAX_FAILURES;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A code to be turned into its grant.
#[derive(Clone, Copy)]
pub struct Redemption<'a> {
    /// Digest of the code.
    pub digest: &'a Digest,
    /// The authenticated client presenting it.
    pub client: &'a ClientId,
    /// Whether refresh tokens are issued under the grant.
    pub refreshable: bool,
    /// Whether the grant outlives the browser session.
    pub offline: bool,
    /// Fresh random bytes, half of every refresh secret.
    pub salt: &'a [u8],
    /// When the grant ends unless refreshed.
    pub idle_expires_at: Time,
    /// When it ends in any case; earlier where the person set a time.
    pub expires_at: Time,
}

/// Redeems a code and creates its grant, at generation 0. `Lost` when the code was redeemed or
/// burned meanwhile, expired, belongs to another client, or no longer stands on living things.
pub async fn redeem(store: &Store, redemption: &Redemption<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH hit AS (
                   UPDATE codes AS k SET redeemed_at = $3
                   FROM clients c, users u, resources r, consents a, sessions s
                   WHERE k.digest = $1 AND k.client_id = $2 AND k.redeemed_at IS NULL
                     AND k.burned_at IS NULL AND k.expires_at > $3
                     AND c.id = k.client_id AND c.disabled_at IS NULL AND c.era = k.client_era
                     AND u.id = k.user_id AND u.disabled_at IS NULL AND u.era = k.user_era
                     AND r.id = k.resource_id AND r.disabled_at IS NULL
                     AND a.id = k.consent_id AND (a.expires_at IS NULL OR a.expires_at > $3)
                     AND s.id = k.session_id AND s.ended_at IS NULL
                   RETURNING k.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id,
                             k.resource_id, k.client_era, k.user_era, k.scope, k.auth_time, k.amr,
                             a.expires_at AS answer_ends
               ), granted AS (
                   INSERT INTO grants (id, client_id, user_id, session_id, consent_id, resource_id,
                                       client_era, user_era, scope, auth_time, amr, refreshable,
                                       offline, salt, generation, rotated_at, created_at,
                                       idle_expires_at, expires_at, peer, most_expires_at)
                   SELECT grant_id, client_id, user_id, session_id, consent_id, resource_id, client_era,
                          user_era, scope, auth_time, amr, $4, $5, $6, 0, $3, $3,
                          LEAST($7, answer_ends), LEAST($8, answer_ends), $12, $8
                   FROM hit
                   RETURNING id, client_id, user_id, session_id, resource_id, scope
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $9, $3, $10, $11, $12, $13, user_id, client_id, resource_id, id,
                          jsonb_build_object('scope', scope, 'session', session_id)
                   FROM granted
               )
               SELECT count(*) AS "n!" FROM granted"#,
            redemption.digest.as_bytes(),
            redemption.client.as_str(),
            trace.at,
            redemption.refreshable,
            redemption.offline,
            redemption.salt,
            redemption.idle_expires_at,
            redemption.expires_at,
            trace.event,
            EventKind::GrantCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// What a wrong verifier did to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It was counted.
    Counted,
    /// It was one too many: the code is burned.
    Burned,
}

/// Counts a wrong verifier presented by the code's own client. `Lost` when the code was not open
/// any more.
pub async fn fail_verifier(
    store: &Store,
    digest: &Digest,
    client: &ClientId,
    trace: &Trace,
) -> Stored<Write<Failed>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH hit AS (
                   UPDATE codes
                   SET failures = failures + 1,
                       burned_at = CASE WHEN failures + 1 >= $4 THEN $3::TIMESTAMPTZ END
                   WHERE digest = $1 AND client_id = $2 AND redeemed_at IS NULL AND burned_at IS NULL
                   RETURNING grant_id, client_id, user_id, resource_id, failures,
                             burned_at IS NOT NULL AS burned
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $5, $3, CASE WHEN burned THEN $6 ELSE $7 END, $8, $9, $10, user_id, client_id,
                          resource_id, grant_id, jsonb_build_object('failures', failures)
                   FROM hit
               )
               SELECT burned AS "burned!" FROM hit"#,
            digest.as_bytes(),
            client.as_str(),
            trace.at,
            MAX_FAILURES,
            trace.event,
            EventKind::CodeBurned.as_str(),
            EventKind::CodeVerifierFailed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| if row.burned { Failed::Burned } else { Failed::Counted })))
}

/// Makes an open code unusable, whoever presented it. `Lost` when it was not open any more.
pub async fn burn(store: &Store, digest: &Digest, trace: &Trace) -> Stored<Write<Uuid>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH hit AS (
                   UPDATE codes SET burned_at = $2
                   WHERE digest = $1 AND redeemed_at IS NULL AND burned_at IS NULL
                   RETURNING grant_id, client_id, user_id, resource_id, failures
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, user_id, client_id, resource_id, grant_id,
                          jsonb_build_object('failures', failures)
                   FROM hit
               )
               SELECT grant_id AS "grant!" FROM hit"#,
            digest.as_bytes(),
            trace.at,
            trace.event,
            EventKind::CodeBurned.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| row.grant)))
}
