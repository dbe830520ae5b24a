//! A PostgreSQL that outlived the gatewright that started it.
//!
//! We hold the lock, so whatever still runs on these data is an orphan: its supervisor was killed too,
//! or it is on its way down just now. It is asked to stop, then told, then made to.
//!
//! The number in `postmaster.pid` may meanwhile belong to somebody else (numbers start over in every
//! container, and the file is on a volume). PostgreSQL would then refuse to start; we look at that
//! process's command line and, when it is not ours, remove the file.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process, test_kill_process};

use super::STOP_STEPS;
use super::error::{Error, Result, at};
use super::layout::Layout;

pub(super) async fn stop(layout: &Layout) -> Result<()> {
    let Some(pid) = layout.postmaster() else { return Ok(()) };
    if !is_alive(pid) {
        // PostgreSQL itself removes the file, after making sure that no backend is left.
        return Ok(());
    }
    if !runs_on(pid, layout) {
        let file = layout.postmaster_file();
        return fs::remove_file(&file).map_err(at("remove", &file));
    }
    tracing::info!(process = pid.as_raw_nonzero(), "stopping the PostgreSQL an earlier start left behind");
    for (signal, patience) in STOP_STEPS {
        // Whether that worked shows below.
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !is_alive(pid) || !runs_on(pid, layout) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Err(Error::Orphan { pid: pid.as_raw_nonzero().get() })
}

fn is_alive(pid: Pid) -> bool {
    // Not being allowed to signal it also means that it is there.
    !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Whether a process is a PostgreSQL on these data: its command line, which we wrote, names them.
/// A process that has ended and waits to be collected has none.
fn runs_on(pid: Pid, layout: &Layout) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let pid = pid.as_raw_nonzero();
    let command = fs::read(format!("/proc/{pid}/cmdline")).or_else(|_| {
        Command::new("ps")
            .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
            .output()
            .map(|found| found.stdout)
    });
    let data = layout.data();
    let data = data.as_os_str().as_bytes();
    command.is_ok_and(|command| command.windows(data.len()).any(|window| window == data))
}
