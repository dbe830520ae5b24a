//! `gatewright client create`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use gatewright_jose::JwkSet;
use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::resource::compare_key;
use gatewright_oauth::secret::Secret;
use gatewright_oauth::{AuthMethod, Client, ClientId, Code, GrantType, Profile, Refusal, Resource};
use gatewright_server::clients::enrol::enrol;
use gatewright_store::{Store, resources};
use serde::Serialize;
use serde_json::{Value, json};

use super::elsewhere;
use super::view::View;
use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean};

/// Register a client
///
/// Without --confidential it is a public client: an app on people's own computers, which proves itself
/// with PKCE alone. The secret of a confidential client is printed once and kept nowhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  A web application that signs people in:
    gatewright client create --name Portal --confidential --redirect-uri https://app.example/cb
  A service that acts for itself:
    gatewright client create --name Nightly --confidential --grant client_credentials
  The same with a key of its own instead of a secret:
    gatewright client create --name Nightly --jwks-uri https://app.example/jwks.json --grant client_credentials
  A device that cannot show a page:
    gatewright client create --name TV --grant device_code --grant refresh_token
  An MCP server that asks /introspect about its own tokens:
    gatewright client create --name Notes --resource-server https://mcp.example/mcp")]
pub(super) struct Arguments {
    /// What people see on the consent page
    #[arg(long)]
    name: String,
    /// Where answers may go; repeatable. Loopback addresses match any port
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// Where people may be sent after signing out; repeatable
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Vec<String>,
    /// Give it a secret, sent in the Authorization header (basic, the default) or in the body (post)
    #[arg(long, value_name = "METHOD", num_args = 0..=1, default_missing_value = "basic")]
    confidential: Option<Method>,
    /// It proves itself with assertions signed by a key of this set (JWKS), in a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["confidential", "jwks_uri"])]
    jwks: Option<PathBuf>,
    /// The same, with keys it publishes at this address
    #[arg(long, value_name = "URL", conflicts_with = "confidential")]
    jwks_uri: Option<String>,
    /// What it may ask for; repeatable [default: the first two]
    #[arg(long, value_name = "GRANT")]
    grant: Vec<Grant>,
    /// The only scopes it may get, separated by spaces; repeatable
    #[arg(long)]
    scope: Vec<String>,
    /// The resource meant when it names none
    #[arg(long, value_name = "URL")]
    default_resource: Option<String>,
    /// It is this resource's own server and may ask /introspect about its tokens
    #[arg(long, value_name = "URL")]
    resource_server: Option<String>,
    /// Which rules it lives by
    #[arg(long, value_name = "PROFILE", default_value = "mcp")]
    profile: Rules,
    /// What people may allow it
    #[arg(long, value_name = "RULE", default_value = "ask")]
    consent: Consenting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Basic,
    Post,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Grant {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    /// For devices that cannot show a page (RFC 8628)
    DeviceCode,
}

impl Grant {
    const fn grant_type(self) -> GrantType {
        match self {
            Grant::AuthorizationCode => GrantType::AuthorizationCode,
            Grant::RefreshToken => GrantType::RefreshToken,
            Grant::ClientCredentials => GrantType::ClientCredentials,
            Grant::DeviceCode => GrantType::DeviceCode,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Rules {
    /// OAuth 2.1 as MCP clients speak it
    Mcp,
    /// OpenID Connect applications that predate OAuth 2.1
    OidcCompat,
    /// The FAPI 2.0 security profile
    Fapi2,
}

impl Rules {
    const fn profile(self) -> Profile {
        match self {
            Rules::Mcp => Profile::Mcp,
            Rules::OidcCompat => Profile::OidcCompat,
            Rules::Fapi2 => Profile::Fapi2,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Consenting {
    /// They are asked
    Ask,
    /// What is not marked as dangerous is allowed without asking, unless it is a program on their device
    PreApproved,
    /// Nothing
    Forbidden,
}

impl Consenting {
    const fn rule(self) -> ConsentRule {
        match self {
            Consenting::Ask => ConsentRule::Ask,
            Consenting::PreApproved => ConsentRule::PreApproved,
            Consenting::Forbidden => ConsentRule::Forbidden,
        }
    }
}

/// What `--json` prints: the client, and the secret it was just given.
#[derive(Serialize)]
pub(super) struct Created {
    #[serde(flatten)]
    pub(super) client: View,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "output::reveal")]
    pub(super) client_secret: Option<Secret<String>>,
}

pub(super) async fn run(common: &Common, arguments: Arguments) -> Result<(), Failure> {
    let created = match common.remote()? {
        Some(api) => elsewhere::create(&api, &arguments).await?,
        None => installation::change(common, async |desk| create(desk, &arguments).await).await?,
    };
    common.format().result(&created, || {
        let mut text = format!("Made the client {}.\n\n{}", created.client.client_id, created.client.text());
        if let Some(secret) = &created.client_secret {
            text.push_str("\n\nIts secret, shown this once and kept nowhere:\n\n  ");
            text.push_str(secret.expose());
        }
        text
    })
}

async fn create(desk: &Desk, arguments: &Arguments) -> Result<Created, Failure> {
    let store = &desk.app.store;
    let known = resources::list(store).await?;
    let default_resource = resource(store, arguments.default_resource.as_deref()).await?;
    let speaks_for = resource(store, arguments.resource_server.as_deref()).await?;
    let id = ClientId::from_random(desk.app.random());
    let registered = register(&arguments.policy(), arguments.request()?, id, desk.moment.now);
    let client = Client {
        default_resource: default_resource.map(|resource| resource.id),
        speaks_for: speaks_for.map(|resource| resource.id),
        consent: arguments.consent(),
        ..registered.map_err(|refusal| refused(refusal.code().as_str(), refusal.description()))?
    };
    let enrolled = enrol(&desk.app, &desk.moment, client, None).await?;
    Ok(Created { client: View::of(&enrolled.client, &known), client_secret: enrolled.secret })
}

impl Arguments {
    /// A resource server that asks for nothing else gets no grant at all.
    fn only_introspects(&self) -> bool {
        self.resource_server.is_some() && self.grant.is_empty() && self.redirect_uri.is_empty()
    }

    fn policy(&self) -> RegistrationPolicy {
        let administrator =
            RegistrationPolicy { profile: self.profile.profile(), ..RegistrationPolicy::administrator() };
        if self.only_introspects() {
            return RegistrationPolicy { grant_types: BTreeSet::new(), ..administrator };
        }
        administrator
    }

    pub(super) fn profile(&self) -> Profile {
        self.profile.profile()
    }

    pub(super) fn consent(&self) -> ConsentRule {
        self.consent.rule()
    }

    pub(super) fn default_resource(&self) -> Option<&str> {
        self.default_resource.as_deref()
    }

    pub(super) fn resource_server(&self) -> Option<&str> {
        self.resource_server.as_deref()
    }

    /// The same as RFC 7591 writes it.
    pub(super) fn metadata(&self) -> Result<Value, Failure> {
        let request = self.request()?;
        let mut metadata = json!({
            "client_name": request.client_name,
            "redirect_uris": request.redirect_uris,
            "post_logout_redirect_uris": request.post_logout_redirect_uris,
            "grant_types": request.grant_types,
            "token_endpoint_auth_method": request.token_endpoint_auth_method,
            "scope": request.scope,
            "jwks": request.jwks,
            "jwks_uri": request.jwks_uri,
        });
        if let Value::Object(members) = &mut metadata {
            members
                .retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
        }
        Ok(metadata)
    }

    fn request(&self) -> Result<RegistrationRequest, Failure> {
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let method = match (self.confidential, &self.resource_server) {
            (None, _) if has_keys => AuthMethod::PrivateKeyJwt,
            // Who asks about tokens has to prove who it is.
            (Some(Method::Basic), _) | (None, Some(_)) => AuthMethod::ClientSecretBasic,
            (Some(Method::Post), _) => AuthMethod::ClientSecretPost,
            (None, None) => AuthMethod::None,
        };
        let jwks = match &self.jwks {
            None => None,
            Some(file) => {
                let unusable = |reason: String| {
                    Failure::new(format!(
                        "{} is no key set: {reason}\n  it looks like {{\"keys\": [...]}}",
                        file.display()
                    ))
                };
                let json = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
                Some(JwkSet::parse(&json).map_err(|error| unusable(error.to_string()))?)
            }
        };
        let scope = self.scope.join(" ");
        Ok(RegistrationRequest {
            client_name: Some(self.name.clone()),
            jwks,
            jwks_uri: self.jwks_uri.clone(),
            redirect_uris: self.redirect_uri.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uri.clone(),
            grant_types: self.grant.iter().map(|grant| grant.grant_type().as_str().to_owned()).collect(),
            token_endpoint_auth_method: Some(method.as_str().to_owned()),
            scope: Some(scope).filter(|scope| !scope.is_empty()),
            ..RegistrationRequest::default()
        })
    }
}

async fn resource(store: &Store, url: Option<&str>) -> Result<Option<Resource>, Failure> {
    let Some(url) = url else { return Ok(None) };
    let key = compare_key(url).map_err(|refusal| no_address(&refusal))?;
    let found = resources::by_compare_key(store, &key).await?;
    found.map(Some).ok_or_else(|| no_resource(url))
}

pub(super) fn no_address(refusal: &Refusal) -> Failure {
    Failure::new(format!("{}\n  see what there is: gatewright resource list", refusal.description()))
}

pub(super) fn no_resource(url: &str) -> Failure {
    let url = clean(url);
    Failure::new(format!(
        "there is no resource {url}\n  add it first: gatewright resource add {url}\n  \
         or see what there is: gatewright resource list"
    ))
}

/// The words of RFC 7591, and which option they are about here.
pub(super) fn refused(code: &str, said: &str) -> Failure {
    let advice = if code == Code::InvalidRedirectUri.as_str() && said.contains("missing") {
        "add --redirect-uri URI, or name a grant that needs none: --grant client_credentials"
    } else if said.contains("client_credentials needs") {
        "add --confidential"
    } else if said.contains("only public clients") {
        "leave --confidential out: a secret inside an app on people's computers is none"
    } else if said.contains("profile") {
        "add --confidential (or --jwks-uri, which fapi2 needs), or leave --profile out"
    } else {
        "see gatewright client create --help"
    };
    Failure::new(format!("the client was not made: {said}\n  {advice}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use gatewright_oauth::Time;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn made(line: &[&str]) -> Result<Client, String> {
        let line = [&["create"], line].concat();
        let Line { arguments } = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        let id = ClientId::from_random([1; 16]);
        register(&arguments.policy(), arguments.request().unwrap(), id, Time::UNIX_EPOCH)
            .map_err(|refusal| refused(refusal.code().as_str(), refusal.description()).to_string())
    }

    #[test]
    fn the_three_kinds_of_clients() {
        let app = made(&["--name", "App", "--redirect-uri", "http://127.0.0.1/cb"]).unwrap();
        assert!(app.is_public() && app.wants_refresh() && app.is_verified());

        let service = made(&["--name", "S", "--confidential=post", "--grant", "client_credentials"]).unwrap();
        assert_eq!(service.metadata.token_endpoint_auth_method, AuthMethod::ClientSecretPost);
        assert!(service.metadata.redirect_uris.is_empty() && service.metadata.response_types.is_empty());

        let server = made(&["--name", "R", "--resource-server", "https://mcp.test"]).unwrap();
        assert_eq!(server.metadata.token_endpoint_auth_method, AuthMethod::ClientSecretBasic);
        assert!(server.metadata.grant_types.is_empty(), "it may ask about tokens and get none");
    }

    #[test]
    fn refusals_say_which_option_helps() {
        for (line, advice) in [
            (&["--name", "x"][..], "--redirect-uri URI"),
            (&["--name", "x", "--grant", "client_credentials"], "add --confidential"),
            (&["--name", "x", "--confidential", "--redirect-uri", "app://cb"], "leave --confidential out"),
            (
                &["--name", "x", "--profile", "fapi2", "--redirect-uri", "https://a.test"],
                "or leave --profile out",
            ),
            (&["--name", "x", "--redirect-uri", "http://a.test"], "http://a.test"),
        ] {
            let said = made(line).unwrap_err();
            assert!(said.contains(advice), "{line:?}: {said}");
        }
    }

    #[test]
    fn the_method_may_be_left_out() {
        for (method, expected) in [
            (&["--confidential"][..], "client_secret_basic"),
            (&["--confidential", "post"], "client_secret_post"),
        ] {
            let line = [method, &["--name", "x", "--redirect-uri", "https://a.test/cb"]].concat();
            let client = made(&line).unwrap();
            assert_eq!(client.metadata.token_endpoint_auth_method.as_str(), expected);
        }
    }
}
