//! Clients of a server elsewhere, by its admin API.

use gatewright_oauth::Resource;
use gatewright_oauth::resource::compare_key;
use serde_json::{Value, json};

use super::create::{self, Arguments, Created};
use super::life::{Deed, Done, Rotate, Rotated};
use super::view::View;
use super::{List, Named, nobody};
use crate::failure::Failure;
use crate::output::{clean, rfc3339};
use crate::remote::things::{self, App};
use crate::remote::{Api, Ask, Trouble};

pub(super) async fn list(api: &Api<'_>) -> Result<List, Failure> {
    let known = things::resources(api).await?;
    let clients = api.list::<App>("/clients").await?.into_iter();
    let views = clients.map(|told| Ok(View::of(&told.client()?, &known))).collect::<Result<_, Failure>>()?;
    Ok(List { clients: views })
}

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
