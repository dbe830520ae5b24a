//! Webhooks: where events are delivered to.

mod deliveries;
mod view;

use gatewright_store::Write;
use gatewright_store::webhooks::{self, Webhook};

use crate::admin::answer::tag;
use crate::admin::call::check_name;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::error::Fault;
use crate::webhooks::{CHECKPOINT, is_known, message};

use view::{Created, NewWebhook, Rotation, STATUSES, Settings, View, status, view};

/// The longest address.
const MOST_URL: usize = 2_048;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "webhooks.list",
        method: Method::Get,
        path: "/webhooks",
        scope: Scope::WebhooksRead,
        wants: Wants::Anybody,
        summary: "List webhooks",
        description: "Oldest first, without their secrets. There are 100 at most.",
        query: &[Parameter { name: "status", description: "`enabled`, `failing` or `disabled`." }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "webhooks.create",
        method: Method::Post,
        path: "/webhooks",
        scope: Scope::WebhooksWrite,
        wants: Wants::Recent,
        summary: "Make a webhook",
        description: "What happens from now on is delivered to its address, signed with the secret that is shown \
                      once. Takes a caller who may read events.",
        query: &[],
        takes: Takes::Json(Body::of::<NewWebhook>()),
        gives: Gives::Created(Body::of::<Created>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "webhooks.show",
        method: Method::Get,
        path: "/webhooks/{id}",
        scope: Scope::WebhooksRead,
        wants: Wants::Anybody,
        summary: "Show a webhook",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "webhooks.update",
        method: Method::Patch,
        path: "/webhooks/{id}",
        scope: Scope::WebhooksWrite,
        wants: Wants::Recent,
        summary: "Change a webhook",
        description: "What waits goes to the new address. Takes a caller who may read events.",
        query: &[],
        takes: Takes::Patch(Body::of::<Settings>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(update(call)),
    },
    Operation {
        id: "webhooks.disable",
        method: Method::Post,
        path: "/webhooks/{id}/disable",
        scope: Scope::WebhooksWrite,
        wants: Wants::Anybody,
        summary: "Deliver nothing more to a webhook",
        description: "What waits stays, and goes on when it is enabled again.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::Off)),
    },
    Operation {
        id: "webhooks.enable",
        method: Method::Post,
        path: "/webhooks/{id}/enable",
        scope: Scope::WebhooksWrite,
        wants: Wants::Anybody,
        summary: "Deliver to a webhook again",
        description: "What happens from now on, and what waited when it was disabled. What happened in between is \
                      brought by a replay.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(switch(call, Switch::On)),
    },
    Operation {
        id: "webhooks.delete",
        method: Method::Delete,
        path: "/webhooks/{id}",
        scope: Scope::WebhooksWrite,
        wants: Wants::Recent,
        summary: "Remove a webhook",
        description: "With everything that waits for it.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(delete(call)),
    },
    Operation {
        id: "webhooks.rotate_secret",
        method: Method::Post,
        path: "/webhooks/{id}/rotate-secret",
        scope: Scope::WebhooksWrite,
        wants: Wants::Recent,
        summary: "Give a webhook another secret",
        description: "Deliveries are signed with the one before, too, for `overlap_hours`.",
        query: &[],
        takes: Takes::Json(Body::of::<Rotation>()),
        gives: Gives::One(Body::of::<Created>()),
        run: |call| Box::pin(rotate(call)),
    },
    deliveries::TEST,
    deliveries::REPLAY,
    deliveries::LIST,
    deliveries::SHOW,
];

async fn list(call: &Call) -> Result<Answer, Problem> {
    let wanted = call.one_of("status", &STATUSES)?;
    let mut all = webhooks::list(&call.app.store).await?;
    all.retain(|webhook| wanted.is_none_or(|wanted| status(webhook) == wanted));
    let place = |webhook: &Webhook| Place { at: webhook.created_at, id: webhook.id.to_string() };
    let now = call.moment.now;
    cursor::answer_of_few(call, all, (place, |webhook: &Webhook| view(webhook, now)))
}

async fn found(call: &Call) -> Result<Webhook, Problem> {
    let id = call.id("webhook")?;
    webhooks::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("webhook"))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    shown(call, &found(call).await?)
}

fn shown(call: &Call, webhook: &Webhook) -> Result<Answer, Problem> {
    Answer::ok(&view(webhook, call.moment.now))
}

/// Whoever has events sent somewhere could read them there (AD-01).
fn may_read(call: &Call) -> Result<(), Problem> {
    let scope = Scope::EventsRead.as_str();
    if call.caller.scopes.contains(scope) {
        return Ok(());
    }
    Err(Problem::beyond(format!("a webhook is sent events, so this takes the scope {scope} as well")))
}

/// What is said of a webhook, looked at.
async fn checked(call: &Call, mut settings: Settings) -> Result<Settings, Problem> {
    let Settings { name, url, kinds } = &mut settings;
    check_name(name)?;
    if url.len() > MOST_URL {
        return Err(Problem::invalid("url", format!("an address has {MOST_URL} bytes at most")));
    }
    kinds.sort();
    kinds.dedup();
    if kinds.is_empty() {
        return Err(Problem::invalid("kinds", "a webhook listens to something")
            .hint(format!("`*` for every event, `client.*`, `client.created`, `{CHECKPOINT}`")));
    }
    if let Some(unknown) = kinds.iter().find(|kind| !is_known(kind)) {
        return Err(Problem::invalid("kinds", format!("{unknown:?} is no kind of event")).hint(format!(
            "`*` for every event, `client.*`, `client.created`, `{CHECKPOINT}`; see docs/events.md"
        )));
    }
    // Looked at again whenever something is sent (WH-01).
    call.app.fetcher.vet(url).await.map_err(|error| Problem::invalid("url", error.to_string()))?;
    Ok(settings)
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    may_read(call)?;
    let NewWebhook { name, url, kinds } = call.body()?;
    let Settings { name, url, kinds } = checked(call, Settings { name, url, kinds }).await?;
    let now = call.moment.now;
    let id = call.app.id(now);
    let (secret, sealed) = message::new_secret(&call.app, id);
    let webhook = Webhook {
        id,
        name,
        url,
        kinds,
        secret: sealed,
        previous_secret: None,
        previous_until: None,
        cursor: 0,
        checkpoint: 0,
        failures: 0,
        rest_until: None,
        created_by: call.moment.actor.to_string(),
        created_at: now,
        disabled_at: None,
    };
    match webhooks::create(&call.app.store, &webhook, &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => {
            return Err(Problem::conflict(
                "too_many",
                format!("there are {} webhooks, and no more can be made", webhooks::MOST),
            )
            .hint("let one webhook listen to several kinds, or remove one"));
        }
    }
    let created = Created { webhook: view(&webhook, now), secret: call.reveal(&secret) };
    Ok(Answer::created(&created, format!("/webhooks/{id}"))?.showing_a_secret())
}

async fn update(call: &Call) -> Result<Answer, Problem> {
    may_read(call)?;
    let was = found(call).await?;
    let seen = serde_json::to_value(view(&was, call.moment.now)).map_err(Fault::internal)?;
    call.matches(Some(&tag(&seen)))?;
    let now = Settings { name: was.name.clone(), url: was.url.clone(), kinds: was.kinds.clone() };
    let Settings { name, url, kinds } = checked(call, call.patched(&now)?).await?;
    let changed = Webhook { name, url, kinds, ..was.clone() };
    match webhooks::update(&call.app.store, &was, &changed, &call.trace()).await? {
        Write::Applied(()) => show(call).await,
        Write::Lost => Err(Problem::changed()),
    }
}

enum Switch {
    On,
    Off,
}

async fn switch(call: &Call, to: Switch) -> Result<Answer, Problem> {
    let webhook = found(call).await?;
    let (store, trace) = (&call.app.store, call.trace());
    // Lost: it is so already.
    let (Write::Applied(()) | Write::Lost) = match to {
        Switch::On => webhooks::enable(store, webhook.id, &trace).await?,
        Switch::Off => webhooks::disable(store, webhook.id, &trace).await?,
    };
    show(call).await
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let webhook = found(call).await?;
    match webhooks::delete(&call.app.store, webhook.id, &call.trace()).await? {
        Write::Applied(()) => Ok(Answer::nothing()),
        Write::Lost => Err(Problem::not_found("webhook")),
    }
}

async fn rotate(call: &Call) -> Result<Answer, Problem> {
    let rotation: Rotation = call.body()?;
    let overlap = call.overlap(rotation.overlap_hours)?;
    let webhook = found(call).await?;
    let (secret, sealed) = message::new_secret(&call.app, webhook.id);
    match webhooks::rotate(&call.app.store, webhook.id, (&sealed, overlap), &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::not_found("webhook")),
    }
    let created =
        Created { webhook: view(&found(call).await?, call.moment.now), secret: call.reveal(&secret) };
    Ok(Answer::ok(&created)?.showing_a_secret())
}
