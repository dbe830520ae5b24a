//! The reference in `docs/cli.md` is what the command line says about itself; this test compares them.
//! `UPDATE_DOCS=1 cargo test -p gatewright-cli reference` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

use crate::CommandLine;

/// Everything after this line is generated.
const MARK: &str = "<!-- Below this line: UPDATE_DOCS=1 cargo test -p gatewright-cli reference -->\n";
/// The heading of options that every administrative command has, described once above the mark.
const EVERYWHERE: &str = "Everywhere";

#[test]
fn the_reference_is_what_the_command_line_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (by_hand, written) = text.split_once(MARK).expect("docs/cli.md has the mark");
    let generated = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{by_hand}{MARK}{generated}")).unwrap();
        return;
    }
    assert_eq!(
        written, generated,
        "docs/cli.md is old: UPDATE_DOCS=1 cargo test -p gatewright-cli reference"
    );
}

#[test]
fn every_command_has_an_example_that_it_understands() {
    let mut root = CommandLine::command();
    root.build();
    let mut seen = 0;
    for command in leaves(&root) {
        let Some(examples) = command.get_after_help().map(ToString::to_string) else { continue };
        let joined = examples.replace("\\\n", " ");
        for line in joined.lines().map(str::trim).filter(|line| line.starts_with("gatewright ")) {
            let ends = [" < ", " > ", " | "].iter().filter_map(|sign| line.find(sign));
            let line = &line[..ends.min().unwrap_or(line.len())];
            let parsed = CommandLine::command().try_get_matches_from(words(line));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Splits at spaces outside quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The commands that do something, in the order of the help text.
pub(crate) fn leaves(command: &Command) -> Vec<&Command> {
    if command.get_subcommands().next().is_none() {
        return vec![command];
    }
    command.get_subcommands().flat_map(leaves).collect()
}

fn reference() -> String {
    let mut root = CommandLine::command();
    root.build();
    let mut text = String::new();
    for command in root.get_subcommands() {
        section(&mut text, command, 2);
    }
    text
}

fn section(text: &mut String, command: &Command, level: usize) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    write!(text, "\n{} {name}\n\n{}\n", "#".repeat(level), sentence(&about)).unwrap();
    if command.get_subcommands().next().is_some() {
        for inner in command.get_subcommands() {
            section(text, inner, level + 1);
        }
        return;
    }
    let own = |argument: &&Arg| {
        argument.get_help_heading() != Some(EVERYWHERE)
            && !["help", "version"].contains(&argument.get_id().as_str())
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if !arguments.is_empty() {
        text.push_str("\n| | |\n|---|---|\n");
        for argument in arguments {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(text, "| `{}` | {}{} |", written(argument), help, extra(argument)).unwrap();
        }
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let (_, lines) = examples.split_once('\n').unwrap();
        let lines: Vec<&str> = lines.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
        write!(text, "\n```console\n{}\n```\n", lines.join("\n")).unwrap();
    }
}

/// Help texts have no full stop in a list and need one in a paragraph.
fn sentence(about: &str) -> String {
    let (first, rest) = about.split_once("\n\n").unwrap_or((about, ""));
    let first = format!("{}.", first.trim_end_matches('.'));
    if rest.is_empty() { first } else { format!("{first}\n\n{rest}") }
}

/// `--name <NAME>` or `<URL>`.
fn written(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.first().map(|name| format!("<{name}>"));
    let takes = argument.get_action().takes_values();
    match (argument.get_long(), value) {
        (Some(long), Some(value))
            if takes && argument.get_num_args().is_some_and(|n| n.min_values() == 0) =>
        {
            format!("--{long} [{value}]")
        }
        (Some(long), Some(value)) if takes => format!("--{long} {value}"),
        (Some(long), _) => format!("--{long}"),
        (None, value) => value.unwrap_or_default(),
    }
}

fn extra(argument: &Arg) -> String {
    let mut extra = String::new();
    let possible: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if !possible.is_empty() && argument.get_action().takes_values() {
        write!(extra, ": {}", possible.join(", ")).unwrap();
    }
    if let [default] = argument.get_default_values()
        && argument.get_action().takes_values()
    {
        write!(extra, " [default: {}]", default.to_string_lossy()).unwrap();
    }
    if argument.is_required_set() {
        extra.push_str(" (required)");
    }
    extra
}
