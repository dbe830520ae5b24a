//! A node whose clock can be moved: the server in a process of the lab, started by R-08.
//!
//! By how much its clock is wrong stands, in seconds, in a file beside its configuration, and is looked at all the time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gatewright_cli::database::{Database, Tenancy};
use gatewright_cli::health::Health;
use gatewright_cli::key_files::KeyFiles;
use gatewright_cli::listen::{self, Audience, Options as Listen};
use gatewright_cli::telemetry;
use gatewright_server::clock::{ShiftedClock, SystemEntropy};
use gatewright_server::{Config, Machine, jobs};
use tokio::time::sleep;

use crate::Outcome;
use crate::seeds::stopped;

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// The configuration.
    #[arg(long)]
    config: PathBuf,
}

/// The file that says by how many seconds the clock is wrong.
pub fn shift_file(config: &Path) -> PathBuf {
    config.with_extension("shift")
}

/// Runs until it is killed.
pub fn serve(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = Config::load(&options.config)?;
        let database = Database::open(&config, Tenancy::Owner).await.map_err(|error| error.to_string())?;
        let clock = Arc::new(ShiftedClock::default());
        let mut shift = 0;
        follow(&options.config, (&clock, &mut shift));
        let keys = KeyFiles::open(&config, &SystemEntropy::new())?.keys();
        let machine = Machine { clock: Box::new(Arc::clone(&clock)), ..Machine::real() };
        let (address, admin) = (config.listen.address, config.listen.admin_address);
        let app = gatewright_server::start(config, database.options(), &keys, machine);
        let app = app.await.map_err(stopped)?;
        let health = Health::new(app.clone(), telemetry::metrics()?);
        let _jobs = jobs::run(&app);
        let public = listen::bind(address, "listen.address").await?;
        let _public = listen::serve([public], gatewright_server::router(app.clone()), Listen::default());
        let admin = listen::bind(admin, "listen.admin_address").await?;
        let for_admin = Listen { audience: Audience::Admin, ..Listen::default() };
        let _admin = listen::serve([admin], health.router(), for_admin);
        loop {
            follow(&options.config, (&clock, &mut shift));
            sleep(Duration::from_millis(20)).await;
        }
    })
}

/// Moves the clock to where the file says.
fn follow(config: &Path, (clock, shift): (&ShiftedClock, &mut i64)) {
    let wanted = std::fs::read_to_string(shift_file(config)).ok();
    if let Some(wanted) = wanted.and_then(|text| text.trim().parse::<i64>().ok()) {
        clock.advance(chrono::Duration::seconds(wanted - *shift));
        *shift = wanted;
    }
}
