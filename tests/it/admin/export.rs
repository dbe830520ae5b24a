//! Events as a file.

use gatewright_server::admin::Scope;
use gatewright_tests::World;
use serde_json::Value;

use super::{all_mighty, done, program, refused};

/// Many events, one of which tries to be a formula.
async fn eventful() -> World {
    let world = World::new().await;
    sqlx::query(
        "INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
         SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
                TIMESTAMPTZ '2020-01-01T00:00:00Z' + n * INTERVAL '1 second', 'token.issued',
                '00000000-0000-7000-8000-000000000000', '192.0.2.1', 'client:c_many',
                CASE n WHEN 7 THEN '=HYPERLINK(\"https://evil.test\")' ELSE 'c_many' END, '{\"a\": \"b,c\"}'
         FROM generate_series(1, 12001) AS n",
    )
    .execute(&world.database)
    .await
    .unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wanted_is_in_the_file_in_order() {
    let world = eventful().await;
    let root = all_mighty(&world).await;
    world.pass(1);
    let page = root.get("/events/export").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "application/jsonl"));
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"events.jsonl\"");
    assert_eq!(page.header("cache-control"), "no-store");
    let events: Vec<Value> = page.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(i64::try_from(events.len()).unwrap(), world.count("events").await);
    assert!(
        events.is_sorted_by_key(|event| (event["at"].as_str().unwrap().to_owned(), event["id"].to_string()))
    );
    let first = done(&root.get("/events?limit=1").await, 200);
    assert_eq!(events[0], first["items"][0], "each as the API shows it");

    // Filters are those of the list; what is rare is found behind more than one look takes.
    let rare = root.get("/events/export?kind=api_key.created").await;
    assert_eq!(rare.body.lines().count(), 1);
    let some = "/events/export?since=2020-01-01T00:00:05Z&until=2020-01-01T00:00:09Z&actor=client:c_many";
    assert_eq!(root.get(some).await.body.lines().count(), 4);
    assert_eq!(root.get("/events/export?until=2019-01-01T00:00:00Z").await.body, "");
    for wrong in ["format=xml", "kind=nothing", "since=yesterday", "cursor=x", "limit=5"] {
        refused(&root.get(&format!("/events/export?{wrong}")).await, 400, "invalid_request");
    }
    let other = program(&world, &[Scope::UsersRead]).await;
    refused(&other.get("/events/export").await, 403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn au_03_a_spreadsheet_finds_text_and_no_formula() {
    let world = eventful().await;
    let root = all_mighty(&world).await;
    let page = root.get("/events/export?format=csv&until=2020-01-01T00:00:10Z").await;
    assert!(page.header("content-type").starts_with("text/csv"), "{}", page.header("content-type"));
    let lines: Vec<&str> = page.body.split("\r\n").collect();
    assert_eq!(lines.len(), 11, "a head, nine events, and the end of the last line");
    assert_eq!(lines[0], "id,at,kind,request_id,peer,actor,user_id,client_id,resource_id,grant_id,detail");
    assert_eq!(
        lines[7],
        "00000000-0000-7000-8000-000000000007,2020-01-01T00:00:07.000000Z,token.issued,\
         00000000-0000-7000-8000-000000000000,192.0.2.1,client:c_many,,\
         \"'=HYPERLINK(\"\"https://evil.test\"\")\",,,\"{\"\"a\"\":\"\"b,c\"\"}\""
    );
    assert_eq!(lines[10], "");
    let nothing = root.get("/events/export?format=csv&until=2019-01-01T00:00:00Z").await;
    assert_eq!(nothing.body.lines().count(), 1);
}
