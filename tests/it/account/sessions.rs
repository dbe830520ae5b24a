//! Where somebody is signed in, and signing out there.

use gatewright_tests::{Agent, Az, CALLBACK, Tokens, World};
use serde_json::json;

use super::{at_home, buttons, enter, page, send};

const SESSIONS: &str = "/account/sessions";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/17.5 Mobile/15E148 Safari/604.1";

/// Signs in with a browser that says what it is.
async fn by_phone(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    let first = agent.get("/account").await;
    let login = agent.follow(first).await;
    let request = login.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", name), ("password", gatewright_tests::PASSWORD)];
    let sent = world.http.post(world.url("/login")).header("sec-fetch-site", "same-origin");
    agent.send(sent.header("user-agent", PHONE).form(&fields)).await;
    agent
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_where_they_are_signed_in_and_end_one() {
    let world = World::new().await;
    let mut desk = at_home(&world, "alice").await;
    let mut phone = by_phone(&world, "alice").await;
    let shown = page(&mut desk, SESSIONS).await;
    let body = &shown.body;
    assert!(
        body.contains("<bdi>Safari</bdi> on <bdi>iPhone</bdi>") && body.contains("Unknown browser"),
        "{body}"
    );
    assert_eq!((body.matches("This one").count(), body.matches("<code>127.0.0.1</code>").count()), (1, 2));
    assert!(body.find("This one") < body.find("iPhone"), "this one first");
    // The header itself is kept nowhere.
    let kept: Vec<Option<String>> = sqlx::query_scalar("SELECT device FROM sessions ORDER BY created_at")
        .fetch_all(&world.database)
        .await
        .unwrap();
    assert_eq!(kept, [None, Some("Safari/iPhone".to_owned())]);

    let others: Vec<String> =
        buttons(&shown, "session").into_iter().filter(|value| value != "others").collect();
    assert_eq!(others.len(), 1, "no button for this one: {others:?}");
    let after = send(&mut desk, (SESSIONS, SESSIONS), &[("session", &others[0])]).await;
    assert!(after.body.contains("Nobody is signed in there any more."), "{}", after.body);
    assert_eq!(phone.get("/account").await.status, 303);
    assert!(!page(&mut desk, SESSIONS).await.body.contains("iPhone"));

    // Nobody ends another's.
    let mut mallory = at_home(&world, "mallory").await;
    let own: uuid::Uuid = sqlx::query_scalar(
        "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username_key = 'alice' AND s.ended_at IS NULL",
    )
    .fetch_one(&world.database)
    .await
    .unwrap();
    send(&mut mallory, (SESSIONS, SESSIONS), &[("session", &own.to_string())]).await;
    page(&mut desk, SESSIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lo_06_signed_out_everywhere_else_ends_what_is_bound_to_those_sessions() {
    let world = World::new().await;
    let metadata = json!({ "client_name": "Simple", "redirect_uris": [CALLBACK],
                           "grant_types": ["authorization_code"], "token_endpoint_auth_method": "none" });
    world.add_client("simple", metadata).await;
    let mut elsewhere = world.agent();
    let back = world.approve(&mut elsewhere, &Az::of("simple"), "alice").await;
    let bound = Tokens::of(&world.redeem("simple", &back.answer("code").unwrap(), &[]).await);
    let back = world.approve(&mut elsewhere, &Az::of("pub1"), "alice").await;
    let lasting = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let mut third = at_home(&world, "alice").await;
    let mut desk = at_home(&world, "alice").await;
    let stranger = at_home(&world, "mallory").await;
    send(&mut desk, (SESSIONS, SESSIONS), &[("session", "others")]).await;
    assert_eq!(world.events("session.ended").await, 2);
    for gone in [&mut elsewhere, &mut third] {
        assert_eq!(gone.get("/account").await.status, 303);
    }
    world.soon_inactive(&bound.access).await;
    assert!(world.is_active(&lasting.access).await, "agents with lasting access go on");
    page(&mut desk, SESSIONS).await;
    page(&mut stranger.clone(), SESSIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_18_the_next_person_at_this_browser_sees_nothing_of_the_one_before() {
    let world = World::new().await;
    let mut browser = at_home(&world, "alice").await;
    let ticket = page(&mut browser, "/account/stop").await.hidden("ticket");
    // Signed out with the cookies lost, and somebody else signs in.
    let old = browser.cookies.remove("__Host-gw_session").unwrap();
    enter(&world, &mut browser, "mallory").await;
    let shown = page(&mut browser, "/account").await;
    assert!(shown.body.contains("mallory@example.test") && !shown.body.contains("alice"), "{}", shown.body);
    let planted = browser.post("/account/stop", &[("ticket", &ticket)]).await;
    assert_eq!(planted.location(), Some("/account/data?done=nothing"));
    assert_eq!(world.events("user.access_ended").await, 0);
    browser.cookies.insert("__Host-gw_session".to_owned(), old);
    assert!(page(&mut browser, "/account").await.body.contains("alice@example.test"));
}
