//! What operators and clients write is data: no part of the API computes anything of it (AD-07). And what a program
//! that provisions accounts may is that, and nothing else (WH-05), however it filters (WH-04).

use gatewright_server::admin::Scope;
use gatewright_tests::{Az, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, all_mighty, done, program, promote, refused, sent};

/// Something for every engine there might be behind a text: templates, shells, SQL, patterns, formats.
const WRITTEN: [&str; 8] =
    ["{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{7*7:?}", "`id` $(id)", "'||(SELECT 49)||'", "(a+)+$ %_%"];

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["metadata"]["client_name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// `GET` with one parameter.
async fn looked(caller: &Caller<'_>, path: &str, (name, value): (&str, &str)) -> gatewright_tests::Page {
    sent(caller.request(Method::GET, path).query(&[(name, value)])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_07_what_somebody_writes_is_never_computed() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for written in WRITTEN {
        let metadata = json!({ "client_name": written, "redirect_uris": [gatewright_tests::CALLBACK],
                               "token_endpoint_auth_method": "none" });
        let made = done(&root.post("/clients", &json!({ "metadata": metadata })).await, 201);
        assert_eq!(made["metadata"]["client_name"], written);
        // It is found by itself, as text, and is all that is found.
        let found = done(&looked(&root, "/clients", ("name", written)).await, 200);
        assert_eq!(names(&found), [written]);
        let id = made["client_id"].as_str().unwrap();
        // A person reads it as it was written.
        let mut agent = world.agent();
        let login = world.authorize(&mut agent, &Az::of(id)).await;
        let question = world.log_in(&mut agent, &login, "alice").await;
        assert!(read(&question.body).contains(written), "{written}: {}", question.body);
        let name = json!({ "name": written });
        let path = format!("/resources/{}", resource(&root).await);
        assert_eq!(done(&root.patch(&path, &name).await, 200)["name"], written);
        // What a webhook listens to is a kind, all of a noun, or everything.
        for kind in [written.to_owned(), format!("client.{written}"), format!("{written}.*")] {
            let body = json!({ "name": "x", "url": "https://93.184.216.34/", "kinds": [kind] });
            refused(&root.post("/webhooks", &body).await, 400, "invalid_request");
        }
    }
    for pattern in ["%", "_", ".*", "c%", "*"] {
        let found = done(&looked(&root, "/clients", ("name", pattern)).await, 200);
        assert!(names(&found).iter().all(|name| name.to_lowercase().contains(pattern)), "{pattern}: {found}");
    }
}

/// A page as a browser reads it.
fn read(page: &str) -> String {
    let marks = [("&#60;", "<"), ("&#62;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&#38;", "&")];
    marks.iter().fold(page.to_owned(), |text, (written, read)| text.replace(written, read))
}

async fn resource(root: &Caller<'_>) -> String {
    let all = done(&root.get("/resources").await, 200);
    let items = all["items"].as_array().unwrap();
    let mcp = items.iter().find(|one| one["resource"] == gatewright_tests::MCP).unwrap();
    mcp["id"].as_str().unwrap().to_owned()
}

/// What SCIM will be for is done with such a key today.
#[tokio::test(flavor = "multi_thread")]
async fn wh_05_a_key_that_provisions_accounts_does_nothing_else() {
    use gatewright_server::admin::operations;

    let world = World::new().await;
    let owner = promote(&world, "alice", gatewright_store::users::Role::Owner).await;
    let hr = program(&world, &[Scope::UsersRead, Scope::UsersWrite]).await;
    let mine = ["admin:users.read", "admin:users.write"];
    let mut others = 0;
    for operation in operations::all().filter(|one| !mine.contains(&one.scope.as_str())) {
        let path = operation.path.replace("{id}", &owner.to_string()).replace("{client}", "pub1");
        let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
        let page = sent(hr.request(method, &path)).await;
        refused(&page, 403, "insufficient_scope");
        others += 1;
    }
    assert!(others > 40, "{others}");
    // Nor does it reach up: not to those with a role, and it makes none.
    for (method, path, body) in [
        (Method::PUT, format!("/users/{owner}/password"), super::example("users.set_password")),
        (Method::PATCH, format!("/users/{owner}"), json!({ "email": "mallory@evil.test" })),
        (Method::DELETE, format!("/users/{owner}"), Value::Null),
        (Method::POST, format!("/users/{owner}/disable"), Value::Null),
        (Method::POST, format!("/users/{owner}/reset"), Value::Null),
    ] {
        let request = hr.request(method.clone(), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        refused(&sent(request).await, 403, "beyond_your_own");
    }
    // It is a key for the admin API, and nothing at all elsewhere.
    for path in ["/userinfo", "/account", "/introspect", "/register"] {
        let request = world.http.get(world.url(path)).bearer_auth(&hr.token);
        let page = sent(request).await;
        assert!(!page.status.is_success(), "{path}: {} {}", page.status, page.body);
    }
    let fields = [("token", hr.token.as_str())];
    assert_eq!(world.post_as("rs1", "/introspect", &fields).await.json(), json!({ "active": false }));
}

/// Filters are fixed parameters with one value each; there is no language in them.
#[tokio::test(flavor = "multi_thread")]
async fn wh_04_a_filter_is_text_and_costs_what_it_should() {
    let world = World::new().await;
    let hr = program(&world, &[Scope::UsersRead]).await;
    let everybody = done(&hr.get("/users").await, 200)["items"].as_array().unwrap().len();
    assert_eq!(everybody, 2);
    let terms = vec!["userName eq \"x\""; 1_000].join(" or ");
    let deep = format!("{}userName pr{}", "(".repeat(500), ")".repeat(500));
    for filter in [
        "userName sw \"\" or true",
        "%",
        "_____",
        "alice' OR '1'='1",
        "alice\u{0}",
        "members[value eq \"x\"].$ref",
        &deep,
    ] {
        for name in ["filter", "sortBy", "attributes", "startIndex"] {
            refused(&looked(&hr, "/users", (name, filter)).await, 400, "invalid_request");
        }
        let begun = std::time::Instant::now();
        let page = looked(&hr, "/users", ("login", filter)).await;
        assert!(page.status == 400 || page.json()["items"] == json!([]), "{filter}: {}", page.body);
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{filter}");
    }
    // A head that long is not read at all.
    let page = looked(&hr, "/users", ("filter", &terms)).await;
    assert!(page.status.is_client_error(), "{}", page.status);
    // Several at a time: a hundred, and no more.
    let root = all_mighty(&world).await;
    let item = json!({ "method": "POST", "path": "/users", "body": { "username": "x" } });
    let page = root.post("/bulk", &json!({ "items": vec![item; 101] })).await;
    refused(&page, 400, "invalid_request");
    assert_eq!(world.count("users").await, 2);
}
