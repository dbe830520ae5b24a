//! What is asked of the server in bulk, and the supplies for it.

use std::net::SocketAddr;

use gatewright_server::App;

use super::work::Work;
use crate::Outcome;
use crate::load::Plan;
use crate::seeds::{AGENT, BATCH, CALLBACK, GUARD, MCP, RS256_MCP, SCOPE, basic};
use crate::supplies::{Code, Grant, Supplies, VERIFIER, Visitor};
use crate::wire::{self, Requests};
use crate::world::World;

/// More than any of these machines does: how many codes or grants are made for one second.
const SUPPLY_PER_SECOND: u64 = 16_000;
/// Access tokens that are introspected in turn.
const TOKENS: usize = 64;

/// Makes requests.
pub struct Asked<'a> {
    world: &'a World,
    plan: Plan,
    supplies: Supplies,
}

impl<'a> Asked<'a> {
    /// Enough for measurements of this plan.
    pub fn new(world: &'a World, plan: Plan, seed: u64) -> Asked<'a> {
        Asked { world, plan, supplies: Supplies::new(seed) }
    }

    /// Requests of one kind for `host`. What grew in the database before is gone.
    pub async fn requests(&mut self, work: Work, host: SocketAddr) -> Outcome<Requests> {
        Ok(match work {
            Work::ClientCredentials => {
                Supplies::clear(self.world).await?;
                Requests::endless(vec![program(host, MCP)], b"\"access_token\":\"")
            }
            Work::ClientCredentialsRs256 => {
                Supplies::clear(self.world).await?;
                Requests::endless(vec![program(host, RS256_MCP)], b"\"access_token\":\"")
            }
            Work::CodeExchange => {
                let texts = self.codes().await?.iter().map(|code| redeem(host, code)).collect();
                Requests::once(texts, b"\"refresh_token\":\"")
            }
            Work::Refresh => {
                let grants = self.grants().await?;
                let refresh = |grant| refresh(&self.world.app, host, (grant, 0));
                let texts = grants.iter().map(refresh).collect::<Outcome<_>>()?;
                Requests::once(texts, b"\"refresh_token\":\"")
            }
            Work::Introspection => {
                // The grants of earlier ones went with the tables.
                let tokens = self.tokens().await?;
                let texts = tokens.iter().map(|token| introspect(host, token)).collect();
                Requests::endless(texts, b"\"active\":true")
            }
            Work::SessionFlow => return Err("a session flow is no single request".into()),
            Work::Jwks => Requests::endless(vec![wire::get(host, "/jwks")], b"\"keys\":["),
        })
    }

    /// Codes.
    pub async fn codes(&mut self) -> Outcome<Vec<Code>> {
        self.supplies.codes(self.world, amount(self.plan)?).await
    }

    /// Grants.
    pub async fn grants(&mut self) -> Outcome<Vec<Grant>> {
        self.supplies.grants(self.world, amount(self.plan)?).await
    }

    /// A session for each client.
    pub async fn visitors(&mut self) -> Outcome<Vec<Visitor>> {
        self.supplies.visitors(self.world, self.plan.clients).await
    }

    /// Access tokens under grants, made by the server.
    pub async fn tokens(&mut self) -> Outcome<Vec<String>> {
        let host = self.world.host;
        let mut tokens = Vec::with_capacity(TOKENS);
        for code in self.supplies.codes(self.world, TOKENS).await? {
            let answer: serde_json::Value =
                serde_json::from_slice(&wire::ask(host, &redeem(host, &code)).await?)?;
            tokens.push(answer["access_token"].as_str().ok_or("no access token")?.to_owned());
        }
        Ok(tokens)
    }
}

fn amount(plan: Plan) -> Outcome<usize> {
    Ok(usize::try_from((plan.warm + plan.measured).as_secs() * SUPPLY_PER_SECOND)?)
}

fn program(host: SocketAddr, resource: &str) -> Box<[u8]> {
    let form = form(&[("grant_type", "client_credentials"), ("scope", SCOPE), ("resource", resource)]);
    wire::post(host, "/token", (Some(&basic(BATCH)), &form))
}

fn redeem(host: SocketAddr, code: &Code) -> Box<[u8]> {
    redemption(host, code.code.text().expose())
}

/// The agent's request for the tokens of a code.
pub fn redemption(host: SocketAddr, code: &str) -> Box<[u8]> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", AGENT),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
        ("resource", MCP),
    ];
    wire::post(host, "/token", (None, &form(&fields)))
}

/// The agent's request for new tokens of a grant in this generation.
pub fn refresh(app: &App, host: SocketAddr, (grant, generation): (&Grant, u64)) -> Outcome<Box<[u8]>> {
    let token = app.data_keys.refresh_token(&grant.salt, grant.id, generation);
    let token = token.ok_or("no refresh key")?.text();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", AGENT),
        ("refresh_token", token.expose().as_str()),
        ("resource", MCP),
    ];
    Ok(wire::post(host, "/token", (None, &form(&fields))))
}

/// The resource's question about a token.
pub fn introspect(host: SocketAddr, token: &str) -> Box<[u8]> {
    wire::post(host, "/introspect", (Some(&basic(GUARD)), &form(&[("token", token)])))
}

/// Fields as a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut encoder = url::form_urlencoded::Serializer::new(String::new());
    encoder.extend_pairs(fields);
    encoder.finish()
}
