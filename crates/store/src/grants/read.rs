//! What is known about the grant of a presented refresh token.

use std::collections::HashMap;

use uuid::Uuid;

use super::{RefreshFacts, Row};
use crate::gather::{self, Gather, Gathering, Shared};
use crate::standing::{Found, Standing};
use crate::users;
use crate::{Store, Stored, count, resources, tx};

/// Reads a grant by the id inside a refresh token, with its client, user, resource, consent and
/// session, in one statement.
pub async fn for_refresh(store: &Store, id: Uuid) -> Stored<Option<RefreshFacts>> {
    count::read();
    gather::ask(store, Sought(id)).await
}

/// A grant that waits to be looked up.
pub(crate) struct Sought(Uuid);

impl Shared for Sought {
    type Answer = Option<RefreshFacts>;
    type Key = ();

    fn queue(gathering: &Gathering) -> &Gather<Self> {
        &gathering.grants
    }

    fn key(&self) -> Option<()> {
        None
    }

    async fn run(store: &Store, asked: &[Self]) -> Stored<Vec<Option<RefreshFacts>>> {
        let found = read(store, asked).await?;
        Ok(asked.iter().map(|grant| found.get(&grant.0).cloned()).collect())
    }
}

async fn read(store: &Store, asked: &[Sought]) -> Stored<HashMap<Uuid, RefreshFacts>> {
    let ids: Vec<Uuid> = asked.iter().map(|grant| grant.0).collect();
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT g.id, g.client_id, g.user_id, g.session_id, g.consent_id, g.resource_id, g.scope,
                      g.auth_time, g.amr, g.refreshable, g.offline, g.salt, g.generation, g.rotated_at,
                      g.created_at, g.idle_expires_at, g.expires_at, g.revoked_at, g.revoked_reason, g.peer,
                      g.most_expires_at,
                      c.disabled_at IS NULL AND c.era = g.client_era AS "client_lives!",
                      u.disabled_at IS NULL AND u.era = g.user_era AS "user_lives!",
                      a.id IS NOT NULL AS "consent_lives!",
                      g.offline OR (s.id IS NOT NULL AND s.ended_at IS NULL) AS "session_lives!",
                      u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at AS user_created_at,
                      u.disabled_at AS user_disabled_at,
                      r.identifier, r.name, r.scopes, r.access_token_seconds, r.signing_alg, r.is_default,
                      r.verified_clients_only, r.demand,
                      r.disabled_at AS resource_disabled_at
               FROM grants g
               JOIN clients c ON c.id = g.client_id
               JOIN users u ON u.id = g.user_id
               JOIN resources r ON r.id = g.resource_id
               LEFT JOIN consents a ON a.id = g.consent_id
               LEFT JOIN sessions s ON s.id = g.session_id
               WHERE g.id = ANY($1)"#,
            &ids,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter()
        .map(|row| {
            let standing = Standing::from(Found {
                client: row.client_lives,
                user: row.user_lives,
                resource: row.resource_disabled_at.is_none(),
                consent: row.consent_lives,
                session: row.session_lives,
            });
            let resource = resources::joined!(row)?;
            let user = users::joined!(row);
            let grant = Row {
                id: row.id,
                client_id: row.client_id,
                user_id: row.user_id,
                session_id: row.session_id,
                consent_id: row.consent_id,
                resource_id: row.resource_id,
                scope: row.scope,
                auth_time: row.auth_time,
                amr: row.amr,
                refreshable: row.refreshable,
                offline: row.offline,
                salt: row.salt,
                generation: row.generation,
                rotated_at: row.rotated_at,
                created_at: row.created_at,
                idle_expires_at: row.idle_expires_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
                revoked_reason: row.revoked_reason,
                peer: row.peer,
                most_expires_at: row.most_expires_at,
            };
            Ok((row.id, RefreshFacts { grant: grant.decode()?, standing, resource, user }))
        })
        .collect()
}
