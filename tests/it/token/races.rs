//! What happens all at once, over two server processes on one database (CO-01, RT-02).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatewright_tests::world::{Replica, secret_of};
use gatewright_tests::{Az, Page, Tokens, VERIFIER, World};

use super::{grant, refused, tokens_as};

/// One token request to one of the two processes. One that is told 503 asks again, as clients do.
async fn send(world: &World, replica: &Replica, turn: usize, fields: &[(&str, &str)]) -> Page {
    for _try in 0..50 {
        let page = match turn % 2 {
            0 => world.post("/token", fields).await,
            _ => replica.post("/token", fields).await,
        };
        if page.status != 503 {
            return page;
        }
        assert!(!page.header("retry-after").is_empty());
    }
    panic!("503 fifty times");
}

/// `count` token requests at once. The first forty meet at a row that is held until most of the connections of
/// both processes wait for it: all of those have read the same facts, and only the guard of their statement is
/// left to tell them apart. The others come in a rush.
async fn stampede(
    (world, replica): (&World, &Replica),
    row: &'static str,
    fields: &[(&str, &str)],
    count: usize,
) -> Vec<Page> {
    world.clock.stop();
    let mut held = world.database.begin().await.unwrap();
    sqlx::query(row).execute(&mut *held).await.unwrap();
    let opened = async {
        until_waiting(world, 12).await;
        held.commit().await.unwrap();
    };
    let first = join_all((0..40).map(|turn| send(world, replica, turn, fields)));
    let (mut pages, ()) = tokio::join!(first, opened);
    pages.extend(join_all((40..count).map(|turn| send(world, replica, turn, fields))).await);
    pages
}

/// Until so many connections wait for a row that is held; or for a second, where fewer can.
pub(crate) async fn until_waiting(world: &World, count: i64) {
    let started = Instant::now();
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&world.database).await.unwrap() < count
        && started.elapsed() < Duration::from_secs(1)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn winners(pages: Vec<Page>) -> (Vec<Tokens>, usize) {
    let (good, bad): (Vec<Page>, Vec<Page>) = pages.into_iter().partition(|page| page.status == 200);
    for page in &bad {
        refused(page, 400, "invalid_grant");
    }
    (good.iter().map(Tokens::of).collect(), bad.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn co_01_a_thousand_redemptions_of_one_code_give_one_grant() {
    let world = World::new().await;
    let replica = world.replica().await;
    let code = world.code(&Az::of("pub1")).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "pub1"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let pages = stampede((&world, &replica), "SELECT 1 FROM codes FOR UPDATE", &fields, 1_000).await;
    let (good, bad) = winners(pages);
    assert_eq!((good.len(), bad), (1, 999));
    assert_eq!((world.count("grants").await, world.events("grant.created").await), (1, 1));
    assert!(world.is_active(&good[0].access).await, "a stampede is not a replay");
    Tokens::of(&world.refresh("pub1", good[0].refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_02_five_hundred_refreshes_are_one_step_and_one_successor() {
    let world = World::new().await;
    let replica = world.replica().await;
    let tokens = world.tokens().await;
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", tokens.refresh())];
    let pages = stampede((&world, &replica), "SELECT 1 FROM grants FOR UPDATE", &fields, 500).await;
    let (good, bad) = winners(pages);
    assert_eq!((good.len(), bad), (500, 0));
    let successor = good[0].refresh();
    assert!(good.iter().all(|tokens| tokens.refresh() == successor));
    assert_ne!(successor, tokens.refresh());
    assert_eq!((grant(&world).await.1, world.count("grants").await), (1, 1));
    assert_eq!((world.events("grant.refreshed").await, world.events("token.reuse_detected").await), (1, 0));
    for tokens in [&good[0], &good[250], &good[499]] {
        assert!(world.is_active(&tokens.access).await);
    }
    // The successor is the one that works from here on.
    Tokens::of(&world.refresh("pub1", successor).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_02_without_grace_exactly_one_of_five_hundred_succeeds() {
    let world = World::with(|config| config.tokens.refresh_grace_seconds = 0).await;
    let replica = world.replica().await;
    let tokens = world.tokens().await;
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", tokens.refresh())];
    let pages = stampede((&world, &replica), "SELECT 1 FROM grants FOR UPDATE", &fields, 500).await;
    let (good, bad) = winners(pages);
    assert_eq!((good.len(), bad), (1, 499));
    let (_, generation, revoked) = grant(&world).await;
    assert_eq!((generation, revoked.as_deref()), (1, Some("refresh_reuse")), "strict means strict");
    assert_eq!((world.events("grant.refreshed").await, world.events("token.reuse_detected").await), (1, 1));
    refused(&world.refresh("pub1", good[0].refresh()).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_02_a_revocation_between_refreshes_is_final() {
    let world = World::new().await;
    let replica = world.replica().await;
    for _round in 0..5 {
        let tokens = world.tokens().await;
        let fields =
            [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", tokens.refresh())];
        let revocation = [("client_id", "pub1"), ("token", tokens.refresh())];
        let refreshes = join_all((0..20).map(|turn| send(&world, &replica, turn, &fields)));
        let (pages, revoked) = tokio::join!(refreshes, replica.post("/revoke", &revocation));
        assert_eq!(revoked.status, 200, "{}", revoked.body);
        let (good, _) = winners(pages);
        for late in good.iter().map(Tokens::refresh).chain([tokens.refresh()]) {
            refused(&world.refresh("pub1", late).await, 400, "invalid_grant");
            refused(
                &replica.post("/token", &[fields[0], fields[1], ("refresh_token", late)]).await,
                400,
                "invalid_grant",
            );
        }
        for tokens in &good {
            assert!(!world.is_active(&tokens.access).await);
        }
    }
    assert_eq!(world.events("grant.revoked").await, 5);
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM grants WHERE revoked_at IS NULL")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_02_a_refresh_that_looked_before_a_revocation_loses_to_it() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let mut held = world.database.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM grants FOR UPDATE").execute(&mut *held).await.unwrap();
    let revocation = [("client_id", "pub1"), ("token", tokens.refresh())];
    let refreshes = async {
        // The revocation stands first in the row's queue; the refreshes have looked, and wait behind it: with one
        // statement for all of them.
        until_waiting(&world, 1).await;
        join_all((0..4).map(|_| world.refresh("pub1", tokens.refresh()))).await
    };
    let opened = async {
        until_waiting(&world, 2).await;
        held.commit().await.unwrap();
    };
    let (revoked, pages, ()) = tokio::join!(world.post("/revoke", &revocation), refreshes, opened);
    assert_eq!(revoked.status, 200);
    for page in &pages {
        refused(page, 400, "invalid_grant");
    }
    assert_eq!((grant(&world).await.1, world.events("grant.refreshed").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn co_09_a_redemption_that_overlaps_with_its_end_is_born_dead() {
    let world = World::new().await;
    let code = world.code(&Az::of("pub1")).await;
    let mut held = world.database.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM codes FOR UPDATE").execute(&mut *held).await.unwrap();
    let ended = async {
        // The redemption has begun: its statement saw the account enabled, and goes on after it is not.
        until_waiting(&world, 1).await;
        world.disable_user("alice").await;
        held.commit().await.unwrap();
    };
    let (page, ()) = tokio::join!(world.redeem("pub1", &code, &[]), ended);
    if page.status == 200 {
        let tokens = Tokens::of(&page);
        assert!(!world.is_active(&tokens.access).await);
        refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_grant");
    } else {
        refused(&page, 400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_agree_about_a_revocation_within_a_second() {
    let world = World::new().await;
    let replica = world.replica().await;
    let tokens = tokens_as(&world, "conf2", &Az::of("conf2")).await;
    let secret = secret_of("conf2");
    let asking =
        [("client_id", "conf2"), ("client_secret", secret.as_str()), ("token", tokens.access.as_str())];
    let active = async || replica.post("/introspect", &asking).await.json()["active"] == true;
    assert!(active().await, "and remembered, from here on for a second");
    assert_eq!(world.post("/revoke", &asking).await.status, 200);
    let revoked = Instant::now();
    assert!(!world.is_active(&tokens.access).await, "at once where it was revoked");
    // Refreshing asks nobody's memory.
    let refresh =
        [asking[0], asking[1], ("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    refused(&replica.post("/token", &refresh).await, 400, "invalid_grant");
    while active().await {
        assert!(revoked.elapsed() < Duration::from_millis(1_500), "{:?}", revoked.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_clicked_consent_is_one_code() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    world.pass(2);
    let ticket = consent.hidden("ticket");
    let answer = [("ticket", ticket.as_str()), ("decision", "approve")];
    let url = world.url("/consent");
    let (mut left, mut right) = (agent.clone(), agent.clone());
    let (one, two) = tokio::join!(left.post(&url, &answer), right.post(&url, &answer));
    let late = agent.post(&url, &answer).await;
    let code = one.answer("code").unwrap();
    assert_eq!(two.answer("code").as_ref(), Some(&code), "{} {}", two.status, two.body);
    assert_eq!(late.answer("code").as_ref(), Some(&code), "{} {}", late.status, late.body);
    assert_eq!((world.count("codes").await, world.count("consents").await), (1, 1));
    assert_eq!((world.events("code.issued").await, world.events("consent.granted").await), (1, 1));
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
    // Once it is used, the form has nothing more to give.
    let after = agent.post(&url, &answer).await;
    assert!(after.answer("code").is_none() && !after.body.contains(&code), "{:?}", after.location());
    assert_eq!(world.count("codes").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_form_sent_again_does_not_undo_a_withdrawal() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    world.pass(2);
    let ticket = consent.hidden("ticket");
    let answer = [("ticket", ticket.as_str()), ("decision", "approve")];
    let url = world.url("/consent");
    let code = agent.post(&url, &answer).await.answer("code").unwrap();
    super::endings::Ending::ConsentRevoked.happen(&world, "pub1").await;
    agent.post(&url, &answer).await;
    assert_eq!((world.count("consents").await, world.events("consent.granted").await), (0, 1));
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
}
