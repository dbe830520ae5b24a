//! What the clients meet: a whole server, its demo MCP server, and somebody with an account.

use std::sync::Arc;

use gatewright_cli::demo::{self, Meant};
use gatewright_cli::listen::Listening;
use gatewright_jose::Algorithm;
use gatewright_server::Config;
use gatewright_server::config::DocumentMode;
use gatewright_server::keys::{flow, rotation};
use gatewright_store::signing_keys::{self, KeyState};
use gatewright_store::{Write, resources};
use gatewright_tests::browser::Decision;
use gatewright_tests::internet::{self, Reply};
use gatewright_tests::{PASSWORD, World};
use serde_json::json;
use tokio::net::TcpListener;

use super::{Person, Site};

/// The metadata document of clients that have one. Only the server looks at it.
pub(super) const DOCUMENT: &str = "https://client.test/client.json";

/// Documents are used, and their host has a certificate the server knows.
fn believing(config: &mut Config) {
    config.documents.mode = DocumentMode::On;
    config.fetch.ca_file = Some(internet::authority());
}

/// What has to live as long as the site.
pub(crate) struct Running {
    _world: Arc<World>,
    _demo: Listening,
}

impl Site {
    /// Starts both servers.
    pub(crate) async fn start() -> Site {
        let world = Arc::new(World::with(believing).await);
        let document = json!({
            "client_id": DOCUMENT, "client_name": "Interop", "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        let host = world.internet.site("client.test").await;
        host.serve("/client.json", Reply::json(&document));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mcp_url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let operator = world.operator();
        let resource = demo::resource(world.app.id(operator.now), &mcp_url, Meant::ByName).unwrap();
        let added = resources::add(&world.app.store, &resource, &operator.trace(&world.app)).await.unwrap();
        assert!(matches!(added, Write::Applied(())));
        let redirects = ["http://127.0.0.1/callback"];
        world
            .add_client(
                "conformance",
                json!({ "client_name": "Conformance", "redirect_uris": redirects,
                        "token_endpoint_auth_method": "none" }),
            )
            .await;
        let demo = demo::serve([listener], &mcp_url, &world.issuer).unwrap();
        let rotating = world.clone();
        Site {
            issuer: world.issuer.clone(),
            mcp_url,
            client_id: "conformance".to_owned(),
            person: Person {
                username: "alice".to_owned(),
                password: PASSWORD.to_owned(),
                decision: Decision::Approve,
                rotate: Arc::new(move || Box::pin(rotate(rotating.clone()))),
            },
            running: Running { _world: world, _demo: demo },
        }
    }
}

/// Publishes the next key and lets it take over at once.
async fn rotate(world: Arc<World>) {
    let moment = world.operator();
    rotation::publish_next(&world.app, &moment, Algorithm::Es256).await.unwrap();
    let keys = signing_keys::list(&world.app.store).await.unwrap();
    let next = keys.iter().find(|key| key.state == KeyState::Next).unwrap();
    let promoted =
        signing_keys::promote(&world.app.store, &next.kid, &moment.trace(&world.app)).await.unwrap();
    assert!(matches!(promoted, Write::Applied(())));
    flow::reload(world.app.clone()).await.unwrap();
}
