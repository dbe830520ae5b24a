//! What a form of these pages belongs to: the session its page was shown in.

use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_store::sessions::SessionFacts;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::Outcome;

/// How long a page may lie open. What it shows is read again before anything is done.
const LIFETIME: chrono::Duration = chrono::Duration::hours(8);

#[derive(Serialize, Deserialize)]
struct Ticket {
    user: Uuid,
    session: Uuid,
}

/// The ticket of a page that is shown to somebody.
pub fn seal(app: &App, moment: &Moment, person: &SessionFacts) -> Outcome<String> {
    let value = Ticket { user: person.user.id, session: person.session.id };
    let until = moment.now + LIFETIME;
    app.data_keys.seal(app, Purpose::AccountTicket, &Expiring { until, value })
}

/// Whether a page with this ticket was shown to them, in this session and not too long ago.
pub fn is_of(app: &App, moment: &Moment, (text, person): (&str, &SessionFacts)) -> bool {
    let opened: Option<Ticket> = app.data_keys.open_value(Purpose::AccountTicket, text, moment.now);
    opened.is_some_and(|ticket| (ticket.user, ticket.session) == (person.user.id, person.session.id))
}
