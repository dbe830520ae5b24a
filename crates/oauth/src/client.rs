//! Clients and their metadata (RFC 6749 §2, RFC 7591 §2).
//!
//! 1. A [`ClientId`] is opaque, or the URL of a metadata document.
//! 2. [`ClientMetadata`] is what was registered, validated by [`crate::register::register`], the one constructor.
//! 3. [`Client`] is the row: metadata plus what this server decided about it.
//! 4. [`Client::match_redirect`] is the only way to a [`TrustedRedirect`].

mod id;
mod metadata;
mod pages;

pub use id::ClientId;
pub use metadata::{
    AuthMethod, ClientMetadata, ConsentRule, GrantType, Origin, Profile, ResponseType, UnknownWord,
};
pub use pages::{About, LinkedPage};
use uuid::Uuid;

use crate::display::{self, ClaimedName};
use crate::redirect::{RedirectKind, TrustedRedirect};
use crate::secret::Digest;
use crate::{Code, Decision, Refusal, Time};

/// Who vouches for a client, beyond its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// An administrator, who made it or approved it.
    Administrator,
    /// An administrator, who trusts whatever the host of its document says.
    Domain,
    /// Nobody.
    Nobody,
}

/// A metadata document as it was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// When it was fetched, or when an administrator pinned it.
    pub fetched_at: Time,
    /// How long it is believed without looking again; `None` for one an administrator pinned.
    pub fresh_until: Option<Time>,
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// Who vouches for it.
    pub origin: Origin,
    /// Which rules it lives by.
    pub profile: Profile,
    /// What it registered.
    pub metadata: ClientMetadata,
    /// Who vouches for it, beyond its own word.
    pub voucher: Voucher,
    /// Digest of its secret; `None` for clients without one.
    pub secret: Option<Digest>,
    /// The secret before, and until when it is still good.
    pub previous_secret: Option<(Digest, Time)>,
    /// Digest of what it manages its registration with (RFC 7592); `None` where it does not.
    pub registration_token: Option<Digest>,
    /// The resource meant when it names none.
    pub default_resource: Option<Uuid>,
    /// The protected resource it speaks for at the introspection endpoint.
    pub speaks_for: Option<Uuid>,
    /// When it was registered.
    pub created_at: Time,
    /// Its metadata document, where it has one.
    pub document: Option<Published>,
    /// Whether people are asked about it; anything but that only for clients an administrator made (CN-10).
    pub consent: ConsentRule,
    /// Since when it is unknown to every endpoint.
    pub disabled_at: Option<Time>,
}

impl Client {
    /// The registered redirect URI that `presented` is (ruling 1; RU-01 to RU-11). `None` means the only one
    /// registered, except in the profiles of OpenID Connect, where it must be given.
    pub fn match_redirect(&self, presented: Option<&str>) -> Decision<TrustedRedirect> {
        let registered = &self.metadata.redirect_uris;
        match (presented, self.profile, registered.as_slice()) {
            (Some(presented), Profile::Mcp | Profile::OidcCompat | Profile::Fapi2, _) => {
                registered.iter().find_map(|uri| uri.admit(presented)).ok_or_else(|| {
                    Refusal::new(Code::InvalidRedirectUri, "redirect_uri is not one this client registered")
                })
            }
            (None, Profile::Mcp, [only]) => Ok(only.trusted()),
            (None, Profile::Mcp, []) => {
                Err(Refusal::new(Code::InvalidRequest, "this client has registered no redirect URI"))
            }
            (None, Profile::Mcp | Profile::OidcCompat | Profile::Fapi2, _) => {
                Err(Refusal::new(Code::InvalidRequest, "redirect_uri is required and missing"))
            }
        }
    }

    /// The registered post-logout redirect URI that `presented` is (OpenID Connect RP-Initiated Logout 1.0 §3).
    pub fn match_post_logout_redirect(&self, presented: &str) -> Decision<TrustedRedirect> {
        let mut registered = self.metadata.post_logout_redirect_uris.iter();
        registered.find_map(|uri| uri.admit(presented)).ok_or_else(|| {
            Refusal::new(Code::InvalidRequest, "post_logout_redirect_uri is not one this client registered")
        })
    }

    /// What a remembered consent is bound to (CI-08): where answers go, who says to ask, how it proves itself.
    pub fn digest(&self) -> Digest {
        metadata::consent_digest(&self.metadata)
    }

    /// What identical registrations have in common, for public dynamic clients that nobody manages (DC-05):
    /// everything registered, the redirect URIs as a set and without loopback ports.
    pub fn dedupe_digest(&self) -> Option<Digest> {
        let alike = self.is_public() && self.origin == Origin::Dynamic && self.registration_token.is_none();
        alike.then(|| metadata::dedupe_digest(&self.metadata))
    }

    /// The client with the digest of the secret that was made for it.
    #[must_use]
    pub fn with_secret(self, secret: Digest) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// Whether it has no credentials (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether somebody we trust vouches for it.
    pub fn is_verified(&self) -> bool {
        match self.voucher {
            Voucher::Administrator | Voucher::Domain => true,
            Voucher::Nobody => false,
        }
    }

    /// Whether it registered this grant.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// Whether it gets refresh tokens (ruling 3: with or without `offline_access`).
    pub fn wants_refresh(&self) -> bool {
        self.allows(GrantType::RefreshToken)
    }

    /// What it calls itself, as a page may show it (UI-01, DC-06). `None` when nothing visible is left of it.
    pub fn claimed_name(&self) -> Option<ClaimedName> {
        let mut name = self.metadata.client_name.as_deref().and_then(display::claimed)?;
        if self.is_verified() {
            name.confusable_with = None;
        }
        Some(name)
    }

    /// Its pages that may be linked to. What a page of ours shows of them is for whoever vouches for it to say (DC-06).
    pub fn linked_pages(&self) -> impl Iterator<Item = LinkedPage<'_>> {
        pages::of(&self.metadata)
    }

    /// A name to list it by: without one of its own, the host of its first web redirect.
    pub fn shown_name(&self) -> ClaimedName {
        self.claimed_name().unwrap_or_else(|| {
            let mut web = self.metadata.redirect_uris.iter().filter(|uri| uri.kind() == RedirectKind::Web);
            let text = web.next().map_or_else(|| "Unnamed app".to_owned(), |uri| uri.host_shown().ascii);
            ClaimedName { text, confusable_with: None }
        })
    }
}

#[cfg(test)]
mod tests;
