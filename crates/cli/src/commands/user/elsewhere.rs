//! Accounts of a server elsewhere, by its admin API.

use gatewright_oauth::secret::Secret;
use gatewright_store::users::{Role, User};
use serde_json::json;

use super::role::SetRole;
use super::{Create, Done, Named, Switch, View, person};
use crate::failure::Failure;
use crate::remote::things::Account;
use crate::remote::{Api, Ask};

pub(super) async fn find(api: &Api<'_>, named: &Named) -> Result<User, Failure> {
    person(api, &named.user).await
}

pub(super) async fn create(api: &Api<'_>, what: &Create, password: &Secret<String>) -> Result<View, Failure> {
    let body = json!({
        "username": what.username,
        "email": what.email,
        "name": what.name,
        "role": what.role().map(Role::as_str),
        "password": password.expose(),
    });
    match api.answer(Ask::post("/users", body)).await? {
        Ok(reply) => Ok(View::of(reply.read::<Account>()?.into())),
        Err(trouble) if trouble.code() == "taken" => Err(Failure::new(
            "the username or e-mail address is somebody's already\n  see them all: gatewright user list",
        )),
        Err(trouble) => Err(trouble.into()),
    }
}

pub(super) async fn switch(api: &Api<'_>, named: &Named, to: Switch) -> Result<Done, Failure> {
    let user = find(api, named).await?;
    let (deed, status) = match to {
        Switch::Off => ("disable", "disabled"),
        Switch::On => ("enable", "enabled"),
    };
    api.send(Ask::act(format!("/users/{}/{deed}", user.id))).await?;
    let changed = user.disabled_at.is_some() == (to == Switch::On);
    Ok(Done { id: user.id, username: user.username, status, changed })
}

pub(super) async fn set_role(api: &Api<'_>, what: &SetRole) -> Result<View, Failure> {
    let user = find(api, &what.named).await?;
    let body = json!({ "role": what.role.role().map(Role::as_str) });
    let reply = api.send(Ask::put(format!("/users/{}/role", user.id), body)).await?;
    Ok(View::of(reply.read::<Account>()?.into()))
}

pub(super) async fn set_password(
    api: &Api<'_>,
    user: &User,
    password: &Secret<String>,
) -> Result<(), Failure> {
    let body = json!({ "password": password.expose() });
    api.send(Ask::put(format!("/users/{}/password", user.id), body)).await?;
    Ok(())
}
