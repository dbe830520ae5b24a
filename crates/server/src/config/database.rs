//! `[database]`: which PostgreSQL.

use std::fmt;
use std::path::PathBuf;

use super::reader::Section;

/// Which PostgreSQL, and how many connections to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Where it runs.
    pub source: DatabaseSource,
    /// Upper bound of open connections of this process.
    pub max_connections: u32,
    /// A file with the password that [`Config::load`](super::Config::load) puts into the URL.
    pub password_file: Option<PathBuf>,
}

/// Where PostgreSQL runs.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseSource {
    /// Somewhere else: `postgres://…`. May hold a password.
    Url(String),
    /// Below the data directory, started and stopped with the server.
    Managed,
}

impl fmt::Debug for DatabaseSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            DatabaseSource::Url(_) => "Url(…)",
            DatabaseSource::Managed => "Managed",
        })
    }
}

impl Default for Database {
    fn default() -> Self {
        Database { source: DatabaseSource::Managed, max_connections: 16, password_file: None }
    }
}

impl Database {
    /// `environment` is the value of `DATABASE_URL`, used when the file names no database.
    pub(super) fn read(mut section: Section<'_, '_>, environment: Option<&str>) -> Database {
        let mut database = Database::default();
        let url = section.text("url");
        let managed = section.flag("managed");
        database.password_file = section.path("password_file");
        section.number("max_connections", &mut database.max_connections, 2..=1000);
        match (url, managed) {
            (Some(url), Some(managed)) if managed.value => {
                let hint = "keep `url` to use that server, or `managed = true` to let Gatewright run its own";
                let said = ("contradicts `database.url`".to_owned(), Some(hint.to_owned()));
                section.refuse("managed", Some(managed.offset.max(url.offset)), said);
            }
            (Some(url), _) => {
                if let Err(said) = check_url(url.value) {
                    section.refuse("url", Some(url.offset), said);
                }
                database.source = DatabaseSource::Url(url.value.to_owned());
            }
            (None, Some(managed)) if managed.value => {
                if database.max_connections > MANAGED_MAX_CONNECTIONS {
                    let message =
                        format!("must be at most {MANAGED_MAX_CONNECTIONS} with a managed database");
                    section.refuse("max_connections", None, (message, None));
                }
            }
            (None, _) => match environment {
                Some(url) => {
                    if let Err((message, hint)) = check_url(url) {
                        section.refuse(
                            "url",
                            None,
                            (format!("from the environment (DATABASE_URL) {message}"), hint),
                        );
                    }
                    database.source = DatabaseSource::Url(url.to_owned());
                }
                None => section.refuse("url", None, ("is missing".to_owned(), Some(NO_DATABASE.to_owned()))),
            },
        }
        section.finish();
        database
    }
}

/// A managed PostgreSQL accepts 200 connections; some are for commands run beside the server.
const MANAGED_MAX_CONNECTIONS: u32 = 150;

const NO_DATABASE: &str = "write url = \"postgres://user@host/gatewright\" below [database], set DATABASE_URL, \
or write managed = true to let Gatewright run a private PostgreSQL below data_dir";

fn check_url(text: &str) -> Result<(), (String, Option<String>)> {
    let example = "write it like \"postgres://gatewright@db.example:5432/gatewright\"".to_owned();
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => Ok(()),
        Ok(url) => Err((format!("has the scheme {:?}, not postgres", url.scheme()), Some(example))),
        Err(error) => Err((format!("is not a URL: {error}"), Some(example))),
    }
}
