//! Whether what a code or grant stands on is still there.
//!
//! A code or grant names its client, user, resource, consent and session, and the eras of client
//! and user it was made in. It lives while all of these live:
//!
//! | it stands on | it ends when | may it return? |
//! |---|---|---|
//! | client | disabled, or era over | enabling again starts another era |
//! | user | disabled, password set, or era over | likewise |
//! | resource | disabled | yes: a pause, nothing is lost |
//! | consent | row deleted | no: a later approval has another id |
//! | session, unless the grant is offline | `ended_at` set | no |
//!
//! Because these are facts of other rows, they are joined on every use instead of being copied
//! into each grant: ending is one small update, takes effect with its commit on all replicas,
//! and cannot miss a grant whose statement was still running. Sweeping never deletes a session
//! that a grant names, so a missing session cannot pass for a living one.

use serde::{Deserialize, Serialize};

/// The era of a client or user as it was read; given back as part of a guard. It may travel in between, sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Era(pub(crate) i64);

/// The state of what a code or grant stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everything is there.
    Live,
    /// Something ended.
    Over(Ended),
}

impl Standing {
    /// Whether everything is there.
    pub fn is_live(self) -> bool {
        self == Standing::Live
    }
}

/// What ended; the first in this order when several did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The client is disabled, or was since.
    Client,
    /// The user is disabled, or was since, or has another password.
    User,
    /// The resource is disabled.
    Resource,
    /// The user withdrew the consent.
    Consent,
    /// The browser session ended.
    Session,
}

/// What a statement found, in the order of [`Ended`].
#[expect(clippy::struct_excessive_bools, reason = "one independent fact per joined row")]
pub(crate) struct Found {
    pub(crate) client: bool,
    pub(crate) user: bool,
    pub(crate) resource: bool,
    pub(crate) consent: bool,
    pub(crate) session: bool,
}

impl From<Found> for Standing {
    fn from(found: Found) -> Self {
        let ended = [
            (found.client, Ended::Client),
            (found.user, Ended::User),
            (found.resource, Ended::Resource),
            (found.consent, Ended::Consent),
            (found.session, Ended::Session),
        ];
        ended.into_iter().find(|(there, _)| !there).map_or(Standing::Live, |(_, what)| Standing::Over(what))
    }
}
