//! In which language a page is, and how an operator makes it look.

use gatewright_server::branding::{Files, colour::Colour};
use gatewright_server::words::Words;
use gatewright_tests::{Agent, Az, Page, World};

async fn asking(agent: &mut Agent, world: &World, (path, languages): (&str, &str)) -> Page {
    agent.send(world.http.get(world.url(path)).header("accept-language", languages)).await
}

fn lang(page: &Page) -> &str {
    page.body.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[tokio::test]
async fn a_browser_says_which_language_it_wants() {
    let world = World::with(|config| config.branding.language = Words::of("ja").unwrap()).await;
    let mut agent = world.agent();
    for (wish, language) in [
        ("de-AT, en;q=0.5", "de"),
        ("nl, es;q=0.3, fr;q=0.2", "es"),
        ("nl", "ja"),
        ("", "ja"),
        ("\u{e9}", "ja"),
    ] {
        let page = asking(&mut agent, &world, ("/", wish)).await;
        assert_eq!((page.status.as_u16(), lang(&page)), (200, language), "{wish}");
    }
    let page = asking(&mut agent, &world, ("/nowhere", "fr")).await;
    assert!(page.body.contains("Il n’y a rien ici"), "{}", page.body);
    assert_eq!((page.status.as_u16(), lang(&page)), (404, "fr"));
    let page = asking(&mut agent, &world, ("/admin/v1/docs", "fr")).await;
    assert_eq!(lang(&page), "en", "made from descriptions in English");
}

#[tokio::test]
async fn an_app_says_which_language_it_wants_and_is_heard_to_the_end() {
    let world = World::new().await;
    let mut agent = world.agent();
    let az = Az::of("pub1").set("ui_locales", "nl fr-CA de");
    let page = asking(&mut agent, &world, (&format!("/authorize?{}", az.query()), "de")).await;
    let page = agent.follow(page).await;
    assert_eq!(lang(&page), "fr", "{}", page.body);
    let refused = world.log_in_with(&mut agent, &page, ("alice", "not the password")).await;
    assert!(refused.body.contains("ne correspondent pas"), "{}", refused.body);
    let page = world.log_in(&mut agent, &page, "alice").await;
    let page = agent.follow(page).await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
    assert_eq!(lang(&page), "fr");
    // What is wrong with the request itself is told in that language, too.
    let wrong = Az::of("c_gone").set("ui_locales", "ja");
    let page = world.authorize(&mut agent, &wrong).await;
    assert_eq!((page.status.as_u16(), lang(&page)), (400, "ja"));
    // A wish that is none changes nothing.
    let odd = Az::of("pub1").set("ui_locales", "\"><script>");
    let page = world.authorize(&mut world.agent(), &odd).await;
    assert_eq!(lang(&page), "en");
}

#[tokio::test]
async fn an_operator_says_how_pages_look() {
    let plain = World::new().await;
    for path in ["/assets/brand.css", "/assets/brand.png"] {
        let page = plain.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("cache-control")), (404, "no-store"), "{path}");
    }
    let world = World::with(|config| {
        config.branding.name = Some("Acme <Sign-in>".to_owned());
        config.branding.accent = Some("#7a1f5c".parse::<Colour>().unwrap());
        config.branding.links.imprint = Some("https://acme.test/imprint".to_owned());
        config.branding.files = Files { logo: None, style: Some("h1 { letter-spacing: 0 }".to_owned()) };
    })
    .await;
    let page = world.get("/").await;
    assert!(page.body.contains("<span class=\"server\">Acme &#60;Sign-in&#62;</span>"), "{}", page.body);
    assert!(page.body.contains("<a href=\"https://acme.test/imprint\" rel=\"noreferrer\">Legal notice</a>"));
    let href = page.body.split("<link rel=\"stylesheet\" href=\"").nth(2).unwrap().split('"').next().unwrap();
    let sheet = world.get(href).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(sheet.body.contains("--accent:#7a1f5c") && sheet.body.ends_with("h1 { letter-spacing: 0 }"));
}
