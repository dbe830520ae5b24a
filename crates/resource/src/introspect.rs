//! Asking the issuer about each token instead of reading it (RFC 7662).
//!
//! For opaque tokens, and for servers that want revocation to take effect at once. A positive answer is believed
//! for a few seconds, so that a burst of calls with one token is one question; a negative one is never kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatewright_jose::{Audience, NumericDate, parse_strict};
use serde::Deserialize;

use crate::challenge::Rejection;
use crate::discovery::Issuer;
use crate::fetch::{FetchError, Fetched};
use crate::identity::{Facts, parse_scope};

/// How long a positive answer is believed: the delay with which a revocation is noticed.
const BELIEVED: Duration = Duration::from_secs(10);

/// Tokens remembered at once; beyond, the oldest knowledge is dropped wholesale.
const REMEMBERED: usize = 4096;

/// How the server authenticates at the introspection endpoint, and what it remembers.
pub(crate) struct Introspection {
    pub(crate) issuer: Arc<Issuer>,
    /// The `Authorization` header, `client_secret_basic`.
    authorization: String,
    believed: Mutex<HashMap<String, (Duration, Arc<Facts>)>>,
}

#[derive(Deserialize)]
struct Answered {
    active: bool,
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<NumericDate>,
    iat: Option<NumericDate>,
    nbf: Option<NumericDate>,
    jti: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
    auth_time: Option<NumericDate>,
    acr: Option<String>,
    amr: Option<Vec<String>>,
    gid: Option<String>,
}

impl Introspection {
    pub(crate) fn new(issuer: Arc<Issuer>, client_id: &str, client_secret: &str) -> Self {
        // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let credentials = format!("{}:{}", encode(client_id), encode(client_secret));
        let authorization = format!("Basic {}", STANDARD.encode(credentials));
        Self { issuer, authorization, believed: Mutex::default() }
    }

    /// The facts behind `token` when it is active, for `audience` and not expired.
    pub(crate) async fn ask(
        &self,
        token: &str,
        audience: &str,
        leeway: i64,
    ) -> Result<Arc<Facts>, Rejection> {
        let now = self.issuer.clock.uptime();
        if let Some(facts) = self.remembered(token, now) {
            return Ok(facts);
        }
        let fetched = self.question(token).await?;
        let Ok(answer) = parse_strict::<Answered>(&fetched.body) else {
            tracing::warn!(issuer = self.issuer.name, "the introspection answer is not acceptable JSON");
            return Err(Rejection::Unavailable);
        };
        let facts = Arc::new(self.judge(answer, audience, leeway)?);
        self.remember(token, now, &facts);
        Ok(facts)
    }

    async fn question(&self, token: &str) -> Result<Fetched, Rejection> {
        let endpoints = self.issuer.endpoints().await.map_err(|error| {
            tracing::warn!(issuer = self.issuer.name, %error, "the issuer's metadata could not be fetched");
            Rejection::Unavailable
        })?;
        let Some(url) = &endpoints.introspection_endpoint else {
            tracing::warn!(error = %self.issuer.missing("introspection_endpoint"));
            return Err(Rejection::Unavailable);
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        match self.issuer.fetch.post_form(url, &self.authorization, form).await {
            Ok(fetched) => Ok(fetched),
            Err(error) => {
                if !matches!(error, FetchError::Status(_)) {
                    self.issuer.forget().await;
                }
                tracing::warn!(url, %error, "introspection failed; with status 401 check the client's credentials");
                Err(Rejection::Unavailable)
            }
        }
    }

    /// The checks of RFC 7662 §4 and of the audience; `exp` is required, because a token without end is not ours.
    fn judge(&self, answer: Answered, audience: &str, leeway: i64) -> Result<Facts, Rejection> {
        let now = self.issuer.clock.unix();
        if !answer.active {
            return Err(Rejection::Invalid("the access token is not active"));
        }
        if answer.iss.is_some_and(|issuer| issuer != self.issuer.name) {
            return Err(Rejection::Invalid("the access token is from another issuer"));
        }
        if !answer.aud.is_some_and(|aud| aud.contains(audience)) {
            return Err(Rejection::Invalid("the access token is for another audience"));
        }
        let exp = answer.exp.map_or(0, NumericDate::unix);
        if exp <= now.saturating_sub(leeway) {
            return Err(Rejection::Invalid("the access token has expired"));
        }
        if answer.nbf.is_some_and(|nbf| nbf.unix() > now.saturating_add(leeway)) {
            return Err(Rejection::Invalid("the access token is not valid yet"));
        }
        let Some(client) = answer.client_id else {
            return Err(Rejection::Invalid("the access token names no client"));
        };
        Ok(Facts {
            subject: answer.sub.unwrap_or_else(|| client.clone()),
            client,
            granted: parse_scope(answer.scope.as_deref()),
            expires_at: exp,
            issued_at: answer.iat.map(NumericDate::unix),
            token_id: answer.jti,
            grant: answer.gid,
            auth_time: answer.auth_time.map(NumericDate::unix),
            acr: answer.acr,
            amr: answer.amr.unwrap_or_default(),
        })
    }

    fn remembered(&self, token: &str, now: Duration) -> Option<Arc<Facts>> {
        let believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, facts) = believed.get(token)?;
        (now < *at + BELIEVED && facts.expires_at > self.issuer.clock.unix()).then(|| Arc::clone(facts))
    }

    fn remember(&self, token: &str, now: Duration, facts: &Arc<Facts>) {
        let mut believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        if believed.len() >= REMEMBERED {
            believed.retain(|_, (at, _)| now < *at + BELIEVED);
        }
        if believed.len() >= REMEMBERED {
            believed.clear();
        }
        believed.insert(token.to_owned(), (now, Arc::clone(facts)));
    }
}
