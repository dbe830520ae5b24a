//! What is asked of the protocol machines: loaded facts, in the words of our own types. [`crate::oxide`] translates.

use crate::Time;
use crate::client::Client;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::redirect::TrustedRedirect;
use crate::scope::Scopes;

/// Whether a challenge must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A challenge, and then its verifier.
    Required,
    /// Only when the client starts with one.
    Optional,
}

/// An authorization request on its way through [`authorize`].
pub(crate) struct Asking<'a> {
    pub(crate) params: &'a Params,
    pub(crate) client: &'a Client,
    pub(crate) redirect: &'a TrustedRedirect,
    pub(crate) proof: Proof,
}

/// What the authorization machine holds in the end.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) scopes: Scopes,
    pub(crate) challenge: Option<Challenge>,
}

/// A stored code, and what a client presents with it.
pub(crate) struct Redeeming<'a> {
    /// Who is authenticated.
    pub(crate) client: &'a str,
    /// The redirect URI of the request, or the stored one when the client sent none.
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
    pub(crate) issued_to: &'a str,
    pub(crate) issued_for: &'a str,
    pub(crate) scopes: &'a Scopes,
    pub(crate) challenge: Option<&'a Challenge>,
    pub(crate) until: Time,
}

/// Where the code machine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The code is not good: expired, or bound to another client or redirect URI.
    Grant,
    /// The code is good, the verifier is not.
    Verifier,
    /// The machine could not work with the facts at all.
    Facts,
}

/// A grant, and the client that wants to refresh it.
pub(crate) struct Refreshing<'a> {
    /// Who is authenticated.
    pub(crate) client: &'a str,
    pub(crate) issued_to: &'a str,
    pub(crate) granted: &'a Scopes,
    /// `None`: as granted.
    pub(crate) scopes: Option<&'a Scopes>,
    pub(crate) until: Time,
}

/// A client that asks in its own name.
pub(crate) struct Speaking<'a> {
    /// Authenticated already.
    pub(crate) client: &'a Client,
    pub(crate) scopes: &'a Scopes,
}

/// A verified access token at one of our own protected endpoints.
pub(crate) struct Bearing<'a> {
    pub(crate) client: &'a str,
    pub(crate) scopes: &'a Scopes,
    pub(crate) until: Time,
}
