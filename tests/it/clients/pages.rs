//! Pages about a client: linked to where somebody vouches for it, and nowhere else (DC-04, DC-06, CI-08).

use gatewright_server::Config;
use gatewright_tests::internet::Reply;
use gatewright_tests::{Agent, Az, CALLBACK, Page, World};
use serde_json::{Value, json};

use super::{HOST, ID, believing, document, published, world};

const APPS: &str = "/account/apps";

/// A document with pages at its own host and elsewhere.
fn with_pages() -> Value {
    let mut document = document(ID);
    document["client_uri"] = json!(format!("https://{HOST}/about"));
    document["policy_uri"] = json!("https://legal.test/privacy");
    document["tos_uri"] = json!("https://legal.test/terms");
    document
}

fn trusting(config: &mut Config) {
    believing(config);
    config.documents.allow = vec![HOST.parse().unwrap()];
}

/// The links of a page that lead away from this server: how each is written, and what stands behind it.
fn outward(page: &Page) -> Vec<(String, String)> {
    let links =
        page.body.split("<a ").skip(1).filter_map(|rest| rest.split_once("</li>")).map(|(link, _)| link);
    let cut = links.filter_map(|link| link.split_once("</a>"));
    cut.filter(|(link, _)| link.contains("href=\"http") || link.contains("script:"))
        .map(|(link, behind)| (link.to_owned(), behind.to_owned()))
        .collect()
}

/// What the consent page and the list of apps show, once the app was allowed.
async fn shown(world: &World, az: &Az) -> (Agent, [Page; 2]) {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, az).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    assert!(consent.body.contains("id=\"consent-form\""), "{}", consent.body);
    world.decide(&mut agent, &consent, "approve").await;
    let apps = agent.get(APPS).await;
    assert!(apps.body.contains("/account/apps/remove"), "{}", apps.body);
    (agent, [consent, apps])
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_06_pages_about_a_client_are_linked_to_where_somebody_vouches_for_it() {
    let believing = World::with(trusting).await;
    published(&believing, &with_pages()).await;
    for page in shown(&believing, &Az::of(ID)).await.1 {
        let links = outward(&page);
        let about = [
            ("https://client.test/about", "Website", None),
            ("https://legal.test/privacy", "Privacy", Some("legal.test")),
            ("https://legal.test/terms", "Terms", Some("legal.test")),
        ];
        assert_eq!(links.len(), about.len(), "{}", page.body);
        for ((link, behind), (address, words, host)) in links.iter().zip(about) {
            for said in [
                format!("href=\"{address}\""),
                "rel=\"noopener noreferrer nofollow\"".to_owned(),
                "referrerpolicy=\"no-referrer\"".to_owned(),
            ] {
                assert!(link.contains(&said), "{said}: {link}");
            }
            assert!(link.ends_with(words), "{link}");
            assert_eq!(behind.contains("legal.test"), host.is_some(), "{behind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_06_a_stranger_sends_nobody_anywhere() {
    let world = world().await;
    published(&world, &with_pages()).await;
    let pages = json!({ "client_uri": "https://legal.test/about", "policy_uri": "https://legal.test/privacy",
                        "tos_uri": "https://legal.test/terms" });
    let registered = |redirect: &str| {
        let mut body = pages.clone();
        body["redirect_uris"] = json!([redirect]);
        body
    };
    let by_itself = world.post_json("/register", &registered(CALLBACK)).await.json()["client_id"].clone();
    // An administrator made it, but any program of the computer can use its name.
    world.add_client("local", registered("http://127.0.0.1/cb")).await;
    for az in [Az::of(ID), Az::of(by_itself.as_str().unwrap()), Az::to("local", "http://127.0.0.1:4711/cb")] {
        for page in shown(&world, &az).await.1 {
            assert_eq!(outward(&page), [], "{}", page.body);
            assert!(!page.body.contains("legal.test"), "{}", page.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_04_an_address_that_nobody_should_follow_is_no_link() {
    let world = World::new().await;
    world.add_client("old", json!({ "client_name": "Old", "redirect_uris": [CALLBACK] })).await;
    // As a release with laxer rules, or somebody at the database, may have left it.
    sqlx::query("UPDATE clients SET metadata = metadata || $1 WHERE id = 'old'")
        .bind(json!({ "client_uri": "javascript:alert(1)", "policy_uri": "http://app.test/privacy",
                      "tos_uri": "https://app.test@evil.test/terms" }))
        .execute(&world.database)
        .await
        .unwrap();
    world.app.directory.forget();
    for page in shown(&world, &Az::of("old")).await.1 {
        assert_eq!(outward(&page), [], "{}", page.body);
        for bad in ["javascript:", "http://app.test/privacy", "evil.test"] {
            assert!(!page.body.contains(bad), "{bad}: {}", page.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_08_changed_pages_ask_nobody_again_and_are_shown_as_they_are() {
    let world = World::with(trusting).await;
    let site = published(&world, &with_pages()).await;
    let (mut agent, _) = shown(&world, &Az::of(ID)).await;
    let mut changed = with_pages();
    changed["policy_uri"] = json!("https://client.test/new-privacy");
    site.serve("/client.json", Reply::json(&changed));
    world.pass(3600);
    // Like a logo: a page says nothing of what was allowed.
    assert!(world.authorize(&mut agent, &Az::of(ID)).await.answer("code").is_some(), "remembered");
    let asked = world.authorize(&mut agent, &Az::of(ID).set("prompt", "consent")).await;
    assert!(asked.body.contains("https://client.test/new-privacy"), "{}", asked.body);
    assert!(!asked.body.contains("legal.test/privacy"), "{}", asked.body);
}
