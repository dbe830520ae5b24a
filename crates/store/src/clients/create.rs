//! Storing a registration.

use gatewright_oauth::{Client, Origin, Voucher};
use uuid::Uuid;

use super::by_dedupe;
use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// A client to be stored.
#[derive(Clone, Copy)]
pub struct Enrolment<'a> {
    /// The client.
    pub client: &'a Client,
    /// The initial access token it was registered with; its use is counted by the same statement.
    pub initial_token: Option<Uuid>,
}

impl<'a> From<&'a Client> for Enrolment<'a> {
    fn from(client: &'a Client) -> Self {
        Enrolment { client, initial_token: None }
    }
}

/// What became of a registration.
#[derive(Debug, Clone)]
pub enum Registered {
    /// It was stored.
    New(Client),
    /// An identical one was there, possibly disabled; this is it.
    Existing(Client),
}

/// Stores a registration. `Lost` when the id is taken, or when its initial access token was used up,
/// revoked or expired meanwhile.
pub async fn create<'a>(
    store: &Store,
    new: impl Into<Enrolment<'a>>,
    trace: &Trace,
) -> Stored<Write<Registered>> {
    let Enrolment { client, initial_token } = new.into();
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let (digest, key_digest) = (client.digest(), client.metadata.key_digest());
    let dedupe = client.dedupe_digest();
    // Whoever makes a client of an administrator's needs no second word from one.
    let approved_at = (client.origin != Origin::Administrator && client.voucher == Voucher::Administrator)
        .then_some(client.created_at);
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH invited AS (
                   UPDATE initial_access_tokens SET uses = uses + 1
                   WHERE id = $18 AND uses < most_uses AND revoked_at IS NULL AND expires_at > $13
                   RETURNING id
               ), made AS (
                   INSERT INTO clients (id, origin, profile, metadata, metadata_digest, dedupe_digest,
                                        secret_digest, default_resource_id, resource_server_id, era,
                                        created_at, disabled_at, registration_digest, initial_token_id,
                                        source, approved_at, key_digest, fetched_at, fresh_until, consent)
                   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $19, $18, $16, $20, $21, $22, $23, $24
                   WHERE $18::UUID IS NULL OR EXISTS (SELECT 1 FROM invited)
                   ON CONFLICT DO NOTHING
                   RETURNING id, origin
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $12, $13, $14, $15, $16, $17, id,
                          jsonb_build_object('origin', origin, 'initial_token', $18::UUID)
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            client.id.as_str(),
            client.origin.as_str(),
            client.profile.as_str(),
            metadata,
            digest.as_bytes(),
            dedupe.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.secret.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.default_resource,
            client.speaks_for,
            client.created_at,
            client.disabled_at,
            trace.event,
            trace.at,
            EventKind::ClientCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            initial_token,
            client.registration_token.as_ref().map(|digest| digest.as_bytes().as_slice()),
            approved_at,
            key_digest.as_bytes(),
            client.document.map(|document| document.fetched_at),
            client.document.and_then(|document| document.fresh_until),
            client.consent.stored(),
        )
        .fetch_one(store.pool())
    })
    .await?;
    if rows > 0 {
        return Ok(Write::Applied(Registered::New(client.clone())));
    }
    let Some(dedupe) = dedupe else { return Ok(Write::Lost) };
    Ok(Write::from_option(by_dedupe(store, &dedupe).await?.map(Registered::Existing)))
}
