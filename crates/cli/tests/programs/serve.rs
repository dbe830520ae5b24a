//! `gatewright serve`.

#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt as _;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;

use reqwest::Version;
use rustix::process::Signal;
use serde_json::Value;

use super::process::{Process, client, free_port};

pub const LISTENS: &str = "/health/ready";

/// Writes a configuration with a private PostgreSQL and returns its two ports.
pub fn configure(directory: &Path, scheme: &str) -> (u16, u16) {
    let (port, admin) = (free_port(), free_port());
    let text = format!(
        "issuer = \"{scheme}://localhost:{port}\"
         data_dir = \"data\"
         master_key_file = \"master.key\"
         [listen]
         address = \"127.0.0.1:{port}\"
         admin_address = \"127.0.0.1:{admin}\"
         [database]
         managed = true
         [log]
         level = \"debug\""
    );
    std::fs::write(directory.join("gatewright.toml"), text).unwrap();
    (port, admin)
}

// Several threads: the client has to hear that the server stops.
#[tokio::test(flavor = "multi_thread")]
async fn with_dev_tls_it_speaks_https_to_those_who_trust_its_authority() {
    let place = tempfile::tempdir().unwrap();
    let (port, admin) = configure(place.path(), "https");
    let mut process = Process::start(place.path(), &["serve", "--dev-tls"]);
    process.until_it_says(LISTENS);
    // Without files to look at, `systemctl reload` changes nothing, and does not end it either.
    process.signal(Signal::HUP);
    let authority = std::fs::read(place.path().join("data/tls/ca.pem")).unwrap();
    let http = client(Some(&authority));
    let url = format!("https://localhost:{port}/.well-known/oauth-authorization-server");
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    let document: Value = answer.json().await.unwrap();
    assert_eq!(document["issuer"], format!("https://localhost:{port}"));

    let ready = http.get(format!("http://127.0.0.1:{admin}/health/ready")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.json::<Value>().await.unwrap()["status"], "ready");
    let live = http.get(format!("http://127.0.0.1:{admin}/health/live")).send().await.unwrap();
    assert_eq!(live.status(), 200);
    let metrics =
        http.get(format!("http://127.0.0.1:{admin}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("gatewright_requests_total{route=\"/.well-known/oauth-authorization-server\""),
        "{metrics}"
    );
    for hidden in ["health/live", "health/ready", "metrics"] {
        let answer = http.get(format!("https://localhost:{port}/{hidden}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{hidden} is not for everybody (MD-10)");
    }
    assert!(process.stop(Signal::TERM).success());
}

#[cfg(target_os = "linux")]
#[test]
fn lk_02_it_leaves_no_core_dump() {
    let place = tempfile::tempdir().unwrap();
    configure(place.path(), "http");
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    assert!(process.stop(Signal::INT).success());
}

/// Somebody who is nobody on this machine, when the tests run as root, who may look into everything anyway.
#[cfg(target_os = "linux")]
const NOBODY: u32 = 65_534;

#[cfg(target_os = "linux")]
#[test]
fn lk_02_another_program_of_the_same_user_sees_neither_its_memory_nor_its_environment() {
    let place = tempfile::tempdir().unwrap();
    configure(place.path(), "http");
    let program = place.path().join("gatewright");
    std::fs::copy(env!("CARGO_BIN_EXE_gatewright"), &program).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        for path in [place.path(), &place.path().join("gatewright.toml")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let as_one_user = |program: &Path| {
        let mut command = Command::new(program);
        command.current_dir(place.path()).env("HOME", place.path()).env_remove("DATABASE_URL");
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    let mut serve = as_one_user(&program);
    serve.arg("serve").env("CANARY", "a secret in the environment");
    let mut process = Process::of(serve);
    process.until_it_says(LISTENS);
    let look = |file: &str| {
        let path = format!("/proc/{}/{file}", process.id());
        as_one_user(Path::new("head")).args(["-c", "64", &path]).output().unwrap()
    };
    assert!(look("stat").status.success(), "what anybody may know is there");
    for file in ["environ", "mem", "maps"] {
        let seen = look(file);
        let why = String::from_utf8_lossy(&seen.stderr).into_owned();
        assert!(seen.stdout.is_empty() && why.contains("Permission denied"), "{file}: {why}");
    }
    assert!(process.stop(Signal::TERM).success());
}

#[test]
fn km_07_another_master_key_stops_the_start() {
    let place = tempfile::tempdir().unwrap();
    configure(place.path(), "http");
    let mut first = Process::start(place.path(), &["serve"]);
    first.until_it_says(LISTENS);
    assert!(first.stop(Signal::TERM).success());

    let (key, kept) = (place.path().join("master.key"), place.path().join("kept"));
    std::fs::rename(&key, &kept).unwrap();
    let mut without = Process::start(place.path(), &["serve"]);
    assert_eq!(without.end().code(), Some(78), "{}", without.said());
    assert!(without.said().contains("this database needs the master key"), "{}", without.said());
    assert!(!key.exists(), "a key that opens nothing is not left in the place of the one that does");

    std::fs::rename(&kept, &key).unwrap();
    let mut again = Process::start(place.path(), &["serve"]);
    again.until_it_says(LISTENS);
    assert!(again.stop(Signal::TERM).success());
}

#[test]
fn what_is_wrong_with_the_configuration_is_said_and_is_exit_code_78() {
    let place = tempfile::tempdir().unwrap();
    let mut absent = Process::start(place.path(), &["serve"]);
    assert_eq!(absent.end().code(), Some(78));
    assert!(absent.said().contains("gatewright.toml"), "{}", absent.said());

    configure(place.path(), "https");
    let mut plain = Process::start(place.path(), &["serve"]);
    assert_eq!(plain.end().code(), Some(78));
    assert!(plain.said().contains("add --dev-tls"), "{}", plain.said());
}

#[cfg(not(feature = "otel"))]
#[test]
fn a_collector_without_the_feature_is_a_mistake_that_says_so() {
    let place = tempfile::tempdir().unwrap();
    configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let told = format!("{text}\n[telemetry]\notlp_endpoint = \"http://127.0.0.1:4318\"");
    std::fs::write(&file, told).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    assert_eq!(process.end().code(), Some(78), "{}", process.said());
    assert!(process.said().contains("--features otel"), "{}", process.said());
}

#[test]
fn a_database_that_is_not_there_is_exit_code_69() {
    let place = tempfile::tempdir().unwrap();
    configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let url = format!("url = \"postgres://nobody@127.0.0.1:{}/none\"", free_port());
    std::fs::write(&file, text.replace("managed = true", &url)).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    assert_eq!(process.end().code(), Some(69), "{}", process.said());
    assert!(process.said().contains("check that PostgreSQL runs"), "{}", process.said());
}
