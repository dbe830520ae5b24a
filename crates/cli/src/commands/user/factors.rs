//! `gatewright user reset-factors`: for people who lost what they sign in with.

use super::{Named, person};
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::clean;
use crate::remote::{self, Ask};

pub(super) async fn reset(common: &Common, named: &Named) -> Result<(), Failure> {
    let (name, left) = remote::with(common, async |api| {
        let user = person(api, &named.user).await?;
        let reply = api.send(Ask::act(format!("/users/{}/factors/reset", user.id))).await?;
        Ok((user.username, reply.body))
    })
    .await?;
    common.format().result(&left, || {
        format!(
            "{} signs in with the password alone now. Passkeys, app and recovery codes are gone; sessions and grants are not.",
            clean(&name)
        )
    })
}
