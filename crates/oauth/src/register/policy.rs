//! What may be registered, by whom.

use std::collections::BTreeSet;

use crate::client::{AuthMethod, GrantType, Origin, Profile};

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

/// The rules of one door. [`RegistrationPolicy::dynamic`] and [`RegistrationPolicy::administrator`] are the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationPolicy {
    /// Who comes through this door.
    pub origin: Origin,
    /// The profile of its clients.
    pub profile: Profile,
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
            profile: Profile::Mcp,
            grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
            auth_methods: [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]
                .into(),
            private_use_schemes: PrivateUseSchemes::Any,
            redirect_hosts: None,
        }
    }

    /// The operator.
    pub fn administrator() -> Self {
        Self {
            origin: Origin::Administrator,
            grant_types: GrantType::ALL.iter().copied().collect(),
            ..Self::dynamic()
        }
    }
}
