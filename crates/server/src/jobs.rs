//! Runs the capabilities' jobs. A job that fails is logged and tried again at its next turn.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::{CAPABILITIES, Job, sweep};

/// Work that belongs to no single capability.
const COMMON: &[Job] = &[Job { name: "sweep", every_seconds: 60, run: |app| Box::pin(sweep::turn(app)) }];

/// Starts every job. They stop when the returned set is dropped.
pub fn run(app: &App) -> JoinSet<()> {
    let mut running = JoinSet::new();
    for job in CAPABILITIES.iter().flat_map(|capability| capability.jobs).chain(COMMON) {
        let app = app.clone();
        running.spawn(async move {
            let mut turns = interval(Duration::from_secs(job.every_seconds));
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            turns.tick().await;
            loop {
                turns.tick().await;
                if let Err(stop) = (job.run)(app.clone()).await {
                    tracing::warn!(job = job.name, ?stop, "job failed");
                }
            }
        });
    }
    running
}
