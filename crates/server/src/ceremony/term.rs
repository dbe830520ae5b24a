//! For how long a person allows something, in the few spans a form offers.

use chrono::Duration;
use gatewright_oauth::Time;

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Until they take it back, or this server has them asked again.
    Open,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Thirty days.
    Month,
}

impl Term {
    /// Every span, the longest first.
    pub const ALL: [Term; 4] = [Term::Open, Term::Month, Term::Day, Term::Hour];

    /// Its value in a form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Term::Open => "open",
            Term::Hour => "hour",
            Term::Day => "day",
            Term::Month => "month",
        }
    }

    /// The message that says it.
    pub const fn words(self) -> &'static str {
        match self {
            Term::Open => "ceremony-term-open",
            Term::Hour => "ceremony-term-hour",
            Term::Day => "ceremony-term-day",
            Term::Month => "ceremony-term-month",
        }
    }

    /// Reads the value of a form; a form without one says nothing about an end.
    pub fn parse(text: Option<&str>) -> Option<Term> {
        match text {
            None => Some(Term::Open),
            Some(text) => Term::ALL.into_iter().find(|term| term.as_str() == text),
        }
    }

    /// How long that is.
    pub fn span(self) -> Option<Duration> {
        match self {
            Term::Open => None,
            Term::Hour => Some(Duration::hours(1)),
            Term::Day => Some(Duration::days(1)),
            Term::Month => Some(Duration::days(30)),
        }
    }

    /// When it ends.
    pub fn until(self, now: Time) -> Option<Time> {
        self.span().map(|span| now + span)
    }
}
