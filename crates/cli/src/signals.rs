//! Ctrl-C and what service managers send.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// What SIGHUP means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// The terminal is gone: stop.
    Stop,
    /// Look at renewed certificate files, if there are any (`tls::keep_fresh` does); go on.
    Reload,
}

/// Requests to stop. From the first [`Signals::listen`] on they no longer end the process by themselves.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: (Signal, HangUp),
}

impl Signals {
    /// Begins to listen.
    pub fn listen(hang_up: HangUp) -> Result<Signals, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new(format!("cannot listen for signals: {error}")));
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: (listen(SignalKind::hangup())?, hang_up),
        })
    }

    /// Waits for the next request to stop and says which it was.
    pub async fn next(&mut self) -> &'static str {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.hang_up.0.recv() => match self.hang_up.1 {
                    HangUp::Stop => return "SIGHUP",
                    HangUp::Reload => {}
                },
            }
        }
    }
}
