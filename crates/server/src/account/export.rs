//! What is kept of somebody, as one JSON document (GDPR art. 15 and 20).
//!
//! It is written while it is read, a page at a time: memory is bounded whatever somebody has allowed in a year. What
//! tokens, codes and passwords are made of is not in it, and neither is what was decided about others.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use gatewright_store::consents::{self, By, Consent};
use gatewright_store::events::{self, Event};
use gatewright_store::grants::{self, Filter, Grant};
use gatewright_store::sessions::{self, Listed, SessionFacts, Which};
use gatewright_store::users::User;
use gatewright_store::{Store, Time};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::Fault;

/// Rows of one piece.
const PAGE: u32 = 200;

/// The document, piece by piece.
pub fn pieces(
    app: &App,
    moment: &Moment,
    person: &SessionFacts,
) -> impl Stream<Item = Result<Bytes, Fault>> + Send + use<> {
    let head = json!({ "exported_at": moment.now, "account": account(&person.user) });
    // The head's closing brace comes at the end of all.
    let mut head = head.to_string();
    head.pop();
    let lists = [List::Sessions, List::Consents, List::Grants, List::History];
    let writing = Writing {
        store: app.store.clone(),
        user: person.user.id,
        now: moment.now,
        lists: VecDeque::from(lists),
        at: None,
    };
    stream::try_unfold((writing, Some(head)), |(mut writing, head)| async move {
        match head {
            Some(head) => Ok(Some((Bytes::from(head), (writing, None)))),
            None => Ok(writing.piece().await?.map(|piece| (piece, (writing, None)))),
        }
    })
}

/// A list of the document.
#[derive(Clone, Copy)]
enum List {
    Sessions,
    Consents,
    Grants,
    History,
}

impl List {
    const fn name(self) -> &'static str {
        match self {
            List::Sessions => "sessions",
            List::Consents => "remembered",
            List::Grants => "grants",
            List::History => "history",
        }
    }
}

/// Behind which row a list goes on.
enum Behind {
    Row(Uuid),
    Answer(String, Uuid),
    Event(events::Cursor),
}

/// How far the document is.
struct Writing {
    store: Store,
    user: Uuid,
    now: Time,
    /// Those that are not finished.
    lists: VecDeque<List>,
    /// Where the first of them goes on; `None` before its first row.
    at: Option<Behind>,
}

impl Writing {
    /// The next piece: the rows of a page, and what stands around them.
    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some(list) = self.lists.front().copied() else { return Ok(None) };
        let is_first = self.at.is_none();
        let (rows, behind) = self.rows(list).await?;
        let mut text = if is_first { format!(",\"{}\":[", list.name()) } else { String::new() };
        for (index, row) in rows.iter().enumerate() {
            if !is_first || index > 0 {
                text.push(',');
            }
            text.push_str(&row.to_string());
        }
        self.at = behind;
        if self.at.is_none() {
            text.push(']');
            self.lists.pop_front();
            if self.lists.is_empty() {
                text.push_str("}\n");
            }
        }
        Ok(Some(Bytes::from(text)))
    }

    /// A page of a list, and where it goes on, if it does.
    async fn rows(&self, list: List) -> Result<(Vec<Value>, Option<Behind>), Fault> {
        let store = &self.store;
        let is_full = |count: usize| count >= PAGE as usize;
        let row = match &self.at {
            Some(Behind::Row(id)) => Some(*id),
            Some(Behind::Answer(..) | Behind::Event(_)) | None => None,
        };
        Ok(match list {
            List::Sessions => {
                let before = row.unwrap_or(Uuid::max());
                let found = sessions::of_user(store, (self.user, Which::All), before, PAGE).await?;
                let next = found.last().filter(|_| is_full(found.len()));
                (found.iter().map(session).collect(), next.map(|last| Behind::Row(last.session.id)))
            }
            List::Consents => {
                let after = match &self.at {
                    Some(Behind::Answer(client, resource)) => {
                        consents::Cursor { client, resource: *resource }
                    }
                    Some(Behind::Row(_) | Behind::Event(_)) | None => consents::Cursor::START,
                };
                let found = consents::list(store, self.user, after, PAGE).await?;
                let next = found.last().filter(|_| is_full(found.len()));
                let next = next.map(|last| Behind::Answer(last.client.to_string(), last.resource));
                (found.iter().map(consent).collect(), next)
            }
            List::Grants => {
                let filter = Filter { user: Some(self.user), ..Filter::default() };
                let found = grants::list(store, &filter, row.unwrap_or_default(), PAGE).await?;
                let next = found.last().filter(|_| is_full(found.len()));
                (found.iter().map(grant).collect(), next.map(|last| Behind::Row(last.id)))
            }
            List::History => {
                let before = match &self.at {
                    Some(Behind::Event(cursor)) => *cursor,
                    Some(Behind::Row(_) | Behind::Answer(..)) | None => events::Cursor::end(self.now),
                };
                let found = events::of_person(store, self.user, before, PAGE).await?;
                let next = found.last().filter(|_| is_full(found.len()));
                let next = next.map(|last| Behind::Event(events::Cursor { at: last.at, id: last.id }));
                (found.iter().map(event).collect(), next)
            }
        })
    }
}

fn account(user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.username,
        "name": user.display_name,
        "email": user.email,
        "email_verified": user.email_verified,
        "language": user.locale,
        "role": user.role.map(gatewright_store::users::Role::as_str),
        "created_at": user.created_at,
    })
}

fn session(listed: &Listed) -> Value {
    let session = &listed.session;
    json!({
        "id": session.id,
        "device": session.device,
        "address": session.peer,
        "methods": session.amr,
        "opened_at": session.created_at,
        "signed_in_at": session.auth_time,
        "last_seen_at": session.seen_at,
        "expires_at": session.expires_at,
        "ended_at": listed.ended_at,
    })
}

fn consent(consent: &Consent) -> Value {
    json!({
        "id": consent.id,
        "client_id": consent.client.as_str(),
        "resource_id": consent.resource,
        "scope": consent.scope.to_string(),
        "by": match consent.by {
            By::Person => "you",
            By::Policy => "administrators",
        },
        "allowed_at": consent.granted_at,
        "until": consent.expires_at,
    })
}

fn grant(grant: &Grant) -> Value {
    json!({
        "id": grant.id,
        "client_id": grant.client.as_str(),
        "resource_id": grant.resource,
        "scope": grant.scope.to_string(),
        "allowed_at": grant.created_at,
        "last_token_at": grant.rotated_at,
        "last_token_address": grant.peer,
        "ends_unless_used_at": grant.idle_expires_at,
        "ends_at": grant.expires_at,
        "revoked_at": grant.revoked.map(|revoked| revoked.at),
    })
}

fn event(event: &Event) -> Value {
    json!({
        "at": event.at,
        "kind": event.kind.as_str(),
        "actor": event.actor,
        "address": event.peer,
        "client_id": event.subject.client,
        "resource_id": event.subject.resource,
        "grant_id": event.subject.grant,
        "detail": event.detail,
    })
}
