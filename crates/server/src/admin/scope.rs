//! What may be done with the admin API, and who may do it.
//!
//! A token or an API key carries scopes. A person has a role besides: of the scopes their token carries, those count
//! that the role has at this moment.

use gatewright_oauth::Scopes;
use gatewright_store::users::Role;

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal, $risk:ident;)*) => {
        /// One thing that may be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $name,)* }

        impl Scope {
            /// Every scope.
            pub const ALL: &'static [Scope] = &[$(Scope::$name,)*];

            /// As tokens carry it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Scope::$name => $text,)* }
            }

            /// As the consent page says it.
            pub const fn words(self) -> &'static str {
                match self { $(Scope::$name => $words,)* }
            }

            /// Whether the consent page warns of it.
            pub const fn risk(self) -> Risk {
                match self { $(Scope::$name => Risk::$risk,)* }
            }
        }
    };
}

/// How much harm a scope can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// It reads.
    Reads,
    /// It changes something.
    Changes,
    /// Whoever has it can reach everything else.
    Dangerous,
}

scopes! {
    /// Clients and initial access tokens.
    ClientsRead = "admin:clients.read", "See all apps and what became of them", Reads;
    /// Clients and initial access tokens.
    ClientsWrite = "admin:clients.write", "Register, approve, block and delete apps, and change their secrets", Dangerous;
    /// Protected resources.
    ResourcesRead = "admin:resources.read", "See all protected servers and their permissions", Reads;
    /// Protected resources.
    ResourcesWrite = "admin:resources.write", "Add and change protected servers and their permissions", Dangerous;
    /// Accounts.
    UsersRead = "admin:users.read", "See all accounts", Reads;
    /// Accounts.
    UsersWrite = "admin:users.write", "Make and disable accounts, and set passwords", Dangerous;
    /// Who administers the server.
    RolesWrite = "admin:roles.write", "Decide who administers this server", Dangerous;
    /// Grants.
    GrantsRead = "admin:grants.read", "See what people have allowed", Reads;
    /// Grants.
    GrantsWrite = "admin:grants.write", "End what people have allowed", Changes;
    /// Sessions.
    SessionsRead = "admin:sessions.read", "See who is signed in", Reads;
    /// Sessions.
    SessionsWrite = "admin:sessions.write", "Sign people out", Changes;
    /// Signing keys.
    KeysRead = "admin:keys.read", "See the signing keys' public halves and ages", Reads;
    /// Signing keys.
    KeysWrite = "admin:keys.write", "Rotate signing keys", Changes;
    /// Events and traces.
    EventsRead = "admin:events.read", "Read the audit log", Reads;
    /// Webhooks and their deliveries.
    WebhooksRead = "admin:webhooks.read", "See where events are delivered to, and whether they arrive", Reads;
    /// Webhooks and their deliveries.
    WebhooksWrite = "admin:webhooks.write", "Have events delivered elsewhere", Dangerous;
    /// API keys.
    ApiKeysRead = "admin:api_keys.read", "See all API keys, without their secrets", Reads;
    /// API keys.
    ApiKeysWrite = "admin:api_keys.write", "Make and revoke API keys", Dangerous;
    /// Settings that may be changed while the server runs.
    SettingsRead = "admin:settings.read", "See this server's settings", Reads;
    /// Settings that may be changed while the server runs.
    SettingsWrite = "admin:settings.write", "Change who may register apps, and whose apps are trusted", Dangerous;
    /// The server itself.
    ServerRead = "admin:server.read", "See this server's version and health", Reads;
}

impl Scope {
    /// Reads a scope.
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }

    /// Whether it only reads.
    pub fn reads(self) -> bool {
        self.risk() == Risk::Reads
    }
}

/// What a role may.
pub fn of(role: Role) -> Scopes {
    let allowed = |scope: &Scope| match role {
        Role::Owner => true,
        Role::Admin => *scope != Scope::RolesWrite,
        Role::Support => match scope {
            Scope::UsersRead
            | Scope::UsersWrite
            | Scope::GrantsRead
            | Scope::GrantsWrite
            | Scope::SessionsRead
            | Scope::SessionsWrite
            | Scope::ClientsRead
            | Scope::ResourcesRead
            | Scope::EventsRead
            | Scope::ServerRead => true,
            Scope::ClientsWrite
            | Scope::ResourcesWrite
            | Scope::RolesWrite
            | Scope::KeysRead
            | Scope::KeysWrite
            | Scope::WebhooksRead
            | Scope::WebhooksWrite
            | Scope::SettingsRead
            | Scope::SettingsWrite
            | Scope::ApiKeysRead
            | Scope::ApiKeysWrite => false,
        },
        Role::Auditor => scope.reads(),
    };
    Scope::ALL.iter().filter(|scope| allowed(scope)).map(|scope| scope.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ad_01_no_role_below_reaches_what_the_one_above_has_not() {
        let owner = of(Role::Owner);
        assert_eq!(owner.iter().count(), Scope::ALL.len());
        for role in Role::ALL {
            assert!(of(*role).is_subset(&owner), "{role:?}");
            assert_eq!(of(*role).contains(Scope::RolesWrite.as_str()), *role == Role::Owner);
        }
        assert!(Scope::ALL.iter().all(|scope| of(Role::Auditor).contains(scope.as_str()) == scope.reads()));
        assert!(of(Role::Support).is_subset(&of(Role::Admin)));
    }

    #[test]
    fn every_scope_reads_back_and_may_be_one() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(*scope));
            assert!(Scopes::parse(scope.as_str()).is_ok_and(|scopes| !scopes.is_empty()));
        }
    }
}
