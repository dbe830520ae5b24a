//! Who may call, and what each may.

use gatewright_server::admin::operation::{Gives, Method as Verb, Takes, Wants};
use gatewright_server::admin::{Operation, Scope, operations, scope};
use gatewright_store::users::Role;
use gatewright_tests::{Page, World};
use reqwest::Method;
use serde_json::json;

use super::{Caller, all_mighty, example, person, program, program_of, promote, refused, sent};

/// Asks for an operation at a path that exists for its shape only.
async fn ask(caller: &Caller<'_>, operation: &Operation) -> Page {
    let path =
        operation.path.replace("{id}", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e").replace("{client}", "nobody");
    let path = path.replace("{delivery}", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e");
    let path = path.replace("{identity}", "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e");
    let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
    let mut request = caller
        .request(method, &format!("{path}{}", if operation.method.reads() { "" } else { "?dry_run=true" }));
    let body = example(operation.id);
    if !body.is_null() {
        request = request.json(&body);
    }
    if let Takes::Lines(_) = operation.takes {
        request = request.header("content-type", "application/jsonl");
    }
    sent(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_03_without_a_token_nobody_is_anybody_whatever_they_send() {
    let world = World::new().await;
    for operation in operations::all() {
        for token in ["gw_ak_x", "eyJ.x.y", "x"] {
            let page = ask(&Caller { world: &world, token: token.to_owned() }, operation).await;
            refused(&page, 401, "unauthenticated");
            assert!(page.header("www-authenticate").contains("invalid_token"), "{}", operation.id);
        }
    }
    let url = world.url("/admin/v1/users");
    let alice = world.user("alice").await;
    let body =
        json!({ "username": "eve", "password": "a long enough password", "user_id": alice, "role": "owner" });
    let page = sent(world.http.post(&url).json(&body)).await;
    refused(&page, 401, "unauthenticated");
    // Nothing was sent to be wrong about (RFC 6750 section 3.1); where to find out more is (RFC 9728 section 5.1).
    let metadata = "/.well-known/oauth-protected-resource/admin/v1";
    let expected = format!("Bearer resource_metadata=\"{}\"", world.url(metadata));
    assert_eq!(page.header("www-authenticate"), expected);
    let described = world.get(metadata).await.json();
    assert_eq!(described["resource"], world.url("/admin/v1"));
    assert_eq!(described["authorization_servers"], json!([world.issuer]));
    assert_eq!(sent(world.http.get(&url).header("cookie", "x=y")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_every_route_takes_its_scope_and_no_other_will_do() {
    let world = World::new().await;
    for operation in operations::all() {
        let others: Vec<Scope> =
            Scope::ALL.iter().copied().filter(|scope| *scope != operation.scope).collect();
        let page = ask(&program(&world, &others).await, operation).await;
        refused(&page, 403, "insufficient_scope");
        let challenge = page.header("www-authenticate");
        assert!(challenge.contains(&format!("scope=\"{}\"", operation.scope.as_str())), "{challenge}");
        let page = ask(&program(&world, &[operation.scope]).await, operation).await;
        assert!(![401, 500, 503].contains(&page.status.as_u16()), "{}: {}", operation.id, page.body);
        // What only reads is what readers may. Several changes take the scopes of each of them.
        let reads = operation.method.reads() || matches!(operation.gives, Gives::Each);
        assert_eq!(reads, operation.scope.reads(), "{}", operation.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_each_role_sees_exactly_what_it_should() {
    let world = World::new().await;
    for role in Role::ALL {
        promote(&world, "alice", *role).await;
        let caller = person(&world, "alice", Scope::ALL).await;
        for operation in operations::all() {
            let page = ask(&caller, operation).await;
            let may = scope::of(*role).contains(operation.scope.as_str());
            assert_eq!(
                page.body.contains("\"insufficient_scope\""),
                !may,
                "{role:?} {}: {}",
                operation.id,
                page.body
            );
        }
        // The next role needs a consent for the same scopes only.
    }
    // No role, no scopes; and the token from before is worth nothing at once.
    let owner = person(&world, "alice", Scope::ALL).await;
    let operator = world.operator();
    let id = world.user("alice").await;
    gatewright_store::users::set_role(
        &world.app.store,
        id,
        (Some(Role::Auditor), None),
        &operator.trace(&world.app),
    )
    .await
    .unwrap()
    .applied()
    .unwrap();
    refused(&owner.get("/users").await, 403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_04_tokens_for_anything_else_are_nobody_here() {
    let world = World::new().await;
    promote(&world, "alice", Role::Owner).await;
    let user = Caller { world: &world, token: world.tokens().await.access };
    let page = user.get("/users").await;
    refused(&page, 401, "unauthenticated");
    assert!(page.body.contains("another resource"), "{}", page.body);

    // A client that speaks for itself, with everything a token can say.
    let resource = world.app.config.url("/admin/v1");
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", resource.as_str()),
        ("scope", "admin:users.read"),
    ];
    let metadata = json!({ "client_name": "Machine", "grant_types": ["client_credentials"], "response_types": [],
                           "token_endpoint_auth_method": "client_secret_basic", "scope": "admin:users.read" });
    world.add_client("machine", metadata).await;
    let machine = world.post_as("machine", "/token", &fields).await;
    assert_eq!(machine.status, 200, "{}", machine.body);
    let token = machine.json()["access_token"].as_str().unwrap().to_owned();
    let page = Caller { world: &world, token }.get("/users").await;
    refused(&page, 401, "unauthenticated");
    assert!(page.body.contains("no person behind it"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_04_clients_that_registered_themselves_cannot_ask_for_it() {
    let world = World::new().await;
    let body = json!({ "client_name": "Friendly", "redirect_uris": ["https://evil.test/cb"], "token_endpoint_auth_method": "none" });
    let id = world.post_json("/register", &body).await.json()["client_id"].as_str().unwrap().to_owned();
    let az = gatewright_tests::Az::to(&id, "https://evil.test/cb")
        .set("resource", &world.app.config.url("/admin/v1"))
        .set("scope", "admin:users.read");
    let page = world.authorize(&mut world.agent(), &az).await;
    assert!(!page.body.contains("id=\"login-form\""), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_09_a_key_ends_when_it_is_revoked_or_over_and_a_person_when_they_are_disabled() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let made =
        root.post("/api-keys", &json!({ "name": "robot", "scopes": ["admin:server.read"], "days": 1 })).await;
    let key = super::done(&made, 201);
    let robot = Caller { world: &world, token: key["secret"].as_str().unwrap().to_owned() };
    assert_eq!(robot.get("/server").await.status, 200);
    world.pass(86_401);
    refused(&robot.get("/server").await, 401, "unauthenticated");

    let made = root.post("/api-keys", &json!({ "name": "robot", "scopes": ["admin:server.read"] })).await;
    let key = super::done(&made, 201);
    let robot = Caller { world: &world, token: key["secret"].as_str().unwrap().to_owned() };
    assert_eq!(robot.get("/caller").await.json()["actor"], format!("key:{}", key["id"].as_str().unwrap()));
    assert_eq!(root.delete(&format!("/api-keys/{}", key["id"].as_str().unwrap())).await.status, 204);
    refused(&robot.get("/server").await, 401, "unauthenticated");

    promote(&world, "alice", Role::Owner).await;
    let alice = person(&world, "alice", Scope::ALL).await;
    assert_eq!(alice.get("/caller").await.json()["role"], "owner");
    world.disable_user("alice").await;
    world.pass(2);
    refused(&alice.get("/caller").await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_has_two_secrets_for_a_while() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let key = super::done(&root.post("/api-keys", &example("api_keys.create")).await, 201);
    let path = format!("/api-keys/{}/rotate", key["id"].as_str().unwrap());
    let rotated = super::done(&root.post(&path, &json!({ "overlap_hours": 1 })).await, 200);
    let with =
        |key: &serde_json::Value| Caller { world: &world, token: key["secret"].as_str().unwrap().to_owned() };
    assert_eq!(with(&key).get("/server").await.status, 200);
    assert_eq!(with(&rotated).get("/server").await.status, 200);
    world.pass(3601);
    refused(&with(&key).get("/server").await, 401, "unauthenticated");
    assert_eq!(with(&rotated).get("/server").await.status, 200);
    let shown = root.get(&format!("/api-keys/{}", key["id"].as_str().unwrap())).await;
    assert!(shown.json()["last_used_at"].is_string() && !shown.body.contains("gw_ak_"), "{}", shown.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_bound_to_its_networks() {
    let world = World::new().await;
    let here =
        program_of(&world, &[Scope::ServerRead], |key| key.networks = vec!["127.0.0.0/8".to_owned()]).await;
    let elsewhere =
        program_of(&world, &[Scope::ServerRead], |key| key.networks = vec!["10.0.0.0/8".to_owned()]).await;
    assert_eq!(here.get("/server").await.status, 200);
    refused(&elsewhere.get("/server").await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_nobody_gives_what_they_do_not_hold() {
    let world = World::new().await;
    let some =
        program(&world, &[Scope::ApiKeysWrite, Scope::ServerRead, Scope::UsersWrite, Scope::UsersRead]).await;
    let asked = json!({ "name": "more", "scopes": ["admin:server.read", "admin:keys.write"] });
    let page = some.post("/api-keys", &asked).await;
    refused(&page, 403, "beyond_your_own");
    assert!(
        page.body.contains("admin:keys.write") && !page.body.contains("admin:server.read"),
        "{}",
        page.body
    );

    // A key that may more than its rotator cannot be taken over by rotating it.
    let strong = super::done(
        &all_mighty(&world)
            .await
            .post("/api-keys", &json!({ "name": "strong", "scopes": ["admin:keys.write"] }))
            .await,
        201,
    );
    let path = format!("/api-keys/{}/rotate", strong["id"].as_str().unwrap());
    refused(&some.post(&path, &json!({})).await, 403, "beyond_your_own");

    // Nor can an owner's password be set, or an owner be made, by somebody who is none.
    let owner = promote(&world, "alice", Role::Owner).await;
    let body = example("users.set_password");
    refused(&some.put(&format!("/users/{owner}/password"), &body).await, 403, "beyond_your_own");
    refused(&some.act(&format!("/users/{owner}/disable")).await, 403, "beyond_your_own");
    let mallory = world.user("mallory").await;
    assert_eq!(some.put(&format!("/users/{mallory}/password"), &body).await.status, 204);
    let asked = json!({ "username": "carol", "password": "a long enough password", "role": "auditor" });
    refused(&some.post("/users", &asked).await, 403, "insufficient_scope");
    promote(&world, "mallory", Role::Admin).await;
    let admin = person(&world, "mallory", Scope::ALL).await;
    refused(
        &admin.put(&format!("/users/{mallory}/role"), &json!({ "role": "owner" })).await,
        403,
        "insufficient_scope",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_takes_a_recent_sign_in() {
    let world = World::new().await;
    promote(&world, "alice", Role::Owner).await;
    let alice = person(&world, "alice", Scope::ALL).await;
    let recent: Vec<&Operation> =
        operations::all().filter(|operation| operation.wants == Wants::Recent).collect();
    assert!(recent.iter().all(|operation| operation.method != Verb::Get) && recent.len() >= 5);
    // The token is refreshed, the sign-in is not.
    world.pass(9 * 60);
    for operation in &recent {
        assert_ne!(
            ask(&alice, operation).await.json()["code"],
            "insufficient_user_authentication",
            "{}",
            operation.id
        );
    }
    let late = world.app.config.url("/admin/v1");
    let tokens = {
        let scopes: Vec<&str> = recent.iter().map(|operation| operation.scope.as_str()).collect();
        let az = gatewright_tests::Az::of("pub1").set("resource", &late).set("scope", &scopes.join(" "));
        let mut agent = world.agent();
        let back = world.approve(&mut agent, &az, "alice").await;
        gatewright_tests::flows::Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await)
    };
    world.pass(16 * 60);
    let refreshed = world.refresh("pub1", tokens.refresh()).await.json();
    let stale = Caller { world: &world, token: refreshed["access_token"].as_str().unwrap().to_owned() };
    for operation in recent {
        let page = ask(&stale, operation).await;
        refused(&page, 401, "insufficient_user_authentication");
        let challenge = page.header("www-authenticate");
        assert!(
            challenge.contains("error=\"insufficient_user_authentication\"")
                && challenge.contains("max_age=\"900\""),
            "{challenge}"
        );
    }
    refused(&stale.get("/server").await, 403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_05_no_page_can_call_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let page = sent(root.request(Method::GET, "/server").header("origin", "https://evil.test")).await;
    assert_eq!(page.status, 200);
    assert!(!page.headers.contains_key("access-control-allow-origin"));
    let preflight = world.http.request(Method::OPTIONS, world.url("/admin/v1/server"));
    let page =
        sent(preflight.header("origin", "https://evil.test").header("access-control-request-method", "GET"))
            .await;
    assert!(
        !page.headers.contains_key("access-control-allow-origin") && page.status != 200,
        "{}",
        page.status
    );
}

/// The first owner is made at the command line. Nothing on the network makes one, whoever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn ad_08_a_fresh_server_has_no_door_for_the_first_to_come() {
    let world = World::fresh().await;
    let before = world.count("users").await;
    let nobody = Caller { world: &world, token: "first".to_owned() };
    for operation in operations::all() {
        refused(&ask(&nobody, operation).await, 401, "unauthenticated");
    }
    assert_eq!((world.count("users").await, world.count("api_keys").await), (before, 0));
    let mighty: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE role IS NOT NULL")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(mighty, 0);
}

/// The consent page tells the truth: nobody is asked for what they do not have.
#[tokio::test(flavor = "multi_thread")]
async fn ad_01_people_are_asked_for_what_their_role_has() {
    let world = World::new().await;
    let resource = world.app.config.url("/admin/v1");
    let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let az = gatewright_tests::Az::of("pub1").set("resource", &resource).set("scope", &all.join(" "));
    let page = {
        let mut agent = world.agent();
        let login = world.authorize(&mut agent, &az).await;
        world.log_in(&mut agent, &login, "mallory").await
    };
    assert!(
        page.data_error().is_some() && page.body.contains("no part in the administration"),
        "{}",
        page.body
    );
    promote(&world, "mallory", Role::Auditor).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &az).await;
    let page = world.log_in(&mut agent, &login, "mallory").await;
    for scope in Scope::ALL {
        let is_asked = page.body.contains(&format!("<code>{}</code>", scope.as_str()));
        assert_eq!(is_asked, scope.reads(), "{}: {}", scope.as_str(), page.body);
    }
    let back = world.decide(&mut agent, &page, "approve").await;
    let redeemed =
        world.redeem("pub1", &back.answer("code").unwrap(), &[("resource", resource.as_str())]).await;
    let scopes = redeemed.json()["scope"].as_str().unwrap().to_owned();
    assert!(!scopes.contains("write") && scopes.contains("admin:users.read"), "{scopes}");
}

/// What is true of scopes is true of time and place.
#[tokio::test(flavor = "multi_thread")]
async fn ad_01_a_key_makes_no_key_that_outlives_it_or_is_used_elsewhere() {
    let world = World::new().await;
    let ends = world.operator().now + chrono::Duration::days(10);
    let maker = program_of(&world, &[Scope::ApiKeysWrite, Scope::ServerRead], |key| {
        key.expires_at = Some(ends);
        key.networks = vec!["127.0.0.0/8".to_owned()];
    })
    .await;
    let ask = async |days: u32, networks: &[&str]| {
        let scopes = ["admin:server.read"];
        let body = json!({ "name": "child", "scopes": scopes, "days": days, "networks": networks });
        maker.post("/api-keys", &body).await
    };
    refused(&ask(11, &["127.0.0.0/8"]).await, 403, "beyond_your_own");
    refused(&ask(9, &[]).await, 403, "beyond_your_own");
    refused(&ask(9, &["127.0.0.1/32", "10.0.0.0/8"]).await, 403, "beyond_your_own");
    refused(&ask(9, &["0.0.0.0/0"]).await, 403, "beyond_your_own");
    assert_eq!(ask(9, &["127.0.0.1/32"]).await.status, 201);
    // Who says nothing about the end gets as much as there is.
    let body = json!({ "name": "child", "scopes": ["admin:server.read"], "networks": ["127.0.0.1/32"] });
    let made = super::done(&maker.post("/api-keys", &body).await, 201);
    let made: gatewright_oauth::Time = made["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(made, ends);
}
