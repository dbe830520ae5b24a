//! LG-11: an account is connected by whoever can prove both sides.

use futures_util::future::join_all;
use gatewright_store::Write;
use gatewright_store::identities::{self, Keep, NewIdentity};
use gatewright_tests::{Agent, Page, World};
use serde_json::json;

use super::idp::{Idp, configured, sign_in};
use super::{is_consent, problem, world};
use crate::factors::add_passkey;
use gatewright_server::config::SignUp;

/// Alice's browser, signed in at the page of what is connected.
async fn at_identities(world: &World, name: &str) -> (Agent, Page) {
    let mut agent = world.agent();
    let first = agent.get("/account/identities").await;
    let login = agent.follow(first).await;
    let page = world.log_in(&mut agent, &login, name).await;
    assert!(page.body.contains("Signing in with others"), "{} {}", page.status, page.body);
    (agent, page)
}

async fn connect(agent: &mut Agent, idp: &Idp) -> Page {
    let sent = agent.post("/account/identities/connect", &[("provider", "idp")]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let back = idp.allow(sent.location().unwrap());
    let answer = agent.get(&back).await;
    agent.follow(answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_11_whoever_signs_in_on_both_sides_connects_them() {
    let world = World::with(configured(|upstream| upstream.sign_up = SignUp::Closed)).await;
    let idp = Idp::on(&world).await;
    let (mut alice, page) = at_identities(&world, "alice").await;
    assert!(page.body.contains("Nothing is connected yet."), "{}", page.body);
    let page = connect(&mut alice, &idp).await;
    assert!(page.body.contains("Example Login") && page.body.contains("ada@example.test"), "{}", page.body);
    assert_eq!(world.events("identity.linked").await, 1);
    // Twice is once.
    connect(&mut alice, &idp).await;
    assert_eq!((world.count("identities").await, world.events("identity.linked").await), (1, 1));

    // From now on that opens alice's account, and no other.
    let mut elsewhere = world.agent();
    assert!(is_consent(&sign_in(&world, &idp, &mut elsewhere).await));
    let page = elsewhere.get("/account/identities").await;
    assert!(page.body.contains("alice"), "{}", page.body);
    let (mut mallory, _) = at_identities(&world, "mallory").await;
    let page = connect(&mut mallory, &idp).await;
    assert_eq!((page.status.as_u16(), problem(&page).as_str()), (409, "upstream_taken"));

    // Disconnected: the way is closed, the account is not.
    let page = alice.get("/account/identities").await;
    let identity = page.hidden("identity");
    let stays = mallory.post("/account/identities/disconnect", &[("identity", &identity)]).await;
    assert!(stays.body.contains("It stays connected"), "somebody else's: {}", stays.body);
    let page = alice.post("/account/identities/disconnect", &[("identity", &identity)]).await;
    assert!(page.body.contains("It is disconnected"), "{}", page.body);
    assert_eq!(world.events("identity.unlinked").await, 1);
    assert_eq!(problem(&sign_in(&world, &idp, &mut world.agent()).await), "upstream_no_account");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_11_connecting_needs_a_recent_sign_in_and_the_same_person() {
    let (world, idp) = world().await;
    let (mut alice, _) = at_identities(&world, "alice").await;
    let sent = alice.post("/account/identities/connect", &[("provider", "idp")]).await;
    let back = idp.allow(sent.location().unwrap());
    // In between somebody else signs in at this browser.
    let mut borrowed = alice.clone();
    borrowed.cookies.remove("__Host-gw_session");
    let page = borrowed.get(&back).await;
    assert_eq!(page.status, 400, "nobody is signed in: {}", page.body);
    assert_eq!(world.count("identities").await, 0);

    world.pass(16 * 60);
    for (path, field) in [("connect", ("provider", "idp")), ("disconnect", ("identity", "x"))] {
        let sent = alice.post(&format!("/account/identities/{path}"), &[field]).await;
        assert!(sent.location().unwrap().starts_with("/login?request="), "{path}: {:?}", sent.location());
    }
    let request =
        world.http.post(world.url("/account/identities/connect")).header("sec-fetch-site", "same-site");
    assert_eq!(alice.send(request.form(&[("provider", "idp")])).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_in_stays() {
    let (world, idp) = world().await;
    let mut ada = world.agent();
    assert!(is_consent(&sign_in(&world, &idp, &mut ada).await));
    let page = ada.get("/account/identities").await;
    assert!(page.body.contains("the only way into your account"), "{}", page.body);
    let user = world.user("ada").await;
    let own = identities::of_user(&world.app.store, user).await.unwrap().remove(0);
    let fields = [("identity", own.id.to_string())];
    let page = ada.post("/account/identities/disconnect", &[(fields[0].0, &fields[0].1)]).await;
    assert!(page.body.contains("It stays connected"), "{}", page.body);

    // Two, taken away at once: one stays, however often it is tried.
    for round in 0..10 {
        let trace = world.operator().trace(&world.app);
        let (id, subject) = (world.app.id(trace.at), format!("second-{round}"));
        let second = NewIdentity { id, issuer: "https://idp.test", subject: &subject, label: None };
        assert!(matches!(
            identities::link(&world.app.store, user, &second, &trace).await.unwrap(),
            Write::Applied(())
        ));
        let both = identities::of_user(&world.app.store, user).await.unwrap();
        assert_eq!(both.len(), 2);
        let gone = join_all(both.iter().map(|one| {
            let (trace, store) = (world.operator().trace(&world.app), &world.app.store);
            async move { identities::unlink(store, (user, one.id), Keep::AWayIn, &trace).await.unwrap() }
        }))
        .await;
        assert_eq!(gone.iter().filter(|one| matches!(one, Write::Applied(()))).count(), 1, "{gone:?}");
    }
}

/// A passkey alone lets somebody in, so it is a way in like the others: of the last two, one stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_a_way_in_and_the_last_one_stays() {
    let world = World::named(configured(|_| {})).await;
    let idp = Idp::on(&world).await;
    let mut ada = world.agent();
    assert!(is_consent(&sign_in(&world, &idp, &mut ada).await));
    let (_, kept) = add_passkey(&world, &mut ada).await;
    assert!(kept.body.contains("id=\"recovery-codes\""), "{} {}", kept.status, kept.body);
    let key: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM passkeys").fetch_one(&world.database).await.unwrap();
    let page = ada.get(&world.url("/account/identities")).await;
    let identity = page.hidden("identity");

    let mut other = ada.clone();
    let key = key.to_string();
    let (first, second) =
        (world.url("/account/identities/disconnect"), world.url("/account/security/remove"));
    let (identity, key) = ([("identity", identity.as_str())], [("id", key.as_str())]);
    let (disconnected, removed) = tokio::join!(ada.post(&first, &identity), other.post(&second, &key));
    let left = world.count("identities").await + world.count("passkeys").await;
    assert_eq!(left, 1, "{} {}", disconnected.body, removed.body);
    if removed.status == 409 {
        assert!(removed.body.contains("the only way into your account"), "{}", removed.body);
        assert!(disconnected.body.contains("It is disconnected"), "{}", disconnected.body);
    } else {
        assert!(disconnected.body.contains("It stays connected"), "{}", disconnected.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_visits_at_once_one_makes_the_account() {
    let (world, idp) = world().await;
    let mut ways = Vec::new();
    for _ in 0..8 {
        let mut agent = world.agent();
        let back = super::leave(&world, &idp, &mut agent).await;
        ways.push((agent, back));
    }
    let crowd =
        ways.into_iter().map(|(mut agent, back)| async move { agent.get(&back).await.status.as_u16() });
    assert_eq!(join_all(crowd).await, [303; 8]);
    assert_eq!((world.count("users").await, world.count("identities").await), (3, 1));
    assert_eq!((world.events("identity.linked").await, world.events("session.opened").await), (1, 8));
    idp.lie(vec![("sub", json!("person-2"))]);
}
