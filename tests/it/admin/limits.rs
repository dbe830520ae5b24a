//! DS: what the admin API reads, from those who may and from strangers.

use gatewright_server::admin::operation::Takes;
use gatewright_server::admin::{Operation, operations};
use gatewright_tests::{Page, World};
use reqwest::Method;

use super::{all_mighty, refused, sent};

/// The most bytes of a body; of one that asks for many things, four times that; of lines, as many as come.
const MOST: usize = 64 * 1024;

async fn send(world: &World, token: Option<&str>, (operation, body): (&Operation, String)) -> Page {
    let path = operation.path.replace("{id}", "nobody").replace("{client}", "nobody");
    let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
    let request = world.http.request(method, world.url(&format!("/admin/v1{path}?dry_run=true")));
    let request = request.header("content-type", "application/json").body(body);
    sent(if let Some(token) = token { request.bearer_auth(token) } else { request }).await
}

fn with_bodies() -> impl Iterator<Item = &'static Operation> {
    operations::all().filter(|operation| matches!(operation.takes, Takes::Json(_) | Takes::Patch(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_01_the_admin_api_reads_so_much_and_no_byte_more() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for operation in with_bodies() {
        let spaces = |count| (operation, " ".repeat(count));
        let most = if operation.takes_many() { 4 * MOST } else { MOST };
        assert_ne!(send(&world, Some(&root.token), spaces(most)).await.status, 413, "{}", operation.id);
        refused(&send(&world, Some(&root.token), spaces(most + 1)).await, 413, "too_large");
        // Who somebody is comes first.
        refused(&send(&world, None, spaces(most + 1)).await, 401, "unauthenticated");
    }
    assert_eq!(root.get("/server").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_05_deep_nesting_is_refused_by_the_admin_api() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for (open, close) in [("[", "]"), ("{\"metadata\":", "}")] {
        let depth = (MOST - 1) / (open.len() + close.len());
        let body = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        for operation in with_bodies() {
            let page = send(&world, Some(&root.token), (operation, body.clone())).await;
            // What is not there is not looked for deeper.
            assert!([400, 404].contains(&page.status.as_u16()), "{}: {}", operation.id, page.body);
        }
        let page = root.request(Method::POST, "/clients").header("content-type", "application/json");
        refused(&sent(page.body(body)).await, 400, "invalid_request");
    }
    assert_eq!(root.get("/server").await.status, 200, "the process lives");
}
