//! What ended long ago is removed; what something still depends on is not.

use gatewright_store::sweep::{self, Cutoffs, Swept};
use gatewright_store::{clients, sessions};

use crate::world::{World, applied, at, client, digest, scopes, trace};

#[tokio::test]
async fn only_what_ended_before_the_cutoff_goes() {
    let world = World::new().await;
    let grant = world.grant().await;
    let mut unused = client("c_unused");
    unused.metadata.client_name = Some("Never used".into());
    applied(clients::create(&world.store, &unused, &trace(1)).await);
    let all = |seconds| Cutoffs {
        codes: at(seconds),
        sessions: at(seconds),
        grants: at(seconds),
        revoked_tokens: at(seconds),
        unused_clients: at(seconds),
    };
    let batch = async |cutoffs: &Cutoffs| sweep::batch(&world.store, cutoffs, 10, &trace(60)).await.unwrap();

    assert_eq!(batch(&all(0)).await, Swept::default());
    let swept = batch(&all(100)).await;
    assert_eq!(swept, Swept { codes: 1, clients: 1, ..Swept::default() });
    assert!(!swept.is_full(10) && swept.is_full(1));
    assert!(clients::load(&world.store, &unused.id).await.unwrap().is_none());
    assert!(clients::load(&world.store, &world.client.id).await.unwrap().is_some());

    // The session ends and expires; while a grant names it, it stays.
    applied(sessions::end(&world.store, world.session, &trace(61)).await);
    let cutoffs = Cutoffs { sessions: at(100_000), ..all(0) };
    assert_eq!(batch(&cutoffs).await, Swept::default());
    assert!(gatewright_store::grants::state(&world.store, grant).await.unwrap().is_some());
    assert_eq!(
        batch(&Cutoffs { grants: at(5001), ..cutoffs }).await,
        Swept { grants: 1, sessions: 1, ..Swept::default() }
    );
}

#[tokio::test]
async fn a_batch_is_no_larger_than_asked() {
    let world = World::new().await;
    for _ in 0..5 {
        applied(world.approve(&digest(), &scopes("files:read")).await);
    }
    let cutoffs = Cutoffs {
        codes: at(500),
        sessions: at(0),
        grants: at(0),
        revoked_tokens: at(0),
        unused_clients: at(0),
    };
    for expected in [2, 2, 1, 0] {
        let swept = sweep::batch(&world.store, &cutoffs, 2, &trace(60)).await.unwrap();
        assert_eq!(swept.codes, expected);
    }
}
