//! Who calls the admin API, and what they may.
//!
//! 1. An API key (`gw_ak_…`) is looked up by its digest, and has to come from one of its networks.
//! 2. An access token is one of ours, for the admin API and nothing else (AD-04), of a person with a role. Of its
//!    scopes, those count that the role has at this moment: who loses the role loses them at once.
//! 3. A token without a person is nobody here. Machines use API keys, which say themselves what they may.

use std::net::IpAddr;

use chrono::DurationRound as _;
use gatewright_jose::NumericDate;
use gatewright_oauth::Scopes;
use gatewright_oauth::bearer::{self, Liveness};
use gatewright_oauth::secret::{self, Kind as _, Token};
use gatewright_store::api_keys::ApiKey;
use gatewright_store::users::Role;
use gatewright_store::{Write, api_keys, users};
use ipnet::IpNet;

use super::operation::{Operation, Wants};
use super::{Problem, RESOURCE_PATH, Scope, scope};
use crate::app::{Actor, App, Moment};
use crate::bearer::{liveness, verified};
use crate::error::Fault;

/// How recent a sign-in has to be for what cannot be undone, in seconds.
pub const RECENT: i64 = 15 * 60;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As events name them.
    pub actor: Actor,
    /// What they may.
    pub scopes: Scopes,
    /// Their role, if they are a person.
    pub role: Option<Role>,
    /// The key, if they are a program.
    pub key: Option<ApiKey>,
    /// When they signed in, if they are a person: seconds since the epoch.
    pub auth_time: Option<i64>,
}

impl Caller {
    /// Whoever runs a command on the server's own machine: the database is theirs, so everything is.
    pub fn operator() -> Caller {
        let scopes = Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect();
        Caller { actor: Actor::Operator, scopes, role: None, key: None, auth_time: None }
    }

    /// Whether they may.
    pub fn may(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.contains(scope.as_str()) { Ok(()) } else { Err(Problem::forbidden(scope)) }
    }

    /// Whether they signed in recently. An API key cannot, and is made by somebody who did.
    pub fn is_recent(&self, moment: &Moment) -> Result<(), Problem> {
        match self.auth_time {
            Some(at) if moment.unix() - at > RECENT => Err(Problem::stale(RECENT)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether they may have this operation done now.
    pub fn admitted(&self, operation: &Operation, moment: &Moment) -> Result<(), Problem> {
        self.may(operation.scope)?;
        match operation.wants {
            Wants::Recent => self.is_recent(moment),
            Wants::Anybody => Ok(()),
        }
    }

    /// Whether they hold all of what they want to give somebody (AD-01).
    pub fn holds(&self, given: &Scopes) -> Result<(), Problem> {
        let missing = given.minus(&self.scopes);
        if missing.is_empty() {
            return Ok(());
        }
        Err(Problem::beyond(format!("you cannot give what you do not hold: {missing}")))
    }
}

/// Whether a key is no mightier than the one that makes it: neither longer nor from elsewhere (AD-01).
pub fn is_within(maker: &ApiKey, made: &ApiKey) -> Result<(), Problem> {
    if maker.expires_at.is_some_and(|end| made.expires_at.is_none_or(|at| at > end)) {
        return Err(Problem::beyond("a key cannot make one that lives longer than itself"));
    }
    let covered = |network: &str| {
        let networks = maker.networks.iter().filter_map(|own| own.parse::<IpNet>().ok());
        let network = network.parse::<IpNet>();
        network.is_ok_and(|network| networks.into_iter().any(|own| own.contains(&network)))
    };
    let is_bound = made.networks.iter().all(|network| covered(network)) && !made.networks.is_empty();
    if !maker.networks.is_empty() && !is_bound {
        return Err(Problem::beyond(
            "a key that is bound to networks makes keys that are bound to the same, or to parts of them",
        ));
    }
    Ok(())
}

/// Steps 1 to 3.
pub async fn identify(app: &App, moment: &Moment, authorization: Option<&str>) -> Result<Caller, Problem> {
    let Some(token) = bearer::token(authorization)? else { return Err(Problem::anonymous()) };
    if token.starts_with(&format!("gw_{}_", secret::ApiKey::TAG)) {
        by_key(app, moment, token).await
    } else {
        by_token(app, moment, token).await
    }
}

async fn by_key(app: &App, moment: &Moment, text: &str) -> Result<Caller, Problem> {
    let unknown = || Problem::unauthenticated("this API key is not valid, or not any more");
    // What is mistyped never reaches the database.
    let token = Token::<secret::ApiKey>::parse(text).ok_or_else(unknown)?;
    let key = api_keys::live(&app.store, &token.digest(), moment.now).await?.ok_or_else(unknown)?;
    if !covers(&key.networks, moment.peer) {
        return Err(Problem::unauthenticated("this API key is not valid from this address"));
    }
    // Lost: another request noted this minute.
    let minute = moment.now.duration_trunc(chrono::Duration::minutes(1)).map_err(Fault::internal)?;
    if key.last_used_at.is_none_or(|at| at < minute) {
        let (Write::Applied(()) | Write::Lost) = api_keys::touch(&app.store, key.id, minute).await?;
    }
    Ok(Caller {
        actor: Actor::ApiKey(key.id),
        scopes: key.scopes.clone(),
        role: None,
        key: Some(key),
        auth_time: None,
    })
}

fn covers(networks: &[String], peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    networks.is_empty()
        || networks
            .iter()
            .any(|network| network.parse::<IpNet>().is_ok_and(|network| network.contains(&peer)))
}

async fn by_token(app: &App, moment: &Moment, text: &str) -> Result<Caller, Problem> {
    let invalid = || Problem::unauthenticated("the access token is not valid, or not any more");
    let verified = verified(app, moment, text).await.ok_or_else(invalid)?;
    let claims = &verified.claims;
    if !claims.aud.iter().eq([app.config.url(RESOURCE_PATH).as_str()]) {
        return Err(Problem::unauthenticated("the access token is for another resource"));
    }
    if liveness(app, moment, claims).await? == Liveness::Ended {
        return Err(invalid());
    }
    let person = if claims.gid.is_some() { claims.sub.parse().ok() } else { None };
    let person = person.ok_or_else(|| {
        Problem::unauthenticated("this access token has no person behind it: use an API key")
    })?;
    let user = users::by_id(&app.store, person).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or_else(invalid)?;
    let allowed = user.role.map_or_else(Scopes::empty, scope::of);
    Ok(Caller {
        actor: Actor::User(user.id),
        scopes: claims.scope.intersect(&allowed),
        role: user.role,
        key: None,
        auth_time: claims.auth_time.map(NumericDate::unix),
    })
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn networks_bind_a_key_to_where_it_is_used() {
        let networks = ["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()];
        for (peer, is_covered) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("2001:db8::1", true),
            ("11.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(covers(&networks, peer.parse().unwrap()), is_covered, "{peer}");
            assert!(covers(&[], peer.parse().unwrap()));
        }
    }
}
