//! `mails`: what waits to be sent, and for a day that it was.
//!
//! 1. [`put`] writes a mail in the transaction of the change it is about: there is none without the change, and none is
//!    forgotten. It is sealed, for it may hold a link that opens an account.
//! 2. [`due`] gives those whose time has come to whoever holds the lease; [`record`] says what became of an attempt, once.
//!    What was sent or given up loses its text at once; the row is what [`put`] counts by.
//!
//! A mail changes nothing by itself, so it writes no event: the change it is about does.

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::{Store, Stored, Time, Write, tx};

/// A mail to be sent.
#[derive(Debug, Clone, Copy)]
pub struct NewMail<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// What it is about, in a word.
    pub kind: &'a str,
    /// Whose account it is about.
    pub user: Option<Uuid>,
    /// Of the address in normal form.
    pub recipient: &'a Digest,
    /// Address, subject and text, sealed for this row.
    pub sealed: &'a [u8],
    /// When it is written; also when it is due.
    pub now: Time,
    /// Afterwards it is of no use to anybody.
    pub good_until: Time,
}

/// How many an address is sent.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// Of these kinds, all together.
    pub kinds: &'a [&'a str],
    /// Since this time.
    pub since: Time,
    /// At most.
    pub most: u32,
}

/// A mail that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub kind: String,
    /// Address, subject and text, sealed for this row.
    pub sealed: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created_at: Time,
    /// Afterwards it is of no use.
    pub good_until: Time,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A mail server has it, or it is of no use any more.
    Ended,
    /// It is tried again at this time.
    Again(Time),
}

/// Step 1. `Lost` when the address was sent as many as it may be. Two at the same moment may both be the last one.
pub async fn put(store: &Store, new: &NewMail<'_>, bound: Bound<'_>) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "INSERT INTO mails (id, kind, user_id, recipient, sealed, attempts, created_at, due_at, good_until)
             SELECT $1, $2::TEXT, $3, $4::BYTEA, $5, 0, $6::TIMESTAMPTZ, $6::TIMESTAMPTZ, $7
             WHERE (SELECT count(*) FROM mails
                    WHERE recipient = $4::BYTEA AND created_at > $8 AND kind = ANY($9)) < $10",
            new.id,
            new.kind,
            new.user,
            new.recipient.as_bytes(),
            new.sealed,
            new.now,
            new.good_until,
            bound.since,
            bound.kinds as &[&str],
            i64::from(bound.most),
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// Step 2: up to `limit` whose time has come, the longest waiting first.
pub async fn due(store: &Store, now: Time, limit: u32) -> Stored<Vec<Waiting>> {
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT id, kind, sealed AS "sealed!", attempts, created_at, good_until FROM mails
               WHERE due_at <= $1 AND sealed IS NOT NULL ORDER BY due_at LIMIT $2"#,
            now,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    let waiting = rows.into_iter().map(|row| Waiting {
        id: row.id,
        kind: row.kind,
        sealed: row.sealed,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        created_at: row.created_at,
        good_until: row.good_until,
    });
    Ok(waiting.collect())
}

/// Step 2. `Lost` when somebody else recorded this attempt, or the account it is about is gone.
pub async fn record(store: &Store, id: Uuid, before: u32, fate: Fate) -> Stored<Write<()>> {
    let due = match fate {
        Fate::Ended => None,
        Fate::Again(at) => Some(at),
    };
    let done = tx::write(|| {
        sqlx::query!(
            "UPDATE mails SET attempts = attempts + 1, due_at = $3::TIMESTAMPTZ,
                              sealed = CASE WHEN $3::TIMESTAMPTZ IS NULL THEN NULL ELSE sealed END
             WHERE id = $1 AND attempts = $2 AND due_at IS NOT NULL",
            id,
            i64::from(before),
            due,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// The newest `limit` that wait, for the page that shows them in development.
pub async fn newest(store: &Store, limit: u32) -> Stored<Vec<Waiting>> {
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT id, kind, sealed AS "sealed!", attempts, created_at, good_until FROM mails
               WHERE created_at > $1 AND sealed IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $2"#,
            Time::UNIX_EPOCH,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    let waiting = rows.into_iter().map(|row| Waiting {
        id: row.id,
        kind: row.kind,
        sealed: row.sealed,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        created_at: row.created_at,
        good_until: row.good_until,
    });
    Ok(waiting.collect())
}

/// Removes at most `limit` that were written before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM mails WHERE id IN (
                 SELECT id FROM mails WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}
