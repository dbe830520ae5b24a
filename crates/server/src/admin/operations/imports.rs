//! Accounts that come from another server.

use crate::accounts::import::{self, Row, Stay};
use crate::admin::mutation::Mode;
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

use super::jobs;

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "users.import",
    method: Method::Post,
    path: "/users/import",
    scope: Scope::UsersWrite,
    wants: Wants::Anybody,
    summary: "Take accounts of another server in",
    description: "One JSON object a line, read and done while it arrives; `GET /jobs` shows how far it is. Whoever is \
                  there already is skipped and stays as they are, so an import that was cut off is sent again as it \
                  was. A hash is replaced at the first sign-in. Lines that are wrong are counted and told.",
    query: &[],
    takes: Takes::Lines(Body::of::<Row>()),
    gives: Gives::One(Body::of::<jobs::View>()),
    run: |call| Box::pin(import(call)),
}];

async fn import(call: &Call) -> Result<Answer, Problem> {
    let stay = match call.mode {
        Mode::Real => Stay::Kept,
        Mode::Dry => Stay::Undone,
    };
    let report = import::run(&call.app, &call.moment, &mut call.lines()?, stay).await?;
    if let Some(broken) = report.broken {
        let job = report.job;
        let done = format!("{} lines were done (job {}): send all of it again", job.read, job.id);
        return Err(Problem::invalid("body", broken.to_string()).hint(done));
    }
    Ok(Answer { etag: None, ..Answer::ok(&jobs::view(&report.job, call.moment.now))? })
}
