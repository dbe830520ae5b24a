//! What changes between the request and the approval is noticed (AZ-22): every step judges again, and
//! the statement that issues the code judges last, past every cache.

use gatewright_oauth::{ClientId, Resource};
use gatewright_store::{Write, clients, consents, resources};
use gatewright_tests::{Agent, Az, CALLBACK, MCP, Page, World};

use super::{answered, error_page, is_consent, is_login};

/// A consent page that alice looks at.
async fn waiting(world: &World) -> (Agent, Page) {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&consent, "waiting");
    (agent, consent)
}

async fn nothing_issued(world: &World) {
    for table in ["codes", "grants", "consents"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
    assert_eq!(world.events("code.issued").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_client_disabled_meanwhile_gets_nothing() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    world.disable_client("pub1").await;
    for decision in ["approve", "deny"] {
        let page = world.decide(&mut agent, &consent, decision).await;
        error_page(&page, "invalid_client", decision);
    }
    nothing_issued(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_the_statement_sees_what_the_cache_does_not_know_yet() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    // Another page has just been shown, so the cache is warm; then the row changes behind its back.
    let (mut second, other) = waiting(&world).await;
    sqlx::query("UPDATE clients SET disabled_at = $1 WHERE id = 'pub1'")
        .bind(world.app.clock.now())
        .execute(&world.database)
        .await
        .unwrap();
    let page = world.decide(&mut second, &other, "approve").await;
    error_page(&page, "invalid_client", "cached as enabled");
    let page = world.decide(&mut agent, &consent, "approve").await;
    error_page(&page, "invalid_client", "the cache has learnt it");
    nothing_issued(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_redirect_uri_removed_meanwhile_gets_nothing() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    let change =
        "UPDATE clients SET metadata = jsonb_set(metadata, '{redirect_uris}', '[\"https://app.test/new\"]')
                  WHERE id = 'pub1'";
    sqlx::query(change).execute(&world.database).await.unwrap();
    world.app.directory.forget();
    for decision in ["approve", "deny"] {
        let page = world.decide(&mut agent, &consent, decision).await;
        error_page(&page, "invalid_redirect_uri", decision);
        assert!(page.body.contains("We cannot send you back to the app"), "{}", page.body);
    }
    nothing_issued(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_client_that_became_another_is_asked_about_again() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    let id = ClientId::parse("pub1").unwrap();
    let mut client = clients::load(&world.app.store, &id).await.unwrap().unwrap();
    client.metadata.client_name = Some("Something Else".to_owned());
    sqlx::query("UPDATE clients SET metadata = $1, metadata_digest = $2 WHERE id = 'pub1'")
        .bind(serde_json::to_value(&client.metadata).unwrap())
        .bind(client.digest().as_bytes().as_slice())
        .execute(&world.database)
        .await
        .unwrap();
    // Whether or not the cache has noticed, the page must not be approved as it was.
    let page = world.decide(&mut agent, &consent, "approve").await;
    is_consent(&page, "asked again");
    assert!(page.body.contains("Something Else"), "{}", page.body);
    nothing_issued(&world).await;
    let page = world.decide(&mut agent, &page, "approve").await;
    answered(&world, &page, CALLBACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_resource_that_reads_differently_is_asked_about_again() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    let was = resources::list(&world.app.store).await.unwrap();
    let was = was.into_iter().find(|resource| resource.identifier == MCP).unwrap();
    let mut scopes = was.scopes.clone();
    scopes[0].description = "Read and forward your notes".to_owned();
    let now = Resource { scopes, ..was.clone() };
    let trace = world.operator().trace(&world.app);
    let written = resources::update(&world.app.store, &was, &now, &trace).await.unwrap();
    assert!(matches!(written, Write::Applied(())));
    let page = world.decide(&mut agent, &consent, "approve").await;
    is_consent(&page, "asked again");
    assert!(page.body.contains("Read and forward your notes"), "{}", page.body);
    nothing_issued(&world).await;
    let page = world.decide(&mut agent, &page, "approve").await;
    answered(&world, &page, CALLBACK);
    // Switched off, it gets nothing at all.
    let (mut agent, consent) = (agent, world.authorize(&mut world.agent(), &Az::of("pub1")).await);
    is_login(&consent, "another browser");
    let trace = world.operator().trace(&world.app);
    assert!(matches!(
        resources::disable(&world.app.store, was.id, &trace).await.unwrap(),
        Write::Applied(())
    ));
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    assert_eq!(page.answer("code"), None, "{page:?}");
    assert_eq!(world.count("codes").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_user_disabled_meanwhile_approves_nothing() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    world.disable_user("alice").await;
    let page = world.decide(&mut agent, &consent, "approve").await;
    is_login(&page, "signed out");
    let page = agent
        .post(
            &world.url("/login"),
            &[
                ("request", &page.hidden("request")),
                ("username", "alice"),
                ("password", gatewright_tests::PASSWORD),
            ],
        )
        .await;
    assert_eq!(page.status, 403);
    nothing_issued(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_session_ended_meanwhile_approves_nothing() {
    let world = World::new().await;
    let (mut agent, consent) = waiting(&world).await;
    sqlx::query("UPDATE sessions SET ended_at = $1")
        .bind(world.app.clock.now())
        .execute(&world.database)
        .await
        .unwrap();
    is_login(&world.decide(&mut agent, &consent, "approve").await, "signed out");
    nothing_issued(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_a_withdrawn_consent_is_asked_for_again() {
    let world = World::new().await;
    let mut agent = world.agent();
    answered(&world, &world.approve(&mut agent, &Az::of("pub1"), "alice").await, CALLBACK);
    answered(&world, &world.authorize(&mut agent, &Az::of("pub1")).await, CALLBACK);
    let alice = world.user("alice").await;
    let consent = consents::list(&world.app.store, alice, consents::Cursor::START, 1).await.unwrap()[0].id;
    let trace = world.operator().trace(&world.app);
    assert!(matches!(
        consents::revoke(&world.app.store, alice, consent, &trace).await.unwrap(),
        Write::Applied(_)
    ));
    is_consent(&world.authorize(&mut agent, &Az::of("pub1")).await, "withdrawn");
    assert_eq!(world.count("codes").await, 2);
}
