//! Sessions as an operator sees them.

use uuid::Uuid;

use super::Session;
use crate::looking::{LOOKED_AT, Looked};
use crate::{Store, Stored, Time, tx};

/// A session, whatever became of it, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: Uuid,
    /// When it was ended before its time.
    pub ended_at: Option<Time>,
    /// Whether its user is enabled and has the password it was opened with.
    pub user_stands: bool,
}

impl Listed {
    /// Whether somebody is signed in by it at `now`.
    pub fn lives(&self, now: Time) -> bool {
        let Session { idle_expires_at, expires_at, .. } = self.session;
        self.ended_at.is_none() && self.user_stands && idle_expires_at > now && expires_at > now
    }
}

/// Which sessions of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that live at this time.
    Live(Time),
    /// Those that ended, too, until they are swept.
    All,
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    auth_time: Time,
    amr: String,
    created_at: Time,
    idle_expires_at: Time,
    expires_at: Time,
    device: Option<String>,
    peer: Option<String>,
    seen_at: Option<Time>,
    ended_at: Option<Time>,
    user_stands: bool,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Listed {
        Listed {
            session: Session {
                id: row.id,
                auth_time: row.auth_time,
                amr: row.amr,
                created_at: row.created_at,
                idle_expires_at: row.idle_expires_at,
                expires_at: row.expires_at,
                device: row.device,
                peer: row.peer,
                seen_at: row.seen_at,
            },
            user: row.user_id,
            ended_at: row.ended_at,
            user_stands: row.user_stands,
        }
    }
}

/// One session, whatever became of it.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Listed>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            r#"SELECT s.id, s.user_id, s.auth_time, s.amr, s.created_at, s.idle_expires_at, s.expires_at,
                      s.device, s.peer, s.seen_at, s.ended_at, u.disabled_at IS NULL AND u.era = s.user_era AS "user_stands!"
               FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1"#,
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(row.map(Listed::from))
}

/// Up to `limit` sessions of a person with an id before `before` ([`Uuid::max`] for the first), latest first.
pub async fn of_user(
    store: &Store,
    (user, which): (Uuid, Which),
    before: Uuid,
    limit: u32,
) -> Stored<Vec<Listed>> {
    let live_at = match which {
        Which::Live(now) => Some(now),
        Which::All => None,
    };
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            r#"SELECT s.id, s.user_id, s.auth_time, s.amr, s.created_at, s.idle_expires_at, s.expires_at,
                      s.device, s.peer, s.seen_at, s.ended_at, u.disabled_at IS NULL AND u.era = s.user_era AS "user_stands!"
               FROM sessions s JOIN users u ON u.id = s.user_id
               WHERE s.user_id = $1 AND s.id < $2
                 AND ($4::TIMESTAMPTZ IS NULL
                      OR (s.ended_at IS NULL AND s.idle_expires_at > $4 AND s.expires_at > $4
                          AND u.disabled_at IS NULL AND u.era = s.user_era))
               ORDER BY s.id DESC LIMIT $3"#,
            user,
            before,
            i64::from(limit),
            live_at,
        )
        .fetch_all(store.pool())
    })
    .await?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

/// Up to `limit` sessions of anybody that live at `now`, with an id before `before`, latest first. Looks at some
/// thousand rows and says how far it got.
pub async fn live(store: &Store, before: Uuid, (limit, now): (u32, Time)) -> Stored<Looked<Listed, Uuid>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            r#"SELECT s.id, s.user_id, s.auth_time, s.amr, s.created_at, s.idle_expires_at, s.expires_at,
                      s.device, s.peer, s.seen_at, s.ended_at, true AS "user_stands!"
               FROM (SELECT * FROM sessions WHERE id < $1 ORDER BY id DESC LIMIT $3) AS s
               JOIN users u ON u.id = s.user_id
               WHERE s.ended_at IS NULL AND s.idle_expires_at > $4 AND s.expires_at > $4
                 AND u.disabled_at IS NULL AND u.era = s.user_era
               ORDER BY s.id DESC LIMIT $2"#,
            before,
            i64::from(limit),
            LOOKED_AT,
            now,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let found: Vec<Listed> = rows.into_iter().map(Listed::from).collect();
    let end = tx::read(|| {
        sqlx::query_scalar!(
            "SELECT id FROM sessions WHERE id < $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
            before,
            LOOKED_AT - 1,
        )
        .fetch_optional(store.pool())
    });
    Looked::so_far(found, limit, (|last: &Listed| last.session.id, end)).await
}
