//! The API against its own description: Schemathesis makes requests from the document, right and wrong ones, and looks
//! at every answer.

use std::process::Stdio;
use std::time::Duration;

use gatewright_tests::World;
use gatewright_tests::tools::Tools;

use super::all_mighty;

/// What every answer must be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";

#[tokio::test(flavor = "multi_thread")]
async fn no_request_made_from_the_description_breaks_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let mut command = Tools::find().schemathesis();
    command
        .args(["run", &world.url("/admin/v1/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {}", root.token)])
        .args(["--checks", CHECKS, "--max-examples", "20", "--seed", "1", "--suppress-health-check", "all"])
        // It would end the key it works with.
        .args(["--exclude-operation-id", "api_keys.rotate", "--exclude-operation-id", "api_keys.revoke"])
        // It cannot write lines (tests/it/admin/imports.rs does).
        .args(["--exclude-operation-id", "users.import"])
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(5), command.output()).await.expect("it ends");
    let output = output.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let cases = said.lines().find(|line| line.contains(" generated, ")).unwrap_or_else(|| panic!("{said}"));
    let count: u32 = cases.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    assert!(count > 500, "{cases}");
    assert_eq!(root.get("/server").await.status, 200, "it still answers");
}
