//! The API against its own description: Schemathesis makes requests from the document, right and wrong ones, and looks
//! at every answer.
//!
//! It tries everything, so sooner or later it disables whoever it is, or revokes its own key. Then it asks for another
//! token (`tests/interop/schemathesis_hooks.py`), and goes on.
//!
//! Every operation is tried by both: a program with a key that holds everything, and an owner who signed in. Whatever
//! they did before, an owner signs in again and goes on: no request shuts the door to the API itself.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use gatewright_oauth::secret::Secret;
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::admin::Scope;
use gatewright_store::Write;
use gatewright_store::users::Role;
use gatewright_tests::tools::Tools;
use gatewright_tests::{PASSWORD, World};
use serde_json::json;
use tokio::net::TcpListener;

use super::{all_mighty, person_at};

/// What every answer must be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";

/// What is tried: the examples, each rule of the description kept and broken, what is made up, and chains of requests
/// that make things and then change them.
const PHASES: &str = "examples,coverage,fuzzing,stateful";

/// Who asks.
#[derive(Clone, Copy)]
enum As {
    Owner,
    Program,
}

/// A token of somebody new: an owner who signs in with an app, by this server's own flow, or a program's key.
async fn token(world: &World, who: As) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    match who {
        As::Program => all_mighty(world).await.token,
        As::Owner => {
            let (name, app) = (format!("owner{number}"), format!("desk{number}"));
            let account = NewAccount {
                username: name.clone(),
                email: None,
                display_name: None,
                locale: None,
                role: Some(Role::Owner),
                password: Secret::new(PASSWORD.to_owned()),
            };
            let made = accounts::create(&world.app, &world.operator(), account).await.unwrap();
            assert!(matches!(made, Write::Applied(_)));
            let metadata = json!({ "client_name": app, "redirect_uris": [gatewright_tests::CALLBACK],
                                   "grant_types": ["authorization_code", "refresh_token"],
                                   "token_endpoint_auth_method": "none" });
            world.add_client(&app, metadata).await;
            person_at(world, (&app, &name), Scope::ALL).await.token
        }
    }
}

/// Asks for everything there is, and says how many tokens it took.
async fn hammer(world: World, who: As) -> u32 {
    let (world, given) = (Arc::new(world), Arc::new(AtomicU32::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tokens = format!("http://{}/", listener.local_addr().unwrap());
    let (server, count) = (Arc::clone(&world), Arc::clone(&given));
    let well = Router::new().route(
        "/",
        get(move || async move {
            count.fetch_add(1, Ordering::Relaxed);
            token(&server, who).await
        }),
    );
    let well = tokio::spawn(async move { axum::serve(listener, well).await.unwrap() });
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/schemathesis_hooks.py");
    let mut command = Tools::find().schemathesis();
    command
        .args(["run", &world.url("/admin/v1/openapi.json")])
        .args(["--phases", PHASES])
        .args(["--checks", CHECKS, "--max-examples", "20", "--seed", "1", "--suppress-health-check", "all"])
        .envs([("SCHEMATHESIS_HOOKS", hooks.as_os_str()), ("GATEWRIGHT_TOKENS", tokens.as_ref())])
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(10), command.output()).await.expect("it ends");
    well.abort();
    let output = output.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let cases = said.lines().find(|line| line.contains(" generated, ")).unwrap_or_else(|| panic!("{said}"));
    let count: u32 = cases.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    let given = given.load(Ordering::Relaxed);
    assert!(count > 500 && given < count / 20, "{given} tokens, {cases}");
    assert_eq!(world.get("/jwks").await.status, 200, "it still answers");
    given
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_made_from_the_description_breaks_it() {
    assert!(hammer(World::new().await, As::Program).await >= 1);
}

/// An owner with a token of this server's own flow, at a server whose database role only adds events (AU-02): there is
/// no operation that would have to change them.
#[tokio::test(flavor = "multi_thread")]
async fn au_02_an_owner_can_do_everything_and_no_request_breaks_it() {
    assert!(hammer(World::served_by_a_role().await, As::Owner).await >= 1);
}
