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

#[tokio::test]
async fn a_killed_postgresql_is_started_again() {
    let place = Place::new();
    let mut process = place.start(&[]);
    process.until_it_says(READY);
    let pid_file = place.path().join(".gatewright/postgres/data/postmaster.pid");
    let pid: i32 = std::fs::read_to_string(pid_file).unwrap().lines().next().unwrap().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    process.until_it_says("starting it again");

    // Registering a client writes to the database.
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
    assert!(process.stop(Signal::TERM).success());
}

#[test]
fn a_port_that_is_taken_is_said_at_once() {
    let place = Place::new();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let mut process = place.start(&[]);
    assert_eq!(process.end().code(), Some(1));
    assert!(process.said().contains("or change --port"), "{}", process.said());
}
