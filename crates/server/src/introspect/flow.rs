//! Recognise, verify, look, judge.

use gatewright_jose::NumericDate;
use gatewright_oauth::bearer::Liveness;
use gatewright_oauth::introspect::{self, Found, Introspection, RefreshFound};
use gatewright_oauth::refresh::RefreshToken;
use gatewright_oauth::resource::compare_key;
use gatewright_oauth::revoke::Presented;
use gatewright_store::grants;

use crate::app::{App, Moment};
use crate::bearer::{liveness, verified};
use crate::clients::Authenticated;
use crate::error::Outcome;

/// Steps 2 to 4.
pub async fn answer(
    app: &App,
    moment: &Moment,
    caller: &Authenticated,
    token: &Presented,
) -> Outcome<Introspection> {
    match token {
        Presented::Access(text) => access(app, moment, caller, text).await,
        Presented::Refresh(token) => refresh(app, moment, caller, token).await,
        Presented::Unknown => Ok(Introspection::inactive()),
    }
}

async fn access(app: &App, moment: &Moment, caller: &Authenticated, text: &str) -> Outcome<Introspection> {
    let Some(verified) = verified(app, moment, text).await else { return Ok(Introspection::inactive()) };
    let claims = &verified.claims;
    let liveness = liveness(app, moment, claims).await?;
    let resource = match claims.aud.iter().next().map(compare_key) {
        Some(Ok(key)) => app.directory.resource(&key).await?.map(|resource| resource.id),
        Some(Err(_)) | None => None,
    };
    Ok(introspect::judge(caller, Found::Access { claims, resource }, liveness))
}

async fn refresh(
    app: &App,
    moment: &Moment,
    caller: &Authenticated,
    token: &RefreshToken,
) -> Outcome<Introspection> {
    let Some(found) = grants::for_refresh(&app.store, token.grant()).await? else {
        return Ok(Introspection::inactive());
    };
    let grant = &found.grant;
    let current = token.generation() == grant.generation && app.data_keys.is_genuine(token, &grant.salt);
    if !current || !grant.refreshable {
        return Ok(Introspection::inactive());
    }
    let ends = grant.expires_at.min(grant.idle_expires_at);
    let lives = grant.revoked.is_none() && found.standing.is_live() && ends > moment.now;
    let facts = RefreshFound {
        client_id: grant.client.clone(),
        sub: grant.user.to_string(),
        iss: app.config.issuer.clone(),
        scope: grant.scope.clone(),
        iat: NumericDate::from_unix(grant.created_at.timestamp()),
        exp: NumericDate::from_unix(ends.timestamp()),
    };
    let liveness = if lives { Liveness::Live } else { Liveness::Ended };
    Ok(introspect::judge(caller, Found::Refresh(&facts), liveness))
}
