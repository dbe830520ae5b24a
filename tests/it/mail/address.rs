//! The address of an account.

use gatewright_server::accounts::Particulars;
use gatewright_server::accounts::address;
use gatewright_store::Write;
use gatewright_store::users::{self, User};
use gatewright_tests::{Agent, Az, Page, World};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{CHOSEN, Office, is_dead};

async fn account(world: &World, name: &str) -> User {
    users::by_id(&world.app.store, world.user(name).await).await.unwrap().unwrap()
}

/// Somebody who signed in a moment ago.
async fn signed_in(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    let page = agent.get("/account/email").await;
    let login = agent.follow(page).await;
    let form = world.log_in(&mut agent, &login, name).await;
    assert!(form.body.contains("id=\"address-form\""), "{} {}", form.status, form.body);
    agent
}

/// Sends the form of a link.
async fn confirm(world: &World, link: &str) -> Page {
    world.agent().post("/email", &[("link", link.split('=').nth(1).unwrap())]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_takes_effect_when_its_person_confirms_it_and_the_one_before_is_told() {
    let office = Office::new().await;
    let world = &office.world;
    let mut agent = signed_in(world, "alice").await;
    let sent = agent.post("/account/email", &[("email", "Alice@New.test")]).await;
    assert!(sent.body.contains("id=\"address-sent\""), "{}", sent.body);
    let mail = office.one().await;
    assert_eq!(mail.to, "Alice@New.test");
    let link = mail.link(&world.issuer);
    assert!(link.starts_with("/email?link=gw_al_"), "{link}");
    assert_eq!(account(world, "alice").await.email.as_deref(), Some("alice@example.test"), "nothing changed");
    let page = world.get(&link).await;
    assert!(
        page.body.contains("Alice@New.test") && page.body.contains("alice@example.test"),
        "{}",
        page.body
    );
    assert!(office.arrives().await.is_empty(), "looking changes nothing");

    let confirmed = confirm(world, &link).await;
    assert!(confirmed.body.contains("id=\"address-confirmed\""), "{}", confirmed.body);
    let alice = account(world, "alice").await;
    assert_eq!((alice.email.as_deref(), alice.email_verified), (Some("Alice@New.test"), true));
    let told = office.one().await;
    assert_eq!(told.to, "alice@example.test");
    assert!(told.header("Subject").ends_with(": Your account has another e-mail address"), "{told:?}");
    assert!(!told.text.contains("New.test"), "the old address is not told the new one: {}", told.text);
    assert_eq!(world.events("user.email_changed").await, 1);
    assert!(office.signs_in("alice@new.test", gatewright_tests::PASSWORD).await);
    is_dead(&world.get(&link).await);
    is_dead(&confirm(world, &link).await);

    // The same address again is shown to be the person's, and nobody is told of another one.
    let is_filled_with = async |agent: &mut Agent, value: &str| {
        let form = agent.get("/account/email").await;
        assert!(form.body.contains(&format!("type=\"email\" value=\"{value}\"")), "{}", form.body);
    };
    is_filled_with(&mut agent, "").await;
    office.run("UPDATE users SET email_verified = false").await;
    // To be confirmed without typing it again.
    is_filled_with(&mut agent, "Alice@New.test").await;
    agent.post("/account/email", &[("email", "alice@new.test")]).await;
    let link = office.link().await;
    assert_eq!(confirm(world, &link).await.status, 200);
    assert!(account(world, "alice").await.email_verified);
    assert!(office.arrives().await.is_empty());
    assert_eq!(world.events("user.email_verified").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_16_nobody_says_of_their_own_address_that_it_is_verified() {
    let office = Office::new().await;
    let world = &office.world;
    let verified = async || {
        let az = Az::of("pub1").set("scope", "openid email mcp:read");
        let back = world.approve(&mut world.agent(), &az, "alice").await;
        let redeemed = world.redeem("pub1", &back.answer("code").unwrap(), &[]).await.json();
        let request =
            world.http.get(world.url("/userinfo")).bearer_auth(redeemed["access_token"].as_str().unwrap());
        request.send().await.unwrap().json::<Value>().await.unwrap()["email_verified"].clone()
    };
    assert_eq!(verified().await, false);
    let mut agent = signed_in(world, "alice").await;
    for name in ["email_verified", "verified", "username", "role", "user", "user_id"] {
        agent.post("/account/email", &[("email", "alice@example.test"), (name, "true")]).await;
        assert!(!account(world, "alice").await.email_verified, "{name}");
        world.pass(600);
    }
    let link = office.arrives().await.remove(0).link(&world.issuer);
    let secret = link.split('=').nth(1).unwrap();
    let fields = [("link", secret), ("email", "alice@evil.test"), ("email_verified", "true")];
    assert_eq!(world.agent().post("/email", &fields).await.status, 200);
    assert_eq!(account(world, "alice").await.email.as_deref(), Some("alice@example.test"));
    assert_eq!(verified().await, true, "only the mail shows it");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_a_link_to_an_address_is_good_once_for_its_account_as_it_was() {
    let office = Office::new().await;
    let world = &office.world;
    let ask = async |name: &str, email: &str| {
        let user = account(world, name).await;
        let asked = address::ask(&world.app, &world.operator(), &user, email).await.unwrap();
        assert!(asked.applied().is_some(), "{email}");
        office.link().await
    };

    let late = ask("alice", "late@new.test").await;
    world.pass(3_599);
    assert_eq!(world.get(&late).await.status, 200);
    world.pass(2);
    is_dead(&world.get(&late).await);
    is_dead(&confirm(world, &late).await);

    // Another address by then, or another password: the link asks for something that is no more.
    let (first, second) = (ask("alice", "a@new.test").await, ask("alice", "b@new.test").await);
    assert_eq!(confirm(world, &second).await.status, 200);
    office.arrives().await;
    is_dead(&confirm(world, &first).await);
    let before = ask("alice", "c@new.test").await;
    let reset = office.reset("alice").await;
    assert_eq!(office.choose(&reset, CHOSEN).await.status, 200);
    is_dead(&confirm(world, &before).await);

    // It is no link for anything else, and others are none for this.
    let link = ask("mallory", "m@new.test").await;
    is_dead(&office.choose(&link, CHOSEN).await);
    is_dead(&confirm(world, &office.reset("mallory").await).await);

    // An address that became somebody else's meanwhile stays theirs.
    office
        .run("UPDATE users SET email = 'm@new.test', email_key = 'm@new.test' WHERE username = 'alice'")
        .await;
    is_dead(&confirm(world, &link).await);
    assert_eq!(account(world, "mallory").await.email.as_deref(), Some("mallory@example.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_of_many_who_confirm_at_once_one_wins() {
    let office = Office::new().await;
    let world = &office.world;
    let alice = account(world, "alice").await;
    address::ask(&world.app, &world.operator(), &alice, "new@new.test").await.unwrap().applied().unwrap();
    let link = office.link().await;
    let mut racing = JoinSet::new();
    for _ in 0..8 {
        let (mut agent, secret) = (world.agent(), link.split('=').nth(1).unwrap().to_owned());
        racing.spawn(async move { agent.post("/email", &[("link", &secret)]).await.status.as_u16() });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    assert_eq!(world.events("user.email_changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_asking_for_an_address_does_not_tell_whose_it_is() {
    let office = Office::new().await;
    let world = &office.world;
    let mut agent = signed_in(world, "alice").await;
    let mut said = Vec::new();
    for email in ["mallory@example.test", "MALLORY@example.test", "nobody@example.test"] {
        let page = agent.post("/account/email", &[("email", email)]).await;
        said.push((page.status, page.body.replace(email, "…")));
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    let arrived = office.arrives().await;
    assert_eq!(arrived.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["nobody@example.test"]);
    let taken = address::ask(&world.app, &world.operator(), &account(world, "alice").await, "mallory").await;
    assert_eq!(taken.unwrap().map(drop), Write::Lost, "a user name is nobody's address");
    for wrong in ["", "alice", "@x", "a b@c.test"] {
        assert_eq!(agent.post("/account/email", &[("email", wrong)]).await.status, 422, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_by_somebody_who_signed_in_a_moment_ago() {
    let office = Office::new().await;
    let world = &office.world;
    let form = [("email", "new@new.test")];
    let page = world.agent().post("/account/email", &form).await;
    assert!(page.location().unwrap().starts_with("/login?request="), "{page:?}");
    let mut agent = signed_in(world, "alice").await;
    let foreign =
        world.http.post(world.url("/account/email")).header("sec-fetch-site", "cross-site").form(&form);
    assert_eq!(agent.send(foreign).await.status, 403);
    world.pass(16 * 60);
    assert!(agent.post("/account/email", &form).await.location().unwrap().starts_with("/login?request="));
    assert!(office.arrives().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_changes_an_address_tells_the_one_before() {
    let office = Office::new().await;
    let world = &office.world;
    let alice = account(world, "alice").await;
    let email = Some("moved@new.test");
    let new = Particulars { email, display_name: alice.display_name.as_deref(), locale: None };
    let changed = gatewright_server::accounts::update(&world.app, &world.operator(), &alice, new).await;
    assert_eq!(changed.unwrap(), Write::Applied(()));
    assert_eq!(office.one().await.to, "alice@example.test");
    let alice = account(world, "alice").await;
    let new = Particulars { email, display_name: Some("A"), locale: None };
    let named = gatewright_server::accounts::update(&world.app, &world.operator(), &alice, new).await;
    assert_eq!(named.unwrap(), Write::Applied(()));
    assert!(office.arrives().await.is_empty());
}
