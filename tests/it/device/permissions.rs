//! CN: what is picked for a device, for how long, and what the administrators decided in everybody's place. The same rules
//! as on the consent page, except that nothing dangerous is ever ticked.

use gatewright_oauth::ClientId;
use gatewright_oauth::client::ConsentRule;
use gatewright_store::{Write, clients};
use gatewright_tests::flows::claims;
use gatewright_tests::{Agent, Az, Page, Tokens, World};
use serde_json::json;

use super::{Asked, GRANT, allow, ask, ask_with, decide, enter, poll, poll_as, refused, signed_in, world};

const BOTH: &str = "mcp:read mcp:write";

async fn asked_for(world: &World, scope: &str) -> Asked {
    Asked::of(&ask_with(world, &[("scope", scope)]).await)
}

async fn question(agent: &mut Agent, asked: &Asked) -> Page {
    enter(agent, &asked.user_code).await
}

async fn remembered(world: &World) -> Vec<String> {
    sqlx::query_scalar("SELECT scope FROM consents ORDER BY client_id")
        .fetch_all(&world.database)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_04_a_device_gets_nothing_dangerous_without_its_box() {
    let world = world().await;
    let mut alice = signed_in(&world, "alice").await;
    let asked = asked_for(&world, BOTH).await;
    let page = question(&mut alice, &asked).await;
    assert_eq!(page.values("allow"), ["mcp:write"], "{}", page.body);
    assert!(!page.body.contains(" checked"), "{}", page.body);
    // One click, and a name that was not to be picked.
    allow(&world, &mut alice, &page, &[("allow", "mcp:read")]).await;
    let tokens = Tokens::of(&poll(&world, &asked).await);
    assert_eq!(
        (&tokens.body["scope"], &claims(&tokens.access)["scope"]),
        (&json!("mcp:read"), &json!("mcp:read"))
    );
    assert_eq!(remembered(&world).await, ["mcp:read"]);

    // With its box. What was ticked for one device is not ticked for the next.
    let asked = asked_for(&world, BOTH).await;
    let page = question(&mut alice, &asked).await;
    allow(&world, &mut alice, &page, &[("allow", "mcp:write")]).await;
    assert_eq!(Tokens::of(&poll(&world, &asked).await).body["scope"], BOTH);
    let asked = asked_for(&world, BOTH).await;
    let page = question(&mut alice, &asked).await;
    assert_eq!((page.values("allow"), page.body.contains(" checked")), (vec!["mcp:write".into()], false));
    allow(&world, &mut alice, &page, &[]).await;
    assert_eq!(Tokens::of(&poll(&world, &asked).await).body["scope"], "mcp:read");
    assert_eq!(remembered(&world).await, [BOTH], "the answer from before goes on beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_04_a_device_that_wants_only_what_is_dangerous_gets_nothing_by_a_click() {
    let world = world().await;
    let mut alice = signed_in(&world, "alice").await;
    let asked = asked_for(&world, "mcp:write").await;
    let page = question(&mut alice, &asked).await;
    assert!(page.body.contains("value=\"mcp:write\" form=\"device-confirm-form\" required"), "{}", page.body);
    let again = allow(&world, &mut alice, &page, &[]).await;
    assert_eq!(
        (again.status.as_u16(), again.body.contains("Tick what you want to allow, or deny.")),
        (409, true)
    );
    refused(&poll(&world, &asked).await, "authorization_pending");
    assert_eq!(world.count("consents").await, 0);
    for (name, value) in [("for", "ever"), ("allow", "\"")] {
        assert_eq!(allow(&world, &mut alice, &again, &[(name, value)]).await.status, 400, "{name}");
    }
    allow(&world, &mut alice, &again, &[("allow_all", "yes")]).await;
    assert_eq!(Tokens::of(&poll(&world, &asked).await).body["scope"], "mcp:write");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_is_allowed_for_an_hour_ends_after_it_with_its_tokens() {
    let world = world().await;
    world.clock.stop();
    let mut alice = signed_in(&world, "alice").await;
    let asked = ask(&world).await;
    let page = question(&mut alice, &asked).await;
    assert!(page.body.contains("<option value=\"hour\">"), "{}", page.body);
    allow(&world, &mut alice, &page, &[("for", "hour")]).await;
    world.pass(295);
    let tokens = Tokens::of(&poll(&world, &asked).await);
    let lifetime = tokens.body["expires_in"].as_i64().unwrap();
    // Five minutes of the hour are gone.
    world.pass(3300 - lifetime / 2);
    let late = Tokens::of(&world.refresh("tv1", tokens.refresh()).await);
    assert!(late.body["expires_in"].as_i64().unwrap() <= lifetime / 2, "{}", late.body);
    assert!(world.is_active(&late.access).await);
    world.pass(lifetime / 2);
    world.soon_inactive(&late.access).await;
    assert_eq!(world.refresh("tv1", late.refresh()).await.json()["error"], "invalid_grant");
    gatewright_server::sweep::turn(world.app.clone()).await.unwrap();
    assert_eq!((world.count("consents").await, world.events("consent.expired").await), (0, 1));
}

/// The first token, too: the account centre shortens an answer while the device has not fetched it.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_is_not_redeemed_after_the_end_of_its_answer() {
    let world = world().await;
    world.clock.stop();
    let mut alice = signed_in(&world, "alice").await;
    for (left, is_redeemed) in [(60, true), (0, false)] {
        let asked = ask(&world).await;
        let page = question(&mut alice, &asked).await;
        allow(&world, &mut alice, &page, &[("for", "hour")]).await;
        world.pass(5);
        let end = world.operator().now + chrono::Duration::seconds(left);
        sqlx::query("UPDATE consents SET expires_at = $1").bind(end).execute(&world.database).await.unwrap();
        let answer = poll_as(&world, "tv1", &asked.device_code).await;
        if is_redeemed {
            assert_eq!(Tokens::of(&answer).body["expires_in"], 60);
        } else {
            refused(&answer, "invalid_grant");
        }
    }
    assert_eq!(world.count("grants").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_05_an_end_is_not_lent_to_what_is_not_on_the_page() {
    let world = World::new().await;
    let both = json!({ "client_name": "Both", "redirect_uris": ["https://both.test/cb"],
                       "grant_types": ["authorization_code", "refresh_token", GRANT],
                       "token_endpoint_auth_method": "none" });
    world.add_client("both", both).await;
    // Both permissions for an hour, in the browser.
    let mut alice = world.agent();
    let az = Az::to("both", "https://both.test/cb").set("scope", BOTH);
    let login = world.authorize(&mut alice, &az).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    let terms = [("allow", "mcp:write"), ("for", "hour")];
    let back = world.decide_with(&mut alice, &page, ("approve", &terms)).await;
    assert!(back.answer("code").is_some());
    // A device is allowed one of them, without an end.
    let asked = Asked::of(&ask_with(&world, &[("client_id", "both")]).await);
    let page = question(&mut alice, &asked).await;
    allow(&world, &mut alice, &page, &[("for", "open")]).await;
    assert_eq!(remembered(&world).await, ["mcp:read"], "the other one does not last any longer by this");
    let silent = world.authorize(&mut alice, &az.set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"));
}

async fn rule(world: &World, consent: ConsentRule) {
    let id = ClientId::parse("tv1").unwrap();
    let was = clients::load(&world.app.store, &id).await.unwrap().unwrap();
    let trace = world.operator().trace(&world.app);
    let revised = clients::revise(&world.app.store, &gatewright_oauth::Client { consent, ..was }, &trace)
        .await
        .unwrap();
    assert_eq!(revised, Write::Applied(()));
    world.app.directory.forget();
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_10_a_forbidden_client_is_refused_when_it_asks_and_when_somebody_answers() {
    let world = world().await;
    let mut alice = signed_in(&world, "alice").await;
    let (before, typed, shown, said) =
        (ask(&world).await, ask(&world).await, ask(&world).await, ask(&world).await);
    let link = alice.post("/device", &[("user_code", &typed.user_code)]).await.location().unwrap().to_owned();
    let page = question(&mut alice, &shown).await;
    let allowed = question(&mut alice, &said).await;
    allow(&world, &mut alice, &allowed, &[]).await;
    rule(&world, ConsentRule::Forbidden).await;

    // When it asks.
    let asked = ask_with(&world, &[]).await;
    refused(&asked, "unauthorized_client");
    assert!(asked.body.contains("do not let people allow this client anything"), "{}", asked.body);
    // When the code is typed, when the question is shown, and when it is answered.
    for page in [
        question(&mut alice, &before).await,
        alice.get(&link).await,
        allow(&world, &mut alice, &page, &[]).await,
    ] {
        assert_eq!(
            (page.status.as_u16(), page.body.contains("device-approve")),
            (400, false),
            "{}",
            page.body
        );
        assert!(page.body.contains("do not let people allow this client anything"), "{}", page.body);
    }
    // What was allowed before and is not fetched yet, has ended.
    refused(&poll(&world, &said).await, "invalid_grant");
    assert_eq!((world.count("grants").await, world.events("device.approved").await), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_10_what_was_allowed_in_advance_is_asked_for_a_device_all_the_same() {
    let world = world().await;
    rule(&world, ConsentRule::PreApproved).await;
    let mut alice = signed_in(&world, "alice").await;
    let asked = asked_for(&world, BOTH).await;
    let page = question(&mut alice, &asked).await;
    assert!(page.body.contains("allowed this app to everybody"), "{}", page.body);
    assert_eq!((page.values("allow"), page.body.contains(" checked")), (vec!["mcp:write".into()], false));
    refused(&poll(&world, &asked).await, "authorization_pending");
    decide(&world, &mut alice, &page, "approve").await;
    assert_eq!(Tokens::of(&poll(&world, &asked).await).body["scope"], "mcp:read");
}
