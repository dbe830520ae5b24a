//! Everything that can happen.

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Everything that can happen, as subscribers see it. Texts never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $name,)* }

        impl EventKind {
            /// Every kind, in the order of this list.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// The text in the `kind` column and in webhooks.
            pub const fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $text,)* }
            }

            /// Reads the `kind` column.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(EventKind::$name),)* _ => None }
            }
        }
    };
}

event_kinds! {
    /// A client came to exist, by registration or by an administrator.
    ClientCreated = "client.created",
    /// A client was disabled; its codes and grants ended with it.
    ClientDisabled = "client.disabled",
    /// A disabled client may be used again; what had ended stays ended.
    ClientEnabled = "client.enabled",
    /// A confidential client got another secret.
    ClientSecretReplaced = "client.secret_replaced",
    /// An administrator vouches for a client.
    ClientApproved = "client.approved",
    /// What a client says of itself changed: its metadata document, or its registration by itself.
    ClientUpdated = "client.updated",
    /// A client was deleted for good; its codes and grants ended with it.
    ClientDeleted = "client.deleted",
    /// Everything kept about a deleted client was removed, but its id.
    ClientPurged = "client.purged",
    /// Registrations that were never used were put aside, or removed long after.
    ClientsSwept = "clients.swept",
    /// An initial access token was made: its bearer may register clients.
    InitialTokenCreated = "initial_token.created",
    /// An initial access token was revoked.
    InitialTokenRevoked = "initial_token.revoked",
    /// A protected resource was added.
    ResourceCreated = "resource.created",
    /// A protected resource's name, scopes or token settings changed.
    ResourceUpdated = "resource.updated",
    /// Tokens for a resource are no longer issued.
    ResourceDisabled = "resource.disabled",
    /// Tokens for a resource are issued again.
    ResourceEnabled = "resource.enabled",
    /// An account was created.
    UserCreated = "user.created",
    /// An account was disabled; its sessions, codes and grants ended with it.
    UserDisabled = "user.disabled",
    /// A disabled account may sign in again.
    UserEnabled = "user.enabled",
    /// A password was set; sessions, codes and grants ended.
    UserPasswordSet = "user.password_set",
    /// A correct password was stored again with stronger parameters.
    UserPasswordRehashed = "user.password_rehashed",
    /// Somebody signed in.
    SessionOpened = "session.opened",
    /// Somebody proved again who they are; the session has a new secret.
    SessionRenewed = "session.renewed",
    /// A session ended; grants bound to it ended with it.
    SessionEnded = "session.ended",
    /// A user approved a client for a resource.
    ConsentGranted = "consent.granted",
    /// A user's approval was withdrawn; codes and grants under it ended.
    ConsentRevoked = "consent.revoked",
    /// A user decided when what they allowed ends.
    ConsentLimited = "consent.limited",
    /// A user's approval was for a time, which has passed.
    ConsentExpired = "consent.expired",
    /// An authorization code was issued.
    CodeIssued = "code.issued",
    /// A code was presented with a wrong verifier.
    CodeVerifierFailed = "code.verifier_failed",
    /// A code was made unusable before it was redeemed.
    CodeBurned = "code.burned",
    /// A redeemed code was presented again by a fully valid request; its grant was revoked.
    CodeReplayed = "code.replayed",
    /// Somebody typed the code of a device that asks for authorization.
    DeviceClaimed = "device.claimed",
    /// A user approved the request of a device.
    DeviceApproved = "device.approved",
    /// A user denied the request of a device.
    DeviceDenied = "device.denied",
    /// A code was redeemed, or the approval of a device.
    GrantCreated = "grant.created",
    /// A grant's refresh token was exchanged for the next generation.
    GrantRefreshed = "grant.refreshed",
    /// A grant was revoked.
    GrantRevoked = "grant.revoked",
    /// A token was issued without a grant changing (client credentials, a repeated refresh).
    TokenIssued = "token.issued",
    /// A token that belongs to no grant was revoked.
    TokenRevoked = "token.revoked",
    /// A refresh token of an old generation was presented; its grant was revoked.
    TokenReuseDetected = "token.reuse_detected",
    /// An account's address or name changed.
    UserUpdated = "user.updated",
    /// An account's role in the administration of the server changed.
    UserRoleSet = "user.role_set",
    /// All access to an account was ended: sessions, codes, grants and approvals.
    UserAccessEnded = "user.access_ended",
    /// An account was deleted with everything personal about it.
    UserDeleted = "user.deleted",
    /// A link was made with which somebody chooses a password.
    UserLinkCreated = "user.link_created",
    /// An account was connected with an identity at another provider.
    IdentityLinked = "identity.linked",
    /// An identity at another provider does not open the account any more.
    IdentityUnlinked = "identity.unlinked",
    /// Somebody showed that an address is theirs, and it took the place of the one before.
    UserEmailChanged = "user.email_changed",
    /// Somebody showed that their account's address is theirs.
    UserEmailVerified = "user.email_verified",
    /// A code was mailed with which somebody signs in.
    UserCodeSent = "user.code_sent",
    /// Somebody set up another way to show who they are.
    FactorAdded = "factor.added",
    /// Somebody gave one of their factors another name.
    FactorUpdated = "factor.updated",
    /// A code, a passkey or a recovery code was used.
    FactorUsed = "factor.used",
    /// Somebody removed one of their factors.
    FactorRemoved = "factor.removed",
    /// An administrator took all factors of an account away.
    FactorsReset = "factors.reset",
    /// Somebody got new recovery codes; those before are dead.
    RecoveryCodesCreated = "recovery_codes.created",
    /// Events that are older than they are kept are removed, up to a place in the sealed log.
    EventsPruned = "events.pruned",
    /// An API key was made.
    ApiKeyCreated = "api_key.created",
    /// An API key got another secret.
    ApiKeyRotated = "api_key.rotated",
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked",
    /// A webhook was made: events go there from now on.
    WebhookCreated = "webhook.created",
    /// A webhook's name, address or kinds changed.
    WebhookUpdated = "webhook.updated",
    /// A webhook got another secret.
    WebhookSecretReplaced = "webhook.secret_replaced",
    /// A webhook was disabled, by an administrator or because its receiver said it is gone.
    WebhookDisabled = "webhook.disabled",
    /// A disabled webhook is sent what happens from now on.
    WebhookEnabled = "webhook.enabled",
    /// A webhook was removed with everything that waited for it.
    WebhookDeleted = "webhook.deleted",
    /// Deliveries to a webhook fail one after the other; it is tried once a minute at most.
    WebhookFailing = "webhook.failing",
    /// Deliveries to a failing webhook arrive again.
    WebhookRecovered = "webhook.recovered",
    /// An administrator had deliveries sent again.
    WebhookReplayed = "webhook.replayed",
    /// An administrator had a test sent to a webhook.
    WebhookTested = "webhook.tested",
    /// A signing key was made.
    KeyCreated = "key.created",
    /// The next signing key took over; the one before it retired.
    KeyActivated = "key.activated",
    /// A retired signing key left for good.
    KeyRemoved = "key.removed",
    /// A signing key was revoked.
    KeyRevoked = "key.revoked",
    /// A data key was made for a purpose.
    DataKeyCreated = "data_key.created",
    /// Data keys were wrapped again under another master key.
    DataKeysRewrapped = "data_keys.rewrapped",
    /// A master key was seen for the first time.
    MasterKeyAdded = "master_key.added",
    /// What overrides the configuration file while servers run was changed.
    SettingsUpdated = "settings.updated",
}
