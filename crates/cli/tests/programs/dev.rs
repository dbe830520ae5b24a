//! `gatewright dev`.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, client, free_port};

const READY: &str = "Gatewright is ready.";

/// A directory and two ports for one installation.
struct Place {
    directory: TempDir,
    port: u16,
    demo_port: u16,
}

impl Place {
    fn new() -> Place {
        Place { directory: tempfile::tempdir().unwrap(), port: free_port(), demo_port: free_port() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn start(&self, more: &[&str]) -> Process {
        let (port, demo_port) = (self.port.to_string(), self.demo_port.to_string());
        let mut arguments = vec!["dev", "--port", &port, "--demo-port", &demo_port];
        arguments.extend(more);
        Process::start(self.path(), &arguments)
    }

    fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn mcp(&self) -> String {
        format!("http://localhost:{}/mcp", self.demo_port)
    }

    async fn key_ids(&self) -> Vec<String> {
        let keys: Value =
            client(None).get(format!("{}/jwks", self.issuer())).send().await.unwrap().json().await.unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn one_command_starts_everything_and_a_second_start_remembers_it() {
    let place = Place::new();
    let mut first = place.start(&[]);
    first.until_it_says(READY);
    let said = first.said();
    assert!(
        said.contains(&format!("claude mcp add --transport http gatewright-demo {}", place.mcp())),
        "{said}"
    );
    let password = first.value("Password");
    assert_eq!(password.len(), 19, "{password}");
    let keys = place.key_ids().await;
    assert_eq!(keys.len(), 2);
    assert!(first.stop(Signal::INT).success());

    let mut second = place.start(&[]);
    second.until_it_says(READY);
    assert_eq!(second.value("Password"), password);
    assert_eq!(place.key_ids().await, keys);

    // Killed without a word, it starts again.
    second.signal(Signal::KILL);
    second.end();
    let mut third = place.start(&[]);
    third.until_it_says(READY);
    assert_eq!(third.value("Password"), password);
    assert_eq!(place.key_ids().await, keys);
    assert!(third.stop(Signal::TERM).success());

    let mut anew = place.start(&["--reset"]);
    anew.until_it_says(READY);
    assert_ne!(anew.value("Password"), password);
    assert_ne!(place.key_ids().await, keys);
    assert!(anew.stop(Signal::TERM).success());
}

#[tokio::test]
async fn the_demo_server_leads_a_client_to_the_issuer() {
    let place = Place::new();
    let mut process = place.start(&[]);
    process.until_it_says(READY);
    let http = client(None);

    // Whoever is here first finds everything, too.
    let server = format!("{}/.well-known/oauth-authorization-server", place.issuer());
    let server: Value = http.get(server).send().await.unwrap().json().await.unwrap();
    assert_eq!(server["registration_endpoint"], format!("{}/register", place.issuer()));
    let refused = http.post(place.mcp()).json(&serde_json::json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let metadata_url =
        format!("http://localhost:{}/.well-known/oauth-protected-resource/mcp", place.demo_port);
    assert_eq!(
        refused.headers()["www-authenticate"],
        format!("Bearer resource_metadata=\"{metadata_url}\", scope=\"demo:read notes:read\"")
    );

    let metadata: Value = http.get(metadata_url).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["resource"], place.mcp());
    assert_eq!(metadata["authorization_servers"], serde_json::json!([place.issuer()]));
    assert_eq!(metadata["scopes_supported"], serde_json::json!(["demo:read", "notes:read"]));

    for known in ["oauth-authorization-server", "openid-configuration"] {
        let url = format!("{}/.well-known/{known}", place.issuer());
        let document: Value = http.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["issuer"], place.issuer());
    }
    assert!(process.stop(Signal::TERM).success());
}

/// Kills the private PostgreSQL.
fn kill_postgresql(data: &Path) {
    let pid_file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    let pid: i32 = pid_file.lines().next().unwrap().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_killed_postgresql_is_started_again() {
    let place = Place::new();
    let mut process = place.start(&[]);
    process.until_it_says(READY);
    kill_postgresql(&place.path().join(".gatewright/postgres/data"));
    process.until_it_says("starting it again");
    until_something_is_written(&place, &process).await;
    assert!(process.stop(Signal::TERM).success());
}

#[tokio::test]
async fn a_postgresql_that_does_not_start_is_tried_until_it_does() {
    let place = Place::new();
    let mut process = place.start(&[]);
    process.until_it_says(READY);
    let data = place.path().join(".gatewright/postgres/data");
    let version = std::fs::read(data.join("PG_VERSION")).unwrap();
    // In place: the file stays PostgreSQL's own.
    std::fs::write(data.join("PG_VERSION"), "none").unwrap();
    kill_postgresql(&data);
    process.until_it_says("PostgreSQL does not start");
    // What needs no database is served all the while, and what needs it is not lost on anybody.
    let answer = client(None).get(format!("{}/jwks", place.issuer())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = serde_json::json!({ "redirect_uris": ["http://127.0.0.1/callback"] });
    let answer = client(None).post(format!("{}/register", place.issuer())).json(&body).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("retry-after")), (503, true));
    std::fs::write(data.join("PG_VERSION"), version).unwrap();
    until_something_is_written(&place, &process).await;
    assert!(process.stop(Signal::TERM).success());
}

/// Registering a client writes to the database.
async fn until_something_is_written(place: &Place, process: &Process) {
    let body = serde_json::json!({ "redirect_uris": ["http://127.0.0.1/callback"], "client_name": "after the crash" });
    let begun = std::time::Instant::now();
    loop {
        let url = format!("{}/register", place.issuer());
        let status = client(None).post(url).json(&body).send().await.unwrap().status();
        if status == 201 {
            break;
        }
        assert!(begun.elapsed() < super::process::PATIENCE, "still {status}:\n{}", process.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_port_that_is_taken_is_said_at_once() {
    let place = Place::new();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let mut process = place.start(&[]);
    assert_eq!(process.end().code(), Some(1));
    assert!(process.said().contains("or change --port"), "{}", process.said());
}
