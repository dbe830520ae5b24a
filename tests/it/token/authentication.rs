//! Client authentication (CA): one method, the registered one, and nothing to learn from its answers.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatewright_oauth::ClientId;
use gatewright_oauth::secret::{ClientSecret, Token};
use gatewright_store::{Write, clients};
use gatewright_tests::world::secret_of;
use gatewright_tests::{Page, Tokens, World};
use http::header::AUTHORIZATION;
use serde_json::json;

use super::{Watch, ask, ask_of, form, form_as, own_token, refused};

const OWN: (&str, &str) = ("grant_type", "client_credentials");

/// A token request with this `Authorization`.
async fn with_header(world: &World, line: &str, fields: &[(&str, &str)]) -> Page {
    let request = world.http.post(world.url("/token")).header(AUTHORIZATION, line).form(fields);
    Page::read(request.send().await.unwrap()).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Statuses and bodies say what is wrong; durations must not say more. In the router, without a network, so
/// that a difference of microseconds could be seen.
#[tokio::test(flavor = "multi_thread")]
async fn ca_01_the_duration_does_not_tell_how_wrong_a_secret_is() {
    const SAMPLES: usize = 400;
    let world = World::new().await;
    let good = secret_of("conf1");
    let near = format!("{}AAAA", &good[..good.len() - 4]);
    let far = secret_of("conf2");
    let attempts =
        [("conf1", near.as_str()), ("conf1", far.as_str()), ("conf1", "x"), ("c_nobody", far.as_str())];
    let router = gatewright_server::router(world.app.clone());
    let mut micros = attempts.map(|_| Vec::with_capacity(SAMPLES));
    for _ in 0..SAMPLES {
        for ((id, secret), samples) in attempts.iter().zip(&mut micros) {
            let mut request = form(&world, "/token", &[OWN]);
            request.headers_mut().insert(AUTHORIZATION, basic(id, secret).parse().unwrap());
            let router = router.clone();
            let started = Instant::now();
            let answer = ask_of(router, request).await;
            // The directory reads a client once a second; what is compared is everything else.
            if answer.counts.reads == 0 {
                samples.push(started.elapsed().as_micros());
            }
            assert_eq!(answer.status, 401);
            assert_eq!(answer.headers["www-authenticate"], "Basic realm=\"gatewright\"");
        }
    }
    let median = |samples: &mut Vec<u128>| {
        samples.sort_unstable();
        samples[samples.len() / 2]
    };
    let medians = micros.each_mut().map(median);
    let spread = medians.iter().max().unwrap() - medians.iter().min().unwrap();
    let allowed = 20.max(medians[0] / 3);
    assert!(spread < allowed, "{medians:?} microseconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_02_two_methods_in_one_request_are_refused() {
    let world = World::new().await;
    let watch = Watch::start(&world).await;
    let (one, two) = (secret_of("conf1"), secret_of("conf2"));
    let header = basic("conf1", &one);
    let twice = [OWN, ("client_secret", one.as_str())];
    refused(&with_header(&world, &header, &twice).await, 400, "invalid_request");
    let twice = [OWN, ("client_id", "conf1"), ("client_secret", one.as_str())];
    refused(&with_header(&world, &header, &twice).await, 400, "invalid_request");
    let headers =
        world.http.post(world.url("/token")).header(AUTHORIZATION, &header).header(AUTHORIZATION, &header);
    refused(&Page::read(headers.form(&[OWN]).send().await.unwrap()).await, 400, "invalid_request");
    let others = [OWN, ("client_id", "conf2")];
    refused(&with_header(&world, &header, &others).await, 400, "invalid_request");
    let body =
        [OWN, ("client_id", "conf2"), ("client_secret", two.as_str()), ("client_secret", two.as_str())];
    refused(&world.post("/token", &body).await, 400, "invalid_request");
    assert!(watch.kinds().await.is_empty());
    // Ruling: Basic with the same client_id in the body is one method.
    Tokens::of(&with_header(&world, &header, &[OWN, ("client_id", "conf1")]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_03_only_the_registered_method_is_accepted() {
    let world = World::new().await;
    let (one, two) = (secret_of("conf1"), secret_of("conf2"));
    let post = async |id: &str, secret: &str| {
        let fields = [OWN, ("client_id", id), ("client_secret", secret)];
        world.post("/token", &fields).await
    };
    let none = async |id: &str| world.post("/token", &[OWN, ("client_id", id)]).await;
    refused(&post("conf1", &one).await, 401, "invalid_client");
    refused(&none("conf1").await, 401, "invalid_client");
    refused(&with_header(&world, &basic("conf2", &two), &[OWN]).await, 401, "invalid_client");
    refused(&none("conf2").await, 401, "invalid_client");
    refused(&post("pub1", &one).await, 401, "invalid_client");
    refused(&with_header(&world, &basic("pub1", ""), &[OWN]).await, 401, "invalid_client");
    refused(&with_header(&world, "Bearer abc", &[OWN, ("client_id", "pub1")]).await, 401, "invalid_client");
    // An assertion is not a way around the secret, whatever stands in it (CVE-2026-16093).
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let assertion =
        [OWN, ("client_id", "conf1"), ("client_assertion", unsigned), ("client_assertion_type", kind)];
    refused(&world.post("/token", &assertion).await, 401, "invalid_client");
    refused(&with_header(&world, &basic("conf1", &one), &assertion).await, 400, "invalid_request");
    assert_eq!(world.events("token.issued").await, 0);
    Tokens::of(&post("conf2", &two).await);
    Tokens::of(&with_header(&world, &basic("conf1", &one), &[OWN]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_04_a_public_client_cannot_speak_for_itself() {
    let world = World::new().await;
    refused(&world.post("/token", &[OWN, ("client_id", "pub1")]).await, 400, "unauthorized_client");
    refused(&world.post("/token", &[OWN, ("client_id", "nat1")]).await, 400, "unauthorized_client");
    let odd = json!({ "client_name": "Odd", "redirect_uris": ["https://odd.test/cb"],
                      "grant_types": ["authorization_code"], "token_endpoint_auth_method": "client_secret_post" });
    world.add_client("odd", odd).await;
    let fields = [OWN, ("client_id", "odd"), ("client_secret", &secret_of("odd"))];
    refused(&world.post("/token", &fields).await, 400, "unauthorized_client");
    // A resource server that only introspects has no codes to redeem.
    let refresh = world.tokens().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.refresh())];
    refused(&world.post_as("rs1", "/token", &fields).await, 400, "invalid_grant");
    assert_eq!(world.events("token.issued").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_12_a_basic_header_is_read_in_one_way() {
    let world = World::new().await;
    let secret = secret_of("conf1");
    let percent = |text: &str| text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}"));
    for (id, secret) in [("conf1".to_owned(), secret.clone()), (percent("conf1"), percent(&secret))] {
        Tokens::of(&with_header(&world, &basic(&id, &secret), &[OWN]).await);
    }
    Tokens::of(&with_header(&world, &basic("conf1", &secret).replacen("Basic", "bAsIc", 1), &[OWN]).await);
    let bytes = |raw: &[u8]| format!("Basic {}", STANDARD.encode(raw));
    for line in [
        bytes(format!("conf1:{secret}\0").as_bytes()),
        bytes(format!("conf1\0:{secret}").as_bytes()),
        bytes(format!("conf1:{secret}\n").as_bytes()),
        bytes(b"conf1:\xff\xfe"),
        bytes(b"conf1"),
        bytes(format!("conf1:{secret}:").as_bytes()),
        bytes(format!("conf1 :{secret}").as_bytes()),
        bytes(format!("CONF1:{secret}").as_bytes()),
        format!("Basic conf1:{secret}"),
        "Basic".to_owned(),
        "Basic ".to_owned(),
        basic("conf1", &percent(&percent(&secret))),
        basic("conf1", &format!("{secret}%00")),
    ] {
        refused(&with_header(&world, &line, &[OWN]).await, 401, "invalid_client");
    }
    // A secret that was made elsewhere: form-encoded by clients that follow RFC 6749, raw by the others.
    set_secret(&world, "a+b/c%").await;
    for secret in ["a+b/c%", "a%2Bb%2Fc%25"] {
        Tokens::of(&with_header(&world, &basic("conf1", secret), &[OWN]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_13_nothing_secret_is_taken_from_the_query() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let secret = secret_of("conf2");
    for (name, value) in [
        ("client_secret", secret.as_str()),
        ("client_id", "conf2"),
        ("grant_type", "client_credentials"),
        ("code", "x"),
        ("code_verifier", "x"),
        ("refresh_token", tokens.refresh()),
        ("client_assertion", "x"),
        ("scope", "mcp:read"),
        ("resource", "https://mcp.test/mcp"),
        ("redirect_uri", "https://app.test/cb"),
    ] {
        let path = format!("/token?{name}={value}");
        let fields = [OWN, ("client_id", "conf2"), ("client_secret", secret.as_str())];
        refused(&world.post(&path, &fields).await, 400, "invalid_request");
    }
    // By another spelling neither.
    let escaped = format!("/token?x&client%5Fsecret={secret}%00");
    refused(&world.post(&escaped, &[OWN, ("client_id", "conf2")]).await, 400, "invalid_request");
    let alone = format!("/token?grant_type=client_credentials&client_id=conf2&client_secret={secret}");
    refused(&world.post(&alone, &[]).await, 400, "invalid_request");
    for path in ["/revoke", "/introspect"] {
        let path = format!("{path}?token={}", tokens.access);
        let fields = [("client_id", "conf2"), ("client_secret", secret.as_str())];
        refused(&world.post(&path, &fields).await, 400, "invalid_request");
    }
    assert_eq!(world.events("token.issued").await, 0);
    assert!(world.is_active(&tokens.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_14_wrong_secrets_lock_nobody_out() {
    let world = World::new().await;
    let router = gatewright_server::router(world.app.clone());
    for attempt in 0..200 {
        let mut request = form(&world, "/token", &[OWN]);
        let secret = Token::<ClientSecret>::from_random([attempt; 32]).text();
        request.headers_mut().insert(AUTHORIZATION, basic("conf1", secret.expose()).parse().unwrap());
        let answer = ask_of(router.clone(), request).await;
        assert_eq!(
            (answer.status, answer.counts.writes),
            (401, 0),
            "a guess writes nothing: {}",
            answer.body
        );
    }
    assert_eq!(ask(&world, form_as(&world, "conf1", "/token", &[OWN])).await.status, 200);
    assert_eq!(secret_of("conf1").len(), "gw_cs_".len() + 43 + 7, "256 bits are not guessed");
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_16_a_secret_is_a_digest_and_another_one_replaces_it() {
    let world = World::new().await;
    let text = secret_of("conf1");
    let row: String = sqlx::query_scalar("SELECT row_to_json(clients)::TEXT FROM clients WHERE id = 'conf1'")
        .fetch_one(&world.database)
        .await
        .unwrap();
    let digest = Token::<ClientSecret>::parse(&text).unwrap().digest();
    let hex = digest.as_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert!(row.contains(&hex) && !row.contains(&text[6..49]), "{row}");
    Tokens::of(&own_token(&world, &[]).await);
    let next = Token::<ClientSecret>::from_random([5; 32]).text();
    set_secret(&world, next.expose()).await;
    refused(&own_token(&world, &[]).await, 401, "invalid_client");
    Tokens::of(&with_header(&world, &basic("conf1", next.expose()), &[OWN]).await);
    assert_eq!(world.events("client.secret_replaced").await, 1);
}

async fn set_secret(world: &World, secret: &str) {
    let (id, trace) = (ClientId::parse("conf1").unwrap(), world.operator().trace(&world.app));
    let digest = Token::<ClientSecret>::digest_of(secret);
    let done = clients::replace_secret(&world.app.store, &id, (&digest, clients::Overlap::None), &trace)
        .await
        .unwrap();
    assert!(matches!(done, Write::Applied(())));
    world.app.directory.forget();
}
