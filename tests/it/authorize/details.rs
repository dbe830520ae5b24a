//! JSON in parameters is bounded (AZ-21).

use gatewright_tests::{Az, World};

use super::{Before, accepted, ask, refused};

#[tokio::test(flavor = "multi_thread")]
async fn az_21_json_in_parameters_is_bounded_and_unknown_types_are_refused() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let many = format!("{{{}}}", (0..65).map(|n| format!("\"m{n}\":1")).collect::<Vec<_>>().join(","));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(8 * 1024));
    let bad = [
        nested(9),
        objects(9),
        nested(400),
        many,
        large,
        "{".to_owned(),
        "x".to_owned(),
        "{\"a\":1,\"a\":2}".to_owned(),
        "{} {}".to_owned(),
    ];
    for name in ["authorization_details", "claims"] {
        for json in &bad {
            let page = ask(&world, &Az::of("pub1").set(name, json)).await;
            refused(&world, &page, "invalid_request", json);
            assert!(page.answer("error_description").unwrap().contains(name), "{name}");
        }
    }
    for json in
        ["[{\"type\":\"x\"}]", "[]", "{}", "[{\"type\":\"payment_initiation\",\"actions\":[\"read\"]}]"]
    {
        let page = ask(&world, &Az::of("pub1").set("authorization_details", json)).await;
        refused(&world, &page, "invalid_authorization_details", json);
    }
    before.holds(&world).await;
    for json in ["{}", "{\"id_token\":{\"email\":{\"essential\":true}}}", &objects(8)] {
        accepted(&ask(&world, &Az::of("pub1").set("claims", json)).await, json);
    }
    let metadata = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["claims_parameter_supported"], false);
}
