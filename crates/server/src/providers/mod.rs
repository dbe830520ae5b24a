//! Other providers that people may sign in with: what they say of themselves, their keys, and their word about somebody
//! (OpenID Connect Core §3.1, Discovery; threat rows LG-12, LG-13). Here we are the client.
//!
//! A meeting point: the process knows the providers, capabilities and `doctor` ask.
//!
//! 1. [`discovery`](Provider::discovery) reads what a provider publishes, and keeps it as long as its headers say, five
//!    minutes to a day; while the provider is away, for a day longer.
//! 2. [`way`](Provider::way) is the address people are sent to: code, PKCE with S256, `state`, `nonce`.
//! 3. [`person`](Provider::person) redeems the code and believes the ID token, or asks GitHub, which has none.
//!
//! What goes wrong is a [`Trouble`]: people are told what they can do, the trace what it was. Nothing that a provider
//! wrote is shown to anybody (UI-04).

mod ask;
mod exchange;
mod github;

use std::sync::Arc;

use chrono::Duration;
use gatewright_jose::{JwkSet, KeySet};
use gatewright_oauth::secret::Secret;
use gatewright_oauth::upstream::Discovered;
use gatewright_oauth::{Time, document};
use http::header;
use tokio::sync::Mutex;
use url::Url;

pub use exchange::{Arrived, Found, secret_text, word};

use crate::app::{App, Moment};
use crate::config::{Config, Speaks, Upstream};
use crate::error::{Fault, Outcome};

/// The largest document or key set.
const MAX_DOCUMENT: usize = 256 * 1024;
/// How long what a provider published is used after its freshness while the provider is away.
const STALE_FOR: Duration = Duration::hours(24);
/// How long a provider that is away is not asked again.
const AWAY_FOR: Duration = Duration::seconds(10);
/// The least time between two looks at the keys because of one that is not among them.
const KEYS_AT_MOST_EVERY: Duration = Duration::seconds(30);

/// The providers of the configuration.
#[derive(Default)]
pub struct Providers(Vec<Provider>);

/// One of them.
pub struct Provider {
    /// What the configuration says of it.
    pub settings: Upstream,
    secret: Option<Secret<String>>,
    discovered: Mutex<Kept<Discovered>>,
    keys: Mutex<Kept<KeySet>>,
}

/// What was read from a provider.
struct Kept<T> {
    value: Option<(Arc<T>, Time)>,
    asked_at: Option<Time>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept { value: None, asked_at: None }
    }
}

/// What kind of trouble there is with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It does not answer as it should; that may pass.
    Away,
    /// It says no.
    Refused,
    /// What it says is not to be believed.
    Unbelievable,
}

/// Why a provider was of no help.
#[derive(Debug)]
pub struct Trouble {
    /// What kind.
    pub kind: Kind,
    /// What it was, for the operator.
    pub said: String,
}

impl Trouble {
    pub(crate) fn away(said: impl Into<String>) -> Trouble {
        Trouble { kind: Kind::Away, said: said.into() }
    }

    pub(crate) fn unbelievable(doubt: impl std::fmt::Display) -> Trouble {
        Trouble { kind: Kind::Unbelievable, said: doubt.to_string() }
    }
}

/// What an authorization request carries besides who we are.
pub struct Outbound<'a> {
    /// Comes back untouched.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// PKCE.
    pub challenge: &'a str,
    /// How recently the person has to have signed in there.
    pub freshness: Freshness,
}

/// How recently somebody has to have signed in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Whenever that was.
    Any,
    /// So many seconds ago at most.
    Within(u32),
    /// After they were sent there.
    Now,
}

impl Providers {
    /// Reads the secrets.
    pub fn new(config: &Config) -> Outcome<Providers> {
        let provider = |settings: &Upstream| -> Outcome<Provider> {
            let read = |file: &std::path::PathBuf| {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Fault::internal(format!(
                        "upstream.client_secret_file of {} cannot be read ({}): {error}",
                        settings.name,
                        file.display()
                    ))
                })?;
                Ok::<_, Fault>(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
            };
            Ok(Provider {
                secret: settings.client_secret_file.as_ref().map(read).transpose()?,
                settings: settings.clone(),
                discovered: Mutex::default(),
                keys: Mutex::default(),
            })
        };
        Ok(Providers(config.upstream.iter().map(provider).collect::<Outcome<_>>()?))
    }

    /// The provider of this name.
    pub fn named(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.name == name)
    }

    /// The provider with this issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.issuer == issuer)
    }

    /// All of them.
    pub fn all(&self) -> &[Provider] {
        &self.0
    }
}

impl Provider {
    /// Where the provider sends people back to. One address for each: an answer of one is no answer of another
    /// (RFC 9700 §4.4).
    pub fn redirect_uri(&self, config: &Config) -> String {
        config.url(&format!("/upstream/{}/callback", self.settings.name))
    }

    /// Step 1.
    pub async fn discovery(&self, app: &App, now: Time) -> Result<Arc<Discovered>, Trouble> {
        if self.settings.speaks == Speaks::GitHub {
            return Ok(Arc::new(github::endpoints(&self.settings.issuer)));
        }
        let mut kept = self.discovered.lock().await;
        let known = kept.value.clone();
        if let Some((found, fresh_until)) = &known
            && now < *fresh_until
        {
            return Ok(Arc::clone(found));
        }
        let usable = known.filter(|(_, fresh_until)| now < *fresh_until + STALE_FOR);
        if kept.asked_at.is_some_and(|at| now - at < AWAY_FOR) {
            return usable
                .map(|(found, _)| found)
                .ok_or_else(|| Trouble::away("its discovery document could not be read a moment ago"));
        }
        kept.asked_at = Some(now);
        match self.read_discovery(app).await {
            Ok((found, fresh)) => {
                let found = Arc::new(found);
                *kept = Kept { value: Some((Arc::clone(&found), now + fresh)), asked_at: None };
                Ok(found)
            }
            Err(trouble) => usable.map(|(found, _)| found).ok_or(trouble),
        }
    }

    async fn read_discovery(&self, app: &App) -> Result<(Discovered, Duration), Trouble> {
        let address = Discovered::address(&self.settings.issuer);
        let answer = ask::get(app, &address, (MAX_DOCUMENT, None))
            .await
            .map_err(|error| Trouble::away(format!("{address}: {error}")))?;
        if answer.status != http::StatusCode::OK {
            return Err(Trouble::away(format!("{address} answers {}", answer.status)));
        }
        let found = Discovered::parse(&self.settings.issuer, &answer.body).map_err(Trouble::unbelievable)?;
        Ok((found, ask::freshness(document::fresh_for(answer.header(header::CACHE_CONTROL)))))
    }

    /// The provider's keys; read again when one is missing, but not all the time.
    async fn keys(&self, app: &App, now: Time, (uri, how): (&str, Look)) -> Result<Arc<KeySet>, Trouble> {
        let mut kept = self.keys.lock().await;
        let known = kept.value.clone();
        let was_asked = kept.asked_at.is_some_and(|at| now - at < KEYS_AT_MOST_EVERY);
        if let Some((keys, fresh_until)) = &known
            && (was_asked || (how == Look::Known && now < *fresh_until))
        {
            return Ok(Arc::clone(keys));
        }
        let answer = match ask::get(app, uri, (MAX_DOCUMENT, None)).await {
            Ok(answer) if answer.status == http::StatusCode::OK => Ok(answer),
            Ok(answer) => Err(Trouble::away(format!("its jwks_uri answers {}", answer.status))),
            Err(error) => Err(Trouble::away(format!("its jwks_uri: {error}"))),
        };
        kept.asked_at = Some(now);
        let read = answer.and_then(|answer| {
            let (set, _) = JwkSet::parse_foreign(&answer.body)
                .map_err(|error| Trouble::unbelievable(format!("its jwks_uri has no key set: {error}")))?;
            let fresh = ask::freshness(document::fresh_for(answer.header(header::CACHE_CONTROL)));
            Ok((Arc::new(KeySet::from_jwks(&set)), now + fresh))
        });
        match (read, known) {
            (Ok(read), _) => {
                kept.value = Some(read.clone());
                Ok(read.0)
            }
            (Err(_), Some((keys, fresh_until))) if now < fresh_until + STALE_FOR => Ok(keys),
            (Err(trouble), _) => Err(trouble),
        }
    }

    /// Step 2.
    pub async fn way(&self, app: &App, moment: &Moment, out: &Outbound<'_>) -> Result<String, Trouble> {
        let found = self.discovery(app, moment.now).await?;
        let mut url = Url::parse(&found.authorization_endpoint)
            .map_err(|_| Trouble::unbelievable("its authorization endpoint is no URL"))?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.settings.client_id)
                .append_pair("redirect_uri", &self.redirect_uri(&app.config))
                .append_pair("scope", &self.settings.scopes.join(" "))
                .append_pair("state", out.state)
                .append_pair("code_challenge", out.challenge)
                .append_pair("code_challenge_method", "S256");
            if self.settings.speaks == Speaks::OpenIdConnect {
                query.append_pair("nonce", out.nonce);
                match out.freshness {
                    Freshness::Any => {}
                    Freshness::Within(seconds) => {
                        query.append_pair("max_age", &seconds.to_string());
                    }
                    // Some know one of them only.
                    Freshness::Now => {
                        query.append_pair("max_age", "0").append_pair("prompt", "login");
                    }
                }
            }
        }
        Ok(url.into())
    }
}

/// How much known keys must be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Known,
    Again,
}
