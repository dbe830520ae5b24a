//! Minting. Access tokens are RFC 9068 JWTs, ID tokens follow OpenID Connect Core §2.
//!
//! Every token is made from a `Permit`, which only the grant gate makes: there is no way to mint for
//! a disabled user, a foreign resource or a scope nobody allowed.

use chrono::Duration;
use gatewright_jose::Algorithm;
use gatewright_oauth::Time;
use gatewright_oauth::claims::{ACCESS_TOKEN, About, ID_TOKEN, Minting, mint};
use gatewright_oauth::permit::Permit;
use gatewright_oauth::token::{TokenResponse, TokenType};
use gatewright_store::users::User;
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Fault, Outcome};
use crate::keys::Ring;

/// ID tokens are signed with the algorithm every client knows (OpenID Connect Core §3.1.3.7, item 7).
pub const ID_ALGORITHM: Algorithm = Algorithm::Rs256;

/// What goes into tokens besides the permit.
#[derive(Default)]
pub struct Extras<'a> {
    /// The grant; none for client credentials.
    pub grant: Option<Uuid>,
    /// The request's `nonce`; not repeated at refresh.
    pub nonce: Option<String>,
    /// The refresh token that goes with it.
    pub refresh_token: Option<String>,
    /// The person, for the ID token.
    pub user: Option<&'a User>,
}

/// When a new grant ends: unless it is refreshed, and in any case.
pub fn ends(app: &App, moment: &Moment) -> (Time, Time) {
    let tokens = &app.config.tokens;
    let after = |days: u32| moment.now + Duration::days(i64::from(days));
    (after(tokens.refresh_idle_days), after(tokens.refresh_absolute_days))
}

/// The permit of a new grant, whose tokens do not outlive the answer it stands on.
pub fn bounded(permit: Permit, answer_ends: Option<Time>, moment: &Moment) -> Permit {
    match answer_ends {
        Some(ends) => permit.until(ends, moment.now),
        None => permit,
    }
}

/// The first refresh token of a new grant, if it has any.
pub fn first_refresh_token(app: &App, permit: &Permit, (salt, grant): (&[u8; 32], Uuid)) -> Option<String> {
    let token = permit.refreshable().then(|| app.data_keys.refresh_token(salt, grant, 0)).flatten()?;
    Some(token.text().expose().clone())
}

/// Mints and signs.
pub async fn tokens(
    app: &App,
    moment: &Moment,
    permit: Permit,
    extras: Extras<'_>,
) -> Outcome<TokenResponse> {
    let scope = permit.scopes().clone();
    let about = extras.user.map(about).unwrap_or_default();
    let minted = mint(
        permit,
        Minting {
            issuer: &app.config.issuer,
            jti: gatewright_jose::base64url::encode(app.random::<16>()),
            grant: extras.grant,
            nonce: extras.nonce,
            about: &about,
            now: moment.now,
        },
    );
    let ring = app.keys.ring();
    let access_token = ring.sign(minted.algorithm, ACCESS_TOKEN, &minted.access)?;
    let id_token = match minted.id {
        Some(claims) => Some(sign_slowly(ring, claims.beside(ID_ALGORITHM, &access_token)).await?),
        None => None,
    };
    Ok(TokenResponse {
        access_token,
        token_type: TokenType::Bearer,
        expires_in: minted.lifetime,
        refresh_token: extras.refresh_token,
        scope,
        id_token,
    })
}

/// What is known about a person (OpenID Connect Core §5.1).
pub fn about(user: &User) -> About {
    About {
        name: user.display_name.clone(),
        preferred_username: Some(user.username.clone()),
        email: user.email.clone(),
        email_verified: user.email.as_ref().map(|_| user.email_verified),
    }
}

/// An RSA signature takes long enough to be kept off the threads that answer everybody else.
async fn sign_slowly(
    ring: std::sync::Arc<Ring>,
    claims: gatewright_oauth::claims::IdClaims,
) -> Outcome<String> {
    tokio::task::spawn_blocking(move || ring.sign(ID_ALGORITHM, ID_TOKEN, &claims))
        .await
        .map_err(Fault::internal)?
}
