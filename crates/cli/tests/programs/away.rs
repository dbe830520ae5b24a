//! A server that is administered from elsewhere: signing in, keys, and what is the same as at hand.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use super::administer::{Ended, PASSWORD, configure, run, run_in, run_with};
use super::person::Person;
use super::process::Process;

/// A server with an owner, and a place for commands.
pub struct Away {
    directory: TempDir,
    server: Process,
    pub issuer: String,
}

impl Away {
    pub fn start() -> Away {
        Away::start_with("")
    }

    /// With more in the configuration.
    pub fn start_with(more: &str) -> Away {
        let directory = tempfile::tempdir().unwrap();
        let port = configure(directory.path());
        let mut file =
            std::fs::File::options().append(true).open(directory.path().join("gatewright.toml")).unwrap();
        write!(file, "\n{more}").unwrap();
        let mut server = Process::start(directory.path(), &["serve"]);
        server.until_it_says("/health/ready");
        let create = ["user", "create", "--username", "alice", "--owner", "--password-stdin"];
        run_with(directory.path(), &create, PASSWORD).good();
        Away { directory, server, issuer: format!("http://localhost:{port}") }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn profiles(&self) -> std::path::PathBuf {
        self.path().join("config/gatewright/profiles.toml")
    }

    /// A key that may everything.
    pub fn key(&self) -> String {
        let made = run(self.path(), "api-key create --name test --all --local --json").json();
        made["secret"].as_str().unwrap().to_owned()
    }

    /// `gatewright login` with more arguments, and alice at the browser.
    pub async fn log_in(&self, more: &[&str]) -> String {
        let arguments = [&["login", "--server", &self.issuer, "--no-browser"], more].concat();
        let mut login = Process::start(self.path(), &arguments);
        login.until_it_says("/authorize?");
        let page = Person::new().allows(&url_in(&login.said()), "alice").await;
        assert!(page.contains("Back to the terminal"), "{page}");
        assert!(login.end().success(), "{}", login.said());
        login.said()
    }

    /// A command that asks the server with a key, with arguments and standard input.
    pub fn far(&self, key: &str, arguments: &[&str], input: &str) -> Ended {
        let variables = [("GATEWRIGHT_SERVER", self.issuer.as_str()), ("GATEWRIGHT_API_KEY", key)];
        run_in(self.path(), &variables, (arguments, input))
    }

    pub fn stop(self) {
        assert!(self.server.stop(Signal::TERM).success());
    }
}

/// The authorization request among what was said.
pub fn url_in(said: &str) -> String {
    said.lines().map(str::trim).find(|line| line.contains("/authorize?")).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_administers_and_signs_out() {
    let away = Away::start();
    let place = away.path();
    run(place, &format!("client list --server {}", away.issuer))
        .bad(77, &["nobody is signed in", "gatewright login"]);
    let said = away.log_in(&[]).await;
    assert!(said.contains(&format!("Signed in to {}", away.issuer)), "{said}");
    let text = std::fs::read_to_string(away.profiles()).unwrap();
    let token =
        text.lines().find_map(|line| line.strip_prefix("refresh_token = \"")).unwrap().trim_end_matches('"');
    assert!(token.starts_with("gw_") && !said.contains(token) && !said.contains("eyJ"), "{said}");
    let mode = std::fs::metadata(away.profiles()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // The default from now on.
    let caller = run(place, "api GET /caller").json();
    assert_eq!(caller["role"], "owner");
    assert!(caller["actor"].as_str().unwrap().starts_with("user:"));
    let inside = run(place, "api GET /caller --local").json();
    assert_eq!(inside["actor"], "operator");

    // What it says no to is told calmly.
    run(place, "api GET /clients/c_nobody")
        .bad(1, &["there is no such client", "the server knows more under request"]);
    run(place, "api POST /resources --data {\"resource\":\"http://b.test\"}").bad(1, &["https"]);

    // Every command at the same time, with an access token that has ended: all are let in.
    let old = text.replace(
        text.lines().find(|line| line.starts_with("expires_at")).unwrap(),
        "expires_at = \"2020-01-01T00:00:00Z\"",
    );
    std::fs::write(away.profiles(), &old).unwrap();
    let ended: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| run(place, "api GET /caller"))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for one in ended {
        assert_eq!(one.json()["role"], "owner");
    }
    let refreshed = run(place, "api GET /events --query kind=grant.refreshed --local").json();
    assert_eq!(refreshed["items"].as_array().unwrap().len(), 1, "one of them refreshed for all: {refreshed}");

    // A grant that somebody ended is told, and how to go on.
    let grants = run(place, "api GET /grants --query client_id=gatewright-cli").json();
    let grant = grants["items"][0]["id"].as_str().unwrap().to_owned();
    run(place, &format!("api DELETE /grants/{grant}")).good();
    run(place, "api GET /caller").bad(77, &["has ended", "gatewright login --server localhost"]);
    away.log_in(&[]).await;
    run(place, "api GET /caller").good();

    run(place, "logout").good();
    run(place, "logout").bad(1, &["nobody is signed in here"]);
    let live = run(place, "client show gatewright-cli --json").json();
    assert_eq!(live["live_grants"], 0, "the sign-in ended at the server, too");
    away.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_uses_its_key() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let program = |key: &str, line: &str| {
        let variables = [("GATEWRIGHT_SERVER", away.issuer.as_str()), ("GATEWRIGHT_API_KEY", key)];
        run_in(place, &variables, (&line.split(' ').collect::<Vec<_>>(), ""))
    };
    let caller = program(&key, "api GET /caller").json();
    assert!(caller["actor"].as_str().unwrap().starts_with("key:"), "{caller}");
    program("gw_ak_wrong", "api GET /caller").bad(77, &["does not know us", "GATEWRIGHT_API_KEY"]);
    let nowhere = [("GATEWRIGHT_API_KEY", key.as_str())];
    run_in(place, &nowhere, (&["api", "GET", "/caller"], "")).bad(78, &["GATEWRIGHT_SERVER"]);
    let known = run(place, "api-key list --json").json();
    let id = known["api_keys"][0]["id"].as_str().unwrap().to_owned();
    run(place, &format!("api-key revoke {id}")).good();
    program(&key, "api GET /caller").bad(77, &["does not know us", "revoked"]);
    run(place, "client list --server http://localhost:1").bad(77, &["nobody is signed in"]);
    let variables = [("GATEWRIGHT_SERVER", "http://localhost:1"), ("GATEWRIGHT_API_KEY", "gw_ak_x")];
    run_in(place, &variables, (&["api", "GET", "/caller"], "")).bad(69, &["cannot be reached", "--local"]);
    run(place, "migrate --server http://localhost:1").bad(1, &["works on the database"]);
    // Without `--local` and without a server: the database, as ever.
    assert_eq!(run(place, "api GET /caller").json()["actor"], json!("operator"));
    away.stop();
}

/// Each command, asked of the server and of its database: the words are the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_the_same_from_elsewhere_and_at_hand() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let variables = [("GATEWRIGHT_SERVER", away.issuer.as_str()), ("GATEWRIGHT_API_KEY", key.as_str())];
    let far = |arguments: &[&str], input: &str| run_in(place, &variables, (arguments, input));
    let line = |text: &str| far(&text.split(' ').collect::<Vec<_>>(), "");

    // Made from elsewhere.
    far(&["user", "create", "--username", "bob", "--email", "bob@mail.test", "--password-stdin"], PASSWORD)
        .good();
    far(&["user", "create", "--username", "bob", "--password-stdin"], PASSWORD)
        .bad(1, &["somebody's already"]);
    assert_eq!(line("user role bob auditor --json").json()["role"], "auditor");
    assert_eq!(line("user disable BOB@mail.test --json").json()["changed"], true);
    assert!(line("user disable bob").good().contains("was disabled already"));
    line("user enable nobody").bad(1, &["there is no account nobody", "gatewright user list"]);
    far(&["user", "password", "bob", "--password-stdin"], "another good password").good();
    let mcp = "https://mcp.test/mcp";
    far(
        &["resource", "add", mcp, "--name", "Notes", "--default", "--default-scope", "notes:read=Read them"],
        "",
    )
    .good();
    line(&format!("resource add {mcp}")).bad(1, &["already"]);
    line("resource add https://b.test --default").bad(1, &["there can be one default"]);
    let changed =
        far(&["resource", "update", mcp, "--dangerous-scope", "notes:write=Write", "--json"], "").json();
    assert_eq!(changed["changed"], true);
    assert_eq!(line(&format!("resource update {mcp} --json")).json()["changed"], false);
    assert_eq!(line(&format!("resource disable {mcp} --json")).json()["changed"], true);
    assert_eq!(line(&format!("resource enable {mcp} --json")).json()["changed"], true);
    let made = line("client create --name Job --confidential --grant client_credentials --json").json();
    assert!(made["client_secret"].as_str().unwrap().starts_with("gw_cs_"), "{made}");
    let job = made["client_id"].as_str().unwrap();
    let asks = line(&format!("client create --name Server --resource-server {mcp} --json")).json();
    assert_eq!((&asks["resource_server"], &asks["grant_types"]), (&json!(mcp), &json!([])));
    line("client create --name App").bad(1, &["redirect_uris", "--redirect-uri URI"]);
    let secret = line(&format!("client rotate-secret {job} --overlap 2 --json")).json();
    assert!(secret["previous_secret_until"].is_string(), "{secret}");
    line("client rotate-secret gatewright-cli").bad(1, &["has no secret"]);
    assert_eq!(line(&format!("client block {job} --json")).json()["changed"], true);
    assert_eq!(line(&format!("client block {job} --json")).json()["changed"], false);
    line("client purge gatewright-cli").bad(1, &["is not deleted"]);
    let made = line("initial-token create --note lab --uses 3 --json").json();
    assert!(made["initial_access_token"].as_str().unwrap().starts_with("gw_"), "{made}");
    let invitation = made["id"].as_str().unwrap();
    assert!(line("key rotate --alg ES256").good().contains("is published"));
    let key = line("api-key create --name child --scope admin:server.read --days 5").good();
    assert!(key.contains(&format!("for {}/admin/v1", away.issuer)) && key.contains("gw_ak_"), "{key}");

    // Shown.
    for what in [
        "client list",
        "client show gatewright-cli",
        &format!("client show {job}"),
        "resource list",
        &format!("resource show {mcp}"),
        "user list",
        "key list",
        "initial-token list",
        "trace gatewright-cli",
    ] {
        for form in ["", " --json"] {
            let near = run(place, &format!("{what} --local{form}")).good();
            assert_eq!(line(&format!("{what}{form}")).good(), near, "{what}{form}");
        }
    }
    // Apart from the minute of the last use.
    let names = |listed: &serde_json::Value| -> Vec<String> {
        let keys = listed["api_keys"].as_array().unwrap().iter();
        keys.map(|key| format!("{} {} {}", key["name"], key["scopes"], key["expires_at"])).collect()
    };
    let (near, far_away) =
        (run(place, "api-key list --json --local").json(), line("api-key list --json").json());
    assert_eq!(names(&near), names(&far_away));

    // Ended.
    assert_eq!(line(&format!("initial-token revoke {invitation} --json")).json()["changed"], true);
    assert_eq!(line(&format!("initial-token revoke {invitation} --json")).json()["changed"], false);
    assert_eq!(line(&format!("client delete {job} --json")).json()["status"], "deleted");
    assert_eq!(line(&format!("client delete {job} --json")).json()["changed"], false);
    line(&format!("client purge {job}")).good();
    described_by_others(place, &line);
    away.stop();
}

/// Documents and registrations that come in a file.
fn described_by_others(place: &Path, line: &impl Fn(&str) -> Ended) {
    line("client pin https://app.test/client.json").bad(1, &["request"]);
    let document = json!({ "client_id": "https://app.test/client.json", "client_name": "App",
        "redirect_uris": ["https://app.test/cb"], "token_endpoint_auth_method": "none" });
    std::fs::write(place.join("client.json"), document.to_string()).unwrap();
    let pinned = line("client pin https://app.test/client.json --file client.json --json").json();
    assert_eq!(
        (&pinned["verified"], &pinned["document"]["pinned"]),
        (&json!(true), &json!(true)),
        "{pinned}"
    );
    let near = run(place, "client show https://app.test/client.json --local").good();
    assert_eq!(line("client show https://app.test/client.json").good(), near);
    let old = json!([
        { "client_id": "old-1", "client_name": "Old", "grant_types": ["client_credentials"],
          "token_endpoint_auth_method": "client_secret_basic" },
        { "client_id": "old-1", "client_name": "Again", "redirect_uris": ["https://old.test/cb"] },
    ]);
    std::fs::write(place.join("old.json"), old.to_string()).unwrap();
    let imported = line("client import old.json --json").json();
    assert_eq!(
        (&imported["clients"][0]["imported"], &imported["clients"][1]["imported"]),
        (&json!(true), &json!(false))
    );
    assert!(imported["clients"][0]["client_secret"].as_str().unwrap().starts_with("gw_cs_"), "{imported}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_followed_and_each_is_told_once() {
    let away = Away::start();
    let place = away.path();
    let so_far = run(place, "events tail --local --json").good();
    let kinds: Vec<String> = so_far
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(
        kinds.contains(&"user.created".to_owned()) && kinds.contains(&"resource.created".to_owned()),
        "{kinds:?}"
    );
    let key = away.key();
    let variables = [("GATEWRIGHT_SERVER", away.issuer.as_str()), ("GATEWRIGHT_API_KEY", key.as_str())];
    let follow = [
        "events",
        "tail",
        "--follow",
        "--json",
        "--since",
        "30m",
        "--kind",
        "client.created",
        "--kind",
        "client.disabled",
    ];
    let mut tail = Process::start_with(place, &variables, &follow);
    tail.until_it_says("client.created");
    for name in ["One", "Two", "Three"] {
        let create = [
            "client",
            "create",
            "--name",
            name,
            "--redirect-uri",
            "https://app.test/cb",
            "--json",
            "--local",
        ];
        let id = run_with(place, &create, "").json()["client_id"].as_str().unwrap().to_owned();
        tail.until_it_says(&id);
        run(place, &format!("client block {id}")).good();
    }
    tail.until_it_says("client.disabled");
    // Until they are told no more.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    tail.signal(Signal::INT);
    assert!(tail.end().success());
    let said = tail.said();
    let mut ids: Vec<String> = said
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let told = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((told, ids.len()), (7, 7), "{said}");

    let text = run(place, "events tail --since 1h --kind client.disabled").good();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("operator") && text.contains("client="), "{text}");
    run(place, "events tail --kind nothing").bad(1, &["there is no such kind"]);
    away.stop();
}

#[test]
fn shells_and_manuals_know_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(place, &format!("completions {shell}")).good();
        assert!(script.contains("rotate-secret"), "{shell}");
        if shell == "bash" {
            std::fs::write(place.join("bash"), script).unwrap();
            let parsed =
                std::process::Command::new("bash").arg("-n").arg(place.join("bash")).status().unwrap();
            assert!(parsed.success());
        }
    }
    assert!(run(place, "man").good().contains(".TH"));
    run(place, "man pages").good();
    let page = |name: &str| std::fs::read_to_string(place.join("pages").join(name)).unwrap();
    for (name, words) in [
        ("gatewright.1", "authorization server"),
        ("gatewright-client-create.1", "redirect"),
        ("gatewright-events-tail.1", "follow"),
        ("gatewright-login.1", "Sign in"),
        ("gatewright-man.1", "manual"),
    ] {
        assert!(page(name).contains(words), "{name}: {}", page(name));
    }
}
