//! `recovery_codes`: what somebody signs in with who lost their other factors. One row for each account holds the
//! digests of the codes that are left; using a code replaces the row by one without it, so of two requests with the
//! same code one loses.

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

const DIGEST: usize = 32;

/// The codes that an account has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    digests: Vec<u8>,
    /// When they were made.
    pub created_at: Time,
}

impl Left {
    /// How many.
    pub fn count(&self) -> usize {
        self.digests.len() / DIGEST
    }

    /// The codes without this one; `None` when it is none of them. Compares with all of them in constant time.
    pub fn without(&self, code: &Digest) -> Option<Vec<u8>> {
        let mut found = false;
        let mut rest = Vec::with_capacity(self.digests.len());
        for bytes in self.digests.chunks_exact(DIGEST) {
            let is_it = Digest::try_from(bytes).is_ok_and(|digest| digest.ct_eq(code));
            found |= is_it;
            if !is_it {
                rest.extend_from_slice(bytes);
            }
        }
        found.then_some(rest)
    }
}

/// What an account has left.
pub async fn of_user(store: &Store, user: Uuid) -> Stored<Option<Left>> {
    let row = tx::read(|| {
        sqlx::query!("SELECT digests, created_at FROM recovery_codes WHERE user_id = $1", user)
            .fetch_optional(store.pool())
    })
    .await?;
    row.map(|row| match row.digests.len() % DIGEST {
        0 => Ok(Left { digests: row.digests, created_at: row.created_at }),
        _ => Err(corrupt("recovery_codes", "digests", user)),
    })
    .transpose()
}

/// Gives an account new codes; those before are dead with that. `Lost` when the account is unknown, disabled, or has no
/// factor that a code could stand in for.
pub async fn replace(store: &Store, user: Uuid, codes: &[Digest], trace: &Trace) -> Stored<Write<()>> {
    let digests: Vec<u8> = codes.iter().flat_map(Digest::as_bytes).copied().collect();
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO recovery_codes (user_id, digests, created_at)
                   SELECT u.id, $2, $3 FROM users u
                   WHERE u.id = $1 AND u.disabled_at IS NULL
                     AND (EXISTS (SELECT 1 FROM totps WHERE user_id = $1)
                       OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1))
                   ON CONFLICT (user_id) DO UPDATE SET digests = EXCLUDED.digests, created_at = EXCLUDED.created_at
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $3, $5, $6, $7, $8, user_id, '{}' FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            user,
            digests,
            trace.at,
            trace.event,
            EventKind::RecoveryCodesCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await;
    match made {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Uses a code up: `rest` is what [`Left::without`] gave. `Lost` when the codes are not those any more.
pub async fn spend(
    store: &Store,
    user: Uuid,
    (was, rest): (&Left, &[u8]),
    trace: &Trace,
) -> Stored<Write<()>> {
    let left = i64::try_from(rest.len() / DIGEST).unwrap_or_default();
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH used AS (
                   UPDATE recovery_codes SET digests = $3 WHERE user_id = $1 AND digests = $2
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $5, $6, $7, $8, $9, user_id,
                          jsonb_build_object('type', 'recovery_code', 'left', $10::BIGINT)
                   FROM used
               )
               SELECT count(*) AS "n!" FROM used"#,
            user,
            was.digests,
            rest,
            trace.event,
            trace.at,
            EventKind::FactorUsed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            left,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}
