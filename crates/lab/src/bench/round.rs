//! One measurement after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gatewright_store::event_log;
use tokio::runtime::Runtime;

use super::session::Flow;
use super::work::{Limit, Work};
use crate::Outcome;
use crate::bare::Signer;
use crate::load::{self, Measured, Plan, Step, Worker};
use crate::process::Watched;
use crate::seeds::{AGENT, BATCH, CALLBACK, GUARD, MCP, SCOPE, basic};
use crate::server::{Bare, Server};
use crate::sql::{Changes, Job, Way};
use crate::supplies::{Code, Grant, Supplies, VERIFIER};
use crate::wire::{self, Caller, Requests};
use crate::world::World;

/// More than any of these machines does: how many codes or grants are made for one second.
const SUPPLY_PER_SECOND: u64 = 16_000;
/// Access tokens that are introspected in turn.
const TOKENS: usize = 64;

/// What one round found about one kind of work.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The work.
    pub work: Work,
    /// The server doing it.
    pub server: Measured,
    /// The machine doing what has to be done at least, in the order of [`Work::limits`].
    pub limits: Vec<(Limit, Measured)>,
}

/// Half seconds without a new checkpoint after which all events are sealed.
const QUIET: u32 = 4;

/// Takes measurements.
pub struct Rounds<'a> {
    runtime: &'a Runtime,
    world: &'a World,
    server: &'a Server,
    plan: Plan,
    supplies: Supplies,
    bare: Bare,
    found: Vec<Finding>,
}

impl<'a> Rounds<'a> {
    /// Gets the limits ready: what they answer is what the server answers now.
    pub fn new(
        runtime: &'a Runtime,
        (world, server): (&'a World, &'a Server),
        plan: Plan,
        seed: u64,
    ) -> Outcome<Rounds<'a>> {
        let mut supplies = Supplies::new(seed);
        let tokens = runtime.block_on(tokens(world, &mut supplies))?;
        let bare = runtime.block_on(async {
            let jwks = wire::ask(world.host, &wire::get(world.host, "/jwks")).await?;
            let introspection = wire::ask(world.host, &introspect(world.host, &tokens[0])).await?;
            Bare::start(world, (&jwks, &introspection))
        })?;
        Ok(Rounds { runtime, world, server, plan, supplies, bare, found: Vec::new() })
    }

    /// Everything found.
    pub fn done(self) -> Vec<Finding> {
        self.found
    }

    /// One kind of work: its limits, then the server.
    pub fn measure(&mut self, work: Work) -> Outcome<()> {
        let mut limits = Vec::new();
        for limit in work.limits() {
            self.runtime.block_on(self.caught_up())?;
            let measured = self.limit(work, *limit)?;
            eprintln!("  {limit}: {:.0}/s", measured.rate);
            limits.push((*limit, measured));
        }
        self.runtime.block_on(self.caught_up())?;
        let server = match work {
            Work::SessionFlow => self.authorize()?,
            Work::ClientCredentials
            | Work::CodeExchange
            | Work::Refresh
            | Work::Introspection
            | Work::Jwks => {
                let requests = self.requests(work, self.world.host)?;
                self.ask(self.world.host, self.server.id(), &requests)?
            }
        };
        eprintln!("  {work}: {:.0}/s", server.rate);
        self.found.push(Finding { work, server, limits });
        Ok(())
    }

    /// Waits until the events of the work before are sealed, so that no work pays for another's.
    async fn caught_up(&self) -> Outcome<()> {
        let store = &self.world.app.store;
        let (mut size, mut quiet) = (0, 0);
        while quiet < QUIET {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = event_log::newest(store)
                .await
                .map_err(|error| error.to_string())?
                .map_or(0, |newest| newest.size);
            quiet = if now == size { quiet + 1 } else { 0 };
            size = now;
        }
        Ok(())
    }

    fn limit(&mut self, work: Work, limit: Limit) -> Outcome<Measured> {
        match limit {
            Limit::BareBytes | Limit::BareSigning => {
                let requests = self.requests(work, self.bare.host)?;
                self.ask(self.bare.host, self.bare.id(), &requests)
            }
            Limit::Signatures => self.sign(),
            Limit::Events => {
                self.runtime.block_on(Supplies::clear(self.world))?;
                self.change(Changes::Events, Way::Statement)
            }
            Limit::Statement => self.change_once(work, Way::Statement),
            Limit::StoreFunctions => self.change_once(work, Way::Functions),
        }
    }

    fn change_once(&mut self, work: Work, way: Way) -> Outcome<Measured> {
        let changes = match work {
            Work::CodeExchange | Work::SessionFlow => Changes::Codes(self.codes()?),
            Work::Refresh => Changes::Grants(self.grants()?),
            Work::ClientCredentials | Work::Introspection | Work::Jwks => {
                return Err(format!("{work} is not limited by statements").into());
            }
        };
        self.change(changes, way)
    }

    fn change(&self, changes: Changes, way: Way) -> Outcome<Measured> {
        let job = Job::new(self.world, changes, way);
        load::run(self.plan, Watched::default(), async |count, _| job.workers(count).await)
    }

    fn ask(&self, host: SocketAddr, process: u32, requests: &Requests) -> Outcome<Measured> {
        load::run(self.plan, Watched { server: Some(process) }, async |count, first| {
            let mut callers = Vec::with_capacity(count);
            for number in first..first + count {
                callers.push(Caller::connect(host, requests.clone(), number).await?);
            }
            Ok(callers)
        })
    }

    fn authorize(&mut self) -> Outcome<Measured> {
        let visitors = self.runtime.block_on(self.supplies.visitors(self.world, self.plan.clients))?;
        let watched = Watched { server: Some(self.server.id()) };
        load::run(self.plan, watched, async |count, first| {
            let mut flows = Vec::with_capacity(count);
            for visitor in &visitors[first..first + count] {
                flows.push(Flow::connect(self.world.host, visitor).await?);
            }
            Ok(flows)
        })
    }

    fn sign(&self) -> Outcome<Measured> {
        let plan = Plan { clients: load::cores(), ..self.plan };
        let signer = Arc::new(Signer::new()?);
        load::run(plan, Watched::default(), async |count, _| {
            Ok((0..count).map(|_| Signing(Arc::clone(&signer))).collect())
        })
    }

    fn requests(&mut self, work: Work, host: SocketAddr) -> Outcome<Requests> {
        Ok(match work {
            Work::ClientCredentials => {
                self.runtime.block_on(Supplies::clear(self.world))?;
                let form = form(&[("grant_type", "client_credentials"), ("scope", SCOPE), ("resource", MCP)]);
                let request = wire::post(host, "/token", (Some(&basic(BATCH)), &form));
                Requests::endless(vec![request], b"\"access_token\":\"")
            }
            Work::CodeExchange => {
                let texts = self.codes()?.iter().map(|code| redeem(host, code)).collect();
                Requests::once(texts, b"\"refresh_token\":\"")
            }
            Work::Refresh => {
                let grants = self.grants()?;
                let texts = grants.iter().map(|grant| refresh(self.world, grant)).collect::<Outcome<_>>()?;
                Requests::once(texts, b"\"refresh_token\":\"")
            }
            Work::Introspection => {
                // The grants of earlier ones went with the tables.
                let tokens = self.runtime.block_on(tokens(self.world, &mut self.supplies))?;
                let texts = tokens.iter().map(|token| introspect(host, token)).collect();
                Requests::endless(texts, b"\"active\":true")
            }
            Work::SessionFlow => return Err("a session flow is no single request".into()),
            Work::Jwks => Requests::endless(vec![wire::get(host, "/jwks")], b"\"keys\":["),
        })
    }

    fn codes(&mut self) -> Outcome<Vec<Code>> {
        self.runtime.block_on(self.supplies.codes(self.world, amount(self.plan)?))
    }

    fn grants(&mut self) -> Outcome<Vec<Grant>> {
        self.runtime.block_on(self.supplies.grants(self.world, amount(self.plan)?))
    }
}

fn amount(plan: Plan) -> Outcome<usize> {
    Ok(usize::try_from((plan.warm + plan.measured).as_secs() * SUPPLY_PER_SECOND)?)
}

/// Access tokens under grants, made by the server.
async fn tokens(world: &World, supplies: &mut Supplies) -> Outcome<Vec<String>> {
    let mut tokens = Vec::with_capacity(TOKENS);
    for code in supplies.codes(world, TOKENS).await? {
        let answer: serde_json::Value =
            serde_json::from_slice(&wire::ask(world.host, &redeem(world.host, &code)).await?)?;
        tokens.push(answer["access_token"].as_str().ok_or("no access token")?.to_owned());
    }
    Ok(tokens)
}

fn redeem(host: SocketAddr, code: &Code) -> Box<[u8]> {
    redemption(host, code.code.text().expose())
}

/// The agent's request for the tokens of a code.
pub(super) fn redemption(host: SocketAddr, code: &str) -> Box<[u8]> {
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

fn refresh(world: &World, grant: &Grant) -> Outcome<Box<[u8]>> {
    let token = world.app.data_keys.refresh_token(&grant.salt, grant.id, 0).ok_or("no refresh key")?.text();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", AGENT),
        ("refresh_token", token.expose().as_str()),
        ("resource", MCP),
    ];
    Ok(wire::post(world.host, "/token", (None, &form(&fields))))
}

fn introspect(host: SocketAddr, token: &str) -> Box<[u8]> {
    wire::post(host, "/introspect", (Some(&basic(GUARD)), &form(&[("token", token)])))
}

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut encoder = url::form_urlencoded::Serializer::new(String::new());
    encoder.extend_pairs(fields);
    encoder.finish()
}

/// Signs, and nothing else.
struct Signing(Arc<Signer>);

impl Worker for Signing {
    async fn step(&mut self) -> Outcome<Step> {
        self.0.sign()?;
        Ok(Step::Done)
    }
}
