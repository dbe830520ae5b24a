//! In which language people read their own pages: what the request asks for, what they chose, what their browser asks for.

use gatewright_tests::{Agent, World};

use super::{at_home, send};

const PAGES: [&str; 12] = [
    "/account",
    "/account/email",
    "/account/password",
    "/account/security",
    "/account/security/totp",
    "/account/security/passkey",
    "/account/identities",
    "/account/apps",
    "/account/sessions",
    "/account/data",
    "/device",
    "/logout",
];

async fn language(world: &World, agent: &mut Agent, path: &str) -> String {
    let request = world.http.get(world.url(path)).header("accept-language", "fr");
    let page = agent.send(request).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    page.body.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_language_that_their_person_chose() {
    let mails = gatewright_tests::MailServer::start().await;
    let world = World::with(|config| mails.configure(config)).await;
    let mut alice = at_home(&world, "alice").await;
    for path in PAGES {
        assert_eq!(language(&world, &mut alice, path).await, "fr", "{path}: what the browser asks for");
    }
    let saved = send(&mut alice, ("/account", "/account"), &[("name", "Alice"), ("language", "de")]).await;
    assert!(saved.body.contains("Gespeichert."), "{}", saved.body);
    for path in PAGES {
        assert_eq!(language(&world, &mut alice, path).await, "de", "{path}: what she chose");
        let asked = format!("{path}?ui_locales=tlh%20es");
        assert_eq!(language(&world, &mut alice, &asked).await, "es", "{path}: what the request asks for");
        let asked = format!("{path}?ui_locales=tlh");
        assert_eq!(language(&world, &mut alice, &asked).await, "de", "{path}: nobody speaks that here");
    }
}
