//! Changes that belong together are durable together, or none of them happened.

use gatewright_store::users::{self, Role};
use gatewright_store::{StoreError, Write, clients, events};
use serde_json::json;

use crate::world::{World, applied, client, trace};

#[tokio::test]
async fn what_was_not_committed_has_not_happened() {
    let world = World::new().await;
    let before = events::after(&world.store, events::Cursor::START, 100).await.unwrap().len();
    let together = world.store.begin().await.unwrap();
    applied(clients::create(together.store(), &client("c_one"), &trace(1)).await);
    // Inside it is there, outside not yet.
    assert!(clients::load(together.store(), &client("c_one").id).await.unwrap().is_some());
    assert!(clients::load(&world.store, &client("c_one").id).await.unwrap().is_none());
    drop(together);
    assert!(clients::load(&world.store, &client("c_one").id).await.unwrap().is_none());
    assert_eq!(events::after(&world.store, events::Cursor::START, 100).await.unwrap().len(), before);

    let together = world.store.begin().await.unwrap();
    applied(clients::create(together.store(), &client("c_two"), &trace(2)).await);
    let about = (events::Subject::default(), json!({}));
    applied(events::insert(together.store(), events::EventKind::TokenIssued, about, trace(3)).await);
    together.commit().await.unwrap();
    assert!(clients::load(&world.store, &client("c_two").id).await.unwrap().is_some());
    assert_eq!(events::after(&world.store, events::Cursor::START, 100).await.unwrap().len(), before + 2);
}

#[tokio::test]
async fn a_failed_statement_ends_all_of_it() {
    let world = World::new().await;
    let together = world.store.begin().await.unwrap();
    let trace = trace(1);
    applied(clients::create(together.store(), &client("c_one"), &trace).await);
    // The same event id twice.
    let again = users::disable(together.store(), world.user, &trace).await;
    assert!(matches!(again, Err(StoreError::Database(_))), "{again:?}");
    // Nothing runs any more, and nothing can be committed.
    let after = clients::load(together.store(), &client("c_one").id).await;
    assert!(matches!(after, Err(StoreError::Unavailable(_))), "{after:?}");
    assert!(together.commit().await.is_err());
    assert!(clients::load(&world.store, &client("c_one").id).await.unwrap().is_none());
    assert!(users::by_id(&world.store, world.user).await.unwrap().unwrap().disabled_at.is_none());
}

/// More transactions at once than connections, some dropped in the middle: every connection comes back clean.
#[tokio::test(flavor = "multi_thread")]
async fn connections_come_back_without_a_transaction() {
    let world = World::new().await;
    for round in 0..40 {
        let together = world.store.begin().await.unwrap();
        applied(clients::create(together.store(), &client(&format!("c_{round}")), &trace(round + 1)).await);
        if round % 2 == 0 {
            together.commit().await.unwrap();
        }
    }
    let listed = clients::list(&world.store, &clients::Cursor::START, 100).await.unwrap();
    let ours = listed.iter().filter(|client| client.id.as_str().len() <= 4).count();
    assert_eq!(ours, 20);
    for _ in 0..40 {
        world.store.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_role_is_given_to_who_still_has_the_one_that_was_read() {
    let world = World::new().await;
    applied(users::set_role(&world.store, world.user, (None, Some(Role::Admin)), &trace(1)).await);
    let late = users::set_role(&world.store, world.user, (None, Some(Role::Owner)), &trace(2)).await.unwrap();
    assert_eq!(late, Write::Lost);
    applied(
        users::set_role(&world.store, world.user, (Some(Role::Admin), Some(Role::Owner)), &trace(3)).await,
    );
    assert_eq!(users::hold_owners(&world.store).await.unwrap(), [world.user]);
    assert_eq!(users::count_owners(&world.store).await.unwrap(), 1);
    applied(users::disable(&world.store, world.user, &trace(4)).await);
    assert!(users::hold_owners(&world.store).await.unwrap().is_empty());
}
