//! Step 3: the tree again, from the events.

use std::collections::HashMap;

use chrono::Duration;
use gatewright_jose::{Expect, Expired, base64url, verify as verify_signature};
use gatewright_oauth::Time;
use gatewright_store::event_log::{self, Checkpoint, Leaf};
use gatewright_store::events::{self, Event};
use serde::Serialize;
use uuid::Uuid;

use super::seal::{CHECKPOINT, Said};
use super::tree::Tree;
use super::{canonical, retention};
use crate::app::App;
use crate::error::Outcome;

/// Leaves of one look at the database.
const PAGE: u32 = 1_000;
/// After this long an event has its place, or something is wrong.
const SEALED_WITHIN: Duration = Duration::minutes(5);
/// Findings that are told; after so many everybody has understood.
const MOST_FINDINGS: usize = 100;

/// What a verification found.
#[derive(Debug, Default, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

impl Report {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// A checkpoint that somebody kept elsewhere.
pub struct Kept {
    /// How many leaves.
    pub size: u64,
    /// The root, in base64url.
    pub root: String,
}

/// Looks at everything. Signatures of keys that are gone since are not judged; roots always are.
pub async fn everything(app: &App, kept: Option<&Kept>) -> Outcome<Report> {
    let mut report = Report::default();
    let mut tree = Tree::default();
    let mut points = Points::begin(app).await?;
    let horizon = retention::horizon(app).await?;
    for event in &horizon.forged {
        report.note(Finding::PrunedForged { event: *event });
    }
    loop {
        let page = event_log::leaves(&app.store, tree.size(), PAGE).await?;
        let events = of(app, &page).await?;
        for leaf in &page {
            while tree.size() < leaf.seq {
                report.note(Finding::LeafGone { seq: tree.size() });
                // The numbers go on; the root will tell.
                tree.push([0; 32]);
            }
            judge(leaf, (events.get(&leaf.event), horizon.leaves), &mut report);
            tree.push(leaf.hash);
            if let Some(kept) = kept.filter(|kept| kept.size == tree.size())
                && kept.root != base64url::encode(tree.root())
            {
                report.note(Finding::RootDiffers { size: kept.size });
            }
            points.pass(app, &tree, &mut report).await?;
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    report.leaves = tree.size();
    report.root = base64url::encode(tree.root());
    let longest = points.last(app).await?.max(kept.map_or(0, |kept| kept.size));
    if longest > tree.size() {
        report.note(Finding::CutOff { leaves: tree.size(), size: longest });
    }
    let late = app.clock.now() - SEALED_WITHIN;
    for event in event_log::unsealed(&app.store, (Time::UNIX_EPOCH, late), PAGE).await? {
        report.note(Finding::NotSealed { event: event.id });
    }
    Ok(report)
}

async fn of(app: &App, page: &[Leaf]) -> Outcome<HashMap<Uuid, Event>> {
    let ids: Vec<Uuid> = page.iter().map(|leaf| leaf.event).collect();
    let events = events::by_ids(&app.store, &ids).await?;
    Ok(events.into_iter().map(|event| (event.id, event)).collect())
}

fn judge(leaf: &Leaf, (event, removed): (Option<&Event>, u64), report: &mut Report) {
    match event {
        None if leaf.seq < removed => report.removed += 1,
        None => report.note(Finding::EventGone { seq: leaf.seq, event: leaf.event }),
        Some(event) if canonical::leaf(event).ok() != Some(leaf.hash) => {
            report.note(Finding::EventChanged { seq: leaf.seq, event: leaf.event });
        }
        Some(_) => {}
    }
}

/// The checkpoints, as they come up.
struct Points {
    page: std::collections::VecDeque<Checkpoint>,
    read_to: u64,
}

impl Points {
    async fn begin(app: &App) -> Outcome<Points> {
        let mut points = Points { page: std::collections::VecDeque::new(), read_to: 0 };
        points.fill(app).await?;
        Ok(points)
    }

    async fn fill(&mut self, app: &App) -> Outcome<()> {
        self.page = event_log::checkpoints(&app.store, self.read_to, PAGE).await?.into();
        if let Some(last) = self.page.back() {
            self.read_to = last.size;
        }
        Ok(())
    }

    async fn pass(&mut self, app: &App, tree: &Tree, report: &mut Report) -> Outcome<()> {
        while let Some(point) = self.page.front().filter(|point| point.size <= tree.size()) {
            if point.size == tree.size() {
                report.checkpoints += 1;
                if point.root != tree.root() {
                    report.note(Finding::RootDiffers { size: point.size });
                }
                if !is_signed(app, point) {
                    report.note(Finding::SignatureDiffers { size: point.size });
                }
            }
            self.page.pop_front();
            if self.page.is_empty() {
                self.fill(app).await?;
            }
        }
        Ok(())
    }

    async fn last(&self, app: &App) -> Outcome<u64> {
        Ok(event_log::newest(&app.store).await?.map_or(0, |newest| newest.size))
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
