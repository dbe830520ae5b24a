//! The table: medians over the rounds, shares of the limits, and where the processors' time went.

use std::io::Write as _;
use std::time::Duration;

use crate::Outcome;
use crate::bench::{Finding, Limit, Work};
use crate::load::{Measured, Plan};
use crate::machine::Machine;
use crate::process::Spent;
use crate::table::{Goal, Table, median, megabytes};

/// First answer after the start, at most, in milliseconds.
const FIRST_ANSWER_GOAL: f64 = 60.0;
/// Resident memory without load, at most, in megabytes.
const IDLE_GOAL: f64 = 25.0;
/// The program, at most, in megabytes.
const PROGRAM_GOAL: f64 = 25.0;

/// What was measured before the load.
#[derive(Debug, Clone, Copy)]
pub struct Startup {
    /// From starting the process to its first answer.
    pub first_answer: Duration,
    /// Resident memory without load, in bytes.
    pub idle_resident: u64,
    /// Size of the program's file, in bytes.
    pub program: u64,
}

/// Everything a run found.
#[derive(serde::Serialize)]
pub struct Report {
    machine: Machine,
    seed: u64,
    clients: usize,
    seconds: u64,
    first_answer_ms: f64,
    idle_resident_mb: f64,
    loaded_resident_mb: f64,
    program_mb: f64,
    works: Vec<Row>,
}

/// One kind of work.
#[derive(serde::Serialize)]
struct Row {
    work: Work,
    server: Speed,
    share_percent: f64,
    /// Of every round, to show how much they differ.
    shares_percent: Vec<f64>,
    goal_percent: f64,
    limits: Vec<Limited>,
}

/// The server beside one limit.
#[derive(serde::Serialize)]
struct Limited {
    limit: Limit,
    speed: Speed,
    share_percent: f64,
}

/// Medians.
#[derive(serde::Serialize)]
struct Speed {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Processor time per request in microseconds.
    spent_micros: Spent,
}

impl Report {
    /// Sums the rounds up. `loaded` is the server's memory after the last one.
    pub fn new(
        (machine, startup, loaded): (Machine, Startup, u64),
        (plan, seed): (Plan, u64),
        found: &[Finding],
    ) -> Report {
        let works = Work::ALL.into_iter().filter_map(|work| {
            let rounds: Vec<&Finding> = found.iter().filter(|finding| finding.work == work).collect();
            (!rounds.is_empty()).then(|| row(work, &rounds))
        });
        Report {
            machine,
            seed,
            clients: plan.clients,
            seconds: plan.measured.as_secs(),
            first_answer_ms: startup.first_answer.as_secs_f64() * 1e3,
            idle_resident_mb: megabytes(startup.idle_resident),
            loaded_resident_mb: megabytes(loaded),
            program_mb: megabytes(startup.program),
            works: works.collect(),
        }
    }

    /// As JSON.
    pub fn print_json(&self) -> Outcome<()> {
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(self)?)?;
        Ok(())
    }

    /// For people. Markdown, so that it can be put into `docs/performance.md` as it is.
    pub fn print(&self) -> Outcome<()> {
        let out = &mut std::io::stdout().lock();
        writeln!(out, "{}", self.machine)?;
        writeln!(
            out,
            "{} connections, {} s each, median of the rounds, seed {}; generator, server and PostgreSQL share the cores\n",
            self.clients, self.seconds, self.seed
        )?;
        writeln!(
            out,
            "| work | per second | p50 ms | p99 ms | limit per second | share | goal | | rounds |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---|---:|---:|---|---|")?;
        for row in &self.works {
            row.print(out)?;
        }
        writeln!(out, "\n| processor time per request, µs | server | PostgreSQL | generator |")?;
        writeln!(out, "|---|---:|---:|---:|")?;
        for row in &self.works {
            let line = |name: &str, spent: &Spent| {
                format!("| {name} | {:.1} | {:.1} | {:.1} |", spent.server, spent.database, spent.generator)
            };
            writeln!(out, "{}", line(&row.work.to_string(), &row.server.spent_micros))?;
            for limited in &row.limits {
                writeln!(out, "{}", line(&format!("· {}", limited.limit), &limited.speed.spent_micros))?;
            }
        }
        let mut table = Table::default();
        for (name, found, goal) in [
            ("start to first answer", (self.first_answer_ms, "ms"), FIRST_ANSWER_GOAL),
            ("resident, idle", (self.idle_resident_mb, "MB"), IDLE_GOAL),
            ("the program's file", (self.program_mb, "MB"), PROGRAM_GOAL),
        ] {
            table.goal(name, found, Goal::AtMost(goal));
        }
        table.told("resident, after the load", (self.loaded_resident_mb, "MB"));
        table.print_to(out)
    }
}

impl Row {
    fn print(&self, out: &mut impl std::io::Write) -> Outcome<()> {
        for (index, limited) in self.limits.iter().enumerate() {
            let limit = format!("{:.0} {}", limited.speed.per_second, limited.limit);
            let share = format!("{:.0} %", limited.share_percent);
            if index == 0 {
                let rounds: Vec<String> =
                    self.shares_percent.iter().map(|share| format!("{share:.0}")).collect();
                let Speed { per_second, p50_ms, p99_ms, .. } = self.server;
                writeln!(
                    out,
                    "| {} | {per_second:.0} | {p50_ms:.2} | {p99_ms:.2} | {limit} | {share} | ≥ {} % | {} | {} |",
                    self.work,
                    self.goal_percent,
                    Goal::AtLeast(self.goal_percent).verdict(self.share_percent),
                    rounds.join(", ")
                )?;
            } else {
                writeln!(out, "| | | | | {limit} | {share} | | | |")?;
            }
        }
        Ok(())
    }
}

fn row(work: Work, rounds: &[&Finding]) -> Row {
    let shares = |limit: usize| -> Vec<f64> {
        rounds.iter().map(|round| 100.0 * round.server.rate / round.limits[limit].1.rate).collect()
    };
    let limits = work.limits().iter().enumerate().map(|(index, limit)| Limited {
        limit: *limit,
        speed: speed(&rounds.iter().map(|round| &round.limits[index].1).collect::<Vec<_>>()),
        share_percent: median(shares(index)),
    });
    Row {
        work,
        server: speed(&rounds.iter().map(|round| &round.server).collect::<Vec<_>>()),
        share_percent: median(shares(0)),
        shares_percent: shares(0),
        goal_percent: work.goal(),
        limits: limits.collect(),
    }
}

fn speed(rounds: &[&Measured]) -> Speed {
    let of = |value: &dyn Fn(&Measured) -> f64| median(rounds.iter().map(|round| value(round)).collect());
    Speed {
        per_second: of(&|round| round.rate),
        p50_ms: of(&|round| round.p50.as_secs_f64() * 1e3),
        p99_ms: of(&|round| round.p99.as_secs_f64() * 1e3),
        spent_micros: Spent {
            server: of(&|round| round.spent.server),
            database: of(&|round| round.spent.database),
            generator: of(&|round| round.spent.generator),
        },
    }
}
