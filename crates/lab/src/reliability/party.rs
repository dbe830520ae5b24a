//! What clients, people and resource servers ask of the nodes, one function each.
//!
//! Whoever asks has a list of doors, as behind a load balancer: a request goes to one of them by chance, and to the next
//! when nobody listens there. All requests of one authorization may so end at different nodes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Request as Inside;
use gatewright_oauth::pkce::Verifier;
use gatewright_oauth::secret::Secret;
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::admin::RESOURCE_PATH;
use gatewright_server::admin::inside::http as inside;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::history::History;
use super::http::{Answer, Cookies, Door, Lost, Request};
use crate::Outcome;
use crate::luck::Luck;
use crate::seeds::{AGENT, BATCH, CALLBACK, GUARD, MCP, SCOPE, applied, basic, stopped};
use crate::supplies::VERIFIER;
use crate::world::World;

/// The password of everybody.
pub const PASSWORD: &str = "a horse that is correct, with a staple";
/// Who answers a question sooner is no person.
const READING: Duration = Duration::from_millis(350);
/// Redirects that are followed at most.
const HOPS: usize = 8;

/// Tokens of one answer.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// How something ended that was not what it should have been.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// No answer: it may have happened or not.
    Lost(Lost),
    /// "Not now". It may have happened: the database may have gone while it was being written.
    Later,
    /// Refused.
    Refused(Box<Answer>),
}

/// What asking gives.
pub type Asked<T> = Result<T, Trouble>;

/// A client, and its secret if it has one.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its id.
    pub id: Arc<str>,
    /// What it proves itself with.
    pub secret: Option<Arc<str>>,
}

impl Program {
    /// The public client of the seeds.
    pub fn agent() -> Program {
        Program { id: AGENT.into(), secret: None }
    }

    /// A form of this client.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let secret = self.secret.as_deref().map(|secret| ("client_secret", secret));
        let all: Vec<_> =
            [("client_id", &*self.id)].into_iter().chain(secret).chain(fields.iter().copied()).collect();
        Request::form(path, &all)
    }
}

/// A person with a browser.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their account.
    pub id: Uuid,
    /// Their name there.
    pub name: String,
    /// What their browser keeps.
    pub cookies: Cookies,
}

/// Where to ask, and where it is noted.
#[derive(Debug, Clone)]
pub struct Party {
    /// The nodes.
    pub doors: Vec<Arc<Door>>,
    /// What was asked and answered.
    pub history: Arc<History>,
    /// Which door comes next.
    pub luck: Luck,
    /// The client that people allow.
    pub client: Program,
    /// Where requests come from, as a proxy in front of the nodes says.
    from: Option<Arc<str>>,
    api_key: Arc<str>,
    host: Arc<str>,
}

impl Party {
    /// Makes an API key, in the lab's own process, and knows where the nodes are.
    pub async fn new(world: &World, doors: Vec<Arc<Door>>, luck: Luck) -> Outcome<Party> {
        let scopes = [
            "admin:users.read",
            "admin:users.write",
            "admin:grants.read",
            "admin:grants.write",
            "admin:keys.read",
            "admin:keys.write",
            "admin:clients.read",
            "admin:clients.write",
            "admin:sessions.read",
            "admin:sessions.write",
            "admin:webhooks.read",
            "admin:webhooks.write",
        ];
        let body = json!({ "name": "lab", "scopes": scopes });
        let made = operate(world, ("POST", "/api-keys"), Some(&body)).await?;
        let api_key = made["secret"].as_str().ok_or("an API key without a secret")?;
        let history = Arc::new(History::default());
        for secret in [api_key, PASSWORD, VERIFIER] {
            history.secret(secret);
        }
        for client in [BATCH, GUARD] {
            history.secret(&basic(client));
            history.secret(crate::seeds::secret(client).text().expose());
        }
        let (api_key, host) = (api_key.into(), world.host.to_string().into());
        Ok(Party { doors, history, luck, client: Program::agent(), from: None, api_key, host })
    }

    /// The same with luck of its own.
    pub fn another(&self, number: u64) -> Party {
        Party { luck: self.luck.of(number), ..self.clone() }
    }

    /// The same that asks one node only.
    pub fn at(&self, node: usize) -> Party {
        Party { doors: vec![Arc::clone(&self.doors[node])], ..self.clone() }
    }

    /// The same from another address, for nodes behind a proxy.
    pub fn from(&self, address: &str) -> Party {
        Party { from: Some(address.into()), ..self.clone() }
    }

    /// Sends a request to one of the nodes.
    pub async fn send(&mut self, what: &'static str, request: &Request) -> Result<Answer, Lost> {
        let forwarded = self.from.as_deref().map(|from| request.clone().header("x-forwarded-for", from));
        let request = forwarded.as_ref().unwrap_or(request);
        let first = self.luck.below(self.doors.len());
        let mut result = Err(Lost::Refused);
        for turn in 0..self.doors.len() {
            let node = (first + turn) % self.doors.len();
            let at = Instant::now();
            result = self.doors[node].send(request).await;
            self.history.ended((node, what), at, &result);
            if !matches!(result, Err(Lost::Refused)) {
                break;
            }
        }
        result
    }

    async fn ask(&mut self, what: &'static str, request: &Request) -> Asked<Answer> {
        match self.send(what, request).await {
            Ok(answer) if (200..400).contains(&answer.status) => Ok(answer),
            Ok(answer) if matches!(answer.status, 429 | 503) => {
                if answer.header("retry-after").is_none() {
                    self.history.violation(&format!("{what}: {} without Retry-After", answer.status));
                }
                Err(Trouble::Later)
            }
            Ok(answer) => Err(Trouble::Refused(Box::new(answer))),
            Err(lost) => Err(Trouble::Lost(lost)),
        }
    }

    /// From the first request to a code: signs in and allows where that is asked.
    pub async fn authorize(&mut self, person: &mut Person) -> Asked<String> {
        let query = Request::get(format!("/authorize?{}", self.authorization()));
        let mut answer = self.walk(person, ("authorize", query)).await?;
        if answer.text().contains("id=\"login-form\"") {
            let ticket = hidden(&answer, "request")?;
            let fields = [("request", ticket.as_str()), ("username", &person.name), ("password", PASSWORD)];
            let form = Request::form("/login", &fields).header("sec-fetch-site", "same-origin");
            answer = self.walk(person, ("sign in", form)).await?;
        }
        if answer.text().contains("id=\"consent-form\"") {
            sleep(READING).await;
            let ticket = hidden(&answer, "ticket")?;
            let fields = [("ticket", ticket.as_str()), ("decision", "approve"), ("allow_all", "yes")];
            let form = Request::form("/consent", &fields).header("sec-fetch-site", "same-origin");
            answer = self.walk(person, ("consent", form)).await?;
        }
        let location = answer.header("location").unwrap_or_default();
        let code = url::Url::parse(location).ok().and_then(|location| {
            location.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
        });
        let Some(code) = code else { return Err(Trouble::Refused(Box::new(answer))) };
        self.history.secret(&code);
        Ok(code)
    }

    fn authorization(&self) -> String {
        let verifier = Verifier::parse(VERIFIER).map(|verifier| verifier.challenge().text());
        let mut encoder = url::form_urlencoded::Serializer::new(String::new());
        encoder.extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client.id),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPE),
            ("state", "st"),
            ("resource", MCP),
            ("code_challenge", &verifier.unwrap_or_default()),
            ("code_challenge_method", "S256"),
        ]);
        encoder.finish()
    }

    /// Asks for an authorization and is shown the form for a password; what the form carries.
    pub async fn knock(&mut self, person: &mut Person) -> Asked<String> {
        let query = Request::get(format!("/authorize?{}", self.authorization()));
        hidden(&self.walk(person, ("authorize", query)).await?, "request")
    }

    /// Tries to sign in with a password that may be wrong.
    pub async fn guess(&mut self, (name, password): (&str, &str), cookies: &mut Cookies) -> Asked<Answer> {
        let mut stranger =
            Person { id: Uuid::nil(), name: name.to_owned(), cookies: std::mem::take(cookies) };
        let ticket = self.knock(&mut stranger).await;
        *cookies = stranger.cookies;
        let ticket = ticket?;
        let fields = [("request", ticket.as_str()), ("username", name), ("password", password)];
        let form = Request::form("/login", &fields).header("sec-fetch-site", "same-origin");
        self.ask("guess", &form.header("cookie", cookies.line())).await
    }

    /// Follows redirects inside the issuer.
    async fn walk(
        &mut self,
        person: &mut Person,
        (what, mut request): (&'static str, Request),
    ) -> Asked<Answer> {
        let origin = format!("http://{}", self.host);
        for _ in 0..HOPS {
            let answer = self.ask(what, &request.header("cookie", person.cookies.line())).await?;
            person.cookies.take(&answer);
            for cookie in person.cookies.values() {
                self.history.secret(cookie);
            }
            match answer.header("location").map(|to| to.strip_prefix(&origin).unwrap_or(to).to_owned()) {
                Some(path) if path.starts_with('/') => request = Request::get(path),
                Some(_) | None => return Ok(answer),
            }
        }
        Err(Trouble::Later)
    }

    /// Redeems a code.
    pub async fn redeem(&mut self, code: &str) -> Asked<Tokens> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", CALLBACK),
        ];
        let tokens = self.tokens("redeem", &self.client.form("/token", &fields)).await?;
        self.history.redeemed(code);
        Ok(tokens)
    }

    /// Presents a refresh token.
    pub async fn refresh(&mut self, token: &str) -> Asked<Tokens> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let tokens = self.tokens("refresh", &self.client.form("/token", &fields)).await?;
        self.history.succeeded(token, &tokens.refresh);
        Ok(tokens)
    }

    async fn tokens(&mut self, what: &'static str, request: &Request) -> Asked<Tokens> {
        let answer = self.ask(what, request).await?;
        match (answer.member("access_token"), answer.member("refresh_token")) {
            (Some(access), Some(refresh)) => {
                self.history.secret(&access);
                self.history.secret(&refresh);
                Ok(Tokens { access, refresh })
            }
            _ => Err(Trouble::Refused(Box::new(answer))),
        }
    }

    /// A token of a program.
    pub async fn program(&mut self) -> Asked<String> {
        let form = Request::form("/token", &[("grant_type", "client_credentials")]);
        let answer =
            self.ask("program", &form.header("authorization", format!("Basic {}", basic(BATCH)))).await?;
        let access = answer.member("access_token").unwrap_or_default();
        self.history.secret(&access);
        Ok(access)
    }

    /// Whether the resource server hears that a token is active.
    pub async fn is_active(&mut self, access: &str) -> Asked<bool> {
        let form = Request::form("/introspect", &[("token", access)]);
        let request = form.header("authorization", format!("Basic {}", basic(GUARD)));
        Ok(self.ask("introspect", &request).await?.json()["active"] == true)
    }

    /// Ends a token, and what it belongs to.
    pub async fn revoke(&mut self, token: &str) -> Asked<()> {
        self.ask("revoke", &self.client.form("/revoke", &[("token", token)])).await.map(drop)
    }

    /// Asks the admin API.
    pub async fn admin(
        &mut self,
        (method, path): (&'static str, &str),
        body: Option<&Value>,
    ) -> Asked<Value> {
        let path = format!("{RESOURCE_PATH}{path}");
        let request = match body {
            Some(body) => Request::json(method, path, body),
            None => Request::plain(method, path),
        };
        let request = request.header("authorization", format!("Bearer {}", self.api_key));
        Ok(self.ask("admin", &request).await?.json())
    }

    /// Withdraws whatever a person has allowed.
    pub async fn withdraw(&mut self, person: &Person) -> Asked<()> {
        let list = self.admin(("GET", &format!("/consents?user_id={}", person.id)), None).await?;
        for consent in list["items"].as_array().into_iter().flatten() {
            let id = consent["id"].as_str().unwrap_or_default();
            self.admin(("DELETE", &format!("/consents/{id}")), None).await?;
        }
        Ok(())
    }

    /// Gives a person another name to be shown.
    pub async fn rename(&mut self, person: &Person, name: &str) -> Asked<()> {
        let body = json!({ "name": name });
        self.admin(("PATCH", &format!("/users/{}", person.id)), Some(&body)).await.map(drop)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Lost(lost) => write!(f, "no answer ({lost:?})"),
            Trouble::Later => f.write_str("503"),
            Trouble::Refused(answer) => {
                let text = answer.text();
                write!(f, "{} {}", answer.status, text.get(..200).unwrap_or(&text))
            }
        }
    }
}

impl std::error::Error for Trouble {}

/// People with accounts.
pub async fn people(world: &World, count: usize) -> Outcome<Vec<Person>> {
    let mut people = Vec::new();
    for n in 0..count {
        let name = format!("{}-{n}", world.app.id(world.operator().now).simple());
        let account = NewAccount {
            username: name.clone(),
            email: None,
            display_name: None,
            role: None,
            locale: None,
            password: Secret::new(PASSWORD.to_owned()),
        };
        let id = applied(accounts::create(&world.app, &world.operator(), account).await.map_err(stopped)?)?;
        people.push(Person { id, name, cookies: Cookies::default() });
    }
    Ok(people)
}

/// Asks the admin API in the lab's own process, as the operator.
pub async fn operate(world: &World, (method, path): (&str, &str), body: Option<&Value>) -> Outcome<Value> {
    let request = Inside::builder().method(method).uri(format!("{RESOURCE_PATH}{path}"));
    let request = request.header("content-type", "application/json");
    let request = request.body(body.map(ToString::to_string).unwrap_or_default().into_bytes())?;
    let (status, _, answer) = inside::ask(&world.app, &world.operator(), request).await;
    if !status.is_success() {
        return Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok(serde_json::from_slice(&answer).unwrap_or_default())
}

fn hidden(page: &Answer, name: &str) -> Asked<String> {
    let text = page.text();
    let marker = format!("name=\"{name}\" value=\"");
    let value = text.split_once(&marker).and_then(|(_, rest)| rest.split('"').next());
    value.map(str::to_owned).ok_or_else(|| Trouble::Refused(Box::new(page.clone())))
}
