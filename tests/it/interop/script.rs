//! Runs a client of `tests/interop` and does for it what only the harness can do.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use gatewright_tests::browser::{Browser, Outcome};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::Person;

/// How long a client may take for all of its steps.
const PATIENCE: Duration = Duration::from_mins(2);

/// One line a client writes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    /// The person's browser has to go there.
    Open { open: String },
    /// Something has to happen on the server.
    Need { need: Need },
    /// A step is done.
    Step(Step),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Need {
    /// The next token has to be signed by a new key.
    Rotate,
}

/// What a client says about one of its steps.
#[derive(Deserialize)]
pub(super) struct Step {
    #[serde(rename = "step")]
    pub(super) name: String,
    ok: bool,
    #[serde(default)]
    pub(super) detail: Value,
    /// A check of the conformance suite: `SUCCESS`, `WARNING`, ….
    pub(super) status: Option<String>,
    /// The client's own stack trace of a failure.
    stack: Option<String>,
}

/// What a client did and what its person saw.
pub(super) struct Report {
    pub(super) steps: Vec<Step>,
    pub(super) visits: Vec<Outcome>,
}

impl Report {
    /// The step whose name ends so; panics when the client never got there.
    pub(super) fn step(&self, name: &str) -> &Step {
        let found = self.steps.iter().find(|step| step.name.ends_with(name));
        found.unwrap_or_else(|| panic!("no step {name} in\n{}", self.told()))
    }

    /// The steps as a person would tell them.
    fn told(&self) -> String {
        self.steps.iter().fold(String::new(), |mut told, step| {
            let verdict = if step.ok { "ok" } else { "FAILED" };
            let stack = step.stack.as_deref().unwrap_or_default();
            writeln!(told, "{}: {verdict}: {} {stack}", step.name, step.detail).expect("memory");
            told
        })
    }
}

/// Runs the client to its end; panics with everything it said when a step failed.
pub(super) async fn run(mut command: Command, browser: &Browser, person: &Person) -> Report {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.kill_on_drop(true).spawn().expect("the client starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stderr = child.stderr.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let noise = tokio::spawn(async move {
        let mut noise = String::new();
        stderr.read_to_string(&mut noise).await.expect("stderr is text");
        noise
    });
    let mut report = Report { steps: Vec::new(), visits: Vec::new() };
    let conversation = async {
        while let Some(line) = lines.next_line().await.expect("stdout is text") {
            match serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}")) {
                Line::Open { open } => report.visits.push(browser.open(person.visit(open)).await),
                Line::Need { need: Need::Rotate } => {
                    (person.rotate)().await;
                    stdin.write_all(b"{\"done\":\"rotate\"}\n").await.expect("the client lives");
                }
                Line::Step(step) => report.steps.push(step),
            }
        }
        child.wait().await.expect("the client ends")
    };
    let status = tokio::time::timeout(PATIENCE, conversation).await.expect("the client ends in time");
    let noise = noise.await.expect("stderr was read");
    let held = status.success() && report.steps.iter().all(|step| step.ok);
    assert!(held, "{status}\n{}\n{:#?}\n{noise}", report.told(), report.visits);
    report
}
