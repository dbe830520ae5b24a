//! What happens all at once.

use futures_util::future::join_all;
use gatewright_tests::{Page, Tokens};

use super::{GRANT, allow, approve, ask, decide, enter, poll, refused, signed_in, world};

#[tokio::test(flavor = "multi_thread")]
async fn dv_05_thirty_two_polls_at_once_give_one_grant() {
    let world = world().await;
    let replica = world.replica().await;
    let asked = ask(&world).await;
    approve(&world, &asked, "alice").await;
    world.clock.stop();
    let fields = [("grant_type", GRANT), ("client_id", "tv1"), ("device_code", asked.device_code.as_str())];
    let mut held = world.database.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM device_codes FOR UPDATE").execute(&mut *held).await.unwrap();
    let opened = async {
        crate::token::until_waiting(&world, 12).await;
        held.commit().await.unwrap();
    };
    let polls = join_all((0..32).map(async |turn| match turn % 2 {
        0 => world.post("/token", &fields).await,
        _ => replica.post("/token", &fields).await,
    }));
    let (pages, ()) = tokio::join!(polls, opened);
    let (good, bad): (Vec<Page>, Vec<Page>) = pages.into_iter().partition(|page| page.status == 200);
    assert_eq!((good.len(), bad.len()), (1, 31));
    for page in &bad {
        refused(page, "invalid_grant");
    }
    assert_eq!((world.count("grants").await, world.events("grant.created").await), (1, 1));
    assert!(world.is_active(&Tokens::of(&good[0]).access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_03_of_two_people_at_once_one_has_the_request() {
    let world = world().await;
    for _round in 0..5 {
        let asked = ask(&world).await;
        let mut alice = signed_in(&world, "alice").await;
        let mut mallory = signed_in(&world, "mallory").await;
        let (one, two) =
            tokio::join!(enter(&mut alice, &asked.user_code), enter(&mut mallory, &asked.user_code));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.body, two.body);
    }
    assert_eq!(world.events("device.claimed").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_once() {
    let world = world().await;
    for round in 0..6 {
        let asked = ask(&world).await;
        let mut agent = signed_in(&world, "alice").await;
        let question = enter(&mut agent, &asked.user_code).await;
        let (mut left, mut right) = (agent.clone(), agent.clone());
        let second = if round % 2 == 0 { "deny" } else { "approve" };
        let (one, two) = tokio::join!(
            decide(&world, &mut left, &question, "approve"),
            decide(&world, &mut right, &question, second)
        );
        let done = [&one, &two].into_iter().filter(|page| page.body.contains("device-done")).count();
        assert_eq!(done, 1, "{} {} {} {}", one.status, one.body, two.status, two.body);
        let answered = world.events("device.approved").await + world.events("device.denied").await;
        assert_eq!(answered, round + 1);
        assert_eq!(world.events("consent.granted").await, world.events("device.approved").await);
        let after = poll(&world, &asked).await;
        let approved = if one.body.contains("device-done") { true } else { second == "approve" };
        assert_eq!(after.status.as_u16(), if approved { 200 } else { 400 }, "{}", after.body);
    }
}

/// What is remembered of a client has one end, and the later answer says which. A device that has not fetched its tokens
/// keeps the end it was given all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_allowed_for_an_hour_has_an_hour_whatever_is_allowed_beside_it() {
    let world = world().await;
    for round in 0..6 {
        let (short, long) = (ask(&world).await, ask(&world).await);
        let mut agent = signed_in(&world, "alice").await;
        let (first, second) =
            (enter(&mut agent, &short.user_code).await, enter(&mut agent, &long.user_code).await);
        let (mut left, mut right) = (agent.clone(), agent.clone());
        let hour = [("for", "hour")];
        let open = [("for", "open")];
        if round == 0 {
            allow(&world, &mut left, &first, &hour).await;
            allow(&world, &mut right, &second, &open).await;
        } else {
            tokio::join!(allow(&world, &mut left, &first, &hour), allow(&world, &mut right, &second, &open));
        }
        let end = world.operator().now + chrono::Duration::hours(1);
        assert_eq!(poll(&world, &short).await.status, 200);
        assert_eq!(poll(&world, &long).await.status, 200);
        let ends: Vec<chrono::DateTime<chrono::Utc>> =
            sqlx::query_scalar("SELECT expires_at FROM grants ORDER BY created_at DESC, id LIMIT 2")
                .fetch_all(&world.database)
                .await
                .unwrap();
        assert!(ends.iter().any(|ends| *ends <= end), "{round}: {ends:?}");
        if round == 0 {
            assert!(ends.iter().any(|ends| *ends > end), "{ends:?}");
        }
    }
}

/// Denying wins while an approval waits for the row: then the approval remembers nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_comes_second_leaves_no_consent() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    let mut held = world.database.begin().await.unwrap();
    sqlx::query("UPDATE device_codes SET denied_at = now()").execute(&mut *held).await.unwrap();
    let opened = async {
        crate::token::until_waiting(&world, 1).await;
        held.commit().await.unwrap();
    };
    let (late, ()) = tokio::join!(decide(&world, &mut agent, &question, "approve"), opened);
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!((world.count("consents").await, world.events("consent.granted").await), (0, 0));
}
