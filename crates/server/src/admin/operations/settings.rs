//! Settings that may be decided while the server runs.

use chrono::{DateTime, Utc};
use gatewright_store::Write;
use gatewright_store::settings::{self as table, Chosen};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::admin::answer::{Outdated, tag};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::config::Domain;
use crate::error::Fault;
use crate::settings::Overrides;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "settings.show",
        method: Method::Get,
        path: "/settings",
        scope: Scope::SettingsRead,
        wants: Wants::Anybody,
        summary: "Show the settings that may be changed while the server runs",
        description: "By their names in the configuration file, with what holds, where that comes from, and what the \
                      file of this process says.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "settings.update",
        method: Method::Patch,
        path: "/settings",
        scope: Scope::SettingsWrite,
        wants: Wants::Anybody,
        summary: "Change settings while the server runs",
        description: "The values themselves, by name: `{ \"documents.deny\": [\"evil.example\"] }`. Null takes back \
                      what was set: then the file holds again. It holds on this process at once, on all others within \
                      a second or so.",
        query: &[],
        takes: Takes::Patch(Body::of::<Overrides>()),
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(update(call)),
    },
];

/// The settings that may be changed while the server runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub struct View {
    /// Who may register a client: `auto`, `open`, `token` or `off`.
    #[serde(rename = "registration.mode")]
    registration_mode: Word,
    /// Domains whose documents an administrator vouches for.
    #[serde(rename = "documents.allow")]
    documents_allow: Domains,
    /// Domains whose documents are never used.
    #[serde(rename = "documents.deny")]
    documents_deny: Domains,
    /// What becomes of the documents of all other domains: `accept`, `ask` or `refuse`.
    #[serde(rename = "documents.others")]
    documents_others: Word,
    /// When something was set or taken back last.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<DateTime<Utc>>,
    /// By whom, as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
}

/// A setting that is one word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingWord)]
struct Word {
    /// What holds.
    value: String,
    /// Where that comes from.
    source: Source,
    /// What the file of this process says.
    file: String,
}

/// A setting that is a list of domains.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingDomains)]
struct Domains {
    /// What holds.
    value: Vec<String>,
    /// Where that comes from.
    source: Source,
    /// What the file of this process says.
    file: Vec<String>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SettingSource)]
enum Source {
    /// The configuration file, or its default.
    File,
    /// It was set by this API.
    Set,
}

fn word<T: Serialize>(chosen: Option<&T>, file: &T) -> Result<Word, Problem> {
    let text = |value: &T| match serde_json::to_value(value) {
        Ok(Value::String(text)) => Ok(text),
        Ok(_) => Err(Fault::internal("a setting is no word")),
        Err(error) => Err(Fault::internal(error)),
    };
    Ok(Word { value: text(chosen.unwrap_or(file))?, source: source(chosen), file: text(file)? })
}

fn domains(chosen: Option<&Vec<Domain>>, file: &Vec<Domain>) -> Domains {
    let texts = |domains: &Vec<Domain>| domains.iter().map(ToString::to_string).collect();
    Domains { value: texts(chosen.unwrap_or(file)), source: source(chosen), file: texts(file) }
}

const fn source<T>(chosen: Option<&T>) -> Source {
    match chosen {
        Some(_) => Source::Set,
        None => Source::File,
    }
}

fn view(call: &Call, stored: Option<&Chosen>, chosen: &Overrides) -> Result<View, Problem> {
    let config = &call.app.config;
    Ok(View {
        registration_mode: word(chosen.registration_mode.as_ref(), &config.registration.mode)?,
        documents_allow: domains(chosen.documents_allow.as_ref(), &config.documents.allow),
        documents_deny: domains(chosen.documents_deny.as_ref(), &config.documents.deny),
        documents_others: word(chosen.documents_others.as_ref(), &config.documents.others)?,
        changed_at: stored.map(|stored| stored.changed_at),
        changed_by: stored.map(|stored| stored.changed_by.clone()),
    })
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let stored = table::read(&call.app.store).await?;
    Answer::ok(&view(call, stored.as_ref(), &Overrides::of(stored.as_ref())?)?)
}

async fn update(call: &Call) -> Result<Answer, Problem> {
    let store = &call.app.store;
    let stored = table::read(store).await?;
    let was = Overrides::of(stored.as_ref())?;
    let seen = serde_json::to_value(view(call, stored.as_ref(), &was)?).map_err(Fault::internal)?;
    call.matches(Some(&tag(&seen)))?;
    let chosen: Overrides = call.patched(&was)?;
    if chosen != was {
        let values = serde_json::to_value(&chosen).map_err(Fault::internal)?;
        match table::choose(store, stored.as_ref(), &values, &call.trace()).await? {
            Write::Applied(()) => {}
            Write::Lost => return Err(Problem::changed()),
        }
    }
    Ok(show(call).await?.outdating(Outdated::Settings))
}
