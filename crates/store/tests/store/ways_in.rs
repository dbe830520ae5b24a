//! The last way into an account stays, whatever is taken away at the same moment.

use gatewright_store::identities::{self, NewIdentity};
use gatewright_store::passkeys::{self, NewPasskey};
use gatewright_store::ways_in::{self, WaysIn};
use gatewright_store::{Stored, Write, factors, users};
use uuid::Uuid;

use crate::world::{World, applied, at, digest, id, lost, trace};

async fn link(world: &World) -> Uuid {
    let (identity, subject) = (id(), id().to_string());
    let new = NewIdentity { id: identity, issuer: "https://idp.test", subject: &subject, label: None };
    applied(identities::link(&world.store, world.user, &new, &trace(1)).await);
    identity
}

async fn add_passkey(world: &World) -> Uuid {
    let (passkey, challenge) = (id(), digest());
    let era = factors::of_user(&world.store, world.user).await.unwrap().unwrap().era;
    let new = NewPasskey {
        id: passkey,
        user: world.user,
        era,
        credential_id: passkey.as_bytes(),
        public_key: b"key",
        sign_count: 0,
        synced: true,
        name: "phone",
        challenge: (&challenge, at(600)),
    };
    applied(passkeys::add(&world.store, &new, &trace(1)).await);
    passkey
}

async fn unlink(world: &World, identity: Uuid) -> Stored<Write<()>> {
    let together = world.store.begin().await?;
    let (Write::Applied(()) | Write::Lost) = users::hold(together.store(), world.user).await?;
    let of = (world.user, identity);
    let done = identities::unlink(together.store(), of, identities::Keep::AWayIn, &trace(5)).await?;
    together.commit().await.map(|()| done)
}

async fn remove(world: &World, passkey: Uuid) -> Stored<Write<()>> {
    let together = world.store.begin().await?;
    let (Write::Applied(()) | Write::Lost) = users::hold(together.store(), world.user).await?;
    let of = (world.user, passkey);
    let done = passkeys::remove(together.store(), of, factors::Keep::None, &trace(5)).await?;
    together.commit().await.map(|()| done)
}

async fn ways(world: &World) -> WaysIn {
    ways_in::of_user(&world.store, world.user).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg_11_of_the_last_identity_and_the_last_passkey_one_stays() {
    let world = World::new().await;
    assert_eq!(ways(&world).await, WaysIn { password: true, identities: 0, passkeys: 0 });
    world.number("WITH gone AS (DELETE FROM credentials RETURNING id) SELECT count(*) FROM gone").await;
    let (mut identity, mut passkey) = (link(&world).await, add_passkey(&world).await);
    for _ in 0..20 {
        assert_eq!(ways(&world).await.count(), 2);
        let (unlinked, removed) = tokio::join!(unlink(&world, identity), remove(&world, passkey));
        let left = ways(&world).await;
        assert_eq!(left.count(), 1, "{unlinked:?} {removed:?}");
        match (unlinked.unwrap(), removed.unwrap()) {
            (Write::Applied(()), Write::Lost) => {
                assert_eq!(left.passkeys, 1);
                lost(remove(&world, passkey).await);
                identity = link(&world).await;
            }
            (Write::Lost, Write::Applied(())) => {
                assert_eq!(left.identities, 1);
                lost(unlink(&world, identity).await);
                passkey = add_passkey(&world).await;
            }
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg_11_of_two_passkeys_that_are_all_there_is_one_stays() {
    let world = World::new().await;
    let first = add_passkey(&world).await;
    applied(remove(&world, first).await);
    world.number("WITH gone AS (DELETE FROM credentials RETURNING id) SELECT count(*) FROM gone").await;
    let (first, second) = (add_passkey(&world).await, add_passkey(&world).await);
    let (one, other) = tokio::join!(remove(&world, first), remove(&world, second));
    let gone = [one.unwrap(), other.unwrap()].iter().filter(|write| **write == Write::Applied(())).count();
    assert_eq!((gone, ways(&world).await.passkeys), (1, 1));
}
