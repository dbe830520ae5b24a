//! Real MCP clients against a running server, from discovery to a tool's answer, with a person in
//! a real browser: the official TypeScript, Python and Rust SDKs and the MCP conformance suite.
//!
//! The programs come from `tests/interop/install.sh`.

mod rmcp;
mod script;
mod site;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use gatewright_tests::browser::{Browser, Decision, Outcome, Visit};
use gatewright_tests::tools::{Generation, Tools};
use serde_json::{Value, json};

/// A running server with its demo MCP server, and somebody who can sign in.
pub(crate) struct Site {
    pub(crate) issuer: String,
    pub(crate) mcp_url: String,
    /// A public client with the redirect URI `http://127.0.0.1/callback`.
    pub(crate) client_id: String,
    pub(crate) person: Person,
    #[expect(dead_code, reason = "kept alive, never read")]
    running: site::Running,
}

/// Rotates the server's signing keys so that the next token is signed by a new one.
pub(crate) type Rotate = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Who signs in, what they answer, and how the harness rotates keys meanwhile.
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) decision: Decision,
    pub(crate) rotate: Rotate,
}

impl Person {
    fn visit(&self, url: String) -> Visit {
        Visit {
            url,
            username: self.username.clone(),
            password: self.password.clone(),
            decision: self.decision,
            profile: "person".to_owned(),
            options: Value::Null,
        }
    }
}

const TOOLS: [&str; 3] = ["add_note", "list_notes", "whoami"];

/// What must hold whichever client was driven: the person signed in once, agreed twice (the second
/// time to what was new), and no page had anything to complain about.
fn assert_person_saw_two_honest_flows(visits: &[Outcome]) {
    let kinds: Vec<Vec<&str>> =
        visits.iter().map(|visit| visit.pages.iter().map(|page| page.kind.as_str()).collect()).collect();
    assert_eq!(kinds, [vec!["login", "consent"], vec!["consent"]]);
    for visit in visits {
        assert_eq!(visit.end, "callback");
        assert_eq!(visit.problems, Vec::<String>::new());
        let consent = visit.page("consent").expect("a consent page");
        assert_eq!(consent.focused, "consent-deny", "deny has the focus");
        assert!(
            consent.text.contains("127.0.0.1") || consent.text.contains("this computer"),
            "{}",
            consent.text
        );
    }
}

/// How a client becomes known.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Registration,
    Document,
}

impl By {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            By::Registration => &[],
            By::Document => &["--client-metadata-url", site::DOCUMENT],
        }
    }

    /// The server knows the client by this, and so does the person.
    fn holds(self, client_id: &Value, visits: &[Outcome]) {
        let is_document = client_id == site::DOCUMENT;
        assert_eq!(is_document, self == By::Document, "{client_id}");
        let consent = visits[0].page("consent").expect("a consent page");
        assert_eq!(consent.text.contains("client.test"), is_document, "{}", consent.text);
    }
}

async fn typescript(generation: Generation, by: By) {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let mut command = tools.node("ts-client.mjs");
    command.args([
        "--sdk",
        match generation {
            Generation::One => "1",
            Generation::Two => "2",
        },
    ]);
    command.args(["--mcp-url", &site.mcp_url, "--issuer", &site.issuer]).args(by.arguments());
    let report = script::run(command, &browser, &site.person).await;
    by.holds(&report.step("connect").detail["client_id"], &report.visits);
    assert_eq!(report.step("list").detail, json!(TOOLS));
    assert_person_saw_two_honest_flows(&report.visits);
}

async fn python(generation: Generation, by: By) {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let mut command = tools.python(generation, "python-client.py");
    command.args(["--mcp-url", &site.mcp_url, "--issuer", &site.issuer]).args(by.arguments());
    let report = script::run(command, &browser, &site.person).await;
    by.holds(&report.step("connect").detail["client_id"], &report.visits);
    assert_eq!(report.step("list").detail, json!(TOOLS));
    assert_person_saw_two_honest_flows(&report.visits);
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript_sdk_1_signs_in_refreshes_steps_up_and_survives_a_key_rotation() {
    typescript(Generation::One, By::Registration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript_sdk_2_signs_in_refreshes_steps_up_and_survives_a_key_rotation() {
    typescript(Generation::Two, By::Registration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sdk_1_signs_in_refreshes_steps_up_and_survives_a_key_rotation() {
    python(Generation::One, By::Registration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sdk_2_signs_in_refreshes_steps_up_and_survives_a_key_rotation() {
    python(Generation::Two, By::Registration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript_sdk_1_introduces_itself_by_a_document() {
    typescript(Generation::One, By::Document).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript_sdk_2_introduces_itself_by_a_document() {
    typescript(Generation::Two, By::Document).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sdk_1_introduces_itself_by_a_document() {
    python(Generation::One, By::Document).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sdk_2_introduces_itself_by_a_document() {
    python(Generation::Two, By::Document).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rmcp_introduces_itself_by_a_document() {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let asked = (&browser, &site.person);
    let mut app = rmcp::Application::introduced(&site.mcp_url, asked, Some(site::DOCUMENT)).await;
    app.call("whoami", json!({})).await.expect("an answer");
    app.expire().await;
    app.call("whoami", json!({})).await.expect("an answer after the refresh");
    app.step_up(asked, "add_note", json!({ "text": "written by interop" })).await;
    let token = app.tokens().await["access_token"].as_str().expect("an access token").to_owned();
    By::Document.holds(&gatewright_tests::flows::claims(&token)["client_id"], &app.visits);
    assert_person_saw_two_honest_flows(&app.visits);
}

#[tokio::test(flavor = "multi_thread")]
async fn rmcp_signs_in_refreshes_steps_up_and_survives_a_key_rotation() {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let asked = (&browser, &site.person);
    let mut app = rmcp::Application::connect(&site.mcp_url, &browser, &site.person).await;
    assert_eq!(app.tools().await, TOOLS);
    app.call("whoami", json!({})).await.expect("an answer");

    let before = app.tokens().await;
    app.expire().await;
    app.call("whoami", json!({})).await.expect("an answer after the refresh");
    let after = app.tokens().await;
    assert_ne!(before["access_token"], after["access_token"]);
    assert_ne!(before["refresh_token"], after["refresh_token"]);

    app.step_up(asked, "add_note", json!({ "text": "written by interop" })).await;
    app.call("whoami", json!({})).await.expect("the first scopes are still granted");
    app.call("list_notes", json!({})).await.expect("the first scopes are still granted");

    let old_key = app.key().await;
    (site.person.rotate)().await;
    app.call("whoami", json!({})).await.expect("the old key still verifies");
    app.expire().await;
    app.call("add_note", json!({ "text": "after the rotation" })).await.expect("the new key verifies");
    assert_ne!(app.key().await, old_key);

    assert_person_saw_two_honest_flows(&app.visits);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_the_application_as_access_denied() {
    let (mut site, tools) = (Site::start().await, Tools::find());
    site.person.decision = Decision::Deny;
    let browser = Browser::start(&tools).await;
    let mut command = tools.node("ts-client.mjs");
    command.args(["--decision", "deny", "--mcp-url", &site.mcp_url, "--issuer", &site.issuer]);
    let report = script::run(command, &browser, &site.person).await;
    assert_eq!(report.step("denied").detail["error"], "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mcp_conformance_suite_accepts_the_authorization_server() {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let mut command = tools.node("conformance.mjs");
    command.args(["--issuer", &site.issuer, "--client-id", &site.client_id, "--resource", &site.mcp_url]);
    let report = script::run(command, &browser, &site.person).await;
    for check in
        ["/authorization-server-metadata", "/authorization-server-metadata-cimd", "/authorization-code-grant"]
    {
        assert_eq!(report.step(check).status.as_deref(), Some("SUCCESS"), "{check}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mcp_conformance_suite_accepts_the_demo_server() {
    let (site, tools) = (Site::start().await, Tools::find());
    let browser = Browser::start(&tools).await;
    let mut app = rmcp::Application::connect(&site.mcp_url, &browser, &site.person).await;
    // The suite calls whichever tool is listed first.
    app.step_up((&browser, &site.person), "add_note", json!({ "text": "for the suite" })).await;
    let token = app.tokens().await["access_token"].as_str().expect("an access token").to_owned();
    let mut command = tools.node("conformance.mjs");
    command.args(["--suite", "server", "--mcp-url", &site.mcp_url, "--token", &token]);
    let report = script::run(command, &browser, &site.person).await;
    assert!(report.steps.iter().any(|step| step.status.as_deref() == Some("SUCCESS")));
}
