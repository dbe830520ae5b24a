//! Very many live grants, of very many people. The rows are made by PostgreSQL itself, as copies of one grant and of what
//! it stands on.

use sqlx::{Executor as _, PgConnection};
use uuid::Uuid;

use crate::Outcome;
use crate::luck::Luck;
use crate::supplies::{Grant, Supplies, settle};
use crate::world::World;

/// Grants of each person: an agent on each of their devices, over time.
pub const EACH: usize = 10;

const PEOPLE: &str = "INSERT INTO crowd SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid() \
     FROM generate_series(1, $1)";

/// What grants stand on, and they themselves, in order.
const COPIES: [&str; 4] = [
    "INSERT INTO users SELECT made.* FROM grants g JOIN users u ON u.id = g.user_id CROSS JOIN crowd c
     CROSS JOIN LATERAL jsonb_populate_record(u, jsonb_build_object(
         'id', c.user_id, 'username', c.user_id, 'username_key', c.user_id, 'username_skeleton', c.user_id,
         'email', NULL, 'email_key', NULL)) made
     WHERE g.id = $1",
    "INSERT INTO sessions SELECT made.* FROM grants g JOIN sessions s ON s.id = g.session_id CROSS JOIN crowd c
     CROSS JOIN LATERAL jsonb_populate_record(s, jsonb_build_object(
         'id', c.session_id, 'user_id', c.user_id,
         'digest', '\\x' || encode(sha256(convert_to(c.session_id::TEXT, 'UTF8')), 'hex'))) made
     WHERE g.id = $1",
    "INSERT INTO consents SELECT made.* FROM grants g JOIN consents a ON a.id = g.consent_id CROSS JOIN crowd c
     CROSS JOIN LATERAL jsonb_populate_record(a, jsonb_build_object('id', c.consent_id, 'user_id', c.user_id)) made
     WHERE g.id = $1",
    "INSERT INTO grants
     SELECT gen_random_uuid(), g.client_id, c.user_id, c.session_id, c.consent_id, g.resource_id, g.client_era,
            g.user_era, g.scope, g.auth_time, g.amr, g.refreshable, g.offline, g.salt, g.generation,
            g.rotated_at, g.created_at, g.idle_expires_at, g.expires_at, g.revoked_at, g.revoked_reason, g.peer,
            g.most_expires_at
     FROM grants g CROSS JOIN generate_series(1, $2) CROSS JOIN crowd c WHERE g.id = $1",
];

/// How much the grants take.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Their rows.
    pub table: u64,
    /// With their indexes.
    pub total: u64,
}

/// Grants of as many people, each person with a session and an answer of their own, in tables that hold no other
/// grants. In no order.
pub async fn gather(
    world: &World,
    people: usize,
    (supplies, luck): (&mut Supplies, &mut Luck),
) -> Outcome<Vec<Grant>> {
    let mut connection = world.superuser().await?;
    connection.execute("TRUNCATE codes, grants, events").await?;
    let (template, salt) = supplies.grant(world).await?;
    // Nobody asks what became of these rows when the machine fails.
    connection.execute("SET synchronous_commit = off").await?;
    connection
        .execute("CREATE TEMPORARY TABLE crowd (user_id UUID, session_id UUID, consent_id UUID)")
        .await?;
    sqlx::query(PEOPLE).bind(i32::try_from(people)?).execute(&mut connection).await?;
    for copies in COPIES {
        let mut copy = sqlx::query(copies).bind(template);
        if copies.contains("$2") {
            copy = copy.bind(i32::try_from(EACH)?);
        }
        copy.execute(&mut connection).await?;
    }
    let mut made = grants(&mut connection, template, salt).await?;
    settle(&mut connection).await?;
    for last in (1..made.len()).rev() {
        made.swap(last, luck.below(last + 1));
    }
    Ok(made)
}

async fn grants(connection: &mut PgConnection, template: Uuid, salt: [u8; 32]) -> Outcome<Vec<Grant>> {
    let ids = sqlx::query_scalar::<_, Uuid>("SELECT id FROM grants WHERE id <> $1").bind(template);
    Ok(ids.fetch_all(connection).await?.into_iter().map(|id| Grant { id, salt }).collect())
}

/// How much the grants take now.
pub async fn size(world: &World) -> Outcome<Size> {
    let mut connection = world.superuser().await?;
    let (table, total): (i64, i64) =
        sqlx::query_as("SELECT pg_table_size('grants'), pg_total_relation_size('grants')")
            .fetch_one(&mut connection)
            .await?;
    Ok(Size { table: u64::try_from(table)?, total: u64::try_from(total)? })
}
