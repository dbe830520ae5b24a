use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};
use tempfile::TempDir;

use super::account::RunAs;
use super::launch::Launch;
use super::layout::Layout;
use super::wire::Connection;
use super::{Directory, Durability, Error, ManagedPostgres, binaries, orphan};

/// A directory for one test, and the installation in it.
fn place() -> (TempDir, Directory) {
    let place = tempfile::tempdir().unwrap();
    let directory = Directory::new(place.path());
    (place, directory)
}

async fn start(directory: &Directory) -> ManagedPostgres {
    ManagedPostgres::start(directory, Durability::Off).await.unwrap()
}

/// Runs a statement in `database` as the server's role.
async fn run(postgres: &ManagedPostgres, database: &str, statement: &str) -> String {
    let socket = postgres.layout.socket();
    let mut connection = Connection::open(&socket, super::ROLE, database).await.unwrap();
    connection.execute(statement).await.unwrap()
}

fn is_alive(pid: Pid) -> bool {
    test_kill_process(pid).is_ok()
}

async fn gone(pid: Pid) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_alive(pid) {
        assert!(Instant::now() < deadline, "process {pid:?} is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_second_start_is_fast_and_remembers_everything() {
    let (_place, directory) = place();
    let postgres = start(&directory).await;
    postgres.ensure_database("gatewright").await.unwrap();
    postgres.ensure_database("gatewright").await.unwrap();
    run(&postgres, "gatewright", "CREATE TABLE t AS SELECT 7 AS n").await;
    let process = postgres.layout.postmaster().unwrap();
    postgres.stop().await.unwrap();
    assert!(!is_alive(process));

    // The best of three: the machine may be busy with other tests.
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let before = Instant::now();
        let postgres = start(&directory).await;
        best = best.min(before.elapsed());
        assert_eq!(run(&postgres, "gatewright", "SELECT * FROM t WHERE n = 7").await, "SELECT 1");
    }
    assert!(best < Duration::from_secs(1), "took {best:?}");
}

#[tokio::test]
async fn it_is_durable_private_and_the_server_no_superuser() {
    let (_place, directory) = place();
    let postgres = ManagedPostgres::start(&directory, Durability::Full).await.unwrap();
    let durable = "SELECT FROM pg_settings WHERE setting = 'on' \
                   AND name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums')";
    assert_eq!(run(&postgres, "postgres", durable).await, "SELECT 4");
    let superusers = "SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper";
    assert_eq!(run(&postgres, "postgres", superusers).await, "SELECT 0");
    let networks = "SELECT FROM pg_settings WHERE name = 'listen_addresses' AND setting = ''";
    assert_eq!(run(&postgres, "postgres", networks).await, "SELECT 1");
    assert!(
        postgres.url("gatewright").starts_with("postgres://gatewright@localhost:5432/gatewright?host=%2F")
    );
    assert!(postgres.superuser_url("x").starts_with("postgres://postgres@localhost:5432/x?host=%2F"));
    assert!(matches!(postgres.ensure_database("A; drop").await, Err(Error::DatabaseName { .. })));
    postgres.stop().await.unwrap();

    let postgres = start(&directory).await;
    assert_eq!(run(&postgres, "postgres", durable).await, "SELECT 1");
    let process = postgres.layout.postmaster().unwrap();
    drop(postgres);
    assert!(!is_alive(process), "dropping stops it");
}

#[tokio::test]
async fn one_directory_is_used_once() {
    let (_place, directory) = place();
    let first = start(&directory).await;
    let second = ManagedPostgres::start(&directory, Durability::Off).await.unwrap_err();
    assert!(matches!(second, Error::InUse { holder: Some(holder), .. } if holder == std::process::id()));
    assert!(second.to_string().contains("stop it first"));
    let conf = first.layout.data().join("postgresql.conf");
    drop(first);
    fs::write(&conf, "no_such_setting = 1\n").unwrap();
    let third = ManagedPostgres::start(&directory, Durability::Off).await.unwrap_err().to_string();
    assert!(
        third.contains("no_such_setting") && third.contains("postgres/log"),
        "what it said is shown: {third}"
    );
    fs::write(&conf, "").unwrap();
    start(&directory).await;
}

#[tokio::test]
async fn what_a_killed_start_left_is_cleaned_up() {
    let (place, directory) = place();
    fs::create_dir_all(place.path().join("postgres/data.new")).unwrap();
    fs::write(place.path().join("postgres/data.new/PG_VERSION"), "15\n").unwrap();
    let postgres = start(&directory).await;
    // PostgreSQL wrote these files itself: whatever the umask of the tests, it can read them.
    let put = |path: &Path, text: String| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    };
    let (data, socket) = (postgres.layout.data(), postgres.layout.socket());
    postgres.stop().await.unwrap();

    // The number in the file belongs to somebody else by now: to us.
    let pid_file = data.join("postmaster.pid");
    put(&pid_file, format!("{}\n{}\n1\n5432\n", std::process::id(), data.display()));
    put(&socket.with_added_extension("lock"), format!("{}\n", std::process::id()));
    start(&directory).await.stop().await.unwrap();

    // The number belongs to nobody.
    put(&pid_file, format!("999999999\n{}\n1\n5432\n", data.display()));
    start(&directory).await;
}

#[tokio::test]
async fn an_orphan_is_stopped() {
    let (_place, directory) = place();
    start(&directory).await.stop().await.unwrap();

    let run_as = RunAs::choose(&directory).unwrap();
    let layout = Layout::open(&directory, &run_as).unwrap();
    let made_by = layout.data_version().unwrap();
    let binaries = binaries::find(&layout, &run_as, made_by).await.unwrap();
    let mut command = Command::new(&binaries.postgres);
    command.arg("-D").arg(layout.data()).args(["-c", "listen_addresses=", "-c"]);
    command.arg(format!("unix_socket_directories={}", layout.socket_directory().display()));
    run_as.apply(&mut command);
    let mut orphan = command.stderr(Stdio::null()).spawn().unwrap();
    while layout.postmaster().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    orphan::stop(&layout).await.unwrap();
    // It has let go of its data; a moment later there is nothing left of it but its exit status.
    let gone = async {
        while orphan.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    let launch =
        Launch { layout: &layout, run_as: &run_as, binaries: &binaries, durability: Durability::Off };
    let mut started = launch.start().await.unwrap();
    drop(started.stdin.take());
    assert!(started.wait().unwrap().success());
}

/// Not a test by itself: [`kill_9_leaves_a_directory_that_starts_again`] runs it in a process of its own.
#[tokio::test]
#[ignore = "the other half of a test"]
async fn victim() {
    let Ok(place) = std::env::var("GATEWRIGHT_TEST_VICTIM") else { return };
    let postgres = start(&Directory::new(place)).await;
    println!("\npostgres {}", postgres.layout.postmaster().unwrap().as_raw_nonzero());
    std::future::pending::<()>().await;
}

/// Starts [`victim`] and returns it with its PostgreSQL's process.
fn spawn_victim(place: &TempDir) -> (std::process::Child, Pid) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "managed_postgres::tests::victim", "--ignored", "--nocapture"])
        .env("GATEWRIGHT_TEST_VICTIM", place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let pid = lines.find_map(|line| line.unwrap().strip_prefix("postgres ").map(str::to_owned)).unwrap();
    (victim, Pid::from_raw(pid.parse().unwrap()).unwrap())
}

#[tokio::test]
async fn kill_9_leaves_a_directory_that_starts_again() {
    let (place, directory) = place();

    // Only gatewright is killed: its PostgreSQL stops by itself, or is helped by the next start.
    let (mut victim, postgres) = spawn_victim(&place);
    victim.kill().unwrap();
    victim.wait().unwrap();
    let next = start(&directory).await;
    assert!(!is_alive(postgres));
    next.stop().await.unwrap();

    // Nobody starts it again: it is gone all the same.
    let (mut victim, postgres) = spawn_victim(&place);
    victim.kill().unwrap();
    victim.wait().unwrap();
    gone(postgres).await;

    // Everything is killed at once, as by a container's end.
    let (mut victim, postgres) = spawn_victim(&place);
    kill_process(postgres, Signal::KILL).unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    start(&directory).await;
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_a_short_one() {
    let place = tempfile::tempdir().unwrap();
    let deep = place
        .path()
        .join("a-directory-with-a-rather-long-name")
        .join("and-another-one-inside-of-it-to-be-sure");
    fs::create_dir_all(&deep).unwrap();
    for step in deep.ancestors().take(3) {
        fs::set_permissions(step, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let directory = Directory::new(&deep);
    let postgres = start(&directory).await;
    let sockets = postgres.socket_directory().to_owned();
    assert!(!sockets.starts_with(place.path()), "{}", sockets.display());
    assert_eq!(fs::metadata(&sockets).unwrap().permissions().mode() & 0o7777, 0o700);
    run(&postgres, "postgres", "SELECT").await;
    postgres.stop().await.unwrap();
    assert!(!sockets.exists());
    start(&directory).await;
}

#[tokio::test]
async fn root_finds_a_place_its_postgres_can_reach() {
    if !geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let directory = Directory::new(home.path().join("project/.gatewright"));
    let postgres = start(&directory).await;
    postgres.ensure_database("kept").await.unwrap();
    let location = postgres.layout.data().parent().unwrap().to_owned();
    assert!(location.starts_with("/var/lib/gatewright"), "{}", location.display());
    postgres.stop().await.unwrap();
    let postgres = start(&directory).await;
    run(&postgres, "kept", "SELECT").await;
    postgres.stop().await.unwrap();

    fs::remove_dir_all(&location).unwrap();
    drop(fs::remove_dir("/var/lib/gatewright"));
    let lost = ManagedPostgres::start(&directory, Durability::Off).await.unwrap_err();
    assert!(matches!(lost, Error::Lost { .. }), "{lost}");
}

#[tokio::test]
async fn later_arrangements_and_other_versions_are_left_alone() {
    let (place, directory) = place();
    let base = place.path().join("postgres");
    fs::create_dir_all(&base).unwrap();
    fs::write(base.join("layout"), "2\n").unwrap();
    let error = ManagedPostgres::start(&directory, Durability::Off).await.unwrap_err();
    assert!(matches!(error, Error::Newer { ref found, .. } if found == "2"), "{error}");
}
