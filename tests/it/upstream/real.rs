//! Real providers: another Gatewright, and GitHub as it answers.

use std::net::SocketAddr;

use gatewright_server::config::{Speaks, Upstream};
use gatewright_tests::internet::{Reply, authority};
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, PASSWORD, World};
use serde_json::json;

use super::idp::settings;
use super::is_consent;

#[tokio::test(flavor = "multi_thread")]
async fn another_gatewright_is_a_provider() {
    let far = World::new().await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), secret_of("conf9")).unwrap();
    let issuer = far.issuer.clone();
    let near = World::with(|config| {
        config.upstream = vec![Upstream {
            name: "far".to_owned(),
            title: "Far Away".to_owned(),
            issuer,
            client_id: "conf9".to_owned(),
            client_secret_file: Some(secret.path().to_owned()),
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            ..settings()
        }];
    })
    .await;
    let address: SocketAddr = far.issuer.trim_start_matches("http://").parse().unwrap();
    near.internet.real(address);
    far.add_client(
        "conf9",
        json!({ "client_name": "Near", "redirect_uris": [near.url("/upstream/far/callback")],
                "token_endpoint_auth_method": "client_secret_basic", "grant_types": ["authorization_code"] }),
    )
    .await;

    let (mut here, mut there) = (near.agent(), far.agent());
    let login = near.authorize(&mut here, &Az::of("pub1")).await;
    let sent = here.post("/upstream/far", &[("request", &login.hidden("request"))]).await;
    let first = there.get(sent.location().unwrap_or_else(|| panic!("{}", sent.body))).await;
    let login = there.follow(first).await;
    let consent = far.log_in_with(&mut there, &login, ("alice", PASSWORD)).await;
    let answer = far.decide(&mut there, &consent, "approve").await;
    let back = answer.location().unwrap().to_owned();
    assert!(back.starts_with(&near.url("/upstream/far/callback?code=")), "{back}");
    let answer = here.get(&back).await;
    let page = here.follow(answer).await;
    assert!(is_consent(&page), "{} {}", page.status, page.body);
    let statement = "SELECT issuer, subject FROM identities";
    let known: (String, String) = sqlx::query_as(statement).fetch_one(&near.database).await.unwrap();
    assert_eq!(known, (far.issuer.clone(), far.user("alice").await.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn github_is_a_provider() {
    let world = World::with(|config| {
        config.upstream = vec![Upstream {
            name: "github".to_owned(),
            title: "GitHub".to_owned(),
            speaks: Speaks::GitHub,
            issuer: "https://github.com".to_owned(),
            scopes: ["read:user", "user:email"].map(str::to_owned).to_vec(),
            ..settings()
        }];
        config.fetch.ca_file = Some(authority());
    })
    .await;
    let github = world.internet.site("github.com").await;
    let api = world.internet.site("api.github.com").await;
    let token = json!({ "access_token": "gho_x", "token_type": "bearer", "scope": "read:user,user:email" });
    github.serve("/login/oauth/access_token", Reply::json(&token));
    api.serve(
        "/user",
        Reply::json(&json!({ "id": 583_231, "login": "octocat", "name": null, "email": null })),
    );
    let address = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified });
    api.serve(
        "/user/emails",
        Reply::json(&json!([
            address("old@example.test", false, true),
            address("cat@example.test", true, true)
        ])),
    );

    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let sent = agent.post("/upstream/github", &[("request", &login.hidden("request"))]).await;
    let way = url::Url::parse(sent.location().unwrap()).unwrap();
    assert_eq!((way.host_str(), way.path()), (Some("github.com"), "/login/oauth/authorize"));
    let state = way.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let callback = |code: &str| format!("/upstream/github/callback?code={code}&state={state}");
    let answer = agent.get(&callback("c-1")).await;
    assert!(is_consent(&agent.follow(answer).await));
    let asked = github.received().pop().unwrap();
    assert!(
        asked.body.contains("client_secret=s3cret") && asked.body.contains("code_verifier="),
        "{}",
        asked.body
    );
    assert!(api.received().iter().all(|asked| asked.header("authorization") == Some("Bearer gho_x")));
    let statement =
        "SELECT i.issuer, i.subject, u.username, u.email FROM identities i JOIN users u ON u.id = i.user_id";
    let known: (String, String, String, String) =
        sqlx::query_as(statement).fetch_one(&world.database).await.unwrap();
    let expected = ["https://github.com", "583231", "octocat", "cat@example.test"].map(str::to_owned);
    assert_eq!([known.0, known.1, known.2, known.3], expected);

    // It refuses with 200.
    github.serve("/login/oauth/access_token", Reply::json(&json!({ "error": "bad_verification_code" })));
    let mut other = world.agent();
    let login = world.authorize(&mut other, &Az::of("pub1")).await;
    let sent = other.post("/upstream/github", &[("request", &login.hidden("request"))]).await;
    let way = url::Url::parse(sent.location().unwrap()).unwrap();
    let state = way.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let page = other.get(&format!("/upstream/github/callback?code=c-2&state={state}")).await;
    assert_eq!(super::problem(&page), "upstream_refused");
}
