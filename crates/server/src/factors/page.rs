//! The pages on which people set up what they sign in with.

use std::fmt::Write as _;

use askama::Template;
use gatewright_oauth::Time;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::web::page::account::Nav;
use crate::web::page::{Claimed, Kind, Layout, Page, Script};
use crate::words::Say;

/// What somebody signs in with.
#[derive(Debug, Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    /// The frame.
    pub layout: Layout,
    /// Who, and the other pages of their account.
    pub nav: Nav,
    /// Whether they have a password.
    pub has_password: bool,
    /// How many other providers are connected; `None` where there are none.
    pub others: Option<usize>,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// Their authenticator app.
    pub totp: Option<AppLine>,
    /// How many recovery codes are left.
    pub codes_left: usize,
    /// What was not done.
    pub problem: Option<SecurityProblem>,
}

/// A passkey in the list.
#[derive(Debug)]
pub struct PasskeyLine {
    /// Which one.
    pub id: String,
    /// As its owner calls it.
    pub name: Claimed,
    /// Whether it can be on several devices.
    pub synced: bool,
    /// When it was added.
    pub added: Time,
    /// When it was last used.
    pub used: Option<Time>,
}

/// The authenticator app in the list.
#[derive(Debug)]
pub struct AppLine {
    /// When it was added.
    pub added: Time,
    /// When it was last used.
    pub used: Option<Time>,
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProblem {
    /// The last factor has to stay, or it is gone already.
    NotRemoved,
    /// Nothing else would let the person in.
    LastWayIn,
    /// There is no such passkey, or no name was given.
    NotRenamed,
    /// There is no factor that codes could stand in for.
    NoCodes,
}

/// Lets somebody choose what to set up who cannot go on without it.
#[derive(Debug, Template)]
#[template(path = "enrol.html")]
pub struct EnrolPage {
    /// The frame.
    pub layout: Layout,
    /// Where a passkey is set up, where that is possible.
    pub passkey: Option<String>,
    /// Where an app is set up, where that would do.
    pub totp: Option<String>,
    /// Whether nothing but a passkey would do.
    pub only_passkey: bool,
}

/// Sets an authenticator app up.
#[derive(Debug, Template)]
#[template(path = "totp.html")]
pub struct TotpPage {
    /// The frame.
    pub layout: Layout,
    /// The other pages of the account, for somebody who is signed in.
    pub nav: Option<Nav>,
    /// Where the form goes.
    pub action: String,
    /// What it carries.
    pub hidden: Vec<(&'static str, String)>,
    /// What the app scans.
    pub qr: Qr,
    /// The same, for an app on this device.
    pub address: String,
    /// The same, for people to type.
    pub key: String,
    /// Whose.
    pub username: Claimed,
    /// Where somebody goes who does not want one.
    pub back: Option<String>,
    /// Why the form is shown again.
    pub problem: Option<TotpProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpProblem {
    /// The code is not right.
    Wrong,
    /// The account has an app already.
    HasOne,
}

/// Sets a passkey up.
#[derive(Debug, Template)]
#[template(path = "passkey.html")]
pub struct PasskeyPage {
    /// The frame.
    pub layout: Layout,
    /// The other pages of the account, for somebody who is signed in.
    pub nav: Option<Nav>,
    /// Where the form goes.
    pub action: String,
    /// What it carries.
    pub hidden: Vec<(&'static str, String)>,
    /// What the browser is asked for; `None` where browsers keep no passkeys.
    pub options: Option<String>,
    /// What was typed before.
    pub name: String,
    /// Where somebody goes who does not want one.
    pub back: Option<String>,
    /// Why the form is shown again.
    pub problem: Option<PasskeyProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyProblem {
    /// What the browser sent is not what was asked for.
    Unusable,
    /// It is known already, or there are too many.
    Refused,
}

/// Shows recovery codes, once.
#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// The frame.
    pub layout: Layout,
    /// The other pages of the account, for somebody who is signed in.
    pub nav: Option<Nav>,
    /// The codes.
    pub codes: Vec<String>,
    /// Whose.
    pub username: Claimed,
    /// Where the person goes from here.
    pub goal: String,
}

/// A QR code as the path of a picture of one unit per module, with the quiet zone around it.
#[derive(Debug)]
pub struct Qr {
    /// Units on a side.
    pub size: i32,
    /// The dark modules.
    pub path: String,
}

/// Light modules around the code (ISO/IEC 18004 §6.3.8).
const QUIET: i32 = 4;

impl Qr {
    /// The code of a text; `None` when it is too long for one.
    pub fn of(text: &str) -> Option<Qr> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
                let run = i32::try_from(run).unwrap_or(1);
                if run > 0 {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{},{}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        Some(Qr { size: code.size() + 2 * QUIET, path })
    }
}

impl SecurityPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            SecurityProblem::NotRemoved => self.layout.say("factors-not-removed"),
            SecurityProblem::LastWayIn => self.layout.say("factors-last-way-in"),
            SecurityProblem::NotRenamed => self.layout.say("factors-not-renamed"),
            SecurityProblem::NoCodes => self.layout.say("factors-no-codes"),
        })
    }

    /// How many other providers are connected, where there are any.
    fn others_text(&self) -> Option<Say> {
        self.others.map(|count| self.layout.say("factors-others-connected").count("count", count))
    }

    /// Since when there is a factor.
    fn since(&self, added: &Time, used: Option<&Time>) -> Say {
        match used {
            Some(used) => self.layout.say("factors-added-used").day("day", added).day("used", used),
            None => self.layout.say("factors-added").day("day", added),
        }
    }

    /// Whether there is anything that a recovery code could stand in for.
    fn has_any(&self) -> bool {
        !self.passkeys.is_empty() || self.totp.is_some()
    }
}

impl TotpPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            TotpProblem::Wrong => self.layout.say("factors-totp-wrong"),
            TotpProblem::HasOne => self.layout.say("factors-totp-has-one"),
        })
    }
}

impl PasskeyPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            PasskeyProblem::Unusable => self.layout.say("factors-passkey-unusable"),
            PasskeyProblem::Refused => self.layout.say("factors-passkey-refused"),
        })
    }
}

impl Page for SecurityPage {
    const KIND: Kind = Kind::Security;

    fn status(&self) -> u16 {
        if self.problem.is_some() { 409 } else { 200 }
    }
}

impl Page for EnrolPage {
    const KIND: Kind = Kind::Enrol;
}

impl Page for TotpPage {
    const KIND: Kind = Kind::AddTotp;

    fn status(&self) -> u16 {
        if self.problem.is_some() { 422 } else { 200 }
    }
}

impl Page for PasskeyPage {
    const KIND: Kind = Kind::AddPasskey;

    fn status(&self) -> u16 {
        if self.problem.is_some() { 422 } else { 200 }
    }

    fn script(&self) -> Script {
        if self.options.is_some() { Script::Own } else { Script::None }
    }
}

impl Page for RecoveryCodesPage {
    const KIND: Kind = Kind::RecoveryCodes;
}

#[cfg(test)]
mod tests;
