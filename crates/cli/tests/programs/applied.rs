//! A file that says what a server is to have.

use std::path::Path;

use serde_json::{Value, json};

use super::administer::{Ended, run, run_in, run_with};
use super::away::Away;

const FILE: &str = r"
resources:
  - resource: https://mcp.test/mcp
    name: Notes
    default: true
    scopes:
      - { name: notes:read, description: Read your notes, default: true }
      - { name: notes:write, description: Change your notes, dangerous: true }
  - resource: https://api.test
clients:
  - client_id: portal
    client_name: Portal
    redirect_uris: [https://portal.test/cb]
    token_endpoint_auth_method: client_secret_basic
    default_resource: https://API.test/
  - client_id: nightly
    client_name: Nightly
    grant_types: [client_credentials]
    token_endpoint_auth_method: client_secret_basic
  - client_id: asks
    client_name: Asks
    token_endpoint_auth_method: client_secret_basic
    resource_server: https://mcp.test/mcp
webhooks:
  - name: siem
    url: https://siem.test/gatewright
    kinds: [client.*, audit.checkpoint]
";

fn write(place: &Path, text: &str) {
    std::fs::write(place.join("gatewright.yaml"), text).unwrap();
}

fn steps(report: &Value) -> Vec<String> {
    let steps = report["steps"].as_array().unwrap().iter();
    steps
        .map(|step| format!("{} {}", step["action"].as_str().unwrap(), step["name"].as_str().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_planned_applied_once_and_pruned() {
    let away = Away::start();
    let (place, key) = (away.path(), away.key());
    let variables = [("GATEWRIGHT_SERVER", away.issuer.as_str()), ("GATEWRIGHT_API_KEY", key.as_str())];
    let far = |line: &str| -> Ended { run_in(place, &variables, (&line.split(' ').collect::<Vec<_>>(), "")) };

    // Somebody else's.
    let other = [
        "client",
        "create",
        "--name",
        "Other",
        "--redirect-uri",
        "https://other.test/cb",
        "--json",
        "--local",
    ];
    let other = run_with(place, &other, "").json()["client_id"].as_str().unwrap().to_owned();

    far("plan").bad(78, &["gatewright.yaml", "gatewright export"]);
    write(place, "clients:\n  - client_id: portal\n    redirect_url: [x]\n");
    far("plan").bad(78, &["no member redirect_url", "did you mean redirect_uris?"]);

    // What the server would say no to is told before anything is done.
    write(place, &FILE.replace("https://portal.test/cb", "http://portal.test/cb"));
    far("apply").bad(1, &["client portal"]);
    assert_eq!(run(place, "client list --json --local").json()["clients"].as_array().unwrap().len(), 2);

    write(place, FILE);
    let plan = far("plan");
    assert!(
        plan.said.contains("+ resource https://mcp.test/mcp") && plan.said.contains("6 to make"),
        "{}",
        plan.said
    );
    assert!(plan.said.contains("notes:write"), "{}", plan.said);
    plan.good();
    far("plan --check").bad_after(1, &["not as the file says"]);
    assert_eq!(run(place, "resource list --json --local").json()["resources"].as_array().unwrap().len(), 1);

    let applied = far("apply --json").json();
    assert_eq!(
        steps(&applied),
        [
            "create https://api.test/",
            "create https://mcp.test/mcp",
            "create portal",
            "create nightly",
            "create asks",
            "create siem"
        ]
    );
    let secret = applied["steps"][2]["secret"].as_str().unwrap();
    assert!(secret.starts_with("gw_cs_"), "{applied}");
    let made = std::fs::read_to_string(place.join("gatewright.applied.json")).unwrap();
    assert!(made.contains("portal") && !made.contains("gw_cs_"), "{made}");
    let portal = run(place, "client show portal --json --local").json();
    assert_eq!(
        (&portal["verified"], &portal["default_resource"]),
        (&json!(true), &json!("https://api.test"))
    );

    // Again, from either side: nothing.
    let before = run(place, "events tail --since 1h --json --local").good().lines().count();
    let again = far("apply --json").json();
    assert_eq!((steps(&again).len(), &again["unchanged"]), (0, &json!(6)), "{again}");
    assert!(run(place, "apply --local").good().contains("Nothing to do: 6"));
    far("plan --check").good();
    let after = run(place, "events tail --since 1h --json --local").good().lines().count();
    assert_eq!(before, after, "nothing happened");

    assert!(applied["steps"][5]["secret"].as_str().unwrap().starts_with("whsec_"), "{applied}");

    // The default moves, something is renamed, something is left out.
    let changed = FILE
        .replace("[https://portal.test/cb]", "[https://portal.test/cb, https://portal.test/two]")
        .replace("[client.*, audit", "[user.*, audit")
        .replace("    default: true\n    scopes", "    scopes")
        .replace("resource: https://api.test\n", "resource: https://api.test\n    default: true\n    name: The API\n")
        .replace("  - client_id: nightly\n    client_name: Nightly\n    grant_types: [client_credentials]\n    token_endpoint_auth_method: client_secret_basic\n", "");
    write(place, &changed);
    let plan = far("diff");
    assert!(plan.said.contains("name: https://api.test → The API"), "{}", plan.said);
    assert!(
        plan.complained.contains("Not in the file any more: client nightly. --prune"),
        "{}",
        plan.complained
    );
    let applied = far("apply --json").json();
    assert_eq!(
        steps(&applied),
        ["update https://mcp.test/mcp", "update https://api.test/", "update portal", "update siem"]
    );
    assert_eq!(run(place, "client show nightly --json").json()["status"], "enabled");
    let pruned = far("apply --prune --json").json();
    assert_eq!(steps(&pruned), ["remove nightly"]);
    assert_eq!(run(place, "client show nightly --json").json()["status"], "deleted");
    assert_eq!(
        run(place, &format!("client show {other} --json")).json()["status"],
        "enabled",
        "somebody else's stays"
    );
    assert_eq!(steps(&far("apply --prune --json").json()).len(), 0);

    taken_over_and_exported(&away, &other, &far);
    away.stop();
}

/// The second half: what is exported is what is there, and what is taken over.
fn taken_over_and_exported(away: &Away, other: &str, far: &impl Fn(&str) -> Ended) {
    let place = away.path();
    let exported = far("export").good();
    assert!(
        exported.contains("The API") && exported.contains(other) && !exported.contains("gatewright-cli"),
        "{exported}"
    );
    assert!(!exported.contains("admin/v1") && !exported.contains("secret:"), "{exported}");
    write(place, &exported);
    let nothing = far("apply --json").json();
    assert_eq!((steps(&nothing).len(), &nothing["unchanged"]), (0, &json!(6)), "{nothing}\n{exported}");

    // Out of the file, but never made by apply: it stays, unless it was taken over.
    let without = exported.replace(other, "another");
    write(place, &without);
    let made = far("apply --prune --json").json();
    assert_eq!(steps(&made), ["create another"], "{made}");
    write(place, &exported);
    assert_eq!(steps(&far("apply --prune --adopt --json").json()), ["remove another"]);
    write(place, "resources: []\n");
    let removed = far("apply --prune --json").json();
    assert_eq!(steps(&removed).len(), 6, "{removed}");
    assert_eq!(run(place, &format!("client show {other} --json")).json()["status"], "deleted");
    assert_eq!(run(place, "resource show https://api.test --json").json()["status"], "disabled");
}
