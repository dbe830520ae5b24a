//! What a device's client does about its request: it asks again and again, and redeems what was approved.

use gatewright_oauth::{ClientId, Digest};
use uuid::Uuid;

use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// Makes a client that polls too fast wait longer, `$by` seconds more up to `most`. `Lost` when another poll did so.
///
/// A client's pace is no change anybody audits: there is no event.
pub async fn slower(store: &Store, id: Uuid, (was, by, most): (i64, i64, i64)) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "UPDATE device_codes SET interval_seconds = LEAST($2 + $3, $4)
             WHERE id = $1 AND interval_seconds = $2 AND interval_seconds < $4",
            id,
            was,
            by,
            most,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(if done.rows_affected() > 0 { Write::Applied(()) } else { Write::Lost })
}

/// An approved request to be turned into its grant.
#[derive(Clone, Copy)]
pub struct Redemption<'a> {
    /// Digest of the device code.
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

/// Redeems a device code and creates its grant, at generation 0. `Lost` when it was redeemed meanwhile, expired, belongs
/// to another client, or no longer stands on living things.
pub async fn redeem(store: &Store, redemption: &Redemption<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH hit AS (
                   UPDATE device_codes AS d SET redeemed_at = $3
                   FROM clients c, users u, resources r, consents a, sessions s
                   WHERE d.digest = $1 AND d.client_id = $2 AND d.redeemed_at IS NULL
                     AND d.approved_at IS NOT NULL AND d.denied_at IS NULL AND d.expires_at > $3
                     AND c.id = d.client_id AND c.disabled_at IS NULL AND c.era = d.client_era
                     AND u.id = d.user_id AND u.disabled_at IS NULL AND u.era = d.user_era
                     AND r.id = d.resource_id AND r.disabled_at IS NULL
                     AND a.id = d.consent_id AND (a.expires_at IS NULL OR a.expires_at > $3)
                     AND (d.answer_ends IS NULL OR d.answer_ends > $3)
                     AND s.id = d.session_id AND s.ended_at IS NULL
                   RETURNING d.id, d.client_id, d.user_id, d.session_id, d.consent_id, d.resource_id,
                             d.client_era, d.user_era, d.scope, d.auth_time, d.amr,
                             LEAST(a.expires_at, d.answer_ends) AS answer_ends
               ), granted AS (
                   INSERT INTO grants (id, client_id, user_id, session_id, consent_id, resource_id,
                                       client_era, user_era, scope, auth_time, amr, refreshable,
                                       offline, salt, generation, rotated_at, created_at,
                                       idle_expires_at, expires_at, peer, most_expires_at)
                   SELECT id, client_id, user_id, session_id, consent_id, resource_id, client_era,
                          user_era, scope, auth_time, amr, $4, $5, $6, 0, $3, $3,
                          LEAST($7, answer_ends), LEAST($8, answer_ends), $12, $8
                   FROM hit
                   RETURNING id, client_id, user_id, session_id, resource_id, scope
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $9, $3, $10, $11, $12, $13, user_id, client_id, resource_id, id,
                          jsonb_build_object('scope', scope, 'session', session_id, 'by', 'device')
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

/// Removes at most `limit` that ended before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM device_codes WHERE id IN (
                 SELECT id FROM device_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}
