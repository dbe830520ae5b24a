//! What has to be done so that a server has what a file says.

use serde::Serialize;
use serde_json::{Map, Value};

use super::clients;
use super::kind::{Kind, Live, Names, Use};
use super::manifest::{Entry, Manifest};
use super::record::Record;
use super::words::{Difference, between};
use crate::failure::Failure;
use crate::output::clean;
use crate::remote::{Api, Reply, Trouble};

/// One thing to do.
pub struct Step {
    /// What it is about.
    pub kind: Kind,
    /// What that is called.
    pub identity: String,
    /// What is done.
    pub deed: Deed,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// What is done.
pub enum Deed {
    /// It is made, and put out of use if it is to be so.
    Create(Entry),
    /// It is changed.
    Update(Box<Change>),
    /// It is removed.
    Remove(Live),
}

/// A change.
pub struct Change {
    /// What is there.
    pub live: Live,
    /// What is wanted.
    pub entry: Entry,
    /// Whether more than its use changes.
    pub settings: bool,
    /// In use or not, where that changes.
    pub to: Option<Use>,
}

/// Everything to do.
#[derive(Default)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// How many things are as they should be.
    pub unchanged: usize,
    /// What apply made and the file does not name any more, without `--prune`.
    pub left: Vec<(Kind, String)>,
    /// What is in the file and out of use, without the file saying so.
    pub idle: Vec<(Kind, String)>,
    /// What was there and is not apply's.
    pub found: Vec<(Kind, String)>,
}

/// Whether things that are not named any more are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// Those that apply made.
    Made,
    /// None.
    Nothing,
}

/// Finds out.
pub async fn make(
    api: &Api<'_>,
    manifest: &Manifest,
    record: &Record,
    prune: Prune,
) -> Result<Plan, Failure> {
    let resources = manifest.entries.iter().filter(|entry| entry.kind == Kind::Resource);
    let planned = resources.map(|entry| entry.identity.clone()).collect();
    let names = Names::read(api).await?.planning(planned);
    let mut plan = Plan::default();
    for kind in Kind::ALL {
        let mut entries: Vec<&Entry> = manifest.entries.iter().filter(|entry| entry.kind == kind).collect();
        // Who gives up being the default does so before another takes it.
        entries.sort_by_key(|entry| entry.members.get("default") == Some(&Value::Bool(true)));
        for entry in entries {
            match kind.find(api, &names, &entry.identity).await? {
                None => plan.steps.push(create(api, entry, &names).await?),
                Some(live) => consider(api, &mut plan, (entry, live), &names, record).await?,
            }
        }
    }
    for kind in Kind::ALL.into_iter().rev() {
        for identity in record.made(kind) {
            if manifest.entries.iter().any(|entry| entry.kind == kind && entry.identity == identity) {
                continue;
            }
            gone(api, &mut plan, (kind, identity), &names, prune).await?;
        }
    }
    Ok(plan)
}

async fn gone(
    api: &Api<'_>,
    plan: &mut Plan,
    (kind, identity): (Kind, &str),
    names: &Names,
    prune: Prune,
) -> Result<(), Failure> {
    // One that somebody else deleted is gone, too.
    let live = kind.find(api, names, identity).await.ok().flatten();
    let is_over = live.as_ref().is_none_or(|live| kind == Kind::Resource && !live.enabled);
    match (live, prune) {
        _ if is_over => {}
        (Some(live), Prune::Made) => plan.steps.push(Step {
            kind,
            identity: identity.to_owned(),
            deed: Deed::Remove(live),
            differences: Vec::new(),
        }),
        (Some(_), Prune::Nothing) => plan.left.push((kind, identity.to_owned())),
        (None, _) => {}
    }
    Ok(())
}

async fn create(api: &Api<'_>, entry: &Entry, names: &Names) -> Result<Step, Failure> {
    let kind = entry.kind;
    let trial = Entry { members: without_default(entry), ..entry.clone() };
    let view = tried(api.answer(kind.create(&trial.members, names)?.dry()).await?, entry)?;
    let shown =
        clients::with_planned(with_default(kind.shown(&view.body, names), entry), &entry.members, names);
    let mut differences = between(&Map::new(), &shown);
    differences
        .retain(|difference| difference.member != kind.identity() && !is_nothing(difference.to.as_ref()));
    if entry.members.get("enabled") == Some(&Value::Bool(false)) {
        differences.push(Difference {
            member: "enabled".to_owned(),
            from: None,
            to: Some(Value::Bool(false)),
        });
    }
    Ok(Step { kind, identity: entry.identity.clone(), deed: Deed::Create(entry.clone()), differences })
}

fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_)) => false,
    }
}

async fn consider(
    api: &Api<'_>,
    plan: &mut Plan,
    (entry, live): (&Entry, Live),
    names: &Names,
    record: &Record,
) -> Result<(), Failure> {
    let kind = entry.kind;
    if record.made(kind).all(|made| made != entry.identity) {
        plan.found.push((kind, entry.identity.clone()));
    }
    let trial = Entry { members: kept_default(entry, &live), ..entry.clone() };
    let view = tried(api.answer(kind.update(&live, &trial.members, names)?.dry()).await?, entry)?;
    let after =
        clients::with_planned(with_default(kind.shown(&view.body, names), entry), &entry.members, names);
    let mut differences = between(&live.shown, &after);
    differences.retain(|difference| difference.member != kind.identity() && difference.member != "enabled");
    let settings = !differences.is_empty();
    let wanted = entry.members.get("enabled").and_then(Value::as_bool);
    let to = wanted.filter(|wanted| *wanted != live.enabled);
    if let Some(to) = to {
        let from = Some(Value::Bool(live.enabled));
        differences.push(Difference { member: "enabled".to_owned(), from, to: Some(Value::Bool(to)) });
    }
    if wanted.is_none() && !live.enabled {
        plan.idle.push((kind, entry.identity.clone()));
    }
    if differences.is_empty() {
        plan.unchanged += 1;
        return Ok(());
    }
    let to = to.map(|to| if to { Use::On } else { Use::Off });
    let change = Change { live, entry: entry.clone(), settings, to };
    let deed = Deed::Update(Box::new(change));
    plan.steps.push(Step { kind, identity: entry.identity.clone(), deed, differences });
    Ok(())
}

/// The default moves from one to another in two steps, of which a dry run sees only one: it is left out of it.
fn without_default(entry: &Entry) -> Map<String, Value> {
    let mut members = entry.members.clone();
    members.remove("default");
    members
}

fn kept_default(entry: &Entry, live: &Live) -> Map<String, Value> {
    let mut members = without_default(entry);
    if let Some(default) = live.shown.get("default") {
        members.insert("default".to_owned(), default.clone());
    }
    members
}

fn with_default(mut shown: Map<String, Value>, entry: &Entry) -> Map<String, Value> {
    if shown.contains_key("default") {
        let wanted = entry.members.get("default").cloned().unwrap_or(Value::Bool(false));
        shown.insert("default".to_owned(), wanted);
    }
    shown
}

/// A refusal, with what it is about.
pub fn tried(answer: Result<Reply, Trouble>, entry: &Entry) -> Result<Reply, Failure> {
    answer.map_err(|trouble| {
        let failure = Failure::from(trouble);
        let exit = failure.exit();
        Failure::new(format!("{} {}: {failure}", entry.kind.word(), clean(&entry.identity))).with(exit)
    })
}

/// What `--json` prints of a step.
#[derive(Serialize)]
pub struct View<'a> {
    action: &'static str,
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "<[Difference]>::is_empty")]
    changes: &'a [Difference],
}

impl Step {
    /// For programs.
    pub fn view(&self) -> View<'_> {
        let action = match self.deed {
            Deed::Create(_) => "create",
            Deed::Update(_) => "update",
            Deed::Remove(_) => "remove",
        };
        View { action, kind: self.kind.word(), name: &self.identity, changes: &self.differences }
    }

    /// For people.
    pub fn text(&self) -> String {
        let sign = match self.deed {
            Deed::Create(_) => '+',
            Deed::Update(_) => '~',
            Deed::Remove(_) => '-',
        };
        let mut lines = vec![format!("{sign} {} {}", self.kind.word(), clean(&self.identity))];
        lines.extend(self.differences.iter().flat_map(Difference::lines).map(|line| format!("    {line}")));
        if let Deed::Remove(live) = &self.deed {
            lines.push(format!("    {}", self.kind.remove(live).1));
        }
        lines.join("\n")
    }
}

impl Plan {
    /// How much there is to make, to change, to remove.
    pub fn counts(&self) -> [usize; 3] {
        let count = |wanted: fn(&Deed) -> bool| self.steps.iter().filter(|step| wanted(&step.deed)).count();
        [
            count(|deed| matches!(deed, Deed::Create(_))),
            count(|deed| matches!(deed, Deed::Update(_))),
            count(|deed| matches!(deed, Deed::Remove(_))),
        ]
    }
}
