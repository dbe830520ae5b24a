//! Who may register at all: the modes, and initial access tokens (DC-14; RFC 7591 §3).

use chrono::Duration;
use futures_util::future::join_all;
use gatewright_oauth::Profile;
use gatewright_oauth::secret::{InitialToken as Kind, Token};
use gatewright_server::config::RegistrationMode;
use gatewright_store::Write;
use gatewright_store::initial_tokens::{self, InitialToken};
use gatewright_tests::{CALLBACK, Page, World};
use serde_json::{Value, json};
use uuid::Uuid;

use super::refused;

fn metadata(name: &str) -> Value {
    json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" })
}

async fn invitation(world: &World, most_uses: i64, profile: Profile) -> (Uuid, String) {
    let moment = world.operator();
    let token = InitialToken {
        id: world.app.id(moment.now),
        note: "for a partner".to_owned(),
        profile,
        uses: 0,
        most_uses,
        created_at: moment.now,
        expires_at: moment.now + Duration::days(1),
        revoked_at: None,
    };
    let secret = Token::<Kind>::from_random(world.app.random());
    let done =
        initial_tokens::create(&world.app.store, &token, &secret.digest(), &moment.trace(&world.app)).await;
    assert!(matches!(done.unwrap(), Write::Applied(())));
    (token.id, secret.text().expose().clone())
}

async fn register(world: &World, token: &str, body: &Value) -> Page {
    let request = world.http.post(world.url("/register")).bearer_auth(token).json(body);
    Page::read(request.send().await.unwrap()).await
}

async fn invited_only() -> World {
    World::with(|config| config.registration.mode = RegistrationMode::Token).await
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_14_by_invitation_only_whoever_is_invited_registers() {
    let world = invited_only().await;
    let metadata_document = world.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata_document["registration_endpoint"], world.url("/register"));
    let page = world.post_json("/register", &metadata("A")).await;
    refused(&page, 401, "invalid_token", "nobody invited");
    assert!(page.header("www-authenticate").starts_with("Bearer"), "{:?}", page.headers);
    let (_, token) = invitation(&world, 2, Profile::Mcp).await;
    let page = register(&world, &token, &metadata("A")).await;
    assert_eq!(page.status, 201, "{}", page.body);
    assert!(
        page.json()["registration_access_token"].is_string(),
        "an invited client manages itself: {}",
        page.body
    );
    // What is refused is not counted.
    let bad = json!({ "redirect_uris": ["javascript:alert(1)"] });
    refused(&register(&world, &token, &bad).await, 400, "invalid_redirect_uri", "bad");
    assert_eq!(register(&world, &token, &metadata("B")).await.status, 201);
    refused(&register(&world, &token, &metadata("C")).await, 401, "invalid_token", "used up");
    for nonsense in ["x", "gw_it_x", &token[..token.len() - 1]] {
        refused(&register(&world, nonsense, &metadata("D")).await, 401, "invalid_token", nonsense);
    }
    assert_eq!(world.count("clients").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_for_three_is_for_three_however_many_come_at_once() {
    let world = invited_only().await;
    let (_, token) = invitation(&world, 3, Profile::Mcp).await;
    let bodies: Vec<Value> = (0..20).map(|n| metadata(&format!("Client {n}"))).collect();
    let pages = join_all(bodies.iter().map(|body| register(&world, &token, body))).await;
    assert_eq!(pages.iter().filter(|page| page.status == 201).count(), 3);
    assert_eq!(world.count("clients").await, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends() {
    let world = invited_only().await;
    let (id, revoked) = invitation(&world, 5, Profile::Mcp).await;
    let trace = world.operator().trace(&world.app);
    assert!(matches!(
        initial_tokens::revoke(&world.app.store, id, &trace).await.unwrap(),
        Write::Applied(())
    ));
    refused(&register(&world, &revoked, &metadata("A")).await, 401, "invalid_token", "revoked");
    let (_, late) = invitation(&world, 5, Profile::Mcp).await;
    world.pass(86_401);
    refused(&register(&world, &late, &metadata("A")).await, 401, "invalid_token", "expired");
    assert_eq!(world.count("clients").await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_brings_the_rules_of_its_profile() {
    let world = World::new().await;
    let (_, token) = invitation(&world, 5, Profile::Fapi2).await;
    let page = register(&world, &token, &metadata("Public")).await;
    refused(&page, 400, "invalid_client_metadata", "fapi2 has no public clients");
    let signer = super::Signer::new("x", gatewright_jose::Algorithm::Es256);
    let keyed = json!({ "client_name": "Bank", "redirect_uris": [CALLBACK], "jwks": signer.jwks(),
                        "token_endpoint_auth_method": "private_key_jwt" });
    let page = register(&world, &token, &keyed).await;
    assert_eq!(page.status, 201, "{}", page.body);
    // Nobody chooses a profile for themselves.
    let body = json!({ "client_name": "P", "redirect_uris": [CALLBACK], "profile": "oidc_compat",
                       "token_endpoint_auth_method": "none" });
    let page = world.post_json("/register", &body).await;
    let stored: String = sqlx::query_scalar("SELECT profile FROM clients WHERE id = $1")
        .bind(page.json()["client_id"].as_str().unwrap())
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(stored, "mcp");
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_14_registration_is_open_only_while_a_resource_is() {
    let world = World::new().await;
    assert_eq!(world.post_json("/register", &metadata("A")).await.status, 201);
    for name in [gatewright_tests::MCP, gatewright_tests::OTHER] {
        world.close_to_strangers(name).await;
    }
    gatewright_server::offers::look(world.app.clone()).await.unwrap();
    refused(&world.post_json("/register", &metadata("B")).await, 401, "invalid_token", "closed");
    let found = world.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(found.get("registration_endpoint"), None);
}
