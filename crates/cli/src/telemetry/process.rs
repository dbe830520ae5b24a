//! What every Prometheus client tells of its process, under the names they all use.
//!
//! Read from `/proc/self`, in those files that stay readable for a process that lets nobody look into it
//! (LK-02); elsewhere than on Linux these metrics are not there.

use metrics::{counter, gauge};

/// The unit of times in `/proc` (`USER_HZ`, 100 on every Linux there is).
const TICKS_PER_SECOND: u64 = 100;

/// What `/proc/self/stat` says of use here (`proc_pid_stat(5)`).
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    /// In user and kernel mode, in ticks.
    processor: u64,
    /// In pages.
    resident: u64,
}

/// Reads it and leaves it with the recorder.
pub(super) fn sample() {
    let Some(stat) = std::fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(parse) else {
        return;
    };
    counter!("process_cpu_seconds_total").absolute(stat.processor / TICKS_PER_SECOND);
    gauge!("process_resident_memory_bytes").set(as_float(stat.resident * rustix::param::page_size() as u64));
}

/// The second field is the program's name, which may hold spaces and brackets; what follows does not.
fn parse(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // The first of these is field 3.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat { processor: field(14)? + field(15)?, resident: field(24)? })
}

#[expect(clippy::cast_precision_loss, reason = "bytes are far below 2^53")]
fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{Stat, parse};

    #[test]
    fn the_name_of_a_program_does_not_shift_the_fields() {
        let line = "42 (a (b) c) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 0 0 20 0 9 0 12345 1000 77 184467 0";
        assert_eq!(parse(line), Some(Stat { processor: 200, resident: 77 }));
        assert_eq!(parse("nonsense"), None);
    }
}
