//! Grants as an operator looks for them.

use gatewright_oauth::ClientId;
use uuid::Uuid;

use super::{Grant, Row};
use crate::{Store, Stored, Time, tx};

/// Which grants: of whom, to whom, for what. At least one of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this person.
    pub user: Option<Uuid>,
    /// To this client.
    pub client: Option<ClientId>,
    /// For this resource.
    pub resource: Option<Uuid>,
    /// Only those that are neither revoked nor expired at this time; what they stand on is another question.
    pub live_at: Option<Time>,
}

/// One grant, revoked and expired ones included until they are swept.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Grant>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, user_id, session_id, consent_id, resource_id, scope, auth_time, amr,
                    refreshable, offline, salt, generation, rotated_at, created_at, idle_expires_at,
                    expires_at, revoked_at, revoked_reason, peer, most_expires_at
             FROM grants WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Up to `limit` grants with an id after `after` (nil for the first), by id. Revoked and expired ones are included
/// until they are swept, unless the filter says otherwise. Without any of the three there are none.
pub async fn list(store: &Store, filter: &Filter, after: Uuid, limit: u32) -> Stored<Vec<Grant>> {
    match (filter.user, &filter.client, filter.resource) {
        (Some(user), _, _) => of_user(store, (user, filter), after, limit).await,
        (None, Some(client), _) => of_client(store, (client, filter), after, limit).await,
        (None, None, Some(resource)) => of_resource(store, (resource, filter), after, limit).await,
        (None, None, None) => Ok(Vec::new()),
    }
}

/// Up to `limit` grants of a person that live at `now` with all they stand on, latest first.
pub async fn living(store: &Store, user: Uuid, (limit, now): (u32, Time)) -> Stored<Vec<Grant>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT g.id, g.client_id, g.user_id, g.session_id, g.consent_id, g.resource_id, g.scope, g.auth_time,
                    g.amr, g.refreshable, g.offline, g.salt, g.generation, g.rotated_at, g.created_at,
                    g.idle_expires_at, g.expires_at, g.revoked_at, g.revoked_reason, g.peer, g.most_expires_at
             FROM grants g
             JOIN clients c ON c.id = g.client_id
             JOIN users u ON u.id = g.user_id
             JOIN consents a ON a.id = g.consent_id
             JOIN sessions s ON s.id = g.session_id
             WHERE g.user_id = $1 AND g.revoked_at IS NULL AND g.idle_expires_at > $2 AND g.expires_at > $2
               AND c.disabled_at IS NULL AND c.era = g.client_era
               AND u.disabled_at IS NULL AND u.era = g.user_era
               AND (g.offline OR s.ended_at IS NULL)
             ORDER BY g.id DESC LIMIT $3",
            user,
            now,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

async fn of_user(
    store: &Store,
    (user, filter): (Uuid, &Filter),
    after: Uuid,
    limit: u32,
) -> Stored<Vec<Grant>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, user_id, session_id, consent_id, resource_id, scope, auth_time, amr,
                    refreshable, offline, salt, generation, rotated_at, created_at, idle_expires_at,
                    expires_at, revoked_at, revoked_reason, peer, most_expires_at
             FROM grants
             WHERE user_id = $3 AND id > $1 AND ($4::TEXT IS NULL OR client_id = $4)
               AND ($5::UUID IS NULL OR resource_id = $5)
               AND ($6::TIMESTAMPTZ IS NULL
                    OR (revoked_at IS NULL AND idle_expires_at > $6 AND expires_at > $6))
             ORDER BY id LIMIT $2",
            after,
            i64::from(limit),
            user,
            filter.client.as_ref().map(ClientId::as_str),
            filter.resource,
            filter.live_at,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

async fn of_client(
    store: &Store,
    (client, filter): (&ClientId, &Filter),
    after: Uuid,
    limit: u32,
) -> Stored<Vec<Grant>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, user_id, session_id, consent_id, resource_id, scope, auth_time, amr,
                    refreshable, offline, salt, generation, rotated_at, created_at, idle_expires_at,
                    expires_at, revoked_at, revoked_reason, peer, most_expires_at
             FROM grants
             WHERE client_id = $3 AND id > $1 AND ($4::UUID IS NULL OR resource_id = $4)
               AND ($5::TIMESTAMPTZ IS NULL
                    OR (revoked_at IS NULL AND idle_expires_at > $5 AND expires_at > $5))
             ORDER BY id LIMIT $2",
            after,
            i64::from(limit),
            client.as_str(),
            filter.resource,
            filter.live_at,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

async fn of_resource(
    store: &Store,
    (resource, filter): (Uuid, &Filter),
    after: Uuid,
    limit: u32,
) -> Stored<Vec<Grant>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, user_id, session_id, consent_id, resource_id, scope, auth_time, amr,
                    refreshable, offline, salt, generation, rotated_at, created_at, idle_expires_at,
                    expires_at, revoked_at, revoked_reason, peer, most_expires_at
             FROM grants
             WHERE resource_id = $3 AND id > $1
               AND ($4::TIMESTAMPTZ IS NULL
                    OR (revoked_at IS NULL AND idle_expires_at > $4 AND expires_at > $4))
             ORDER BY id LIMIT $2",
            after,
            i64::from(limit),
            resource,
            filter.live_at,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}
