//! The question and its form (DV-08): other sites, reflexes, other people, other requests.

use gatewright_tests::world::MCP;
use gatewright_tests::{Agent, World};

use super::{ask, decide, enter, poll, refused, signed_in, world};

async fn untouched(world: &World) {
    assert_eq!((world.count("consents").await, world.events("device.approved").await), (0, 0));
    assert_eq!(world.events("device.denied").await, 0);
}

async fn post_from(
    world: &World,
    agent: &mut Agent,
    path: &str,
    (header, value): (&str, &str),
    fields: &[(&str, &str)],
) -> u16 {
    let request = world.http.post(world.url(path)).header(header, value).form(fields);
    agent.send(request).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_08_forms_of_other_sites_are_refused() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let code = [("user_code", asked.user_code.as_str())];
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("x-nothing", "at all"),
    ];
    for header in foreign {
        assert_eq!(post_from(&world, &mut agent, "/device", header, &code).await, 403, "{header:?}");
    }
    assert_eq!(world.events("device.claimed").await, 0);
    let question = enter(&mut agent, &asked.user_code).await;
    let ticket = question.hidden("ticket");
    world.pass(2);
    for header in foreign {
        for decision in ["approve", "deny"] {
            let fields = [("ticket", ticket.as_str()), ("decision", decision)];
            assert_eq!(
                post_from(&world, &mut agent, "/device/confirm", header, &fields).await,
                403,
                "{header:?}"
            );
        }
    }
    untouched(&world).await;
    refused(&poll(&world, &asked).await, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_08_a_ticket_is_good_for_its_request_session_and_person() {
    let world = world().await;
    let (mine, other) = (ask(&world).await, ask(&world).await);
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &mine.user_code).await;
    let ticket = question.hidden("ticket");
    for (fields, status) in [
        (vec![("decision", "approve")], 400),
        (vec![("ticket", "v1.made.up"), ("decision", "approve")], 400),
        (vec![("ticket", ticket.as_str())], 400),
        (vec![("ticket", ticket.as_str()), ("decision", "maybe")], 400),
    ] {
        world.pass(1);
        assert_eq!(agent.post("/device/confirm", &fields).await.status, status, "{fields:?}");
    }
    // The link that leads to the question is no ticket.
    let claim =
        agent.post("/device", &[("user_code", &other.user_code)]).await.location().unwrap().to_owned();
    let claim = claim.split("request=").nth(1).unwrap();
    let page = agent.post("/device/confirm", &[("ticket", claim), ("decision", "approve")]).await;
    assert_eq!(page.status, 400);
    // Another session of the same person has not seen the page.
    let mut again = signed_in(&world, "alice").await;
    let page = decide(&world, &mut again, &question, "approve").await;
    assert_eq!((page.status.as_u16(), page.location()), (303, Some("/device")));
    // Without a session the form leads to the login page.
    let page = decide(&world, &mut world.agent(), &question, "approve").await;
    assert_eq!((page.status.as_u16(), page.location()), (303, Some("/device")));
    untouched(&world).await;
    decide(&world, &mut agent, &question, "approve").await;
    world.pass(5);
    assert_eq!(super::poll_as(&world, "tv1", &mine.device_code).await.status, 200);
    refused(&super::poll_as(&world, "tv1", &other.device_code).await, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_08_a_reflex_is_no_answer() {
    let world = world().await;
    world.clock.stop();
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    let quick = [("ticket", &*question.hidden("ticket")), ("decision", "approve")];
    let page = agent.post("/device/confirm", &quick).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("That answer came before anybody could read this page."), "{}", page.body);
    untouched(&world).await;
    let done = decide(&world, &mut agent, &page, "approve").await;
    assert!(done.body.contains("device-done"), "{}", done.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_22_what_changed_under_the_page_is_asked_again() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    rename(&world, "Kitchen").await;
    let page = decide(&world, &mut agent, &question, "approve").await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("Something changed while this page was open."), "{}", page.body);
    assert!(page.body.contains("Kitchen"), "{}", page.body);
    untouched(&world).await;
    assert!(decide(&world, &mut agent, &page, "approve").await.body.contains("device-done"));
}

async fn rename(world: &World, name: &str) {
    use gatewright_store::resources;
    let _unused = resources::by_compare_key(&world.app.store, MCP).await.unwrap();
    let change = "UPDATE clients SET metadata = jsonb_set(metadata, '{client_name}', to_jsonb($1::text)) WHERE id = 'tv1'";
    sqlx::query(change).bind(name).execute(&world.database).await.unwrap();
    let id = gatewright_oauth::ClientId::parse("tv1").unwrap();
    let client = gatewright_store::clients::load(&world.app.store, &id).await.unwrap().unwrap();
    sqlx::query("UPDATE clients SET metadata_digest = $1 WHERE id = 'tv1'")
        .bind(client.digest().as_bytes().as_slice())
        .execute(&world.database)
        .await
        .unwrap();
    world.app.directory.forget();
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_07_the_words_for_scopes_are_the_resource_s() {
    let world = world().await;
    let page = super::ask_with(
        &world,
        &[
            ("scope", "mcp:read"),
            ("device_name", "<b>mcp:read means nothing</b>\u{202e}"),
            ("scope_description", "harmless"),
        ],
    )
    .await;
    let asked = super::Asked::of(&page);
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(!question.body.contains("harmless") && !question.body.contains("<b>"), "{}", question.body);
    assert!(!question.body.contains('\u{202e}'));
    let claim = question.body.find("mcp:read means nothing").unwrap();
    assert!(question.body[claim..].contains("as it calls itself"), "labelled as a claim");
}
