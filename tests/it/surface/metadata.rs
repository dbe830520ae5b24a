//! The metadata document, word for word. A change here is a change every client sees.

use gatewright_tests::World;
use serde_json::{Value, json};

/// What a server at `issuer` says about itself.
fn golden(issuer: &str) -> Value {
    let methods = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let algorithms = json!(["ES256", "EdDSA", "PS256", "RS256"]);
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "device_authorization_endpoint": format!("{issuer}/device_authorization"),
        "jwks_uri": format!("{issuer}/jwks"),
        "registration_endpoint": format!("{issuer}/register"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
        "ui_locales_supported": ["en", "de", "es", "fr", "ja"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": ["urn:gatewright:acr:1fa", "urn:gatewright:acr:2fa", "phr"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "acr", "amr",
            "name", "preferred_username", "email", "email_verified",
        ],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    })
}

#[tokio::test]
async fn md_02_the_document_says_exactly_what_is_mounted() {
    for world in [World::new().await, World::with_path("/tenant-1").await] {
        let path = format!("{}/.well-known/openid-configuration", world.app.config.origin());
        let found: Value = world.http.get(path).send().await.unwrap().json().await.unwrap();
        assert_eq!(found, golden(&world.issuer), "{found:#}");
    }
}

#[tokio::test]
async fn dc_14_closed_registration_is_neither_announced_nor_there() {
    use gatewright_server::config::RegistrationMode;

    let world = World::with(|config| config.registration.mode = RegistrationMode::Off).await;
    let mut expected = golden(&world.issuer);
    expected.as_object_mut().unwrap().remove("registration_endpoint");
    assert_eq!(world.get("/.well-known/oauth-authorization-server").await.json(), expected);
    let clients = world.count("clients").await;
    for path in ["/register", "/register/"] {
        let body = json!({ "redirect_uris": ["https://new.test/cb"] });
        assert_eq!(world.post_json(path, &body).await.status, 404, "{path}");
    }
    assert_eq!(world.count("clients").await, clients);
}

/// What the server says it does, it does: the algorithms of its tokens and keys, and the scopes.
#[tokio::test]
async fn md_02_the_promised_algorithms_are_the_ones_that_sign() {
    use gatewright_tests::{Az, flows};

    let world = World::new().await;
    let keys = world.get("/jwks").await.json();
    let algorithms: Vec<&str> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(
        (algorithms.len(), algorithms.contains(&"ES256"), algorithms.contains(&"RS256")),
        (2, true, true)
    );
    let tokens = world.tokens_for(&Az::of("pub1").set("scope", "openid mcp:read"), "pub1").await;
    assert_eq!(flows::header(&tokens.id.unwrap())["alg"], "RS256");
    assert_eq!(flows::header(&tokens.access)["alg"], "ES256");
}
