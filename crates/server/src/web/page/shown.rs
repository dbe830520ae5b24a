//! What a page may show of things that others chose.

use std::fmt;

use gatewright_oauth::client::About;

use super::Layout;

/// Names longer than this are cut: a name must not push the facts off the page.
const NAME_LENGTH: usize = 64;
/// Titles show the end of hosts longer than this; the facts below show all of it.
const HOST_LENGTH: usize = 48;
/// Texts for developers longer than this are cut.
const NOTE_LENGTH: usize = 300;

/// A text somebody else chose: without control, direction and invisible characters (UI-01), bounded.
///
/// Templates put it into a `<bdi>` and say that it is a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed(String);

impl Claimed {
    /// A name: at most 64 characters.
    pub fn name(text: &str) -> Claimed {
        Claimed::bounded(text, NAME_LENGTH)
    }

    /// A sentence for developers: at most 300 characters.
    pub fn note(text: &str) -> Claimed {
        Claimed::bounded(text, NOTE_LENGTH)
    }

    /// A name, unless nothing visible is left of it.
    pub fn visible_name(text: &str) -> Option<Claimed> {
        let name = Claimed::name(text);
        (!name.0.is_empty()).then_some(name)
    }

    fn bounded(text: &str, length: usize) -> Claimed {
        let visible: String = text
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
            .filter(|c| !is_invisible(*c))
            .collect();
        let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
        let joined = words.join(" ");
        if joined.chars().count() <= length {
            return Claimed(joined);
        }
        let mut cut: String = joined.chars().take(length - 1).collect();
        cut.truncate(cut.trim_end().len());
        cut.push('…');
        Claimed(cut)
    }
}

impl fmt::Display for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that change how their neighbours are drawn, or draw nothing: the general category Cf,
/// blank letters and fillers, variation selectors and tags (Unicode 16, UTS 39 §3.1).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// How much we know about who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// An administrator of this server registered or approved the app.
    Verified,
    /// An administrator of this server registered or approved an app on the person's device, where any other
    /// program can ask in its name.
    Registered,
    /// The app is described by a document on this host, whose word an administrator takes.
    TrustedDomain {
        /// The host, in ASCII.
        host: String,
    },
    /// The app is described by a document on this host (Client ID Metadata Document), so whoever
    /// controls the host chose its name.
    KnownDomain {
        /// The host, in ASCII.
        host: String,
    },
    /// The app registered itself; nothing it says about itself was checked.
    Unverified,
}

/// Where the answer goes: what the person is really giving access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A web address.
    Web {
        /// Host as the browser will contact it: ASCII, with the port when it is not the scheme's own.
        host_ascii: String,
        /// The host in its own script, when that differs.
        host_unicode: Option<String>,
        /// A label mixes scripts or looks like another host (UTS 39).
        mixed_scripts: bool,
    },
    /// A program on the person's computer (RFC 8252 §7.3).
    ThisComputer {
        /// `127.0.0.1`, `[::1]` or `localhost`.
        host: String,
        /// The port it listens on.
        port: Option<u16>,
    },
    /// An app that claims a private-use scheme (RFC 8252 §7.1).
    App {
        /// The scheme, without the colon.
        scheme: String,
    },
    /// A device that showed a code (RFC 8628): it could be anywhere.
    Device,
}

impl Destination {
    /// Which variant of a message speaks of it in the middle of a sentence.
    pub fn kind(&self) -> &'static str {
        match self {
            Destination::Web { .. } => "web",
            Destination::ThisComputer { .. } => "computer",
            Destination::App { .. } => "app",
            Destination::Device => "device",
        }
    }

    /// What that variant needs: the host, as a title can bear it.
    pub fn host(&self) -> String {
        match self {
            Destination::Web { host_ascii, .. } => end_of(host_ascii),
            Destination::ThisComputer { .. } | Destination::App { .. } | Destination::Device => String::new(),
        }
    }

    /// The destination at the beginning of a sentence.
    pub fn subject(&self, layout: &Layout) -> String {
        match self {
            Destination::Web { host_ascii, .. } => end_of(host_ascii),
            Destination::ThisComputer { .. } => layout.say("web-computer").plain(),
            Destination::App { .. } => layout.say("web-device").plain(),
            Destination::Device => layout.say("web-other-device").plain(),
        }
    }

    /// How the destination is set: a host stays in one line where it can.
    pub fn style(&self) -> &'static str {
        match self {
            Destination::Web { .. } => "host",
            Destination::ThisComputer { .. } | Destination::App { .. } | Destination::Device => "words",
        }
    }

    /// The destination in full, however long its host is.
    pub fn full(&self, layout: &Layout) -> String {
        match self {
            Destination::Web { host_ascii, .. } => host_ascii.clone(),
            Destination::ThisComputer { .. } | Destination::App { .. } | Destination::Device => {
                self.subject(layout)
            }
        }
    }

    /// What stands behind the phrase, where the phrase does not say it already.
    pub fn address(&self) -> Option<String> {
        match self {
            Destination::Web { .. } | Destination::Device => None,
            Destination::ThisComputer { host, port: Some(port) } => Some(format!("{host}:{port}")),
            Destination::ThisComputer { host, port: None } => Some(host.clone()),
            Destination::App { scheme } => Some(format!("{scheme}:")),
        }
    }

    /// The host in its own script.
    pub fn unicode(&self) -> Option<&str> {
        match self {
            Destination::Web { host_unicode, .. } => host_unicode.as_deref(),
            Destination::ThisComputer { .. } | Destination::App { .. } | Destination::Device => None,
        }
    }

    /// Whether the host may imitate another one.
    pub fn imitates(&self) -> bool {
        matches!(self, Destination::Web { mixed_scripts: true, .. })
    }

    /// Whether any program of the person's computer could be the receiver.
    pub fn is_this_computer(&self) -> bool {
        matches!(self, Destination::ThisComputer { .. })
    }

    /// The private-use scheme.
    pub fn scheme(&self) -> Option<&str> {
        match self {
            Destination::App { scheme } => Some(scheme),
            Destination::Web { .. } | Destination::ThisComputer { .. } | Destination::Device => None,
        }
    }
}

/// Who asks: one value for every page that names an app.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The name the app claims; `None` when it gave none.
    pub name: Option<Claimed>,
    /// What is known about it.
    pub standing: Standing,
    /// The well-known name that the claimed one looks like (DC-06).
    pub confusable_with: Option<String>,
    /// Where the answer goes.
    pub destination: Destination,
    /// Pages about the app; only of one that somebody vouches for, because a stranger's are where they want people to
    /// go (DC-06).
    pub pages: Vec<AppPage>,
}

/// A page about an app, which is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPage {
    /// What it is about.
    pub about: About,
    /// Its address: `https`.
    pub address: String,
    /// Its host, where that is not the app's own.
    pub elsewhere: Option<String>,
}

impl AppPage {
    /// The message that names it.
    pub fn words(&self) -> &'static str {
        match self.about {
            About::Website => "web-website",
            About::Privacy => "web-privacy",
            About::Terms => "web-terms",
        }
    }
}

impl Asker {
    /// What a title calls the app. A claimed name leads only when an administrator vouches for it;
    /// otherwise the fact leads: the host that published it, or where the answer goes.
    pub fn subject(&self, layout: &Layout) -> String {
        match (&self.standing, &self.name, &self.destination) {
            (Standing::Verified | Standing::TrustedDomain { .. }, Some(name), _) => name.to_string(),
            (Standing::KnownDomain { host }, _, Destination::Web { .. }) => end_of(host),
            (
                Standing::Verified
                | Standing::Registered
                | Standing::TrustedDomain { .. }
                | Standing::KnownDomain { .. }
                | Standing::Unverified,
                _,
                destination,
            ) => destination.subject(layout),
        }
    }

    /// How the subject is set: a host stays in one line where it can.
    pub fn style(&self) -> &'static str {
        match (&self.standing, &self.name) {
            (Standing::Verified | Standing::TrustedDomain { .. }, Some(_)) => "words",
            (
                Standing::Verified
                | Standing::Registered
                | Standing::TrustedDomain { .. }
                | Standing::KnownDomain { .. }
                | Standing::Unverified,
                _,
            ) => self.destination.style(),
        }
    }

    /// Whether an administrator vouches for the app, or for whatever its host says.
    pub fn is_verified(&self) -> bool {
        matches!(self.standing, Standing::Verified | Standing::TrustedDomain { .. })
    }

    /// The trusted host whose word the page takes for who the app is.
    pub fn trusted_domain(&self) -> Option<&str> {
        match &self.standing {
            Standing::TrustedDomain { host } => Some(host),
            Standing::Verified
            | Standing::Registered
            | Standing::KnownDomain { .. }
            | Standing::Unverified => None,
        }
    }

    /// Whether what the title says was checked: an administrator's word, for an answer that cannot be
    /// caught by another program of the same computer.
    pub fn is_certain(&self) -> bool {
        self.is_verified() && matches!(self.destination, Destination::Web { .. })
    }

    /// Whether the host that describes the app also says where the answer goes on the web. For a program
    /// on the person's computer its word proves nothing: any other program can use the same document.
    pub fn is_bound_to_domain(&self) -> bool {
        self.domain().is_some() && matches!(self.destination, Destination::Web { .. })
    }

    /// The host whose document describes the app.
    pub fn domain(&self) -> Option<&str> {
        match &self.standing {
            Standing::KnownDomain { host } => Some(host),
            Standing::Verified
            | Standing::Registered
            | Standing::TrustedDomain { .. }
            | Standing::Unverified => None,
        }
    }

    /// Whether an administrator registered or approved what asks, or something that asks in its name.
    pub fn is_registered(&self) -> bool {
        self.standing == Standing::Registered
    }

    /// The claimed name, where the title does not carry it.
    pub fn claim(&self) -> Option<&Claimed> {
        self.name.as_ref().filter(|_| !self.is_verified())
    }

    /// The name this one imitates. An administrator's word beats the likeness.
    pub fn imitates(&self) -> Option<&str> {
        self.confusable_with.as_deref().filter(|_| !self.is_verified() && !self.is_registered())
    }

    /// The host of the answer, where it is another one than the host that describes the app.
    pub fn elsewhere(&self) -> Option<&str> {
        match (&self.standing, &self.destination) {
            (Standing::KnownDomain { host }, Destination::Web { host_ascii, .. }) if host != host_ascii => {
                Some(host_ascii)
            }
            (
                Standing::Verified
                | Standing::Registered
                | Standing::TrustedDomain { .. }
                | Standing::KnownDomain { .. }
                | Standing::Unverified,
                _,
            ) => None,
        }
    }
}

/// A host as a title can bear it. Who owns a host is told by its end, so the beginning goes first.
fn end_of(host: &str) -> String {
    let length = host.chars().count();
    if length <= HOST_LENGTH {
        return host.to_owned();
    }
    let end: String = host.chars().skip(length - (HOST_LENGTH - 1)).collect();
    format!("…{end}")
}
