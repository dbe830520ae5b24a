//! What people are written, in plain text.

use std::net::IpAddr;

use gatewright_store::Time;

use super::Link;
use crate::accounts::codes;
use crate::places::Places;
use crate::web::page::Claimed;
use crate::words::{Say, Words};

/// A letter. What others chose is a [`Claimed`]: one line, cut, without anything invisible.
pub enum Letter<'a> {
    /// A link to choose a new password with.
    Reset {
        /// The name to sign in with.
        username: Claimed,
        /// The link.
        link: Link<'a>,
    },
    /// There is an account, and a link to choose its first password with.
    Invitation {
        /// The name to sign in with.
        username: Claimed,
        /// The link.
        link: Link<'a>,
    },
    /// A link with which somebody shows that the address is theirs.
    Address {
        /// The name to sign in with.
        username: Claimed,
        /// The link.
        link: Link<'a>,
    },
    /// To the address of before: it is not the account's any more.
    AddressChanged {
        /// The name to sign in with.
        username: Claimed,
    },
    /// A link to make an account with. Nothing in it is by whoever asked: it goes to people who may not have.
    SignUp {
        /// The link.
        link: Link<'a>,
    },
    /// To somebody who has an account and asked for one.
    SignUpKnown {
        /// The page for a forgotten password.
        forgot: &'a str,
    },
    /// A code to sign in with.
    Code {
        /// The name to sign in with.
        username: Claimed,
        /// The code.
        code: &'a str,
        /// When it ends.
        expires_at: Time,
    },
    /// Something happened to an account.
    Notice {
        /// What.
        notice: Notice,
        /// The name to sign in with.
        username: Claimed,
        /// When.
        at: Time,
        /// Where whoever did it was, as far as the network tells.
        peer: Option<IpAddr>,
    },
}

/// What a person is told of their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It has another password.
    PasswordSet,
    /// It was used from a browser that is new.
    NewBrowser,
    /// It can be used in another way.
    FactorAdded,
    /// A way to use it is gone.
    FactorRemoved,
    /// An administrator took all second factors away.
    FactorsReset,
    /// It has new recovery codes.
    RecoveryCodes,
    /// A refresh token was used again.
    TokenReused,
}

/// Kinds that anybody can have sent to an address: all together are bounded.
const ASKED: &[&str] = &["reset", "address", "sign_up", "sign_up_known", "code"];
/// How many of those an hour.
const MOST_ASKED: u32 = 5;
/// How many of another kind.
const MOST: u32 = 20;

impl Letter<'_> {
    /// It in a word, for the table and the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Letter::Reset { .. } => "reset",
            Letter::Invitation { .. } => "invitation",
            Letter::Address { .. } => "address",
            Letter::AddressChanged { .. } => "address_changed",
            Letter::SignUp { .. } => "sign_up",
            Letter::SignUpKnown { .. } => "sign_up_known",
            Letter::Code { .. } => "code",
            Letter::Notice { .. } => "notice",
        }
    }

    /// How many an address is sent in an hour, of which kinds all together.
    pub(super) const fn bound(&self) -> (&'static [&'static str], u32) {
        match self {
            Letter::Reset { .. }
            | Letter::Address { .. }
            | Letter::SignUp { .. }
            | Letter::SignUpKnown { .. }
            | Letter::Code { .. } => (ASKED, MOST_ASKED),
            Letter::Invitation { .. } => (&["invitation"], MOST),
            Letter::AddressChanged { .. } => (&["address_changed"], MOST),
            Letter::Notice { .. } => (&["notice"], MOST),
        }
    }

    /// Until when it is of use; `otherwise` if it never ends.
    pub(super) fn good_until(&self, otherwise: Time) -> Time {
        match self {
            Letter::Reset { link, .. }
            | Letter::Invitation { link, .. }
            | Letter::Address { link, .. }
            | Letter::SignUp { link } => link.expires_at.min(otherwise),
            Letter::Code { expires_at, .. } => (*expires_at).min(otherwise),
            Letter::AddressChanged { .. } | Letter::SignUpKnown { .. } | Letter::Notice { .. } => otherwise,
        }
    }

    /// Subject and text. `server` is how this server is named to people.
    pub(super) fn write(&self, words: Words, server: &str, places: &Places) -> (String, String) {
        let pen = Pen { words, server, places };
        let (subject, paragraphs) = match self {
            Letter::Reset { username, link } => pen.reset(username, link),
            Letter::Invitation { username, link } => pen.invitation(username, link),
            Letter::Address { username, link } => pen.address(username, link),
            Letter::AddressChanged { username } => pen.address_changed(username),
            Letter::SignUp { link } => pen.sign_up(link),
            Letter::SignUpKnown { forgot } => pen.sign_up_known(forgot),
            Letter::Code { username, code, expires_at } => pen.code(username, (code, *expires_at)),
            Letter::Notice { notice, username, at, peer } => pen.news(*notice, username, (*at, *peer)),
        };
        let subject = words.say("mail-subject").with("server", server).with("subject", subject.plain());
        (subject.plain(), format!("{}\r\n", paragraphs.join("\r\n\r\n")))
    }
}

/// A subject and paragraphs.
type Text = (Say, Vec<String>);

/// What writes a letter.
struct Pen<'a> {
    words: Words,
    server: &'a str,
    places: &'a Places,
}

impl Pen<'_> {
    fn say(&self, key: &'static str) -> Say {
        self.words.say(key)
    }

    fn once(&self, link: &Link<'_>) -> String {
        self.say("mail-works-once").time("time", link.expires_at).plain()
    }

    fn unasked(&self) -> String {
        self.say("mail-unasked").plain()
    }

    fn reset(&self, username: &Claimed, link: &Link<'_>) -> Text {
        let paragraphs = vec![
            self.say("mail-reset").with("user", username).with("server", self.server).plain(),
            link.url.to_owned(),
            self.say("mail-reset-ends").time("time", link.expires_at).plain(),
            self.unasked(),
        ];
        (self.say("mail-reset-subject"), paragraphs)
    }

    fn invitation(&self, username: &Claimed, link: &Link<'_>) -> Text {
        let paragraphs = vec![
            self.say("mail-invitation").with("user", username).with("server", self.server).plain(),
            link.url.to_owned(),
            self.once(link),
            self.say("mail-invitation-unexpected").plain(),
        ];
        (self.say("mail-invitation-subject"), paragraphs)
    }

    fn address(&self, username: &Claimed, link: &Link<'_>) -> Text {
        let paragraphs = vec![
            self.say("mail-address").with("user", username).with("server", self.server).plain(),
            link.url.to_owned(),
            self.once(link),
            self.unasked(),
        ];
        (self.say("mail-address-subject"), paragraphs)
    }

    fn address_changed(&self, username: &Claimed) -> Text {
        let paragraphs = vec![
            self.say("mail-address-changed").with("user", username).with("server", self.server).plain(),
            self.say("mail-address-changed-unexpected").plain(),
        ];
        (self.say("mail-address-changed-subject"), paragraphs)
    }

    fn sign_up(&self, link: &Link<'_>) -> Text {
        let paragraphs = vec![
            self.say("mail-sign-up").with("server", self.server).plain(),
            link.url.to_owned(),
            self.once(link),
            self.say("mail-sign-up-unasked").plain(),
        ];
        (self.say("mail-sign-up-subject"), paragraphs)
    }

    fn sign_up_known(&self, forgot: &str) -> Text {
        let paragraphs = vec![
            self.say("mail-sign-up-known").with("server", self.server).plain(),
            self.say("mail-sign-up-known-forgot").plain(),
            forgot.to_owned(),
            self.unasked(),
        ];
        (self.say("mail-sign-up-known-subject"), paragraphs)
    }

    fn code(&self, username: &Claimed, (code, expires_at): (&str, Time)) -> Text {
        let paragraphs = vec![
            self.say("mail-code").with("user", username).with("server", self.server).plain(),
            codes::shown(code),
            self.say("mail-code-ends").time("time", expires_at).plain(),
            self.say("mail-code-secret").plain(),
        ];
        (self.say("mail-code-subject"), paragraphs)
    }

    fn news(&self, notice: Notice, username: &Claimed, (at, peer): (Time, Option<IpAddr>)) -> Text {
        let (subject, happened) = match notice {
            Notice::PasswordSet => ("mail-password-set-subject", "mail-password-set"),
            Notice::NewBrowser => ("mail-new-browser-subject", "mail-new-browser"),
            Notice::FactorAdded => ("mail-factor-added-subject", "mail-factor-added"),
            Notice::FactorRemoved => ("mail-factor-removed-subject", "mail-factor-removed"),
            Notice::FactorsReset => ("mail-factors-reset-subject", "mail-factors-reset"),
            Notice::RecoveryCodes => ("mail-recovery-codes-subject", "mail-recovery-codes"),
            Notice::TokenReused => ("mail-token-reused-subject", "mail-token-reused"),
        };
        let place = peer.and_then(|peer| self.places.near(peer, self.words));
        let when = match (peer, place) {
            (Some(peer), Some(place)) => self
                .say("mail-when-where-near")
                .time("time", at)
                .with("address", peer)
                .with("place", place.text()),
            (Some(peer), None) => self.say("mail-when-where").time("time", at).with("address", peer),
            (None, _) => self.say("mail-when").time("time", at),
        };
        let paragraphs = vec![
            self.say(happened).with("user", username).with("server", self.server).plain(),
            when.plain(),
            self.say("mail-not-you").plain(),
        ];
        (self.say(subject), paragraphs)
    }
}
