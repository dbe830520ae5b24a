//! Second factors: each proof is worth something once, and the last factor stays where one is required.

use futures_util::future::join_all;
use gatewright_oauth::Digest;
use gatewright_store::factors::{self, Factors, Keep};
use gatewright_store::passkeys::{self, NewPasskey, Use};
use gatewright_store::recovery_codes;
use gatewright_store::standing::Era;
use gatewright_store::totps::{self, NewTotp};
use gatewright_store::{Stored, Write, code_tries, users};
use uuid::Uuid;

use crate::world::{World, applied, at, digest, id, lost, trace};

async fn has(world: &World) -> Factors {
    factors::of_user(&world.store, world.user).await.unwrap().unwrap()
}

async fn enrol(world: &World, era: Era) -> Stored<Write<()>> {
    let new = NewTotp { user: world.user, era, id: id(), sealed: b"sealed", step: 100 };
    totps::enrol(&world.store, &new, &trace(1)).await
}

async fn add_passkey(world: &World, name: &str) -> Uuid {
    let challenge = digest();
    let (passkey, era) = (id(), has(world).await.era);
    let new = NewPasskey {
        id: passkey,
        user: world.user,
        era,
        credential_id: name.as_bytes(),
        public_key: b"key",
        sign_count: 5,
        synced: true,
        name,
        challenge: (&challenge, at(600)),
    };
    applied(passkeys::add(&world.store, &new, &trace(2)).await);
    lost(passkeys::add(&world.store, &NewPasskey { id: id(), ..new }, &trace(3)).await);
    let again = (&digest(), at(600));
    lost(passkeys::add(&world.store, &NewPasskey { id: id(), challenge: again, ..new }, &trace(3)).await);
    passkey
}

fn winners(outcomes: Vec<Stored<Write<()>>>) -> usize {
    outcomes.into_iter().map(Result::unwrap).filter(|outcome| *outcome == Write::Applied(())).count()
}

async fn events(world: &World, kind: &str) -> i64 {
    world.number(&format!("SELECT count(*) FROM events WHERE kind = '{kind}'")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg_07_of_fifty_requests_with_one_code_one_succeeds() {
    let world = World::new().await;
    applied(enrol(&world, has(&world).await.era).await);
    lost(enrol(&world, has(&world).await.era).await);
    let app = totps::find(&world.store, world.user).await.unwrap().unwrap();
    assert_eq!((app.last_step, app.last_used_at), (100, None));
    let accept = |step| {
        let (store, user, id) = (&world.store, world.user, app.id);
        async move { totps::accept(store, user, (id, step), &trace(4)).await }
    };
    lost(accept(100).await);
    assert_eq!(winners(join_all((0..50).map(|_| accept(101))).await), 1);
    lost(accept(100).await);
    lost(totps::accept(&world.store, world.user, (id(), 102), &trace(4)).await);
    applied(accept(102).await);
    assert_eq!((events(&world, "factor.added").await, events(&world, "factor.used").await), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg_15_of_fifty_requests_with_one_answer_of_a_passkey_one_succeeds() {
    let world = World::new().await;
    let passkey = add_passkey(&world, "phone").await;
    let owned = passkeys::by_credential(&world.store, b"phone").await.unwrap().unwrap();
    assert_eq!((owned.user, owned.passkey.id, owned.username_key.as_str()), (world.user, passkey, "alice"));
    let challenge = digest();
    let once = Use { id: passkey, was: 5, sign_count: 6, challenge: (&challenge, at(600)) };
    let answer = || async { passkeys::accept(&world.store, &once, &trace(5)).await };
    assert_eq!(winners(join_all((0..50).map(|_| answer())).await), 1);
    // A copy of the passkey that has counted as far loses, whatever it answers.
    let (second, third) = (digest(), digest());
    let copy = Use { challenge: (&second, at(600)), ..once };
    lost(passkeys::accept(&world.store, &copy, &trace(5)).await);
    let next = Use { was: 6, sign_count: 7, challenge: (&third, at(600)), ..once };
    applied(passkeys::accept(&world.store, &next, &trace(5)).await);
    applied(users::disable(&world.store, world.user, &trace(6)).await);
    assert!(passkeys::by_credential(&world.store, b"phone").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_is_good_once() {
    let world = World::new().await;
    let codes: Vec<Digest> = (0..10).map(|_| digest()).collect();
    let replace = || async { recovery_codes::replace(&world.store, world.user, &codes, &trace(1)).await };
    lost(replace().await);
    applied(enrol(&world, has(&world).await.era).await);
    applied(replace().await);
    let left = recovery_codes::of_user(&world.store, world.user).await.unwrap().unwrap();
    assert_eq!((left.count(), has(&world).await.recovery_codes), (10, 10));
    assert!(left.without(&digest()).is_none());
    let rest = left.without(&codes[3]).unwrap();
    let spend = || async { recovery_codes::spend(&world.store, world.user, (&left, &rest), &trace(2)).await };
    assert_eq!(winners(join_all((0..50).map(|_| spend())).await), 1);
    let left = recovery_codes::of_user(&world.store, world.user).await.unwrap().unwrap();
    assert!(left.count() == 9 && left.without(&codes[3]).is_none() && left.without(&codes[4]).is_some());
    applied(replace().await);
    assert_eq!(has(&world).await.recovery_codes, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg_07_six_tries_in_five_minutes_whoever_asks_at_once() {
    let world = World::new().await;
    let take = |second| {
        let (store, user) = (&world.store, world.user);
        async move {
            code_tries::take(store, user, (at(second) - chrono::Duration::minutes(5), 6), at(second)).await
        }
    };
    assert_eq!(winners(join_all((0..50).map(|_| take(1000))).await), 6);
    lost(take(1299).await);
    assert_eq!(winners(join_all((0..50).map(|_| take(1300))).await), 6);
    code_tries::forgive(&world.store, world.user).await.unwrap();
    applied(take(1301).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_factor_stays_where_one_is_required() {
    for keep in [Keep::One, Keep::None] {
        let world = World::new().await;
        applied(enrol(&world, has(&world).await.era).await);
        let passkey = add_passkey(&world, "phone").await;
        let codes = [digest()];
        applied(recovery_codes::replace(&world.store, world.user, &codes, &trace(4)).await);
        let app = async {
            let together = world.store.begin().await?;
            let (Write::Applied(()) | Write::Lost) = users::hold(together.store(), world.user).await?;
            let done = totps::remove(together.store(), world.user, keep, &trace(5)).await?;
            together.commit().await.map(|()| done)
        };
        let key = async {
            let together = world.store.begin().await?;
            let (Write::Applied(()) | Write::Lost) = users::hold(together.store(), world.user).await?;
            let done = passkeys::remove(together.store(), (world.user, passkey), keep, &trace(5)).await?;
            together.commit().await.map(|()| done)
        };
        let (app, key) = tokio::join!(app, key);
        let has = has(&world).await;
        match keep {
            Keep::One => {
                assert_eq!(winners(vec![app, key]), 1);
                assert_eq!(u64::from(has.totp) + has.passkeys, 1);
                assert_eq!(has.recovery_codes, 1, "they stand in for what is left");
            }
            Keep::None => {
                assert_eq!(winners(vec![app, key]), 2);
                assert_eq!((has.totp, has.passkeys, has.recovery_codes), (false, 0, 0));
            }
        }
    }
}

#[tokio::test]
async fn lg_17_nothing_is_enrolled_for_a_proof_that_has_ended() {
    let world = World::new().await;
    let before = has(&world).await.era;
    applied(users::disable(&world.store, world.user, &trace(1)).await);
    lost(enrol(&world, before).await);
    assert!(factors::of_user(&world.store, world.user).await.unwrap().is_none());
    applied(users::enable(&world.store, world.user, &trace(2)).await);
    lost(enrol(&world, before).await);
    applied(enrol(&world, has(&world).await.era).await);
}

#[tokio::test]
async fn factors_are_reset_and_go_with_their_account() {
    let world = World::new().await;
    assert_eq!(factors::reset(&world.store, world.user, &trace(1)).await.unwrap(), Write::Lost);
    applied(enrol(&world, has(&world).await.era).await);
    let phone = add_passkey(&world, "phone").await;
    applied(recovery_codes::replace(&world.store, world.user, &[digest()], &trace(2)).await);
    lost(passkeys::rename(&world.store, (id(), phone), "x", &trace(3)).await);
    applied(passkeys::rename(&world.store, (world.user, phone), "Phone", &trace(3)).await);
    assert_eq!(passkeys::of_user(&world.store, world.user).await.unwrap()[0].name, "Phone");
    lost(passkeys::remove(&world.store, (id(), phone), Keep::None, &trace(3)).await);
    let Write::Applied(reset) = factors::reset(&world.store, world.user, &trace(3)).await.unwrap() else {
        panic!("there was something")
    };
    assert_eq!((reset.totps, reset.passkeys, reset.recovery_codes), (1, 1, 1));
    applied(enrol(&world, has(&world).await.era).await);
    assert!(matches!(users::erase(&world.store, world.user, &trace(4)).await.unwrap(), Write::Applied(_)));
    assert_eq!(world.number("SELECT count(*) FROM totps").await, 0);
}
