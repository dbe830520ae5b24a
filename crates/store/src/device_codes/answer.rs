//! What a person does about a request: claims it, then answers it, once.

use gatewright_oauth::{Digest, Scopes};
use uuid::Uuid;

use crate::consents::By;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// Makes a waiting request that of the first person who typed its code. `Lost` when somebody else was first, or it is
/// answered or over.
pub async fn claim(store: &Store, id: Uuid, user: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH hit AS (
                   UPDATE device_codes SET user_id = $2
                   WHERE id = $1 AND user_id IS NULL AND approved_at IS NULL AND denied_at IS NULL
                     AND expires_at > $3
                   RETURNING id, client_id, resource_id, user_id, scope, peer, created_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $4, $3, $5, $6, $7, $8, user_id, client_id, resource_id, id,
                          jsonb_build_object('scope', scope, 'asked_from', peer, 'asked_at', created_at)
                   FROM hit
               )
               SELECT count(*) AS "n!" FROM hit"#,
            id,
            user,
            trace.at,
            trace.event,
            EventKind::DeviceClaimed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Somebody says yes to a request. It takes `auth_time` and `amr` from the session's row.
#[derive(Clone, Copy)]
pub struct Approval<'a> {
    /// The request.
    pub id: Uuid,
    /// Who says so.
    pub user: Uuid,
    /// In which session.
    pub session: Uuid,
    /// When that session now ends unless used again; never later than its absolute end.
    pub idle_expires_at: Time,
    /// [`gatewright_oauth::Client::digest`] of the client as it was shown.
    pub client_digest: &'a Digest,
    /// [`gatewright_oauth::Resource::digest`] of the resource as it was shown.
    pub resource_digest: &'a Digest,
    /// What the device gets.
    pub scope: &'a Scopes,
    /// Fresh id, used when nothing is remembered yet.
    pub consent: Uuid,
    /// Fresh id of the event `consent.granted`.
    pub event: Uuid,
    /// All that is now remembered.
    pub remember: &'a Scopes,
    /// Until when; `None` until it is withdrawn. What comes of it ends then, too.
    pub until: Option<Time>,
}

/// Approves a request. `Lost` when any of the facts no longer holds, or it was answered: look again.
///
/// The request's row is locked first, so that an answer that comes second remembers nothing either. The end is kept with
/// the request, too: the same person may allow another device of the same client at the same moment, for longer, and
/// what is remembered of the client has one end.
pub async fn approve(store: &Store, approval: &Approval<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH waiting AS (
                   SELECT id, client_id, resource_id FROM device_codes
                   WHERE id = $1 AND user_id = $2 AND approved_at IS NULL AND denied_at IS NULL
                     AND expires_at > $3
                   FOR UPDATE
               ), facts AS (
                   SELECT w.id AS device_id, c.id AS client_id, c.era AS client_era, u.id AS user_id,
                          u.era AS user_era, r.id AS resource_id
                   FROM waiting w, clients c, users u, resources r
                   WHERE c.id = w.client_id AND c.disabled_at IS NULL AND c.metadata_digest = $4
                     AND u.id = $2 AND u.disabled_at IS NULL
                     AND r.id = w.resource_id AND r.disabled_at IS NULL AND r.digest = $5
               ), touched AS (
                   UPDATE sessions AS s SET idle_expires_at = LEAST(s.expires_at, $7), seen_at = $3
                   FROM facts f
                   WHERE s.id = $6 AND s.user_id = f.user_id AND s.user_era = f.user_era
                     AND s.ended_at IS NULL AND s.idle_expires_at > $3 AND s.expires_at > $3
                   RETURNING s.id, s.auth_time, s.amr
               ), agreed AS (
                   INSERT INTO consents (id, user_id, client_id, resource_id, scope, metadata_digest,
                                         resource_digest, granted_at, expires_at)
                   SELECT $8, f.user_id, f.client_id, f.resource_id, $9, $4, $5, $3, $18 FROM facts f, touched
                   ON CONFLICT (user_id, client_id, resource_id) DO UPDATE
                   SET scope = EXCLUDED.scope, metadata_digest = EXCLUDED.metadata_digest,
                       resource_digest = EXCLUDED.resource_digest, granted_at = EXCLUDED.granted_at,
                       expires_at = EXCLUDED.expires_at,
                       by_policy = NULL
                   RETURNING id
               ), approved AS (
                   UPDATE device_codes AS d
                   SET approved_at = $3, scope = $10, session_id = t.id, consent_id = a.id,
                       client_era = f.client_era, user_era = f.user_era, auth_time = t.auth_time, amr = t.amr,
                       answer_ends = $18
                   FROM facts f, touched t, agreed a
                   WHERE d.id = f.device_id AND d.approved_at IS NULL AND d.denied_at IS NULL
                   RETURNING d.id, d.client_id, d.user_id, d.resource_id, d.session_id, d.scope, d.peer,
                             d.created_at
               ), used AS (
                   UPDATE clients SET first_used_at = $3, swept_at = NULL
                   WHERE id = (SELECT client_id FROM approved) AND first_used_at IS NULL
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $11::UUID, $3, $12, $13::UUID, $14, $15, a.user_id, a.client_id, a.resource_id,
                          NULL::UUID, jsonb_strip_nulls(jsonb_build_object('scope', $9::TEXT, 'until', $18::TIMESTAMPTZ,
                                                                           'by', $19::TEXT))
                   FROM approved a
                   UNION ALL
                   SELECT $16::UUID, $3, $17, $13, $14, $15, a.user_id, a.client_id, a.resource_id, a.id,
                          jsonb_build_object('scope', a.scope, 'session', a.session_id,
                                             'asked_from', a.peer, 'asked_at', a.created_at)
                   FROM approved a
               )
               SELECT count(*) AS "n!" FROM approved"#,
            approval.id,
            approval.user,
            trace.at,
            approval.client_digest.as_bytes(),
            approval.resource_digest.as_bytes(),
            approval.session,
            approval.idle_expires_at,
            approval.consent,
            approval.remember.to_string(),
            approval.scope.to_string(),
            approval.event,
            EventKind::ConsentGranted.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            trace.event,
            EventKind::DeviceApproved.as_str(),
            approval.until,
            By::Person.as_str(),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Denies a request of this person. `Lost` when it was answered before, or is over.
pub async fn deny(store: &Store, id: Uuid, user: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH hit AS (
                   UPDATE device_codes SET denied_at = $3
                   WHERE id = $1 AND user_id = $2 AND approved_at IS NULL AND denied_at IS NULL
                     AND expires_at > $3
                   RETURNING id, client_id, user_id, resource_id, scope, peer, created_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $4, $3, $5, $6, $7, $8, user_id, client_id, resource_id, id,
                          jsonb_build_object('scope', scope, 'asked_from', peer, 'asked_at', created_at)
                   FROM hit
               )
               SELECT count(*) AS "n!" FROM hit"#,
            id,
            user,
            trace.at,
            trace.event,
            EventKind::DeviceDenied.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
