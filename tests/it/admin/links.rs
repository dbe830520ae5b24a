//! LG-08 to LG-10: links with which people choose a password.

use gatewright_oauth::secret::{PasswordLink, Token};
use gatewright_store::users::NewPassword;
use gatewright_store::{Write, password_links};
use gatewright_tests::{Az, PASSWORD, Page, World};
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, refused};

const CHOSEN: &str = "seven sleepy otters";

/// The path and query of a link.
fn path(link: &Value) -> String {
    let url = link["url"].as_str().unwrap();
    url[url.find("/password?").unwrap()..].to_owned()
}

async fn reset(root: &Caller<'_>, name: &str) -> String {
    let id = root.world.user(name).await;
    path(&done(&root.act(&format!("/users/{id}/reset")).await, 200))
}

/// What a person does with a link.
async fn choose(world: &World, link: &str, (password, again): (&str, &str)) -> Page {
    let mut agent = world.agent();
    let page = agent.get(&world.url(link)).await;
    if page.status != 200 {
        return page;
    }
    let link = page.hidden("link");
    let fields = [("link", link.as_str()), ("username", "x"), ("password", password), ("again", again)];
    agent.post(&world.url("/password"), &fields).await
}

/// Sends the form without a look at it.
async fn send(world: &World, link: &str, password: &str) -> Page {
    let secret = link.split('=').nth(1).unwrap();
    let fields = [("link", secret), ("username", "x"), ("password", password), ("again", password)];
    world.agent().post(&world.url("/password"), &fields).await
}

/// Nothing comes of a link: not the form, not what somebody sends who has seen it before, and not where it ended
/// between the look at it and the change.
async fn is_lost(world: &World, link: &str) {
    is_dead(&world.get(link).await);
    is_dead(&send(world, link, CHOSEN).await);
    let digest = Token::<PasswordLink>::parse(link.split('=').nth(1).unwrap()).unwrap().digest();
    let moment = world.app.system_moment();
    let new = NewPassword { id: world.app.id(moment.now), sealed: b"sealed" };
    let lost = password_links::redeem(&world.app.store, &digest, new, &moment.trace(&world.app)).await;
    assert_eq!(lost.unwrap(), Write::Lost);
}

async fn signs_in(world: &World, name: &str, password: &str) -> bool {
    let mut agent = world.agent();
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    // On to the consent page, or to the app that was allowed before.
    world.log_in_with(&mut agent, &page, (name, password)).await.status != 403
}

#[track_caller]
fn is_dead(page: &Page) {
    assert_eq!(page.status, 404, "{}", page.body);
    assert!(page.body.contains("This link does not work any more"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_invited_chooses_a_password_and_signs_in() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let page = root.post("/users", &json!({ "username": "carol", "invite": true })).await;
    let carol = done(&page, 201);
    let link = path(&carol["invitation"]);
    assert!(carol["invitation"]["url"].as_str().unwrap().starts_with(&world.issuer), "{carol}");
    assert!(!signs_in(&world, "carol", CHOSEN).await);
    let form = world.get(&link).await;
    assert!(
        form.body.contains("You have an account here now") && form.body.contains("carol"),
        "{}",
        form.body
    );
    let set = choose(&world, &link, (CHOSEN, CHOSEN)).await;
    assert!(set.body.contains("id=\"password-chosen\""), "{}", set.body);
    assert!(signs_in(&world, "carol", CHOSEN).await);
    is_dead(&world.get(&link).await);
    assert_eq!(world.count("password_links").await, 0, "nothing is left of it");
    for wrong in [
        json!({ "username": "dave" }),
        json!({ "username": "dave", "invite": true, "password": "a long enough password" }),
    ] {
        let page = root.post("/users", &wrong).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], "password");
    }
    let dry =
        done(&root.post("/users?dry_run=true", &json!({ "username": "dave", "invite": true })).await, 201);
    assert!(!dry.to_string().contains("gw_pl_"), "{dry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_08_a_password_is_set_by_nothing_but_a_good_link_and_ends_what_was_before() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let tokens = world.tokens().await;
    let link = reset(&root, "alice").await;
    assert!(signs_in(&world, "alice", PASSWORD).await, "the password of before stays good until then");
    for (pair, words) in [
        ((CHOSEN, "seven sleepy badgers"), "not the same"),
        (("tooSmall", "tooSmall"), "too short"),
        (("Password2026!", "Password2026!"), "first that are guessed"),
        (("alice0000000", "alice0000000"), "your own name"),
    ] {
        let page = choose(&world, &link, pair).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(words) && !page.body.contains(pair.0), "{}", page.body);
    }
    assert!(world.is_active(&tokens.access).await);
    let other_site = world.http.post(world.url("/password")).header("sec-fetch-site", "cross-site");
    let fields = [("link", link.split('=').nth(1).unwrap()), ("password", CHOSEN), ("again", CHOSEN)];
    assert_eq!(Page::read(other_site.form(&fields).send().await.unwrap()).await.status, 403);
    let set = choose(&world, &link, (CHOSEN, CHOSEN)).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert!(!set.headers.contains_key("set-cookie"), "a link signs nobody in");
    world.soon_inactive(&tokens.access).await;
    assert!(!signs_in(&world, "alice", PASSWORD).await && signs_in(&world, "alice", CHOSEN).await);
    let actors: Vec<(String, Value)> =
        sqlx::query_as("SELECT actor, detail FROM events WHERE kind = 'user.password_set'")
            .fetch_all(&world.database)
            .await
            .unwrap();
    let alice = world.user("alice").await;
    assert_eq!(actors.len(), 1);
    assert_eq!((&actors[0].0, &actors[0].1["link"]), (&format!("user:{alice}"), &json!("reset")));
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_09_a_link_leads_to_this_server_whatever_the_request_says() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let path = format!("/users/{}/reset", world.user("alice").await);
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-original-url", "https://evil.test/"),
        ("referer", "https://evil.test/"),
    ] {
        let request = root.request(reqwest::Method::POST, &path).header(name, value);
        let link = done(&super::sent(request).await, 200);
        let url = link["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{}/password?link=gw_pl_", world.issuer)), "{name}: {url}");
    }
    // A request for another host makes none at all.
    let before = world.events("user.link_created").await;
    let request = root.request(reqwest::Method::POST, &path).header("host", "evil.test");
    assert_eq!(super::sent(request).await.status, 421);
    assert_eq!(world.events("user.link_created").await, before);
    assert!(before >= 5, "{before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_10_a_link_is_good_once_for_a_while_and_for_nothing_else() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    // Looking at it uses nothing up, and leads nowhere.
    let link = reset(&root, "alice").await;
    for _ in 0..3 {
        let page = world.get(&link).await;
        assert_eq!((page.status.as_u16(), page.header("referrer-policy")), (200, "no-referrer"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    // A newer one replaces it.
    let newer = reset(&root, "alice").await;
    is_dead(&choose(&world, &link, (CHOSEN, CHOSEN)).await);
    // It is too late.
    world.pass(3601);
    is_lost(&world, &newer).await;
    // The account was disabled meanwhile, or got a password in another way.
    let alice = world.user("alice").await;
    let link = reset(&root, "alice").await;
    done(&root.act(&format!("/users/{alice}/disable")).await, 200);
    is_lost(&world, &link).await;
    refused(&root.act(&format!("/users/{alice}/reset")).await, 409, "disabled");
    done(&root.act(&format!("/users/{alice}/enable")).await, 200);
    is_lost(&world, &link).await;
    let link = reset(&root, "alice").await;
    done(&root.put(&format!("/users/{alice}/password"), &json!({ "password": PASSWORD })).await, 204);
    is_lost(&world, &link).await;
    // Made up, mistyped, or something else.
    for odd in ["", "?link=", "?link=gw_pl_x", "?link=gw_ak_x", &format!("?link={}", "x".repeat(4000))] {
        is_dead(&world.get(&format!("/password{odd}")).await);
    }
    // What is stored is no link, and the log of events has none.
    let link = reset(&root, "alice").await;
    let secret = link.split('=').nth(1).unwrap().to_owned();
    let stored: (Vec<u8>, String) = sqlx::query_as(
        "SELECT digest, (SELECT string_agg(detail::text, ' ') FROM events) FROM password_links",
    )
    .fetch_one(&world.database)
    .await
    .unwrap();
    assert!(stored.0.len() == 32 && !stored.1.contains(&secret));
    // Of many at once one sets the password.
    let all = futures_util::future::join_all((0..8).map(|n| {
        let (world, link) = (&world, &link);
        async move {
            let password = format!("{CHOSEN} {n}");
            (choose(world, link, (&password, &password)).await, password)
        }
    }))
    .await;
    let won: Vec<&String> =
        all.iter().filter(|(page, _)| page.status == 200).map(|(_, password)| password).collect();
    assert_eq!(won.len(), 1);
    assert!(signs_in(&world, "alice", won[0]).await);
}
