//! Remembered answers: used only unchanged, and gone when withdrawn.

use gatewright_store::codes::Agreement;
use gatewright_store::{clients, consents, grants};

use crate::world::{World, applied, digest, id, lost, scopes, trace};

#[tokio::test]
async fn an_unchanged_answer_needs_no_second_approval() {
    let world = World::new().await;
    assert!(world.consent().await.is_none());
    applied(world.approve(&digest(), &scopes("files:read files:write")).await);
    let consent = world.consent().await.unwrap();
    assert_eq!(consent.scope, scopes("files:read files:write"));
    assert_eq!(consent.client_digest, world.client.digest());
    assert_eq!(consent.resource_digest, world.resource.digest());
    applied(world.issue(&digest(), &scopes("files:read"), Agreement::Remembered(&consent), 11).await);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'consent.granted'").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'code.issued'").await, 2);
    assert_eq!(world.number("SELECT count(*) FROM clients WHERE first_used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn an_answer_that_changed_since_it_was_judged_is_lost() {
    let world = World::new().await;
    applied(world.approve(&digest(), &scopes("files:read files:write")).await);
    let judged = world.consent().await.unwrap();
    applied(world.approve(&digest(), &scopes("files:read")).await);
    lost(world.issue(&digest(), &scopes("files:write"), Agreement::Remembered(&judged), 11).await);
    let now = world.consent().await.unwrap();
    assert_eq!(now.id, judged.id);
    applied(world.issue(&digest(), &scopes("files:read"), Agreement::Remembered(&now), 11).await);
}

#[tokio::test]
async fn an_answer_given_to_one_client_says_nothing_to_another() {
    let world = World::new().await;
    applied(world.approve(&digest(), &scopes("files:read")).await);
    let consent = world.consent().await.unwrap();
    let mut other = crate::world::client("c_other");
    other.metadata.client_name = world.client.metadata.client_name.clone().map(|name| name + "!");
    applied(clients::create(&world.store, &other, &trace(2)).await);
    let world = World { client: other, ..world };
    assert!(world.consent().await.is_none());
    lost(world.issue(&digest(), &scopes("files:read"), Agreement::Remembered(&consent), 11).await);
}

#[tokio::test]
async fn a_withdrawn_answer_ends_codes_and_grants_and_does_not_come_back() {
    let world = World::new().await;
    let grant = world.grant().await;
    let (code, _) = world.code().await;
    let consent = world.consent().await.unwrap();
    lost(consents::revoke(&world.store, id(), consent.id, &trace(20)).await);
    assert_eq!(applied(consents::revoke(&world.store, world.user, consent.id, &trace(20)).await), 1);
    lost(consents::revoke(&world.store, world.user, consent.id, &trace(20)).await);
    assert!(world.consent().await.is_none());
    assert!(consents::list(&world.store, world.user, consents::Cursor::START, 10).await.unwrap().is_empty());
    lost(world.redeem(&code).await);
    lost(world.rotate(grant, 0).await);
    lost(world.issue(&digest(), &scopes("files:read"), Agreement::Remembered(&consent), 11).await);

    let again = world.grant().await;
    applied(world.rotate(again, 0).await);
    lost(world.rotate(grant, 0).await);
    assert!(!grants::state(&world.store, grant).await.unwrap().unwrap().standing.is_live());
    assert_eq!(consents::list(&world.store, world.user, consents::Cursor::START, 10).await.unwrap().len(), 1);
}
