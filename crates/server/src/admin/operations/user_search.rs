//! Accounts as an operator looks for them.

use gatewright_store::users::{self, Cursor, Filter, User};

use super::users::{View, role, view};
use crate::accounts;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "users.list",
    method: Method::Get,
    path: "/users",
    scope: Scope::UsersRead,
    wants: Wants::Anybody,
    summary: "List accounts",
    description: "Oldest first. A page of those that are looked for may be short although there is a next one; \
                  `login` finds at once.",
    query: &[
        Parameter {
            name: "login",
            description: "Only the account that signs in with this name or address. Stands by itself.",
        },
        Parameter {
            name: "name",
            description: "With this in their user name, address or name, in small or capital letters.",
        },
        Parameter { name: "status", description: "`enabled` or `disabled`." },
        Parameter { name: "role", description: "`owner`, `admin`, `support` or `auditor`." },
    ],
    takes: Takes::Nothing,
    gives: Gives::List(Body::of::<View>()),
    run: |call| Box::pin(list(call)),
}];

async fn list(call: &Call) -> Result<Answer, Problem> {
    let (page, store) = (call.page()?, &call.app.store);
    let name = call.parameter("name")?.map(str::to_lowercase);
    let filter = Filter {
        name: name.as_deref(),
        disabled: call.one_of("status", &["enabled", "disabled"])?.map(|status| status == "disabled"),
        role: role(call.parameter("role")?)?,
    };
    let place = |user: &User| Place { at: user.created_at, id: user.id.to_string() };
    if let Some(login) = call.parameter("login")? {
        if filter != Filter::default() {
            return Err(Problem::invalid("login", "login finds one account by itself")
                .hint("leave the other parameters away"));
        }
        let found = users::for_login(store, &accounts::key(login)).await?;
        let rows: Vec<User> = found.map(|facts| facts.user).into_iter().collect();
        return cursor::answer_of_few(call, rows, (place, view));
    }
    let after = page.row().map_or(Cursor::START, |(created_at, id)| Cursor { created_at, id });
    if filter != Filter::default() {
        let looked = users::search(store, filter, after, page.limit).await?;
        let next = looked.to.map(|to| Place { at: to.created_at, id: to.id.to_string() });
        return cursor::answer_up_to(call, &looked.found, next, view);
    }
    let rows = users::list(store, after, page.limit).await?;
    cursor::answer(call, &page, &rows, (place, view))
}
