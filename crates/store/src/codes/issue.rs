//! Issuing a code.
//!
//! One statement per kind of agreement. Both judge again, at the moment of issuing: the client
//! is enabled and its metadata is what was matched and shown, the user is enabled, the resource
//! is enabled and reads as it was shown, the session is live and in the user's era. Both move
//! the session's idle expiry and mark the client as used. A code that was issued before is not
//! issued again, and then its approval is not remembered again either: a form that is sent once
//! more after the answer was withdrawn brings nothing back.
//!
//! The end of the answer is kept with the code, too: the same person may answer the same client
//! again, for longer, before the code is redeemed, and what is remembered of a client has one end.

use gatewright_oauth::{Challenge, ClientId, Digest, Scopes};
use uuid::Uuid;

use crate::consents::{By, Consent};
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A code to be issued. It takes `auth_time` and `amr` from the session's row.
#[derive(Clone, Copy)]
pub struct IssueCode<'a> {
    /// Digest of the code.
    pub digest: &'a Digest,
    /// Fresh id of the grant it becomes.
    pub grant: Uuid,
    /// The client asking.
    pub client: &'a ClientId,
    /// [`gatewright_oauth::Client::digest`] of the client as it was matched and shown.
    pub client_digest: &'a Digest,
    /// Who approves.
    pub user: Uuid,
    /// In which session.
    pub session: Uuid,
    /// When that session now ends unless used again; never later than its absolute end.
    pub idle_expires_at: Time,
    /// For which resource.
    pub resource: Uuid,
    /// [`gatewright_oauth::Resource::digest`] of the resource as it was shown.
    pub resource_digest: &'a Digest,
    /// What the code is for.
    pub scope: &'a Scopes,
    /// Where it will be sent.
    pub redirect_uri: &'a str,
    /// The PKCE challenge.
    pub challenge: Option<&'a Challenge>,
    /// For the ID token.
    pub nonce: Option<&'a str>,
    /// When it ends.
    pub expires_at: Time,
    /// Why the user agrees.
    pub agreement: Agreement<'a>,
}

/// Why the user agrees.
#[derive(Clone, Copy)]
pub enum Agreement<'a> {
    /// It said so just now; the answer is remembered, over an older one if there is one.
    Approved {
        /// Fresh id, used when nothing is remembered yet.
        consent: Uuid,
        /// Fresh id of the event `consent.granted`.
        event: Uuid,
        /// All that is now remembered: what was approved, and what is kept of an older answer.
        remember: &'a Scopes,
        /// Until when; `None` until it is withdrawn. What comes of it ends then, too.
        until: Option<Time>,
        /// Who said so.
        by: By,
    },
    /// It said so before; the remembered answer must still be the one that was judged, and the
    /// client and resource must still look as they did then.
    Remembered(&'a Consent),
}

/// What is remembered of an answer.
struct Answer<'a> {
    consent: Uuid,
    event: Uuid,
    remember: &'a Scopes,
    until: Option<Time>,
    by: By,
}

/// Issues a code. `Lost` when any of the facts no longer holds: start over from the request.
pub async fn issue(store: &Store, code: &IssueCode<'_>, trace: &Trace) -> Stored<Write<()>> {
    match code.agreement {
        Agreement::Approved { consent, event, remember, until, by } => {
            issue_approved(store, code, Answer { consent, event, remember, until, by }, trace).await
        }
        Agreement::Remembered(consent) => issue_remembered(store, code, consent, trace).await,
    }
}

async fn issue_approved(
    store: &Store,
    code: &IssueCode<'_>,
    answer: Answer<'_>,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH facts AS (
                   SELECT c.id AS client_id, c.era AS client_era, u.id AS user_id, u.era AS user_era,
                          r.id AS resource_id
                   FROM clients c, users u, resources r
                   WHERE c.id = $1 AND c.disabled_at IS NULL AND c.metadata_digest = $2
                     AND u.id = $3 AND u.disabled_at IS NULL
                     AND r.id = $4 AND r.disabled_at IS NULL AND r.digest = $5
                     AND NOT EXISTS (SELECT 1 FROM codes k WHERE k.digest = $11)
               ), touched AS (
                   UPDATE sessions AS s SET idle_expires_at = LEAST(s.expires_at, $7), seen_at = $8
                   FROM facts f
                   WHERE s.id = $6 AND s.user_id = f.user_id AND s.user_era = f.user_era
                     AND s.ended_at IS NULL AND s.idle_expires_at > $8 AND s.expires_at > $8
                   RETURNING s.id, s.auth_time, s.amr
               ), agreed AS (
                   INSERT INTO consents (id, user_id, client_id, resource_id, scope, metadata_digest,
                                         resource_digest, granted_at, expires_at, by_policy)
                   SELECT $9, f.user_id, f.client_id, f.resource_id, $10, $2, $5, $8, $25, $26::TEXT = 'policy'
                   FROM facts f, touched
                   ON CONFLICT (user_id, client_id, resource_id) DO UPDATE
                   SET scope = EXCLUDED.scope, metadata_digest = EXCLUDED.metadata_digest,
                       resource_digest = EXCLUDED.resource_digest, granted_at = EXCLUDED.granted_at,
                       expires_at = EXCLUDED.expires_at, by_policy = EXCLUDED.by_policy
                   RETURNING id
               ), issued AS (
                   INSERT INTO codes (digest, grant_id, client_id, user_id, session_id, consent_id,
                                      resource_id, client_era, user_era, scope, redirect_uri,
                                      code_challenge, nonce, auth_time, amr, created_at, expires_at,
                                      failures, answer_ends)
                   SELECT $11, $12, f.client_id, f.user_id, t.id, a.id, f.resource_id, f.client_era,
                          f.user_era, $13, $14, $15, $16, t.auth_time, t.amr, $8, $17, 0, $25
                   FROM facts f, touched t, agreed a
                   ON CONFLICT (digest) DO NOTHING
                   RETURNING grant_id, client_id, user_id, resource_id, session_id, scope
               ), used AS (
                   UPDATE clients SET first_used_at = $8, swept_at = NULL
                   WHERE id = $1 AND first_used_at IS NULL AND EXISTS (SELECT 1 FROM issued)
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $18::UUID, $8, $19, $20::UUID, $21, $22, i.user_id, i.client_id, i.resource_id, NULL::UUID,
                          jsonb_strip_nulls(jsonb_build_object('scope', $10::TEXT, 'until', $25::TIMESTAMPTZ,
                                                               'by', $26::TEXT))
                   FROM issued i
                   UNION ALL
                   SELECT $23::UUID, $8, $24, $20, $21, $22, i.user_id, i.client_id, i.resource_id, i.grant_id,
                          jsonb_build_object('scope', i.scope, 'session', i.session_id)
                   FROM issued i
               )
               SELECT count(*) AS "n!" FROM issued"#,
            code.client.as_str(),
            code.client_digest.as_bytes(),
            code.user,
            code.resource,
            code.resource_digest.as_bytes(),
            code.session,
            code.idle_expires_at,
            trace.at,
            answer.consent,
            answer.remember.to_string(),
            code.digest.as_bytes(),
            code.grant,
            code.scope.to_string(),
            code.redirect_uri,
            code.challenge.map(|challenge| challenge.as_bytes().as_slice()),
            code.nonce,
            code.expires_at,
            answer.event,
            EventKind::ConsentGranted.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            trace.event,
            EventKind::CodeIssued.as_str(),
            answer.until,
            answer.by.as_str(),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

async fn issue_remembered(
    store: &Store,
    code: &IssueCode<'_>,
    consent: &Consent,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH facts AS (
                   SELECT c.id AS client_id, c.era AS client_era, u.id AS user_id, u.era AS user_era,
                          r.id AS resource_id, a.id AS consent_id, a.expires_at AS answer_ends
                   FROM clients c, users u, resources r, consents a
                   WHERE c.id = $1 AND c.disabled_at IS NULL AND c.metadata_digest = $2
                     AND u.id = $3 AND u.disabled_at IS NULL
                     AND r.id = $4 AND r.disabled_at IS NULL AND r.digest = $5
                     AND a.id = $9 AND a.user_id = u.id AND a.client_id = c.id AND a.resource_id = r.id
                     AND a.scope = $10 AND a.metadata_digest = c.metadata_digest
                     AND a.resource_digest = r.digest AND (a.expires_at IS NULL OR a.expires_at > $8)
               ), touched AS (
                   UPDATE sessions AS s SET idle_expires_at = LEAST(s.expires_at, $7), seen_at = $8
                   FROM facts f
                   WHERE s.id = $6 AND s.user_id = f.user_id AND s.user_era = f.user_era
                     AND s.ended_at IS NULL AND s.idle_expires_at > $8 AND s.expires_at > $8
                   RETURNING s.id, s.auth_time, s.amr
               ), issued AS (
                   INSERT INTO codes (digest, grant_id, client_id, user_id, session_id, consent_id,
                                      resource_id, client_era, user_era, scope, redirect_uri,
                                      code_challenge, nonce, auth_time, amr, created_at, expires_at,
                                      failures, answer_ends)
                   SELECT $11, $12, f.client_id, f.user_id, t.id, f.consent_id, f.resource_id,
                          f.client_era, f.user_era, $13, $14, $15, $16, t.auth_time, t.amr, $8, $17, 0,
                          f.answer_ends
                   FROM facts f, touched t
                   ON CONFLICT (digest) DO NOTHING
                   RETURNING grant_id, client_id, user_id, resource_id, session_id, scope
               ), used AS (
                   UPDATE clients SET first_used_at = $8, swept_at = NULL
                   WHERE id = $1 AND first_used_at IS NULL AND EXISTS (SELECT 1 FROM issued)
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                                       resource_id, grant_id, detail)
                   SELECT $18, $8, $19, $20, $21, $22, i.user_id, i.client_id, i.resource_id, i.grant_id,
                          jsonb_build_object('scope', i.scope, 'session', i.session_id)
                   FROM issued i
               )
               SELECT count(*) AS "n!" FROM issued"#,
            code.client.as_str(),
            code.client_digest.as_bytes(),
            code.user,
            code.resource,
            code.resource_digest.as_bytes(),
            code.session,
            code.idle_expires_at,
            trace.at,
            consent.id,
            consent.scope.to_string(),
            code.digest.as_bytes(),
            code.grant,
            code.scope.to_string(),
            code.redirect_uri,
            code.challenge.map(|challenge| challenge.as_bytes().as_slice()),
            code.nonce,
            code.expires_at,
            trace.event,
            EventKind::CodeIssued.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
