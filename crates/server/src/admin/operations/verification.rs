//! Whether the log of events is what was written, in stretches: no request takes long, whatever the length of the log,
//! and nothing has to be remembered between two of them, for the cursor says how far the tree has come.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::cursor;
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::audit::verify::{Bookmark, Finding, Kept, Report, Stretch, Walk};

/// About how long one request looks.
const STRETCH: Duration = Duration::from_secs(2);

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "events.verify",
    method: Method::Get,
    path: "/events/verification",
    scope: Scope::EventsRead,
    wants: Wants::Anybody,
    summary: "Is the log of events what was written?",
    description: "Makes the tree of events again, for about two seconds; while there is a `next`, ask on with it as \
                  `cursor`, and nothing else. Each answer has its own findings and counts from the beginning. Whoever can \
                  write to the database can make a new log that fits itself: with `size` and `root` of a checkpoint you \
                  kept, it has to fit that, too.",
    query: &[
        Parameter { name: "size", description: "How many events a checkpoint had that you kept." },
        Parameter { name: "root", description: "Its root." },
        Parameter { name: "cursor", description: "`next` of the answer before." },
    ],
    takes: Takes::Nothing,
    gives: Gives::One(Body::of::<Verification>()),
    run: |call| Box::pin(verify(call)),
}];

/// What was found, so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verification {
    /// Leaves that were looked at.
    leaves: u64,
    /// Leaves whose events were removed by policy.
    removed: u64,
    /// Checkpoints that were compared.
    checkpoints: u64,
    /// The root of the leaves so far, in base64url.
    root: String,
    /// What does not fit; in all answers together the first hundred.
    findings: Vec<Finding>,
    /// Where to go on. When it is absent everything was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

async fn verify(call: &Call) -> Result<Answer, Problem> {
    let kept = kept(call)?;
    let mut walk = match cursor::open::<Bookmark>(call)? {
        None => Walk::new(kept),
        Some(_) if kept.is_some() => {
            return Err(Problem::invalid("size", "size and root are said once, in the first request"));
        }
        Some(bookmark) => Walk::resume(bookmark).ok_or_else(cursor::foreign)?,
    };
    let mut findings = Vec::new();
    let stretch = walk.stretch(&call.app, STRETCH, &mut findings).await?;
    let Report { leaves, removed, checkpoints, root, findings } = walk.report(findings);
    let next = match stretch {
        Stretch::Ended => None,
        Stretch::GoesOn => Some(cursor::seal(call, walk.bookmark())?),
    };
    let verification = Verification { leaves, removed, checkpoints, root, findings, next };
    Ok(Answer { etag: None, ..Answer::ok(&verification)? })
}

/// The checkpoint that somebody kept.
fn kept(call: &Call) -> Result<Option<Kept>, Problem> {
    let size = call.parsed::<u64>("size", "a number")?;
    match (size, call.parameter("root")?) {
        (None, None) => Ok(None),
        (Some(size), Some(root)) => Ok(Some(Kept { size, root: root.to_owned() })),
        (Some(_), None) => Err(Problem::invalid("root", "size and root belong together")),
        (None, Some(_)) => Err(Problem::invalid("size", "size and root belong together")),
    }
}
