//! Step 2: new events get their place.
//!
//! An event has the time of its request and becomes visible at its commit, so it may appear behind younger ones.
//! Each turn therefore looks a little behind the last checkpoint, and every quarter of a minute further behind: an
//! event is sealed at the latest that long after its commit, in the order in which they were found.

use chrono::Duration;
use gatewright_jose::{Algorithm, Audience, Claims, NumericDate, base64url};
use gatewright_oauth::Time;
use gatewright_store::event_log::{self, Checkpoint};
use gatewright_store::leases::{self, Lease};
use gatewright_store::{Write, event_log::Hash};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use super::canonical;
use super::tree::Tree;
use crate::app::{App, Moment};
use crate::error::{Fault, Outcome};

/// `typ` of a signed checkpoint.
pub const CHECKPOINT: &str = "gatewright-checkpoint+jwt";
/// How far behind the last checkpoint every turn looks.
const NEAR: Duration = Duration::seconds(2);
/// How far it looks now and then: longer than a request may take.
const FAR: Duration = Duration::seconds(30);
/// How often that is, in seconds.
const NOW_AND_THEN: i64 = 15;
/// How long a replica that is gone keeps the others from sealing. Not longer: [`event_log::append`] lets only one add
/// leaves in any case.
const LEASE: Duration = Duration::seconds(5);
/// Events of one checkpoint.
const AT_ONCE: u32 = 1_000;
/// Checkpoints of one turn.
const MOST_ROUNDS: u32 = 100;

/// What a checkpoint says, signed by the server's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The server.
    pub iss: String,
    /// Nobody else: a checkpoint is no token.
    pub aud: Audience,
    /// When.
    pub iat: NumericDate,
    /// Signatures must end (RFC 7519); what a checkpoint says does not.
    pub exp: NumericDate,
    /// How many events.
    pub size: u64,
    /// The root of their tree, in base64url.
    pub root: String,
}

impl Claims for Said {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        None
    }
    fn issued_at(&self) -> Option<NumericDate> {
        Some(self.iat)
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    let moment = app.system_moment();
    // Only the first round looks behind: what it has not found there the next turn will.
    let mut behind = if moment.unix() % NOW_AND_THEN == 0 { FAR } else { NEAR };
    for _ in 0..MOST_ROUNDS {
        let begun = Instant::now();
        if round(&app, &moment, behind).await? < AT_ONCE as usize {
            break;
        }
        behind = Duration::zero();
        // Requests come first: a backlog never takes more than half of the time.
        tokio::time::sleep(begun.elapsed()).await;
    }
    Ok(())
}

/// Seals everything there is, wherever it stands.
pub async fn everything(app: &App) -> Outcome<()> {
    let moment = app.system_moment();
    while round(app, &moment, FAR).await? > 0 {}
    Ok(())
}

/// Seals some, and says how many.
async fn round(app: &App, moment: &Moment, behind: Duration) -> Outcome<usize> {
    let newest = event_log::newest(&app.store).await?;
    let after = newest.as_ref().map_or(Time::UNIX_EPOCH, |checkpoint| checkpoint.at - behind);
    let events = event_log::unsealed(&app.store, (after, app.clock.now()), AT_ONCE).await?;
    app.meters.sealing.saw(moment.now, events.first().map(|event| event.at));
    if events.is_empty() {
        return Ok(0);
    }
    let lease = Lease { name: "audit.seal", holder: app.process, until: moment.now + LEASE };
    match leases::acquire(&app.store, &lease, moment.now).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok(0),
    }
    let mut tree = match &newest {
        None => Tree::default(),
        Some(checkpoint) => Tree::from_parts(checkpoint.size, &checkpoint.frontier).ok_or_else(|| {
            Fault::internal("the newest checkpoint does not fit its size: gatewright audit verify")
        })?,
    };
    let from = tree.size();
    let mut leaves: Vec<(Uuid, Hash)> = Vec::with_capacity(events.len());
    for event in &events {
        leaves.push((event.id, canonical::leaf(event).map_err(Fault::internal)?));
    }
    for (_, leaf) in &leaves {
        tree.push(*leaf);
    }
    // A backlog is sealed in the order of its times: the next round goes on from here.
    let at = events.iter().map(|event| event.at).max().unwrap_or(moment.now);
    let checkpoint = Checkpoint {
        size: tree.size(),
        root: tree.root(),
        frontier: tree.frontier(),
        signed: sign(app, moment, &tree)?,
        at: newest.map_or(at, |newest| newest.at.max(at)),
    };
    match event_log::append(&app.store, from, &leaves, &checkpoint).await? {
        Write::Applied(()) => {
            app.meters.events_sealed.increment(leaves.len() as u64);
            if leaves.len() < AT_ONCE as usize {
                app.meters.sealing.saw(moment.now, None);
            }
            Ok(leaves.len())
        }
        Write::Lost => Ok(0),
    }
}

fn sign(app: &App, moment: &Moment, tree: &Tree) -> Outcome<String> {
    let said = Said {
        iss: app.config.issuer.clone(),
        aud: Audience::from(CHECKPOINT.to_owned()),
        iat: NumericDate::from_unix(moment.unix()),
        exp: NumericDate::from_unix((moment.now + Duration::days(3650)).timestamp()),
        size: tree.size(),
        root: base64url::encode(tree.root()),
    };
    app.keys.ring().sign(Algorithm::Es256, CHECKPOINT, &said)
}
