//! Telling people what happened to their account.
//!
//! 1. The sealed log of events is read on from where it was read last ([`log_readers`]). What a person is told is decided
//!    by the kind of the event (`what`); whoever writes events needs to know nothing of mails.
//! 2. The mails and how far was read are one transaction: each event is told once.
//!
//! What happened before mails were set up is not told. Neither is what happened to somebody without an address.

use chrono::Duration;
use gatewright_store::event_log::{self, Placed};
use gatewright_store::events::Event;
use gatewright_store::{Write, log_readers, users};
use serde_json::Value;

use super::letter::{Letter, Notice};
use super::{Recipient, put};
use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::web::page::Claimed;

/// The name of the reader.
const NAME: &str = "notices";
/// Events looked at in one go.
const LOOKED_AT: u32 = 500;
/// Older news are none: the server, or its mail, was away for long.
const NEWS: Duration = Duration::days(1);

/// Step 1: what its person is told of an event.
fn what(event: &Event) -> Option<Notice> {
    let says = |name: &str| event.detail.get(name);
    match event.kind.as_str() {
        // Who was invited has no password of before.
        "user.password_set" if says("link").and_then(Value::as_str) != Some("invite") => {
            Some(Notice::PasswordSet)
        }
        "session.opened" if says("new_browser") == Some(&Value::Bool(true)) => Some(Notice::NewBrowser),
        "factor.added" => Some(Notice::FactorAdded),
        "factor.removed" => Some(Notice::FactorRemoved),
        "factors.reset" => Some(Notice::FactorsReset),
        "recovery_codes.created" => Some(Notice::RecoveryCodes),
        "token.reuse_detected" => Some(Notice::TokenReused),
        _ => None,
    }
}

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    if !app.config.mail.is_on() {
        return Ok(());
    }
    let Some(mut from) = log_readers::place(&app.store, NAME).await? else {
        let end = event_log::newest(&app.store).await?.map_or(0, |checkpoint| checkpoint.size);
        // Lost: another replica began at the same moment.
        let (Write::Applied(()) | Write::Lost) = log_readers::begin(&app.store, NAME, end).await?;
        return Ok(());
    };
    loop {
        let placed = event_log::from(&app.store, from, LOOKED_AT).await?;
        let Some(last) = placed.last() else { return Ok(()) };
        let to = last.seq + 1;
        // Lost: another replica tells.
        let Write::Applied(()) = tell(&app, &placed, (from, to)).await? else { return Ok(()) };
        from = to;
    }
}

/// Step 2.
async fn tell(app: &App, placed: &[Placed], (from, to): (u64, u64)) -> Outcome<Write<()>> {
    let moment = app.system_moment();
    let together = app.store.begin().await?;
    let within = app.within(together.store().clone());
    if log_readers::advance(&within.store, NAME, (from, to)).await? == Write::Lost {
        return Ok(Write::Lost);
    }
    for event in placed.iter().filter_map(|placed| placed.event.as_ref()) {
        if let Some(notice) = what(event).filter(|_| moment.now - event.at <= NEWS) {
            about(&within, &moment, event, notice).await?;
        }
    }
    together.commit().await?;
    Ok(Write::Applied(()))
}

async fn about(app: &App, moment: &Moment, event: &Event, notice: Notice) -> Outcome<()> {
    let Some(id) = event.subject.user else { return Ok(()) };
    let Some(user) = users::by_id(&app.store, id).await? else { return Ok(()) };
    let Some(email) = user.email.as_deref() else { return Ok(()) };
    let letter = Letter::Notice {
        notice,
        username: Claimed::name(&user.username),
        at: event.at,
        // Who acts at the server's own machine has no address.
        peer: event.peer.parse().ok(),
    };
    // Lost: the address cannot be written to, or was sent enough for now.
    let (Write::Applied(()) | Write::Lost) =
        put(app, moment, &Recipient { user: Some(id), email }, &letter).await?;
    Ok(())
}
