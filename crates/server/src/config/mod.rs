//! The configuration: what `gatewright.toml` may say, checked before anything else happens.
//!
//! 1. [`Config::load`] reads the file, [`Config::parse`] the text. Every key is asked for by name; one
//!    that nobody asked for is an error with a suggestion, so a typing error cannot switch a
//!    protection off in silence.
//! 2. Everything wrong is reported at once ([`ConfigError`]), each with its line.
//! 3. The result is plain data. Every default is the safe choice, and `docs/configuration.md` is the
//!    reference; a test keeps it complete and its defaults true.

mod authorization;
mod branding;
mod database;
mod device;
mod documents;
mod domain;
mod error;
mod events;
mod fetch;
mod issuer;
mod keys;
mod listen;
mod log;
mod login;
mod mail;
mod places;
mod reader;
mod registration;
mod session;
mod sign_up;
mod telemetry;
#[cfg(test)]
mod tests;
mod tokens;
mod upstream;
mod webhooks;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub use authorization::Authorization;
pub use branding::{Branding, Links};
pub use database::{Database, DatabaseSource};
pub use device::{Device, DeviceClients};
pub use documents::{ChangedKeys, DocumentMode, Documents, OtherDomains};
pub use domain::Domain;
pub use error::{ConfigError, Problem};
pub use events::Events;
pub use fetch::Fetch;
pub use keys::Keys;
pub use listen::{Listen, Tls};
pub use log::{Log, LogFormat, LogLevel};
pub use login::{Argon2, Login, SecondFactor};
pub use mail::{Delivery, Mail, Smtp, SmtpTls};
pub use places::Places;
pub use registration::{PrivateUse, Registration, RegistrationMode, StatementIssuer, StatementKeys};
pub use session::Session;
pub use sign_up::{SignUpMode, SignUps};
pub use telemetry::Telemetry;
pub use tokens::Tokens;
pub use upstream::{SignUp, Speaks, Upstream};
pub use webhooks::Webhooks;

use crate::branding::Files;
use reader::{Reader, Section, position};

/// Everything an operator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The issuer identifier, byte for byte as it appears in metadata, tokens and `iss`.
    pub issuer: String,
    /// Where this installation keeps what it cannot do without: a managed database, local certificates.
    pub data_dir: PathBuf,
    /// The file with the key that wraps all other keys.
    pub master_key_file: PathBuf,
    /// Files with master keys that may still be in use, until the one of `master_key_file` has taken their place.
    pub previous_master_key_files: Vec<PathBuf>,
    /// Listeners.
    pub listen: Listen,
    /// PostgreSQL.
    pub database: Database,
    /// Lifetimes.
    pub tokens: Tokens,
    /// Browser sessions.
    pub session: Session,
    /// Dynamic client registration.
    pub registration: Registration,
    /// Clients' metadata documents.
    pub documents: Documents,
    /// Outbound requests.
    pub fetch: Fetch,
    /// Where events may be delivered to.
    pub webhooks: Webhooks,
    /// The authorization endpoint.
    pub authorization: Authorization,
    /// Signing in.
    pub login: Login,
    /// Other providers that people may sign in with.
    pub upstream: Vec<Upstream>,
    /// How people are written to.
    pub mail: Mail,
    /// Whether people make their own accounts.
    pub sign_up: SignUps,
    /// How long events are kept.
    pub events: Events,
    /// Devices that cannot show a page.
    pub device: Device,
    /// How pages look.
    pub branding: Branding,
    /// Where addresses probably are.
    pub places: Places,
    /// Signing keys.
    pub keys: Keys,
    /// Logging.
    pub log: Log,
    /// Traces.
    pub telemetry: Telemetry,
}

/// The data directory when the file names none.
const DATA_DIR: &str = "gatewright-data";

impl Config {
    /// Reads a file. Relative paths in it are relative to its directory; `DATABASE_URL` is used when it
    /// names no database; the password of `database.password_file` goes into the database URL; the files of
    /// `[branding]` are read.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let hint = "create it (docs/configuration.md shows every key), or name another one with --config";
            ConfigError::one("", format!("cannot be read: {error}"), hint).in_file(file)
        })?;
        let environment = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
        let mut config = read(&text, environment.as_deref()).map_err(|error| error.in_file(file))?;
        config.resolve(file.parent().unwrap_or(Path::new("")));
        config.add_password().map_err(|error| error.in_file(file))?;
        config.branding.files = Files::read(&config.branding)
            .map_err(|(key, problem, hint)| ConfigError::one(key, problem, hint).in_file(file))?;
        config.mail.check_files().map_err(|error| error.in_file(file))?;
        Ok(config)
    }

    /// Reads a text. Looks at neither files nor the environment.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        read(text, None)
    }

    /// The defaults with a managed database and everything below `data_dir`: what `gatewright dev` runs.
    pub fn dev(issuer: impl Into<String>, data_dir: impl Into<PathBuf>) -> Config {
        let data_dir = data_dir.into();
        Config {
            issuer: issuer.into(),
            master_key_file: data_dir.join("master.key"),
            previous_master_key_files: Vec::new(),
            data_dir,
            listen: Listen::default(),
            database: Database::default(),
            tokens: Tokens::default(),
            session: Session::default(),
            registration: Registration::default(),
            documents: Documents::default(),
            fetch: Fetch::default(),
            webhooks: Webhooks::default(),
            authorization: Authorization::default(),
            login: Login::default(),
            upstream: Vec::new(),
            mail: Mail::default(),
            sign_up: SignUps::default(),
            events: Events::default(),
            device: Device::default(),
            branding: Branding::default(),
            places: Places::default(),
            keys: Keys::default(),
            log: Log::default(),
            telemetry: Telemetry::default(),
        }
    }

    /// [`Config::dev`] with ports chosen by the system, a password hash that costs next to nothing and
    /// limits no test runs into. Never for anything but tests.
    pub fn for_tests(issuer: impl Into<String>) -> Config {
        let mut config = Config::dev(issuer, "gatewright-tests");
        config.listen.address.set_port(0);
        config.listen.admin_address.set_port(0);
        config.login.argon2 = Argon2 { memory_kib: 64, time: 1, parallelism: 1 };
        config.login.attempts = 1000;
        config.registration.network_per_minute = 1_000_000;
        config.registration.total_per_hour = 1_000_000;
        config.documents.mode = DocumentMode::Off;
        config
    }

    /// The issuer's path: empty, or `/…` without a trailing slash.
    pub fn issuer_path(&self) -> &str {
        issuer::path(&self.issuer)
    }

    /// `host[:port]` of the issuer.
    pub fn issuer_authority(&self) -> &str {
        issuer::authority(&self.issuer)
    }

    /// The issuer's origin: `scheme://host[:port]`.
    pub fn origin(&self) -> &str {
        &self.issuer[..self.issuer.len() - self.issuer_path().len()]
    }

    /// Whether browsers reach us by HTTPS.
    pub fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }

    /// The URL of an own endpoint; `path` starts with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Whether a `Host` header names this server (MD-01). Case and the default port do not matter.
    pub fn is_own_host(&self, host: &str) -> bool {
        let default_port = if self.is_https() { ":443" } else { ":80" };
        let authority = self.issuer_authority();
        let bare = host.strip_suffix(default_port).unwrap_or(host);
        bare.eq_ignore_ascii_case(authority.strip_suffix(default_port).unwrap_or(authority))
    }

    /// Whether what people are promised (`issuer`) and what is listened to fit together: somebody must
    /// terminate TLS for an https issuer. Asked by `gatewright serve` once command-line flags are in.
    pub fn check_transport(&self) -> Result<(), ConfigError> {
        let proxied = !self.listen.trust_proxy.is_empty();
        match &self.listen.tls {
            None if self.is_https() && !proxied => Err(ConfigError::one(
                "listen.tls",
                "is missing: the issuer is https, but nothing here speaks TLS",
                "name certificate and key below [listen.tls]; or, behind a proxy that terminates TLS, name \
                 its network in listen.trust_proxy; or, to try things out, add --dev-tls",
            )),
            Some(_) if !self.is_https() => Err(ConfigError::one(
                "issuer",
                "is http, but the listener speaks TLS",
                format!("write \"https{}\"", self.issuer.strip_prefix("http").unwrap_or_default()),
            )),
            Some(Tls::Files { .. } | Tls::Development) | None => Ok(()),
        }
    }

    fn resolve(&mut self, directory: &Path) {
        let mut paths = vec![&mut self.data_dir, &mut self.master_key_file];
        paths.extend(&mut self.previous_master_key_files);
        paths.extend(self.database.password_file.as_mut());
        paths.extend(self.fetch.ca_file.as_mut());
        paths.extend(self.upstream.iter_mut().filter_map(|upstream| upstream.client_secret_file.as_mut()));
        paths.extend(self.events.checkpoint_file.as_mut());
        paths.extend(self.branding.logo_file.as_mut());
        paths.extend(self.branding.css_file.as_mut());
        paths.extend(self.mail.paths());
        paths.extend(self.places.database.as_mut());
        paths.extend(self.registration.software_statement_issuers.iter_mut().filter_map(|issuer| {
            match &mut issuer.keys {
                StatementKeys::Url(_) => None,
                StatementKeys::File(file) => Some(file),
            }
        }));
        if let Some(Tls::Files { certificate, key }) = &mut self.listen.tls {
            paths.extend([certificate, key]);
        }
        for path in paths {
            *path = directory.join(&path);
        }
    }

    fn add_password(&mut self) -> Result<(), ConfigError> {
        let (Some(file), DatabaseSource::Url(text)) =
            (&self.database.password_file, &mut self.database.source)
        else {
            return Ok(());
        };
        let refuse =
            |message: String, hint: &str| Err(ConfigError::one("database.password_file", message, hint));
        let password = match std::fs::read_to_string(file) {
            Ok(password) => zeroize::Zeroizing::new(password),
            Err(error) => {
                let hint = "check that the file exists and that this user may read it";
                return refuse(format!("cannot be read ({}): {error}", file.display()), hint);
            }
        };
        let Ok(mut url) = url::Url::parse(text) else { return Ok(()) };
        if url.password().is_some() {
            return refuse(
                "is not needed: `database.url` holds a password".to_owned(),
                "take one of the two out",
            );
        }
        if url.set_password(Some(password.trim_end_matches(['\r', '\n']))).is_err() {
            return refuse(
                "needs a host in `database.url`".to_owned(),
                "write postgres://user@host/database",
            );
        }
        *text = url.into();
        Ok(())
    }
}

fn read(text: &str, environment: Option<&str>) -> Result<Config, ConfigError> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| position(text, span.start));
        let problem = Problem { at, key: String::new(), message: error.message().to_owned(), hint: None };
        ConfigError { file: None, problems: vec![problem] }
    })?;
    let mut reader = Reader::new(text);
    let config = read_root(reader.root(table.get_ref()), environment);
    let problems = reader.finish();
    if problems.is_empty() { Ok(config) } else { Err(ConfigError { file: None, problems }) }
}

fn read_root(mut root: Section<'_, '_>, environment: Option<&str>) -> Config {
    let mut config = Config::dev("", DATA_DIR);
    match root.text("issuer") {
        Some(found) => match issuer::check(found.value) {
            Ok(()) => found.value.clone_into(&mut config.issuer),
            Err(said) => root.refuse("issuer", Some(found.offset), said),
        },
        None if root.has("issuer") => {}
        None => {
            let hint = "write issuer = \"https://auth.example.com\", the address people and clients reach";
            root.refuse("issuer", None, ("is missing".to_owned(), Some(hint.to_owned())));
        }
    }
    if let Some(data_dir) = root.path("data_dir") {
        config.data_dir = data_dir;
    }
    match root.path("master_key_file") {
        Some(file) => config.master_key_file = file,
        None if root.has("master_key_file") => {}
        None => {
            let hint = "write master_key_file = \"/etc/gatewright/master.key\"; the first start creates it";
            root.refuse("master_key_file", None, ("is missing".to_owned(), Some(hint.to_owned())));
        }
    }
    let example = "[\"/etc/gatewright/master.key.before\"]";
    root.parse_all("previous_master_key_files", &mut config.previous_master_key_files, example);
    config.listen = Listen::read(root.section("listen"));
    config.database = Database::read(root.section("database"), environment);
    config.tokens = Tokens::read(root.section("tokens"));
    config.session = Session::read(root.section("session"));
    config.registration = Registration::read(root.section("registration"));
    config.documents = Documents::read(root.section("documents"));
    config.fetch = Fetch::read(root.section("fetch"));
    config.webhooks = Webhooks::read(root.section("webhooks"));
    config.authorization = Authorization::read(root.section("authorization"));
    config.mail = Mail::read(root.section("mail"), &config.issuer);
    config.login = Login::read(root.section("login"), &config.mail);
    config.sign_up = SignUps::read(root.section("sign_up"), &config.mail);
    config.upstream = upstream::read_all(&mut root);
    config.events = Events::read(root.section("events"));
    config.device = Device::read(root.section("device"));
    config.branding = Branding::read(root.section("branding"));
    config.places = Places::read(root.section("places"));
    config.keys = Keys::read(root.section("keys"));
    config.log = Log::read(root.section("log"));
    config.telemetry = Telemetry::read(root.section("telemetry"), &config.log);
    root.finish();
    config
}
