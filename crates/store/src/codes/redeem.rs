//! Ending a code: by redemption, by wrong verifiers, or at once.
//!
//! All three update the one row under the same guard (neither redeemed nor burned), so whichever
//! comes second re-reads it and loses. Redemption joins what the code stands on; those rows are
//! not locked, see [`crate::standing`] for why that is enough.

use gatewright_oauth::{ClientId, Digest};
use uuid::Uuid;

use super::MAX_FAILURES;
use crate::gather::{self, Gather, Gathering, Shared, Traces};
use crate::{EventKind, Store, Stored, Time, Trace, Write, count, tx};

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
    count::write();
    let asked = Redeemed {
        digest: *redemption.digest,
        client: redemption.client.clone(),
        refreshable: redemption.refreshable,
        offline: redemption.offline,
        salt: redemption.salt.to_vec(),
        idle_expires_at: redemption.idle_expires_at,
        expires_at: redemption.expires_at,
        trace: trace.clone(),
    };
    gather::ask(store, asked).await
}

/// A [`Redemption`] that waits for the statement.
pub(crate) struct Redeemed {
    digest: Digest,
    client: ClientId,
    refreshable: bool,
    offline: bool,
    salt: Vec<u8>,
    idle_expires_at: Time,
    expires_at: Time,
    trace: Trace,
}

impl Shared for Redeemed {
    type Answer = Write<()>;
    type Key = [u8; 32];

    fn queue(gathering: &Gathering) -> &Gather<Self> {
        &gathering.redemptions
    }

    fn key(&self) -> Option<[u8; 32]> {
        Some(*self.digest.as_bytes())
    }

    /// Several may present the same code: a row is updated once, for one of them, whose event's id comes back.
    async fn run(store: &Store, asked: &[Self]) -> Stored<Vec<Write<()>>> {
        let traces = Traces::of(asked.iter().map(|one| &one.trace));
        let digests: Vec<&[u8]> = asked.iter().map(|one| one.digest.as_bytes().as_slice()).collect();
        let clients: Vec<&str> = asked.iter().map(|one| one.client.as_str()).collect();
        let refreshable: Vec<bool> = asked.iter().map(|one| one.refreshable).collect();
        let offline: Vec<bool> = asked.iter().map(|one| one.offline).collect();
        let salts: Vec<&[u8]> = asked.iter().map(|one| one.salt.as_slice()).collect();
        let idle: Vec<Time> = asked.iter().map(|one| one.idle_expires_at).collect();
        let ends: Vec<Time> = asked.iter().map(|one| one.expires_at).collect();
        let redeemed = tx::write(|| {
            sqlx::query_scalar!(
                r#"WITH hit AS (
                       UPDATE codes AS k SET redeemed_at = q.at
                       FROM UNNEST($1::BYTEA[], $2::TEXT[], $3::TIMESTAMPTZ[], $4::BOOLEAN[], $5::BOOLEAN[],
                                   $6::BYTEA[], $7::TIMESTAMPTZ[], $8::TIMESTAMPTZ[], $9::UUID[], $10::UUID[],
                                   $11::TEXT[], $12::TEXT[])
                            AS q (digest, client_id, at, refreshable, offline, salt, idle_expires_at, expires_at,
                                  event, request_id, peer, actor),
                            clients c, users u, resources r, consents a, sessions s
                       WHERE k.digest = q.digest AND k.client_id = q.client_id AND k.redeemed_at IS NULL
                         AND k.burned_at IS NULL AND k.expires_at > q.at
                         AND c.id = k.client_id AND c.disabled_at IS NULL AND c.era = k.client_era
                         AND u.id = k.user_id AND u.disabled_at IS NULL AND u.era = k.user_era
                         AND r.id = k.resource_id AND r.disabled_at IS NULL
                         AND a.id = k.consent_id AND (a.expires_at IS NULL OR a.expires_at > q.at)
                         AND (k.answer_ends IS NULL OR k.answer_ends > q.at)
                         AND s.id = k.session_id AND s.ended_at IS NULL
                       RETURNING k.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id,
                                 k.resource_id, k.client_era, k.user_era, k.scope, k.auth_time, k.amr,
                                 q.at, q.refreshable, q.offline, q.salt, q.event, q.request_id, q.peer, q.actor,
                                 LEAST(q.idle_expires_at, a.expires_at, k.answer_ends) AS idle_expires_at,
                                 LEAST(q.expires_at, a.expires_at, k.answer_ends) AS expires_at,
                                 q.expires_at AS most_expires_at
                   ), granted AS (
                       INSERT INTO grants (id, client_id, user_id, session_id, consent_id, resource_id,
                                           client_era, user_era, scope, auth_time, amr, refreshable,
                                           offline, salt, generation, rotated_at, created_at,
                                           idle_expires_at, expires_at, peer, most_expires_at)
                       SELECT grant_id, client_id, user_id, session_id, consent_id, resource_id, client_era,
                              user_era, scope, auth_time, amr, refreshable, offline, salt, 0, at, at,
                              idle_expires_at, expires_at, peer, most_expires_at
                       FROM hit
                   )
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT event, at, $13, request_id, peer, actor, user_id, client_id, resource_id, grant_id,
                          jsonb_build_object('scope', scope, 'session', session_id)
                   FROM hit
                   RETURNING id"#,
                &digests as &[&[u8]],
                &clients as &[&str],
                &traces.times,
                &refreshable,
                &offline,
                &salts as &[&[u8]],
                &idle,
                &ends,
                &traces.events,
                &traces.requests,
                &traces.peers as &[&str],
                &traces.actors as &[&str],
                EventKind::GrantCreated.as_str(),
            )
            .fetch_all(store.pool())
        })
        .await?;
        Ok(asked.iter().map(|one| gather::outcome(&one.trace, &redeemed)).collect())
    }
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
