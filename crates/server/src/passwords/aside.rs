//! Hashes take a core for tens of milliseconds, and whoever waits for one has just typed a password. Everything else
//! here is done in microseconds, so hashes step aside for it: each runs on a thread of its own with less priority.
//!
//! Threads of the runtime's own pool would keep the low priority, and sign tokens next.

use std::thread;

use tokio::sync::oneshot;

use crate::error::{Fault, Outcome};

/// As `nice -n 10`: about a tenth of a core that others want, all of one that nobody wants.
const NICE: i32 = 10;

/// Runs it, and waits for what comes of it. It goes on when nobody waits any more.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    let (done, waited) = oneshot::channel();
    let thread = thread::Builder::new().name("password".to_owned());
    let started = thread.spawn(move || {
        step_aside();
        // Whoever asked may have left.
        let _ = done.send(work());
    });
    started.map_err(Fault::internal)?;
    Ok(waited.await.map_err(Fault::internal)?)
}

/// On Linux a priority is a thread's own; elsewhere it would be that of the whole process.
#[cfg(target_os = "linux")]
fn step_aside() {
    // Refused, it takes as much time as anybody.
    let _ = rustix::process::getpriority_process(None)
        .and_then(|nice| rustix::process::setpriority_process(None, nice + NICE));
}

#[cfg(not(target_os = "linux"))]
fn step_aside() {
    let _ = NICE;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn ds_04_hashes_step_aside_and_nothing_else_does() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        assert_eq!(run(nice).await.unwrap(), (before + NICE).min(19));
        assert_eq!(nice(), before);
    }

    #[tokio::test]
    async fn work_that_panics_is_a_fault() {
        assert!(run(|| -> () { panic!("on purpose") }).await.is_err());
    }
}
