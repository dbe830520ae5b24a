//! How fresh a login has to be: `prompt`, `max_age` (AZ-20; OpenID Connect Core section 3.1.2.1).

use gatewright_tests::flows::claims;
use gatewright_tests::{Agent, Az, CALLBACK, Tokens, World};

use super::{answered, is_consent, is_login, refused, sealed, signed_in};

fn openid() -> Az {
    Az::of("pub1").set("scope", "openid mcp:read")
}

/// Approves whatever is asked and gives the ID token's `auth_time`.
async fn auth_time(world: &World, agent: &mut Agent, az: &Az) -> i64 {
    let page = world.approve(agent, az, "alice").await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(world, &page, CALLBACK), &[]).await);
    let time = claims(&tokens.id.unwrap())["auth_time"].as_i64().unwrap();
    assert_eq!(claims(&tokens.access)["auth_time"], time);
    time
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_login_older_than_max_age_does_not_count() {
    let world = World::new().await;
    let mut agent = world.agent();
    let first = auth_time(&world, &mut agent, &openid()).await;
    world.pass(60);
    for (max_age, fresh) in [("3600", true), ("65", true), ("1", false), ("0", false), ("50", false)] {
        let page = world.authorize(&mut agent, &openid().set("max_age", max_age)).await;
        if fresh {
            answered(&world, &page, CALLBACK);
        } else {
            is_login(&page, max_age);
            let silent = openid().set("max_age", max_age).set("prompt", "none");
            refused(&world, &world.authorize(&mut agent, &silent).await, "login_required", max_age);
        }
    }
    // Signing in again makes it fresh, and the token says so.
    let second = auth_time(&world, &mut agent, &openid().set("max_age", "1")).await;
    assert!(second >= first + 60, "{second} {first}");
    world.pass(2);
    is_login(&world.authorize(&mut agent, &openid().set("max_age", "1")).await, "stale again");
    for bad in ["-1", "1.5", "1e3", "x", "99999999999", "+1", " 1"] {
        let page = world.authorize(&mut agent, &openid().set("max_age", bad)).await;
        refused(&world, &page, "invalid_request", bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_prompt_login_asks_for_the_password_once_and_for_real() {
    let world = World::new().await;
    let mut agent = world.agent();
    let first = auth_time(&world, &mut agent, &openid()).await;
    for prompt in ["login", "select_account", "login consent", "consent login select_account"] {
        world.pass(10);
        let page = world.authorize(&mut agent, &openid().set("prompt", prompt)).await;
        is_login(&page, prompt);
        // Going round the login page, or sending a wrong password, changes nothing.
        let request = page.hidden("request");
        for path in ["/authorize/resume", "/consent"] {
            let around = agent.get(&world.url(&format!("{path}?request={request}"))).await;
            is_login(&agent.follow(around).await, path);
        }
        let wrong = [("request", request.as_str()), ("username", "alice"), ("password", "wrong")];
        assert_eq!(agent.post(&world.url("/login"), &wrong).await.status, 403);
        let around = agent.get(&world.url(&format!("/authorize/resume?request={request}"))).await;
        is_login(&agent.follow(around).await, "after a wrong password");
        let mut page = world.log_in(&mut agent, &page, "alice").await;
        if prompt.contains("consent") {
            is_consent(&page, prompt);
            page = world.decide(&mut agent, &page, "approve").await;
        }
        let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &page, CALLBACK), &[]).await);
        let time = claims(&tokens.id.unwrap())["auth_time"].as_i64().unwrap();
        assert!(time >= first + 10, "{prompt}: {time} {first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_refresh_or_a_silent_visit_does_not_make_a_login_fresher() {
    let world = World::new().await;
    let mut agent = world.agent();
    let page = world.approve(&mut agent, &openid(), "alice").await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &page, CALLBACK), &[]).await);
    let first = claims(&tokens.access)["auth_time"].clone();
    world.pass(100);
    let refreshed = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(claims(&refreshed.access)["auth_time"], first);
    let again = world.authorize(&mut agent, &openid()).await;
    let tokens = Tokens::of(&world.redeem("pub1", &answered(&world, &again, CALLBACK), &[]).await);
    assert_eq!(claims(&tokens.access)["auth_time"], first);
    is_login(&world.authorize(&mut agent, &openid().set("max_age", "99")).await, "100 s old");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_the_demand_for_a_fresh_login_cannot_be_taken_off_on_the_way() {
    let world = World::new().await;
    let mut agent = world.agent();
    world.approve(&mut agent, &openid(), "alice").await;
    world.pass(10);
    let page = super::ask_as(&world, &mut agent, &openid().set("prompt", "login")).await;
    let request = sealed(&page);
    for extra in ["prompt=none", "prompt=", "max_age=99999", "client_id=pub1"] {
        let page = agent.get(&world.url(&format!("/authorize/resume?request={request}&{extra}"))).await;
        is_login(&agent.follow(page).await, extra);
    }
    // Nor by signing in as somebody else in between: it is about whoever answers.
    let page = agent.get(&world.url(&format!("/login?request={request}"))).await;
    is_consent(&world.log_in(&mut agent, &page, "mallory").await, "mallory, freshly");
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_consent_asks_again_what_was_allowed_before() {
    let world = World::new().await;
    let mut agent = signed_in(&world, "alice").await;
    answered(&world, &world.approve(&mut agent, &Az::of("pub1"), "alice").await, CALLBACK);
    let page = world.authorize(&mut agent, &Az::of("pub1").set("prompt", "consent")).await;
    is_consent(&page, "asked");
    let no = world.decide(&mut agent, &page, "deny").await;
    refused(&world, &no, "access_denied", "denied");
    // Saying no to one request takes nothing back that was allowed before.
    answered(&world, &world.authorize(&mut agent, &Az::of("pub1")).await, CALLBACK);
}
