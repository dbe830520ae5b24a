//! Clients of a server elsewhere, by its admin API.

use gatewright_oauth::Resource;
use gatewright_oauth::resource::compare_key;
use serde_json::{Value, json};

use super::create::{self, Arguments, Created};
use super::life::{Deed, Done, Rotate, Rotated};
use super::pin::{Outcome, Pin};
use super::view::View;
use super::{Named, nobody};
use crate::failure::Failure;
use crate::output::{clean, rfc3339};
use crate::remote::things::{self, App};
use crate::remote::{Api, Ask, Trouble};

async fn find(api: &Api<'_>, named: &Named) -> Result<App, Failure> {
    things::client(api, &named.client_id).await?.ok_or_else(|| nobody(&named.client_id))
}

pub(super) async fn show(api: &Api<'_>, named: &Named) -> Result<View, Failure> {
    let known = things::resources(api).await?;
    Ok(View::of_record(&find(api, named).await?.record()?, &known))
}

pub(super) async fn create(api: &Api<'_>, arguments: &Arguments) -> Result<Created, Failure> {
    let known = things::resources(api).await?;
    let id = |url: Option<&str>| -> Result<Option<Value>, Failure> {
        url.map(|url| Ok(json!(resource(&known, url)?.id))).transpose()
    };
    let body = json!({
        "metadata": arguments.metadata()?,
        "profile": arguments.profile().as_str(),
        "default_resource": id(arguments.default_resource())?,
        "resource_server": id(arguments.resource_server())?,
        "consent": arguments.consent().stored(),
    });
    let reply = match api.answer(Ask::post("/clients", body)).await? {
        Ok(reply) => reply,
        Err(trouble) if trouble.status == http::StatusCode::BAD_REQUEST => {
            return Err(create::refused(trouble.code(), &trouble.to_string()));
        }
        Err(trouble) => return Err(trouble.into()),
    };
    let client_secret = things::secret(&reply.body, "client_secret");
    Ok(Created { client: View::of(&reply.read::<App>()?.client()?, &known), client_secret })
}

fn resource<'a>(known: &'a [Resource], url: &str) -> Result<&'a Resource, Failure> {
    let key = compare_key(url).map_err(|refusal| create::no_address(&refusal))?;
    known.iter().find(|known| known.compare_key() == key).ok_or_else(|| create::no_resource(url))
}

pub(super) async fn change(api: &Api<'_>, named: &Named, deed: Deed) -> Result<Done, Failure> {
    let before = find(api, named).await?;
    let path = before.path().to_owned();
    let before = before.record()?;
    let is_deleted = before.deleted_at.is_some();
    let is_blocked = before.client.disabled_at.is_some();
    let (ask, status, changed) = match deed {
        Deed::Approve => {
            (Ask::act(format!("{path}/approve")), "approved", !is_deleted && !before.client.is_verified())
        }
        Deed::Block => (Ask::act(format!("{path}/block")), "blocked", !is_deleted && !is_blocked),
        Deed::Unblock => (Ask::act(format!("{path}/unblock")), "enabled", !is_deleted && is_blocked),
        Deed::Delete => (Ask::delete(&path), "deleted", !is_deleted),
        // Whether something was left is not told.
        Deed::Purge => (Ask::act(format!("{path}/purge")), "deleted", true),
    };
    if deed == Deed::Purge && !is_deleted {
        return Err(super::life::not_deleted(&before.client.id));
    }
    if changed {
        api.send(ask).await?;
    }
    Ok(Done { client_id: before.client.id.to_string(), status, changed })
}

pub(super) async fn rotate(api: &Api<'_>, what: &Rotate) -> Result<Rotated, Failure> {
    #[derive(serde::Deserialize)]
    struct Told {
        client_id: String,
        previous_secret_until: Option<gatewright_oauth::Time>,
    }
    let client = find(api, what.named()).await?;
    let path = format!("{}/rotate-secret", client.path());
    let client = client.client()?;
    let reply = match api.answer(Ask::post(path, json!({ "overlap_hours": what.overlap() }))).await? {
        Ok(reply) => reply,
        Err(trouble) if trouble.code() == "no_secret" => return Err(super::life::no_secret(&client)),
        Err(trouble) => return Err(Trouble::into(trouble)),
    };
    let secret = things::secret(&reply.body, "client_secret");
    let Told { client_id, previous_secret_until } = reply.read()?;
    let client_secret = secret
        .ok_or_else(|| Failure::new(format!("the server showed no secret for {}", clean(&client_id))))?;
    Ok(Rotated { client_id, client_secret, previous_secret_until: previous_secret_until.map(rfc3339) })
}

pub(super) async fn pin(api: &Api<'_>, what: &Pin) -> Result<View, Failure> {
    let known = things::resources(api).await?;
    let body = match what.given()? {
        None => json!({}),
        Some(text) => {
            let document: Value = serde_json::from_slice(&text).map_err(|error| {
                Failure::new(format!("the document is no JSON: {error}\n  look at the file"))
            })?;
            json!({ "document": document })
        }
    };
    let path = format!("{}/pin", things::client_path(&what.url));
    let told: App = api.send(Ask::post(path, body)).await?.read()?;
    Ok(View::of(&told.client()?, &known))
}

/// Clients of one request: what the API takes.
const MOST_AT_ONCE: usize = 100;
/// Bytes of one request, a good deal less than the API takes.
const MOST_BYTES: usize = 48 * 1024;

pub(super) async fn import(api: &Api<'_>, entries: &[Value]) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(entries.len());
    let mut rest = entries;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(MOST_AT_ONCE).take_while(|entry| {
            bytes += entry.to_string().len();
            bytes <= MOST_BYTES
        });
        let (now, later) = rest.split_at(fits.count().max(1));
        rest = later;
        let answered = api.send(Ask::post("/clients/import", json!({ "clients": now }))).await?.body;
        let items = answered["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        outcomes.extend(now.iter().zip(items).map(|(entry, item)| outcome(entry, item)));
    }
    Ok(outcomes)
}

fn outcome(entry: &Value, item: &Value) -> Outcome {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let problem = text(&item["problem"]["detail"]);
    Outcome {
        client_id: text(&entry["client_id"]).unwrap_or_default(),
        imported: problem.is_none(),
        client_secret: text(&item["body"]["client_secret"]),
        problem,
    }
}
