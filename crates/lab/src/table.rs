//! Figures beside their goals, in Markdown, so that they can be put into `docs/performance.md` as they are.

use std::io::Write;

use crate::Outcome;

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

/// Lines of what was found.
#[derive(Debug, Default)]
pub struct Table(Vec<String>);

impl Goal {
    /// What the report says of a figure.
    pub fn verdict(self, found: f64) -> &'static str {
        let is_met = match self {
            Goal::AtLeast(least) => found >= least,
            Goal::AtMost(most) => found <= most,
        };
        if is_met { "met" } else { "**missed**" }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Goal::AtLeast(least) => format!("≥ {least} {unit}"),
            Goal::AtMost(most) => format!("≤ {most} {unit}"),
        }
    }
}

impl Table {
    /// A figure.
    pub fn told(&mut self, what: &str, (found, unit): (f64, &str)) {
        self.0.push(format!("| {what} | {} | | |", figure(found, unit)));
    }

    /// A figure with a goal.
    pub fn goal(&mut self, what: &str, (found, unit): (f64, &str), goal: Goal) {
        let (figure, goal_text) = (figure(found, unit), goal.text(unit));
        self.0.push(format!("| {what} | {figure} | {} | {} |", goal_text.trim_end(), goal.verdict(found)));
    }

    /// Prints it below what it is about, each a line.
    pub fn print(&self, above: &[String]) -> Outcome<()> {
        let out = &mut std::io::stdout().lock();
        for line in above {
            writeln!(out, "{line}")?;
        }
        self.print_to(out)
    }

    /// Writes it.
    pub fn print_to(&self, out: &mut impl Write) -> Outcome<()> {
        writeln!(out, "\n| | found | goal | |\n|---|---:|---:|---|")?;
        for line in &self.0 {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// Three digits or more, as many as mean something.
fn figure(found: f64, unit: &str) -> String {
    let number = match found.abs() {
        ..10.0 => format!("{found:.2}"),
        10.0..100.0 => format!("{found:.1}"),
        _ => format!("{found:.0}"),
    };
    format!("{number} {unit}").trim_end().to_owned()
}

/// Bytes in millions.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_by_the_figure_itself() {
        for (goal, found, verdict) in [
            (Goal::AtLeast(95.0), 95.0, "met"),
            (Goal::AtLeast(95.0), 94.99, "**missed**"),
            (Goal::AtMost(60.0), 60.0, "met"),
            (Goal::AtMost(60.0), 60.01, "**missed**"),
            // What could not be measured is not met.
            (Goal::AtMost(60.0), f64::NAN, "**missed**"),
            (Goal::AtLeast(60.0), f64::NAN, "**missed**"),
        ] {
            assert_eq!(goal.verdict(found), verdict, "{goal:?} {found}");
        }
    }

    #[test]
    fn figures_stand_beside_their_goals() {
        let mut table = Table::default();
        table.told("bare axum, p50", (0.0712, "ms"));
        table.goal("share", (94.99, "%"), Goal::AtLeast(95.0));
        table.goal("rows", (1234.6, ""), Goal::AtMost(2048.0));
        assert_eq!(
            table.0,
            [
                "| bare axum, p50 | 0.07 ms | | |",
                "| share | 95.0 % | ≥ 95 % | **missed** |",
                "| rows | 1235 | ≤ 2048 | met |",
            ]
        );
    }

    #[test]
    fn the_median_is_one_of_them() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }
}
