//! Access tokens of ours that come back: to introspection, revocation and userinfo.
//!
//! 1. [`verified`] recognises a genuine access token that is in time, verifying each token once.
//! 2. [`seen::liveness`] says whether what it stands on still stands, not older than a second.
//!
//! A meeting point: capability folders use this module, it uses none of them.

pub mod seen;

use std::sync::Arc;

use gatewright_jose::{Expect, Expired, verify};
use gatewright_oauth::claims::{ACCESS_TOKEN, AccessClaims};
use gatewright_oauth::secret::Digest;

pub use seen::{Seen, Verified, liveness, name_of};

use crate::app::{App, Moment};

/// How far the clock of the replica that issued a token may be ahead of ours (CL-01).
const SKEW_SECONDS: i64 = 30;

/// Step 1.
pub async fn verified(app: &App, moment: &Moment, text: &str) -> Option<Arc<Verified>> {
    let ring = app.keys.ring();
    let digest = Digest::of("at", text.as_bytes());
    if let Some(seen) = app.seen.token(&digest).await {
        return (is_in_time(&seen.claims, moment) && ring.verifying.get(&seen.kid).is_some()).then_some(seen);
    }
    let expect = Expect {
        typ: &[ACCESS_TOKEN],
        issuer: &app.config.issuer,
        // Who may use it where is judged by the caller.
        audience: None,
        now: moment.unix(),
        leeway: SKEW_SECONDS,
        expired_ok: Expired::Refuse,
    };
    let found = verify::<AccessClaims>(&ring.verifying, text, &expect).ok()?;
    let kid = found.kid().to_owned();
    let verified = Arc::new(Verified { claims: found.into_claims(), kid });
    app.seen.remember(&digest, verified.clone()).await;
    is_in_time(&verified.claims, moment).then_some(verified)
}

/// Our own tokens end on the second; the leeway is for `iat` only.
fn is_in_time(claims: &AccessClaims, moment: &Moment) -> bool {
    claims.exp.unix() > moment.unix()
}
