//! `events`: append only, written by the statement that makes the change.
//!
//! Audit is a view of this table; webhooks and the event feed are cursors over `(at, id)`.
//! No event carries a secret. `detail` holds what the columns do not, and is never needed to
//! understand which row changed.

use serde_json::Value;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{Store, Stored, Time, Write, gather, tx};

/// What every change records about the request that made it.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The event's id, a version 7 UUID, fresh for every statement.
    pub event: Uuid,
    /// The request's one reading of the clock; also the time the change is written with.
    pub at: Time,
    /// The request's id as it appears in logs and on error pages.
    pub request: Uuid,
    /// The peer's address as text, or `local` for commands.
    pub peer: String,
    /// `user:<id>`, `client:<id>`, `operator` or `system`.
    pub actor: String,
}

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

/// Which rows an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The account concerned.
    pub user: Option<Uuid>,
    /// The client concerned.
    pub client: Option<String>,
    /// The resource concerned.
    pub resource: Option<Uuid>,
    /// The grant concerned.
    pub grant: Option<Uuid>,
}

/// An event as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// A version 7 UUID.
    pub id: Uuid,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub kind: EventKind,
    /// The request that caused it.
    pub request: Uuid,
    /// Where the request came from.
    pub peer: String,
    /// Who acted.
    pub actor: String,
    /// What it is about.
    pub subject: Subject,
    /// Particulars; an object.
    pub detail: Value,
}

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) at: Time,
    pub(crate) kind: String,
    pub(crate) request_id: Uuid,
    pub(crate) peer: String,
    pub(crate) actor: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) client_id: Option<String>,
    pub(crate) resource_id: Option<Uuid>,
    pub(crate) grant_id: Option<Uuid>,
    pub(crate) detail: Value,
}

impl Row {
    pub(crate) fn decode(self) -> Stored<Event> {
        Ok(Event {
            kind: EventKind::parse(&self.kind).ok_or_else(|| corrupt("events", "kind", self.id))?,
            id: self.id,
            at: self.at,
            request: self.request_id,
            peer: self.peer,
            actor: self.actor,
            subject: Subject {
                user: self.user_id,
                client: self.client_id,
                resource: self.resource_id,
                grant: self.grant_id,
            },
            detail: self.detail,
        })
    }
}

/// A place in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The time of the last event read.
    pub at: Time,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// Before every event.
    pub const START: Cursor = Cursor { at: Time::UNIX_EPOCH, id: Uuid::nil() };

    /// Behind everything that happened by `now`.
    pub fn end(now: Time) -> Cursor {
        Cursor { at: now + chrono::Duration::days(1), id: Uuid::max() }
    }
}

/// Records something that changes no other row, such as a token by client credentials. Under load
/// such events are written together (`gather.rs`); each is durable before its own answer.
/// `Lost` when this event id was written before: a repeated call records nothing twice.
pub async fn insert(
    store: &Store,
    kind: EventKind,
    about: (&Subject, &Value),
    trace: &Trace,
) -> Stored<Write<()>> {
    gather::record(store, kind, about, trace).await
}

/// Which events are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Before this time.
    pub until: Option<Time>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// By this actor.
    pub actor: Option<&'a str>,
    /// About this account.
    pub user: Option<Uuid>,
    /// About this client.
    pub client: Option<&'a str>,
    /// Caused by this request.
    pub request: Option<Uuid>,
}

/// What was found, and how far was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Everything up to here was looked at.
    pub read_to: Cursor,
    /// Whether there may be more.
    pub goes_on: bool,
}

/// Events that one search looks at: what is rare must not be searched for in one go through years.
pub const LOOKED_AT: u32 = 10_000;

/// Up to `limit` events after `cursor`, oldest first.
pub async fn after(store: &Store, cursor: Cursor, limit: u32) -> Stored<Vec<Event>> {
    Ok(search(store, cursor, &Wanted::default(), limit).await?.events)
}

/// Up to `limit` of the next [`LOOKED_AT`] events after `cursor`, oldest first.
pub async fn search(store: &Store, cursor: Cursor, wanted: &Wanted<'_>, limit: u32) -> Stored<Found> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM (SELECT * FROM events
                   WHERE (at, id) > ($1, $2) AND ($5::TIMESTAMPTZ IS NULL OR at < $5)
                   ORDER BY at, id LIMIT $4) AS looked_at
             WHERE ($6::TEXT IS NULL OR kind = $6) AND ($7::TEXT IS NULL OR actor = $7)
               AND ($8::UUID IS NULL OR user_id = $8) AND ($9::TEXT IS NULL OR client_id = $9)
               AND ($10::UUID IS NULL OR request_id = $10)
             ORDER BY at, id LIMIT $3",
            cursor.at,
            cursor.id,
            i64::from(limit),
            i64::from(LOOKED_AT),
            wanted.until,
            wanted.kind.map(EventKind::as_str),
            wanted.actor,
            wanted.user,
            wanted.client,
            wanted.request,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let events = rows.into_iter().map(Row::decode).collect::<Stored<Vec<Event>>>()?;
    if events.len() >= limit as usize {
        let read_to = events.last().map_or(cursor, |event| Cursor { at: event.at, id: event.id });
        return Ok(Found { events, read_to, goes_on: true });
    }
    let end = end_of(store, cursor, wanted.until).await?;
    let (read_to, goes_on) = match (end, events.last()) {
        (Some(end), _) => (end, true),
        (None, Some(event)) => (Cursor { at: event.at, id: event.id }, false),
        (None, None) => (cursor, false),
    };
    Ok(Found { events, read_to, goes_on })
}

/// Up to `limit` of what somebody allowed and took back, before `cursor`, latest first.
pub async fn of_person(store: &Store, user: Uuid, cursor: Cursor, limit: u32) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events
             WHERE user_id = $1 AND (at, id) < ($2, $3)
               AND kind IN ('consent.granted', 'consent.limited', 'consent.revoked', 'consent.expired', 'grant.revoked',
                            'token.reuse_detected', 'code.replayed', 'user.access_ended')
             ORDER BY at DESC, id DESC LIMIT $4",
            user,
            cursor.at,
            cursor.id,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Those of these events that are there, in no order.
pub async fn by_ids(store: &Store, ids: &[Uuid]) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events WHERE id = ANY($1)",
            ids,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// The last event that a search from `cursor` looks at, if it looks at as many as it may.
async fn end_of(store: &Store, cursor: Cursor, until: Option<Time>) -> Stored<Option<Cursor>> {
    tx::read(|| {
        sqlx::query_as!(
            Cursor,
            "SELECT at, id FROM events
             WHERE (at, id) > ($1, $2) AND ($4::TIMESTAMPTZ IS NULL OR at < $4)
             ORDER BY at, id LIMIT 1 OFFSET $3",
            cursor.at,
            cursor.id,
            i64::from(LOOKED_AT) - 1,
            until,
        )
        .fetch_optional(store.pool())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn every_kind_reads_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventKind::parse("grant.exploded"), None);
    }
}
