//! Recognise, judge, end.

use gatewright_oauth::revoke::{Belongs, Effect, Presented, effect};
use gatewright_store::Write;
use gatewright_store::grants::{self, Reason, Revocation};
use gatewright_store::revoked_tokens::{self, RevokedToken};
use uuid::Uuid;

use crate::app::{Actor, App, Moment};
use crate::bearer::{name_of, verified};
use crate::clients::Authenticated;
use crate::error::Outcome;

/// Steps 2 and 3.
pub async fn end(app: &App, moment: &Moment, caller: &Authenticated, token: &Presented) -> Outcome<()> {
    let moment = &moment.clone().acting(Actor::Client(caller.id.to_string()));
    match token {
        Presented::Refresh(token) => {
            let Some(found) = grants::for_refresh(&app.store, token.grant()).await? else { return Ok(()) };
            if app.data_keys.is_genuine(token, &found.grant.salt)
                && effect(&caller.id, &found.grant.client, Belongs::ToGrant) == Effect::EndGrant
            {
                end_grant(app, moment, caller, token.grant()).await?;
            }
            Ok(())
        }
        Presented::Access(text) => {
            let Some(verified) = verified(app, moment, text).await else { return Ok(()) };
            let claims = &verified.claims;
            let belongs = if claims.gid.is_some() { Belongs::ToGrant } else { Belongs::ToClient };
            match (effect(&caller.id, &claims.client_id, belongs), claims.gid) {
                (Effect::EndGrant, Some(grant)) => end_grant(app, moment, caller, grant).await,
                (Effect::EndToken, _) => {
                    let expires_at = gatewright_oauth::Time::from_timestamp(claims.exp.unix(), 0);
                    let name = name_of(claims);
                    let token = RevokedToken {
                        jti: &name,
                        client: claims.client_id.as_str(),
                        expires_at: expires_at.unwrap_or(moment.now),
                    };
                    // Lost: revoked already.
                    let (Write::Applied(()) | Write::Lost) =
                        revoked_tokens::insert(&app.store, &token, &moment.trace(app)).await?;
                    app.seen.forget_alone(&name).await;
                    Ok(())
                }
                (Effect::EndGrant, None) | (Effect::Nothing, _) => Ok(()),
            }
        }
        Presented::Unknown => Ok(()),
    }
}

async fn end_grant(app: &App, moment: &Moment, caller: &Authenticated, grant: Uuid) -> Outcome<()> {
    let revocation = Revocation { grant, reason: Reason::Client, client: Some(&caller.id), user: None };
    // Lost: revoked already.
    let (Write::Applied(()) | Write::Lost) =
        grants::revoke(&app.store, &revocation, &moment.trace(app)).await?;
    app.seen.forget(grant).await;
    Ok(())
}
