//! Many accounts in one statement, from another server.

use serde_json::Value;
use uuid::Uuid;

use crate::jobs::Progress;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// An account that somebody had elsewhere.
pub struct Newcomer {
    /// Fresh id.
    pub id: Uuid,
    /// The id of its event.
    pub event: Uuid,
    /// As typed.
    pub username: String,
    /// In normal form.
    pub username_key: String,
    /// What it reads like.
    pub username_skeleton: String,
    /// As typed, and in normal form.
    pub email: Option<(String, String)>,
    /// Whether the other server knew that the address is the person's.
    pub email_verified: bool,
    /// What to call the person.
    pub display_name: Option<String>,
    /// The password, if there is one.
    pub password: Option<Password>,
}

/// A password that somebody had elsewhere.
pub struct Password {
    /// Fresh id of the credential's row.
    pub id: Uuid,
    /// The hash as it was, sealed for that row.
    pub sealed: Vec<u8>,
    /// Its scheme, unless it is made as ours are.
    pub scheme: Option<&'static str>,
}

/// Makes those of the accounts whose names nobody has, each with its event, and adds to the job how many that were; no
/// two of them may share a name. `Lost` when the job is not running any more: then there is no account.
pub async fn import(
    store: &Store,
    newcomers: &[Newcomer],
    progress: &Progress,
    trace: &Trace,
) -> Stored<Write<u64>> {
    let columns = Columns::of(newcomers);
    let about = serde_json::json!({ "import": progress.job });
    let errors = Value::Array(progress.errors.clone());
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH wanted AS (
                   SELECT * FROM unnest($1::UUID[], $2::UUID[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[],
                                        $7::BOOLEAN[], $8::TEXT[], $9::UUID[], $10::BYTEA[], $11::TEXT[],
                                        $24::TEXT[])
                       AS w (id, event, username, username_key, email, email_key, email_verified, display_name,
                             credential, sealed, scheme, username_skeleton)
               ), running AS (
                   SELECT id FROM jobs WHERE id = $12 AND state = 'running' FOR UPDATE
               ), made AS (
                   INSERT INTO users (id, username, username_key, email, email_key, email_verified, display_name,
                                      is_owner, era, created_at, username_skeleton)
                   SELECT w.id, w.username, w.username_key, w.email, w.email_key, w.email_verified,
                          w.display_name, false, 0, $13, w.username_skeleton
                   FROM running, wanted w
                   WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.username_key = w.email_key)
                     AND NOT EXISTS (SELECT 1 FROM users u WHERE u.email_key = w.username_key)
                   ON CONFLICT DO NOTHING
                   RETURNING id
               ), secured AS (
                   INSERT INTO credentials (id, user_id, kind, sealed, scheme, created_at, updated_at)
                   SELECT w.credential, w.id, 'password', w.sealed, w.scheme, $13, $13
                   FROM made JOIN wanted w ON w.id = made.id WHERE w.credential IS NOT NULL
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT w.event, $13, $14, $15, $16, $17, w.id, $18
                   FROM made JOIN wanted w ON w.id = made.id
               ), counted AS (
                   SELECT count(*) AS n FROM made
               )
               UPDATE jobs SET rows_read = rows_read + $19, rows_created = rows_created + n,
                               rows_skipped = rows_skipped + $20 - n, rows_failed = rows_failed + $21,
                               errors = errors || $22::JSONB, alive_until = $23
               FROM counted, running WHERE jobs.id = running.id
               RETURNING n AS "n!""#,
            &columns.ids,
            &columns.events,
            &columns.usernames as &[&str],
            &columns.username_keys as &[&str],
            &columns.emails as &[Option<&str>],
            &columns.email_keys as &[Option<&str>],
            &columns.verified,
            &columns.names as &[Option<&str>],
            &columns.credentials as &[Option<Uuid>],
            &columns.sealed as &[Option<&[u8]>],
            &columns.schemes as &[Option<&str>],
            progress.job,
            trace.at,
            EventKind::UserCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            about,
            i64::from(progress.read),
            i64::from(progress.read) - i64::from(progress.failed),
            i64::from(progress.failed),
            errors,
            progress.alive_until,
            &columns.skeletons as &[&str],
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(made.map(|count| u64::try_from(count).unwrap_or_default())))
}

/// The accounts, column by column.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    events: Vec<Uuid>,
    usernames: Vec<&'a str>,
    username_keys: Vec<&'a str>,
    skeletons: Vec<&'a str>,
    emails: Vec<Option<&'a str>>,
    email_keys: Vec<Option<&'a str>>,
    verified: Vec<bool>,
    names: Vec<Option<&'a str>>,
    credentials: Vec<Option<Uuid>>,
    sealed: Vec<Option<&'a [u8]>>,
    schemes: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn of(newcomers: &'a [Newcomer]) -> Columns<'a> {
        let mut columns = Columns::default();
        for newcomer in newcomers {
            let (email, key) =
                newcomer.email.as_ref().map(|(email, key)| (email.as_str(), key.as_str())).unzip();
            let password = newcomer.password.as_ref();
            columns.ids.push(newcomer.id);
            columns.events.push(newcomer.event);
            columns.usernames.push(&newcomer.username);
            columns.username_keys.push(&newcomer.username_key);
            columns.skeletons.push(&newcomer.username_skeleton);
            columns.emails.push(email);
            columns.email_keys.push(key);
            columns.verified.push(newcomer.email_verified);
            columns.names.push(newcomer.display_name.as_deref());
            columns.credentials.push(password.map(|password| password.id));
            columns.sealed.push(password.map(|password| password.sealed.as_slice()));
            columns.schemes.push(password.and_then(|password| password.scheme));
        }
        columns
    }
}
