//! What is done about a server from elsewhere that is not its daily business: is all well, was the log rewritten, keys in
//! an emergency; and a server whose certificate is of its operator's own authority.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::administer::{PASSWORD, run, run_in, run_with};
use super::away::{Away, url_in};
use super::person::Person;
use super::process::Process;
use super::serve;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_looked_after_from_elsewhere() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| away.far(&key, &text.split(' ').collect::<Vec<_>>(), "");

    // The server says what it sees, and its outside is looked at from here.
    let healthy = line("doctor --json").json();
    let check = |all: &Value, name: &str| -> Value {
        let checks = all["checks"].as_array().unwrap();
        checks.iter().find(|one| one["check"] == name).unwrap_or_else(|| panic!("{name}: {all}")).clone()
    };
    assert_eq!(healthy["ok"], true, "{healthy}");
    for name in
        ["database", "tables", "clock", "signing keys", "issuer", "endpoints", "published keys", "owner"]
    {
        assert_eq!(check(&healthy, name)["status"], "ok", "{healthy}");
    }
    assert_eq!(check(&healthy, "resources")["status"], "ok", "{healthy}");
    assert!(line("doctor").good().contains("ok       database"));
    line("doctor --quick").bad(1, &["works on the database"]);
    // Who may not see the keys is told the rest.
    let made = run(place, "api-key create --name few --scope admin:server.read --local --json").json();
    let few = made["secret"].as_str().unwrap();
    assert!(!away.far(few, &["doctor"], "").good().contains("published keys"));

    // The log.
    let newest = loop {
        let newest = line("audit checkpoint --json").json();
        if newest["checkpoint"].is_object() {
            break newest["checkpoint"].clone();
        }
    };
    let (size, root) = (newest["size"].to_string(), newest["root"].as_str().unwrap());
    let kept = ["audit", "verify", "--size", &size, "--root", root, "--json"];
    let verified = away.far(&key, &kept, "").json();
    assert_eq!(verified["findings"], json!([]));
    assert!(
        verified["leaves"].as_u64() >= newest["size"].as_u64() && verified["next"].is_null(),
        "{verified}"
    );
    let other = "A".repeat(43);
    let wrong = away.far(&key, &["audit", "verify", "--size", &size, "--root", &other], "");
    assert!(wrong.said.contains("do not make the root that was signed"), "{}", wrong.said);
    wrong.bad_after(1, &["the log is not what was written"]);
    let near = run(place, "audit verify --local --json").json();
    assert_eq!(near["findings"], json!([]));

    // A key signs at once.
    let now = line("key rotate --alg ES256 --now --json");
    assert!(now.complained.contains("warning: verifiers that have cached"), "{}", now.complained);
    let now = now.json();
    let of = |state: &str| {
        let keys = now["keys"].as_array().unwrap();
        keys.iter().filter(|key| key["alg"] == "ES256" && key["state"] == state).count()
    };
    assert_eq!((of("active"), of("retired"), of("next")), (1, 1, 0), "{now}");

    // The server asks, not this computer: what is private to it is not asked by default.
    line(&format!("resource add --discover {}/mcp", away.issuer))
        .bad(1, &["cannot be asked", "fetch.allow_networks"]);
    away.stop();
}

/// `--dev-tls`, or a company's own authority: named once.
#[tokio::test(flavor = "multi_thread")]
async fn ad_10_an_authority_of_ones_own_is_named_once_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let (port, _) = serve::configure(place, "https");
    let mut server = Process::start(place, &["serve", "--dev-tls"]);
    server.until_it_says(serve::LISTENS);
    let issuer = format!("https://localhost:{port}");
    let create = ["user", "create", "--username", "alice", "--owner", "--password-stdin", "--local"];
    run_with(place, &create, PASSWORD).good();
    let made = run(place, "api-key create --name test --all --local --json").json();
    let key = made["secret"].as_str().unwrap();

    // Nobody here knows that authority.
    run(place, &format!("login --server {issuer} --no-browser")).bad(69, &["cannot be reached"]);
    run(place, &format!("login --server {issuer} --no-browser --ca-file nothing.pem"))
        .bad(78, &["cannot read nothing.pem", "--ca-file"]);
    std::fs::write(place.join("other.pem"), "hello").unwrap();
    run(place, &format!("login --server {issuer} --no-browser --ca-file other.pem"))
        .bad(78, &["holds no certificate"]);

    let file = "data/tls/ca.pem";
    let arguments = ["login", "--server", &issuer, "--no-browser", "--ca-file", file];
    let mut login = Process::start(place, &arguments);
    login.until_it_says("/authorize?");
    let authority = std::fs::read(place.join(file)).unwrap();
    let page = Person::trusting(Some(&authority)).allows(&url_in(&login.said()), "alice").await;
    assert!(page.contains("Back to the terminal"), "{page}");
    assert!(login.end().success(), "{}", login.said());
    // From now on nobody has to say it, wherever the file is.
    let profile = format!("localhost:{port}");
    let caller = run(place, &format!("api GET /caller --server {profile}")).json();
    assert_eq!(caller["role"], "owner", "{caller}");
    let healthy = run(place, &format!("doctor --server {profile} --json")).json();
    assert_eq!(healthy["ok"], true, "{healthy}");
    let text = std::fs::read_to_string(place.join("config/gatewright/profiles.toml")).unwrap();
    assert!(text.contains("BEGIN CERTIFICATE"), "{text}");

    // Programs name it beside their key.
    let base = [("GATEWRIGHT_SERVER", issuer.as_str()), ("GATEWRIGHT_API_KEY", key)];
    run_in(place, &base, (&["api", "GET", "/caller"], "")).bad(69, &["cannot be reached"]);
    let with = [&base[..], &[("GATEWRIGHT_CA_FILE", file)]].concat();
    run_in(place, &with, (&["api", "GET", "/caller"], "")).good();
    run_in(place, &base, (&["api", "GET", "/caller", "--ca-file", file], "")).good();

    run(place, &format!("logout --server {profile}")).good();
    assert!(server.stop(Signal::TERM).success());
}
