//! Software statements (RFC 7591 §2.3; DC-13).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatewright_jose::Algorithm;
use gatewright_server::clock::Clock as _;
use gatewright_tests::internet::Reply;
use gatewright_tests::{CALLBACK, Page, World};
use serde_json::{Value, json};

use super::{Signer, believing, refused};

const ISSUER: &str = "https://vendor.test";

async fn trusting() -> World {
    World::with(|config| {
        believing(config);
        config.registration.software_statement_issuers =
            vec!["https://vendor.test https://vendor.test/jwks.json".parse().unwrap()];
    })
    .await
}

async fn register(world: &World, statement: &str) -> Page {
    let body = json!({ "client_name": "Says Itself", "redirect_uris": ["https://self.test/cb"],
                       "token_endpoint_auth_method": "none", "software_statement": statement });
    world.post_json("/register", &body).await
}

fn statement(world: &World) -> Value {
    let now = world.clock.now().timestamp();
    json!({ "iss": ISSUER, "iat": now, "exp": now + 3600, "client_name": "Vendor App",
            "redirect_uris": [CALLBACK], "software_id": "vendor-app" })
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_13_a_statement_counts_if_a_trusted_issuer_signed_it() {
    let world = trusting().await;
    let vendor = Signer::new(ISSUER, Algorithm::Es256);
    let site = world.internet.site("vendor.test").await;
    site.serve("/jwks.json", Reply::json(&vendor.jwks()));
    let good = vendor.sign(&statement(&world));
    let page = register(&world, &good).await;
    assert_eq!(page.status, 201, "{}", page.body);
    let body = page.json();
    assert_eq!(body["client_name"], "Vendor App", "what is stated wins");
    assert_eq!(body["redirect_uris"], json!([CALLBACK]));
    assert_eq!(body["software_statement"], good, "returned unmodified");
    let mut other = statement(&world);
    other["iss"] = "https://nobody.test".into();
    refused(
        &register(&world, &vendor.sign(&other)).await,
        400,
        "unapproved_software_statement",
        "an unknown issuer",
    );
    let stranger = Signer::new(ISSUER, Algorithm::Es256);
    let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let mut expired = statement(&world);
    expired["exp"] = (world.clock.now().timestamp() - 100).into();
    let mut renamed = statement(&world);
    renamed["client_name"] = "Renamed".into();
    let mut endless = statement(&world);
    endless.as_object_mut().unwrap().remove("exp");
    for (about, forged) in [
        ("alg none", format!("{}.{claims}.", encode(&json!({ "alg": "none" })))),
        ("a stranger's key", stranger.sign(&statement(&world))),
        ("other claims", format!("{header}.{}.{signature}", encode(&renamed))),
        (
            "a key of its own",
            format!(
                "{}.{claims}.{signature}",
                encode(&json!({ "alg": "ES256", "jwk": stranger.jwks()["keys"][0] }))
            ),
        ),
        ("expired", vendor.sign(&expired)),
        ("without an end", vendor.sign(&endless)),
        ("another type", vendor.key.sign("at+jwt", &statement(&world)).unwrap()),
        ("no JWT", "x.y.z".to_owned()),
    ] {
        refused(&register(&world, &forged).await, 400, "invalid_software_statement", about);
    }
    assert_eq!(world.count("clients").await, 9);
    assert!(site.asked("/jwks.json") <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_13_what_is_stated_is_judged_like_everything_else() {
    let world = trusting().await;
    let vendor = Signer::new(ISSUER, Algorithm::Es256);
    world.internet.site("vendor.test").await.serve("/jwks.json", Reply::json(&vendor.jwks()));
    let mut bad = statement(&world);
    bad["redirect_uris"] = json!(["javascript:alert(1)"]);
    refused(&register(&world, &vendor.sign(&bad)).await, 400, "invalid_redirect_uri", "stated");
    // With nobody trusted, no statement counts.
    let world = World::new().await;
    let page = register(&world, &vendor.sign(&statement(&world))).await;
    refused(&page, 400, "unapproved_software_statement", "nobody is trusted here");
}
