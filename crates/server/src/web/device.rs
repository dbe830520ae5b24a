//! Which browser on which system, in two words, as people tell their devices apart.
//!
//! Read from the `User-Agent`, which anybody may set to anything: good for recognising one's own devices, never for a
//! decision. What is kept are two words of the lists below and not the header, which tells more of somebody than a list
//! of sessions needs.

use axum::http::{HeaderMap, header};

/// Longest header that is looked at.
const LOOKED_AT: usize = 512;

/// What a browser says it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

/// What gives a browser away, and its name; whoever imitates others stands before them.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Between the two words of what is stored.
const BETWEEN: char = '/';

impl Device {
    /// Reads the header.
    pub fn of(headers: &HeaderMap) -> Device {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Device::read(agent.get(..LOOKED_AT).unwrap_or(agent))
    }

    fn read(agent: &str) -> Device {
        let found = |table: &[(&str, &'static str)]| {
            table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
        };
        // What is no browser has nobody in front of it to recognise it.
        if !agent.starts_with("Mozilla/") {
            return Device::default();
        }
        Device { browser: found(&BROWSERS), system: found(&SYSTEMS) }
    }

    /// As it is kept; `None` where nothing was recognised.
    pub fn stored(self) -> Option<String> {
        match (self.browser, self.system) {
            (None, None) => None,
            (browser, system) => {
                Some(format!("{}{BETWEEN}{}", browser.unwrap_or_default(), system.unwrap_or_default()))
            }
        }
    }

    /// What was kept.
    pub fn parse(stored: &str) -> Device {
        let (browser, system) = stored.split_once(BETWEEN).unwrap_or((stored, ""));
        let known = |table: &[(&str, &'static str)], text: &str| {
            table.iter().find(|(_, name)| *name == text).map(|(_, name)| *name)
        };
        Device { browser: known(&BROWSERS, browser), system: known(&SYSTEMS, system) }
    }

    /// The browser's name.
    pub fn browser(self) -> Option<&'static str> {
        self.browser
    }

    /// The system's name.
    pub fn system(self) -> Option<&'static str> {
        self.system
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_told_apart_and_read_back() {
        for (agent, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1",
                "Chrome",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
            ),
        ] {
            let device = Device::read(agent);
            assert_eq!((device.browser(), device.system()), (Some(browser), Some(system)), "{agent}");
            assert_eq!(Device::parse(&device.stored().unwrap()), device);
        }
    }

    #[test]
    fn ui_01_nothing_of_what_a_stranger_writes_is_kept() {
        for agent in ["", "curl/8.5", "\u{202e}Firefox/1", "<script>alert(1)</script>", "Mozilla/5.0 (<b>)"] {
            assert_eq!(Device::read(agent).stored(), None, "{agent}");
        }
        assert_eq!(Device::parse("<b>/\u{202e}"), Device::default());
        let half = Device::read("Mozilla/5.0 (Windows NT 10.0) Something/1");
        assert_eq!((half.browser(), half.system()), (None, Some("Windows")));
        assert_eq!(half.stored().as_deref(), Some("/Windows"));
        assert_eq!(Device::parse("/Windows"), half);
    }
}
