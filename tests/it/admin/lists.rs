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

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_what_an_operator_knows_of_them() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let new = json!({ "username": "carol", "email": "C100%@Example.test", "name": "Caf\u{e9} Carol",
                      "password": "a long enough password", "role": "auditor" });
    let carol = done(&root.post("/users", &new).await, 201)["id"].as_str().unwrap().to_owned();
    let found = async |query: &str| {
        let page = done(&root.get(&format!("/users?{query}")).await, 200);
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for query in
        ["name=CAROL", "name=caf%C3%A9", "name=c100%25@example", "role=auditor", "name=aro&status=enabled"]
    {
        assert_eq!(found(query).await, ["carol"], "{query}");
    }
    // What is looked for is text, not a pattern.
    for query in ["name=c_rol", "name=car%25l", "role=owner", "name=carol&role=admin", "status=disabled"] {
        assert_eq!(found(query).await, Vec::<String>::new(), "{query}");
    }
    done(&root.act(&format!("/users/{carol}/disable")).await, 200);
    assert_eq!(found("status=disabled").await, ["carol"]);
    assert_eq!(found("status=enabled&name=a").await.len(), 2);
    for (wrong, field) in
        [("status=gone", "status"), ("role=king", "role"), ("login=carol&name=carol", "login")]
    {
        let page = root.get(&format!("/users?{wrong}")).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], field);
    }
    // Behind those that one look goes over it goes on.
    sqlx::query(
        "INSERT INTO users (id, username, username_key, is_owner, era, created_at)
         SELECT gen_random_uuid(), 'u' || n, 'u' || n, false, 0, created_at + make_interval(secs => n)
         FROM users, generate_series(1, 2500) AS n WHERE username = 'carol'",
    )
    .execute(&world.database)
    .await
    .unwrap();
    let first = done(&root.get("/users?name=u2400").await, 200);
    assert_eq!(first["items"], json!([]));
    let next = first["next"].as_str().unwrap();
    let second = done(&root.get(&format!("/users?name=u2400&cursor={next}")).await, 200);
    assert_eq!((&second["items"][0]["username"], second.get("next")), (&json!("u2400"), None));
}

/// Every list of what there may be much of can be narrowed, and takes no word that means nothing.
#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_narrowed_by_how_things_are() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for path in ["/api-keys", "/initial-tokens"] {
        let body = json!({ "name": "robot", "scopes": ["admin:server.read"], "days": 1 });
        let body = if path == "/api-keys" { body } else { json!({ "days": 1 }) };
        let over = done(&root.post(path, &body).await, 201)["id"].clone();
        let ended = done(&root.post(path, &body).await, 201)["id"].clone();
        done(&root.delete(&format!("{path}/{}", ended.as_str().unwrap())).await, 204);
        let ids = async |query: &str| {
            let page = done(&root.get(&format!("{path}{query}")).await, 200);
            page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
        };
        let live = ids("?status=live").await;
        assert!(live.contains(&over) && !live.contains(&ended), "{path}");
        world.pass(86_401);
        assert!(!ids("?status=live").await.contains(&over), "{path}");
        assert!(ids("?status=all").await.contains(&over) && ids("").await.contains(&ended), "{path}");
    }
    let webhook = done(&root.post("/webhooks", &super::example("webhooks.create")).await, 201);
    let path = format!("/webhooks/{}/disable", webhook["id"].as_str().unwrap());
    done(&root.act(&path).await, 200);
    let resource = done(&root.post("/resources", &super::example("resources.create")).await, 201);
    let path = format!("/resources/{}/disable", resource["id"].as_str().unwrap());
    done(&root.act(&path).await, 200);
    let rows = "INSERT INTO jobs (id, kind, state, actor, rows_read, rows_created, rows_skipped, rows_failed, errors,
                                  created_at, alive_until)
                VALUES (gen_random_uuid(), 'users.import', $1, 'operator', 0, 0, 0, 0, '[]', $2, $3)";
    let now = world.operator().now;
    for (state, seconds) in [("running", 60), ("running", -60), ("done", 60)] {
        let row = sqlx::query(rows).bind(state).bind(now).bind(now + chrono::Duration::seconds(seconds));
        row.execute(&world.database).await.unwrap();
    }
    for (query, count) in [
        ("/webhooks?status=disabled", 1),
        ("/webhooks?status=enabled", 0),
        ("/webhooks?status=failing", 0),
        ("/resources?status=disabled", 1),
        ("/resources?name=NEW.test", 1),
        ("/resources?name=new.test&status=enabled", 0),
        ("/keys?state=revoked", 0),
        ("/jobs?state=running", 1),
        ("/jobs?state=interrupted", 1),
        ("/jobs?state=done", 1),
        ("/jobs?state=failed", 0),
    ] {
        let found = done(&root.get(query).await, 200);
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}: {found}");
    }
    assert!(!done(&root.get("/keys?state=active").await, 200)["items"].as_array().unwrap().is_empty());
    for wrong in [
        "/webhooks?status=x",
        "/resources?status=x",
        "/keys?state=x",
        "/jobs?state=x",
        "/api-keys?status=x",
        "/initial-tokens?status=x",
    ] {
        refused(&root.get(wrong).await, 400, "invalid_request");
    }
}
