//! Which tokens are believed.

use super::*;
use gatewright_jose::base64url;

/// The challenge for a token that is not believed.
fn refused(why: &str) -> (u16, String) {
    let challenge = format!(
        "Bearer error=\"invalid_token\", error_description=\"{why}\", \
         resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\", scope=\"notes:read\""
    );
    (401, challenge)
}

#[tokio::test]
async fn a_good_token_of_every_algorithm_is_believed() {
    let issuer = Issuer::start().await;
    for algorithm in Algorithm::ALL {
        issuer.rotate_to(algorithm);
        let seen = ask(&issuer.protected(), &issuer.token(&json!({}))).await;
        assert_eq!((seen.status, seen.body.as_str()), (200, "alice client "), "{algorithm}");
    }
}

#[tokio::test]
async fn the_identity_tells_what_the_token_says() {
    let issuer = Issuer::start().await;
    let server = issuer.builder().implies("notes:read", ["notes"]).build().unwrap();
    let identity = server.verify(&issuer.token(&json!({}))).await.unwrap();
    let now = issuer.clock.unix();
    assert_eq!((identity.subject(), identity.client_id()), ("alice", "client"));
    assert_eq!(
        (identity.grant_id(), identity.token_id(), identity.acr()),
        (Some("g1"), Some("j1"), Some("1"))
    );
    assert_eq!(identity.amr(), ["pwd", "otp"]);
    assert_eq!(identity.scopes().collect::<Vec<_>>(), ["notes:read"]);
    assert!(identity.permits("notes") && !identity.permits("notes:write") && !identity.is_client_itself());
    assert!((now + 890..=now + 900).contains(&identity.expires_at()));
    assert!(identity.issued_at().unwrap() <= now && identity.authenticated_at().unwrap() <= now - 5);

    let machine =
        issuer.token(&json!({"sub": "client", "gid": null, "auth_time": null, "acr": null, "amr": null}));
    let machine = server.verify(&machine).await.unwrap();
    assert!(machine.is_client_itself() && machine.grant_id().is_none() && machine.amr().is_empty());
}

#[tokio::test]
async fn tokens_for_others_and_from_others_are_refused() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let audience = refused("the access token is for another audience");
    for aud in [
        json!("https://mcp.example"),
        json!("https://mcp.example/mcp/"),
        json!(["https://other.example"]),
        json!([]),
    ] {
        assert_eq!(verdict(&app, &issuer.token(&json!({ "aud": aud }))).await, audience);
    }
    assert_eq!(
        verdict(&app, &issuer.token(&json!({"aud": ["https://other.example", RESOURCE]}))).await.0,
        200
    );
    for iss in [format!("{}/", issuer.url), "https://evil.example".into()] {
        let token = issuer.token(&json!({ "iss": iss }));
        assert_eq!(verdict(&app, &token).await, refused("the access token is from another issuer"));
    }
}

#[tokio::test]
async fn an_id_token_is_not_an_access_token() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    for typ in ["JWT", "logout+jwt", ""] {
        let token = issuer.typed_token(typ, &json!({}));
        assert_eq!(verdict(&app, &token).await, refused("this token is not an access token"), "{typ}");
    }
}

#[tokio::test]
async fn expiry_is_judged_with_a_minute_of_leeway() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let now = issuer.clock.unix();
    assert_eq!(verdict(&app, &issuer.token(&json!({"exp": now - 50}))).await.0, 200);
    let expired = refused("the access token has expired");
    assert_eq!(verdict(&app, &issuer.token(&json!({"exp": now - 61}))).await, expired);
    assert_eq!(verdict(&app, &issuer.token(&json!({"iat": now + 50}))).await.0, 200);
    let early = refused("the access token is not valid yet");
    assert_eq!(verdict(&app, &issuer.token(&json!({"nbf": now + 75}))).await, early);
    assert_eq!(verdict(&app, &issuer.token(&json!({"iat": now + 75}))).await, early);
}

#[tokio::test]
async fn missing_and_wrongly_typed_claims_are_refused() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let malformed = refused("the claims of the access token are malformed");
    for name in ["sub", "client_id", "jti", "iat", "exp", "aud", "iss"] {
        assert_eq!(verdict(&app, &issuer.token(&json!({ name: null }))).await, malformed, "without {name}");
        assert_eq!(
            verdict(&app, &issuer.token(&json!({ name: {"a": 1} }))).await,
            malformed,
            "{name} as object"
        );
    }
    for wrong in [
        json!({"exp": "9999999999"}),
        json!({"scope": ["notes:read"]}),
        json!({"auth_time": 1.5}),
        json!({"amr": "pwd"}),
    ] {
        assert_eq!(verdict(&app, &issuer.token(&wrong)).await, malformed);
    }
    assert_eq!(verdict(&app, &issuer.token(&json!({"scope": null}))).await.0, 403);
}

#[tokio::test]
async fn hmac_none_and_foreign_signatures_are_refused() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let kid = issuer.state.keys.lock().unwrap()[0].kid().to_owned();
    let claims = base64url::encode(issuer.claims(&json!({})).to_string());
    for alg in ["HS256", "none", "nOnE"] {
        let header = base64url::encode(json!({"alg": alg, "typ": "at+jwt", "kid": kid}).to_string());
        for signature in ["", "AAAA"] {
            // An empty third part is not even a bearer token in some servers; here it is a malformed token.
            let (status, challenge) = verdict(&app, &format!("{header}.{claims}.{signature}")).await;
            assert_eq!(
                (status, challenge),
                refused("the access token is signed with an unaccepted algorithm"),
                "{alg}"
            );
        }
    }
    assert_eq!(issuer.key_fetches(), 0, "nonsense does not reach the issuer");
    let (good, other) = (issuer.token(&json!({})), issuer.token(&json!({"sub": "mallory"})));
    let mixed = format!("{}.{}", other.rsplit_once('.').unwrap().0, good.rsplit_once('.').unwrap().1);
    assert_eq!(verdict(&app, &mixed).await, refused("the signature of the access token is wrong"));
    let stranger =
        SigningKey::generate(Algorithm::Es256).unwrap().0.sign("at+jwt", &issuer.claims(&json!({}))).unwrap();
    assert_eq!(verdict(&app, &stranger).await, refused("the access token is signed with an unknown key"));
    let long = "a".repeat(9 * 1024);
    assert_eq!(verdict(&app, &long).await, refused("the access token is too long"));
    for garbage in ["undefined", "null", "a.b.c", "..", "gw_rt_xyz"] {
        assert_eq!(verdict(&app, garbage).await, refused("the access token is malformed"), "{garbage}");
    }
}

#[tokio::test]
async fn query_tokens_and_second_tokens_are_never_accepted() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let token = issuer.token(&json!({}));
    let request = Request::get(format!("/mcp?access_token={token}")).body(Body::empty()).unwrap();
    let seen = send(&app, request).await;
    assert_eq!(seen.status, 401);
    assert!(!seen.challenge().contains("error"), "nothing was presented: {}", seen.challenge());

    let bearer = format!("Bearer {token}");
    let both = Request::get("/mcp?a=1&access_token=x").header("authorization", &bearer);
    let twice = Request::get("/mcp").header("authorization", &bearer).header("authorization", &bearer);
    let empty = Request::get("/mcp").header("authorization", "Bearer ");
    let spaced = Request::get("/mcp").header("authorization", "Bearer a b");
    let list = Request::get("/mcp").header("authorization", format!("{bearer}, {bearer}"));
    let binary = Request::get("/mcp").header("authorization", &b"Bearer \xff"[..]);
    for malformed in [both, twice, empty, spaced, list, binary] {
        let seen = send(&app, malformed.body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status, 400);
        assert!(seen.challenge().starts_with("Bearer error=\"invalid_request\""), "{}", seen.challenge());
    }
    for fine in ["bearer", "BEARER", "Bearer "] {
        let request = Request::get("/mcp").header("authorization", format!("{fine} {token}"));
        assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, 200, "{fine}");
    }
}
