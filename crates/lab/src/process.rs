//! Processes of this run: starting them, and what `/proc` says about them (proc(5)).

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use crate::Outcome;

/// Kernel ticks per second in `/proc/PID/stat`; `USER_HZ`, 100 on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// A process that ends with us.
pub struct Companion(Child);

impl Companion {
    /// Starts it.
    pub fn start(command: &mut Command) -> Outcome<Companion> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.spawn().map(Companion).map_err(|error| format!("{program} does not start: {error}").into())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Fails when it has ended by itself.
    pub fn check(&mut self) -> Outcome<()> {
        match self.0.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("a process of the experiment ended early: {status}").into()),
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Outcome<()> {
        let id = Pid::from_raw(self.id().cast_signed()).ok_or("no process has the number 0")?;
        Ok(kill_process(id, signal)?)
    }

    /// Its output.
    pub fn output(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // Failing means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory in bytes.
pub fn resident(process: u32) -> Outcome<u64> {
    memory(process, "VmRSS:")
}

/// The size of its address space in bytes, whether there is memory behind it or not.
pub fn addresses(process: u32) -> Outcome<u64> {
    memory(process, "VmSize:")
}

fn memory(process: u32, what: &str) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)).ok_or("no such line of its memory")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// Lets a process have so much of something from now on; `None`: as much as we may have ourselves.
pub fn limit(process: u32, resource: Resource, current: Option<u64>) -> Outcome<()> {
    let id = Pid::from_raw(process.cast_signed()).ok_or("no process has the number 0")?;
    let own = getrlimit(resource);
    prlimit(Some(id), resource, Rlimit { current: current.or(own.maximum), maximum: own.maximum })?;
    Ok(())
}

/// Whose processor time is counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    /// The server, or what stands in its place.
    pub server: Option<u32>,
}

/// Processor time in microseconds: a total, a difference, or per step.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Spent {
    /// The server.
    pub server: f64,
    /// PostgreSQL, all processes.
    pub database: f64,
    /// The lab itself.
    pub generator: f64,
}

impl Watched {
    /// The totals so far.
    pub fn read(self) -> Spent {
        let stats = stats();
        let total = |wanted: &dyn Fn(&Stat) -> bool| {
            stats.values().filter(|stat| wanted(stat)).map(|stat| stat.ticks).sum::<f64>() * 1e6 / TICKS
        };
        let me = std::process::id();
        Spent {
            server: total(&|stat| Some(stat.id) == self.server),
            database: total(&|stat| stat.name == "postgres" && descends(&stats, stat, me)),
            generator: total(&|stat| stat.id == me),
        }
    }
}

impl Spent {
    /// What was spent since `before`.
    pub fn since(self, before: &Spent) -> Spent {
        Spent {
            server: self.server - before.server,
            database: self.database - before.database,
            generator: self.generator - before.generator,
        }
    }

    /// What one of `count` steps took.
    pub fn per(self, count: f64) -> Spent {
        Spent {
            server: self.server / count,
            database: self.database / count,
            generator: self.generator / count,
        }
    }
}

struct Stat {
    id: u32,
    name: String,
    parent: u32,
    ticks: f64,
}

fn stats() -> HashMap<u32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|id| Some((id, stat(id)?)))
        .collect()
}

fn stat(id: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name is in parentheses and may contain anything.
    let (start, rest) = text.rsplit_once(')')?;
    let name = start.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
    // Fields 4 (ppid), 14 (utime) and 15 (stime) of proc(5); `rest` begins with field 3.
    Some(Stat { id, name, parent: fields.get(1)?.parse().ok()?, ticks: number(11)? + number(12)? })
}

fn descends(stats: &HashMap<u32, Stat>, stat: &Stat, ancestor: u32) -> bool {
    let mut at = stat.parent;
    while at != ancestor {
        match stats.get(&at) {
            Some(parent) if parent.parent != 0 => at = parent.parent,
            Some(_) | None => return false,
        }
    }
    true
}
