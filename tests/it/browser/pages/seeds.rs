//! The clients and resources that the pages are looked at with.

use gatewright_oauth::Resource;
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_server::config::{Delivery, SignUpMode};
use gatewright_store::{Write, resources};
use gatewright_tests::{Az, World};
use serde_json::json;

/// A verified web app.
pub(super) const DESK: &str = "https://desk.acme.test/cb";
/// A program on this computer; nothing listens there.
pub(super) const LOOPBACK: &str = "http://127.0.0.1:48123/callback";
/// An app with a scheme of its own.
pub(super) const APP: &str = "cursor://anysphere.cursor-retrieval/oauth/callback";
/// `apple`, in Cyrillic letters.
pub(super) const IMITATION: &str = "https://xn--80ak6aa92e.com/cb";
/// A host that is as long as hosts are.
pub(super) const LONG: &str = "https://agents.a-department-with-a-long-name.division-of-things.an-even-longer-organisation-name.example.co.uk/oauth/cb";
/// A server with much to allow.
pub(super) const TICKETS: &str = "https://mcp.tickets.acme.test/v1/workspaces/4711/mcp";

/// A server whose login throttle is quick, and whose mails are shown.
pub(super) async fn world() -> World {
    let world = World::with(|config| {
        config.login.attempts = 3;
        config.mail.delivery = Delivery::Outbox;
        config.login.email_code = true;
        config.sign_up.mode = SignUpMode::Open;
        config.sign_up.domains =
            ["example.com", "example.org"].map(|domain| domain.parse().unwrap()).to_vec();
    })
    .await;
    let desk = json!({ "client_name": "Acme Desk", "redirect_uris": [DESK], "token_endpoint_auth_method": "none",
                       "grant_types": ["authorization_code", "refresh_token"],
                       "post_logout_redirect_uris": ["https://desk.acme.test/bye"] });
    world.add_client("desk", desk.clone()).await;
    world.add_client("desk2", desk).await;
    let scope = |name: &str, description: &str, dangerous| ScopeText {
        name: name.to_owned(),
        description: description.to_owned(),
        default: true,
        dangerous,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    };
    let tickets = Resource::new(NewResource {
        id: world.app.id(world.operator().now),
        identifier: TICKETS.to_owned(),
        name: Some("Acme Tickets".to_owned()),
        scopes: vec![
            scope("tickets:read", "Read all tickets of your workspace, with their comments", false),
            scope("tickets:write", "Write tickets and comments in your name", false),
            scope("tickets:delete", "Delete tickets for good, including those of other people", true),
            scope(
                "people:read",
                "See the people of your workspace: names, addresses, and when they are at work",
                false,
            ),
            scope("files:read", "Open attachments", false),
            scope("billing:charge", "Spend money: order add-ons that your organisation is billed for", true),
            scope(
                "a:scope:whose:name:is:very:long:and:which:nobody:explained:because:why:would:one",
                "",
                false,
            ),
        ],
        token: TokenSettings::default(),
        is_default: false,
        open_to: OpenTo::AnyClient,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    })
    .unwrap();
    let trace = world.operator().trace(&world.app);
    assert!(matches!(resources::add(&world.app.store, &tickets, &trace).await.unwrap(), Write::Applied(())));
    world
}

/// A request of a client that registers itself now.
pub(super) async fn stranger(world: &World, name: &str, redirect_uri: &str) -> Az {
    let metadata =
        json!({ "client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none" });
    let registered = world.post_json("/register", &metadata).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    Az::to(registered.json()["client_id"].as_str().unwrap(), redirect_uri)
}
