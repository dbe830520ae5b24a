//! What can be wrong, in words for the person in front of it.

use super::Layout;
use crate::words::Say;

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
            Problem::UnknownClient => "web-unknown-client",
            Problem::BadDocument => "web-bad-document",
            Problem::RefusedDomain => "web-refused-domain",
            Problem::AwaitsApproval => "web-awaits-approval",
            Problem::UnknownRedirect => "web-unknown-redirect",
            Problem::BadRequest => "web-bad-request",
            Problem::NeedsPerson => "web-needs-person",
            Problem::OtherBrowser => "web-other-browser",
            Problem::Expired => "web-expired",
            Problem::ForeignForm => "web-foreign-form",
            Problem::BadLogout => "web-bad-logout",
            Problem::DeadLink => "web-dead-link",
            Problem::TooMany { .. } => "web-too-many",
            Problem::TooLarge => "web-too-large",
            Problem::NotFound => "web-not-found",
            Problem::WrongMethod => "web-wrong-method",
            Problem::Unavailable => "web-unavailable",
            Problem::Internal => "web-internal",
        }
    }

    /// What happened.
    pub const fn happened(self) -> &'static str {
        match self {
            Problem::UnknownClient => "web-unknown-client-happened",
            Problem::BadDocument => "web-bad-document-happened",
            Problem::RefusedDomain => "web-refused-domain-happened",
            Problem::AwaitsApproval => "web-awaits-approval-happened",
            Problem::UnknownRedirect => "web-unknown-redirect-happened",
            Problem::BadRequest => "web-bad-request-happened",
            Problem::NeedsPerson => "web-needs-person-happened",
            Problem::OtherBrowser => "web-other-browser-happened",
            Problem::Expired => "web-expired-happened",
            Problem::ForeignForm => "web-foreign-form-happened",
            Problem::BadLogout => "web-bad-logout-happened",
            Problem::DeadLink => "web-dead-link-happened",
            Problem::TooMany { .. } => "web-too-many-happened",
            Problem::TooLarge => "web-too-large-happened",
            Problem::NotFound => "web-not-found-happened",
            Problem::WrongMethod => "web-wrong-method-happened",
            Problem::Unavailable => "web-unavailable-happened",
            Problem::Internal => "web-internal-happened",
        }
    }

    /// What the person can do.
    pub fn advice(self, layout: &Layout) -> Say {
        let key = match self {
            Problem::UnknownClient => "web-unknown-client-advice",
            Problem::BadDocument => "web-bad-document-advice",
            Problem::RefusedDomain => "web-refused-domain-advice",
            Problem::AwaitsApproval => "web-awaits-approval-advice",
            Problem::UnknownRedirect => "web-unknown-redirect-advice",
            Problem::BadRequest => "web-bad-request-advice",
            Problem::NeedsPerson => "web-needs-person-advice",
            Problem::OtherBrowser => "web-other-browser-advice",
            Problem::Expired => "web-expired-advice",
            Problem::ForeignForm => "web-foreign-form-advice",
            Problem::BadLogout => "web-bad-logout-advice",
            Problem::DeadLink => "web-dead-link-advice",
            Problem::TooMany { wait_seconds } => {
                return layout.say("web-too-many-advice").span("span", wait_seconds);
            }
            Problem::TooLarge => "web-too-large-advice",
            Problem::NotFound | Problem::WrongMethod => "web-not-found-advice",
            Problem::Unavailable => "web-unavailable-advice",
            Problem::Internal => "web-internal-advice",
        };
        layout.say(key)
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
