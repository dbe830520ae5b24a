//! A resource as people and programs see it.

use gatewright_oauth::Resource;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{OpenTo, ScopeText};
use serde::Serialize;

use crate::output::{clean, members, minute, rfc3339, span, table};

/// One resource.
#[derive(Debug, Serialize)]
pub(super) struct View {
    resource: String,
    name: String,
    status: &'static str,
    default: bool,
    open_to: &'static str,
    #[serde(flatten)]
    demand: Demand,
    scopes: Vec<ScopeText>,
    access_token_seconds: u64,
    signing_alg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
}

impl View {
    pub(super) fn of(resource: &Resource) -> View {
        View {
            resource: resource.identifier.clone(),
            name: resource.name.clone(),
            status: if resource.disabled_at.is_some() { "disabled" } else { "enabled" },
            default: resource.is_default,
            open_to: open_to(resource),
            demand: resource.demand,
            scopes: resource.scopes.clone(),
            access_token_seconds: resource.token.lifetime.as_secs(),
            signing_alg: resource.token.algorithm.to_string(),
            disabled_at: resource.disabled_at.map(rfc3339),
        }
    }
}

fn open_to(resource: &Resource) -> &'static str {
    match resource.open_to {
        OpenTo::AnyClient => "any",
        OpenTo::VerifiedClients => "verified",
    }
}

fn demanded(demand: Demand) -> Option<String> {
    let acr = demand.acr.map(|acr| acr.as_str().to_owned());
    let age = demand
        .max_age
        .map(|seconds| format!("at most {} old", span(chrono::Duration::seconds(i64::from(seconds)))));
    let parts: Vec<String> = acr.into_iter().chain(age).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

pub(super) fn text(resource: &Resource) -> String {
    let status = match resource.disabled_at {
        Some(since) => format!("disabled since {}", minute(since)),
        None => "enabled".to_owned(),
    };
    let lifetime = i64::try_from(resource.token.lifetime.as_secs()).unwrap_or(i64::MAX);
    let about = members([
        ("resource", clean(&resource.identifier)),
        ("name", clean(&resource.name)),
        ("status", status),
        ("meant by default", if resource.is_default { "yes" } else { "no" }.to_owned()),
        (
            "open to",
            match resource.open_to {
                OpenTo::AnyClient => "any client; people see which ones nobody vouches for".to_owned(),
                OpenTo::VerifiedClients => "clients that an administrator vouches for".to_owned(),
            },
        ),
        ("a sign-in", demanded(resource.demand).unwrap_or_else(|| "as the server requires it".to_owned())),
        (
            "access tokens",
            format!("{}, {}", span(chrono::Duration::seconds(lifetime)), resource.token.algorithm),
        ),
    ]);
    if resource.scopes.is_empty() {
        return format!("{about}\n\nIt has no scopes.");
    }
    let rows = resource.scopes.iter().map(|scope| {
        let mut marks = Vec::new();
        marks.extend(scope.default.then(|| "default".to_owned()));
        marks.extend(scope.dangerous.then(|| "dangerous".to_owned()));
        marks.extend(demanded(scope.demand));
        [clean(&scope.name), marks.join(", "), clean(&scope.description)]
    });
    format!("{about}\n\n{}", table(["SCOPE", "", "WHAT PEOPLE READ"], rows))
}
