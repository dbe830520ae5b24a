//! The newest checkpoint of the sealed log, to webhooks that listen to checkpoints: kept elsewhere, it shows later
//! whether history was rewritten.

use gatewright_store::deliveries::{self, Delivery, State};
use gatewright_store::{Write, event_log, webhooks};
use serde_json::Value;

use super::{CHECKPOINT, hears, message};
use crate::app::App;
use crate::audit::shown::Checkpoint;
use crate::error::Outcome;

/// One turn of the job: once a minute, when something happened.
pub async fn turn(app: App) -> Outcome<()> {
    let listens = webhooks::list(&app.store).await?.into_iter().filter(|webhook| {
        webhook.disabled_at.is_none() && webhook.kinds.iter().any(|kind| hears(kind, CHECKPOINT))
    });
    let listening: Vec<_> = listens.collect();
    if listening.is_empty() {
        return Ok(());
    }
    let Some(newest) = event_log::newest(&app.store).await? else { return Ok(()) };
    let now = app.clock.now();
    let body = Checkpoint::of(&newest);
    for webhook in listening.into_iter().filter(|webhook| webhook.checkpoint < newest.size) {
        let id = app.id(now);
        let delivery = Delivery {
            id,
            webhook: webhook.id,
            event: id,
            seq: -1,
            kind: CHECKPOINT.to_owned(),
            subject: CHECKPOINT.to_owned(),
            body: Some(message::body(CHECKPOINT, now, &body)?),
            state: State::Pending,
            attempts: 0,
            log: Value::Array(Vec::new()),
            begun_at: now,
            next_at: now,
            ended_at: None,
        };
        // Lost: another replica was faster.
        let (Write::Applied(()) | Write::Lost) =
            deliveries::put_checkpoint(&app.store, &delivery, newest.size).await?;
    }
    Ok(())
}
