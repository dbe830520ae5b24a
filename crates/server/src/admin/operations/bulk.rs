//! Several changes in one request, each as if it had been sent by itself.
//!
//! 1. Items are done in their order, one after the other. For each the caller is looked up anew, and admitted or
//!    refused as for the operation itself: who lost a role or revoked their own key with one item does not do the next
//!    one (AD-01).
//! 2. Each is a transaction of its own: one that fails undoes nothing but itself, and no lock is held for a hundred.
//! 3. With an `Idempotency-Key` each item has a key of its own, made from that and its number. Whoever sends the request
//!    again after a crash hears of the items that were done what was answered, and has the others done.
//! 4. Items that were not begun in time, or met a server that could not answer, say so; then the whole is not kept, and
//!    the same request goes on where it stopped.
//!
//! Why not one transaction: docs/decisions/0016.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::admin::caller::identify;
use crate::admin::mutation::{self, Identity};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::operations;
use crate::admin::outcomes::{MOST, Outcomes};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::app::Actor;
use crate::error::Fault;
use crate::lines::Upload;
use crate::web::answer::log_fault;

/// For so long items are begun. Together with the patience for the last one it is less than a claim lasts.
const BEGUN_WITHIN: Duration = Duration::from_secs(15);

/// Why an upload is no item.
const UPLOAD: &str = "an upload is a request of its own";

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "bulk.perform",
    method: Method::Post,
    path: "/bulk",
    scope: Scope::ServerRead,
    wants: Wants::Anybody,
    summary: "Make several changes",
    description: "Up to a hundred, one after the other, each as if it had been sent by itself: it takes the scope of \
                  its operation and is a transaction of its own, so one that is refused touches no other. A dry run \
                  undoes each before the next.",
    query: &[],
    takes: Takes::Json(Body::of::<Bulk>()),
    gives: Gives::Each,
    run: |call| Box::pin(run(call)),
}];

/// Several changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// 1 to 100 changes, in the order they are made.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<Item>,
}

/// One change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkItem)]
struct Item {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    method: String,
    /// The path below the API: `/clients/c_1/block`.
    path: String,
    /// The body, where the operation takes one.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
    /// Only if it is still what was read: its `ETag`.
    #[serde(default)]
    if_match: Option<String>,
}

async fn run(call: &Call) -> Result<Answer, Problem> {
    let Bulk { items } = call.body()?;
    if !(1..=MOST).contains(&items.len()) {
        return Err(Problem::invalid("items", format!("there are 1 to {MOST} items in one request")));
    }
    let begun = Instant::now();
    let mut answers = Vec::with_capacity(items.len());
    for (number, item) in items.iter().enumerate() {
        let answered = if begun.elapsed() < BEGUN_WITHIN {
            Box::pin(one(call, item, number)).await
        } else {
            Err(Fault::unavailable("an item was not begun in time").into())
        };
        answers.push(answered.map_err(|problem| {
            if let Some(fault) = problem.fault() {
                let _ = log_fault(fault, &call.moment);
            }
            problem.within(&format!("items[{number}]"))
        }));
    }
    Outcomes::answer(call, answers)
}

/// Steps 1 to 3 for one of them.
async fn one(call: &Call, item: &Item, number: usize) -> Result<Answer, Problem> {
    let (operation, path) = found(item)?;
    let caller = match call.caller.actor {
        // Whoever has the database.
        Actor::Operator => call.caller.clone(),
        Actor::User(_) | Actor::ApiKey(_) | Actor::Client(_) | Actor::System | Actor::Stranger => {
            identify(&call.app, &call.moment, call.authorization.as_deref()).await?
        }
    };
    caller.admitted(operation, &call.moment)?;
    operation.heeds(item.if_match.as_deref()).map_err(|problem| problem.field("if_match"))?;
    let body = match (&item.body, operation.takes) {
        (None, _) => Vec::new(),
        (Some(_), Takes::Nothing) => return Err(Problem::invalid("body", "this takes no body")),
        (Some(body), Takes::Json(_) | Takes::Patch(_)) => body.to_string().into_bytes(),
        (Some(_), Takes::Lines(_)) => return Err(Problem::invalid("path", UPLOAD)),
    };
    let call = Call {
        app: call.app.clone(),
        outside: call.outside.clone(),
        moment: call.moment.clone().acting(caller.actor.clone()),
        caller,
        path,
        query: gatewright_oauth::Params::default(),
        body,
        upload: Upload::none(),
        if_match: item.if_match.clone(),
        operation: operation.id,
        mode: call.mode,
        authorization: None,
        idempotency_key: call.idempotency_key.clone(),
    };
    let target = format!("{} {}", operation.method.as_str(), item.path);
    let identity = Identity { target: &target, item: Some(number) };
    let (answer, _) = mutation::perform(call, &identity, operation.run).await?;
    Ok(answer)
}

/// The operation that is meant, and the values in the path.
fn found(item: &Item) -> Result<(&'static Operation, Vec<String>), Problem> {
    let method = match item.method.as_str() {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return Err(Problem::invalid("method", "method is POST, PUT, PATCH or DELETE")),
    };
    if item.path.contains('?') {
        return Err(Problem::invalid("path", "there is no query here; dry_run is of the whole request"));
    }
    let known =
        || operations::all().filter_map(|operation| Some((operation, operation.values_in(&item.path)?)));
    // A path that is written out goes before one that holds a value.
    let found =
        known().filter(|(operation, _)| operation.method == method).min_by_key(|(_, values)| values.len());
    match found {
        Some((operation, _)) if matches!(operation.gives, Gives::Each) => {
            Err(Problem::invalid("path", "changes are made in one such request, not in one inside another"))
        }
        Some((operation, _)) if matches!(operation.takes, Takes::Lines(_)) => {
            Err(Problem::invalid("path", UPLOAD))
        }
        Some(found) => Ok(found),
        None if known().next().is_some() => Err(Problem::wrong_method()),
        None => Err(Problem::not_found("path in this API")
            .field("path")
            .hint("a path begins below the API, as in /clients/c_1/block")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(method: &str, path: &str) -> Item {
        Item { method: method.to_owned(), path: path.to_owned(), body: None, if_match: None }
    }

    #[test]
    fn paths_lead_to_their_operations() {
        for (method, path, id, values) in [
            ("POST", "/clients", "clients.create", &[][..]),
            ("POST", "/clients/import", "clients.import", &[]),
            ("POST", "/clients/c_1/block", "clients.block", &["c_1"]),
            ("PATCH", "/clients/@aHR0cHM6", "clients.update", &["@aHR0cHM6"]),
            ("DELETE", "/grants/x", "grants.revoke", &["x"]),
        ] {
            let (operation, found) = found(&item(method, path)).unwrap();
            assert_eq!((operation.id, found), (id, values.iter().map(|&one| one.to_owned()).collect()));
        }
        for (method, path, status) in [
            ("POST", "/nowhere", 404),
            ("POST", "clients", 404),
            ("POST", "/clients/", 404),
            ("POST", "/clients//block", 404),
            ("DELETE", "/clients", 405),
            ("GET", "/clients", 400),
            ("POST", "/bulk", 400),
            ("POST", "/clients?dry_run=true", 400),
        ] {
            assert_eq!(
                found(&item(method, path)).err().map(|problem| problem.status()),
                Some(status),
                "{path}"
            );
        }
    }
}
