//! Time in words. Pages run no script, so a time of day is always that of UTC, and says so.

use chrono::{Datelike, Timelike};
use gatewright_oauth::Time;

use super::Words;

impl Words {
    /// A span of time, rounded up to whole units: "90 days", "8 hours", "1 minute".
    pub fn span(self, seconds: u64) -> String {
        const UNITS: [(u64, &str); 3] =
            [(86_400, "words-days"), (3_600, "words-hours"), (60, "words-minutes")];
        let (size, key) = UNITS
            .into_iter()
            .find(|(size, _)| seconds >= 2 * size || seconds == *size)
            .unwrap_or((60, "words-minutes"));
        let count = usize::try_from(seconds.div_ceil(size).max(1)).unwrap_or(usize::MAX);
        self.say(key).count("count", count).plain()
    }

    /// A day: "26 November 2026".
    pub fn day(self, time: Time) -> String {
        let (_, year) = time.year_ce();
        let number = |part: u32| usize::try_from(part).unwrap_or_default();
        self.say("words-day")
            .count("day", number(time.day()))
            .count("month", number(time.month()))
            .count("year", number(year))
            .plain()
    }

    /// A day and the time of the day: "26 November 2026, 14:03 UTC".
    pub fn time(self, time: Time) -> String {
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        self.say("words-time").day("day", time).with("clock", clock).plain()
    }
}
