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

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_found_by_what_an_operator_knows_of_them() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let body =
        json!({ "client_name": "Notes for Caf\u{e9}s 100%", "redirect_uris": ["https://new.test/cb"] });
    let id = world.post_json("/register", &body).await.json()["client_id"].as_str().unwrap().to_owned();
    let found = async |query: &str| {
        let page = done(&root.get(&format!("/clients?{query}")).await, 200);
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["client_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for query in
        ["name=notes+FOR", "name=100%25", "origin=dynamic", "verified=false", "name=notes&status=enabled"]
    {
        assert_eq!(found(query).await, [id.as_str()], "{query}");
    }
    // What is looked for is text, not a pattern.
    for query in ["name=n_tes", "name=notes%25cafes", "name=notes&verified=true", "status=blocked"] {
        assert_eq!(found(query).await, Vec::<String>::new(), "{query}");
    }
    assert!(found("verified=true").await.contains(&"pub1".to_owned()));
    done(&root.act(&format!("/clients/{id}/block")).await, 200);
    assert_eq!(found("status=blocked").await, [id.as_str()]);
    done(&root.delete(&format!("/clients/{id}")).await, 204);
    assert_eq!(found("status=blocked").await, Vec::<String>::new());
    for (wrong, field) in [("status=dead", "status"), ("origin=x", "origin"), ("verified=1", "verified")] {
        let page = root.get(&format!("/clients?{wrong}")).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], field);
    }

    // Page by page, to the end and not beyond.
    let all = found("verified=true").await;
    let (mut read, mut path) = (Vec::new(), "/clients?verified=true&limit=1".to_owned());
    loop {
        let page = done(&root.get(&path).await, 200);
        read.extend(
            page["items"].as_array().unwrap().iter().map(|one| one["client_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/clients?verified=true&limit=1&cursor={next}");
    }
    assert_eq!(read, all);
}

/// A look goes over so many rows; behind them it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_finds_little_says_where_to_go_on() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    sqlx::query(
        "INSERT INTO clients (id, origin, profile, metadata, metadata_digest, era, created_at)
         SELECT 'c_' || n, 'dynamic', 'mcp', metadata, metadata_digest, 0, created_at + make_interval(secs => n)
         FROM clients, generate_series(1, 2500) AS n WHERE id = 'pub1'",
    )
    .execute(&world.database)
    .await
    .unwrap();
    sqlx::query("UPDATE clients SET metadata = jsonb_set(metadata, '{client_name}', '\"Needle\"') WHERE id = 'c_2400'")
        .execute(&world.database)
        .await
        .unwrap();
    let first = done(&root.get("/clients?name=needle").await, 200);
    assert_eq!(first["items"], json!([]));
    let next = first["next"].as_str().unwrap();
    let second = done(&root.get(&format!("/clients?name=needle&cursor={next}")).await, 200);
    assert_eq!((&second["items"][0]["client_id"], second.get("next")), (&json!("c_2400"), None));
}
