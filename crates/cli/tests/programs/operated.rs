//! The commands for what is operated day by day: webhooks, people, sessions, grants, settings, jobs.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use super::administer::{Ended, run};
use super::away::Away;

const LOOPBACK: &str = "[webhooks]\nallow_networks = [\"127.0.0.0/8\"]";

/// A receiver of webhooks that answers what it is told to; and where it is.
async fn receiver() -> (Arc<AtomicU16>, String) {
    let status = Arc::new(AtomicU16::new(204));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answers = Arc::clone(&status);
    let app = Router::new().fallback(move || {
        let status = StatusCode::from_u16(answers.load(Ordering::SeqCst)).unwrap();
        async move { status }
    });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (status, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_made_tried_replayed_and_removed() {
    let away = Away::start_with(LOOPBACK);
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };
    let (status, url) = receiver().await;

    assert!(line("webhook list").good().contains("There is no webhook"));
    line("webhook create --name siem --url http://10.0.0.1/ --kind user.*").bad(1, &["url"]);
    line(&format!("webhook create --name siem --url {url} --kind cat.fed"))
        .bad(1, &["no kind of event", "client.*"]);
    let made = line(&format!("webhook create --name siem --url {url} --kind user.* --json")).json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"), "{made}");
    let shown = line("webhook show siem").good();
    assert!(shown.contains(&url) && shown.contains("enabled") && !shown.contains("whsec_"), "{shown}");
    // The same at hand.
    for what in ["webhook list", "webhook list --json", "webhook show siem", "webhook show siem --json"] {
        assert_eq!(line(what).good(), run(place, &format!("{what} --local")).good(), "{what}");
    }
    line("webhook show nobody").bad(1, &["there is no webhook nobody", "gatewright webhook list"]);

    let tried = line("webhook test siem").good();
    assert!(tried.contains("The test arrived: answered 204 after"), "{tried}");
    assert_eq!(run(place, "webhook test siem --local --json").json()["status"], "delivered");
    status.store(500, Ordering::SeqCst);
    let tried = line("webhook test siem");
    assert!(tried.said.contains("The test did not arrive: answered 500 after"), "{}", tried.said);
    tried.bad_after(1, &["siem did not take the test", "it is tried again at"]);

    let again = line(&format!("webhook rotate-secret {id} --overlap 2"));
    assert!(again.said.contains("whsec_") && again.said.contains("signs, too, until"), "{}", again.said);
    assert!(!again.good().contains(secret));
    let changed = line("webhook update siem --name watch --kind user.* --kind client.* --json").json();
    assert_eq!((&changed["name"], &changed["kinds"]), (&json!("watch"), &json!(["client.*", "user.*"])));
    line("webhook update watch").bad(2, &["--name"]);

    let waiting = line("webhook deliveries watch --status pending --json").json();
    let one = waiting["items"].as_array().unwrap().iter().find(|one| one["kind"] == "webhook.test").unwrap();
    let one = one["id"].as_str().unwrap();
    let shown = line(&format!("webhook deliveries watch {one}")).good();
    assert!(shown.contains("answered 500") && shown.contains("What is sent:"), "{shown}");
    let table = line("webhook deliveries watch").good();
    assert!(table.contains("delivered") && table.contains("answered 204"), "{table}");
    assert!(line("webhook deliveries watch --status dead").good().contains("no such delivery"));

    line("webhook replay watch").bad(2, &["--dead"]);
    assert!(line("webhook replay watch --dead").good().contains("0 deliveries are sent again"));
    let again = line("webhook replay watch --since 1h --json").json();
    assert_eq!(again["deliveries"], 2, "alice and the first client are older than the webhook: {again}");
    let made = run(place, "api GET /events --query kind=user.created --local").json();
    let event = made["items"][0]["id"].as_str().unwrap();
    line(&format!("webhook replay watch --event {event}")).good();

    assert!(line("webhook disable watch").good().contains("is sent nothing more"));
    assert!(line("webhook disable watch").good().contains("was disabled already"));
    line("webhook test watch").bad(1, &["disabled", "enable"]);
    assert_eq!(run(place, "webhook enable watch --local --json").json()["status"], "enabled");
    line("webhook delete watch").bad(1, &["no terminal to ask on", "--yes"]);
    assert_eq!(line("webhook delete watch --yes --json").json()["deleted"], true);
    assert_eq!(line("webhook list --json").json(), json!({ "items": [] }));
    away.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_invited_reset_and_deleted() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };

    let said = line("user invite --username bob --email bob@mail.test --role auditor").good();
    assert!(said.starts_with("Made the auditor bob (") && said.contains(&away.issuer), "{said}");
    assert_eq!(said.matches("http").count(), 1, "{said}");
    line("user invite --username BOB").bad(1, &["somebody's already", "gatewright user reset"]);
    line("user invite --username bert --email nowhere").bad(1, &["e-mail address"]);
    let made = run(place, "user invite --username eve --local --json").json();
    assert!(made["invitation"]["url"].as_str().unwrap().starts_with(&away.issuer), "{made}");
    let reset = line("user reset bob@mail.test").good();
    assert!(reset.contains("bob chooses a new password here") && reset.contains(&away.issuer), "{reset}");
    assert!(run(place, "user reset bob --local --json").json()["url"].is_string());
    line("user reset nobody").bad(1, &["there is no account nobody"]);
    let listed = line("user list --json").json();
    assert_eq!(listed["users"][1]["username"], "bob");
    assert_eq!(listed["users"][1]["status"], "enabled");

    assert!(line("user delete bob --dry-run").good().contains("would go 0 sessions, 0 grants"));
    line("user delete bob").bad(1, &["nothing was done", "--yes"]);
    line("user delete bob --dry-run --yes").bad(2, &["--yes"]);
    assert_eq!(line("user list --json").json()["users"].as_array().unwrap().len(), 3);
    let gone = line("user delete bob --yes").good();
    assert!(gone.starts_with("Deleted bob, with 0 sessions"), "{gone}");
    line("user delete bob --yes").bad(1, &["there is no account bob"]);
    line("user delete alice --yes").bad(1, &["owner"]);
    assert!(run(place, "user delete eve --yes --local --json").json()["id"].is_string());
    assert_eq!(line("user list --json").json()["users"].as_array().unwrap().len(), 1);
    away.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_people_come_in_from_a_file() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let mut lines = String::new();
    for n in 0..1000 {
        let _ = writeln!(lines, "{{\"email\":\"person{n}@people.test\",\"name\":\"Person Number {n}\"}}");
    }
    std::fs::write(place.join("people.jsonl"), &lines).unwrap();
    let far = |text: &str, input: &str| away.far(&key, &text.split(' ').collect::<Vec<_>>(), input);

    let would = far("user import people.jsonl --dry-run", "").good();
    assert_eq!(would.trim(), "1000 lines read: 1000 accounts would be made, 0 there already, 0 wrong.");
    let done = far("user import people.jsonl --json", "").json();
    assert_eq!(
        (&done["state"], &done["created"], &done["read"]),
        (&json!("done"), &json!(1000), &json!(1000))
    );
    // Again, by standard input, with two lines that are wrong.
    let more = format!("{lines}{{\"cat\":1}}\nno json\n{{\"username\":\"last\"}}\n");
    let again = far("user import -", &more);
    assert!(
        again
            .said
            .starts_with("1003 lines read: 1 account made, 1000 there already, 2 wrong.\n  line 1001: cat: "),
        "{}",
        again.said
    );
    again.bad_after(1, &["2 of the lines were wrong", "gatewright job show"]);
    let here = run(place, "user import people.jsonl --local --json").json();
    assert_eq!((&here["skipped"], &here["actor"]), (&json!(1000), &json!("operator")));
    far("user import nothing.jsonl", "").bad(1, &["nothing.jsonl cannot be read", "standard input"]);
    assert_eq!(far("user list --json", "").json()["users"].as_array().unwrap().len(), 1002);

    // Who may not is told, although nothing of the file was read.
    let made = run(place, "api-key create --name little --scope admin:users.read --local --json").json();
    let little = made["secret"].as_str().unwrap();
    away.far(little, &["user", "import", "people.jsonl"], "").bad(77, &["admin:users.write"]);
    away.far("gw_ak_wrong", &["user", "import", "people.jsonl"], "").bad(77, &["does not know us"]);
    away.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_grants_are_seen_and_ended() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };
    assert!(line("session list").good().contains("no such session"));
    away.log_in(&[]).await;
    away.log_in(&["--profile", "second"]).await;

    let sessions = line("session list --user alice --json").json();
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!((sessions.len(), &sessions[0]["status"]), (2, &json!("live")), "{sessions:?}");
    for what in ["session list", "session list --user alice --all --json", "grant list --user alice"] {
        assert_eq!(line(what).good(), run(place, &format!("{what} --local")).good(), "{what}");
    }
    line("session list --all").bad(2, &["--user"]);
    line("session list --user nobody").bad(1, &["there is no account nobody"]);
    let id = sessions[0]["id"].as_str().unwrap();
    assert!(line(&format!("session end {id}")).good().contains("ended, with the grants"));
    assert!(line(&format!("session end {id}")).good().contains("was ended already"));
    let rest = run(place, "session end --user alice --local --json").json();
    assert_eq!((&rest["sessions"], &rest["more"]), (&json!(1), &json!(false)), "{rest}");
    assert!(line("session list --user alice --all").good().contains("ended"));

    // The sign-ins of the command line outlive sessions.
    let admin = format!("{}/admin/v1", away.issuer);
    let grants = line(&format!("grant list --client gatewright-cli --resource {admin} --json")).json();
    let grants = grants["items"].as_array().unwrap();
    assert_eq!(grants.len(), 2, "{grants:?}");
    line("grant list").bad(2, &["--user"]);
    line("grant list --resource https://nothing.test")
        .bad(1, &["there is no resource", "gatewright resource list"]);
    let id = grants[0]["id"].as_str().unwrap();
    assert!(line(&format!("grant revoke {id}")).good().contains("Revoked 1 grant."));
    line("grant revoke 0199d1f2-0000-7000-8000-000000000000")
        .bad_after(1, &["1 grant not revoked", "no such grant"]);
    line("grant revoke --user alice").bad(1, &["no terminal to ask on", "--yes"]);
    assert_eq!(run(place, "grant revoke --user alice --yes --local --json").json()["done"], 1);
    assert!(line("grant revoke --user alice").good().contains("Nothing was done"));
    assert!(line("grant list --user alice").good().contains("no such grant"));
    assert!(line("grant list --user alice --all").good().contains("(operator)"));
    away.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_decided_jobs_shown_and_events_exported() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };

    assert!(line("settings show").good().contains("registration.mode"));
    let set = line("settings set registration.mode token").good();
    assert_eq!(set.trim(), "registration.mode is token from now on; it was auto.");
    let set = line("settings set documents.deny evil.example,worse.example --json").json();
    assert_eq!(set["documents.deny"]["value"], json!(["evil.example", "worse.example"]), "{set}");
    for what in ["settings show", "settings show --json"] {
        assert_eq!(line(what).good(), run(place, &format!("{what} --local")).good(), "{what}");
    }
    line("settings set registration.mode sometimes").bad(1, &["registration.mode"]);
    line("settings set issuer https://b.test")
        .bad(1, &["cannot be set while the server runs", "documents.deny"]);
    let back = run(place, "settings unset registration.mode --local").good();
    assert_eq!(back.trim(), "registration.mode is as the file says again: auto.");
    assert!(line("settings unset registration.mode").good().contains("was not set"));

    assert!(line("job list").good().contains("There is no job"));
    let done = away.far(&key, &["user", "import", "-"], "{\"username\":\"bob\"}\n{\"cat\":1}\n");
    done.bad_after(1, &["1 of the lines"]);
    let jobs = line("job list --json").json();
    let id = jobs["items"][0]["id"].as_str().unwrap();
    let shown = line(&format!("job show {id}")).good();
    assert!(shown.contains("accounts made") && shown.contains("line 2: cat"), "{shown}");
    assert_eq!(run(place, &format!("job show {id} --local")).good(), shown);
    line("job show 0199d1f2-0000-7000-8000-000000000000").bad(1, &["no such job"]);

    let lines = line("events export --kind user.created").good();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert_eq!(run(place, "events export --kind user.created --local").good(), lines);
    let sheet = line("events export --format csv --since 1h").good();
    assert!(sheet.starts_with("id,at,kind,") && sheet.contains("settings.updated"), "{sheet}");
    let none = line("events export --format csv --until 2020-01-01T00:00:00Z").good();
    assert_eq!(none.lines().count(), 1, "{none}");
    line("events export --kind nothing").bad(1, &["there is no such kind"]);
    away.far("gw_ak_wrong", &["events", "export"], "").bad(77, &["does not know us"]);
    away.stop();
}
