//! What is known about a presented code.

use std::collections::HashMap;

use gatewright_oauth::Digest;

use super::{Code, CodeFacts, CodeState};
use crate::decode::{self, corrupt};
use crate::gather::{self, Gather, Gathering, Shared};
use crate::standing::{Found, Standing};
use crate::users;
use crate::{Store, Stored, count, resources, tx};

/// Reads a presented code with its client, user, resource, session, consent and grant, in one
/// statement. `None` for a code that never was, or was swept.
pub async fn for_redemption(store: &Store, digest: &Digest) -> Stored<Option<CodeFacts>> {
    count::read();
    gather::ask(store, Presented(*digest)).await
}

/// A code that waits to be looked up.
pub(crate) struct Presented(Digest);

impl Shared for Presented {
    type Answer = Option<CodeFacts>;
    type Key = ();

    fn queue(gathering: &Gathering) -> &Gather<Self> {
        &gathering.codes
    }

    fn key(&self) -> Option<()> {
        None
    }

    async fn run(store: &Store, asked: &[Self]) -> Stored<Vec<Option<CodeFacts>>> {
        let found = read(store, asked).await?;
        Ok(asked.iter().map(|code| found.get(code.0.as_bytes().as_slice()).cloned()).collect())
    }
}

async fn read(store: &Store, asked: &[Presented]) -> Stored<HashMap<Vec<u8>, CodeFacts>> {
    let digests: Vec<&[u8]> = asked.iter().map(|code| code.0.as_bytes().as_slice()).collect();
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT k.digest, k.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id, k.resource_id, k.scope,
                      k.redirect_uri, k.code_challenge, k.nonce, k.auth_time, k.amr, k.created_at,
                      k.expires_at, k.failures, k.redeemed_at, k.burned_at,
                      c.disabled_at IS NULL AND c.era = k.client_era AS "client_lives!",
                      u.disabled_at IS NULL AND u.era = k.user_era AS "user_lives!",
                      a.id IS NOT NULL AS "consent_lives!", LEAST(a.expires_at, k.answer_ends) AS answer_ends,
                      s.id IS NOT NULL AND s.ended_at IS NULL AS "session_lives!",
                      g.id IS NOT NULL AND g.revoked_at IS NULL AS "grant_lives!",
                      u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at AS user_created_at,
                      u.disabled_at AS user_disabled_at,
                      r.identifier, r.name, r.scopes, r.access_token_seconds, r.signing_alg, r.is_default,
                      r.verified_clients_only, r.demand,
                      r.disabled_at AS resource_disabled_at
               FROM codes k
               JOIN clients c ON c.id = k.client_id
               JOIN users u ON u.id = k.user_id
               JOIN resources r ON r.id = k.resource_id
               LEFT JOIN consents a ON a.id = k.consent_id
               LEFT JOIN sessions s ON s.id = k.session_id
               LEFT JOIN grants g ON g.id = k.grant_id
               WHERE k.digest = ANY($1)"#,
            &digests as &[&[u8]],
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = |column| corrupt("codes", column, decode::hex(&row.digest));
            let state = match (row.redeemed_at, row.burned_at) {
                (None, None) => CodeState::Open { failures: row.failures },
                (Some(at), None) => CodeState::Redeemed { at, grant_lives: row.grant_lives },
                (None, Some(at)) => CodeState::Burned { at },
                (Some(_), Some(_)) => return Err(wrong("burned_at")),
            };
            let challenge = row
                .code_challenge
                .map(|bytes| decode::challenge(&bytes).ok_or_else(|| wrong("code_challenge")))
                .transpose()?;
            let code = Code {
                grant: row.grant_id,
                client: decode::client_id(&row.client_id).ok_or_else(|| wrong("client_id"))?,
                user: row.user_id,
                session: row.session_id,
                consent: row.consent_id,
                resource: row.resource_id,
                scope: decode::scopes(&row.scope).ok_or_else(|| wrong("scope"))?,
                redirect_uri: row.redirect_uri,
                challenge,
                nonce: row.nonce,
                auth_time: row.auth_time,
                amr: row.amr,
                created_at: row.created_at,
                expires_at: row.expires_at,
                answer_ends: row.answer_ends,
                state,
            };
            let standing = Standing::from(Found {
                client: row.client_lives,
                user: row.user_lives,
                resource: row.resource_disabled_at.is_none(),
                consent: row.consent_lives,
                session: row.session_lives,
            });
            let resource = resources::joined!(row)?;
            let user = users::joined!(row);
            Ok((row.digest, CodeFacts { code, standing, resource, user }))
        })
        .collect()
}
