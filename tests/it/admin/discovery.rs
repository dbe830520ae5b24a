//! A server is asked what it is.

use gatewright_server::admin::Scope;
use gatewright_tests::World;
use gatewright_tests::internet::{self, Reply, Site};
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, program, refused};

const URL: &str = "https://notes.test/mcp";
const PLACE: &str = "/.well-known/oauth-protected-resource/mcp";

async fn world() -> World {
    World::with(|config| config.fetch.ca_file = Some(internet::authority())).await
}

fn document(world: &World) -> Value {
    json!({ "resource": URL, "resource_name": "Notes", "authorization_servers": [world.issuer],
            "scopes_supported": ["openid", "notes:read", "notes:write"] })
}

async fn site(world: &World) -> Site {
    let site = world.internet.site("notes.test").await;
    let challenge = Reply::text("text/plain", "who are you?").status(401).header(
        "www-authenticate",
        "Bearer resource_metadata=\"https://notes.test/about\", scope=\"notes:read\"",
    );
    site.serve("/mcp", challenge);
    site.serve("/about", Reply::json(&document(world)));
    site
}

async fn asked(root: &Caller<'_>, body: Value) -> gatewright_tests::Page {
    root.post("/resources/discover", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_what_it_is_and_is_added_if_that_is_wanted() {
    let world = world().await;
    let root = all_mighty(&world).await;
    let site = site(&world).await;
    let (before, events) = (world.count("resources").await, world.events("resource.created").await);
    let found = done(&asked(&root, json!({ "url": URL })).await, 200);
    assert_eq!(found["document"], "https://notes.test/about");
    assert_eq!(
        (&found["names_this_server"], &found["challenge_scopes"]),
        (&json!(true), &json!(["notes:read"]))
    );
    assert_eq!(found["proposal"]["name"], "Notes");
    let scopes = found["proposal"]["scopes"].as_array().unwrap();
    let scopes: Vec<_> =
        scopes.iter().map(|one| (one["name"].as_str().unwrap(), one["default"] == true)).collect();
    assert_eq!(scopes, [("notes:read", true), ("notes:write", false)], "openid is ours");
    assert_eq!((found.get("added"), found.get("known")), (None, None));
    assert_eq!(world.count("resources").await, before);

    // What it proposes can be sent as it is; or it is added at once.
    let dry = root.post("/resources?dry_run=true", &found["proposal"]).await;
    assert_eq!(dry.status, 201, "{}", dry.body);
    let dry = root.post("/resources/discover?dry_run=true", &json!({ "url": URL, "add": true })).await;
    assert_eq!((dry.status.as_u16(), world.count("resources").await), (200, before), "{}", dry.body);
    let added = done(&asked(&root, json!({ "url": URL, "add": true })).await, 200)["added"].clone();
    assert_eq!(added["resource"], URL);
    assert_eq!(world.events("resource.created").await, events + 1);
    refused(&asked(&root, json!({ "url": URL, "add": true })).await, 409, "taken");
    assert_eq!(done(&asked(&root, json!({ "url": URL })).await, 200)["known"], added["id"]);

    // Without a challenge it is where it belongs; and somebody else's servers are told.
    site.serve("/mcp", Reply::text("text/plain", "hello"));
    let mut other = document(&world);
    other["authorization_servers"] = json!(["https://other.test"]);
    site.serve(PLACE, Reply::json(&other));
    let found = done(&asked(&root, json!({ "url": URL })).await, 200);
    assert_eq!(found["document"], format!("https://notes.test{PLACE}"));
    assert_eq!(found["names_this_server"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_cannot_speak_for_another() {
    let world = world().await;
    let root = all_mighty(&world).await;
    let site = site(&world).await;
    let elsewhere = "Bearer resource_metadata=\"https://evil.test/about\"";
    site.serve("/mcp", Reply::text("text/plain", "").status(401).header("www-authenticate", elsewhere));
    refused(&asked(&root, json!({ "url": URL })).await, 409, "unusable_metadata");
    site.serve("/mcp", Reply::text("text/plain", ""));
    for (about, reply) in [
        ("another server", Reply::json(&json!({ "resource": "https://evil.test/mcp" }))),
        ("no document", Reply::text("application/json", "{")),
        ("a page", Reply::text("text/html", "<p>")),
        ("too large", Reply::text("application/json", &" ".repeat(70_000))),
    ] {
        site.serve(PLACE, reply);
        let page = asked(&root, json!({ "url": URL })).await;
        assert_eq!(page.status, 409, "{about}: {}", page.body);
    }
    site.serve(PLACE, Reply::text("text/plain", "").status(404));
    let page = asked(&root, json!({ "url": URL })).await;
    refused(&page, 409, "unusable_metadata");
    assert!(page.body.contains(PLACE), "{}", page.body);
}

/// CI-01 by an administrator's hand: nobody is asked whom strangers could not have asked.
#[tokio::test(flavor = "multi_thread")]
async fn ci_01_discovery_reaches_no_private_address() {
    let world = world().await;
    let root = all_mighty(&world).await;
    world.internet.name("inside.test", &[&["10.0.0.1".parse().unwrap()]]);
    for url in [
        "https://inside.test/mcp",
        "https://127.0.0.1/mcp",
        "https://[::1]/mcp",
        "https://169.254.169.254/mcp",
    ] {
        let page = asked(&root, json!({ "url": url })).await;
        assert!([400, 409].contains(&page.status.as_u16()), "{url}: {}", page.body);
    }
    refused(&asked(&root, json!({ "url": "https://inside.test/mcp" })).await, 409, "unreachable");
    refused(&asked(&root, json!({ "url": "nonsense" })).await, 400, "invalid_request");
    assert_eq!(world.internet.asked(), []);
    let reader = program(&world, &[Scope::ResourcesRead]).await;
    refused(&asked(&reader, json!({ "url": URL })).await, 403, "insufficient_scope");
}
