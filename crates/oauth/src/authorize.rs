//! The authorization request (RFC 6749 §4.1.1, OAuth 2.1 §4.1.1, OIDC Core §3.1.2.1, RFC 8707 §2, RFC 9207).
//!
//! 1. [`client_id`] reads who asks. What goes wrong up to step 2 is told on a page, never by a redirect.
//! 2. [`channel`] proves `redirect_uri` against the client: from here on there is somewhere to answer to.
//! 3. [`resource_keys`] and [`target`] find the one resource that is meant.
//! 4. [`request`] runs the check table and the authorization machine, and narrows the scopes. Its refusals go to the
//!    channel, in the manner [`answer_by`] allows.
//! 5. The result is sealed and travels with the browser; [`AuthorizeRequest::channel`] proves the redirect URI again
//!    when it comes back.
//! 6. [`next`] decides what happens now: sign in, ask, issue, or refuse.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Time;
use crate::assurance::Acr;
use crate::checks::{self, Endpoint};
use crate::client::{Client, ClientId, Profile};
use crate::demand::Demand;
use crate::error::{Code, Decision, Refusal};
use crate::narrow;
use crate::oxide;
use crate::params::Params;
use crate::permit::Barred;
use crate::pkce::Challenge;
use crate::question::Asking;
use crate::redirect::TrustedRedirect;
use crate::resource::{MAX_RESOURCES, Resource, compare_key};
use crate::scope::{OPENID, Scopes};

pub use crate::next::{
    Ask, Delivery, Next, Presence, Remembered, SignedIn, Situation, WhyAsk, WhySignIn, answer_by, approve,
    demand, next,
};

/// How the answer travels (OAuth 2.0 Multiple Response Types, OAuth 2.0 Form Post Response Mode). `fragment` does not
/// exist: nothing we answer with may end in a browser's history by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form the browser posts.
    FormPost,
}

impl ResponseMode {
    pub(crate) fn read(params: &Params) -> Decision<Self> {
        match params.one("response_mode")? {
            None | Some("query") => Ok(Self::Query),
            Some("form_post") => Ok(Self::FormPost),
            Some(_) => Err(Refusal::new(Code::InvalidRequest, "response_mode must be query or form_post")),
        }
    }
}

/// One value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Show nothing; answer with an error if something would have to be shown.
    None,
    /// Prove again who you are.
    Login,
    /// Ask again what the client may do.
    Consent,
    /// Let the person pick an account.
    SelectAccount,
}

/// The values of `prompt` that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prompts(BTreeSet<Prompt>);

impl Prompts {
    /// Parses the space-separated list; an unknown value is `invalid_request`, because silence would skip what the
    /// client wanted shown.
    pub fn parse(text: &str) -> Decision<Self> {
        text.split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| match word {
                "none" => Ok(Prompt::None),
                "login" => Ok(Prompt::Login),
                "consent" => Ok(Prompt::Consent),
                "select_account" => Ok(Prompt::SelectAccount),
                _ => Err(Refusal::new(
                    Code::InvalidRequest,
                    "prompt must be made of none, login, consent and select_account",
                )),
            })
            .collect::<Decision<_>>()
            .map(Self)
    }

    /// Whether `prompt` was sent.
    pub fn has(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// How many were sent.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where an answer may go, once client and `redirect_uri` are proven.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The proven redirect URI.
    pub redirect: TrustedRedirect,
    /// `state`, echoed byte for byte. `None` also when it was unusable (too long, or sent twice): [`request`] then
    /// refuses, and the refusal goes out without it (AZ-18).
    pub state: Option<String>,
    /// How the answer travels; [`ResponseMode::Query`] also when the parameter was unusable, which [`request`] refuses.
    pub mode: ResponseMode,
    /// The languages the client wishes for, for a page on the way (OIDC Core §3.1.2.1).
    pub ui_locales: Option<String>,
}

/// Step 1: who asks. Missing, repeated or impossible is for a page.
pub fn client_id(params: &Params) -> Decision<ClientId> {
    ClientId::parse(params.required("client_id")?)
}

/// Step 2: where to answer. A refusal here is for a page: there is nowhere proven to send it.
///
/// `redirect_uri` may be left out when exactly one is registered, but not with `openid` and not in the OpenID Connect
/// profile (OIDC Core §3.1.2.1, RU-11).
pub fn channel(params: &Params, client: &Client) -> Decision<Channel> {
    let presented = params.one("redirect_uri")?;
    let openid = params.many("scope").flat_map(|scope| scope.split(' ')).any(|scope| scope == OPENID);
    if presented.is_none() && (openid || client.profile == Profile::OidcCompat) {
        return Err(Refusal::new(
            Code::InvalidRequest,
            "redirect_uri is required in an OpenID Connect request",
        ));
    }
    Ok(Channel {
        redirect: client.match_redirect(presented)?,
        state: params.echo("state").filter(|state| state.len() <= checks::STATE_BYTES).map(str::to_owned),
        mode: ResponseMode::read(params).unwrap_or_default(),
        ui_locales: params.echo("ui_locales").map(str::to_owned),
    })
}

/// Step 3: the resources the request names, in comparable form, each once. Empty when it names none.
pub fn resource_keys(params: &Params) -> Decision<Vec<String>> {
    let mut keys = Vec::new();
    for (count, named) in params.many("resource").filter(|named| !named.is_empty()).enumerate() {
        if count == MAX_RESOURCES {
            return Err(invalid_target("more than 8 resources"));
        }
        let key = compare_key(named).map_err(|refusal| invalid_target(refusal.description().to_owned()))?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Step 3: the resource that is meant (ruling 4): the named one, else the client's default, else the server's, else an
/// error that says how to configure one. `found` are the registered resources that any of these three lead to.
///
/// One grant is for one resource, so that one audience is in its tokens: naming two registered ones is refused.
pub fn target<'a>(
    keys: &[String],
    client: &Client,
    found: impl IntoIterator<Item = &'a Resource>,
) -> Decision<&'a Resource> {
    let served = found.into_iter().filter(|resource| resource.disabled_at.is_none());
    let target = meant(keys, client, served)?;
    if target.is_open_to(client) { Ok(target) } else { Err(Barred::NobodyVouches.at_authorize()) }
}

fn meant<'a>(
    keys: &[String],
    client: &Client,
    served: impl IntoIterator<Item = &'a Resource>,
) -> Decision<&'a Resource> {
    match keys {
        [] => {
            let mut fallback = None;
            for resource in served {
                if Some(resource.id) == client.default_resource {
                    return Ok(resource);
                }
                if resource.is_default {
                    fallback = Some(resource);
                }
            }
            fallback.ok_or_else(|| {
                invalid_target("no resource was named and none is the default; the operator can configure a default resource")
            })
        }
        [key] => served
            .into_iter()
            .find(|resource| resource.compare_key() == *key)
            .ok_or_else(|| invalid_target("this server does not protect that resource; the operator adds one with gatewright resource add")),
        [_, _, ..] => Err(invalid_target("name one resource per request")),
    }
}

/// What [`request`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// All parameters.
    pub params: &'a Params,
    /// Who asks.
    pub client: &'a Client,
    /// The resource that is meant.
    pub target: &'a Resource,
    /// The subject of a verified `id_token_hint`, when one was sent.
    pub hint: Option<Uuid>,
    /// When the request arrived.
    pub now: Time,
}

/// A validated request for authorization, as it is sealed and travels with the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Text only: [`AuthorizeRequest::channel`] turns it into a destination again.
    redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
    /// The resource that is meant.
    pub resource: Uuid,
    /// What was asked, narrowed to what this client can have there.
    pub scopes: Scopes,
    #[serde(with = "challenge_text")]
    /// PKCE; `None` only for confidential clients of the compatibility profile.
    pub challenge: Option<Challenge>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// What the client wants shown.
    pub prompt: Prompts,
    /// Seconds the last login may be old.
    pub max_age: Option<u32>,
    /// Pre-fills the login form, escaped; never looked up (AZ-19).
    pub login_hint: Option<String>,
    /// Who the client expects to be signed in, from a verified `id_token_hint`.
    pub hint: Option<Uuid>,
    /// What the proof of who the person is should be worth: see [`AuthorizeRequest::least`].
    pub acr_values: Option<String>,
    /// What the resource demands of what is asked for, as far as it was known when the request was sealed.
    #[serde(default)]
    pub demand: Demand,
    /// Languages the person prefers.
    pub ui_locales: Option<String>,
    /// When the request arrived. A login after this is fresh enough for any request.
    pub started: Time,
}

/// Step 4: everything else about the request. A refusal goes to the channel.
pub fn request(asked: &Asked<'_>, channel: Channel) -> Decision<AuthorizeRequest> {
    let Asked { params, client, target, hint, now } = *asked;
    let draft = checks::run(&checks::Facts { at: Endpoint::Authorize, params, client: Some(client) })?;
    let asking = Asking { params, client, redirect: &channel.redirect, proof: draft.proof };
    let granted = oxide::authorize(&asking, |requested| narrow::asked(requested, client, target))?;
    Ok(AuthorizeRequest {
        demand: target.demands(&granted.scopes),
        client_id: client.id.clone(),
        redirect_uri: channel.redirect.as_str().to_owned(),
        state: channel.state,
        mode: draft.mode,
        resource: target.id,
        scopes: granted.scopes,
        challenge: granted.challenge,
        nonce: draft.nonce,
        prompt: draft.prompt,
        max_age: draft.max_age,
        login_hint: draft.login_hint,
        hint,
        acr_values: draft.acr_values,
        ui_locales: draft.ui_locales,
        started: now,
    })
}

impl AuthorizeRequest {
    /// Step 5: where to answer, proven again against the client as it is now (AZ-22). A refusal here is for a page.
    pub fn channel(&self, client: &Client) -> Decision<Channel> {
        if client.id != self.client_id {
            return Err(Refusal::new(Code::InvalidRequest, "the request was made by another client"));
        }
        Ok(Channel {
            redirect: client.match_redirect(Some(&self.redirect_uri))?,
            state: self.state.clone(),
            mode: self.mode,
            ui_locales: self.ui_locales.clone(),
        })
    }

    /// The same, with what the resource demands now.
    #[must_use]
    pub fn demanding(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }

    /// Seconds a sign-in before this request may be old, for the client and the resource.
    pub fn most_age(&self) -> Option<u32> {
        self.demand.and(Demand { max_age: self.max_age, acr: None }).max_age
    }

    /// What the client and the resource require of the person's proof.
    pub fn least(&self) -> Acr {
        let wanted = self.acr_values.as_deref().and_then(Acr::wanted).unwrap_or(Acr::OneFactor);
        wanted.max(self.demand.least())
    }

    /// The redirect URI as it is stored with the code, to be compared at the token endpoint.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

fn invalid_target(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidTarget, description)
}

/// A challenge travels as the client sent it.
mod challenge_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::pkce::{Challenge, S256};

    #[expect(clippy::ref_option, reason = "the signature serde's `with` calls")]
    pub(super) fn serialize<S: Serializer>(
        challenge: &Option<Challenge>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        challenge.as_ref().map(Challenge::text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Challenge>, D::Error> {
        let text: Option<String> = Option::deserialize(deserializer)?;
        text.map(|text| Challenge::parse(&text, Some(S256)).map_err(de::Error::custom)).transpose()
    }
}
