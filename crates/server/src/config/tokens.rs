//! `[tokens]`: how long things live.

use super::reader::Section;

/// Lifetimes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Access and ID tokens, in seconds, unless a resource sets its own.
    pub access_seconds: u32,
    /// Authorization codes, in seconds.
    pub code_seconds: u32,
    /// A refresh token that is not used dies after this many days.
    pub refresh_idle_days: u32,
    /// A grant ends after this many days, used or not.
    pub refresh_absolute_days: u32,
    /// For this many seconds after a rotation the previous refresh token is answered with the same
    /// successor, so that parallel refreshes and lost answers do not log an agent out. 0: never.
    pub refresh_grace_seconds: u32,
}

impl Default for Tokens {
    fn default() -> Self {
        Tokens {
            access_seconds: 900,
            code_seconds: 60,
            refresh_idle_days: 30,
            refresh_absolute_days: 90,
            refresh_grace_seconds: 60,
        }
    }
}

impl Tokens {
    pub(super) fn read(mut section: Section<'_, '_>) -> Tokens {
        let mut tokens = Tokens::default();
        section.number("access_seconds", &mut tokens.access_seconds, 60..=86_400);
        section.number("code_seconds", &mut tokens.code_seconds, 10..=600);
        section.number("refresh_idle_days", &mut tokens.refresh_idle_days, 1..=3650);
        section.number("refresh_absolute_days", &mut tokens.refresh_absolute_days, 1..=3650);
        section.number("refresh_grace_seconds", &mut tokens.refresh_grace_seconds, 0..=300);
        if tokens.refresh_idle_days > tokens.refresh_absolute_days {
            let message =
                format!("is longer than `tokens.refresh_absolute_days` ({})", tokens.refresh_absolute_days);
            section.refuse(
                "refresh_idle_days",
                None,
                (message, Some("raise the absolute limit or lower this one".to_owned())),
            );
        }
        section.finish();
        tokens
    }
}
