//! The flows most tests start from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::agent::{Agent, Page};
use crate::world::{CALLBACK, MCP, PASSWORD, World};

/// A PKCE verifier of the right form.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The header of a JWT, unverified.
pub fn header(jwt: &str) -> Value {
    let header = jwt.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// A request for authorization: `AZ{…}` of the threat catalogue, a valid baseline with overrides.
#[derive(Clone)]
pub struct Az(Vec<(String, String)>);

impl Az {
    /// The baseline for a client with the redirect URI [`CALLBACK`].
    pub fn of(client: &str) -> Az {
        Az::to(client, CALLBACK)
    }

    /// The baseline with another redirect URI.
    pub fn to(client: &str, redirect_uri: &str) -> Az {
        let pairs = [
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", redirect_uri),
            ("scope", "mcp:read"),
            ("state", "st-1"),
            ("resource", MCP),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ];
        Az(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// Replaces a parameter.
    #[must_use]
    pub fn set(self, name: &str, value: &str) -> Az {
        self.without(name).also(name, value)
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Az {
        self.0.retain(|(found, _)| found != name);
        self
    }

    /// Adds a parameter, possibly a second time.
    #[must_use]
    pub fn also(mut self, name: &str, value: &str) -> Az {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The parameters, form-encoded.
    pub fn query(&self) -> String {
        let mut encoder = url::form_urlencoded::Serializer::new(String::new());
        encoder.extend_pairs(&self.0);
        encoder.finish()
    }

    /// The parameters as pairs.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// What a successful token request gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The ID token.
    pub id: Option<String>,
    /// The whole answer.
    pub body: Value,
}

impl Tokens {
    /// Reads a 200 of the token endpoint.
    pub fn of(page: &Page) -> Tokens {
        assert_eq!(page.status, 200, "{}", page.body);
        let body = page.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Tokens {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            id: text("id_token"),
            body,
        }
    }

    /// The refresh token that has to be there.
    pub fn refresh(&self) -> &str {
        self.refresh.as_deref().unwrap()
    }
}

impl World {
    /// `GET /authorize`, following redirects inside the server: ends at a page or at the client.
    pub async fn authorize(&self, agent: &mut Agent, az: &Az) -> Page {
        let first = agent.get(&self.url(&format!("/authorize?{}", az.query()))).await;
        agent.follow(first).await
    }

    /// Fills in the login form of a page as `name`.
    pub async fn log_in(&self, agent: &mut Agent, page: &Page, name: &str) -> Page {
        self.log_in_with(agent, page, (name, PASSWORD)).await
    }

    /// The same with another password.
    pub async fn log_in_with(&self, agent: &mut Agent, page: &Page, (name, password): (&str, &str)) -> Page {
        assert!(page.body.contains("id=\"login-form\""), "not a login page: {} {}", page.status, page.body);
        let request = page.hidden("request");
        let fields = [("request", request.as_str()), ("username", name), ("password", password)];
        let answer = agent.post(&self.url("/login"), &fields).await;
        agent.follow(answer).await
    }

    /// Answers the consent form of a page; whoever approves ticks all there is to tick.
    pub async fn decide(&self, agent: &mut Agent, page: &Page, decision: &str) -> Page {
        let boxes = page.values("allow");
        let ticked: Vec<(&str, &str)> = boxes.iter().map(|scope| ("allow", scope.as_str())).collect();
        self.decide_with(agent, page, (decision, &ticked)).await
    }

    /// Answers the consent form of a page with these fields besides.
    pub async fn decide_with(
        &self,
        agent: &mut Agent,
        page: &Page,
        (decision, fields): (&str, &[(&str, &str)]),
    ) -> Page {
        assert!(
            page.body.contains("id=\"consent-form\""),
            "not a consent page: {} {}",
            page.status,
            page.body
        );
        self.pass(2);
        let ticket = page.hidden("ticket");
        let fields = [&[("ticket", ticket.as_str()), ("decision", decision)], fields].concat();
        let answer = agent.post(&self.url("/consent"), &fields).await;
        agent.follow(answer).await
    }

    /// From a fresh browser to the answer at the client: signs `name` in and approves.
    pub async fn approve(&self, agent: &mut Agent, az: &Az, name: &str) -> Page {
        let mut page = self.authorize(agent, az).await;
        if page.body.contains("id=\"login-form\"") {
            page = self.log_in(agent, &page, name).await;
        }
        if page.body.contains("id=\"consent-form\"") {
            page = self.decide(agent, &page, "approve").await;
        }
        page
    }

    /// A code for alice.
    pub async fn code(&self, az: &Az) -> String {
        let page = self.approve(&mut self.agent(), az, "alice").await;
        page.answer("code")
            .unwrap_or_else(|| panic!("no code: {} {:?} {}", page.status, page.location(), page.body))
    }

    /// Redeems a code of a public client, with overrides.
    pub async fn redeem(&self, client: &str, code: &str, change: &[(&str, &str)]) -> Page {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in change {
            fields.retain(|(found, _)| found != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.post("/token", &fields).await
    }

    /// Tokens of `pub1` for alice.
    pub async fn tokens(&self) -> Tokens {
        self.tokens_for(&Az::of("pub1"), "pub1").await
    }

    /// Tokens of a public client for alice.
    pub async fn tokens_for(&self, az: &Az, client: &str) -> Tokens {
        let code = self.code(az).await;
        Tokens::of(&self.redeem(client, &code, &[]).await)
    }

    /// Presents a refresh token of a public client.
    pub async fn refresh(&self, client: &str, token: &str) -> Page {
        let fields = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
        self.post("/token", &fields).await
    }

    /// What the resource server hears about a token.
    pub async fn introspect(&self, token: &str) -> Value {
        self.post_as("rs1", "/introspect", &[("token", token)]).await.json()
    }

    /// Whether the resource server hears that a token is active.
    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    /// Waits until it does not any more: for one second it may be told what was true a moment ago.
    pub async fn soon_inactive(&self, token: &str) {
        for _ in 0..40 {
            if !self.is_active(token).await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the token stays active");
    }
}
