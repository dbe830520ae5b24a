//! openid-client as the device.

use std::process::Stdio;
use std::time::Duration;

use gatewright_tests::tools::Tools;
use gatewright_tests::world::MCP;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use super::{allow, enter, signed_in, world};

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_gets_tokens_while_a_person_answers_on_the_page() {
    let world = world().await;
    let mut node = Tools::find().node("openid-client.mjs");
    node.args(["--issuer", &world.issuer, "--client-id", "tv1", "--resource", MCP]);
    node.args(["--scope", "mcp:read mcp:write"]);
    let mut child =
        node.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("node starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut steps = Vec::new();
    let talk = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if let Some(open) = line["open"].as_str() {
                let mut alice = signed_in(&world, "alice").await;
                let form = alice.get(open).await;
                let code = line["code"].as_str().unwrap();
                assert!(form.body.contains(code), "{}", form.body);
                let question = enter(&mut alice, code).await;
                let done =
                    allow(&world, &mut alice, &question, &[("allow", "mcp:write"), ("for", "day")]).await;
                assert!(done.body.contains("device-done"), "{}", done.body);
            } else {
                assert_eq!(line["ok"], true, "{line}");
                steps.push(line);
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), talk).await.expect("it ends in time");
    let mut noise = String::new();
    child.stderr.take().unwrap().read_to_string(&mut noise).await.unwrap();
    assert!(child.wait().await.unwrap().success(), "{steps:?} {noise}");
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["ask", "poll", "refresh"]);
    let last = &steps[2]["detail"];
    assert_eq!(last["scope"], "mcp:read mcp:write");
    assert!(world.is_active(last["access_token"].as_str().unwrap()).await);
}
