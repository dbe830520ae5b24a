//! Client metadata (RFC 7591 §2) and the closed vocabularies in it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use gatewright_jose::{Algorithm, JwkSet};
use serde::{Deserialize, Serialize};

use crate::redirect::RedirectUri;
use crate::scope::Scopes;
use crate::secret::Digest;

/// A word that is not in the vocabulary it was looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// A closed set of words, the same in JSON, in the database and on the command line.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or(UnknownWord)
            }
        }
    };
}

vocabulary! {
    /// How a client proves who it is (RFC 7591 §2, `token_endpoint_auth_method`), weakest first.
    AuthMethod {
        /// It does not: a public client.
        None = "none",
        /// HTTP Basic with its secret (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the request body (RFC 6749 §2.3.1).
        ClientSecretPost = "client_secret_post",
        /// A signed assertion (RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
    }
}

vocabulary! {
    /// Which rules a client lives by.
    Profile {
        /// The default: what MCP clients send, with PKCE for everyone.
        Mcp = "mcp",
        /// OpenID Connect clients that predate OAuth 2.1: confidential, made by an administrator.
        OidcCompat = "oidc_compat",
        /// The FAPI 2.0 security profile.
        Fapi2 = "fapi2",
    }
}

vocabulary! {
    /// Where a registration comes from, and so who vouches for it.
    Origin {
        /// An administrator: verified.
        Administrator = "administrator",
        /// The client itself, at the registration endpoint (RFC 7591).
        Dynamic = "dynamic",
        /// A metadata document at the client's own URL.
        Document = "document",
    }
}

vocabulary! {
    /// What administrators decided, in the place of people, about what they may allow a client.
    ConsentRule {
        /// People are asked.
        Ask = "ask",
        /// What is not dangerous is allowed without asking, to everybody's client that is no program on their device.
        PreApproved = "pre_approved",
        /// Nobody may allow it anything.
        Forbidden = "forbidden",
    }
}

impl ConsentRule {
    /// The word in the database, where people being asked is nothing to remember.
    pub const fn stored(self) -> Option<&'static str> {
        match self {
            Self::Ask => None,
            Self::PreApproved | Self::Forbidden => Some(self.as_str()),
        }
    }
}

vocabulary! {
    /// The grants a client may be registered for.
    GrantType {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 8628 §3.4.
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
}

vocabulary! {
    /// What the authorization endpoint may answer.
    ResponseType {
        /// RFC 6749 §4.1.1. OAuth 2.1 has no other.
        Code = "code",
    }
}

impl AuthMethod {
    /// Whether the client has a secret that this server made.
    pub const fn has_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => true,
            Self::None | Self::PrivateKeyJwt => false,
        }
    }
}

/// What a client registered. Made by [`crate::register::register`]; read back from the database leniently, so that
/// a stricter policy of today does not make a row unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// Where answers may go.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// What it calls itself, as sent; shown only through [`crate::Client::shown_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The grants it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// The response types it may use; empty without the authorization code grant.
    #[serde(default)]
    pub response_types: Vec<ResponseType>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// The scopes it says it will ask for: from an administrator an allow list, from others a hint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scopes>,
    /// `native` or `web`, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// Its home page; linked to for verified clients only, as the next ones are ([`crate::Client::linked_pages`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo; fetched and shown for verified clients only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Whom to write to about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Which software it is an instance of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// That software's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Where a person may be sent after signing out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Its public keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The only algorithm its assertions are signed with; without it, any of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// The statement it was registered with, as sent (RFC 7591 §2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
}

impl ClientMetadata {
    /// What the client proves itself with, where that is keys of its own: a digest of what is registered, not of
    /// what is found behind `jwks_uri`. A change of it is a change of who the client is.
    pub fn key_digest(&self) -> Digest {
        #[derive(Serialize)]
        struct Keys<'a> {
            method: AuthMethod,
            jwks: Option<&'a JwkSet>,
            jwks_uri: Option<&'a str>,
        }
        digest(
            "client keys",
            &Keys {
                method: self.token_endpoint_auth_method,
                jwks: self.jwks.as_ref(),
                jwks_uri: self.jwks_uri.as_deref(),
            },
        )
    }
}

/// Redirect URIs as a set: order, repetition and loopback ports make no difference.
fn redirect_set(uris: &[RedirectUri]) -> BTreeSet<String> {
    uris.iter().map(RedirectUri::without_loopback_port).collect()
}

/// CI-08.
pub(super) fn consent_digest(metadata: &ClientMetadata) -> Digest {
    #[derive(Serialize)]
    struct Facts<'a> {
        redirect_uris: BTreeSet<String>,
        client_name: Option<&'a str>,
        token_endpoint_auth_method: AuthMethod,
        jwks: Option<&'a JwkSet>,
        jwks_uri: Option<&'a str>,
    }
    digest(
        "client",
        &Facts {
            redirect_uris: redirect_set(&metadata.redirect_uris),
            client_name: metadata.client_name.as_deref(),
            token_endpoint_auth_method: metadata.token_endpoint_auth_method,
            jwks: metadata.jwks.as_ref(),
            jwks_uri: metadata.jwks_uri.as_deref(),
        },
    )
}

/// DC-05.
pub(super) fn dedupe_digest(metadata: &ClientMetadata) -> Digest {
    #[derive(Serialize)]
    struct Facts<'a> {
        redirect_uris: BTreeSet<String>,
        post_logout_redirect_uris: BTreeSet<String>,
        rest: &'a ClientMetadata,
    }
    let rest = ClientMetadata {
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        ..metadata.clone()
    };
    digest(
        "registration",
        &Facts {
            redirect_uris: redirect_set(&metadata.redirect_uris),
            post_logout_redirect_uris: redirect_set(&metadata.post_logout_redirect_uris),
            rest: &rest,
        },
    )
}

/// Of the JSON form: types with a fixed order of members and no maps, so equal facts have equal bytes.
#[expect(
    clippy::expect_used,
    reason = "strings and lists of strings always serialise; a stand-in digest would merge clients"
)]
fn digest(tag: &str, facts: &impl Serialize) -> Digest {
    Digest::of(tag, &serde_json::to_vec(facts).expect("strings and lists of strings serialise"))
}
