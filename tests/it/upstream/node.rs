//! node-oidc-provider as the provider people come from.

use std::net::SocketAddr;
use std::process::Stdio;

use gatewright_server::config::Upstream;
use gatewright_tests::tools::Tools;
use gatewright_tests::{Agent, Az, Page, World};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::idp::settings;
use super::is_consent;

const SECRET: &str = "a secret that two servers share, for this test";

/// Presses the button, and follows the provider until it sends the browser back: what that leads to.
async fn come(near: &World, (here, there): (&mut Agent, &mut Agent), az: &Az) -> Page {
    let login = near.authorize(here, az).await;
    let sent = here.post("/upstream/node", &[("request", &login.hidden("request"))]).await;
    let mut way = sent.location().unwrap_or_else(|| panic!("{} {}", sent.status, sent.body)).to_owned();
    for _hop in 0..12 {
        if way.starts_with(&near.issuer) {
            let answer = here.get(&way).await;
            return here.follow(answer).await;
        }
        let page = there.get(&way).await;
        way = page.location().unwrap_or_else(|| panic!("{way}: {} {}", page.status, page.body)).to_owned();
    }
    panic!("it never came back: {way}")
}

async fn auth_time(world: &World) -> i64 {
    let statement = "SELECT auth_time FROM sessions ORDER BY created_at DESC LIMIT 1";
    let at: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar(statement).fetch_one(&world.database).await.unwrap();
    at.timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn node_oidc_provider_is_a_provider_that_signs_people_in_afresh() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    // The provider has to know where people come back to, and this server which provider there is.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = listener.local_addr().unwrap();
    let near = World::with(|config| {
        config.upstream = vec![Upstream {
            name: "node".to_owned(),
            title: "Node".to_owned(),
            issuer: format!("http://{proxy}"),
            client_id: "gatewright".to_owned(),
            client_secret_file: Some(secret.path().to_owned()),
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            ..settings()
        }];
    })
    .await;
    drop(listener);
    let mut node = Tools::find().node("provider.mjs");
    node.args(["--redirect-uri", &near.url("/upstream/node/callback"), "--secret", SECRET]);
    node.args(["--port", &proxy.port().to_string()]);
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Value = serde_json::from_str(&lines.next_line().await.unwrap().expect("it listens")).unwrap();
    assert_eq!(said["issuer"], format!("http://{proxy}"));
    let address: SocketAddr = proxy;
    near.internet.real(address);

    let (mut here, mut there) = (near.agent(), Agent::new(near.http.clone(), &format!("http://{proxy}")));
    let page = come(&near, (&mut here, &mut there), &Az::of("pub1")).await;
    assert!(is_consent(&page), "{} {}", page.status, page.body);
    let known: (String, String) =
        sqlx::query_as("SELECT issuer, subject FROM identities").fetch_one(&near.database).await.unwrap();
    assert_eq!(known, (format!("http://{proxy}"), "person-1".to_owned()));

    // It knows her by now, and is asked for a fresh sign-in all the same.
    let first = auth_time(&near).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for az in [Az::of("pub1").set("prompt", "login"), Az::of("pub1").set("max_age", "0")] {
        let page = come(&near, (&mut near.agent(), &mut there), &az).await;
        assert!(is_consent(&page), "{} {}", page.status, page.body);
        assert!(auth_time(&near).await > first, "{}", auth_time(&near).await);
    }
    let page = come(&near, (&mut near.agent(), &mut there), &Az::of("pub1").set("max_age", "600")).await;
    assert!(is_consent(&page), "{} {}", page.status, page.body);
    assert_eq!(near.count("identities").await, 1);
}
