//! One private PostgreSQL per test run, one database per test.
//!
//! The server starts on first use, in a thread that owns it until the process ends, and stops with it,
//! however that ends. Every test's database is a copy of one template
//! that already has the schema, the keys and the [seeds](crate::world), so a test costs a few
//! milliseconds of setup.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use gatewright_cli::managed_postgres::{Directory, Durability, ManagedPostgres};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Mutex, OnceCell};

/// The running PostgreSQL.
struct Running {
    /// For making databases.
    superuser: String,
    /// Base of the servers' address: everything up to the database name.
    url: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// Removes the files when this process ends.
    _cleaner: Child,
}

static RUNNING: OnceLock<Running> = OnceLock::new();
static TEMPLATE: OnceCell<()> = OnceCell::const_new();
static COPYING: Mutex<()> = Mutex::const_new(());
static COUNT: AtomicU32 = AtomicU32::new(0);

fn running() -> &'static Running {
    RUNNING.get_or_init(|| {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let directory = tempfile::Builder::new().prefix("gw-tests-").tempdir().unwrap().keep();
                let postgres =
                    ManagedPostgres::start(&Directory::new(&directory), Durability::Off).await.unwrap();
                let cleaner = cleaner(&directory);
                let superuser = postgres.superuser_url("postgres");
                send.send((superuser, postgres.url("NAME"), cleaner)).unwrap();
                std::future::pending::<()>().await;
                drop(postgres);
            });
        });
        let (superuser, pattern, cleaner) = receive.recv().expect("PostgreSQL starts; see the panic above");
        Running { superuser, url: Box::new(move |name| pattern.replace("NAME", name)), _cleaner: cleaner }
    })
}

/// Removes the files once this process has ended, which is the end of its standard input. PostgreSQL
/// stops by itself then.
fn cleaner(directory: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "cat >/dev/null; sleep 2; rm -rf \"$1\"", "cleaner"])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A connection of PostgreSQL's administrator.
pub async fn administrator() -> PgConnection {
    PgConnection::connect(&running().superuser).await.unwrap()
}

/// An empty database.
pub async fn empty() -> String {
    make("template1").await
}

/// A copy of the template, which `prepare` fills once per run.
pub async fn copy<F: Future<Output = ()>>(prepare: impl FnOnce(String) -> F) -> String {
    TEMPLATE
        .get_or_init(|| async {
            let url = make("template1").await;
            prepare(url.clone()).await;
            TEMPLATE_NAME.set(url.clone()).unwrap();
        })
        .await;
    let name = TEMPLATE_NAME.get().unwrap();
    make(&database_of(name)).await
}

static TEMPLATE_NAME: OnceLock<String> = OnceLock::new();

/// The name of a database in its address.
fn database_of(url: &str) -> String {
    url::Url::parse(url).unwrap().path().trim_start_matches('/').to_owned()
}

async fn make(template: &str) -> String {
    let running = running();
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let _one_copy_at_a_time = COPYING.lock().await;
    let mut connection = PgConnection::connect(&running.superuser).await.unwrap();
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER gatewright");
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
    (running.url)(&name)
}
