//! Runs the capabilities' jobs. A job that fails is logged and tried again at its next turn.

use std::time::Duration;

use gatewright_oauth::Time;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::accounts::names;
use crate::app::App;
use crate::audit::{outside, retention, seal};
use crate::clients::documents;
use crate::mail::{asked, notices, post};
use crate::{Begins, CAPABILITIES, Job, meters, offers, passwords, settings, sweep, traces, webhooks};

/// Work that belongs to no single capability.
const COMMON: &[Job] = &[
    Job { name: "sweep", every_seconds: 60, begins: Begins::Later, run: |app| Box::pin(sweep::turn(app)) },
    Job { name: "audit.seal", every_seconds: 1, begins: Begins::Later, run: |app| Box::pin(seal::turn(app)) },
    Job {
        name: "audit.retention",
        every_seconds: 600,
        begins: Begins::AtOnce,
        run: |app| Box::pin(retention::turn(app)),
    },
    Job { name: "traces", every_seconds: 1, begins: Begins::Later, run: |app| Box::pin(traces::flush(app)) },
    Job {
        name: "documents",
        every_seconds: 60,
        begins: Begins::AtOnce,
        run: |app| Box::pin(documents::probe(app)),
    },
    Job {
        name: "webhooks",
        every_seconds: 1,
        begins: Begins::Later,
        run: |app| Box::pin(webhooks::look(app)),
    },
    Job {
        name: "audit.outside",
        every_seconds: 60,
        begins: Begins::AtOnce,
        run: |app| Box::pin(outside::turn(app)),
    },
    Job {
        name: "webhooks.backlog",
        every_seconds: 15,
        begins: Begins::AtOnce,
        run: |app| Box::pin(webhooks::count(app)),
    },
    Job {
        name: "webhooks.checkpoints",
        every_seconds: 60,
        begins: Begins::Later,
        run: |app| Box::pin(webhooks::checkpoints::turn(app)),
    },
    Job {
        name: "passwords",
        every_seconds: 5,
        begins: Begins::AtOnce,
        run: |app| Box::pin(passwords::look(app)),
    },
    Job {
        name: "settings",
        every_seconds: 1,
        begins: Begins::Later,
        run: |app| Box::pin(settings::refresh(app)),
    },
    Job {
        name: "mail.asked",
        every_seconds: 1,
        begins: Begins::Later,
        run: |app| Box::pin(asked::turn(app)),
    },
    Job {
        name: "mail.notices",
        every_seconds: 5,
        begins: Begins::AtOnce,
        run: |app| Box::pin(notices::turn(app)),
    },
    Job {
        name: "accounts.names",
        every_seconds: 60,
        begins: Begins::AtOnce,
        run: |app| Box::pin(names::turn(app)),
    },
    Job { name: "mail", every_seconds: 1, begins: Begins::AtOnce, run: |app| Box::pin(post::turn(app)) },
    Job { name: "offers", every_seconds: 5, begins: Begins::Later, run: |app| Box::pin(offers::look(app)) },
];

/// Starts every job. They stop when the returned set is dropped.
pub fn run(app: &App) -> JoinSet<()> {
    let mut running = JoinSet::new();
    for job in CAPABILITIES.iter().flat_map(|capability| capability.jobs).chain(COMMON) {
        let (app, done) = (app.clone(), meters::job_done(job.name));
        app.meters.job_failures.expect([job.name, ""]);
        running.spawn(async move {
            let mut turns = interval(Duration::from_secs(job.every_seconds));
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            if job.begins == Begins::Later {
                turns.tick().await;
            }
            loop {
                turns.tick().await;
                match (job.run)(app.clone()).await {
                    Ok(()) => {
                        let since = app.clock.now().signed_duration_since(Time::UNIX_EPOCH);
                        done.set(since.as_seconds_f64());
                    }
                    Err(stop) => {
                        app.meters.job_failures.count([job.name, ""]);
                        tracing::warn!(job = job.name, ?stop, "job failed");
                    }
                }
            }
        });
    }
    running
}
