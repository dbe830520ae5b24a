//! How people end everything at once, and how they go for good.

use gatewright_store::Write;
use gatewright_store::sessions::SessionFacts;
use gatewright_store::users;

use crate::accounts;
use crate::app::{App, Moment};
use crate::error::Outcome;

/// Ends whatever was begun in somebody's name: sessions, this one included, grants, codes and remembered answers. Of two
/// browsers that ask at once one does it, and both are signed out.
pub async fn end_everything(app: &App, moment: &Moment, person: &SessionFacts) -> Outcome<()> {
    let (Write::Applied(_) | Write::Lost) =
        users::end_access(&app.store, person.user.id, Some(person.session.id), &moment.trace(app)).await?;
    Ok(())
}

/// What became of the wish to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// The account is gone, with all that was personal about it.
    Gone,
    /// The name that was typed is not the account's.
    OtherName,
    /// Nobody would be left who administers the server.
    LastOwner,
}

/// Deletes somebody's account (docs/decisions/0017-erasure-and-retention.md), after they typed its name.
pub async fn go(app: &App, moment: &Moment, (person, typed): (&SessionFacts, &str)) -> Outcome<Farewell> {
    let id = person.user.id;
    if accounts::key(typed) != accounts::key(&person.user.username) {
        return Ok(Farewell::OtherName);
    }
    let together = app.store.begin().await?;
    let store = together.store();
    // Read behind the lock: nobody gets a role from here on.
    let (Write::Applied(()), Some(user)) = (users::hold(store, id).await?, users::by_id(store, id).await?)
    else {
        // It is gone: deleted a moment ago.
        return Ok(Farewell::Gone);
    };
    if accounts::is_last_owner(store, &user).await? {
        return Ok(Farewell::LastOwner);
    }
    let (Write::Applied(_) | Write::Lost) = users::erase(store, id, &moment.trace(app)).await?;
    together.commit().await?;
    Ok(Farewell::Gone)
}
