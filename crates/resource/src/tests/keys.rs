//! The key cache: rotation, storms, outages, discovery.

use super::*;

#[tokio::test]
async fn a_rotated_key_is_found_at_once() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200);
    issuer.rotate();
    assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200);
    assert_eq!(issuer.key_fetches(), 2);
    for _ in 0..20 {
        assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200);
    }
    assert_eq!(issuer.key_fetches(), 2, "known keys cause no traffic");
    assert_eq!(issuer.state.metadata_fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn ca_11_a_storm_of_unknown_kids_is_one_fetch_per_ten_seconds() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200);
    let stranger =
        SigningKey::generate(Algorithm::Es256).unwrap().0.sign("at+jwt", &issuer.claims(&json!({}))).unwrap();
    issuer.state.is_slow.store(true, Ordering::SeqCst);
    for round in 1..=3 {
        let storm: Vec<_> = (0..200)
            .map(|_| {
                let (app, stranger) = (app.clone(), stranger.clone());
                tokio::spawn(async move { verdict(&app, &stranger).await.0 })
            })
            .collect();
        for request in storm {
            assert_eq!(request.await.unwrap(), 401);
        }
        assert_eq!(issuer.key_fetches(), 1 + round);
        issuer.clock.advance(11);
    }
    issuer.rotate();
    assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200, "a real rotation still succeeds");
}

#[tokio::test]
async fn a_cold_start_with_many_callers_is_one_fetch() {
    let issuer = Issuer::start().await;
    issuer.state.is_slow.store(true, Ordering::SeqCst);
    let (app, token) = (issuer.protected(), issuer.token(&json!({})));
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (app, token) = (app.clone(), token.clone());
            tokio::spawn(async move { verdict(&app, &token).await.0 })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), 200);
    }
    assert_eq!(issuer.key_fetches(), 1);
}

/// Waits for a background fetch.
async fn fetches_become(issuer: &Issuer, count: usize) {
    for _ in 0..200 {
        if issuer.key_fetches() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(issuer.key_fetches(), count);
}

#[tokio::test]
async fn a_stale_set_serves_while_the_next_one_is_fetched() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let old = issuer.token(&json!({}));
    assert_eq!(verdict(&app, &old).await.0, 200);
    issuer.clock.advance(299);
    assert_eq!(verdict(&app, &old).await.0, 200);
    assert_eq!(issuer.key_fetches(), 1, "fresh for max-age");

    issuer.rotate();
    issuer.clock.advance(2);
    assert_eq!(verdict(&app, &old).await.0, 200, "served from the stale set");
    fetches_become(&issuer, 2).await;
    assert_eq!(verdict(&app, &old).await.0, 401, "the withdrawn key is gone");
}

#[tokio::test]
async fn a_forgotten_set_is_renewed_before_use() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let old = issuer.token(&json!({"exp": issuer.clock.unix() + 100_000}));
    assert_eq!(verdict(&app, &old).await.0, 200);
    issuer.rotate();
    issuer.clock.advance(3600);
    assert_eq!(verdict(&app, &old).await.0, 401, "not served from an hour-old set");
}

#[tokio::test]
async fn the_last_good_set_serves_while_the_issuer_is_down() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let token = || issuer.token(&json!({}));
    assert_eq!(verdict(&app, &token()).await.0, 200);
    issuer.go_down();
    for _ in 0..20 {
        issuer.clock.advance(3600);
        assert_eq!(verdict(&app, &token()).await.0, 200);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let before = issuer.key_fetches();
    for _ in 0..50 {
        assert_eq!(verdict(&app, &token()).await.0, 200);
    }
    assert!(issuer.key_fetches() <= before + 1, "an issuer that is down is not hammered");
    issuer.clock.advance(5 * 3600);
    let seen = ask(&app, &token()).await;
    assert_eq!(
        (seen.status, seen.challenge(), seen.headers["retry-after"].to_str().unwrap()),
        (503, "", "5")
    );

    issuer.come_back();
    issuer.clock.advance(10);
    assert_eq!(verdict(&app, &token()).await.0, 200);
}

#[tokio::test]
async fn without_any_keys_a_good_token_is_not_called_bad() {
    let issuer = Issuer::start().await;
    issuer.go_down();
    let app = issuer.protected();
    let seen = ask(&app, &issuer.token(&json!({}))).await;
    assert_eq!((seen.status, seen.challenge()), (503, ""));
    assert!(seen.body.contains("temporarily_unavailable"));
    issuer.come_back();
    issuer.clock.advance(2);
    assert_eq!(verdict(&app, &issuer.token(&json!({}))).await.0, 200);
}

#[tokio::test]
async fn every_well_known_form_of_an_issuer_is_found() {
    for well_known in [
        "/.well-known/oauth-authorization-server/tenant",
        "/.well-known/openid-configuration/tenant",
        "/tenant/.well-known/openid-configuration",
    ] {
        let issuer = Issuer::start_at("/tenant", well_known).await;
        assert_eq!(verdict(&issuer.protected(), &issuer.token(&json!({}))).await.0, 200, "{well_known}");
    }
    let oidc = Issuer::start_at("", "/.well-known/openid-configuration").await;
    assert_eq!(verdict(&oidc.protected(), &oidc.token(&json!({}))).await.0, 200);
}

#[tokio::test]
async fn metadata_of_another_issuer_is_not_followed() {
    let issuer = Issuer::start().await;
    let jwks = format!("{}/jwks", issuer.url);
    let url = issuer.url.clone();
    for metadata in [
        json!({"issuer": format!("{url}/"), "jwks_uri": jwks}),
        json!({"issuer": url.to_uppercase(), "jwks_uri": jwks}),
        json!({"jwks_uri": jwks}),
        json!({"issuer": url}),
        json!({"issuer": url, "jwks_uri": "http://192.0.2.1/jwks"}),
        json!({"issuer": url, "jwks_uri": format!("{url}/moved")}),
        json!({"issuer": url, "jwks_uri": format!("{url}/huge")}),
        json!({"issuer": url, "jwks_uri": format!("{url}/absent")}),
    ] {
        *issuer.state.metadata.lock().unwrap() = Some(metadata.clone());
        assert_eq!(verdict(&issuer.protected(), &issuer.token(&json!({}))).await.0, 503, "{metadata}");
    }
    assert_eq!(issuer.key_fetches(), 0);
    let configured = issuer.builder().jwks_uri(&jwks).build().unwrap();
    assert_eq!(verdict(&app(&configured), &issuer.token(&json!({}))).await.0, 200);
}

#[tokio::test]
async fn an_empty_key_set_does_not_replace_a_good_one() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let token = issuer.token(&json!({}));
    assert_eq!(verdict(&app, &token).await.0, 200);
    issuer.state.keys.lock().unwrap().clear();
    issuer.clock.advance(301);
    assert_eq!(verdict(&app, &token).await.0, 200);
    fetches_become(&issuer, 2).await;
    assert_eq!(verdict(&app, &token).await.0, 200);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_cancel_the_fetch() {
    let issuer = Issuer::start().await;
    issuer.state.is_slow.store(true, Ordering::SeqCst);
    let (app, token) = (issuer.protected(), issuer.token(&json!({})));
    let impatient = tokio::time::timeout(std::time::Duration::from_millis(50), verdict(&app, &token)).await;
    assert!(impatient.is_err());
    assert_eq!(verdict(&app, &token).await.0, 200);
    assert_eq!(issuer.key_fetches(), 1);
}

#[tokio::test]
async fn a_private_certificate_authority_is_trusted_only_when_told() {
    let (issuer, authority) = Issuer::start_with_tls();
    let server = issuer.builder().build().unwrap();
    assert_eq!(verdict(&app(&server), &issuer.token(&json!({}))).await.0, 503);
    assert_eq!(issuer.state.metadata_fetches.load(Ordering::SeqCst), 0);
    let server = issuer.builder().trust_certificates(authority).build().unwrap();
    assert_eq!(verdict(&app(&server), &issuer.token(&json!({}))).await.0, 200);
    assert!(
        rustls::crypto::CryptoProvider::get_default().is_none(),
        "no default provider was needed or installed"
    );
}
