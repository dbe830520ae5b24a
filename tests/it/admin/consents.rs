//! What people allowed, as administrators see and end it, and what they decide in people's place.

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::{Az, CALLBACK, OTHER, Tokens, World};
use serde_json::json;

use super::{all_mighty, done, person, program, promote, refused};

const NOBODY: &str = "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e";

#[tokio::test(flavor = "multi_thread")]
async fn remembered_answers_are_seen_and_withdrawn() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let mut alice = world.agent();
    let back = world.approve(&mut alice, &Az::of("pub1"), "alice").await;
    let tokens = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    world.approve(&mut alice, &Az::of("pub1").set("resource", OTHER), "alice").await;
    world.approve(&mut alice, &Az::of("conf1"), "alice").await;
    let user = world.user("alice").await;
    let all = done(&root.get(&format!("/consents?user_id={user}")).await, 200);
    let clients: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|one| one["client_id"].as_str().unwrap()).collect();
    assert_eq!(clients, ["conf1", "pub1", "pub1"]);
    // Page by page they are the same.
    let mut path = format!("/consents?user_id={user}&limit=1");
    for item in all["items"].as_array().unwrap() {
        let page = done(&root.get(&path).await, 200);
        assert_eq!(page["items"], json!([item]));
        if let Some(next) = page["next"].as_str() {
            path = format!("/consents?user_id={user}&limit=1&cursor={next}");
        }
    }
    let of_mcp = done(&root.get(&format!("/grants?user_id={user}&client_id=pub1")).await, 200);
    let resource = of_mcp["items"][0]["resource_id"].clone();
    let mine = all["items"].as_array().unwrap().iter();
    let mine = mine.clone().find(|one| one["client_id"] == "pub1" && one["resource_id"] == resource).unwrap();
    assert_eq!((&mine["by"], &mine["scope"]), (&json!("person"), &json!("mcp:read")));
    let path = format!("/consents/{}", mine["id"].as_str().unwrap());
    done(&root.delete(&path).await, 204);
    world.soon_inactive(&tokens.access).await;
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.json()["error"], "invalid_grant");
    refused(&root.delete(&path).await, 404, "not_found");
    refused(&root.get("/consents").await, 400, "invalid_request");

    let end = format!("/users/{user}/end-access");
    let dry = done(&root.act(&format!("{end}?dry_run=true")).await, 200);
    assert_eq!(dry, json!({ "consents": 2 }));
    assert_eq!(done(&root.act(&end).await, 200), dry);
    assert_eq!((world.count("consents").await, world.events("user.access_ended").await), (0, 1));
    assert!(world.authorize(&mut alice, &Az::of("pub1")).await.body.contains("id=\"login-form\""));
    refused(&root.act(&format!("/users/{NOBODY}/end-access")).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_access_of_the_mightier_is_not_ended_by_the_lesser() {
    let world = World::new().await;
    let owner = promote(&world, "alice", Role::Owner).await;
    promote(&world, "mallory", Role::Support).await;
    let support = person(&world, "mallory", Scope::ALL).await;
    refused(&support.act(&format!("/users/{owner}/end-access")).await, 403, "beyond_your_own");
    let reader = program(&world, &[Scope::GrantsRead]).await;
    refused(&reader.delete(&format!("/consents/{NOBODY}")).await, 403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_10_only_of_their_own_apps_administrators_decide_that_nobody_is_asked() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let metadata =
        json!({ "client_name": "Desk", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let own = json!({ "client_id": "desk", "metadata": metadata, "consent": "pre_approved" });
    assert_eq!(done(&root.post("/clients", &own).await, 201)["consent"], "pre_approved");
    let changed = done(&root.patch("/clients/desk", &json!({ "consent": "ask" })).await, 200);
    assert_eq!(changed.get("consent"), None);
    let changed = done(&root.patch("/clients/desk", &json!({ "consent": "forbidden" })).await, 200);
    assert_eq!(changed["consent"], "forbidden");
    refused(&root.patch("/clients/desk", &json!({ "consent": "trusted" })).await, 400, "invalid_request");

    // A registration by itself cannot say so, and nobody can say so of it.
    let sly = json!({ "client_name": "Sly", "redirect_uris": ["https://sly.test/cb"], "consent": "pre_approved",
                      "token_endpoint_auth_method": "none" });
    let registered = world.post_json("/register", &sly).await.json();
    let id = registered["client_id"].as_str().unwrap();
    let path = format!("/clients/{id}");
    assert_eq!(done(&root.get(&path).await, 200).get("consent"), None);
    for consent in ["pre_approved", "forbidden"] {
        let page = root.patch(&path, &json!({ "consent": consent })).await;
        refused(&page, 409, "registered_itself");
    }
    done(&root.act(&format!("{path}/approve")).await, 200);
    refused(&root.patch(&path, &json!({ "consent": "pre_approved" })).await, 409, "registered_itself");
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::to(id, "https://sly.test/cb")).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
}
