//! `gatewright plan`, `apply`, `export`: a file that says what a server is to have.

use std::path::PathBuf;

use gatewright_oauth::secret::Secret;
use serde::Serialize;

use crate::apply::manifest::Manifest;
use crate::apply::plan::{self, Plan, Prune, View};
use crate::apply::record::Record;
use crate::apply::{Kind, perform};
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, Format, clean};
use crate::remote::{self, Api};
use crate::terminal;

/// What both are told.
#[derive(Debug, clap::Args)]
struct Wanted {
    /// The file
    #[arg(long, short, value_name = "FILE", default_value = "gatewright.yaml")]
    file: PathBuf,
    /// Remove what apply made and the file does not name any more
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    common: Common,
}

impl Wanted {
    fn prune(&self) -> Prune {
        if self.prune { Prune::Made } else { Prune::Nothing }
    }

    async fn plan(&self, api: &Api<'_>, manifest: &Manifest) -> Result<(Plan, Record), Failure> {
        let record = Record::open(&self.file, api.place())?;
        Ok((plan::make(api, manifest, &record, self.prune()).await?, record))
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    applied: bool,
    steps: Vec<Told<'a>>,
    unchanged: usize,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    step: View<'a>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "output::reveal")]
    secret: Option<Secret<String>>,
}

/// Make a server have what a file says
///
/// Resources with their scopes, clients that you make, and webhooks. What the file does not mention of a thing has its default;
/// things that the file does not name are left alone, unless apply made them and --prune is given. The whole file is
/// tried before anything is changed, and applying it again changes nothing. What apply has made is kept beside the
/// file, in a file that ends with .applied.json: it belongs into the same repository.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright apply -f gatewright.yaml
  gatewright apply -f gatewright.yaml --prune --server https://auth.example.com")]
pub struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// What is there already and in the file counts as made by apply from now on
    #[arg(long)]
    adopt: bool,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { wanted, adopt } = arguments;
    let manifest = Manifest::read(&wanted.file)?;
    let format = wanted.common.format();
    remote::with(&wanted.common, async |api| {
        let (plan, mut record) = wanted.plan(api, &manifest).await?;
        if adopt {
            for (kind, identity) in &plan.found {
                record.note(*kind, identity)?;
            }
        }
        let mut told = Vec::with_capacity(plan.steps.len());
        for (index, step) in plan.steps.iter().enumerate() {
            if format == Format::Text {
                terminal::say(&step.text());
            }
            let done = perform::step(api, step, &mut record)
                .await
                .map_err(|failure| stopped(&failure, &plan, index))?;
            if let (Format::Text, Some(secret)) = (format, &done.secret) {
                terminal::say(&format!(
                    "    Its secret, shown this once and kept nowhere:\n\n      {}\n",
                    secret.expose()
                ));
            }
            told.push(Told { step: step.view(), secret: done.secret });
        }
        remarks(&plan);
        let report = Report { applied: true, steps: told, unchanged: plan.unchanged };
        format.result(&report, || {
            if plan.steps.is_empty() {
                return format!("Nothing to do: {} as they should be.", plan.unchanged);
            }
            let [made, changed, removed] = plan.counts();
            let Plan { unchanged, .. } = plan;
            format!("Made {made}, changed {changed}, removed {removed}; {unchanged} were as they should be.")
        })
    })
    .await
}

/// A failure half-way, with what was done.
fn stopped(failure: &Failure, plan: &Plan, at: usize) -> Failure {
    let exit = failure.exit();
    let done =
        if at == 0 { "nothing was".to_owned() } else { format!("{at} of {} steps were", plan.steps.len()) };
    Failure::new(format!("{failure}\n  {done} done; apply again goes on from here")).with(exit)
}

fn remarks(plan: &Plan) {
    let names = |of: &[(Kind, String)]| {
        of.iter()
            .map(|(kind, name)| format!("{} {}", kind.word(), clean(name)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !plan.left.is_empty() {
        terminal::note(&format!("Not in the file any more: {}. --prune removes them.", names(&plan.left)));
    }
    if !plan.idle.is_empty() {
        terminal::note(&format!(
            "In the file and out of use: {}. `enabled: true` in the file would change that.",
            names(&plan.idle)
        ));
    }
}

/// Planning.
pub mod planning {
    use super::{Failure, Manifest, Report, Told, Wanted, remarks, remote};

    /// Show what apply would do
    ///
    /// By dry runs on the server, which takes the same rights as doing it.
    #[derive(Debug, clap::Args)]
    #[command(
        visible_alias = "diff",
        after_help = "Examples:
  gatewright plan -f gatewright.yaml
  gatewright diff --prune --check"
    )]
    pub struct Arguments {
        #[command(flatten)]
        wanted: Wanted,
        /// Exit with 1 when there is something to do
        #[arg(long)]
        check: bool,
    }

    /// Does it.
    pub async fn run(arguments: Arguments) -> Result<(), Failure> {
        let Arguments { wanted, check } = arguments;
        let manifest = Manifest::read(&wanted.file)?;
        let format = wanted.common.format();
        let plan = remote::with(&wanted.common, async |api| Ok(wanted.plan(api, &manifest).await?.0)).await?;
        remarks(&plan);
        let told = plan.steps.iter().map(|step| Told { step: step.view(), secret: None });
        let report = Report { applied: false, steps: told.collect(), unchanged: plan.unchanged };
        format.result(&report, || {
            let steps: Vec<String> = plan.steps.iter().map(super::plan::Step::text).collect();
            let [made, changed, removed] = plan.counts();
            let sum = format!(
                "{made} to make, {changed} to change, {removed} to remove; {} as they should be.",
                plan.unchanged
            );
            [steps, vec![sum]].concat().join("\n\n")
        })?;
        if check && !plan.steps.is_empty() {
            return Err(Failure::new("the server is not as the file says\n  gatewright apply makes it so"));
        }
        Ok(())
    }
}

/// Exporting.
pub mod export {
    use super::{Common, Failure, Format, remote, terminal};
    use crate::apply::export;

    /// Print what a server has, as a file for apply
    ///
    /// Resources, clients that an administrator made, and webhooks; no secrets. With --json the same as JSON.
    #[derive(Debug, clap::Args)]
    #[command(after_help = "Examples:
  gatewright export > gatewright.yaml
  gatewright export --server https://auth.example.com")]
    pub struct Arguments {
        #[command(flatten)]
        common: Common,
    }

    /// Does it.
    pub async fn run(arguments: Arguments) -> Result<(), Failure> {
        let common = arguments.common;
        let sections = remote::with(&common, async |api| export::sections(api).await).await?;
        match common.format() {
            Format::Json => Format::Json.result(&sections, String::new),
            Format::Text => {
                terminal::say(export::text(&sections)?.trim_end());
                Ok(())
            }
        }
    }
}
