//! Lists of what is looked for: the same of a server elsewhere and of the database at hand.

use super::administer::{Ended, run};
use super::away::Away;

/// The ids, names or addresses in a list, however it is called.
fn named(listed: &serde_json::Value, member: &str) -> Vec<String> {
    let list = listed.as_object().unwrap().values().next().unwrap();
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_is_looked_for_from_near_and_far() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };
    let same = |text: &str, member: &str, wanted: &[&str]| {
        let far = line(&format!("{text} --json")).json();
        assert_eq!(named(&far, member), wanted, "{text}: {far}");
        // Whole but for keys, which are used to ask with.
        let near = run(place, &format!("{text} --json --local")).json();
        assert!(
            near == far || named(&near, member) == wanted && text.starts_with("api-key"),
            "{text}: {near}"
        );
    };
    line("user invite --username bob --email bob@mail.test --name Robert --role auditor").good();
    line("user invite --username carol").good();
    line("user disable carol").good();
    line("client create --name Notes --redirect-uri https://notes.test/cb").good();
    line("resource add https://mcp.test/mcp --name Notes").good();
    line("resource disable https://mcp.test/mcp").good();
    line("initial-token create --note CI").good();
    let other = run(place, "api-key create --name other --scope admin:users.read --json --local").json();
    line(&format!("api-key revoke {}", other["id"].as_str().unwrap())).good();

    for (text, wanted) in [
        ("user list", vec!["alice", "bob", "carol"]),
        ("user list --name BER", vec!["bob"]),
        ("user list --name b_b", vec![]),
        ("user list --role owner", vec!["alice"]),
        ("user list --status disabled", vec!["carol"]),
        ("user list --status enabled --name o --role auditor", vec!["bob"]),
        ("user list --login BOB@mail.test", vec!["bob"]),
        ("user list --login nobody", vec![]),
    ] {
        same(text, "username", &wanted);
    }
    for (text, wanted) in [
        ("client list --name NOTES", vec!["Notes"]),
        ("client list --name notes --origin administrator --verified true --status enabled", vec!["Notes"]),
        ("client list --verified false", vec![]),
        ("client list --origin dynamic", vec![]),
        ("client list --status blocked", vec![]),
    ] {
        same(text, "client_name", &wanted);
    }
    same("resource list --name mcp.test --status disabled", "resource", &["https://mcp.test/mcp"]);
    same("resource list --name mcp.test --status enabled", "resource", &[]);
    same("key list --state revoked", "kid", &[]);
    same("api-key list", "name", &["test", "other"]);
    same("api-key list --live", "name", &["test"]);
    same("initial-token list --live", "note", &["CI"]);
    same("webhook list --status failing", "name", &[]);
    same("job list --state failed", "id", &[]);
    assert_eq!(
        line("key list --state active --json").json(),
        run(place, "key list --state active --json --local").json()
    );

    // Nothing found is not the same as nothing there.
    for (text, words) in [
        ("user list --name zzz", "There is no such account"),
        ("client list --name zzz", "There is no such client"),
        ("resource list --name zzz", "There is no such resource"),
        ("key list --state revoked", "There is no such key"),
        ("webhook list --status failing", "There is no such webhook"),
        ("job list --state failed", "There is no such job"),
    ] {
        let said = line(text).good();
        assert!(said.contains(words), "{text}: {said}");
    }
    for (text, words) in [
        ("user list --status gone", "[possible values: enabled, disabled]"),
        ("user list --role king", "[possible values: owner, admin, support, auditor]"),
        ("user list --login bob --name bob", "--name"),
        ("client list --verified perhaps", "[possible values: true, false]"),
        ("client list --origin mars", "[possible values: administrator, dynamic, document]"),
        ("job list --state x", "[possible values: running, done, failed, interrupted]"),
        ("events tail --follow --until 1h", "--until"),
    ] {
        line(text).bad(2, &[words]);
    }

    // Events by what they are about.
    let about = line("events tail --resource https://mcp.test/mcp --json").good();
    assert!(about.contains("resource.created") && !about.contains("user.created"), "{about}");
    let file = line("events export --resource https://mcp.test/mcp/").good();
    assert!(file.contains("resource.disabled") && !file.contains("client.created"), "{file}");
    assert_eq!(line("events tail --until 2h --since 3h").good(), "");
    let nobody = "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e";
    assert_eq!(line(&format!("events export --grant {nobody}")).good(), "");
    line("events export --resource https://nothing.test")
        .bad(1, &["there is no resource", "gatewright resource list"]);
    away.stop();
}
