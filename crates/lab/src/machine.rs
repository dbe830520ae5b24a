//! The machine a table was made on.

use std::fmt;
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::load::cores;

/// Facts without which numbers mean nothing.
#[derive(Debug, serde::Serialize)]
pub struct Machine {
    /// Processors, shared by generator, server and PostgreSQL.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// What PostgreSQL calls itself.
    pub postgresql: String,
    /// Median time of writing 8 KiB and `fdatasync`, where PostgreSQL keeps its data, in microseconds.
    pub fdatasync_micros: f64,
    /// What else the machine is doing: its load average over one minute, before the run.
    pub load_average: String,
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, processor, postgresql, fdatasync_micros, load_average } = self;
        write!(
            out,
            "{cores} cores ({processor}), {postgresql}, fdatasync {fdatasync_micros:.0} µs, load average before {load_average}"
        )
    }
}

impl Machine {
    /// Looks around. `directory` is where PostgreSQL keeps its data.
    pub fn look(directory: &Path, postgresql: &str) -> Outcome<Machine> {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
        let load_average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Machine {
            cores: cores(),
            processor: processor.to_owned(),
            postgresql: postgresql.split(" on ").next().unwrap_or_default().to_owned(),
            fdatasync_micros: fdatasync(directory)?.as_secs_f64() * 1e6,
            load_average: load_average.split(' ').next().unwrap_or_default().to_owned(),
        })
    }
}

/// The median of a few hundred synchronous page writes.
fn fdatasync(directory: &Path) -> Outcome<Duration> {
    const TIMES: usize = 300;
    let path = directory.join("fdatasync-probe");
    let mut file = File::create(&path)?;
    let page = [0xA5; 8192];
    for _ in 0..64 {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut times = Vec::with_capacity(TIMES);
    for turn in 0..TIMES {
        file.seek(SeekFrom::Start((turn as u64 % 64) * 8192))?;
        let begun = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[TIMES / 2])
}
