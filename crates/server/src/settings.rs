//! What may be decided while the server runs: the configuration file says it, and an administrator says otherwise
//! (`PATCH /admin/v1/settings`), until they take it back.
//!
//! 1. [`Overrides`] are by the names of the configuration file. Only those are here that an operator needs at once, when
//!    a restart would come too late: who may register, and whose documents are believed.
//! 2. What holds ([`Effective`]) is in memory; no request reads it from the database. Every process looks once a second
//!    whether it changed ([`refresh`]), so a change holds everywhere within a second or so, and at once where it was
//!    made.
//! 3. A process that cannot look keeps what it has; one that cannot read what was chosen at its start does not start: a
//!    domain that is denied must not be let in by an accident.

use std::sync::Arc;

use arc_swap::ArcSwap;
use gatewright_store::{Store, settings as table};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::{Config, Documents, Domain, OtherDomains, RegistrationMode};
use crate::error::{Fault, Outcome};

/// What was decided instead of what the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChoice)]
pub struct Overrides {
    /// Who may register a client: `auto`, `open`, `token` or `off`.
    #[serde(rename = "registration.mode", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub registration_mode: Option<RegistrationMode>,
    /// Domains whose documents an administrator vouches for.
    #[serde(rename = "documents.allow", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub documents_allow: Option<Vec<Domain>>,
    /// Domains whose documents are never used.
    #[serde(rename = "documents.deny", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub documents_deny: Option<Vec<Domain>>,
    /// What becomes of the documents of all other domains: `accept`, `ask` or `refuse`.
    #[serde(rename = "documents.others", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub documents_others: Option<OtherDomains>,
}

/// The names this release knows. What a later one chose besides is left alone.
const KNOWN: [&str; 4] = ["registration.mode", "documents.allow", "documents.deny", "documents.others"];

impl Overrides {
    /// Reads what is stored.
    pub fn of(stored: Option<&table::Chosen>) -> Outcome<Overrides> {
        let Some(Value::Object(members)) = stored.map(|chosen| &chosen.values) else {
            return Ok(Overrides::default());
        };
        let known = members.iter().filter(|(name, _)| KNOWN.contains(&name.as_str()));
        let known = Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect());
        Ok(serde_json::from_value(known).map_err(|error| {
            Fault::internal(format!(
                "what was chosen by the admin API (table settings) cannot be read: {error}"
            ))
        })?)
    }
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Of what was chosen; 0 when nothing was.
    version: i64,
    /// Who may register a client.
    pub registration: RegistrationMode,
    /// Whose documents are believed, and how far.
    pub documents: Documents,
}

impl Effective {
    fn of(config: &Config, stored: Option<&table::Chosen>) -> Outcome<Effective> {
        let Overrides { registration_mode, documents_allow, documents_deny, documents_others } =
            Overrides::of(stored)?;
        let file = config.documents.clone();
        Ok(Effective {
            version: stored.map_or(0, |chosen| chosen.version),
            registration: registration_mode.unwrap_or(config.registration.mode),
            documents: Documents {
                allow: documents_allow.unwrap_or(file.allow),
                deny: documents_deny.unwrap_or(file.deny),
                others: documents_others.unwrap_or(file.others),
                ..file
            },
        })
    }
}

/// What holds now, for everybody in this process.
#[derive(Clone)]
pub struct Settings(Arc<ArcSwap<Effective>>);

impl Settings {
    /// As they are at the start.
    pub async fn load(store: &Store, config: &Config) -> Outcome<Settings> {
        let stored = table::read(store).await?;
        Ok(Settings(Arc::new(ArcSwap::from_pointee(Effective::of(config, stored.as_ref())?))))
    }

    /// What holds. One request uses one answer for one question.
    pub fn now(&self) -> Arc<Effective> {
        self.0.load_full()
    }
}

/// Looks whether something else was chosen, and forgets what was thought of clients until then.
pub async fn refresh(app: App) -> Outcome<()> {
    let stored = table::read(&app.store).await?;
    if stored.as_ref().map_or(0, |chosen| chosen.version) != app.settings.now().version {
        app.settings.0.store(Arc::new(Effective::of(&app.config, stored.as_ref())?));
        app.directory.forget();
        tracing::info!("settings were changed by the admin API");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn stored(values: Value) -> table::Chosen {
        let changed_by = "operator".to_owned();
        table::Chosen { values, version: 3, changed_at: DateTime::UNIX_EPOCH, changed_by }
    }

    #[test]
    fn what_was_chosen_goes_before_the_file_and_nothing_else_changes() {
        let config = Config::dev("https://as.test", "x");
        let file = Effective::of(&config, None).unwrap();
        assert_eq!((file.registration, &file.documents), (config.registration.mode, &config.documents));
        let chosen =
            stored(json!({ "registration.mode": "off", "documents.deny": ["Evil.test"], "of.tomorrow": 1 }));
        let held = Effective::of(&config, Some(&chosen)).unwrap();
        assert_eq!((held.version, held.registration), (3, RegistrationMode::Off));
        assert!(held.documents.deny.iter().any(|domain| domain.covers("www.evil.test")));
        assert_eq!(held.documents.allow, config.documents.allow);
    }

    #[test]
    fn what_cannot_be_read_is_not_overlooked() {
        let config = Config::dev("https://as.test", "x");
        for wrong in [
            json!({ "registration.mode": "maybe" }),
            json!({ "documents.deny": "evil.test" }),
            json!({ "documents.deny": ["https://evil.test"] }),
        ] {
            assert!(Effective::of(&config, Some(&stored(wrong))).is_err());
        }
    }

    #[test]
    fn every_setting_is_known_by_its_name() {
        let all = Overrides {
            registration_mode: Some(RegistrationMode::Off),
            documents_allow: Some(Vec::new()),
            documents_deny: Some(Vec::new()),
            documents_others: Some(OtherDomains::Ask),
        };
        let names = serde_json::to_value(all).unwrap();
        assert!(names.as_object().unwrap().keys().all(|name| KNOWN.contains(&name.as_str())));
        assert_eq!(names.as_object().unwrap().len(), KNOWN.len());
    }
}
