//! One measurement after the other.

use std::net::SocketAddr;
use std::sync::Arc;

use gatewright_jose::Algorithm;
use tokio::runtime::Runtime;

use super::caught_up;
use super::requests::{Asked, introspect};
use super::session::Flow;
use super::work::{Limit, Work};
use crate::Outcome;
use crate::bare::Signer;
use crate::load::{self, Measured, Plan, Step, Worker};
use crate::process::Watched;
use crate::server::{Bare, Server};
use crate::sql::{Changes, Job, Way};
use crate::supplies::{Code, Grant, Supplies};
use crate::wire::{self, Caller, Requests};
use crate::world::World;

/// What one round found about one kind of work.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The work.
    pub work: Work,
    /// The server doing it.
    pub server: Measured,
    /// The machine doing what has to be done at least, in the order they were asked for.
    pub limits: Vec<(Limit, Measured)>,
}

/// Takes measurements.
pub struct Rounds<'a> {
    runtime: &'a Runtime,
    world: &'a World,
    server: &'a Server,
    plan: Plan,
    asked: Asked<'a>,
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
        let mut asked = Asked::new(world, plan, seed);
        let tokens = runtime.block_on(asked.tokens())?;
        let bare = runtime.block_on(async {
            let jwks = wire::ask(world.host, &wire::get(world.host, "/jwks")).await?;
            let introspection = wire::ask(world.host, &introspect(world.host, &tokens[0])).await?;
            Bare::start(world, (&jwks, &introspection))
        })?;
        Ok(Rounds { runtime, world, server, plan, asked, bare, found: Vec::new() })
    }

    /// Everything found.
    pub fn done(self) -> Vec<Finding> {
        self.found
    }

    /// One kind of work: its limits, then the server.
    pub fn measure(&mut self, work: Work) -> Outcome<()> {
        self.beside(work, work.limits())
    }

    /// One kind of work beside some of its limits.
    pub fn beside(&mut self, work: Work, beside: &[Limit]) -> Outcome<()> {
        let mut limits = Vec::new();
        for limit in beside {
            self.runtime.block_on(caught_up(self.world))?;
            let measured = self.limit(work, *limit)?;
            eprintln!("  {limit}: {:.0}/s", measured.rate);
            limits.push((*limit, measured));
        }
        self.runtime.block_on(caught_up(self.world))?;
        let server = match work {
            Work::SessionFlow => self.authorize()?,
            Work::ClientCredentials
            | Work::ClientCredentialsRs256
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

    fn limit(&mut self, work: Work, limit: Limit) -> Outcome<Measured> {
        match limit {
            Limit::BareBytes | Limit::BareSigning | Limit::BareSigningRs256 => {
                let requests = self.requests(work, self.bare.host)?;
                self.ask(self.bare.host, self.bare.id(), &requests)
            }
            Limit::Signatures => self.sign(Algorithm::Es256),
            Limit::SignaturesRs256 => self.sign(Algorithm::Rs256),
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
            Work::ClientCredentials | Work::ClientCredentialsRs256 | Work::Introspection | Work::Jwks => {
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
        let visitors = self.runtime.block_on(self.asked.visitors())?;
        let watched = Watched { server: Some(self.server.id()) };
        load::run(self.plan, watched, async |count, first| {
            let mut flows = Vec::with_capacity(count);
            for visitor in &visitors[first..first + count] {
                flows.push(Flow::connect(self.world.host, visitor).await?);
            }
            Ok(flows)
        })
    }

    fn sign(&self, algorithm: Algorithm) -> Outcome<Measured> {
        let plan = Plan { clients: load::cores(), ..self.plan };
        let signer = Arc::new(Signer::new(algorithm)?);
        load::run(plan, Watched::default(), async |count, _| {
            Ok((0..count).map(|_| Signing(Arc::clone(&signer))).collect())
        })
    }

    fn requests(&mut self, work: Work, host: SocketAddr) -> Outcome<Requests> {
        self.runtime.block_on(self.asked.requests(work, host))
    }

    fn codes(&mut self) -> Outcome<Vec<Code>> {
        self.runtime.block_on(self.asked.codes())
    }

    fn grants(&mut self) -> Outcome<Vec<Grant>> {
        self.runtime.block_on(self.asked.grants())
    }
}

/// Signs, and nothing else.
struct Signing(Arc<Signer>);

impl Worker for Signing {
    async fn step(&mut self) -> Outcome<Step> {
        self.0.sign()?;
        Ok(Step::Done)
    }
}
