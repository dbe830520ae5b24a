//! What we tell a client that may not have what it asks for (RFC 6749 §4.1.2.1 and §5.2, and its extensions).
//!
//! 1. A pure decision fails with a [`Refusal`]: a [`Code`] from the specifications and a sentence that says what
//!    to do about it.
//! 2. The code alone fixes the HTTP status ([`Code::status`]); this is the only such table.
//! 3. Where the refusal is caught decides how it is rendered: JSON, redirect, page or `WWW-Authenticate`.

use std::borrow::Cow;
use std::fmt;

/// The longest description, in bytes: it has to fit into redirects and headers.
const MAX_DESCRIPTION: usize = 512;

/// The error codes of the specifications. The wire form and status of each are in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidRequest,
    /// RFC 6749 §4.1.2.1, §5.2.
    UnauthorizedClient,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1, RFC 7009 §2.2.1.
    TemporarilyUnavailable,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    InteractionRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6, RFC 9101 §6.3.
    RequestNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6, RFC 9101 §6.3.
    RequestUriNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RegistrationNotSupported,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 7009 §2.2.1.
    UnsupportedTokenType,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 7591 §3.2.2.
    InvalidRedirectUri,
    /// RFC 7591 §3.2.2.
    InvalidClientMetadata,
    /// RFC 7591 §3.2.2.
    InvalidSoftwareStatement,
    /// RFC 7591 §3.2.2.
    UnapprovedSoftwareStatement,
    /// RFC 9396 §5.
    InvalidAuthorizationDetails,
    /// RFC 8628 §3.5; also what a client hears that asks too often, with `Retry-After`.
    SlowDown,
    /// RFC 8628 §3.5.
    AuthorizationPending,
    /// RFC 8628 §3.5.
    ExpiredToken,
}

impl Code {
    /// Every code, in the order of declaration.
    pub const ALL: [Code; 29] = [
        Code::InvalidRequest,
        Code::UnauthorizedClient,
        Code::AccessDenied,
        Code::UnsupportedResponseType,
        Code::InvalidScope,
        Code::InvalidTarget,
        Code::ServerError,
        Code::TemporarilyUnavailable,
        Code::LoginRequired,
        Code::ConsentRequired,
        Code::InteractionRequired,
        Code::AccountSelectionRequired,
        Code::RequestNotSupported,
        Code::RequestUriNotSupported,
        Code::RegistrationNotSupported,
        Code::InvalidClient,
        Code::InvalidGrant,
        Code::UnsupportedGrantType,
        Code::UnsupportedTokenType,
        Code::InvalidToken,
        Code::InsufficientScope,
        Code::InvalidRedirectUri,
        Code::InvalidClientMetadata,
        Code::InvalidSoftwareStatement,
        Code::UnapprovedSoftwareStatement,
        Code::InvalidAuthorizationDetails,
        Code::SlowDown,
        Code::AuthorizationPending,
        Code::ExpiredToken,
    ];

    /// The value of `error` on the wire.
    pub const fn as_str(self) -> &'static str {
        self.wire().0
    }

    /// The HTTP status of a direct answer (redirects and pages choose their own).
    pub const fn status(self) -> u16 {
        self.wire().1
    }

    /// The wire table: code, then status.
    const fn wire(self) -> (&'static str, u16) {
        match self {
            Code::InvalidRequest => ("invalid_request", 400),
            Code::UnauthorizedClient => ("unauthorized_client", 400),
            Code::AccessDenied => ("access_denied", 403),
            Code::UnsupportedResponseType => ("unsupported_response_type", 400),
            Code::InvalidScope => ("invalid_scope", 400),
            Code::InvalidTarget => ("invalid_target", 400),
            Code::ServerError => ("server_error", 500),
            Code::TemporarilyUnavailable => ("temporarily_unavailable", 503),
            Code::LoginRequired => ("login_required", 400),
            Code::ConsentRequired => ("consent_required", 400),
            Code::InteractionRequired => ("interaction_required", 400),
            Code::AccountSelectionRequired => ("account_selection_required", 400),
            Code::RequestNotSupported => ("request_not_supported", 400),
            Code::RequestUriNotSupported => ("request_uri_not_supported", 400),
            Code::RegistrationNotSupported => ("registration_not_supported", 400),
            Code::InvalidClient => ("invalid_client", 401),
            Code::InvalidGrant => ("invalid_grant", 400),
            Code::UnsupportedGrantType => ("unsupported_grant_type", 400),
            Code::UnsupportedTokenType => ("unsupported_token_type", 400),
            Code::InvalidToken => ("invalid_token", 401),
            Code::InsufficientScope => ("insufficient_scope", 403),
            Code::InvalidRedirectUri => ("invalid_redirect_uri", 400),
            Code::InvalidClientMetadata => ("invalid_client_metadata", 400),
            Code::InvalidSoftwareStatement => ("invalid_software_statement", 400),
            Code::UnapprovedSoftwareStatement => ("unapproved_software_statement", 400),
            Code::InvalidAuthorizationDetails => ("invalid_authorization_details", 400),
            Code::SlowDown => ("slow_down", 429),
            Code::AuthorizationPending => ("authorization_pending", 400),
            Code::ExpiredToken => ("expired_token", 400),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a request is refused, in words meant for the developer of the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Refusal {
    code: Code,
    description: Cow<'static, str>,
    /// Which check it was, where one of the table refused.
    check: Option<&'static str>,
}

impl Refusal {
    /// A refusal. Characters that RFC 6749 §5.2 does not allow in `error_description` are replaced (`"` by `'`,
    /// everything else by `?`) and the text is cut at 512 bytes, so a description may quote its input.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        let fits = description.len() <= MAX_DESCRIPTION && description.chars().all(is_describable);
        let description = if fits { description } else { Cow::Owned(describable(&description)) };
        Self { code, description, check: None }
    }

    /// The same, refused by the check of this name.
    #[must_use]
    pub(crate) fn of_check(mut self, name: &'static str) -> Self {
        self.check = Some(name);
        self
    }

    /// Which rule said no, for those who count: the name of the check, or else the error code. Never text that
    /// somebody sent.
    pub fn rule(&self) -> &'static str {
        self.check.unwrap_or(self.code.as_str())
    }

    /// The error code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence for `error_description`: never empty by convention, always within the RFC's character set.
    pub fn description(&self) -> &str {
        &self.description
    }
}

/// The outcome of a pure rule.
pub type Decision<T> = Result<T, Refusal>;

/// `%x20-21 / %x23-5B / %x5D-7E`.
const fn is_describable(c: char) -> bool {
    matches!(c, ' '..='!' | '#'..='[' | ']'..='~')
}

fn describable(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| match c {
            c if is_describable(c) => c,
            '"' => '\'',
            _ => '?',
        })
        .take(MAX_DESCRIPTION)
        .collect();
    if text.chars().count() > MAX_DESCRIPTION {
        out.truncate(MAX_DESCRIPTION - 3);
        out.push_str("...");
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn descriptions_stay_within_the_character_set_of_rfc_6749() {
        let refusal = Refusal::new(Code::InvalidRequest, "say \"no\" to C:\\ and\r\nSet-Cookie: ü");
        assert_eq!(refusal.description(), "say 'no' to C:? and??Set-Cookie: ?");
        let long = Refusal::new(Code::InvalidRequest, "ü".repeat(2_000));
        assert_eq!(long.description().len(), MAX_DESCRIPTION);
        assert!(long.description().ends_with("..."));
        assert_eq!(Refusal::new(Code::InvalidGrant, "gone").to_string(), "invalid_grant: gone");
    }

    #[test]
    fn every_code_has_its_own_word_and_a_failing_status() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| (400..600).contains(&code.status())));
        assert_eq!((Code::InvalidClient.as_str(), Code::InvalidClient.status()), ("invalid_client", 401));
    }
}
