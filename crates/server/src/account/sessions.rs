//! The browsers somebody is signed in with, and signing them out.

use gatewright_store::Write;
use gatewright_store::sessions::{self, SessionFacts, Which};
use uuid::Uuid;

use super::page::SessionCard;
use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::web::device::Device;

/// Sessions that are shown, and ended in one go.
const MOST: u32 = 200;

/// Those that live, latest first.
pub async fn cards(app: &App, moment: &Moment, person: &SessionFacts) -> Outcome<Vec<SessionCard>> {
    let which = (person.user.id, Which::Live(moment.now));
    let live = sessions::of_user(&app.store, which, Uuid::max(), MOST).await?;
    let words = moment.clone().of_person(&person.user).words;
    let card = |session: sessions::Session| {
        let device = session.device.as_deref().map(Device::parse).unwrap_or_default();
        SessionCard {
            id: session.id,
            browser: device.browser(),
            system: device.system(),
            is_this: session.id == person.session.id,
            place: app.places.near_stored(session.peer.as_deref(), words).map(|place| place.text()),
            address: session.peer,
            signed_in: session.auth_time,
            seen: session.seen_at.unwrap_or(session.created_at),
        }
    };
    let mut cards: Vec<SessionCard> = live.into_iter().map(|listed| card(listed.session)).collect();
    cards.sort_by_key(|card| !card.is_this);
    Ok(cards)
}

/// Ends one of somebody's sessions. That it ended before, or is another's, changes nothing.
pub async fn end(app: &App, moment: &Moment, (user, session): (Uuid, Uuid)) -> Outcome<()> {
    let (Write::Applied(_) | Write::Lost) =
        sessions::end_own(&app.store, user, session, &moment.trace(app)).await?;
    Ok(())
}

/// Ends all but this one.
pub async fn end_others(app: &App, moment: &Moment, person: &SessionFacts) -> Outcome<()> {
    loop {
        let which = (person.user.id, Which::Live(moment.now));
        let live = sessions::of_user(&app.store, which, Uuid::max(), MOST).await?;
        let others: Vec<Uuid> =
            live.iter().map(|listed| listed.session.id).filter(|id| *id != person.session.id).collect();
        if others.is_empty() {
            return Ok(());
        }
        for other in others {
            end(app, moment, (person.user.id, other)).await?;
        }
    }
}
