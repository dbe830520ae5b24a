//! `codes`: authorization codes (RFC 6749 §4.1, OAuth 2.1 §4.1.3), 60 seconds and one redemption.
//!
//! 1. [`issue`] when the user approved, or had approved before: one statement that judges client,
//!    user, resource, session and consent again, so whatever changed between the request and the
//!    approval leaves no code (threat AZ-22).
//! 2. [`for_redemption`] reads the code and everything the decision about it needs.
//! 3. [`redeem`] turns it into its grant, once. Of a thousand concurrent redemptions the first
//!    locks the row; the others re-read `redeemed_at` and lose (CO-01).
//! 4. [`fail_verifier`] counts wrong PKCE verifiers and burns the code at the third; [`burn`]
//!    ends it at once (CO-04).
//! 5. A fully valid second presentation revokes the grant: [`crate::grants::revoke`] with
//!    `Reason::CodeReplayed` (CO-02).
//!
//! A code is in exactly one state: open, redeemed or burned. It carries the eras of its client
//! and user and the ids of its session and consent, and is redeemed only while those live
//! ([`crate::standing`]): disabling a user therefore ends its codes without touching them.

mod issue;
mod read;
mod redeem;

use gatewright_oauth::{Challenge, ClientId, Resource, Scopes};
use uuid::Uuid;

pub use self::issue::{Agreement, IssueCode, issue};
pub(crate) use self::read::Presented;
pub use self::read::for_redemption;
pub(crate) use self::redeem::Redeemed;
pub use self::redeem::{Failed, Redemption, burn, fail_verifier, redeem};
use crate::Time;
use crate::standing::Standing;
use crate::users::User;

/// Wrong verifiers that a code survives, plus one.
pub const MAX_FAILURES: i64 = 3;

/// An authorization code.
#[derive(Debug, Clone)]
pub struct Code {
    /// The grant it becomes.
    pub grant: Uuid,
    /// Whom it was issued to.
    pub client: ClientId,
    /// Who approved.
    pub user: Uuid,
    /// In which session; `sid`.
    pub session: Uuid,
    /// Under which consent.
    pub consent: Uuid,
    /// For which resource.
    pub resource: Uuid,
    /// What was approved.
    pub scope: Scopes,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The PKCE challenge; absent only for `oidc_compat` clients.
    pub challenge: Option<Challenge>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// When the user proved who they are.
    pub auth_time: Time,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// When it was issued.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When the answer it stands on ends, and what comes of it: the one it was issued for, or sooner where the person has
    /// said so since.
    pub answer_ends: Option<Time>,
    /// Whether it can still be redeemed.
    pub state: CodeState,
}

/// Where a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// Not redeemed yet; it may have expired.
    Open {
        /// Wrong verifiers so far.
        failures: i64,
    },
    /// Redeemed.
    Redeemed {
        /// When.
        at: Time,
        /// Whether the grant it became is still unrevoked.
        grant_lives: bool,
    },
    /// Made unusable before redemption.
    Burned {
        /// When.
        at: Time,
    },
}

/// A code and what the decision about it needs.
#[derive(Debug, Clone)]
pub struct CodeFacts {
    /// The code.
    pub code: Code,
    /// Whether what it stands on still lives.
    pub standing: Standing,
    /// What the access token will be for.
    pub resource: Resource,
    /// Whom it will speak of.
    pub user: User,
}
