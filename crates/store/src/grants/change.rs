//! Rotating and revoking: both update the grant's own row, which decides their order.

use gatewright_oauth::ClientId;
use uuid::Uuid;

use super::Reason;
use crate::gather::{self, Gather, Gathering, Shared, Traces};
use crate::{EventKind, Store, Stored, Time, Trace, Write, count, tx};

/// A grant to be moved to its next generation.
#[derive(Clone, Copy)]
pub struct Rotation<'a> {
    /// The grant.
    pub grant: Uuid,
    /// The authenticated client presenting the refresh token.
    pub client: &'a ClientId,
    /// The generation that was presented and judged to be current.
    pub generation: u64,
    /// When the grant now ends unless refreshed again; never later than its absolute end.
    pub idle_expires_at: Time,
}

/// Moves a grant to its next generation. `Lost` when another refresh was faster (read again: the
/// presented token may now be the previous one, inside its grace), or when the grant was revoked,
/// expired, belongs to another client or no longer stands on living things.
pub async fn rotate(store: &Store, rotation: &Rotation<'_>, trace: &Trace) -> Stored<Write<()>> {
    // No grant was ever rotated more often than this.
    let Ok(generation) = i64::try_from(rotation.generation) else { return Ok(Write::Lost) };
    count::write();
    let asked = Rotated {
        grant: rotation.grant,
        client: rotation.client.clone(),
        generation,
        idle_expires_at: rotation.idle_expires_at,
        trace: trace.clone(),
    };
    gather::ask(store, asked).await
}

/// A [`Rotation`] that waits for the statement.
pub(crate) struct Rotated {
    grant: Uuid,
    client: ClientId,
    generation: i64,
    idle_expires_at: Time,
    trace: Trace,
}

impl Shared for Rotated {
    type Answer = Write<()>;
    type Key = Uuid;

    fn queue(gathering: &Gathering) -> &Gather<Self> {
        &gathering.rotations
    }

    fn key(&self) -> Option<Uuid> {
        Some(self.grant)
    }

    /// Several may present the same token: a row is updated once, for one of them, whose event's id comes back.
    async fn run(store: &Store, asked: &[Self]) -> Stored<Vec<Write<()>>> {
        let traces = Traces::of(asked.iter().map(|one| &one.trace));
        let grants: Vec<Uuid> = asked.iter().map(|one| one.grant).collect();
        let clients: Vec<&str> = asked.iter().map(|one| one.client.as_str()).collect();
        let generations: Vec<i64> = asked.iter().map(|one| one.generation).collect();
        let idle: Vec<Time> = asked.iter().map(|one| one.idle_expires_at).collect();
        let rotated = tx::write(|| {
            sqlx::query_scalar!(
                r#"WITH rotated AS (
                       UPDATE grants AS g
                       SET generation = g.generation + 1, rotated_at = q.at, peer = q.peer,
                           idle_expires_at = LEAST(g.expires_at, q.idle_expires_at)
                       FROM UNNEST($1::UUID[], $2::TEXT[], $3::BIGINT[], $4::TIMESTAMPTZ[], $5::TIMESTAMPTZ[],
                                   $6::UUID[], $7::UUID[], $8::TEXT[], $9::TEXT[])
                            AS q (grant_id, client_id, generation, at, idle_expires_at, event, request_id, peer, actor),
                            clients c, users u, resources r, consents a, sessions s
                       WHERE g.id = q.grant_id AND g.client_id = q.client_id AND g.generation = q.generation
                         AND g.refreshable
                         AND g.revoked_at IS NULL AND g.idle_expires_at > q.at AND g.expires_at > q.at
                         AND c.id = g.client_id AND c.disabled_at IS NULL AND c.era = g.client_era
                         AND u.id = g.user_id AND u.disabled_at IS NULL AND u.era = g.user_era
                         AND r.id = g.resource_id AND r.disabled_at IS NULL
                         AND a.id = g.consent_id
                         AND s.id = g.session_id AND (g.offline OR s.ended_at IS NULL)
                       RETURNING g.id, g.client_id, g.user_id, g.resource_id, g.generation,
                                 q.at, q.event, q.request_id, q.peer, q.actor
                   )
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT event, at, $10, request_id, peer, actor, user_id, client_id, resource_id, id,
                          jsonb_build_object('generation', generation)
                   FROM rotated
                   RETURNING id"#,
                &grants,
                &clients as &[&str],
                &generations,
                &traces.times,
                &idle,
                &traces.events,
                &traces.requests,
                &traces.peers as &[&str],
                &traces.actors as &[&str],
                EventKind::GrantRefreshed.as_str(),
            )
            .fetch_all(store.pool())
        })
        .await?;
        Ok(asked.iter().map(|one| gather::outcome(&one.trace, &rotated)).collect())
    }
}

/// A grant to be revoked.
#[derive(Clone, Copy)]
pub struct Revocation<'a> {
    /// The grant.
    pub grant: Uuid,
    /// Why.
    pub reason: Reason,
    /// Only if it belongs to this client (RFC 7009 §2.1); `None` where another rule decided.
    pub client: Option<&'a ClientId>,
    /// Only if it is of this person; `None` where another rule decided.
    pub user: Option<Uuid>,
}

/// Revokes a grant and with it every token issued under it. `Lost` when it is unknown, another
/// client's or person's, or was revoked before; callers answer all three like success.
pub async fn revoke(store: &Store, revocation: &Revocation<'_>, trace: &Trace) -> Stored<Write<()>> {
    let kind = match revocation.reason {
        Reason::CodeReplayed => EventKind::CodeReplayed,
        Reason::RefreshReuse => EventKind::TokenReuseDetected,
        Reason::Client | Reason::User | Reason::Operator | Reason::SessionEnded | Reason::ConsentRevoked => {
            EventKind::GrantRevoked
        }
    };
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH revoked AS (
                   UPDATE grants SET revoked_at = $4, revoked_reason = $3
                   WHERE id = $1 AND ($2::TEXT IS NULL OR client_id = $2)
                     AND ($10::UUID IS NULL OR user_id = $10) AND revoked_at IS NULL
                   RETURNING id, client_id, user_id, resource_id, generation
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, user_id, client_id, resource_id, id,
                          jsonb_build_object('reason', $3::TEXT, 'generation', generation)
                   FROM revoked
               )
               SELECT count(*) AS "n!" FROM revoked"#,
            revocation.grant,
            revocation.client.map(ClientId::as_str),
            revocation.reason.as_str(),
            trace.at,
            trace.event,
            kind.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            revocation.user,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
