//! A PostgreSQL for this test run, and an empty database for every test.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use gatewright_store::{ConnectOptions, Store};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// `postgres://…` of the server with `{}` where the database goes.
static SERVER: LazyLock<Server> = LazyLock::new(Server::find);
static NEXT: AtomicU32 = AtomicU32::new(1);

struct Server {
    url: String,
    /// Holds the pipe whose closing stops the private server, however this process ends.
    _keeper: Option<Child>,
}

impl Server {
    fn find() -> Self {
        match std::env::var("GATEWRIGHT_TEST_DATABASE") {
            Ok(url) => {
                let (server, _) = url.rsplit_once('/').expect("postgres://…/database");
                Server { url: format!("{server}/{{}}"), _keeper: None }
            }
            Err(_) => Server::start(),
        }
    }

    fn start() -> Self {
        let home = std::env::temp_dir().join(format!("gatewright-store-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let script = r#"
            set -e
            cd "$HOME_DIR"
            run() { "$@"; }
            if [ "$(id -u)" = 0 ]; then
                user=postgres; id -u $user >/dev/null 2>&1 || user=nobody
                chown "$(id -u $user)" "$HOME_DIR"
                run() { setpriv --reuid "$user" --regid "$(id -g $user)" --clear-groups -- "$@"; }
            fi
            run "$BIN/initdb" -D data -U gatewright -A trust -E UTF8 --no-locale -N >log 2>&1
            run "$BIN/pg_ctl" -D data -w -l server.log -o "-c listen_addresses='' -k $HOME_DIR \
                -c fsync=off -c max_connections=300" start >>log 2>&1
            echo ready
            cat >/dev/null || true
            run "$BIN/pg_ctl" -D data -m immediate -w stop >>log 2>&1 || true
            cd / && rm -rf "$HOME_DIR"
        "#;
        let mut keeper = Command::new("sh")
            .args(["-c", script])
            .env("BIN", binaries())
            .env("HOME_DIR", &home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 5];
        let said = keeper.stdout.as_mut().unwrap().read_exact(&mut ready);
        assert!(
            said.is_ok() && &ready == b"ready",
            "PostgreSQL did not start: {}",
            std::fs::read_to_string(home.join("log")).unwrap_or_default()
        );
        let url = format!("postgres://gatewright@localhost/{{}}?host={}", home.display());
        Server { url, _keeper: Some(keeper) }
    }

    fn database(&self, name: &str) -> String {
        self.url.replace("{}", name)
    }
}

fn binaries() -> PathBuf {
    let in_path = std::env::var_os("PATH").and_then(|path| {
        let found = std::env::split_paths(&path).map(|dir| dir.join("initdb")).find(|file| file.exists())?;
        Some(found.canonicalize().ok()?.parent()?.to_owned())
    });
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let candidates = in_path.into_iter().chain(packaged.map(|version| version.path().join("bin")));
    let complete = |dir: &PathBuf| Path::new(dir).join("postgres").exists();
    let mut found: Vec<_> = candidates.filter(complete).collect();
    found.pop().expect("PostgreSQL's initdb and postgres, or GATEWRIGHT_TEST_DATABASE")
}

/// A fresh, empty database.
pub async fn empty_database() -> String {
    tokio::task::spawn_blocking(|| LazyLock::force(&SERVER)).await.unwrap();
    let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut admin = connect(&SERVER.database("postgres")).await;
    run(&mut admin, &format!("CREATE DATABASE {name}")).await;
    SERVER.database(&name)
}

/// A fresh database with this release's tables.
pub async fn database() -> (Store, String) {
    let url = empty_database().await;
    let store = store(&url).await;
    store.migrate().await.unwrap();
    (store, url)
}

/// A pool of its own, with room for a crowd.
pub async fn store(url: &str) -> Store {
    let mut options = ConnectOptions::new(url);
    options.max_connections = 24;
    options.acquire_timeout = std::time::Duration::from_secs(30);
    Store::connect(&options).await.unwrap()
}

/// A connection past the store, for what the store cannot do.
pub async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Runs SQL that is written in a test.
pub async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

/// The one number a query answers.
pub async fn number(url: &str, sql: &str) -> i64 {
    let mut connection = connect(url).await;
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap()
}
