//! Lists are read to their end, whatever happens meanwhile.

use gatewright_tests::World;
use serde_json::json;

use super::{all_mighty, done, refused};

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_repeat_nor_hide_anything() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for n in 0..7 {
        let body = json!({ "username": format!("user{n}"), "password": "a long enough password" });
        done(&root.post("/users", &body).await, 201);
    }
    let mut names = Vec::new();
    let mut path = "/users?limit=2".to_owned();
    loop {
        let page = done(&root.get(&path).await, 200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        if names.len() == 4 {
            let body = json!({ "username": "late", "password": "a long enough password" });
            done(&root.post("/users", &body).await, 201);
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/users?limit=2&cursor={next}");
    }
    let expected =
        ["alice", "mallory", "user0", "user1", "user2", "user3", "user4", "user5", "user6", "late"];
    // The seeds were made in the same instant.
    names[..2].sort();
    assert_eq!(names, expected);

    for list in ["/clients", "/resources", "/api-keys", "/initial-tokens", "/keys", "/grants?client_id=pub1"]
    {
        let mark = if list.contains('?') { '&' } else { '?' };
        let all = done(&root.get(list).await, 200)["items"].as_array().unwrap().clone();
        let mut read = Vec::new();
        let mut path = format!("{list}{mark}limit=1");
        loop {
            let page = done(&root.get(&path).await, 200);
            read.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{list}{mark}limit=1&cursor={next}");
        }
        assert_eq!(read, all, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_of_one_list_and_nobody_makes_one() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let next = done(&root.get("/users?limit=1").await, 200)["next"].as_str().unwrap().to_owned();
    refused(&root.get(&format!("/clients?cursor={next}")).await, 400, "invalid_request");
    refused(&root.get("/users?cursor=AAAA").await, 400, "invalid_request");
    refused(&root.get(&format!("/users?cursor={next}&cursor={next}")).await, 400, "invalid_request");
    for limit in ["0", "201", "-1", "many"] {
        let page = root.get(&format!("/users?limit={limit}")).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], "limit");
    }
}
