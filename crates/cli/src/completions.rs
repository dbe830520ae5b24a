//! `gatewright completions`: what shells complete, from the command line itself.

use clap::CommandFactory as _;
use clap_complete::Shell;
use gatewright_cli::failure::Failure;
use gatewright_cli::terminal;

use crate::CommandLine;

/// Print what a shell needs to complete commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright completions bash > /etc/bash_completion.d/gatewright
  gatewright completions zsh > ~/.zfunc/_gatewright
  gatewright completions fish > ~/.config/fish/completions/gatewright.fish")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints it.
#[expect(clippy::unused_async, reason = "every command is")]
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "gatewright", &mut script);
    terminal::say(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
