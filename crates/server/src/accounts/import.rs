//! Accounts that come from another server, with their passwords' hashes.
//!
//! 1. They are read line by line while they arrive ([`crate::lines`]), 500 at a time: memory is bounded whatever the
//!    number. Each is judged by itself; one that is wrong is counted and told, and stops nothing.
//! 2. One statement makes those of the 500 whose names nobody has, with their events, and counts them in the job.
//!    Whoever is there already is skipped and stays as they are, so an import that was cut off is sent again.
//! 3. A hash is stored as it came, sealed like ours. It is verified at the first sign-in and replaced then.
//!
//! No role comes along: nobody becomes an administrator by a line in a file (AD-01).

use std::collections::HashSet;

use gatewright_oauth::seal::Purpose;
use gatewright_store::jobs::{self, Job, NewJob, Progress, State};
use gatewright_store::users::{self, Newcomer, Password};
use gatewright_store::{Time, Write};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Wrong, check_profile, key, names};
use crate::app::{App, Moment};
use crate::data_keys::Use;
use crate::error::{Fault, Outcome, Stop};
use crate::lines::{Broken, Line, Lines, MOST_LINE};
use crate::passwords::Schemes;
use crate::passwords::stored::Stored;

/// What the job is called.
pub const KIND: &str = "users.import";
/// Lines of one statement.
const STEP: usize = 500;
/// Errors that are told; after so many everybody has understood.
const MOST_ERRORS: usize = 100;
/// Within this time there is another step, or whoever did it is gone.
const SIGN_OF_LIFE: chrono::Duration = chrono::Duration::minutes(2);

/// A line: an account of another server.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportedUser)]
pub struct Row {
    /// The name to sign in with; the e-mail address when it is absent.
    #[serde(default)]
    #[schema(max_length = 200)]
    username: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Whether the other server found out that the address is the person's.
    #[serde(default)]
    email_verified: bool,
    /// What to call the person.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// The hash of the password: argon2id, bcrypt, scrypt or PBKDF2. Without one the person is sent a link to choose a
    /// password.
    #[serde(default)]
    #[schema(max_length = 512)]
    password_hash: Option<String>,
}

/// Whether what is done stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// It does.
    Kept,
    /// Each step is undone, and there is no job: only to see what would happen.
    Undone,
}

/// What came of it.
pub struct Report {
    /// How far it got.
    pub job: Job,
    /// Why it got no further, when it was not all.
    pub broken: Option<Broken>,
}

/// Takes all lines in, for whoever acts.
pub async fn run(app: &App, moment: &Moment, lines: &mut Lines, stay: Stay) -> Outcome<Report> {
    let mut import = Import { app, moment: moment.clone(), stay, job: job(app, moment), told: 0 };
    if stay == Stay::Kept {
        import.begin(&app.store).await?;
    }
    let broken = loop {
        let (batch, end) = import.read(lines).await;
        if batch.read > 0 {
            import.step(batch).await?;
        }
        match end {
            End::More => {}
            End::All => break None,
            End::Broken(broken) => break Some(broken),
        }
    };
    import.finish(broken).await?;
    Ok(Report { job: import.job, broken })
}

fn job(app: &App, moment: &Moment) -> Job {
    Job {
        id: app.id(moment.now),
        kind: KIND.to_owned(),
        state: State::Running,
        actor: moment.actor.to_string(),
        read: 0,
        created: 0,
        skipped: 0,
        failed: 0,
        errors: json!([]),
        note: None,
        created_at: moment.now,
        alive_until: moment.now + SIGN_OF_LIFE,
        finished_at: None,
    }
}

struct Import<'a> {
    app: &'a App,
    moment: Moment,
    stay: Stay,
    job: Job,
    /// How many errors were told.
    told: usize,
}

/// How reading some lines ended.
enum End {
    More,
    All,
    Broken(Broken),
}

/// Some lines.
#[derive(Default)]
struct Batch {
    read: u32,
    failed: u32,
    errors: Vec<Value>,
    newcomers: Vec<Newcomer>,
    /// The names of those, all of which must differ.
    keys: HashSet<String>,
}

impl Import<'_> {
    async fn begin(&self, store: &gatewright_store::Store) -> Outcome<()> {
        let Job { id, kind, actor, created_at, alive_until, .. } = &self.job;
        let new = NewJob { id: *id, kind, actor, now: *created_at, alive_until: *alive_until };
        match jobs::begin(store, &new).await? {
            Write::Applied(()) => Ok(()),
            Write::Lost => Err(Fault::internal("a job's id was not fresh").into()),
        }
    }

    /// Step 1.
    async fn read(&mut self, lines: &mut Lines) -> (Batch, End) {
        // An event has the time of its statement: it would find no place in the sealed log if that were long ago.
        self.moment.now = self.app.clock.now();
        let mut batch = Batch::default();
        while (batch.read as usize) < STEP {
            match lines.next().await {
                Ok(Some((number, line))) => self.take(&mut batch, number, line),
                Ok(None) => return (batch, End::All),
                Err(broken) => return (batch, End::Broken(broken)),
            }
        }
        (batch, End::More)
    }

    fn take(&mut self, batch: &mut Batch, number: u64, line: Line) {
        batch.read += 1;
        match self.newcomer(line) {
            Ok(newcomer) => {
                let email = newcomer.email.as_ref().map(|(_, key)| key.clone());
                let keys = [Some(newcomer.username_key.clone()), email];
                // The second of two lines with one name is skipped, like one whose account is there.
                let is_new = keys.iter().flatten().all(|key| !batch.keys.contains(key));
                if is_new {
                    batch.keys.extend(keys.into_iter().flatten());
                    batch.newcomers.push(newcomer);
                }
            }
            Err(Wrong { field, detail }) => {
                batch.failed += 1;
                if self.told < MOST_ERRORS {
                    self.told += 1;
                    batch.errors.push(json!({ "line": number, "field": field, "detail": detail }));
                }
            }
        }
    }

    fn newcomer(&self, line: Line) -> Result<Newcomer, Wrong> {
        let row = row(line)?;
        let Some(username) = row.username.or_else(|| row.email.clone()) else {
            return Err(Wrong::with("username", "there is neither a user name nor an e-mail address"));
        };
        let (app, now) = (self.app, self.moment.now);
        Ok(Newcomer {
            id: app.id(now),
            event: app.id(now),
            username_key: key(&username),
            username_skeleton: names::skeleton(&username),
            username: username.trim().to_owned(),
            email: row.email.map(|email| {
                let key = key(&email);
                (email, key)
            }),
            email_verified: row.email_verified,
            display_name: row.name,
            password: row.password_hash.map(|hash| password(app, now, &hash)).transpose()?,
        })
    }

    /// Step 2.
    async fn step(&mut self, mut batch: Batch) -> Outcome<()> {
        self.moment.now = self.app.clock.now();
        // Two imports of the same people wait for each other in one order, and not in a circle.
        batch.newcomers.sort_by(|a, b| a.username_key.cmp(&b.username_key));
        let progress = Progress {
            job: self.job.id,
            read: batch.read,
            failed: batch.failed,
            errors: batch.errors,
            alive_until: self.moment.now + SIGN_OF_LIFE,
        };
        let trace = self.moment.trace(self.app);
        let written = match self.stay {
            Stay::Kept => {
                if batch.newcomers.iter().any(is_foreign) {
                    self.app.passwords.note(Schemes::Mixed);
                }
                users::import(&self.app.store, &batch.newcomers, &progress, &trace).await?
            }
            Stay::Undone => {
                let together = self.app.store.begin().await?;
                self.begin(together.store()).await?;
                users::import(together.store(), &batch.newcomers, &progress, &trace).await?
            }
        };
        let created = match written {
            Write::Applied(created) => created,
            Write::Lost => return Err(Fault::unavailable("the import was ended by somebody else").into()),
        };
        self.job.read += u64::from(batch.read);
        self.job.failed += u64::from(batch.failed);
        self.job.created += created;
        self.job.skipped += u64::from(batch.read - batch.failed) - created;
        if let Value::Array(errors) = &mut self.job.errors {
            errors.extend(progress.errors);
        }
        Ok(())
    }

    async fn finish(&mut self, broken: Option<Broken>) -> Outcome<()> {
        let now = self.app.clock.now();
        let job = &mut self.job;
        (job.state, job.note, job.finished_at) = match broken {
            None => (State::Done, None, Some(now)),
            Some(broken) => (State::Failed, Some(broken.to_string()), Some(now)),
        };
        if self.stay == Stay::Undone {
            return Ok(());
        }
        match jobs::finish(&self.app.store, job.id, (job.state, job.note.as_deref()), now).await? {
            Write::Applied(()) => Ok(()),
            Write::Lost => Err(Stop::from(Fault::unavailable("the import was ended by somebody else"))),
        }
    }
}

fn is_foreign(newcomer: &Newcomer) -> bool {
    newcomer.password.as_ref().is_some_and(|password| password.scheme.is_some())
}

/// What a line says. What is wrong is told without what it said: hashes are nobody's business.
fn row(line: Line) -> Result<Row, Wrong> {
    let text = match line {
        Line::Text(text) => text,
        Line::TooLong => return Err(Wrong::with("line", format!("a line has at most {MOST_LINE} bytes"))),
    };
    let no_account = || Wrong::with("line", "this is no JSON object with the members of an account");
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(no_account());
    }
    let mut reader = serde_json::Deserializer::from_slice(&text);
    let row: Row = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        if error.inner().is_data() && path != "." {
            return Wrong::with(path, "there is no such member, or it is of another type");
        }
        no_account()
    })?;
    reader.end().map_err(|_| Wrong::with("line", "there is something behind the object"))?;
    if let Some(username) = &row.username {
        names::check(username)?;
    }
    check_profile(row.email.as_deref(), row.name.as_deref())?;
    if row.email_verified && row.email.is_none() {
        return Err(Wrong::with("email_verified", "there is no e-mail address"));
    }
    Ok(row)
}

/// Step 3.
fn password(app: &App, now: Time, hash: &str) -> Result<Password, Wrong> {
    let stored = Stored::admit(hash).map_err(|unfit| Wrong::with("password_hash", unfit.to_string()))?;
    let id: Uuid = app.id(now);
    let purpose = (Use::Pepper, Purpose::Password);
    Ok(Password {
        id,
        sealed: app.data_keys.seal_bytes(app.entropy.as_ref(), purpose, id.as_bytes(), hash.as_bytes()),
        scheme: (!app.passwords.is_ours(&stored.way)).then(|| stored.way.scheme()),
    })
}
