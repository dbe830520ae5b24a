//! From a code to a person (OpenID Connect Core §3.1.3, RFC 6749 §4.1.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatewright_jose::base64url;
use gatewright_oauth::secret::Secret;
use gatewright_oauth::upstream::{self, Awaited, Discovered, Doubt, Person};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{Kind, Look, Provider, Trouble, ask, github};
use crate::app::{App, Moment};
use crate::config::{Config, Speaks};

/// The largest answer.
const MAX_ANSWER: usize = 64 * 1024;
/// The longest token.
const MAX_TOKEN: usize = 8 * 1024;

/// What came back, and what it is held against.
pub struct Arrived<'a> {
    /// The code.
    pub code: &'a str,
    /// PKCE.
    pub verifier: &'a str,
    /// What the ID token has to repeat.
    pub nonce: &'a str,
}

/// Somebody, and what more can be asked for with.
pub struct Found {
    /// Who.
    pub person: Person,
    access_token: Secret<String>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    id_token: Option<String>,
    error: Option<String>,
}

impl Provider {
    /// Step 3. The code is redeemed once, whatever comes of it.
    pub async fn person(&self, app: &App, moment: &Moment, arrived: &Arrived<'_>) -> Result<Found, Trouble> {
        let found = self.discovery(app, moment.now).await?;
        let answer = self.redeem(app, &found, arrived).await?;
        let missing = |what: &str| Trouble::unbelievable(format!("the token answer has no {what}"));
        let access_token = answer.access_token.filter(|token| is_token(token));
        let access_token = Secret::new(access_token.ok_or_else(|| missing("access_token"))?);
        let person = match self.settings.speaks {
            Speaks::GitHub => github::person(app, &self.settings.issuer, &access_token).await?,
            Speaks::OpenIdConnect => {
                let token = answer.id_token.ok_or_else(|| missing("id_token"))?;
                self.believe(app, moment, (&found, &token, arrived.nonce)).await?
            }
        };
        Ok(Found { person, access_token })
    }

    async fn believe(
        &self,
        app: &App,
        moment: &Moment,
        (found, token, nonce): (&Discovered, &str, &str),
    ) -> Result<Person, Trouble> {
        let awaited =
            Awaited { issuer: &found.issuer, client_id: &self.settings.client_id, nonce, now: moment.unix() };
        let keys = self.keys(app, moment.now, (&found.jwks_uri, Look::Known)).await?;
        let judged = match upstream::verify(token, &keys, &awaited) {
            // The provider may have another key since.
            Err(Doubt::UnknownKey) => {
                let keys = self.keys(app, moment.now, (&found.jwks_uri, Look::Again)).await?;
                upstream::verify(token, &keys, &awaited)
            }
            judged => judged,
        };
        judged.map_err(Trouble::unbelievable)
    }

    /// Asks for an address where the ID token had none. That a provider tells no more is no trouble; that it tells of
    /// somebody else is.
    pub async fn complete(&self, app: &App, moment: &Moment, found: &mut Found) -> Result<(), Trouble> {
        let discovered = self.discovery(app, moment.now).await?;
        let (Some(endpoint), None, Speaks::OpenIdConnect) =
            (&discovered.userinfo_endpoint, &found.person.profile.email, self.settings.speaks)
        else {
            return Ok(());
        };
        let bearer = (MAX_ANSWER, Some(found.access_token.expose().as_str()));
        let Ok(answer) = ask::get(app, endpoint, bearer).await else { return Ok(()) };
        if answer.status == http::StatusCode::OK {
            let told = upstream::userinfo(&found.person, &answer.body).map_err(Trouble::unbelievable)?;
            let said = std::mem::replace(&mut found.person.profile, told);
            let profile = &mut found.person.profile;
            profile.name = profile.name.take().or(said.name);
            profile.username = profile.username.take().or(said.username);
            profile.organization = said.organization;
        }
        Ok(())
    }

    async fn redeem(&self, app: &App, found: &Discovered, arrived: &Arrived<'_>) -> Result<Answer, Trouble> {
        let (form, authorization) = self.question(&app.config, found, arrived);
        let answer = ask::post(app, &found.token_endpoint, (form, authorization, MAX_ANSWER))
            .await
            .map_err(|error| Trouble::away(format!("its token endpoint: {error}")))?;
        let status = answer.status;
        let body: Option<Answer> = serde_json::from_slice(&answer.body).ok();
        match body {
            // GitHub says so with 200.
            Some(Answer { error: Some(error), .. }) => {
                let error = word(&error);
                Err(Trouble {
                    kind: Kind::Refused,
                    said: format!("its token endpoint answers {status}: {error}"),
                })
            }
            Some(answer) if status == http::StatusCode::OK => Ok(answer),
            Some(_) | None if status.is_server_error() => {
                Err(Trouble::away(format!("its token endpoint answers {status}")))
            }
            Some(_) | None => Err(Trouble::unbelievable(format!(
                "its token endpoint answers {status}, and not as it should"
            ))),
        }
    }

    /// The form, and the header we prove ourselves with (RFC 6749 §2.3.1).
    fn question(
        &self,
        config: &Config,
        found: &Discovered,
        arrived: &Arrived<'_>,
    ) -> (String, Option<String>) {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", arrived.code)
            .append_pair("redirect_uri", &self.redirect_uri(config))
            .append_pair("code_verifier", arrived.verifier);
        let client_id = &self.settings.client_id;
        let authorization = match &self.secret {
            Some(secret) if !found.secret_in_form => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let both = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
                Some(format!("Basic {}", STANDARD.encode(both)))
            }
            Some(secret) => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret.expose());
                None
            }
            None => {
                form.append_pair("client_id", client_id);
                None
            }
        };
        (form.finish(), authorization)
    }
}

/// An error code, as far as it is one.
pub fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(64).collect()
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

/// What only this request knows: 256 bits.
pub fn secret_text(random: [u8; 32]) -> String {
    base64url::encode(random)
}
