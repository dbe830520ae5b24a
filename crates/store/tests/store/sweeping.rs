//! What ended long ago is removed; what something still depends on is not.

use gatewright_oauth::assertion::Use;
use gatewright_store::sweep::{self, Kind};
use gatewright_store::{Time, clients, replay, sessions};

use crate::world::{World, applied, at, client, digest, lost, scopes, trace};

/// Sweeps one batch of every kind. What ended before `time` goes, where a kind has no time of its own.
async fn batch(world: &World, time: Time, own: &[(Kind, Time)], limit: u32) -> Vec<(Kind, u64)> {
    let mut swept = Vec::new();
    for kind in Kind::ALL {
        let before = own.iter().find(|(of, _)| *of == kind).map_or(time, |(_, before)| *before);
        let count = sweep::batch(&world.store, kind, (before, limit), &trace(60)).await.unwrap();
        if count > 0 {
            swept.push((kind, count));
        }
    }
    swept
}

#[tokio::test]
async fn only_what_ended_before_the_cutoff_goes() {
    let world = World::new().await;
    let grant = world.grant().await;
    assert_eq!(batch(&world, at(0), &[], 10).await, []);
    assert_eq!(batch(&world, at(100), &[], 10).await, [(Kind::Codes, 1), (Kind::KnownBrowsers, 1)]);
    assert!(clients::load(&world.store, &world.client.id).await.unwrap().is_some(), "it was used");

    // The session ends and expires; while a grant names it, it stays.
    applied(sessions::end(&world.store, world.session, &trace(61)).await);
    let ended = (Kind::Sessions, at(100_000));
    assert_eq!(batch(&world, at(0), &[ended], 10).await, []);
    assert!(gatewright_store::grants::state(&world.store, grant).await.unwrap().is_some());
    assert_eq!(
        batch(&world, at(0), &[ended, (Kind::Grants, at(5001))], 10).await,
        [(Kind::Grants, 1), (Kind::Sessions, 1)]
    );
}

#[tokio::test]
async fn an_unused_client_is_put_aside_and_comes_back_by_being_used() {
    let world = World::new().await;
    let mut unused = client("c_unused");
    unused.metadata.client_name = Some("Never used".into());
    unused.metadata.client_uri = Some("https://app.example/".into());
    applied(clients::create(&world.store, &unused, &trace(1)).await);
    // The world's own client was never used either.
    let aside = [(Kind::UnusedClients, at(100))];
    assert_eq!(batch(&world, at(0), &aside, 10).await, [(Kind::UnusedClients, 2)]);
    assert_eq!(batch(&world, at(0), &aside, 10).await, []);

    // To whoever asks it is as it was; lists are shorter.
    let kept = clients::load(&world.store, &unused.id).await.unwrap().unwrap();
    assert_eq!((kept.digest(), kept.metadata.client_uri), (unused.digest(), None));
    assert!(clients::list(&world.store, &clients::Cursor::START, 10).await.unwrap().is_empty());
    assert!(clients::by_dedupe(&world.store, &unused.dedupe_digest().unwrap()).await.unwrap().is_some());
    applied(world.approve(&digest(), &scopes("files:read")).await);
    let listed = clients::list(&world.store, &clients::Cursor::START, 10).await.unwrap();
    assert_eq!(listed.len(), 1, "the one that was used is back");

    let gone = [(Kind::SweptClients, at(100))];
    assert_eq!(batch(&world, at(0), &gone, 10).await, [(Kind::SweptClients, 1)]);
    assert!(clients::load(&world.store, &unused.id).await.unwrap().is_none());
    assert!(clients::load(&world.store, &world.client.id).await.unwrap().is_some());
}

#[tokio::test]
async fn clients_that_stay_do_not_stand_in_the_way_of_those_that_go() {
    let world = World::new().await;
    applied(clients::approve(&world.store, &world.client.id, &trace(2)).await);
    for (id, created, is_approved) in
        [("c_a", 1, true), ("c_b", 2, true), ("c_c", 3, false), ("c_d", 4, false)]
    {
        let mut old = client(id);
        old.metadata.client_name = Some(id.into());
        old.created_at = at(created);
        applied(clients::create(&world.store, &old, &trace(created)).await);
        if is_approved {
            applied(clients::approve(&world.store, &old.id, &trace(created + 1)).await);
        }
    }
    let aside = [(Kind::UnusedClients, at(100))];
    assert_eq!(batch(&world, at(0), &aside, 2).await, [(Kind::UnusedClients, 2)]);
    // Blocked while it is aside: it stays, so that it never comes back.
    applied(clients::disable(&world.store, &client("c_c").id, &trace(61)).await);
    let gone = [(Kind::SweptClients, at(100))];
    assert_eq!(batch(&world, at(0), &gone, 1).await, [(Kind::SweptClients, 1)]);
    assert!(clients::load(&world.store, &client("c_c").id).await.unwrap().is_some());
    assert!(clients::load(&world.store, &client("c_d").id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_assertion_is_remembered_until_nobody_believes_it() {
    let world = World::new().await;
    let used = Use { digest: digest(), until: at(90) };
    applied(replay::consume(&world.store, &used).await);
    lost(replay::consume(&world.store, &used).await);
    assert_eq!(batch(&world, at(0), &[(Kind::Assertions, at(90))], 10).await, []);
    lost(replay::consume(&world.store, &used).await);
    let later = [(Kind::Assertions, at(91))];
    assert_eq!(batch(&world, at(0), &later, 10).await, [(Kind::Assertions, 1)]);
}

#[tokio::test]
async fn a_batch_is_no_larger_than_asked() {
    let world = World::new().await;
    for _ in 0..5 {
        applied(world.approve(&digest(), &scopes("files:read")).await);
    }
    for expected in [2, 2, 1, 0] {
        let count = sweep::batch(&world.store, Kind::Codes, (at(500), 2), &trace(60)).await.unwrap();
        assert_eq!(count, expected);
    }
}
