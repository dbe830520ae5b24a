//! Everything ends at once, an account goes, and what is kept of somebody is theirs to read.

use gatewright_store::users::Role;
use gatewright_tests::{Az, World};
use serde_json::Value;

use super::{at_home, lets_in, page};

#[tokio::test(flavor = "multi_thread")]
async fn cn_09_everything_ends_by_one_button_and_it_says_what_it_does() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    let mut other = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    let kept =
        lets_in(&world, &mut at_home(&world, "alice").await, &Az::to("pub2", "https://two.test/cb")).await;
    let mut mallory = at_home(&world, "mallory").await;
    let asks = page(&mut alice, "/account/stop").await;
    assert!(asks.body.contains("You are signed out in every browser, this one included."), "{}", asks.body);
    let ticket = asks.hidden("ticket");
    let same = page(&mut other, "/account/stop").await.hidden("ticket");
    let (mine, theirs) = ([("ticket", ticket.as_str())], [("ticket", same.as_str())]);
    let (one, two) = tokio::join!(alice.post("/account/stop", &mine), other.post("/account/stop", &theirs));
    for (done, agent) in [(&one, &mut alice), (&two, &mut other)] {
        // Whoever came second is signed out already.
        let ended = done.body.contains("All access has ended") || done.status == 303;
        assert!(ended, "{} {}", done.status, done.body);
        assert_eq!(agent.get("/account").await.status, 303);
    }
    assert!(
        !alice.cookies.contains_key("__Host-gw_session") || !other.cookies.contains_key("__Host-gw_session")
    );
    world.soon_inactive(&tokens.access).await;
    world.soon_inactive(&kept.access).await;
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.json()["error"], "invalid_grant");
    assert_eq!((world.count("consents").await, world.events("user.access_ended").await), (0, 1));
    page(&mut mallory, "/account").await;
    // And the password is what it was.
    at_home(&world, "alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_its_person_who_has_just_signed_in_and_typed_its_name() {
    let world = World::new().await;
    let id = world.user("alice").await;
    let mut alice = at_home(&world, "alice").await;
    let tokens = lets_in(&world, &mut alice, &Az::of("pub1")).await;
    // Nobody does it by finding a browser unlocked.
    let ticket = page(&mut alice, "/account/leave").await.hidden("ticket");
    world.pass(15 * 60 + 1);
    let late = alice.post("/account/leave", &[("ticket", &ticket), ("username", "alice")]).await;
    let login = alice.follow(late).await;
    assert!(login.body.contains("id=\"login-form\""), "{}", login.body);
    let asks = world.log_in(&mut alice, &login, "alice").await;
    assert!(asks.body.contains("It is <bdi class=\"strong\">alice</bdi>."), "{}", asks.body);
    let ticket = asks.hidden("ticket");
    for wrong in ["", "mallory", "alice@example.test"] {
        let refused = alice.post("/account/leave", &[("ticket", &ticket), ("username", wrong)]).await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert!(refused.body.contains("That is not your user name. Nothing was deleted."));
    }
    let mut twin = alice.clone();
    let fields = [("ticket", ticket.as_str()), ("username", "Alice ")];
    let (one, two) =
        tokio::join!(alice.post("/account/leave", &fields), twin.post("/account/leave", &fields));
    let gone = [&one, &two].iter().filter(|page| page.body.contains("Your account is deleted")).count();
    assert!(gone >= 1, "{} {} / {} {}", one.status, one.body, two.status, two.body);
    assert_eq!(world.events("user.deleted").await, 1);
    let actor: String = sqlx::query_scalar("SELECT actor FROM events WHERE kind = 'user.deleted'")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(actor, format!("user:{id}"));
    assert!(
        !world.is_active(&tokens.access).await || {
            world.soon_inactive(&tokens.access).await;
            true
        }
    );
    let left: Vec<String> =
        sqlx::query_scalar("SELECT username FROM users").fetch_all(&world.database).await.unwrap();
    assert_eq!(left, ["mallory"]);
    assert_eq!((world.count("grants").await, world.count("consents").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays() {
    let world = World::new().await;
    let promote = async |name: &str| {
        let user = world.user(name).await;
        let trace = world.operator().trace(&world.app);
        let done =
            gatewright_store::users::set_role(&world.app.store, user, (None, Some(Role::Owner)), &trace);
        assert!(matches!(done.await.unwrap(), gatewright_store::Write::Applied(())));
    };
    promote("alice").await;
    let mut alice = at_home(&world, "alice").await;
    let ticket = page(&mut alice, "/account/leave").await.hidden("ticket");
    let fields = [("ticket", ticket.as_str()), ("username", "alice")];
    let refused = alice.post("/account/leave", &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("You are the only owner of this server."), "{}", refused.body);
    promote("mallory").await;
    assert_eq!(alice.post("/account/leave", &fields).await.status, 200);
    assert_eq!(world.count("users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_somebody_is_theirs_to_read_and_holds_no_secret() {
    let world = World::new().await;
    let mut alice = at_home(&world, "alice").await;
    lets_in(&world, &mut alice, &Az::of("pub1")).await;
    // More than one piece of it.
    sqlx::query(
        "INSERT INTO grants SELECT md5(n::TEXT)::UUID, client_id, user_id, session_id, consent_id, resource_id,
                client_era, user_era, scope, auth_time, amr, refreshable, offline, salt, generation, rotated_at,
                created_at, idle_expires_at, expires_at, revoked_at, revoked_reason
         FROM grants, generate_series(1, 450) AS n",
    )
    .execute(&world.database)
    .await
    .unwrap();
    let ticket = page(&mut alice, "/account/data").await.hidden("ticket");
    let file = alice.post("/account/data", &[("ticket", &ticket)]).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"account.json\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let told = file.json();
    assert_eq!(told["account"]["username"], "alice");
    assert_eq!(told["account"]["email"], "alice@example.test");
    let count = |name: &str| told[name].as_array().map(Vec::len);
    assert_eq!(
        (count("sessions"), count("remembered"), count("grants"), count("history")),
        (Some(1), Some(1), Some(451), Some(1))
    );
    let mut ids: Vec<&Value> = told["grants"].as_array().unwrap().iter().map(|grant| &grant["id"]).collect();
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 451, "each once");
    for secret in ["salt", "digest", "sealed", "mallory"] {
        assert!(!file.body.contains(secret), "{secret}");
    }
    let mut mallory = at_home(&world, "mallory").await;
    let ticket = page(&mut mallory, "/account/data").await.hidden("ticket");
    let file = mallory.post("/account/data", &[("ticket", &ticket)]).await.json();
    assert_eq!((&file["account"]["username"], &file["grants"]), (&"mallory".into(), &serde_json::json!([])));
}
