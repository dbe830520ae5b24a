//! Step 3: the tree again, from the events.
//!
//! 1. It goes in stretches, a thousand leaves at a time: memory is bounded whatever the length, and whoever asks a
//!    running server waits for none that takes long. Between two stretches a [`Walk`] says how far it is.
//! 2. First the leaves, in their order, with their events and the checkpoints that come up on the way. Then the events,
//!    in the order of their times: each that is old enough has a leaf.
//! 3. The log goes on growing, and policy removes events meanwhile. So how long the log has to be is asked before its
//!    leaves are, and what policy removed is asked again before a missing event is a finding.

use std::collections::{HashMap, VecDeque};

use chrono::Duration;
use gatewright_jose::{Expect, Expired, base64url, verify as verify_signature};
use gatewright_oauth::Time;
use gatewright_store::StoreError;
use gatewright_store::event_log::{self, Checkpoint, Leaf};
use gatewright_store::events::{self, Cursor, Event};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::canonical;
use super::retention::{self, Horizon};
use super::seal::{CHECKPOINT, Said};
use super::tree::Tree;
use crate::app::App;
use crate::error::Outcome;

/// Leaves of one look at the database.
const PAGE: u32 = 1_000;
/// After this long an event has its place, or something is wrong.
const SEALED_WITHIN: Duration = Duration::minutes(5);
/// Findings that are told; after so many everybody has understood.
const MOST_FINDINGS: usize = 100;

/// What a verification found.
#[derive(Debug, Default)]
pub struct Report {
    /// Leaves that were looked at.
    pub leaves: u64,
    /// Leaves whose events were removed by policy.
    pub removed: u64,
    /// Checkpoints that were compared.
    pub checkpoints: u64,
    /// The root of what is there, in base64url.
    pub root: String,
    /// What does not fit.
    pub findings: Vec<Finding>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The event is not what was sealed.
    EventChanged {
        /// Its place.
        seq: u64,
        /// The event.
        event: Uuid,
    },
    /// The event is gone.
    EventGone {
        /// Its place.
        seq: u64,
        /// The event.
        event: Uuid,
    },
    /// A place is missing from the log.
    LeafGone {
        /// The place.
        seq: u64,
    },
    /// The log up to here does not make the root that was signed.
    RootDiffers {
        /// How many leaves.
        size: u64,
    },
    /// The checkpoint is not what was signed, or nobody we know signed it.
    SignatureDiffers {
        /// How many leaves.
        size: u64,
    },
    /// The log is shorter than a checkpoint says.
    CutOff {
        /// How many leaves there are.
        leaves: u64,
        /// How many there were.
        size: u64,
    },
    /// The event says that events were removed by policy, and this server has not written it.
    PrunedForged {
        /// The event.
        event: Uuid,
    },
    /// The event has no place in the log, and should have long since.
    NotSealed {
        /// The event.
        event: Uuid,
    },
}

/// A checkpoint that somebody kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// How many leaves.
    pub size: u64,
    /// The root, in base64url.
    pub root: String,
}

/// How far a verification is.
#[derive(Debug, Default, Clone)]
pub struct Walk {
    /// What the leaves so far make.
    tree: Tree,
    removed: u64,
    checkpoints: u64,
    told: usize,
    kept: Option<Kept>,
    /// Behind which event the second half goes on; none while the leaves are walked.
    event: Option<(Time, Uuid)>,
}

/// A [`Walk`] that is laid down until it goes on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Bookmark {
    size: u64,
    frontier: String,
    removed: u64,
    checkpoints: u64,
    told: usize,
    kept: Option<Kept>,
    event: Option<(Time, Uuid)>,
}

/// What one stretch was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// There is more to look at.
    GoesOn,
    /// Everything was looked at.
    Ended,
}

/// Looks at everything. Signatures of keys that are gone since are not judged; roots always are.
pub async fn everything(app: &App, kept: Option<&Kept>) -> Outcome<Report> {
    let mut walk = Walk::new(kept.cloned());
    let mut findings = Vec::new();
    while walk.stretch(app, std::time::Duration::MAX, &mut findings).await? == Stretch::GoesOn {}
    Ok(walk.report(findings))
}

impl Walk {
    /// From the beginning.
    pub fn new(kept: Option<Kept>) -> Walk {
        Walk { kept, ..Walk::default() }
    }

    /// To be laid down.
    pub fn bookmark(self) -> Bookmark {
        let Walk { tree, removed, checkpoints, told, kept, event } = self;
        let (size, frontier) = (tree.size(), base64url::encode(tree.frontier()));
        Bookmark { size, frontier, removed, checkpoints, told, kept, event }
    }

    /// From where it was laid down. `None` when that is no place.
    pub fn resume(bookmark: Bookmark) -> Option<Walk> {
        let Bookmark { size, frontier, removed, checkpoints, told, kept, event } = bookmark;
        let tree = Tree::from_parts(size, &base64url::decode(&frontier).ok()?)?;
        Some(Walk { tree, removed, checkpoints, told, kept, event })
    }

    /// What is known so far, with these findings.
    pub fn report(&self, findings: Vec<Finding>) -> Report {
        Report {
            leaves: self.tree.size(),
            removed: self.removed,
            checkpoints: self.checkpoints,
            root: base64url::encode(self.tree.root()),
            findings,
        }
    }

    /// Step 1: goes on for about so long, and tells what it finds.
    pub async fn stretch(
        &mut self,
        app: &App,
        most: std::time::Duration,
        findings: &mut Vec<Finding>,
    ) -> Outcome<Stretch> {
        let begun = Instant::now();
        if self.event.is_none() {
            let mut ahead = Ahead::begin(app, self.tree.size()).await?;
            if self.tree.size() == 0 {
                for event in &ahead.horizon.forged {
                    self.note(findings, Finding::PrunedForged { event: *event });
                }
            }
            while self.leaves((app, &mut ahead), findings).await? == Stretch::GoesOn {
                if begun.elapsed() >= most {
                    return Ok(Stretch::GoesOn);
                }
            }
            let Cursor { at, id } = Cursor::START;
            self.event = Some((at, id));
        }
        while self.events(app, findings).await? == Stretch::GoesOn {
            if begun.elapsed() >= most {
                return Ok(Stretch::GoesOn);
            }
        }
        Ok(Stretch::Ended)
    }

    fn note(&mut self, findings: &mut Vec<Finding>, finding: Finding) {
        if self.told < MOST_FINDINGS {
            self.told += 1;
            findings.push(finding);
        }
    }

    /// Step 2, the first half: some leaves.
    async fn leaves(
        &mut self,
        (app, ahead): (&App, &mut Ahead),
        findings: &mut Vec<Finding>,
    ) -> Outcome<Stretch> {
        // Step 3: leaves and their checkpoint are added by one statement, so these are there.
        let there = event_log::newest(&app.store).await?.map_or(0, |newest| newest.size);
        let page = event_log::leaves(&app.store, self.tree.size(), PAGE).await?;
        let events = of(app, &page).await?;
        if page.iter().any(|leaf| leaf.seq >= ahead.horizon.leaves && !events.contains_key(&leaf.event)) {
            ahead.horizon = retention::horizon(app).await?;
        }
        for leaf in &page {
            if leaf.seq - self.tree.size() > u64::from(PAGE) {
                // What is behind such a gap belongs to no tree that was ever signed.
                self.note(findings, Finding::LeafGone { seq: self.tree.size() });
                self.is_long_enough(there.max(leaf.seq), findings);
                return Ok(Stretch::Ended);
            }
            while self.tree.size() < leaf.seq {
                self.note(findings, Finding::LeafGone { seq: self.tree.size() });
                // The numbers go on; the root will tell.
                self.tree.push([0; 32]);
            }
            self.judge(leaf, (events.get(&leaf.event), ahead.horizon.leaves), findings);
            self.tree.push(leaf.hash);
            if self.kept.as_ref().is_some_and(|kept| {
                kept.size == self.tree.size() && kept.root != base64url::encode(self.tree.root())
            }) {
                self.note(findings, Finding::RootDiffers { size: self.tree.size() });
            }
            ahead.pass(app, self, findings).await?;
        }
        if page.len() < PAGE as usize {
            self.is_long_enough(there, findings);
            return Ok(Stretch::Ended);
        }
        Ok(Stretch::GoesOn)
    }

    fn is_long_enough(&mut self, there: u64, findings: &mut Vec<Finding>) {
        let longest = there.max(self.kept.as_ref().map_or(0, |kept| kept.size));
        if longest > self.tree.size() {
            self.note(findings, Finding::CutOff { leaves: self.tree.size(), size: longest });
        }
    }

    fn judge(
        &mut self,
        leaf: &Leaf,
        (event, removed): (Option<&Option<Event>>, u64),
        findings: &mut Vec<Finding>,
    ) {
        let Leaf { seq, event: id, hash } = *leaf;
        match event {
            None if seq < removed => self.removed += 1,
            None => self.note(findings, Finding::EventGone { seq, event: id }),
            Some(Some(event)) if canonical::leaf(event).ok() == Some(hash) => {}
            Some(_) => self.note(findings, Finding::EventChanged { seq, event: id }),
        }
    }

    /// Step 2, the second half: whether some events have leaves.
    async fn events(&mut self, app: &App, findings: &mut Vec<Finding>) -> Outcome<Stretch> {
        let after = self.event.unwrap_or((Time::UNIX_EPOCH, Uuid::nil()));
        let late = app.clock.now() - SEALED_WITHIN;
        let page = event_log::standing(&app.store, (after, late), PAGE).await?;
        for event in page.iter().filter(|event| !event.is_sealed) {
            self.note(findings, Finding::NotSealed { event: event.id });
        }
        self.event = page.last().map(|last| (last.at, last.id)).or(self.event);
        Ok(if page.len() < PAGE as usize { Stretch::Ended } else { Stretch::GoesOn })
    }
}

/// The events of these leaves that are there; `None` for one that holds what no server ever wrote.
async fn of(app: &App, page: &[Leaf]) -> Outcome<HashMap<Uuid, Option<Event>>> {
    let ids: Vec<Uuid> = page.iter().map(|leaf| leaf.event).collect();
    match events::by_ids(&app.store, &ids).await {
        Ok(events) => return Ok(events.into_iter().map(|event| (event.id, Some(event))).collect()),
        Err(StoreError::Corrupt { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut found = HashMap::new();
    for id in ids {
        match events::by_ids(&app.store, &[id]).await {
            Ok(one) => found.extend(one.into_iter().map(|event| (event.id, Some(event)))),
            Err(StoreError::Corrupt { .. }) => drop(found.insert(id, None)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// What a stretch is compared with: the checkpoints as they come up, and up to where policy removed events.
struct Ahead {
    points: VecDeque<Checkpoint>,
    read_to: u64,
    horizon: Horizon,
}

impl Ahead {
    async fn begin(app: &App, size: u64) -> Outcome<Ahead> {
        let mut ahead =
            Ahead { points: VecDeque::new(), read_to: size, horizon: retention::horizon(app).await? };
        ahead.fill(app).await?;
        Ok(ahead)
    }

    async fn fill(&mut self, app: &App) -> Outcome<()> {
        self.points = event_log::checkpoints(&app.store, self.read_to, PAGE).await?.into();
        if let Some(last) = self.points.back() {
            self.read_to = last.size;
        }
        Ok(())
    }

    async fn pass(&mut self, app: &App, walk: &mut Walk, findings: &mut Vec<Finding>) -> Outcome<()> {
        let size = walk.tree.size();
        while let Some(point) = self.points.front().filter(|point| point.size <= size) {
            if point.size == size {
                walk.checkpoints += 1;
                if point.root != walk.tree.root() {
                    walk.note(findings, Finding::RootDiffers { size });
                }
                if !is_signed(app, point) {
                    walk.note(findings, Finding::SignatureDiffers { size });
                }
            }
            self.points.pop_front();
            if self.points.is_empty() {
                self.fill(app).await?;
            }
        }
        Ok(())
    }
}

/// Whether the signed text says what the row says. A key that has left the published set is no judge any more.
fn is_signed(app: &App, point: &Checkpoint) -> bool {
    let ring = app.keys.ring();
    let known = gatewright_jose::peek(&point.signed)
        .ok()
        .and_then(|header| header.kid)
        .is_some_and(|kid| ring.verifying.get(&kid).is_some());
    if !known {
        return gatewright_jose::peek(&point.signed).is_ok();
    }
    let expect = Expect {
        typ: &[CHECKPOINT],
        issuer: &app.config.issuer,
        audience: Some(CHECKPOINT),
        now: app.clock.now().timestamp(),
        leeway: 60,
        expired_ok: Expired::Accept,
    };
    verify_signature::<Said>(&ring.verifying, &point.signed, &expect).is_ok_and(|found| {
        let said = found.into_claims();
        said.size == point.size && said.root == base64url::encode(point.root)
    })
}
