//! What may be registered, by whom.

use std::collections::BTreeSet;

use crate::client::{AuthMethod, GrantType, Origin, Profile, Voucher};

/// Which private-use schemes redirect URIs may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateUseSchemes {
    /// Any that is not dangerous: `cursor://…`, `com.example.app:/cb`.
    Any,
    /// Reverse domain names with a single slash: `com.example.app:/cb` (RFC 8252 §7.1).
    ReverseDns,
    /// These only.
    Listed(BTreeSet<String>),
}

/// Whether an administrator let in whoever comes through a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// No: anybody may come.
    Uninvited,
    /// Yes: by making the client, or by an initial access token (RFC 7591 §3).
    Invited,
}

/// The rules of one door. [`RegistrationPolicy::dynamic`], [`RegistrationPolicy::document`] and
/// [`RegistrationPolicy::administrator`] are the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationPolicy {
    /// Who comes through this door.
    pub origin: Origin,
    /// Whether an administrator let them in.
    pub entry: Entry,
    /// The profile of its clients.
    pub profile: Profile,
    /// Who vouches for its clients.
    pub voucher: Voucher,
    /// The grants they may have.
    pub grant_types: BTreeSet<GrantType>,
    /// How they may authenticate. A request that names no method gets `none`.
    pub auth_methods: BTreeSet<AuthMethod>,
    /// Which schemes their apps may own.
    pub private_use_schemes: PrivateUseSchemes,
    /// The hosts web redirects may go to, and everything below them; `None` for any.
    pub redirect_hosts: Option<BTreeSet<String>>,
}

impl RegistrationPolicy {
    /// Anyone, through the registration endpoint.
    pub fn dynamic() -> Self {
        Self {
            origin: Origin::Dynamic,
            entry: Entry::Uninvited,
            profile: Profile::Mcp,
            voucher: Voucher::Nobody,
            grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
            auth_methods: AuthMethod::ALL.iter().copied().collect(),
            private_use_schemes: PrivateUseSchemes::Any,
            redirect_hosts: None,
        }
    }

    /// Somebody with an initial access token for this profile, through the registration endpoint.
    pub fn invited(profile: Profile) -> Self {
        Self { entry: Entry::Invited, profile, ..Self::dynamic() }
    }

    /// Whoever controls the host of a metadata document. What everybody can read holds no secret (CA-15). One document
    /// serves every server, so it may name the grant of devices; whether it may be used here is asked at each use.
    pub fn document() -> Self {
        let dynamic = Self::dynamic();
        Self {
            origin: Origin::Document,
            grant_types: dynamic.grant_types.iter().copied().chain([GrantType::DeviceCode]).collect(),
            auth_methods: [AuthMethod::None, AuthMethod::PrivateKeyJwt].into(),
            ..dynamic
        }
    }

    /// The operator.
    pub fn administrator() -> Self {
        Self {
            origin: Origin::Administrator,
            entry: Entry::Invited,
            voucher: Voucher::Administrator,
            grant_types: GrantType::ALL.iter().copied().collect(),
            ..Self::dynamic()
        }
    }
}
