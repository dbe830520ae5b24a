//! Every way to become a client refuses the same documents (DC-10, DC-04, RU-02 to RU-10).

use futures_util::future::join_all;
use gatewright_oauth::Profile;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::{Client, ClientId};
use gatewright_server::config::PrivateUse;
use gatewright_tests::internet::Reply;
use gatewright_tests::{CALLBACK, Page, World};
use http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{HOST, document, refused, unknown, visit, world};

/// Members that no client may have, whoever says so.
fn bad() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\tjavascript:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://a.test/x",
        "filesystem:https://a.test/x",
        "intent:x",
        "ms-settings:x",
        "http://a.test/cb",
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.nip.io/cb",
        "https://a@b.test/",
        "https://a:b@b.test/",
        "https://a.test/cb#x",
        "http://0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "https://A.test/cb",
        "https://a.test/x/../cb",
        "//a.test/cb",
        "/cb",
        "",
        "https://*.a.test/cb",
    ]
    .map(|uri| ("redirect_uris", json!([uri])))
    .to_vec();
    all.extend([
        ("redirect_uris", json!([])),
        ("redirect_uris", json!("https://a.test/cb")),
        ("redirect_uris", json!((0..17).map(|n| format!("https://a.test/{n}")).collect::<Vec<_>>())),
        ("client_uri", json!("javascript:alert(1)")),
        ("logo_uri", json!("data:image/png;base64,AAAA")),
        ("tos_uri", json!("vbscript:x")),
        ("policy_uri", json!("file:///x")),
        ("jwks_uri", json!("http://a.test/jwks")),
        ("post_logout_redirect_uris", json!(["javascript:1"])),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_method", json!(7)),
        ("jwks", json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] })),
        ("response_types", json!(["token"])),
    ]);
    all
}

/// More of them, made up: a member, and a value that is wrong whatever else it is like.
fn made_up() -> impl Strategy<Value = (&'static str, Value)> {
    const DANGEROUS: [&str; 7] = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem"];
    let case = |scheme: &'static str| {
        prop::collection::vec(any::<bool>(), scheme.len()).prop_map(move |upper| {
            let letters = scheme.chars().zip(upper);
            letters.map(|(c, up)| if up { c.to_ascii_uppercase() } else { c }).collect::<String>()
        })
    };
    let dangerous = (prop::sample::select(&DANGEROUS[..]).prop_flat_map(case), "[ -~]{0,12}")
        .prop_map(|(scheme, rest)| format!("{scheme}:{rest}"));
    let wrong = prop_oneof![
        dangerous.clone(),
        "http://[a-z]{1,8}\\.test(:[1-9][0-9]{0,3})?/[a-z]{0,4}",
        "https://[a-z]{1,6}(:[a-z]{1,4})?@[a-z]{1,8}\\.test/[a-z]{0,4}",
        "https://[a-z]{1,8}\\.test/[a-z]{0,4}#[a-z]{0,4}",
        "https://[a-z]{1,8}\\.test/[a-z]{0,4}/\\.\\.?/[a-z]{0,4}",
        "https://[a-z]{0,3}[A-Z]{1,3}[a-z]{0,3}\\.test/cb",
        "https://\\*\\.[a-z]{1,8}\\.test/cb",
        "https://[a-z]{1,8}\\.test/[a-z]{0,4}[\t\r\n\\\\ ][a-z]{1,4}",
        "/{0,2}[a-z.]{0,8}/cb",
        "http://(0x)?[0-9]{1,9}/cb",
    ];
    // Among good ones, in any place.
    let uris =
        (prop::collection::vec("https://[a-z]{1,8}\\.test/cb", 0..4), wrong, any::<prop::sample::Index>())
            .prop_map(|(mut uris, wrong, place)| {
                uris.insert(place.index(uris.len() + 1), wrong);
                ("redirect_uris", json!(uris))
            });
    let link = (prop::sample::select(&["client_uri", "logo_uri", "tos_uri", "policy_uri"][..]), dangerous)
        .prop_map(|(member, uri)| (member, json!(uri)));
    let shape =
        prop_oneof![Just(json!(7)), Just(json!(true)), Just(json!({})), Just(json!([[]])), Just(json!([7]))];
    let kind = (prop::sample::select(&["redirect_uris", "token_endpoint_auth_method"][..]), shape);
    let method = "[a-z]{1,6}(_[a-z]{1,6}){0,2}"
        .prop_filter("a known method", |name| name != "none")
        .prop_map(|name| ("token_endpoint_auth_method", json!(name)));
    prop_oneof![6 => uris, 2 => link, 1 => kind, 1 => method]
}

/// Every policy somebody may register under.
fn policies() -> impl Iterator<Item = RegistrationPolicy> {
    [RegistrationPolicy::administrator(), RegistrationPolicy::dynamic(), RegistrationPolicy::document()]
        .into_iter()
        .chain([Profile::Mcp, Profile::OidcCompat, Profile::Fapi2].map(RegistrationPolicy::invited))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn dc_10_made_up_bad_documents_are_refused_under_every_policy((member, value) in made_up(), name in ".{0,20}") {
        let base = json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
        let body = merged(base, member, &value);
        for policy in policies() {
            prop_assert!(made(&policy, &body).is_none(), "{policy:?} {body}");
        }
    }
}

fn merged(mut base: Value, member: &str, value: &Value) -> Value {
    base[member] = value.clone();
    base
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_10_the_same_hundred_documents_are_refused_at_every_path() {
    let world = world().await;
    let mut bad = bad();
    assert!(bad.len() >= 40, "{}", bad.len());
    let mut runner = TestRunner::deterministic();
    bad.extend((0..60).map(|_| made_up().new_tree(&mut runner).unwrap().current()));
    let plain =
        json!({ "client_name": "P", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let managed = json!({ "client_name": "M", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post" });
    let own = world.post_json("/register", &managed).await.json();
    let (uri, token) = (
        own["registration_client_uri"].as_str().unwrap(),
        own["registration_access_token"].as_str().unwrap(),
    );
    let clients = world.count("clients").await;
    for (member, value) in &bad {
        let about = format!("{member}: {value}");
        let body = merged(plain.clone(), member, value);
        is_refused(&world.post_json("/register", &body).await, &format!("POST {about}"));
        let request = world.http.request(Method::PUT, uri).bearer_auth(token).json(&body);
        is_refused(&Page::read(request.send().await.unwrap()).await, &format!("PUT {about}"));
        for policy in policies() {
            assert!(made(&policy, &body).is_none(), "{policy:?} {about}");
        }
    }
    // Documents: twenty at a time, for there is a limit.
    let site = world.internet.site(HOST).await;
    for (part, some) in bad.chunks(20).enumerate() {
        world.pass(2 * 3600);
        let visits = some.iter().enumerate().map(|(n, (member, value))| {
            let path = format!("/{part}-{n}.json");
            let id = format!("https://{HOST}{path}");
            site.serve(&path, Reply::json(&merged(document(&id), member, value)));
            let world = &world;
            async move { unknown(&visit(world, &id).await, &format!("document {member}: {value}")) }
        });
        join_all(visits).await;
    }
    assert_eq!(world.count("clients").await, clients, "nothing is left of them");
}

#[track_caller]
fn is_refused(page: &Page, about: &str) {
    assert_eq!(page.status, 400, "{about}: {}", page.body);
    let error = page.json()["error"].as_str().unwrap().to_owned();
    assert!(error == "invalid_redirect_uri" || error == "invalid_client_metadata", "{about}: {error}");
}

fn made(policy: &RegistrationPolicy, body: &Value) -> Option<Client> {
    let request = RegistrationRequest::parse(body.to_string().as_bytes()).ok()?;
    register(policy, request, ClientId::from_random([1; 16]), gatewright_oauth::Time::UNIX_EPOCH).ok()
}

async fn registers(world: &World, uri: &str) -> Page {
    let body = json!({ "client_name": "P", "redirect_uris": [uri], "token_endpoint_auth_method": "none" });
    world.post_json("/register", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_07_the_operator_may_want_schemes_to_be_reverse_domain_names() {
    let strict = World::with(|config| config.registration.private_use_schemes = PrivateUse::ReverseDns).await;
    refused(&registers(&strict, "myapp:/cb").await, 400, "invalid_redirect_uri", "myapp");
    refused(&registers(&strict, "cursor://anysphere/cb").await, 400, "invalid_redirect_uri", "cursor");
    assert_eq!(registers(&strict, "com.example.app:/cb").await.status, 201);
    let none = World::with(|config| config.registration.private_use_schemes = PrivateUse::None).await;
    refused(&registers(&none, "com.example.app:/cb").await, 400, "invalid_redirect_uri", "none");
    assert_eq!(registers(&none, "http://127.0.0.1/cb").await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_10_a_listed_host_is_that_host_and_what_is_below_it() {
    let world =
        World::with(|config| config.registration.redirect_domains = vec!["app.test".parse().unwrap()]).await;
    for (uri, is_listed) in [
        ("https://app.test/cb", true),
        ("https://eu.app.test/cb", true),
        ("http://127.0.0.1/cb", true),
        ("https://appxtest/cb", false),
        ("https://evilapp.test/cb", false),
        ("https://app.test.evil.test/cb", false),
        ("https://test/cb", false),
    ] {
        let page = registers(&world, uri).await;
        if is_listed {
            assert_eq!(page.status, 201, "{uri}: {}", page.body);
        } else {
            refused(&page, 400, "invalid_redirect_uri", uri);
        }
    }
}
