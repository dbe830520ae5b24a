//! Links that the admin API has mailed.

use gatewright_server::mail::post;
use gatewright_tests::{MailServer, World};
use serde_json::json;

use super::{all_mighty, done, refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_and_nobody_else_sees_its_link() {
    let mails = MailServer::start().await;
    let world = World::with(|config| mails.configure(config)).await;
    let root = all_mighty(&world).await;
    let invite = |name: &str, email: Option<&str>| json!({ "username": name, "email": email, "invite": true, "send": true });

    let dry = root.post("/users?dry_run=true", &invite("carol", Some("carol@example.test"))).await;
    assert_eq!(done(&dry, 201)["invitation"]["sent_to"], "carol@example.test");
    post::turn(world.app.clone()).await.unwrap();
    assert!(mails.take().is_empty(), "nothing is mailed for a dry run");

    let page = root.post("/users", &invite("carol", Some("carol@example.test"))).await;
    let carol = done(&page, 201);
    assert_eq!(carol["invitation"]["sent_to"], "carol@example.test");
    assert!(carol["invitation"].get("url").is_none() && !page.body.contains("gw_pl_"), "{carol}");
    post::turn(world.app.clone()).await.unwrap();
    let mail = mails.take().remove(0);
    assert_eq!(mail.to, "carol@example.test");
    assert!(mail.text.contains("Your user name is carol."), "{}", mail.text);
    let link = mail.link(&world.issuer);
    let form = world.get(&link).await;
    assert!(form.body.contains("You have an account here now"), "{}", form.body);
    let secret = link.split('=').nth(1).unwrap();
    let fields = [("link", secret), ("password", "seven sleepy otters"), ("again", "seven sleepy otters")];
    assert_eq!(world.agent().post("/password", &fields).await.status, 200);
    let id = carol["id"].as_str().unwrap();
    assert_eq!(done(&root.get(&format!("/users/{id}")).await, 200)["email_verified"], true);

    // Without an address nobody is invited, and there is no account.
    let page = root.post("/users", &invite("dave", None)).await;
    refused(&page, 400, "invalid_request");
    assert_eq!(page.json()["field"], "send");
    assert_eq!(done(&root.get("/users?login=dave").await, 200)["items"], json!([]));
    let page = root
        .post("/users", &json!({ "username": "dave", "password": "a long enough password", "send": true }))
        .await;
    refused(&page, 400, "invalid_request");

    let reset = done(&root.act(&format!("/users/{id}/reset?send=true")).await, 200);
    assert_eq!(reset["sent_to"], "carol@example.test");
    assert!(reset.get("url").is_none(), "{reset}");
    post::turn(world.app.clone()).await.unwrap();
    assert_eq!(mails.take().len(), 1);
    assert!(done(&root.act(&format!("/users/{id}/reset")).await, 200)["url"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_mail_says_so() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    let page = root.act(&format!("/users/{alice}/reset?send=true")).await;
    refused(&page, 400, "invalid_request");
    assert!(page.body.contains("this server sends no mails"), "{}", page.body);
}
