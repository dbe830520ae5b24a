//! Times on the command line: absolute, or how long ago.

use chrono::DateTime;
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_store::Time;

/// A time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This one.
    At(Time),
    /// So long ago.
    Ago(chrono::Duration),
}

impl When {
    /// Reads one.
    pub fn parse(text: &str) -> Result<When, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(When::At(time.to_utc()));
        }
        let wrong = || "write it like 2026-01-31T00:00:00Z, or 30s, 15m, 2h, 7d".to_owned();
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
        Ok(When::Ago(chrono::Duration::seconds(i64::from(count) * seconds)))
    }

    /// When that is, seen from now.
    pub fn time(self) -> Time {
        match self {
            When::At(time) => time,
            When::Ago(span) => SystemClock.now() - span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_ago() {
        assert_eq!(When::parse("15m").unwrap(), When::Ago(chrono::Duration::minutes(15)));
        assert!(matches!(When::parse("2026-01-31T00:00:00+01:00").unwrap(), When::At(_)));
        for wrong in ["", "m", "-1h", "1y", "yesterday", "1é"] {
            assert!(When::parse(wrong).is_err(), "{wrong}");
        }
    }
}
