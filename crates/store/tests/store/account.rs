//! What people decide about their own: for how long, and that it ends.

use futures_util::future::join_all;
use gatewright_store::codes::{self, Agreement};
use gatewright_store::consents::{self, By, Cursor};
use gatewright_store::grants::{self, Limit, Reason, Revocation};
use gatewright_store::users::{self, Own};
use gatewright_store::{EventKind, Stored, Time, Write, events, sessions};

use crate::world::{World, applied, at, digest, id, lost, scopes, trace};

fn winners<T>(outcomes: Vec<Stored<Write<T>>>) -> usize {
    outcomes.into_iter().map(Result::unwrap).filter(|outcome| matches!(outcome, Write::Applied(_))).count()
}

/// A grant that was allowed until `until`.
async fn allowed_until(world: &World, until: Time) -> uuid::Uuid {
    let code = digest();
    applied(world.approve_until(&code, &scopes("files:read"), Some(until)).await);
    applied(world.redeem(&code).await);
    world.consent().await.unwrap();
    let living = grants::living(&world.store, world.user, (10, at(21))).await.unwrap();
    living[0].id
}

#[tokio::test]
async fn what_was_allowed_for_a_time_ends_with_it_and_answers_nothing_afterwards() {
    let world = World::new().await;
    let grant = allowed_until(&world, at(500)).await;
    let consent = world.consent().await.unwrap();
    assert_eq!((consent.expires_at, consent.by), (Some(at(500)), By::Person));
    assert!(consent.is_remembered(at(499)) && !consent.is_remembered(at(500)));
    let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
    assert_eq!((facts.grant.expires_at, facts.grant.idle_expires_at), (at(500), at(500)));
    assert_eq!(facts.grant.most_expires_at, at(5000));
    applied(world.rotate(grant, 0).await);
    let facts = grants::for_refresh(&world.store, grant).await.unwrap().unwrap();
    assert_eq!(facts.grant.idle_expires_at, at(500), "refreshing gives no more time");
    assert!(grants::living(&world.store, world.user, (10, at(500))).await.unwrap().is_empty());
    let silently = async |seconds| {
        world.issue(&digest(), &consent.scope, Agreement::Remembered(&consent), seconds).await
    };
    applied(silently(499).await);
    lost(silently(500).await);
}

#[tokio::test]
async fn a_code_is_not_redeemed_after_its_answer_has_ended() {
    let world = World::new().await;
    let code = digest();
    applied(world.approve_until(&code, &scopes("files:read"), Some(at(20))).await);
    lost(world.redeem(&code).await);
}

#[tokio::test]
async fn a_code_keeps_the_end_it_was_issued_for_whatever_is_answered_beside_it() {
    let world = World::new().await;
    let ends = async |first: Option<Time>, second: Option<Time>| {
        let (code, other) = (digest(), digest());
        applied(world.approve_until(&code, &scopes("files:read"), first).await);
        let grant = codes::for_redemption(&world.store, &code).await.unwrap().unwrap().code.grant;
        applied(world.approve_until(&other, &scopes("files:read"), second).await);
        let found = codes::for_redemption(&world.store, &code).await.unwrap().unwrap().code;
        applied(world.redeem(&code).await);
        let grant = grants::for_refresh(&world.store, grant).await.unwrap().unwrap().grant;
        assert_eq!(grant.most_expires_at, at(5000), "what its person may still set");
        (found.answer_ends, grant.expires_at, grant.idle_expires_at)
    };
    let hour = (Some(at(500)), at(500), at(500));
    assert_eq!(ends(Some(at(500)), None).await, hour, "no longer");
    assert_eq!(ends(Some(at(500)), Some(at(900))).await, hour, "no longer");
    assert_eq!(ends(Some(at(900)), Some(at(500))).await, hour, "but shorter");
    assert_eq!(ends(None, Some(at(500))).await, hour, "but shorter");
    // A remembered answer lends its end.
    let code = digest();
    let consent = world.consent().await.unwrap();
    applied(world.issue(&code, &consent.scope, Agreement::Remembered(&consent), 15).await);
    applied(world.approve(&digest(), &scopes("files:read")).await);
    let found = codes::for_redemption(&world.store, &code).await.unwrap().unwrap().code;
    assert_eq!(found.answer_ends, Some(at(500)));
    // And what was answered until before now is over, although the answer is not.
    let code = digest();
    applied(world.approve_until(&code, &scopes("files:read"), Some(at(20))).await);
    applied(world.approve(&digest(), &scopes("files:read")).await);
    lost(world.redeem(&code).await);
}

#[tokio::test]
async fn a_grant_ends_when_its_person_says_and_never_later_than_it_could() {
    let world = World::new().await;
    let grant = world.grant().await;
    let limit = async |user, until| {
        let limit = Limit { grant, user, until, idle_expires_at: at(9000) };
        grants::limit(&world.store, &limit, &trace(40)).await
    };
    lost(limit(id(), Some(at(100))).await);
    let state = async || grants::for_refresh(&world.store, grant).await.unwrap().unwrap().grant;
    for (until, ends, remembered) in [
        (Some(at(100)), at(100), Some(at(100))),
        (Some(at(4000)), at(4000), Some(at(4000))),
        (Some(at(90_000)), at(5000), Some(at(90_000))),
        (None, at(5000), None),
    ] {
        applied(limit(world.user, until).await);
        let now = state().await;
        assert_eq!((now.expires_at, now.idle_expires_at, now.most_expires_at), (ends, ends, at(5000)));
        assert_eq!(world.consent().await.unwrap().expires_at, remembered);
    }
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'consent.limited'").await, 4);
    let revocation = Revocation { grant, reason: Reason::User, client: None, user: Some(id()) };
    lost(grants::revoke(&world.store, &revocation, &trace(41)).await);
    let own = Revocation { user: Some(world.user), ..revocation };
    applied(grants::revoke(&world.store, &own, &trace(41)).await);
    lost(limit(world.user, None).await);
}

#[tokio::test]
async fn an_answer_that_has_ended_is_forgotten_once_nothing_stands_on_it() {
    let world = World::new().await;
    let first = world.grant().await;
    allowed_until(&world, at(500)).await;
    let consent = world.consent().await.unwrap().id;
    assert!(consents::expired(&world.store, at(499), 10).await.unwrap().is_empty());
    // The first grant was allowed for as long as this server allows, and goes on.
    assert!(consents::expired(&world.store, at(600), 10).await.unwrap().is_empty());
    let revocation = Revocation { grant: first, reason: Reason::User, client: None, user: None };
    applied(grants::revoke(&world.store, &revocation, &trace(600)).await);
    assert_eq!(consents::expired(&world.store, at(600), 10).await.unwrap(), [consent]);
    lost(consents::expire(&world.store, consent, &trace(499)).await);
    let crowd =
        join_all((0..20).map(|_| async { consents::expire(&world.store, consent, &trace(600)).await }));
    assert_eq!(winners(crowd.await), 1);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'consent.expired'").await, 1);
    assert!(consents::by_id(&world.store, consent).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_goes_with_all_it_was_allowed_however_many_say_so() {
    let world = World::new().await;
    for _ in 0..10 {
        let grant = world.grant().await;
        let (code, _) = world.code().await;
        let (rotated, crowd) = tokio::join!(
            world.rotate(grant, 0),
            join_all((0..5).map(|_| async {
                consents::revoke_client(&world.store, world.user, &world.client.id, &trace(30)).await
            }))
        );
        assert_eq!(winners(crowd), 1);
        let generation = u64::from(matches!(rotated.unwrap(), Write::Applied(())));
        lost(world.rotate(grant, generation).await);
        lost(world.redeem(&code).await);
        assert!(world.consent().await.is_none());
        assert!(grants::living(&world.store, world.user, (10, at(31))).await.unwrap().is_empty());
    }
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'consent.revoked'").await, 10);
    lost(consents::revoke_client(&world.store, id(), &world.client.id, &trace(30)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_ends_once_and_with_it_what_is_on_its_way() {
    let world = World::new().await;
    let grant = world.grant().await;
    let (code, _) = world.code().await;
    let end = async |session| users::end_access(&world.store, world.user, session, &trace(40)).await;
    lost(end(Some(id())).await);
    let crowd = join_all((0..20).map(|_| end(Some(world.session)))).await;
    assert_eq!(winners(crowd), 1);
    lost(world.rotate(grant, 0).await);
    lost(world.redeem(&code).await);
    lost(world.approve(&digest(), &scopes("files:read")).await);
    assert!(sessions::find(&world.store, &world.cookie, at(41)).await.unwrap().is_none());
    assert!(grants::living(&world.store, world.user, (10, at(41))).await.unwrap().is_empty());
    assert!(consents::list(&world.store, world.user, Cursor::START, 10).await.unwrap().is_empty());
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'user.access_ended'").await, 1);
    // An administrator needs no session of theirs.
    assert_eq!(applied(end(None).await), 0);
}

#[tokio::test]
async fn people_read_what_they_allowed_latest_first() {
    let world = World::new().await;
    let grant = allowed_until(&world, at(500)).await;
    let limit = Limit { grant, user: world.user, until: None, idle_expires_at: at(9000) };
    applied(grants::limit(&world.store, &limit, &trace(40)).await);
    applied(consents::revoke_client(&world.store, world.user, &world.client.id, &trace(50)).await);
    let read = async |cursor| events::of_person(&world.store, world.user, cursor, 2).await.unwrap();
    let first = read(events::Cursor::end(at(60))).await;
    let kinds = |events: &[events::Event]| events.iter().map(|event| event.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&first), [EventKind::ConsentRevoked, EventKind::ConsentLimited]);
    let last = &first[1];
    let rest = read(events::Cursor { at: last.at, id: last.id }).await;
    assert_eq!(kinds(&rest), [EventKind::ConsentGranted]);
    assert!(rest[0].detail["until"].as_str().unwrap().starts_with("2027-01-15T08:08:20"));
    assert!(events::of_person(&world.store, id(), events::Cursor::end(at(60)), 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_describe_themselves_at_once_one_does() {
    let world = World::new().await;
    let was = users::by_id(&world.store, world.user).await.unwrap().unwrap();
    let crowd = (0..20).map(|n| {
        let name = format!("Alice {n}");
        let (store, was) = (&world.store, &was);
        async move {
            let own = Own { display_name: Some(&name), locale: Some("de") };
            users::describe(store, was, own, &trace(30)).await
        }
    });
    assert_eq!(winners(join_all(crowd).await), 1);
    let now = users::by_id(&world.store, world.user).await.unwrap().unwrap();
    assert_eq!((now.locale.as_deref(), now.email), (Some("de"), was.email));
}

#[tokio::test]
async fn a_session_says_where_it_was_opened_and_when_it_was_used() {
    let world = World::new().await;
    let found = sessions::find(&world.store, &world.cookie, at(5)).await.unwrap().unwrap().session;
    let opened = (found.device.as_deref(), found.peer.as_deref(), found.seen_at);
    assert_eq!(opened, (Some("Firefox/Linux"), Some("192.0.2.1"), Some(at(1))));
    let (_, grant) = world.code().await;
    let found = sessions::find(&world.store, &world.cookie, at(15)).await.unwrap().unwrap().session;
    assert_eq!(found.seen_at, Some(at(10)));
    assert!(grants::by_id(&world.store, grant).await.unwrap().is_none());
    let grant = world.grant().await;
    let found = grants::by_id(&world.store, grant).await.unwrap().unwrap();
    assert_eq!(found.peer.as_deref(), Some("192.0.2.1"));
}
