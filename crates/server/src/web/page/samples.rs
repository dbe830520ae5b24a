//! Values and checks for the tests of pages.

use super::{Asker, Claimed, Destination, Layout, Page, Standing};
use crate::web::assets;
use crate::words::ENGLISH;

/// A name that tries everything: markup, a right-to-left override, an invisible space, and length.
pub const HOSTILE: &str = "<script>alert(1)</script> \u{202e}edualC\u{202c}\u{200b} \"& a name that never ends and pushes the facts away";

pub fn layout() -> Layout {
    Layout { base: String::new(), server: "auth.example.com".to_owned(), words: ENGLISH }
}

pub fn loopback() -> Destination {
    Destination::ThisComputer { host: "127.0.0.1".to_owned(), port: Some(33418) }
}

pub fn web(host: &str) -> Destination {
    Destination::Web { host_ascii: host.to_owned(), host_unicode: None, mixed_scripts: false }
}

pub fn app() -> Destination {
    Destination::App { scheme: "cursor".to_owned() }
}

pub fn asker(name: &str, standing: Standing, destination: Destination) -> Asker {
    Asker { name: Claimed::visible_name(name), standing, confusable_with: None, destination }
}

/// The document, after checking what must hold on every page. Versions of assets are blanked out.
pub fn document<P: Page>(page: &P) -> String {
    let mut html = page.page().html;
    assert_eq!(html.matches("<h1").count(), 1, "one h1");
    assert_eq!(html.matches("<title>").count(), 1, "one title");
    assert_eq!(html.matches("<main").count(), 1, "one main");
    assert!(html.contains("<html lang=\"en\" dir=\"ltr\">"));
    assert!(!html.contains("style="), "no inline style");
    assert!(html.matches("autofocus").count() <= 1, "one focus");
    let scripts = html.matches("<script").count();
    assert_eq!(scripts, usize::from(page.page().nonce.is_some()), "scripts only by nonce");
    let mut ids: Vec<&str> = values(&html, " id=\"").collect();
    for target in values(&html, " for=\"")
        .chain(values(&html, "aria-describedby=\""))
        .chain(values(&html, "aria-labelledby=\""))
    {
        assert!(ids.contains(&target), "no element with the id {target}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
    for invisible in ['\u{202e}', '\u{200b}', '\u{2066}'] {
        assert!(!html.contains(invisible), "direction and invisible characters are gone");
    }
    for asset in assets::ALL {
        html = html.replace(&asset.version(), "VERSION");
    }
    html
}

fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next())
}
