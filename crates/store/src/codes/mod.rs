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
mod redeem;

use gatewright_oauth::{Challenge, ClientId, Digest, Resource, Scopes};
use uuid::Uuid;

pub use self::issue::{Agreement, IssueCode, issue};
pub use self::redeem::{Failed, Redemption, burn, fail_verifier, redeem};
use crate::decode::{self, corrupt};
use crate::standing::{Found, Standing};
use crate::users::{self, User};
use crate::{Store, Stored, Time, resources, tx};

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
    /// When the answer it stands on ends, and what comes of it.
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

/// Reads a presented code with its client, user, resource, session, consent and grant, in one
/// statement. `None` for a code that never was, or was swept.
pub async fn for_redemption(store: &Store, digest: &Digest) -> Stored<Option<CodeFacts>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT k.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id, k.resource_id, k.scope,
                      k.redirect_uri, k.code_challenge, k.nonce, k.auth_time, k.amr, k.created_at,
                      k.expires_at, k.failures, k.redeemed_at, k.burned_at,
                      c.disabled_at IS NULL AND c.era = k.client_era AS "client_lives!",
                      u.disabled_at IS NULL AND u.era = k.user_era AS "user_lives!",
                      a.id IS NOT NULL AS "consent_lives!", a.expires_at AS answer_ends,
                      s.id IS NOT NULL AND s.ended_at IS NULL AS "session_lives!",
                      g.id IS NOT NULL AND g.revoked_at IS NULL AS "grant_lives!",
                      u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at AS user_created_at,
                      u.disabled_at AS user_disabled_at,
                      r.identifier, r.name, r.scopes, r.access_token_seconds, r.signing_alg, r.is_default,
                      r.verified_clients_only,
                      r.disabled_at AS resource_disabled_at
               FROM codes k
               JOIN clients c ON c.id = k.client_id
               JOIN users u ON u.id = k.user_id
               JOIN resources r ON r.id = k.resource_id
               LEFT JOIN consents a ON a.id = k.consent_id
               LEFT JOIN sessions s ON s.id = k.session_id
               LEFT JOIN grants g ON g.id = k.grant_id
               WHERE k.digest = $1"#,
            digest.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    let wrong = |column| corrupt("codes", column, decode::hex(digest.as_bytes()));
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
    let resource = resources::Row {
        id: row.resource_id,
        identifier: row.identifier,
        name: row.name,
        scopes: row.scopes,
        access_token_seconds: row.access_token_seconds,
        signing_alg: row.signing_alg,
        is_default: row.is_default,
        verified_clients_only: row.verified_clients_only,
        disabled_at: row.resource_disabled_at,
    };
    let user = User {
        id: row.user_id,
        username: row.username,
        email: row.email,
        display_name: row.display_name,
        email_verified: row.email_verified,
        locale: row.locale,
        role: users::role(row.role.as_deref(), row.user_id)?,
        created_at: row.user_created_at,
        disabled_at: row.user_disabled_at,
    };
    Ok(Some(CodeFacts { code, standing, resource: resource.decode()?, user }))
}
