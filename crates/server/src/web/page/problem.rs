//! What can be wrong, in words for the person in front of it.

use super::shown::span;

/// Why a person sees an error page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The client is unknown, disabled or deleted; which of them is nobody's business (AZ-01).
    UnknownClient,
    /// The client's metadata document cannot be read or used.
    BadDocument,
    /// Documents of the client's domain are not used here (CI-11).
    RefusedDomain,
    /// An administrator has to approve the client first.
    AwaitsApproval,
    /// The redirect URI is not one of the client's.
    UnknownRedirect,
    /// The app's request makes no sense or is not allowed, and must not be answered by redirect.
    BadRequest,
    /// The app wanted an answer without showing anything (`prompt=none`, AZ-10).
    NeedsPerson,
    /// The request was started in another browser, or cookies are off (AZ-17).
    OtherBrowser,
    /// The page was open for too long.
    Expired,
    /// A form came from another site (CN-02).
    ForeignForm,
    /// A sign-out link that proves nothing (LO-02, LO-03).
    BadLogout,
    /// A link to choose a password with that is used up, too old, or none.
    DeadLink,
    /// Too many requests from here.
    TooMany {
        /// Seconds until it is worth trying again.
        wait_seconds: u64,
    },
    /// The request is too large, usually because of piled up cookies (CK-05).
    TooLarge,
    /// There is no such page.
    NotFound,
    /// The page exists, but not for this method.
    WrongMethod,
    /// Something we depend on is away.
    Unavailable,
    /// A mistake of ours.
    Internal,
}

impl Problem {
    /// It in a word, for those who count.
    pub const fn word(self) -> &'static str {
        match self {
            Problem::UnknownClient => "unknown_client",
            Problem::BadDocument => "bad_document",
            Problem::RefusedDomain => "refused_domain",
            Problem::AwaitsApproval => "awaits_approval",
            Problem::UnknownRedirect => "unknown_redirect",
            Problem::BadRequest => "bad_request",
            Problem::NeedsPerson => "needs_person",
            Problem::OtherBrowser => "other_browser",
            Problem::Expired => "expired",
            Problem::ForeignForm => "foreign_form",
            Problem::BadLogout => "bad_logout",
            Problem::DeadLink => "dead_link",
            Problem::TooMany { .. } => "too_many",
            Problem::TooLarge => "too_large",
            Problem::NotFound => "not_found",
            Problem::WrongMethod => "wrong_method",
            Problem::Unavailable => "unavailable",
            Problem::Internal => "failed",
        }
    }

    /// The HTTP status of the page.
    pub const fn status(self) -> u16 {
        match self {
            Problem::UnknownClient
            | Problem::BadDocument
            | Problem::RefusedDomain
            | Problem::UnknownRedirect
            | Problem::BadRequest
            | Problem::NeedsPerson
            | Problem::OtherBrowser
            | Problem::Expired
            | Problem::BadLogout => 400,
            Problem::AwaitsApproval | Problem::ForeignForm => 403,
            Problem::DeadLink | Problem::NotFound => 404,
            Problem::WrongMethod => 405,
            Problem::TooMany { .. } => 429,
            Problem::TooLarge => 431,
            Problem::Internal => 500,
            Problem::Unavailable => 503,
        }
    }

    /// What a title says.
    pub const fn title(self) -> &'static str {
        match self {
            Problem::UnknownClient => "This app is not known here",
            Problem::BadDocument => "The app’s description does not work",
            Problem::RefusedDomain => "This app is not accepted here",
            Problem::AwaitsApproval => "This app has to be approved first",
            Problem::UnknownRedirect => "We cannot send you back to the app",
            Problem::BadRequest => "The app’s request does not work",
            Problem::NeedsPerson => "The app has to ask you first",
            Problem::OtherBrowser => "This sign-in was started somewhere else",
            Problem::Expired => "This page is no longer valid",
            Problem::ForeignForm => "This form did not come from our page",
            Problem::BadLogout => "This sign-out link does not work",
            Problem::DeadLink => "This link does not work any more",
            Problem::TooMany { .. } => "Too many attempts",
            Problem::TooLarge => "Your browser sent too much",
            Problem::NotFound => "There is nothing here",
            Problem::WrongMethod => "This page cannot be used this way",
            Problem::Unavailable => "Not available right now",
            Problem::Internal => "Something went wrong on our side",
        }
    }

    /// What happened.
    pub const fn happened(self) -> &'static str {
        match self {
            Problem::UnknownClient => {
                "The app that sent you here uses a registration this server does not accept. It may have been \
                 removed since the app saved it."
            }
            Problem::BadDocument => {
                "The app that sent you here describes itself in a document on the web. This server could not read \
                 it, or must not use it as it is."
            }
            Problem::RefusedDomain => {
                "Whoever runs this server has decided not to accept apps from that website."
            }
            Problem::AwaitsApproval => {
                "Whoever runs this server looks at every new app before anybody may use it. They can see now that \
                 you asked for this one."
            }
            Problem::UnknownRedirect => {
                "The app wants the answer at an address it has not registered. Nothing was sent there."
            }
            Problem::BadRequest => {
                "The app that sent you here asked for something this server does not understand or allow."
            }
            Problem::NeedsPerson => {
                "The app asked for access without showing you anything. That takes your sign-in and your consent \
                 first."
            }
            Problem::OtherBrowser => {
                "This page belongs to a sign-in in another browser or window, or your browser does not keep our \
                 cookie."
            }
            Problem::Expired => {
                "It was open for too long, or it was answered already. Nothing new was shared."
            }
            Problem::ForeignForm => {
                "Another website tried to send a form in your name, or your browser hides where the form came \
                 from. Nothing was done."
            }
            Problem::BadLogout => {
                "The app that sent you here could not show that it may sign you out. Nobody was signed out."
            }
            Problem::DeadLink => {
                "Such a link is good once and for a short time. It was used, replaced by a newer one, is too old, or \
                 was not copied whole."
            }
            Problem::TooMany { .. } => "There were too many attempts from your network.",
            Problem::TooLarge => "Usually that is because old cookies of this site have piled up.",
            Problem::NotFound => "The address may be mistyped, or the page is gone.",
            Problem::WrongMethod => "It answers to another kind of request.",
            Problem::Unavailable => "Something this server depends on does not answer. Nothing is lost.",
            Problem::Internal => "Your request could not be finished. The mistake has been noted.",
        }
    }

    /// What the person can do.
    pub fn advice(self) -> String {
        let text = match self {
            Problem::UnknownClient => {
                "Make the app forget what it saved about this server, then connect again. If you come back to this \
                 page, ask whoever runs this server."
            }
            Problem::BadDocument => {
                "Try again in a moment. If you come back to this page, send the lines below to whoever runs this \
                 server, or to the people who make the app."
            }
            Problem::RefusedDomain => "If you need this app here, ask whoever runs this server to allow it.",
            Problem::AwaitsApproval => {
                "Ask whoever runs this server to approve it, then connect again from the app."
            }
            Problem::UnknownRedirect => {
                "Go back to the app and connect again. If you come back to this page, make the app forget what it \
                 saved about this server."
            }
            Problem::BadRequest => {
                "Go back to the app and try again. If you come back to this page, send the lines below to the \
                 people who make the app."
            }
            Problem::NeedsPerson => "Go back to the app and connect again from there.",
            Problem::OtherBrowser => {
                "Start again from your app and stay in one browser, with cookies allowed for this site. If \
                 somebody sent you this link, do not use it."
            }
            Problem::Expired => "Go back to the app and connect again.",
            Problem::ForeignForm => "Start again from your app. If you did not send a form, close this page.",
            Problem::BadLogout => "You can sign out here instead.",
            Problem::DeadLink => {
                "If you have set your password with it already, sign in with that. Otherwise ask whoever runs this \
                 server for a new link."
            }
            Problem::TooMany { wait_seconds } => {
                return format!("Try again in about {}.", span(wait_seconds));
            }
            Problem::TooLarge => "Clear the cookies of this site in your browser’s settings, then try again.",
            Problem::NotFound | Problem::WrongMethod => {
                "If an app sent you here, connect again from the app."
            }
            Problem::Unavailable => "Wait a moment and reload this page.",
            Problem::Internal => {
                "Try again. If it keeps happening, give the request number to whoever runs this server."
            }
        };
        text.to_owned()
    }

    /// Whether the page tells how to make well-known apps forget their registration.
    pub fn wants_forget_help(self) -> bool {
        matches!(self, Problem::UnknownClient | Problem::UnknownRedirect)
    }

    /// Whether the developer of an app has something to learn from the page.
    pub fn is_of_an_app(self) -> bool {
        !matches!(
            self,
            Problem::NotFound
                | Problem::WrongMethod
                | Problem::TooLarge
                | Problem::ForeignForm
                | Problem::DeadLink
        )
    }

    /// Whether the page shows the way to the sign-out page.
    pub fn wants_sign_out(self) -> bool {
        self == Problem::BadLogout
    }

    /// The note to the developer that replaces any other, where a varying one would tell too much.
    pub fn fixed_note(self) -> Option<&'static str> {
        (self == Problem::UnknownClient).then_some("no enabled client has this client_id")
    }
}
