//! `gatewright man`: manual pages, from the command line itself.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use gatewright_cli::failure::Failure;
use gatewright_cli::terminal;

use crate::CommandLine;

/// Print the manual, or write a page for every command into a directory
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright man | man -l -
  gatewright man /usr/local/share/man/man1")]
pub struct Arguments {
    /// Where the pages go; the first one to standard output without it
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

/// Prints or writes.
#[expect(clippy::unused_async, reason = "every command is")]
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut root = CommandLine::command();
    root.build();
    let Some(directory) = arguments.directory else {
        terminal::say(page("gatewright", &root)?.trim_end());
        return Ok(());
    };
    std::fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
    let mut pages = Vec::new();
    collect("gatewright", &root, &mut pages)?;
    for (name, text) in &pages {
        let path = directory.join(format!("{name}.1"));
        std::fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
    }
    terminal::say(&format!("Wrote {} pages to {}.", pages.len(), directory.display()));
    Ok(())
}

/// `gatewright`, `gatewright-client`, `gatewright-client-create`: each with its page.
fn collect(name: &str, command: &Command, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    pages.push((name.to_owned(), page(name, command)?));
    for inner in command.get_subcommands() {
        collect(&format!("{name}-{}", inner.get_name()), inner, pages)?;
    }
    Ok(())
}

fn page(name: &str, command: &Command) -> Result<String, Failure> {
    let mut text = Vec::new();
    let man = Man::new(command.clone()).title(name).manual("Gatewright");
    man.render(&mut text).map_err(|error| Failure::new(format!("the manual cannot be made: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}\n  name a directory that is yours", path.display()))
}
