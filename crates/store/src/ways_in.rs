//! What opens an account by itself, across its tables: a password, an identity at another provider, a passkey.
//!
//! Nobody takes their last one away. [`crate::identities::unlink`] and [`crate::passkeys::remove`] count the others in their
//! `WHERE`, in a transaction that [holds](crate::users::hold) the account: what is taken away at the same moment is not
//! counted any more.

use uuid::Uuid;

use crate::{Store, Stored, tx};

/// The ways into an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaysIn {
    /// Whether there is a password.
    pub password: bool,
    /// How many identities at other providers there are.
    pub identities: u64,
    /// How many passkeys there are.
    pub passkeys: u64,
}

impl WaysIn {
    /// How many they are together.
    pub fn count(self) -> u64 {
        u64::from(self.password) + self.identities + self.passkeys
    }
}

/// The ways into an account.
pub async fn of_user(store: &Store, user: Uuid) -> Stored<WaysIn> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT EXISTS (SELECT 1 FROM credentials WHERE user_id = $1) AS "password!",
                      (SELECT count(*) FROM identities WHERE user_id = $1) AS "identities!",
                      (SELECT count(*) FROM passkeys WHERE user_id = $1) AS "passkeys!""#,
            user,
        )
        .fetch_one(store.pool())
    })
    .await?;
    let number = |count| u64::try_from(count).unwrap_or_default();
    Ok(WaysIn { password: row.password, identities: number(row.identities), passkeys: number(row.passkeys) })
}
