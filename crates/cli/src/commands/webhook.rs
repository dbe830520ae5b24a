//! `gatewright webhook`: where events are sent (`docs/webhooks.md`).
//!
//! 1. A webhook is named by its id, or by its name where only one is called so.
//! 2. Deliveries are sent by a running server: at hand, these commands only say what is to be sent.

mod deliveries;

use serde_json::{Value, json};

use crate::assent::Assent;
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, clean, count, when, word};
use crate::remote::{self, Api, Ask};

/// Webhooks: events that are sent somewhere
///
/// Signed, at least once, in the order of what they are about. `docs/webhooks.md` tells how a receiver verifies them.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(Wanted),
    Create(Create),
    /// Show a webhook, and how it is doing
    #[command(after_help = "Example:\n  gatewright webhook show siem")]
    Show(Named),
    Update(Update),
    /// Send to a webhook again
    ///
    /// What waited when it was disabled is sent, and what happens from now on. What happened in between is brought by
    /// `gatewright webhook replay`.
    #[command(after_help = "Example:\n  gatewright webhook enable siem")]
    Enable(Named),
    /// Send nothing more to a webhook; what waits stays
    #[command(after_help = "Example:\n  gatewright webhook disable siem")]
    Disable(Named),
    /// Remove a webhook, with everything that waits for it
    #[command(after_help = "Example:\n  gatewright webhook delete siem")]
    Delete(Delete),
    Test(deliveries::Test),
    RotateSecret(Rotate),
    Deliveries(deliveries::Deliveries),
    Replay(deliveries::Replay),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The webhook's name or id
    webhook: String,
}

/// Have events sent somewhere
///
/// The secret that messages are signed with is printed once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright webhook create --name siem --url https://siem.example.com/gatewright --kind 'client.*' --kind token.reuse_detected
  gatewright webhook create --name witness --url https://log.example.com/ --kind audit.checkpoint")]
struct Create {
    /// What it is for
    #[arg(long)]
    name: String,
    /// Where messages go
    #[arg(long)]
    url: String,
    /// What it listens to: `client.created`, `client.*`, `*`, `audit.checkpoint`; repeatable
    #[arg(long, required = true)]
    kind: Vec<String>,
}

/// Change a webhook; what is not named stays
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright webhook update siem --url https://siem.example.com/new")]
struct Update {
    #[command(flatten)]
    named: Named,
    /// What it is for
    #[arg(long, required_unless_present_any = ["url", "kind"])]
    name: Option<String>,
    /// Where messages go, also those that wait
    #[arg(long)]
    url: Option<String>,
    /// Everything it listens to from now on; repeatable
    #[arg(long)]
    kind: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Delete {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    assent: Assent,
}

/// Give a webhook another secret, which is printed once
///
/// Messages are signed with the one before, too, for a while: so the receiver can be changed without a gap.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright webhook rotate-secret siem --overlap 48")]
struct Rotate {
    #[command(flatten)]
    named: Named,
    /// For how many hours the secret before signs, too: 168 at most
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u8).range(0..=168))]
    overlap: u8,
}

/// List webhooks, oldest first: all, or those that are looked for
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright webhook list
  gatewright webhook list --status failing")]
struct Wanted {
    /// Only those that are
    #[arg(long, value_parser = ["enabled", "failing", "disabled"])]
    status: Option<String>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::List(what) => list(&common, &what).await,
        Command::Create(what) => create(&common, &what).await,
        Command::Show(named) => show(&common, &named).await,
        Command::Update(what) => update(&common, &what).await,
        Command::Enable(named) => switch(&common, &named, Switch::On).await,
        Command::Disable(named) => switch(&common, &named, Switch::Off).await,
        Command::Delete(what) => delete(&common, &what).await,
        Command::Test(what) => deliveries::test(&common, &what).await,
        Command::RotateSecret(what) => rotate(&common, &what).await,
        Command::Deliveries(what) => deliveries::show(&common, &what).await,
        Command::Replay(what) => deliveries::replay(&common, &what).await,
    }
}

/// Step 1.
async fn find(api: &Api<'_>, named: &Named) -> Result<Value, Failure> {
    let text = named.webhook.as_str();
    let all = api.all(Ask::get("/webhooks")).await?;
    if let Some(found) = all.iter().find(|one| one["id"] == text) {
        return Ok(found.clone());
    }
    let mut called: Vec<Value> = all.into_iter().filter(|one| one["name"] == text).collect();
    match called.len() {
        0 => Err(Failure::new(format!(
            "there is no webhook {}\n  see them all: gatewright webhook list",
            clean(text)
        ))),
        1 => Ok(called.remove(0)),
        several => {
            let ids: Vec<String> = called.iter().map(|one| word(one, "id")).collect();
            Err(Failure::new(format!(
                "{several} webhooks are called {}\n  name one by its id: {}",
                clean(text),
                ids.join(", ")
            )))
        }
    }
}

fn path(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap_or_default())
}

async fn list(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let items = remote::with(common, async |api| {
        api.all(Ask::get("/webhooks").with_any("status", what.status.as_deref())).await
    })
    .await?;
    common.format().result(&json!({ "items": items }), || {
        if items.is_empty() && what.status.is_some() {
            return "There is no such webhook.\n  see them all: gatewright webhook list".to_owned();
        }
        if items.is_empty() {
            return "There is no webhook. Make one: gatewright webhook create --name NAME --url URL --kind KIND"
                .to_owned();
        }
        let rows = items.iter().map(|one| {
            [word(one, "name"), word(one, "url"), word(one, "kinds"), word(one, "status"), word(one, "id")]
        });
        output::table(["NAME", "SENDS TO", "LISTENS TO", "STATUS", "ID"], rows)
    })
}

fn text(webhook: &Value) -> String {
    let failures = match count(webhook, "failures") {
        0 => String::new(),
        failures => format!("{failures} in a row"),
    };
    output::members([
        ("name", word(webhook, "name")),
        ("id", word(webhook, "id")),
        ("sends to", word(webhook, "url")),
        ("listens to", word(webhook, "kinds")),
        ("status", word(webhook, "status")),
        ("failures", failures),
        ("rests until", when(webhook, "resting_until")),
        ("secret before signs until", when(webhook, "previous_secret_until")),
        ("made", format!("{} by {}", when(webhook, "created_at"), word(webhook, "created_by"))),
        ("disabled", when(webhook, "disabled_at")),
    ])
}

async fn show(common: &Common, named: &Named) -> Result<(), Failure> {
    let shown = remote::with(common, async |api| {
        let found = find(api, named).await?;
        Ok(api.send(Ask::get(path(&found))).await?.body)
    })
    .await?;
    common.format().result(&shown, || text(&shown))
}

/// What is shown of a secret, to people.
fn secret(answer: &Value) -> String {
    let secret = answer["secret"].as_str().unwrap_or_default();
    format!("What messages are signed with, shown this once:\n\n  {secret}")
}

async fn create(common: &Common, what: &Create) -> Result<(), Failure> {
    let body = json!({ "name": what.name, "url": what.url, "kinds": what.kind });
    let made =
        remote::with(common, async |api| Ok(api.send(Ask::post("/webhooks", body)).await?.body)).await?;
    common.format().result(&made, || {
        let name = word(&made, "name");
        format!(
            "Made the webhook {name} ({}). Try it: gatewright webhook test {}\n\n{}",
            word(&made, "id"),
            word(&made, "id"),
            secret(&made)
        )
    })
}

async fn update(common: &Common, what: &Update) -> Result<(), Failure> {
    let mut body = serde_json::Map::new();
    for (member, value) in [("name", &what.name), ("url", &what.url)] {
        if let Some(value) = value {
            body.insert(member.to_owned(), json!(value));
        }
    }
    if !what.kind.is_empty() {
        body.insert("kinds".to_owned(), json!(what.kind));
    }
    let shown = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        Ok(api.send(Ask::patch(path(&found), Value::Object(body))).await?.body)
    })
    .await?;
    common.format().result(&shown, || text(&shown))
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

async fn switch(common: &Common, named: &Named, to: Switch) -> Result<(), Failure> {
    let deed = if to == Switch::On { "enable" } else { "disable" };
    let (was, shown) = remote::with(common, async |api| {
        let was = find(api, named).await?;
        let shown = api.send(Ask::act(format!("{}/{deed}", path(&was)))).await?.body;
        Ok((was, shown))
    })
    .await?;
    common.format().result(&shown, || {
        let name = word(&shown, "name");
        match (to, was["disabled_at"].is_null()) {
            (Switch::On, false) => format!(
                "{name} is sent to again: what waited, and what happens from now on. What happened in between: \
                 gatewright webhook replay"
            ),
            (Switch::On, true) => format!("{name} was not disabled. Nothing was done."),
            (Switch::Off, true) => format!("{name} is sent nothing more. What waits stays."),
            (Switch::Off, false) => format!("{name} was disabled already. Nothing was done."),
        }
    })
}

async fn delete(common: &Common, what: &Delete) -> Result<(), Failure> {
    let gone = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        let (name, url) = (word(&found, "name"), word(&found, "url"));
        what.assent.or_ask(&format!("Remove the webhook {name} to {url}, with everything that waits?"))?;
        api.send(Ask::delete(path(&found))).await?;
        Ok(found)
    })
    .await?;
    common
        .format()
        .result(&json!({ "id": gone["id"], "deleted": true }), || format!("Removed {}.", word(&gone, "name")))
}

async fn rotate(common: &Common, what: &Rotate) -> Result<(), Failure> {
    let body = json!({ "overlap_hours": what.overlap });
    let shown = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        Ok(api.send(Ask::post(format!("{}/rotate-secret", path(&found)), body)).await?.body)
    })
    .await?;
    common.format().result(&shown, || {
        let before = match when(&shown, "previous_secret_until") {
            until if until.is_empty() => "The one before is void.".to_owned(),
            until => format!("The one before signs, too, until {until}."),
        };
        format!("{} has another secret. {before}\n\n{}", word(&shown, "name"), secret(&shown))
    })
}
