//! The `gatewright` command.

mod completions;
mod man;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod reference;

use std::process::ExitCode;

use clap::Parser;
use gatewright_cli::commands::apply::{export, planning};
use gatewright_cli::commands::{
    api, api_key, apply, audit, client, doctor, events, grant, initial_token, job, key, login, login::logout,
    master_key, migrate, resource, session, settings, trace, user, webhook,
};
use gatewright_cli::failure::Failure;
use gatewright_cli::{dev, serve, terminal};

/// An OAuth 2.1 authorization server for MCP
#[derive(Debug, Parser)]
#[command(name = "gatewright", version, propagate_version = true, disable_help_subcommand = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// One line per command: its name and its module, which has `Arguments` and `run`.
macro_rules! commands {
    ($($name:ident => $module:ident,)+) => {
        #[derive(Debug, clap::Subcommand)]
        enum Command {
            $($name($module::Arguments),)+
        }

        impl Command {
            async fn run(self) -> Result<(), Failure> {
                match self {
                    $(Command::$name(arguments) => $module::run(arguments).await,)+
                }
            }
        }
    };
}

commands! {
    Dev => dev,
    Serve => serve,
    Login => login,
    Logout => logout,
    Client => client,
    InitialToken => initial_token,
    Resource => resource,
    User => user,
    Session => session,
    Grant => grant,
    Key => key,
    MasterKey => master_key,
    ApiKey => api_key,
    Audit => audit,
    Events => events,
    Webhook => webhook,
    Settings => settings,
    Job => job,
    Migrate => migrate,
    Trace => trace,
    Doctor => doctor,
    Plan => planning,
    Apply => apply,
    Export => export,
    Api => api,
    Completions => completions,
    Man => man,
}

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    // One provider of cryptography for every TLS connection of the process, ours and our libraries'.
    // Failing means that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(Failure::new(format!("cannot start: {error}"))),
    };
    match runtime.block_on(command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(failure),
    }
}

fn fail(failure: Failure) -> ExitCode {
    terminal::error(&failure.to_string());
    failure.into()
}
