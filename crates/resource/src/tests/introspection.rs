//! Introspection mode.

use super::*;

fn protected(issuer: &Issuer) -> Router {
    app(&issuer.builder().require(["notes:read"]).introspection("rs id", "s3/+x").build().unwrap())
}

fn answer(issuer: &Issuer, changes: &Value) {
    let mut claims = issuer.claims(changes);
    claims["active"] = json!(true);
    *issuer.state.introspection.lock().unwrap() = claims;
}

#[tokio::test]
async fn an_active_token_is_believed_for_a_few_seconds() {
    let issuer = Issuer::start().await;
    answer(&issuer, &json!({}));
    let app = protected(&issuer);
    for _ in 0..5 {
        let seen = ask(&app, "opaque-token").await;
        assert_eq!((seen.status, seen.body.as_str()), (200, "alice client "));
    }
    {
        let asked = issuer.state.asked.lock().unwrap();
        let [(headers, body)] = asked.as_slice() else { panic!("asked {} times", asked.len()) };
        assert_eq!(headers["authorization"], "Basic cnMraWQ6czMlMkYlMkJ4", "rs+id:s3%2F%2Bx");
        assert_eq!(body, "token=opaque-token&token_type_hint=access_token");
    }
    *issuer.state.introspection.lock().unwrap() = json!({"active": false});
    assert_eq!(verdict(&app, "opaque-token").await.0, 200, "still believed");
    issuer.clock.advance(11);
    let (status, challenge) = verdict(&app, "opaque-token").await;
    assert_eq!(status, 401);
    assert!(
        challenge.contains("error=\"invalid_token\", error_description=\"the access token is not active\"")
    );
    assert_eq!(issuer.key_fetches(), 0);
}

#[tokio::test]
async fn what_the_issuer_says_is_still_checked() {
    let issuer = Issuer::start().await;
    let app = protected(&issuer);
    let now = issuer.clock.unix();
    for (changes, status) in [
        (json!({"aud": null}), 401),
        (json!({"aud": "https://other.example"}), 401),
        (json!({"iss": "https://other.example"}), 401),
        (json!({"iss": null}), 200),
        (json!({"exp": null}), 401),
        (json!({"exp": now - 100}), 401),
        (json!({"nbf": now + 1000}), 401),
        (json!({"client_id": null}), 401),
        (json!({"scope": "other"}), 403),
        (json!({"sub": null}), 200),
        (json!({"exp": "1"}), 503),
    ] {
        answer(&issuer, &changes);
        issuer.clock.advance(11);
        assert_eq!(verdict(&app, "opaque").await.0, status, "{changes}");
    }
}

#[tokio::test]
async fn failures_of_the_issuer_are_not_the_clients_fault() {
    let issuer = Issuer::start().await;
    answer(&issuer, &json!({}));
    let app = protected(&issuer);
    assert_eq!(verdict(&app, "opaque").await.0, 200);
    issuer.go_down();
    issuer.clock.advance(11);
    assert_eq!(verdict(&app, "opaque").await, (503, String::new()));
    assert_eq!(verdict(&app, &"x".repeat(9000)).await.0, 401);
    issuer.come_back();
    assert_eq!(verdict(&app, "opaque").await.0, 200);
}
