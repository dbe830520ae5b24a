//! The commands that administer a server, with and without one running.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::process::{PATIENCE, Process, client, command, free_port};

pub const PASSWORD: &str = "correct horse battery staple";
const MCP: &str = "https://mcp.test/mcp";

/// A command that ended.
pub struct Ended {
    pub code: i32,
    pub said: String,
    pub complained: String,
}

impl Ended {
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.said, self.complained);
        self.said
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }

    /// Failed with `code`, after a result.
    #[track_caller]
    pub fn bad_after(self, code: i32, words: &[&str]) {
        assert!(!self.said.is_empty());
        Ended { said: String::new(), ..self }.bad(code, words);
    }

    /// Failed with `code`, nothing on standard output, the words on standard error, and what to do next.
    #[track_caller]
    pub fn bad(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}{}", self.said, self.complained);
        assert_eq!(self.said, "");
        for word in words {
            assert!(self.complained.contains(word), "no {word:?} in:\n{}", self.complained);
        }
        assert!(code == 2 || self.complained.contains("\n  "), "no advice in:\n{}", self.complained);
    }
}

/// Runs `gatewright` with a line of arguments (no spaces inside them).
pub fn run(place: &Path, line: &str) -> Ended {
    run_with(place, &line.split(' ').collect::<Vec<_>>(), "")
}

pub fn run_with(place: &Path, arguments: &[&str], input: &str) -> Ended {
    run_in(place, &[], (arguments, input))
}

/// The same with variables of the environment.
pub fn run_in(place: &Path, variables: &[(&str, &str)], (arguments, input): (&[&str], &str)) -> Ended {
    let mut child = command(place)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that has refused already does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        said: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn configure(place: &Path) -> u16 {
    let (port, admin) = (free_port(), free_port());
    let text = format!(
        "issuer = \"http://localhost:{port}\"
         data_dir = \"data\"
         master_key_file = \"master.key\"
         [listen]
         address = \"127.0.0.1:{port}\"
         admin_address = \"127.0.0.1:{admin}\"
         [database]
         managed = true"
    );
    std::fs::write(place.join("gatewright.toml"), text).unwrap();
    port
}

#[test]
fn an_installation_is_prepared_before_its_server_runs() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    run(place, "client list").bad(78, &["neither gatewright.toml nor .gatewright", "--config"]);
    configure(place);
    run(place, "client list").bad(1, &["tables of this release", "gatewright migrate"]);
    assert!(!place.join("master.key").exists(), "looking makes no key");
    assert_eq!(run(place, "migrate --json").json(), json!({ "changed": true, "schema": "current" }));
    assert_eq!(run(place, "migrate --json").json(), json!({ "changed": false, "schema": "current" }));

    // A person.
    let create = [
        "user",
        "create",
        "--username",
        "alice",
        "--email",
        "alice@mail.test",
        "--owner",
        "--password-stdin",
    ];
    run_with(place, &create, "too short\n").bad(1, &["has 9 characters; the fewest are 12"]);
    let made = run_with(place, &create, &format!("{PASSWORD}\n"));
    assert!(made.complained.contains("Made the master key") && made.complained.contains("Back this file up"));
    assert!(made.good().starts_with("Made the owner alice ("));
    run_with(place, &create, PASSWORD).bad(1, &["is somebody's already", "gatewright user list"]);
    let users = run(place, "user list --json").json();
    assert_eq!(users["users"][0]["username"], "alice");
    assert_eq!(users["users"][0]["email"], "alice@mail.test");
    assert_eq!(users["users"][0]["owner"], true);
    assert!(!run(place, "user list").good().contains('$'), "no hash either");
    let off = run(place, "user disable ALICE@mail.test --json").json();
    assert_eq!((&off["status"], &off["changed"]), (&json!("disabled"), &json!(true)));
    assert!(run(place, "user disable alice").good().contains("Nothing was done"));
    assert!(run(place, "user enable alice").good().contains("can sign in"));
    let renewed =
        run_with(place, &["user", "password", "alice", "--password-stdin"], "another good password\n");
    assert!(renewed.good().contains("alice has a new password"));
    run(place, "user disable nobody").bad(1, &["there is no account nobody", "gatewright user list"]);

    // A resource.
    let add = [
        "resource",
        "add",
        MCP,
        "--name",
        "Notes",
        "--default",
        "--default-scope",
        "notes:read=Read your notes",
    ];
    run_with(place, &add, "").good();
    run_with(place, &add, "").bad(1, &["there is a resource https://mcp.test/mcp already"]);
    run(place, "resource add https://b.test --default").bad(1, &["there can be one default"]);
    run(place, "resource add http://b.test").bad(1, &["must use https"]);
    let update = ["resource", "update", MCP, "--dangerous-scope", "notes:write=Change your notes", "--json"];
    assert_eq!(run_with(place, &update, "").json()["changed"], true);
    let shown = run(place, "resource show https://MCP.test:443/mcp --json").json();
    assert_eq!(shown["resource"], MCP);
    assert_eq!(shown["access_token_seconds"], 900);
    assert_eq!(
        shown["scopes"][1],
        json!({ "name": "notes:write", "description": "Change your notes", "default": false, "dangerous": true })
    );

    // Clients.
    let made = run(place, "client create --name Job --confidential --grant client_credentials --json").json();
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("gw_cs_"), "{made}");
    let id = made["client_id"].as_str().unwrap();
    let shown = run(place, &format!("client show {id} --json"));
    assert!(!shown.said.contains(secret), "shown once");
    assert_eq!(shown.json()["grant_types"], json!(["client_credentials"]));
    let asks = run(place, &format!("client create --name Server --resource-server {MCP} --json")).json();
    assert_eq!((&asks["resource_server"], &asks["grant_types"]), (&json!(MCP), &json!([])));
    run(place, "client create --name App").bad(1, &["redirect_uris is required", "--redirect-uri URI"]);
    run(place, "client create --name App --resource-server https://no.test")
        .bad(1, &["gatewright resource add"]);
    assert_eq!(run(place, &format!("client disable {id} --json")).json()["changed"], true);
    assert_eq!(run(place, &format!("client disable {id} --json")).json()["changed"], false);
    assert_eq!(run(place, &format!("client enable {id} --json")).json()["status"], "enabled");
    // The command line's own comes with the server.
    let listed = run(place, "client list --json").json();
    let ids: Vec<&str> = listed["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| client["client_id"].as_str().unwrap())
        .collect();
    assert_eq!((ids.len(), ids[0]), (3, "gatewright-cli"), "{ids:?}");
    run(place, "client show c_nobody").bad(1, &["there is no client c_nobody", "gatewright client list"]);
    run(place, "client create").bad(2, &["--name <NAME>"]);

    // Nothing runs, and the doctor says so.
    run(place, "doctor --quick").bad(1, &["does not answer", "start the server"]);
    let sick = run(place, "doctor --json");
    assert_eq!(sick.code, 1);
    let report: Value = serde_json::from_str(&sick.said).unwrap();
    let failed: Vec<&Value> =
        report["checks"].as_array().unwrap().iter().filter(|check| check["status"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{report}");
    assert_eq!((&report["ok"], &failed[0]["check"]), (&json!(false), &json!("issuer")));
    assert!(failed[0]["advice"].as_str().unwrap().starts_with("start the server"));

    // A lost master key is not replaced by another one.
    std::fs::rename(place.join("master.key"), place.join("kept")).unwrap();
    run(place, "key rotate").bad(78, &["there is no master key file", "restore it from your backup"]);
    assert!(!place.join("master.key").exists());
}

fn state<'a>(keys: &'a Value, algorithm: &str, state: &str) -> Option<&'a str> {
    let mut keys = keys["keys"].as_array().unwrap().iter();
    keys.find(|key| key["alg"] == algorithm && key["state"] == state).and_then(|key| key["kid"].as_str())
}

async fn published(port: u16) -> Vec<String> {
    let url = format!("http://localhost:{port}/jwks");
    let set: Value = client(None).get(url).send().await.unwrap().json().await.unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

// Several threads: commands are waited for while the server's answers are read.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_follows_the_commands() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let port = configure(place);
    let mut server = Process::start(place, &["serve"]);
    server.until_it_says("/health/ready");
    assert_eq!(run(place, "doctor --quick --json").json(), json!({ "ok": true }));

    run_with(place, &["resource", "add", MCP, "--default", "--default-scope", "notes:read=Read"], "").good();
    let made = run(place, "client create --name Job --confidential --grant client_credentials --json").json();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let token = async || {
        let request =
            client(None).post(format!("http://localhost:{port}/token")).basic_auth(id, Some(secret));
        request.form(&[("grant_type", "client_credentials")]).send().await.unwrap().status().as_u16()
    };
    until("the client gets a token", async || token().await == 200).await;
    run(place, &format!("client disable {id}")).good();
    until("the disabled client gets none", async || token().await == 401).await;

    run_with(place, &["user", "create", "--username", "a", "--owner", "--password-stdin"], PASSWORD).good();
    let healthy = run(place, "doctor");
    assert!(!healthy.said.contains("warning") && healthy.said.contains("published keys"), "{}", healthy.said);
    healthy.good();

    // A rotation in its own time, one at once, and a revocation.
    let before = run(place, "key list --json").json();
    let waiting = run(place, "key rotate --alg ES256 --json").json();
    let next = state(&waiting, "ES256", "next").unwrap();
    assert_eq!(state(&waiting, "ES256", "active"), state(&before, "ES256", "active"));
    assert!(run(place, "key rotate --alg ES256").good().contains("was published already"));
    until("the next key is published", async || published(port).await.contains(&next.to_owned())).await;
    let now = run(place, "key rotate --alg ES256 --now --json");
    assert!(now.complained.contains("warning: verifiers that have cached"), "{}", now.complained);
    let now = now.json();
    assert_eq!(state(&now, "ES256", "active"), Some(next));
    assert_eq!(state(&now, "ES256", "retired"), state(&before, "ES256", "active"));
    let revoked = run(place, &format!("key revoke --json -- {next}")).json();
    assert_eq!(state(&revoked, "ES256", "revoked"), Some(next));
    assert!(state(&revoked, "ES256", "active").is_some_and(|successor| successor != next));
    until("the revoked key is gone", async || !published(port).await.contains(&next.to_owned())).await;
    run(place, "key revoke nothing").bad(1, &["there is no key nothing", "gatewright key list"]);
    assert!(server.stop(Signal::TERM).success());
}

#[test]
fn a_server_is_asked_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let (port, demo) = (free_port().to_string(), free_port().to_string());
    let mut dev = Process::start(place, &["dev", "--port", &port, "--demo-port", &demo]);
    dev.until_it_says("Gatewright is ready.");
    let url = format!("http://localhost:{demo}/mcp");
    // Without --config: what `dev` keeps here.
    let listed = run(place, "resource list --json").json();
    let listed: Vec<&str> =
        listed["resources"].as_array().unwrap().iter().map(|one| one["resource"].as_str().unwrap()).collect();
    assert_eq!(listed, [format!("http://localhost:{port}/admin/v1").as_str(), url.as_str()]);

    let shown = run_with(
        place,
        &["resource", "add", "--discover", &url, "--dry-run", "--name", "Mine", "--json"],
        "",
    );
    assert!(shown.complained.contains("authorization servers"), "{}", shown.complained);
    assert!(!shown.complained.contains("warning"), "it names this server: {}", shown.complained);
    let shown = shown.json();
    assert_eq!(
        (&shown["changed"], &shown["resource"], &shown["name"]),
        (&json!(false), &json!(url), &json!("Mine"))
    );
    assert_eq!(shown["scopes"][0]["name"], "demo:read");
    assert_eq!(shown["discovered"]["challenge_scopes"], json!(["demo:read", "notes:read"]));
    let known = format!("http://localhost:{demo}/.well-known/oauth-protected-resource/mcp");
    assert_eq!(shown["discovered"]["document"], known);

    let again = run(place, &format!("resource add --discover {url}"));
    assert_eq!(again.code, 1);
    assert!(again.complained.contains("already"), "{}", again.complained);
    run(place, &format!("resource add --discover http://localhost:{demo}/other"))
        .bad(1, &["RFC 9728 section 3.3"]);
    run(place, &format!("resource add --discover http://localhost:{port}/"))
        .bad(1, &["does not say what it is"]);
    run(place, "resource add --discover http://mcp.test/").bad(1, &["must be https"]);
    let healthy = run(place, "doctor --json").json();
    assert_eq!(healthy["ok"], true, "{healthy}");
    assert!(dev.stop(Signal::TERM).success());
}
