//! What is shipped beside the code works as it stands: configurations, scripts, the compose file.

use std::process::Command;

use gatewright_server::Config;

use crate::tidy::tree::{File, Findings, file, files, root};

/// The fenced blocks of a document in one language.
fn blocks<'a>(document: &'a File, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let starts = document.text.split(&fence).skip(1);
    starts.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn configurations_we_show_are_accepted() {
    let mut findings = Findings::new("The server refuses a configuration that we show:");
    let shown = file("README.md").map(|readme| blocks(readme, "toml")).unwrap_or_default();
    let shipped = file("docker/gatewright.toml").map(|file| file.text.as_str());
    for text in shown.into_iter().chain(shipped) {
        match Config::parse(text) {
            Ok(config) => {
                if let Err(error) = config.check_transport() {
                    findings.note(format!("{error}"));
                }
            }
            Err(error) => findings.note(format!("{error}")),
        }
    }
    findings.finish();
}

#[test]
fn scripts_have_no_syntax_errors() {
    let mut findings = Findings::new("These scripts do not even parse:");
    let scripts = files().iter().filter(|file| file.text.starts_with("#!") && file.text.contains("sh\n"));
    for script in scripts {
        let shell =
            if script.text.lines().next().is_some_and(|line| line.contains("bash")) { "bash" } else { "sh" };
        let checked = Command::new(shell).arg("-n").arg(root().join(&script.path)).output();
        match checked {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                findings.note(format!("{}: {}", script.path, String::from_utf8_lossy(&output.stderr)));
            }
            Err(error) => findings.note(format!("{shell}: {error}")),
        }
    }
    findings.finish();
}

#[test]
fn the_compose_file_parses_where_compose_is_installed() {
    let compose = |arguments: &[&str]| {
        Command::new("docker").arg("compose").args(arguments).current_dir(root()).output()
    };
    if !compose(&["version"]).is_ok_and(|output| output.status.success()) {
        eprintln!("not checked: the docker compose client is not installed");
        return;
    }
    let output = compose(&["config", "--quiet"]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
