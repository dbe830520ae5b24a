//! LG-19, LG-05: another password, chosen by its person.

use futures_util::future::join_all;
use gatewright_tests::{Az, PASSWORD, Page, World};

use super::{at_home, lets_in, page, send};

const CHOSEN: &str = "seven sleepy otters";

async fn signs_in(world: &World, (name, password): (&str, &str)) -> bool {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    world.log_in_with(&mut agent, &login, (name, password)).await.status != 403
}

async fn choose(agent: &mut gatewright_tests::Agent, (password, again): (&str, &str)) -> Page {
    let ticket = page(agent, "/account/password").await.hidden("ticket");
    let fields = [("ticket", &*ticket), ("username", "alice"), ("password", password), ("again", again)];
    agent.post("/account/password", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_05_another_password_ends_everything_but_this_session() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let mut elsewhere = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    let mut before = alice.clone();

    let form = page(&mut alice, "/account/password").await;
    assert!(form.body.contains("<h1>Change the password</h1>"), "{}", form.body);
    let saved = send(
        &mut alice,
        ("/account/password", "/account/password"),
        &[("username", "alice"), ("password", CHOSEN), ("again", CHOSEN)],
    )
    .await;
    assert!(saved.body.contains("Your password is set."), "{} {}", saved.status, saved.body);
    assert_eq!(page(&mut alice, "/account/sessions").await.values("session"), Vec::<String>::new());
    for agent in [&mut elsewhere, &mut before] {
        let away = agent.get("/account").await;
        assert!(away.location().unwrap().starts_with("/login?request="), "{}", away.body);
    }
    assert!(!world.is_active(&tokens.access).await);
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 400);
    assert!(!signs_in(&world, ("alice", PASSWORD)).await);
    assert!(signs_in(&world, ("alice", CHOSEN)).await);
    assert_eq!(world.events("user.password_set").await, 1);
    // The session it was chosen in goes on, and is good for another change.
    assert_eq!(choose(&mut alice, ("nine drowsy badgers", "nine drowsy badgers")).await.status, 303);
    assert_eq!(world.events("user.password_set").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_19_another_password_is_judged_like_any() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    for (password, again, why) in [
        ("sh0rt", "sh0rt", "at least 12 characters"),
        ("passwordpassword", "passwordpassword", "among the first that are guessed"),
        ("alice@example.test", "alice@example.test", "little more than your own name"),
        (CHOSEN, "seven sleepy others", "not the same"),
    ] {
        let refused = choose(&mut alice, (password, again)).await;
        assert_eq!(refused.status, 422, "{password}: {}", refused.body);
        assert!(refused.body.contains(why), "{password}: {}", refused.body);
        assert!(!refused.body.contains(&format!("value=\"{password}")), "{password} is not shown again");
    }
    assert!(signs_in(&world, ("alice", PASSWORD)).await);
    assert_eq!(world.events("user.password_set").await, 0);
    // Nobody gets an account by finding a browser unlocked.
    let ticket = page(&mut alice, "/account").await.hidden("ticket");
    world.pass(16 * 60);
    let fields = [("ticket", ticket.as_str()), ("password", CHOSEN), ("again", CHOSEN)];
    let login = alice.post("/account/password", &fields).await;
    assert!(login.location().unwrap().starts_with("/login?request="), "{}", login.body);
    let login = alice.get("/account/password").await;
    assert!(login.location().unwrap().starts_with("/login?request="), "{}", login.body);
    assert_eq!(world.events("user.password_set").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_passwords_at_once_one_is_set() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let ticket = page(&mut alice, "/account/password").await.hidden("ticket");
    let passwords: Vec<String> = (0..6).map(|n| format!("seven sleepy otters {n}")).collect();
    let answers = join_all(passwords.iter().map(|password| {
        let (mut agent, ticket) = (alice.clone(), &ticket);
        async move {
            let fields = [("ticket", ticket.as_str()), ("password", password), ("again", password)];
            agent.post("/account/password", &fields).await
        }
    }))
    .await;
    let set: Vec<usize> = (0..answers.len())
        .filter(|at| answers[*at].location().is_some_and(|to| to.ends_with("?done=password-set")))
        .collect();
    assert_eq!((set.len(), world.events("user.password_set").await), (1, 1), "{answers:?}");
    assert!(signs_in(&world, ("alice", &passwords[set[0]])).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_chooses_a_first_one() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    sqlx::query("DELETE FROM credentials").execute(&world.database).await.unwrap();
    let security = page(&mut alice, "/account/security").await;
    assert!(security.body.contains("You have none."), "{}", security.body);
    let form = page(&mut alice, "/account/password").await;
    assert!(form.body.contains("<h1>Set a password</h1>"), "{}", form.body);
    let set = choose(&mut alice, (CHOSEN, CHOSEN)).await;
    assert_eq!(set.location(), Some("/account?done=password-set"));
    assert!(signs_in(&world, ("alice", CHOSEN)).await);
    let security = page(&mut alice, "/account/security").await;
    assert!(security.body.contains("You have one."), "{}", security.body);
}
