//! GitHub, which is OAuth without OpenID Connect: who somebody is comes from its API, by the token just issued to us.
//!
//! The subject is the account's number: names there change hands. Of the addresses only the primary one counts, and
//! only when GitHub found it to be theirs.

use gatewright_oauth::secret::Secret;
use gatewright_oauth::upstream::{Discovered, Person, Profile, line};
use serde::Deserialize;
use serde_json::Value;

use super::{Trouble, ask};
use crate::app::App;

/// The largest answer.
const MAX_ANSWER: usize = 256 * 1024;

#[derive(Deserialize)]
struct User {
    id: u64,
    #[serde(default)]
    login: Value,
    #[serde(default)]
    name: Value,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Where things are; of GitHub Enterprise Server below its own address.
pub(super) fn endpoints(issuer: &str) -> Discovered {
    let base = issuer.trim_end_matches('/');
    Discovered {
        issuer: issuer.to_owned(),
        authorization_endpoint: format!("{base}/login/oauth/authorize"),
        token_endpoint: format!("{base}/login/oauth/access_token"),
        jwks_uri: String::new(),
        userinfo_endpoint: Some(format!("{}/user", api(issuer))),
        sends_iss: false,
        secret_in_form: true,
    }
}

fn api(issuer: &str) -> String {
    match issuer.trim_end_matches('/') {
        "https://github.com" => "https://api.github.com".to_owned(),
        enterprise => format!("{enterprise}/api/v3"),
    }
}

/// Who the bearer of a token is.
pub(super) async fn person(app: &App, issuer: &str, token: &Secret<String>) -> Result<Person, Trouble> {
    let api = api(issuer);
    let user: User = read(app, &format!("{api}/user"), token).await?;
    let addresses: Vec<Address> = read(app, &format!("{api}/user/emails"), token).await?;
    let primary = addresses.into_iter().find(|address| address.primary && address.verified);
    let email = primary.and_then(|address| line(&Value::String(address.email)));
    Ok(Person {
        auth_time: None,
        issuer: issuer.to_owned(),
        subject: user.id.to_string(),
        profile: Profile {
            email_verified: email.is_some(),
            email,
            name: line(&user.name),
            username: line(&user.login),
            organization: None,
        },
        amr: Vec::new(),
    })
}

async fn read<T: for<'de> Deserialize<'de>>(
    app: &App,
    url: &str,
    token: &Secret<String>,
) -> Result<T, Trouble> {
    let answer = ask::get(app, url, (MAX_ANSWER, Some(token.expose())))
        .await
        .map_err(|error| Trouble::away(format!("{url}: {error}")))?;
    if answer.status != http::StatusCode::OK {
        return Err(Trouble::away(format!("{url} answers {}", answer.status)));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| Trouble::unbelievable(format!("{url} answers with something else")))
}
