//! Query budgets: how many statements a request may take (architecture, section 3). They are asserted on the
//! router's own count, with the directory of clients and resources warm.

use axum::body::Body;
use gatewright_store::count::Counts;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, VERIFIER, World};
use http::Request;
use http::header::{AUTHORIZATION, HOST};

use super::{Answer, ask, form, form_as};

const OWN: (&str, &str) = ("grant_type", "client_credentials");

fn counts(reads: u32, writes: u32) -> Counts {
    Counts { reads, writes }
}

#[track_caller]
fn took(answer: &Answer, status: u16, reads: u32, writes: u32) {
    assert_eq!((answer.status, answer.counts), (status, counts(reads, writes)), "{}", answer.body);
}

/// Lets the directory know the clients and resources of these tests.
async fn warm(world: &World) {
    for resource in ["https://mcp.test/mcp", "https://other.test/mcp"] {
        let fields = [OWN, ("resource", resource)];
        assert_eq!(ask(world, form_as(world, "conf1", "/token", &fields)).await.status, 200);
    }
    assert_eq!(ask(world, form_as(world, "conf1", "/token", &[OWN])).await.status, 200);
    ask(world, form(world, "/revoke", &[("client_id", "pub1"), ("token", "x")])).await;
    ask(world, form_as(world, "rs1", "/introspect", &[("token", "x")])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_one_read_and_one_write() {
    let world = World::new().await;
    world.clock.stop();
    let code = world.code(&Az::of("pub1").set("scope", "mcp:read openid profile email")).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "pub1"),
        ("code", &*code),
        ("code_verifier", VERIFIER),
    ];
    let wrong =
        [fields[0], fields[1], fields[2], ("code_verifier", "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")];
    warm(&world).await;
    took(&ask(&world, form(&world, "/token", &wrong)).await, 400, 1, 1);
    let answer = ask(&world, form(&world, "/token", &fields)).await;
    took(&answer, 200, 1, 1);
    assert!(answer.json()["id_token"].is_string());
    took(&ask(&world, form(&world, "/token", &fields)).await, 400, 1, 0);
    world.pass(3);
    took(&ask(&world, form(&world, "/token", &fields)).await, 400, 1, 1);
    // What cannot be a code of ours never reaches the database.
    let made_up = [fields[0], fields[1], ("code", "gw_ac_x"), fields[3]];
    took(&ask(&world, form(&world, "/token", &made_up)).await, 400, 0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_is_one_read_and_one_write_and_so_is_a_repeat() {
    let world = World::new().await;
    world.clock.stop();
    let tokens = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read openid"), "pub1").await;
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", tokens.refresh())];
    warm(&world).await;
    took(&ask(&world, form(&world, "/token", &fields)).await, 200, 1, 1);
    took(&ask(&world, form(&world, "/token", &fields)).await, 200, 1, 1);
    world.pass(61);
    took(&ask(&world, form(&world, "/token", &fields)).await, 400, 1, 1);
    took(&ask(&world, form(&world, "/token", &fields)).await, 400, 1, 0);
    let made_up = [fields[0], fields[1], ("refresh_token", "gw_rt_x")];
    took(&ask(&world, form(&world, "/token", &made_up)).await, 400, 0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_read_nothing_and_write_their_event() {
    let world = World::new().await;
    warm(&world).await;
    took(&ask(&world, form_as(&world, "conf1", "/token", &[OWN])).await, 200, 0, 1);
    let named = [OWN, ("resource", "https://other.test/mcp"), ("scope", "mcp:read")];
    took(&ask(&world, form_as(&world, "conf1", "/token", &named)).await, 200, 0, 1);
    let refused = [OWN, ("scope", "mcp:admin")];
    took(&ask(&world, form_as(&world, "conf1", "/token", &refused)).await, 400, 0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn introspection_is_one_read_and_none_when_warm() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let own = ask(&world, form_as(&world, "conf1", "/token", &[OWN])).await;
    let own = own.json()["access_token"].as_str().unwrap().to_owned();
    warm(&world).await;
    for token in [tokens.access.as_str(), own.as_str()] {
        let asked = || ask(&world, form_as(&world, "rs1", "/introspect", &[("token", token)]));
        let (cold, warm) = (asked().await, asked().await);
        took(&cold, 200, 1, 0);
        took(&warm, 200, 0, 0);
        assert!(cold.json()["active"] == true && warm.body == cold.body);
    }
    // A refresh token is the rare case: read every time.
    let fields = [("token", tokens.refresh())];
    took(&ask(&world, form_as(&world, "rs1", "/introspect", &fields)).await, 200, 1, 0);
    // Made up, in every shape: not a statement (IN-03).
    let forged = format!("{}A", tokens.access);
    for token in ["x", "gw_rt_x", "a.b.c", &forged, &secret_of("conf1")] {
        let answer = ask(&world, form_as(&world, "rs1", "/introspect", &[("token", token)])).await;
        took(&answer, 200, 0, 0);
        assert_eq!(answer.body, r#"{"active":false}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_and_userinfo_stay_small() {
    let world = World::new().await;
    let tokens = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read openid"), "pub1").await;
    warm(&world).await;
    let bearer = || {
        Request::get("/userinfo")
            .header(HOST, world.app.config.issuer_authority())
            .header(AUTHORIZATION, format!("Bearer {}", tokens.access))
            .body(Body::empty())
            .unwrap()
    };
    took(&ask(&world, bearer()).await, 200, 2, 0);
    took(&ask(&world, bearer()).await, 200, 1, 0);
    let revoke = |token: &str| form(&world, "/revoke", &[("client_id", "pub1"), ("token", token)]);
    took(&ask(&world, revoke("x")).await, 200, 0, 0);
    took(&ask(&world, revoke(tokens.refresh())).await, 200, 1, 1);
    took(&ask(&world, bearer()).await, 401, 1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_metadata_ask_nobody() {
    let world = World::new().await;
    for path in ["/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let host = world.app.config.issuer_authority();
        let request = Request::head(path).header(HOST, host).body(Body::empty()).unwrap();
        took(&ask(&world, request).await, 200, 0, 0);
    }
    // A plain GET is not counted, it does not get that far.
    world.app.store.close().await;
    for path in ["/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
}
