//! `gatewright serve`: the server, for production.

use std::path::PathBuf;

use gatewright_server::Config;
use gatewright_server::config::Tls;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::Failure;
use crate::server::{Server, Sockets};
use crate::signals::{HangUp, Signals};
use crate::telemetry;

/// Run the authorization server
///
/// Stops on SIGINT and SIGTERM after finishing the requests in flight; a second signal stops at once.
/// SIGHUP reads renewed certificate files.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "gatewright.toml")]
    config: PathBuf,
    /// Serve https with a certificate of a local authority, made in the data directory: to try things out
    #[arg(long)]
    dev_tls: bool,
}

/// Runs until a signal.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut config = Config::load(&arguments.config)?;
    if arguments.dev_tls {
        config.listen.tls = Some(Tls::Development);
    }
    config.check_transport()?;
    let _telling = telemetry::begin(&config)?;
    leave_no_dumps();
    allow_many_connections();
    let mut signals = Signals::listen(HangUp::Reload)?;
    let start = async {
        let issuer = config.issuer.clone();
        let sockets = Sockets::bind(&config).await?;
        let server = Server::start(config, sockets).await?;
        announce(&server, &issuer);
        Ok::<_, Failure>(server)
    };
    let mut server = tokio::select! {
        server = start => server?,
        signal = signals.next() => {
            tracing::info!(signal, "stopped while starting");
            return Ok(());
        }
    };
    let signal = tokio::select! {
        signal = signals.next() => signal,
        never = server.keep_running() => match never {},
    };
    tracing::info!(signal, "stopping: requests in flight are finished first");
    tokio::select! {
        stopped = server.stop() => {
            stopped?;
            tracing::info!("stopped");
            Ok(())
        }
        signal = signals.next() => Err(Failure::new(format!("stopped at once by a second {signal}"))),
    }
}

fn announce(server: &Server, issuer: &str) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        issuer,
        database = server.database().describe(),
        "Gatewright"
    );
    for address in server.addresses() {
        tracing::info!(%address, "listening for everybody");
    }
    if let Some(address) = server.admin_address() {
        tracing::info!(%address, "listening for /health/live, /health/ready and /metrics");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "this listener authenticates nobody: keep strangers away from it");
        }
    }
}

/// Keys are in memory, so neither a core dump nor a debugger of the same user gets to see it (threat
/// LK-02). Where the kernel refuses, the server still runs.
fn leave_no_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be switched off");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "debuggers of the same user cannot be kept out");
    }
}

/// Raises the number of open files to what the system lets us have: the usual soft limit of 1024 is less
/// than the connections we are ready to hold.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}
