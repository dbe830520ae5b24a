//! Protected resources as an operator looks for them.

use gatewright_oauth::Time;
use gatewright_oauth::resource::Resource;
use gatewright_store::resources::{self, Filter};

use super::resources::{View, view};
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "resources.list",
    method: Method::Get,
    path: "/resources",
    scope: Scope::ResourcesRead,
    wants: Wants::Anybody,
    summary: "List protected resources",
    description: "",
    query: &[
        Parameter {
            name: "name",
            description: "With this in their name or identifier, in small or capital letters.",
        },
        Parameter { name: "status", description: "`enabled` or `disabled`." },
    ],
    takes: Takes::Nothing,
    gives: Gives::List(Body::of::<View>()),
    run: |call| Box::pin(list(call)),
}];

async fn list(call: &Call) -> Result<Answer, Problem> {
    let filter = Filter {
        name: call.parameter("name")?.map(str::to_lowercase),
        disabled: call.one_of("status", &["enabled", "disabled"])?.map(|status| status == "disabled"),
    };
    let mut all = resources::list(&call.app.store).await?;
    all.retain(|resource| filter.takes(resource));
    // Their ids are in the order of their making.
    let place = |resource: &Resource| Place { at: Time::UNIX_EPOCH, id: resource.id.to_string() };
    cursor::answer_of_few(call, all, (place, view))
}
