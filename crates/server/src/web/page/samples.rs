//! Values and checks for the tests of pages.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewright_oauth::client::About;
use gatewright_store::Time;
use gatewright_store::users::User;
use uuid::Uuid;

use super::{AppPage, Asker, Claimed, Destination, Layout, Page, Script, Standing};
use crate::web::assets::{self, address};
use crate::words::{self, ENGLISH, Words};

/// A name that tries everything: markup, a right-to-left override, an invisible space, and length.
pub const HOSTILE: &str = "<script>alert(1)</script> \u{202e}edualC\u{202c}\u{200b} \"& a name that never ends and pushes the facts away";

pub fn layout() -> Layout {
    Layout {
        base: String::new(),
        server: "auth.example.com".to_owned(),
        words: ENGLISH,
        brand: Arc::default(),
    }
}

pub fn user(username: &str, email: &str) -> User {
    User {
        id: Uuid::nil(),
        username: username.to_owned(),
        email: Some(email.to_owned()),
        display_name: None,
        email_verified: true,
        locale: None,
        role: None,
        created_at: Time::UNIX_EPOCH,
        disabled_at: None,
    }
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

/// Pages of an app: one on its own host, and others elsewhere.
pub fn pages() -> Vec<AppPage> {
    let page = |about, address: &str, elsewhere: Option<&str>| AppPage {
        about,
        address: address.to_owned(),
        elsewhere: elsewhere.map(str::to_owned),
    };
    vec![
        page(About::Website, "https://desk.acme.test/?from=\"consent\"&x", None),
        page(About::Privacy, "https://legal.acme.test:8443/privacy", Some("legal.acme.test:8443")),
        page(
            About::Terms,
            "https://terms-of-service-and-other-agreements.a-very-long-name-of-a-company.example/",
            Some("terms-of-service-and-other-agreements.a-very-long-name-of-a-company.example"),
        ),
    ]
}

pub fn asker(name: &str, standing: Standing, destination: Destination) -> Asker {
    Asker {
        name: Claimed::visible_name(name),
        standing,
        confusable_with: None,
        destination,
        pages: Vec::new(),
    }
}

thread_local! {
    /// The language every page is in, whatever its layout says.
    pub static SPOKEN: Cell<Option<Words>> = const { Cell::new(None) };
    /// Whether every page is written from right to left, as no language is that we have yet.
    pub static RIGHT_TO_LEFT: Cell<bool> = const { Cell::new(false) };
}

/// The document, after checking what must hold on every page, in every language. Versions of assets are
/// blanked out.
///
/// Each page is left in `target/pages` in all languages, and once from right to left, for
/// `tests/it/browser/pages/samples.rs` to look at in a real browser.
pub fn document<P: Page>(page: &P) -> String {
    let html = checked(page, "<html lang=\"en\" dir=\"ltr\">");
    let name = address("", blank(&html).trim().as_bytes()).replace("?v=", &format!("{:?}.", P::KIND));
    keep(&format!("{name}.en"), &html);
    RIGHT_TO_LEFT.set(true);
    keep(&format!("{name}.rtl"), &checked(page, "<html lang=\"en\" dir=\"rtl\">"));
    RIGHT_TO_LEFT.set(false);
    for words in words::ALL.into_iter().filter(|words| *words != ENGLISH) {
        SPOKEN.set(Some(words));
        let tag = words.tag();
        keep(
            &format!("{name}.{tag}"),
            &checked(page, &format!("<html lang=\"{tag}\" dir=\"{}\">", words.dir())),
        );
        SPOKEN.set(None);
    }
    blank(&html)
}

fn blank(html: &str) -> String {
    assets::ALL.iter().fold(html.to_owned(), |html, asset| html.replace(&asset.version(), "VERSION"))
}

fn keep(name: &str, html: &str) {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let folder = target.join("pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.html")), html).unwrap();
}

fn checked<P: Page>(page: &P, root: &str) -> String {
    let html = page.page().html;
    assert_eq!(html.matches("<h1").count(), 1, "one h1");
    assert_eq!(html.matches("<title>").count(), 1, "one title");
    assert_eq!(html.matches("<main").count(), 1, "one main");
    assert!(html.contains(root), "{root}");
    assert!(!html.contains("style="), "no inline style");
    assert!(html.matches("autofocus").count() <= 1, "one focus");
    let scripts = html.matches("<script").count();
    let allowed = page.page().nonce.is_some() || page.page().script == Script::Own;
    assert_eq!(scripts, usize::from(allowed), "scripts only where the policy lets them");
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
    html
}

fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next())
}
