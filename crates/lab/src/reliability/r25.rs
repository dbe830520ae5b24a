//! a backup is made under load, restored beside the original, and tampered with.
//!
//! 1. `pg_dump`, while everything goes on. What happened before it is in the copy: a code that was redeemed stays
//!    redeemed. What happened after it is not: a code that was issued later is unknown.
//! 2. A node starts on the copy with the same master key, and with another one refuses to.
//! 3. The sealed log of the copy verifies, and finds an event that was changed, one that was removed, and an end that was
//!    cut off.

use std::process::Stdio;
use std::time::Duration;

use gatewright_cli::key_files::KeyFiles;
use gatewright_server::audit::seal;
use gatewright_server::audit::verify::{self, Kept};
use gatewright_server::clock::SystemEntropy;
use gatewright_server::{App, Config, Machine};
use gatewright_store::ConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, Trouble, people};
use super::postgresql::restored;
use super::report::Report;
use super::run::Run;
use crate::Outcome;
use crate::seeds::stopped;
use crate::world::{DATABASE, World};

/// The name of the copy.
const COPY: &str = "restored";
/// What `gatewright serve` ends with when something about its configuration is wrong (`sysexits.h`).
const WRONG_CONFIGURATION: usize = 78;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-25 backup, restore, tampering");
    let cluster = Cluster::start(&run.program, run.world, Plan::of(1)).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let load = Load::begin(run, &party, 6).await?;
    sleep(Duration::from_secs(run.scaled(60, 4) as u64)).await;
    let before = party.authorize(&mut person).await?;
    let tokens = party.redeem(&before).await?;
    restored(run.world, COPY).await?;
    let after = party.authorize(&mut person).await?;
    party.redeem(&after).await?;
    let unused = party.authorize(&mut person).await?;
    let actors = load.end().await?;

    let copied = Cluster::start(&run.program, run.world, Plan { database: COPY, ..Plan::of(1) }).await?;
    let mut there = party.clone();
    there.doors = copied.doors();
    let mut wrong = Vec::new();
    for (what, code) in [("redeemed before", &before), ("redeemed after", &after), ("issued after", &unused)]
    {
        match there.redeem(code).await {
            Err(Trouble::Refused(answer)) if answer.error() == "invalid_grant" => {}
            Err(trouble) => wrong.push(format!("a code {what} the backup hears {trouble}")),
            Ok(_) => wrong.push(format!("a code {what} the backup gives tokens")),
        }
    }
    report.none("codes that are good in the copy and must not be", &wrong);
    let trouble: Vec<String> =
        there.authorize(&mut person).await.err().iter().map(ToString::to_string).collect();
    report.none("what a person meets in the copy", &trouble);
    report.told("the replay in the copy ended its grant", there.refresh(&tokens.refresh).await.is_err());
    report.exactly("exit code with another master key", with_another_key(run).await?, WRONG_CONFIGURATION);
    drop(copied);
    tampered(run.world, &mut report).await?;
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// A node that is to start with a key that is not the database's; what it ends with.
async fn with_another_key(run: &Run<'_>) -> Outcome<usize> {
    let directory = run.world.directory().join("another-key");
    std::fs::create_dir_all(&directory)?;
    let text = std::fs::read_to_string(&run.world.config_file)?;
    std::fs::write(directory.join("gatewright.toml"), text)?;
    let mut command = tokio::process::Command::new(&run.program);
    command.args(["serve", "--config"]).arg(directory.join("gatewright.toml"));
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await?;
    Ok(status.code().and_then(|code| usize::try_from(code).ok()).unwrap_or_default())
}

/// Step 3.
async fn tampered(world: &World, report: &mut Report) -> Outcome<()> {
    let url = world.database_url.replace(&format!("/{DATABASE}?"), &format!("/{COPY}?"));
    let config = Config::load(&world.config_file)?;
    let keys = KeyFiles::open(&config, &SystemEntropy::new())?.keys();
    let options = ConnectOptions::new(&url);
    let app = gatewright_server::start(config, &options, &keys, Machine::real());
    let app = app.await.map_err(stopped)?;
    seal::everything(&app).await.map_err(stopped)?;
    let whole = verify::everything(&app, None).await.map_err(stopped)?;
    let findings: Vec<String> = whole.findings.iter().map(|finding| format!("{finding:?}")).collect();
    report.none(format!("findings in the copy's log of {} events", whole.leaves), &findings);
    let kept = Kept { size: whole.leaves, root: whole.root };
    let mut connection = PgConnection::connect(&url).await?;
    let mut known = 0;
    for (what, change) in [
        (
            "a changed event",
            "UPDATE events SET peer = peer || '0' WHERE id = (SELECT event_id FROM event_log WHERE seq = 3)",
        ),
        ("a removed event", "DELETE FROM events WHERE id = (SELECT event_id FROM event_log WHERE seq = 5)"),
        ("an end that was cut off", "DELETE FROM event_log WHERE seq >= 20"),
    ] {
        connection.execute(change).await?;
        let found = findings_of(&app, &kept).await?;
        report.exactly(format!("{what} is found"), usize::from(found > known), 1);
        known = found;
    }
    Ok(())
}

async fn findings_of(app: &App, kept: &Kept) -> Outcome<usize> {
    Ok(verify::everything(app, Some(kept)).await.map_err(stopped)?.findings.len())
}
