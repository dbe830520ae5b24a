//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3).
//!
//! 1. The token comes in the `Authorization` header and nowhere else (OAuth 2.1 §5.2).
//! 2. It is a genuine access token of ours, in time, with the scope `openid`, and what it stands on
//!    still stands.
//! 3. The answer has `sub` and what the token's scopes release.

pub mod flow;
pub mod http;

use crate::Capability;
use crate::web::cors;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "userinfo",
    routes: |_| cors::open(http::routes()),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        metadata.userinfo_endpoint = Some(config.url("/userinfo"));
        metadata.subject_types_supported = vec!["public".to_owned()];
        metadata.id_token_signing_alg_values_supported = vec![crate::token::issue::ID_ALGORITHM.to_string()];
        for scope in ["openid", "profile", "email", "offline_access"] {
            metadata.scopes_supported.push(scope.to_owned());
        }
        for claim in [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "sid",
            "acr",
            "amr",
            "name",
            "preferred_username",
            "email",
            "email_verified",
        ] {
            metadata.claims_supported.push(claim.to_owned());
        }
    },
    jobs: &[],
};
