//! What an experiment found, beside what it had to find.

use std::fmt::Display;
use std::time::Duration;

/// How many of many violations are told.
const TOLD: usize = 5;

/// A finished experiment.
#[derive(Debug)]
pub struct Report {
    title: &'static str,
    seed: u64,
    patience: u32,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    what: String,
    found: String,
    demand: String,
    verdict: Verdict,
}

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Only a figure.
    Told,
    /// As demanded.
    Met,
    /// A goal that depends on the machine was missed: said, and no failure.
    Missed,
    /// What must never happen has happened.
    Failed,
}

impl Report {
    /// Of an experiment.
    pub fn new(title: &'static str, seed: u64, patience: u32) -> Report {
        Report { title, seed, patience, lines: Vec::new() }
    }

    /// A figure.
    pub fn told(&mut self, what: impl Into<String>, found: impl Display) {
        self.line(what, (found.to_string(), String::new()), Verdict::Told);
    }

    /// Zero tolerance: exactly so many.
    pub fn exactly(&mut self, what: impl Into<String>, found: usize, wanted: usize) {
        let verdict = if found == wanted { Verdict::Met } else { Verdict::Failed };
        self.line(what, (found.to_string(), format!("exactly {wanted}")), verdict);
    }

    /// Zero tolerance: none of these.
    pub fn none(&mut self, what: impl Into<String>, violations: &[String]) {
        let verdict = if violations.is_empty() { Verdict::Met } else { Verdict::Failed };
        let shown: Vec<&str> = violations.iter().take(TOLD).map(String::as_str).collect();
        let found = match violations.len() {
            0 => "0".to_owned(),
            count => format!("{count}: {}", shown.join("; ")),
        };
        self.line(what, (found, "none".to_owned()), verdict);
    }

    /// Zero tolerance: never longer, as far as patience goes.
    pub fn never_longer(&mut self, what: impl Into<String>, found: Duration, most: Duration) {
        let most = most * self.patience;
        let verdict = if found <= most { Verdict::Met } else { Verdict::Failed };
        self.line(what, (span(found), format!("≤ {}", span(most))), verdict);
    }

    /// A goal that depends on the machine.
    pub fn goal(&mut self, what: impl Into<String>, found: Duration, most: Duration) {
        let verdict = if found <= most { Verdict::Met } else { Verdict::Missed };
        self.line(what, (span(found), format!("goal ≤ {}", span(most))), verdict);
    }

    /// A goal that is a number and depends on the machine.
    pub fn goal_of(&mut self, what: impl Into<String>, found: u64, most: u64) {
        let verdict = if found <= most { Verdict::Met } else { Verdict::Missed };
        self.line(what, (found.to_string(), format!("goal ≤ {most}")), verdict);
    }

    fn line(&mut self, what: impl Into<String>, (found, demand): (String, String), verdict: Verdict) {
        self.lines.push(Line { what: what.into(), found, demand, verdict });
    }

    /// What must never happen and has happened.
    pub fn failures(&self) -> Vec<String> {
        let failed = self.lines.iter().filter(|line| line.verdict == Verdict::Failed);
        failed.map(|line| format!("{}: {} (demanded: {})", line.what, line.found, line.demand)).collect()
    }

    /// As a table.
    pub fn text(&self) -> String {
        let title =
            format!("{} · seed {}\n\n| | found | demanded | |\n|---|---|---|---|\n", self.title, self.seed);
        let lines = self.lines.iter().map(Line::text);
        [title].into_iter().chain(lines).collect()
    }
}

impl Line {
    fn text(&self) -> String {
        let Line { what, found, demand, verdict } = self;
        let verdict = match verdict {
            Verdict::Told => "",
            Verdict::Met => "met",
            Verdict::Missed => "**missed**",
            Verdict::Failed => "**FAILED**",
        };
        format!("| {what} | {found} | {demand} | {verdict} |\n")
    }
}

/// A duration as people read it.
pub fn span(time: Duration) -> String {
    match time.as_millis() {
        0 => format!("{} µs", time.as_micros()),
        millis @ 1..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// The percentile of durations; zero when there are none.
pub fn percentile(found: &[Duration], share: usize) -> Duration {
    let mut sorted = found.to_vec();
    sorted.sort_unstable();
    let index = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}
