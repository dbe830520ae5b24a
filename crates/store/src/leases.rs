//! `leases`: work that one replica does at a time (key rotation, sweeping).
//!
//! A lease is held until the time its holder asked for. Times come from the replicas' clocks, so
//! a lease protects against doing work twice at the same moment to the extent the clocks agree;
//! what must happen once is guarded by its own statement as well. A lease changes nothing a user
//! could notice, so it writes no event.

use uuid::Uuid;

use crate::{Store, Stored, Time, Write, tx};

/// A request for a lease.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// What is leased.
    pub name: &'a str,
    /// The process asking; the same holder may extend its lease.
    pub holder: Uuid,
    /// Until when, unless released earlier.
    pub until: Time,
}

/// Takes or extends a lease. `Lost` while somebody else holds it.
pub async fn acquire(store: &Store, lease: &Lease<'_>, now: Time) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at
             WHERE leases.expires_at <= $4 OR leases.holder = EXCLUDED.holder",
            lease.name,
            lease.holder,
            lease.until,
            now,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// Gives a lease back early. `Lost` when it was somebody else's by then.
pub async fn release(store: &Store, name: &str, holder: Uuid) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!("DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder).execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}
