//! Crowds at one row: exactly one gets through.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use gatewright_jose::{Algorithm, SigningKey};
use gatewright_oauth::Resource;
use gatewright_oauth::resource::OpenTo;
use gatewright_store::clients::Registered;
use gatewright_store::grants::{Reason, Revocation};
use gatewright_store::leases::Lease;
use gatewright_store::signing_keys::{self, KeyState, NewKey};
use gatewright_store::standing::{Ended, Standing};
use gatewright_store::{
    Schema, Store, Stored, Write, clients, codes, consents, grants, leases, resources, sessions, users,
};
use uuid::Uuid;

use crate::postgres;
use crate::world::{World, applied, at, client, digest, id, lost, scopes, trace};

/// How many of them were applied.
fn winners<T>(outcomes: Vec<Stored<Write<T>>>) -> usize {
    outcomes.into_iter().map(Result::unwrap).filter(|outcome| matches!(outcome, Write::Applied(_))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_redemptions_on_two_servers_one_succeeds() {
    let world = World::new().await;
    let other = postgres::store(&world.url).await;
    let (code, _) = world.code().await;
    let crowd = (0..200).map(|n| world.redeem_on(if n % 2 == 0 { &world.store } else { &other }, &code));
    assert_eq!(winners(join_all(crowd).await), 1);
    assert_eq!(world.number("SELECT count(*) FROM grants").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'grant.created'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_rotations_one_succeeds() {
    let world = World::new().await;
    let grant = world.grant().await;
    assert_eq!(winners(join_all((0..200).map(|_| world.rotate(grant, 0))).await), 1);
    let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
    assert_eq!(facts.grant.generation, 1);
    assert_eq!(world.number("SELECT count(*) FROM grants").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'grant.refreshed'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_and_a_revocation_leave_a_revoked_grant() {
    let world = World::new().await;
    for _ in 0..20 {
        let grant = world.grant().await;
        let revocation =
            Revocation { grant, reason: Reason::Client, client: Some(&world.client.id), user: None };
        let (rotated, revoked) = tokio::join!(world.rotate(grant, 0), async {
            grants::revoke(&world.store, &revocation, &trace(30)).await
        });
        applied(revoked);
        let generation = u64::from(matches!(rotated.unwrap(), Write::Applied(())));
        let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
        assert!(facts.grant.revoked.is_some());
        assert_eq!(facts.grant.generation, generation);
        lost(world.rotate(grant, generation).await);
    }
}

/// Runs `ending` while a redemption of `code` is held between its snapshot and its update, so
/// that it commits after the ending it could not see.
async fn redeem_across<T>(
    world: &World,
    code: &gatewright_oauth::Digest,
    ending: impl Future<Output = Stored<Write<T>>>,
) {
    let mut holder = postgres::connect(&world.url).await;
    postgres::run(&mut holder, "BEGIN; UPDATE codes SET nonce = nonce").await;
    let late = world.redeem(code);
    tokio::pin!(late);
    tokio::select! {
        _ = &mut late => panic!("the redemption should be waiting for the row"),
        () = wait_for_a_waiter(world) => {}
    }
    applied(ending.await);
    postgres::run(&mut holder, "COMMIT").await;
    applied(late.await);
}

async fn wait_for_a_waiter(world: &World) {
    let waiters = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while world.number(waiters).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A grant that was born after what it stands on had ended, and its standing.
async fn assert_dead(world: &World, grant: Uuid, ended: Ended) {
    let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
    assert_eq!(facts.standing, Standing::Over(ended));
    assert!(!grants::state(&world.store, grant).await.unwrap().unwrap().lives(at(25)));
    lost(world.rotate(grant, 0).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_overlaps_disabling_its_user_is_born_dead_for_good() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    redeem_across(&world, &code, users::disable(&world.store, world.user, &trace(21))).await;
    assert_dead(&world, grant, Ended::User).await;
    applied(users::enable(&world.store, world.user, &trace(22)).await);
    assert_dead(&world, grant, Ended::User).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_overlaps_disabling_its_client_is_born_dead_for_good() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    redeem_across(&world, &code, clients::disable(&world.store, &world.client.id, &trace(21))).await;
    assert_dead(&world, grant, Ended::Client).await;
    applied(clients::enable(&world.store, &world.client.id, &trace(22)).await);
    assert_dead(&world, grant, Ended::Client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_overlaps_withdrawing_its_consent_is_born_dead_for_good() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    let consent = world.consent().await.unwrap();
    redeem_across(&world, &code, consents::revoke(&world.store, world.user, consent.id, &trace(21))).await;
    assert_dead(&world, grant, Ended::Consent).await;
    applied(world.approve(&digest(), &scopes("files:read")).await);
    assert_dead(&world, grant, Ended::Consent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_overlaps_the_end_of_its_session_is_born_dead() {
    let world = World::new().await;
    let (code, grant) = world.code().await;
    redeem_across(&world, &code, sessions::end(&world.store, world.session, &trace(21))).await;
    assert_dead(&world, grant, Ended::Session).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_and_redeeming_at_once_never_leaves_a_living_grant() {
    let world = World::new().await;
    for _ in 0..20 {
        let session = id();
        let cookie = digest();
        world.open_session(session, &cookie).await;
        let world = World { session, cookie, ..world.clone() };
        let (code, grant) = world.code().await;
        let (redeemed, disabled) = tokio::join!(world.redeem(&code), async {
            users::disable(&world.store, world.user, &trace(21)).await
        });
        applied(disabled);
        applied(users::enable(&world.store, world.user, &trace(22)).await);
        match redeemed.unwrap() {
            Write::Applied(()) => assert_dead(&world, grant, Ended::User).await,
            Write::Lost => assert!(grants::state(&world.store, grant).await.unwrap().is_none()),
        }
        lost(world.redeem(&code).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_keys_one_signs() {
    let (store, url) = postgres::database().await;
    let other = postgres::store(&url).await;
    let keys: Vec<_> = (0..20).map(|_| SigningKey::generate(Algorithm::Es256).unwrap().0).collect();
    let insert = async |store: &Store, key: &SigningKey| {
        let new =
            NewKey { kid: key.kid(), algorithm: Algorithm::Es256, sealed: b"s", public: key.public_jwk() };
        signing_keys::insert_active(store, &new, &trace(0)).await
    };
    let crowd = keys.iter().enumerate().map(|(n, key)| insert(if n % 2 == 0 { &store } else { &other }, key));
    assert_eq!(winners(join_all(crowd).await), 1);
    assert_eq!(signing_keys::list(&store).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_rotations_of_a_key_one_happens() {
    let (store, _) = postgres::database().await;
    let (first, next) = (
        SigningKey::generate(Algorithm::Es256).unwrap().0,
        SigningKey::generate(Algorithm::Es256).unwrap().0,
    );
    let new =
        |key: &'static str, public| NewKey { kid: key, algorithm: Algorithm::Es256, sealed: b"s", public };
    applied(signing_keys::insert_active(&store, &new("first", first.public_jwk()), &trace(0)).await);
    applied(signing_keys::insert_next(&store, &new("next", next.public_jwk()), &trace(1)).await);
    let crowd = (0..20).map(|_| async { signing_keys::promote(&store, "next", &trace(2)).await });
    assert_eq!(winners(join_all(crowd).await), 1);
    let states: Vec<_> = signing_keys::list(&store).await.unwrap().iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyState::Retired, KeyState::Active]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_has_one_holder_until_it_ends() {
    let (store, _) = postgres::database().await;
    let acquire = async |holder: Uuid, until: u64, now: u64| {
        leases::acquire(&store, &Lease { name: "sweep", holder, until: at(until) }, at(now)).await
    };
    let holders: Vec<Uuid> = (0..50).map(|_| id()).collect();
    let outcomes: Vec<Write<()>> = join_all(holders.iter().map(|holder| acquire(*holder, 60, 0)))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let won: Vec<Uuid> = holders
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Write::Applied(()))
        .map(|(h, _)| *h)
        .collect();
    let [winner] = won[..] else { panic!("{} holders", won.len()) };
    applied(acquire(winner, 120, 30).await);
    lost(acquire(id(), 200, 119).await);
    let second = id();
    applied(acquire(second, 200, 120).await);
    lost(leases::release(&store, "sweep", winner).await);
    applied(leases::release(&store, "sweep", second).await);
    applied(acquire(id(), 200, 121).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identical_registrations_arriving_at_once_share_a_row() {
    let (store, _) = postgres::database().await;
    let store = &store;
    let crowd = (0..30).map(|n| async move {
        let mut registration = client(&format!("c_{n}"));
        registration.metadata.client_name = Some("Same".into());
        applied(clients::create(store, &registration, &trace(0)).await)
    });
    let outcomes = join_all(crowd).await;
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Registered::New(_))).count();
    assert_eq!(new, 1);
    let ids: std::collections::BTreeSet<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Registered::New(client) | Registered::Existing(client) => client.id.to_string(),
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(clients::list(store, &clients::Cursor::START, 100).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_resources_that_are_to_be_the_default_one_is() {
    let world = World::new().await;
    let mut one = world.resource.clone();
    one.is_default = false;
    if world.resource.is_default {
        applied(resources::update(&world.store, &world.resource, &one, &trace(40)).await);
    }
    let mut other = one.clone();
    (other.id, other.identifier) = (Uuid::from_u128(4711), "https://other.test/mcp".to_owned());
    applied(resources::add(&world.store, &other, &trace(41)).await);
    for round in 0..20 {
        let [wanted, rival] = [&one, &other].map(|was| {
            let mut wanted = was.clone();
            wanted.is_default = true;
            wanted
        });
        let (first, second) = tokio::join!(
            async { resources::update(&world.store, &one, &wanted, &trace(50 + round)).await },
            async { resources::update(&world.store, &other, &rival, &trace(80 + round)).await },
        );
        let first = matches!(first.unwrap(), Write::Applied(()));
        let second = matches!(second.unwrap(), Write::Applied(()));
        assert!(first != second);
        let default = resources::default(&world.store).await.unwrap().unwrap();
        assert_eq!(default.id == one.id, first);
        let back = if first { (&wanted, &one) } else { (&rival, &other) };
        applied(resources::update(&world.store, back.0, back.1, &trace(110 + round)).await);
    }
}

/// Each starts from what it read. What one administrator demands, another who changes something else must not take back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_of_a_resource_that_start_from_the_same_one_is_made() {
    let world = World::new().await;
    let mut was = world.resource.clone();
    let second = Some(gatewright_oauth::assurance::Acr::parse("urn:gatewright:acr:2fa").unwrap());
    let changes: [fn(&mut Resource); 6] = [
        |resource| resource.demand.max_age = Some(resource.demand.max_age.unwrap_or(60) + 1),
        |resource| resource.scopes[0].default = !resource.scopes[0].default,
        |resource| resource.token.lifetime += std::time::Duration::from_secs(1),
        |resource| resource.is_default = !resource.is_default,
        |resource| {
            resource.open_to = match resource.open_to {
                OpenTo::AnyClient => OpenTo::VerifiedClients,
                OpenTo::VerifiedClients => OpenTo::AnyClient,
            };
        },
        |resource| resource.scopes[0].demand.max_age = Some(resource.demand.max_age.unwrap_or(90) + 1),
    ];
    for (round, change) in changes.into_iter().enumerate() {
        let (mut one, mut other) = (was.clone(), was.clone());
        change(&mut one);
        if round % 2 == 0 {
            other.demand.acr = if was.demand.acr.is_none() { second } else { None };
        } else {
            other.name.push('!');
        }
        let trace = |n| trace(100 + 2 * u64::try_from(round).unwrap() + n);
        let (first, last) =
            tokio::join!(async { resources::update(&world.store, &was, &one, &trace(0)).await }, async {
                resources::update(&world.store, &was, &other, &trace(1)).await
            },);
        let is_first = matches!(first.unwrap(), Write::Applied(()));
        assert_ne!(is_first, matches!(last.unwrap(), Write::Applied(())), "{round}");
        let is = resources::by_id(&world.store, was.id).await.unwrap().unwrap();
        assert_eq!(is, if is_first { one } else { other }, "{round}");
        was = is;
    }
}

type Change = fn(&mut Resource);

/// The same, one after the other: nothing that was changed meanwhile goes unseen.
#[tokio::test]
async fn a_change_of_a_resource_sees_whatever_was_changed_since_it_was_read() {
    let world = World::new().await;
    let mut was = world.resource.clone();
    let changes: [(&str, Change); 8] = [
        ("name", |resource| resource.name.push('!')),
        ("a scope", |resource| resource.scopes[0].default = !resource.scopes[0].default),
        ("what a scope demands", |resource| resource.scopes[0].demand.max_age = Some(90)),
        ("what it demands", |resource| resource.demand.max_age = Some(60)),
        ("lifetime", |resource| resource.token.lifetime += std::time::Duration::from_secs(1)),
        ("algorithm", |resource| resource.token.algorithm = Algorithm::Rs256),
        ("whom it is open to", |resource| resource.open_to = OpenTo::VerifiedClients),
        ("the default", |resource| resource.is_default = !resource.is_default),
    ];
    for (round, (what, change)) in changes.into_iter().enumerate() {
        let trace = |n| trace(200 + 2 * u64::try_from(round).unwrap() + n);
        let (mut changed, mut late) = (was.clone(), was.clone());
        change(&mut changed);
        late.name.push('?');
        assert_ne!(changed, was, "{what}");
        applied(resources::update(&world.store, &was, &changed, &trace(0)).await);
        let outcome = resources::update(&world.store, &was, &late, &trace(1)).await.unwrap();
        assert!(matches!(outcome, Write::Lost), "{what}");
        was = changed;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_is_either_redeemed_or_burned() {
    let world = World::new().await;
    for _ in 0..20 {
        let (code, grant) = world.code().await;
        let (redeemed, burned) =
            tokio::join!(world.redeem(&code), async { codes::burn(&world.store, &code, &trace(20)).await });
        let redeemed = matches!(redeemed.unwrap(), Write::Applied(()));
        let burned = matches!(burned.unwrap(), Write::Applied(_));
        assert!(redeemed != burned);
        assert_eq!(grants::state(&world.store, grant).await.unwrap().is_some(), redeemed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_may_migrate_at_once() {
    let url = postgres::empty_database().await;
    let stores = Arc::new(join_all((0..6).map(|_| postgres::store(&url))).await);
    assert_eq!(stores[0].schema().await.unwrap(), Schema::Behind);
    let outcomes = join_all(stores.iter().map(Store::migrate)).await;
    for outcome in outcomes {
        outcome.unwrap();
    }
    assert!(stores[0].is_current().await.unwrap());
    assert!(resources::list(&stores[0]).await.unwrap().is_empty());
}
