//! The page about the API, and the examples in it.

use std::collections::BTreeSet;

use gatewright_jose::base64url;
use gatewright_server::admin::operation::{Method as Verb, Takes};
use gatewright_server::admin::{examples, operations};
use gatewright_tests::World;
use gatewright_tests::internet;
use reqwest::Method;

use super::{all_mighty, done, sent, tickets};
use crate::tidy::tree::{file, rust};

#[tokio::test]
async fn every_operation_is_on_the_page_which_needs_nobody_and_no_script() {
    let world = World::new().await;
    let page = world.get("/admin/v1/docs").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!page.header("content-security-policy").contains("script-src"));
    assert!(!page.body.contains("<script") && !page.body.contains("://cdn"));
    let ids: BTreeSet<&str> =
        page.body.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), page.body.matches(" id=\"").count(), "each anchor once");
    for operation in operations::all() {
        let route = format!("{}</span> <code>{}</code>", operation.method.as_str(), operation.path);
        assert!(ids.contains(operation.id) && page.body.contains(&route), "{}", operation.id);
        assert!(
            page.body.contains(&format!("<code>{}</code>", operation.scope.as_str())),
            "{}",
            operation.id
        );
    }
    for link in page.body.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
    let description = world.get("/admin/v1/openapi.json").await.json();
    for name in description["components"]["schemas"].as_object().unwrap().keys() {
        assert!(ids.contains(name.as_str()), "{name} is not explained");
    }
    assert!(
        page.body.contains(&format!("curl {}/admin/v1/server", world.issuer)),
        "what can be pasted works here"
    );
}

/// Every operation that takes a body shows one, and every body that is shown is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_accepted() {
    let world = World::with(|config| config.fetch.ca_file = Some(internet::authority())).await;
    let root = all_mighty(&world).await;
    let _tickets = tickets(&world).await;
    let _hooks = world.internet.site("hooks.example.com").await;
    let description = world.get("/admin/v1/openapi.json").await.json();
    let created = |id: &str, path: &str| {
        let (root, body, path) = (&root, examples::of(id).unwrap(), path.to_owned());
        async move { done(&root.post(&path, &body).await, 201) }
    };
    // What the paths of the others name. The made ones are other than the examples, which would be taken then.
    let client = created("clients.create", "/clients").await["client_id"].as_str().unwrap().to_owned();
    let key = created("api_keys.create", "/api-keys").await["id"].as_str().unwrap().to_owned();
    let webhook = created("webhooks.create", "/webhooks").await["id"].as_str().unwrap().to_owned();
    let resources = done(&root.get("/resources").await, 200);
    let resource = resources["items"][0]["id"].as_str().unwrap().to_owned();
    let user = world.user("alice").await.to_string();
    let by_document = format!("@{}", base64url::encode("https://agent.example.com/client.json"));
    let mut sent_examples = 0;
    for operation in operations::all() {
        let shown = examples::of(operation.id);
        let kind = match operation.takes {
            Takes::Nothing => {
                assert!(shown.is_none(), "{} takes no body, but has an example", operation.id);
                continue;
            }
            Takes::Json(_) => "application/json",
            Takes::Patch(_) => "application/merge-patch+json",
            Takes::Lines(_) => "application/jsonl",
        };
        let shown = shown.unwrap_or_else(|| panic!("{} has no example: admin/examples.rs", operation.id));
        let described = &description["paths"][operation.path][operation.method.as_str().to_lowercase()];
        assert_eq!(described["requestBody"]["content"][kind]["example"], shown, "{}", operation.id);
        assert!(!shown.to_string().contains('\''), "{} would end the shell's quotes", operation.id);
        let id = match operation.id.split('.').next().unwrap() {
            "resources" => &resource,
            "users" => &user,
            "api_keys" => &key,
            "webhooks" => &webhook,
            _ => "",
        };
        let client = if operation.id == "clients.pin" { &by_document } else { &client };
        let path = operation.path.replace("{id}", id).replace("{client}", client);
        assert!(!path.contains('{'), "tell this test what {path} names");
        assert_ne!(operation.method, Verb::Get);
        let method = Method::from_bytes(operation.method.as_str().as_bytes()).unwrap();
        let request = root.request(method, &format!("{path}?dry_run=true")).header("content-type", kind);
        let page = sent(request.body(shown.as_str().map_or_else(|| shown.to_string(), str::to_owned))).await;
        assert!(page.status.is_success(), "{}: {} {}", operation.id, page.status, page.body);
        assert_eq!(page.header("dry-run"), "true", "{}", operation.id);
        sent_examples += 1;
    }
    assert!(sent_examples >= 12);
}

/// Programs go by the code of a refusal, so each is in the table of docs/admin-api.md.
#[test]
fn every_code_is_in_the_document() {
    let text = &file("docs/admin-api.md").unwrap().text;
    let mut codes = BTreeSet::new();
    for file in rust().filter(|file| file.path.starts_with("crates/server/src/")) {
        for call in file.text.split("Problem::").skip(1) {
            let arguments = call.strip_prefix("conflict(").or_else(|| {
                let (status, rest) = call.strip_prefix("new(")?.split_once(',')?;
                status.trim().parse::<u16>().is_ok().then_some(rest)
            });
            let code = arguments.and_then(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            codes.extend(code);
        }
    }
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        assert!(text.contains(&format!("`{code}`")), "docs/admin-api.md does not name the code {code}");
    }
}
