//! A client reads, changes and ends its own registration (RFC 7592; DC-08, DC-09).

use gatewright_tests::{Agent, Az, CALLBACK, Page, Tokens, VERIFIER, World};
use http::Method;
use serde_json::{Value, json};

use super::refused;

/// What a registration gave.
struct Registered {
    id: String,
    uri: String,
    token: String,
    secret: String,
}

fn metadata() -> Value {
    json!({ "client_name": "Managed", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post" })
}

async fn registered(world: &World) -> Registered {
    let page = world.post_json("/register", &metadata()).await;
    assert_eq!(page.status, 201, "{}", page.body);
    Registered::of(&page)
}

impl Registered {
    fn of(page: &Page) -> Registered {
        let body = page.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Registered {
            id: text("client_id"),
            uri: text("registration_client_uri"),
            token: text("registration_access_token"),
            secret: text("client_secret"),
        }
    }

    async fn send(&self, world: &World, method: Method, token: Option<&str>, body: Option<&Value>) -> Page {
        let mut request = world.http.request(method, &self.uri);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Page::read(request.send().await.unwrap()).await
    }

    async fn tokens(&self, world: &World) -> Tokens {
        let code = world.code(&Az::of(&self.id)).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.id),
            ("client_secret", &self.secret),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        Tokens::of(&world.post("/token", &fields).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_read_changed_and_ended_by_its_client() {
    let world = World::new().await;
    let client = registered(&world).await;
    assert_eq!(client.uri, world.url(&format!("/register/{}", client.id)));
    let read = client.send(&world, Method::GET, Some(&client.token), None).await;
    assert_eq!(read.status, 200, "{}", read.body);
    assert_eq!(read.json()["client_name"], "Managed");
    for once in ["client_secret", "registration_access_token"] {
        assert_eq!(read.json().get(once), None, "{once} is seen once (CA-16)");
    }
    let mut changed = metadata();
    changed["client_name"] = "Managed Well".into();
    changed["client_id"] = client.id.clone().into();
    let page = client.send(&world, Method::PUT, Some(&client.token), Some(&changed)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.json()["client_name"], "Managed Well");
    let after = Registered { secret: client.secret.clone(), ..Registered::of(&page) };
    assert_ne!(after.token, client.token, "the token changes with every update");
    refused(
        &client.send(&world, Method::GET, Some(&client.token), None).await,
        401,
        "invalid_token",
        "the old token",
    );
    let tokens = after.tokens(&world).await;
    assert!(world.is_active(&tokens.access).await);
    let ended = after.send(&world, Method::DELETE, Some(&after.token), None).await;
    assert_eq!((ended.status.as_u16(), ended.body.as_str()), (204, ""));
    // It is gone, with everything that was granted to it, and does not come back.
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = (method == Method::PUT).then(metadata);
        let page = after.send(&world, method, Some(&after.token), body.as_ref()).await;
        refused(&page, 401, "invalid_token", "ended");
    }
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh()),
        ("client_id", &after.id),
        ("client_secret", &after.secret),
    ];
    refused(&world.post("/token", &fields).await, 401, "invalid_client", "ended");
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    assert!(!world.is_active(&tokens.access).await);
    let mut agent: Agent = world.agent();
    assert_eq!(world.authorize(&mut agent, &Az::of(&after.id)).await.data_error(), Some("invalid_client"));
    assert_eq!(world.events("client.deleted").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_08_an_update_is_judged_like_a_registration() {
    let world = World::new().await;
    let client = registered(&world).await;
    let before = client.send(&world, Method::GET, Some(&client.token), None).await.json();
    let cases = [
        ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["http://evil.test/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("jwks_uri", json!("http://keys.test/"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("client_secret_jwt"), "invalid_client_metadata"),
        ("client_id", json!("pub1"), "invalid_client_metadata"),
        ("registration_access_token", json!("x"), "invalid_client_metadata"),
        ("client_secret_expires_at", json!(0), "invalid_client_metadata"),
    ];
    for (member, value, code) in cases {
        let mut body = metadata();
        body[member] = value.clone();
        let page = client.send(&world, Method::PUT, Some(&client.token), Some(&body)).await;
        refused(&page, 400, code, &format!("{member}: {value}"));
    }
    let after = client.send(&world, Method::GET, Some(&client.token), None).await.json();
    assert_eq!(before, after, "nothing of it was taken, and the token is still the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_08_another_way_in_ends_what_was_granted() {
    let world = World::new().await;
    let client = registered(&world).await;
    let tokens = client.tokens(&world).await;
    let mut body = metadata();
    body["token_endpoint_auth_method"] = "none".into();
    let page = client.send(&world, Method::PUT, Some(&client.token), Some(&body)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!world.is_active(&tokens.access).await);
    let page = world.refresh(&client.id, tokens.refresh()).await;
    refused(&page, 400, "invalid_grant", "a refresh token that was bound to a secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_09_a_management_token_manages_its_client_and_no_other() {
    let world = World::new().await;
    let (one, two) = (registered(&world).await, registered(&world).await);
    assert_ne!(one.id, two.id);
    let foreign = [Some(two.token.as_str()), Some(one.secret.as_str()), Some("x"), None];
    for token in foreign {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = (method == Method::PUT).then(metadata);
            let page = one.send(&world, method, token, body.as_ref()).await;
            refused(&page, 401, "invalid_token", "foreign");
            assert!(page.header("www-authenticate").starts_with("Bearer"), "{:?}", page.headers);
        }
    }
    // Clients that are not managed by anybody have no token that fits.
    for id in ["pub1", "conf1", "c_nobody", "https://client.test/c.json"] {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let stranger = Registered { uri: world.url(&format!("/register/{id}")), ..registered(&world).await };
        let page = stranger.send(&world, Method::DELETE, Some(&one.token), None).await;
        assert!(page.status == 401 || page.status == 400, "{id}: {} {}", page.status, page.body);
    }
    assert_eq!(world.events("client.deleted").await + world.events("client.updated").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_updates_at_once_are_one() {
    let world = World::new().await;
    let client = registered(&world).await;
    let body = metadata();
    let sends = (0..10).map(|_| client.send(&world, Method::PUT, Some(&client.token), Some(&body)));
    let pages = futures_util::future::join_all(sends).await;
    assert_eq!(pages.iter().filter(|page| page.status == 200).count(), 1);
    assert_eq!(world.events("client.updated").await, 1);
}
