//! What every page shares: its frame, how it is rendered, and the error page.
//!
//! 1. A page is a struct of plain data with an askama template; it knows its status and whether it
//!    needs a script. It knows no HTTP: handlers turn a [`Rendered`] into an answer.
//! 2. Everything that others chose (names, hosts, user names) is escaped, bounded ([`Claimed`]) and
//!    stands in a `<bdi>`, labelled as a claim. Nothing from a request is shown in any other way.
//! 3. Every page is complete without JavaScript, without cookies to read it, and without any other host.

pub mod account;
mod problem;
mod shown;

use std::sync::Arc;

use askama::Template;

pub use problem::Problem;
pub use shown::{AppPage, Asker, Claimed, Destination, Standing};

use super::assets;
use crate::branding::Brand;
use crate::words::{Say, Words};

/// The frame around every page.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The path of the issuer, without a slash at its end: `""` or `"/tenant"`. Forms post below it.
    pub base: String,
    /// How this server is named to people: as the operator wants it, or by its host.
    pub server: String,
    /// The language of the page.
    pub words: Words,
    /// How the operator wants it to look.
    pub brand: Arc<Brand>,
}

impl Layout {
    /// A message in the language of the page.
    pub fn say(&self, key: &'static str) -> Say {
        self.spoken().say(key)
    }

    /// The language of the page.
    pub fn lang(&self) -> &'static str {
        self.spoken().tag()
    }

    /// Its direction.
    pub fn dir(&self) -> &'static str {
        #[cfg(test)]
        if samples::RIGHT_TO_LEFT.get() {
            return "rtl";
        }
        self.spoken().dir()
    }

    /// The language of the page; tests show each page in all of them.
    fn spoken(&self) -> Words {
        #[cfg(test)]
        if let Some(words) = samples::SPOKEN.get() {
            return words;
        }
        self.words
    }

    /// The same frame in the language that `wish` asks for, if it is one of ours.
    #[must_use]
    pub fn in_language(mut self, wish: Option<&str>) -> Layout {
        self.words = self.words.or_rather(wish);
        self
    }

    /// Where the style sheet is.
    pub fn style(&self) -> String {
        assets::STYLE.href()
    }

    /// Where the style sheet of the API's description is.
    pub fn docs_style(&self) -> String {
        assets::DOCS.href()
    }

    /// Where the mark is.
    pub fn mark(&self) -> String {
        assets::MARK.href()
    }

    /// Where the script is that asks the browser for passkeys.
    pub fn passkey_script(&self) -> String {
        assets::PASSKEY.href()
    }

    /// Where the script is that sends the one form of a page.
    pub fn send_script(&self) -> String {
        assets::SEND.href()
    }
}

/// Which page it is, for the log and for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What this site is.
    Home,
    /// The admin API, described.
    AdminDocs,
    /// Signing in.
    Login,
    /// Showing another factor.
    SecondFactor,
    /// A passkey signed nobody in.
    PasskeyRefused,
    /// A recovery code was used.
    RecoveryUsed,
    /// Choosing what to set up before going on.
    Enrol,
    /// What somebody signs in with.
    Security,
    /// Setting an authenticator app up.
    AddTotp,
    /// Setting a passkey up.
    AddPasskey,
    /// Recovery codes, shown once.
    RecoveryCodes,
    /// Choosing a password.
    ChoosePassword,
    /// A password was chosen.
    PasswordChosen,
    /// Another provider was of no help.
    Upstream,
    /// What is connected with an account.
    Identities,
    /// A password was forgotten.
    Forgot,
    /// A mail is on its way, if there is such an account.
    ForgotSent,
    /// Making an account.
    SignUp,
    /// A mail is on its way to whoever wants an account.
    SignUpSent,
    /// Choosing the password of an account to be made.
    SignUpPassword,
    /// An account was made.
    SignUpDone,
    /// Asking for a code to sign in with.
    EmailCode,
    /// Typing that code.
    CheckCode,
    /// Asking for another address.
    Address,
    /// A link to an address is on its way.
    AddressSent,
    /// Confirming an address.
    ConfirmAddress,
    /// An address was confirmed.
    AddressConfirmed,
    /// What would have been mailed.
    DevOutbox,
    /// Asking the person.
    Consent,
    /// Typing the code of a device.
    Device,
    /// Asking the person about a device.
    DeviceConfirm,
    /// A device has its answer.
    DeviceDone,
    /// What somebody sees of their own account.
    Account,
    /// An account, or all access to it, came to an end.
    AccountEnded,
    /// Asking before signing out.
    LogoutConfirm,
    /// Signed out.
    LogoutDone,
    /// Something is wrong and nobody is redirected.
    Error,
    /// Something is wrong, and the person may go on to a host nobody vouches for (AZ-09).
    Interstitial,
    /// The answer leaves by a form (OAuth 2.0 Form Post Response Mode).
    FormPost,
    /// The answer leaves by a link that opens an app.
    OpenApp,
}

/// A page, ready to be sent.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Which page it is.
    pub kind: Kind,
    /// The HTTP status.
    pub status: u16,
    /// The document.
    pub html: String,
    /// The nonce of the one script the page loads; `script-src` must name it.
    pub nonce: Option<String>,
    /// Whether the page loads a script of ours.
    pub script: Script,
}

/// Whether a page loads a script of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// No.
    None,
    /// One of our files, and nothing else: the same page is the same bytes, which a nonce would not let it be.
    Own,
}

/// A page that can be rendered.
pub trait Page: Template {
    /// Which page it is.
    const KIND: Kind;

    /// The HTTP status it is sent with.
    fn status(&self) -> u16 {
        200
    }

    /// The nonce of its script, for the few pages that have one.
    fn nonce(&self) -> Option<&str> {
        None
    }

    /// Whether it loads a script without a nonce.
    fn script(&self) -> Script {
        Script::None
    }

    /// Renders the page.
    fn page(&self) -> Rendered {
        Rendered {
            kind: Self::KIND,
            status: self.status(),
            // Writing text into a `String` cannot fail; should a template ever do, no half page is sent.
            html: self.render().unwrap_or_else(|_| UNRENDERED.to_owned()),
            nonce: self.nonce().map(str::to_owned),
            script: self.script(),
        }
    }
}

const UNRENDERED: &str =
    "<!doctype html><html lang=\"en\"><title>Error</title><h1>This page could not be shown</h1>";

/// The page for everything that must not be answered with a redirect.
///
/// For [`Problem::UnknownClient`] nothing but the request id varies (AZ-01).
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub problem: Problem,
    /// The RFC's error code, for `data-error` and the developer.
    pub code: &'static str,
    /// What to tell the client's developer; shown bounded and escaped.
    pub description: Option<String>,
    /// Finds this request in the log.
    pub request_id: String,
}

impl ErrorPage {
    fn note(&self) -> Option<Claimed> {
        self.problem.fixed_note().or(self.description.as_deref()).map(Claimed::note)
    }
}

impl Page for ErrorPage {
    const KIND: Kind = Kind::Error;

    fn status(&self) -> u16 {
        self.problem.status()
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
