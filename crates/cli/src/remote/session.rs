//! One command's requests to a server elsewhere.
//!
//! 1. An API key is sent as it is.
//! 2. An access token is used until shortly before its end, then renewed under the lock of the profiles: who waited
//!    for the lock uses what the one before got. Should two get through all the same, the server gives both the same
//!    next refresh token within a minute.
//! 3. A server that knows the token no more (401) is asked once with a renewed one.
//! 4. One that wants a recent sign-in (RFC 9470) gets it: the browser is opened again.

use axum::body::Body;
use chrono::Duration;
use gatewright_oauth::secret::Secret;
use gatewright_server::admin::RESOURCE_PATH;
use gatewright_server::admin::program::CLIENT_ID;
use gatewright_server::clock::{Clock as _, SystemClock};
use http::request::Builder;
use http::{HeaderMap, Request, Response, StatusCode, header};

use super::ask::LINES;
use super::browser::{self, Screen, Wish};
use super::choice::{API_KEY, Choice, Credential};
use super::device::{self, Answer};
use super::profiles::{Profile, Profiles, Shelf, Tokens};
use super::{Ask, Pieces, Trouble, discovery};
use crate::failure::{Exit, Failure};
use crate::fetch::Fetch;
use crate::output::clean;
use crate::terminal;
use crate::trust::Trust;

/// An access token this close to its end is not used any more.
const MARGIN: Duration = Duration::seconds(20);

/// A server, and what we are known by.
pub struct Session {
    fetch: Fetch,
    server: String,
    credential: Credential,
    trust: Trust,
}

type Answered = (StatusCode, HeaderMap, Vec<u8>);

impl Session {
    /// With the server that was chosen.
    pub fn open(choice: Choice) -> Result<Session, Failure> {
        let Choice { server, credential, trust, .. } = choice;
        Ok(Session { fetch: Fetch::patient(&trust)?, server, credential, trust })
    }

    /// Its issuer.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whom to trust that it is the server.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Asks. A no is an answer, except to who we are.
    pub async fn ask(&self, ask: &Ask, key: Option<&str>) -> Result<Answered, Failure> {
        match &self.credential {
            Credential::Key(api_key) => {
                let answered = self.once(ask, key, api_key).await?;
                if answered.0 == StatusCode::UNAUTHORIZED {
                    return Err(self.unknown(&answered));
                }
                Ok(answered)
            }
            Credential::Profile(name) => self.as_person(name, (ask, key)).await,
        }
    }

    async fn as_person(&self, name: &str, (ask, key): (&Ask, Option<&str>)) -> Result<Answered, Failure> {
        let token = self.current(name, None).await?;
        let answered = self.once(ask, key, &token).await?;
        if answered.0 != StatusCode::UNAUTHORIZED {
            return Ok(answered);
        }
        // Step 4 or 3.
        let token = match Trouble::read(answered.0, &answered.1, &answered.2).max_age {
            Some(max_age) => self.step_up(name, max_age).await?,
            None => self.current(name, Some(&token)).await?,
        };
        let answered = self.once(ask, key, &token).await?;
        if answered.0 != StatusCode::UNAUTHORIZED {
            return Ok(answered);
        }
        let token = match Trouble::read(answered.0, &answered.1, &answered.2).max_age {
            Some(max_age) => self.step_up(name, max_age).await?,
            None => return Err(self.unknown(&answered)),
        };
        let answered = self.once(ask, key, &token).await?;
        if answered.0 == StatusCode::UNAUTHORIZED { Err(self.unknown(&answered)) } else { Ok(answered) }
    }

    fn unknown(&self, (status, headers, body): &Answered) -> Failure {
        let said = Trouble::read(*status, headers, body);
        let server = &self.server;
        let advice = match &self.credential {
            Credential::Key(_) => format!(
                "{API_KEY} holds the key that was sent: is it for this server, and neither revoked nor expired? \
                 Another one: gatewright api-key create"
            ),
            Credential::Profile(name) => format!("sign in again: gatewright login --server {}", clean(name)),
        };
        Failure::new(format!("{server} does not know us: {said}\n  {advice}")).with(Exit::Refused)
    }

    /// Asks once, with bodies that come and go piece by piece.
    pub async fn flow(&self, ask: &Ask, body: Option<Pieces>) -> Result<Response<Body>, Failure> {
        let request = match &self.credential {
            Credential::Key(api_key) => self.head(ask, api_key)?,
            Credential::Profile(name) => self.head(ask, &self.current(name, None).await?)?,
        };
        let request = match &body {
            Some(_) => request.header(header::CONTENT_TYPE, LINES),
            None => request,
        };
        let request = request.body(body).map_err(|error| unusable(&format!("it cannot be sent: {error}")))?;
        let answer =
            self.fetch.flow(request).await.map_err(|error| discovery::unreachable(&self.server, &error))?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(self.unknown(&(answer.status(), answer.headers().clone(), Vec::new())));
        }
        Ok(answer.map(Body::new))
    }

    async fn once(&self, ask: &Ask, key: Option<&str>, token: &Secret<String>) -> Result<Answered, Failure> {
        let mut request =
            self.head(ask, token)?.header(header::ACCEPT, "application/json, application/problem+json");
        if ask.body.is_some() {
            request = request.header(header::CONTENT_TYPE, ask.media_type());
        }
        if let Some(etag) = &ask.if_match {
            request = request.header(header::IF_MATCH, etag);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = ask.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = request.body(body.into_bytes());
        let request = request.map_err(|error| unusable(&format!("the request cannot be sent: {error}")))?;
        let answer = self
            .fetch
            .exchange(request)
            .await
            .map_err(|error| discovery::unreachable(&self.server, &error))?;
        Ok((answer.status, answer.headers, answer.body))
    }

    fn head(&self, ask: &Ask, token: &Secret<String>) -> Result<Builder, Failure> {
        let mut bearer = header::HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| unusable("the credential has characters that cannot be sent"))?;
        bearer.set_sensitive(true);
        Ok(Request::builder()
            .method(ask.method.clone())
            .uri(format!("{}{RESOURCE_PATH}{}", self.server, ask.target()))
            .header(header::AUTHORIZATION, bearer))
    }

    /// Steps 2 and 3: a token that is good, and not the one the server did not know.
    async fn current(&self, name: &str, refused: Option<&Secret<String>>) -> Result<Secret<String>, Failure> {
        let shelf = Shelf::own()?;
        let is_good = |tokens: &Tokens| {
            tokens.expires_at - MARGIN > SystemClock.now()
                && refused.is_none_or(|refused| refused.expose() != tokens.access_token.expose())
        };
        let read = || -> Result<(Profiles, Option<Secret<String>>), Failure> {
            let profiles = shelf.read()?;
            let tokens =
                of(&profiles, name, &self.server)?.tokens.as_ref().ok_or_else(|| self.signed_out(name))?;
            let good = is_good(tokens).then(|| Secret::new(tokens.access_token.expose().clone()));
            Ok((profiles, good))
        };
        if let (_, Some(good)) = read()? {
            return Ok(good);
        }
        let held = shelf.hold().await?;
        let (mut profiles, good) = read()?;
        if let Some(good) = good {
            return Ok(good);
        }
        let profile = profiles.profiles.get_mut(name).ok_or_else(|| self.signed_out(name))?;
        let tokens = profile.tokens.as_ref().ok_or_else(|| self.signed_out(name))?;
        let server = discovery::server(&self.fetch, &self.server).await?;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", tokens.refresh_token.expose().as_str()),
        ];
        match browser::token(&self.fetch, &server, &form).await? {
            Ok(next) => {
                let token = Secret::new(next.access_token.expose().clone());
                profile.tokens = Some(next);
                shelf.write(&held, &profiles)?;
                Ok(token)
            }
            Err(refused) if refused.error == "invalid_grant" => Err(self.signed_out(name)),
            Err(refused) => Err(Failure::new(format!(
                "{} gave no new token: {refused}\n  sign in again: gatewright login --server {}",
                self.server,
                clean(name)
            ))
            .with(Exit::Refused)),
        }
    }

    fn signed_out(&self, name: &str) -> Failure {
        Failure::new(format!(
            "the sign-in to {} has ended\n  sign in again: gatewright login --server {}",
            self.server,
            clean(name)
        ))
        .with(Exit::Refused)
    }

    /// Step 4.
    async fn step_up(&self, name: &str, max_age: u64) -> Result<Secret<String>, Failure> {
        terminal::note("This takes a recent sign-in.");
        let shelf = Shelf::own()?;
        let (named, authority) = {
            let profiles = shelf.read()?;
            let profile = of(&profiles, name, &self.server)?;
            (profile.scopes.clone(), profile.authority.clone())
        };
        let api = discovery::admin_api(&self.fetch, &self.server).await?;
        let scopes = if named.is_empty() { &api.scopes_supported } else { &named };
        let wish =
            Wish { resource: &api.resource, scopes, max_age: Some(max_age), port: 0, screen: Screen::Here };
        // How recent it has to be cannot be said from another device.
        let tokens = begin(&self.fetch, &self.server, (Flow::Browser, wish)).await?;
        let token = Secret::new(tokens.access_token.expose().clone());
        let profile = Profile { server: self.server.clone(), authority, scopes: named, tokens: Some(tokens) };
        keep(&self.fetch, name, profile, Rank::AsItComes).await?;
        Ok(token)
    }
}

fn unusable(what: &str) -> Failure {
    Failure::configuration(format!("{what}\n  check {API_KEY} for spaces and line breaks"))
}

fn of<'a>(profiles: &'a Profiles, name: &str, server: &str) -> Result<&'a Profile, Failure> {
    let profile = profiles.profiles.get(name).filter(|profile| profile.server == server);
    profile.ok_or_else(|| {
        Failure::new(format!("the profile {} was changed meanwhile\n  run the command again", clean(name)))
    })
}

/// Where the browser is that somebody signs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It comes back to this computer.
    Browser,
    /// It is on another device, which answers for this one.
    Device,
    /// Here if there is a screen, else on another device if the server offers that.
    AsItComes,
}

/// Signs somebody in.
pub async fn begin(fetch: &Fetch, server: &str, (flow, wish): (Flow, Wish<'_>)) -> Result<Tokens, Failure> {
    let server = discovery::server(fetch, server).await?;
    if flow == Flow::Device || (flow == Flow::AsItComes && !browser::has_screen()) {
        match device::sign_in(fetch, &server, &wish).await? {
            Answer::Tokens(tokens) => return Ok(tokens),
            Answer::NotOffered(why) if flow == Flow::Device => {
                return Err(Failure::new(format!(
                    "nobody can sign in from another device: {why}\n  without --device the browser's answer can be \
                     pasted here, or comes through a tunnel (--port)"
                )));
            }
            Answer::NotOffered(_) => {}
        }
    }
    browser::sign_in(fetch, &server, &wish).await
}

/// Whether a profile becomes the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// If there is none yet.
    AsItComes,
    /// In any case.
    Default,
}

/// Keeps a profile, and ends what it was before; whether it is the default now.
pub async fn keep(fetch: &Fetch, name: &str, profile: Profile, rank: Rank) -> Result<bool, Failure> {
    let shelf = Shelf::own()?;
    let held = shelf.hold().await?;
    let mut profiles = shelf.read()?;
    let before = profiles.profiles.insert(name.to_owned(), profile);
    if rank == Rank::Default || profiles.default.is_none() {
        profiles.default = Some(name.to_owned());
    }
    let is_default = profiles.default.as_deref() == Some(name);
    shelf.write(&held, &profiles)?;
    drop(held);
    if let Some(Profile { server, tokens: Some(tokens), .. }) = before
        && let Err(failure) = end(fetch, &server, &tokens).await
    {
        terminal::note(&format!("warning: the sign-in before was not ended at {server}: {failure}"));
    }
    Ok(is_default)
}

/// Ends a sign-in at its server.
pub async fn end(fetch: &Fetch, server: &str, tokens: &Tokens) -> Result<(), Failure> {
    let server = discovery::server(fetch, server).await?;
    browser::revoke(fetch, &server, tokens).await
}
