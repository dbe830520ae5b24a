use super::samples::{HOSTILE, asker, document, layout, loopback, web};
use super::*;
use bytes::Bytes;

use crate::branding::Files;
use crate::branding::colour::Colour;
use crate::config::{Branding, Links};
use crate::pictures::Picture;

fn error(problem: Problem, code: &'static str, description: Option<&str>) -> ErrorPage {
    ErrorPage {
        layout: layout(),
        problem,
        code,
        description: description.map(str::to_owned),
        request_id: "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".to_owned(),
    }
}

const ALL: [(&str, Problem, &str); 18] = [
    ("unknown_client", Problem::UnknownClient, "invalid_client"),
    ("bad_document", Problem::BadDocument, "invalid_client"),
    ("refused_domain", Problem::RefusedDomain, "unauthorized_client"),
    ("awaits_approval", Problem::AwaitsApproval, "unauthorized_client"),
    ("unknown_redirect", Problem::UnknownRedirect, "invalid_redirect_uri"),
    ("bad_request", Problem::BadRequest, "invalid_request"),
    ("needs_person", Problem::NeedsPerson, "login_required"),
    ("other_browser", Problem::OtherBrowser, "invalid_request"),
    ("expired", Problem::Expired, "invalid_request"),
    ("foreign_form", Problem::ForeignForm, "access_denied"),
    ("bad_logout", Problem::BadLogout, "invalid_request"),
    ("dead_link", Problem::DeadLink, "invalid_request"),
    ("too_many", Problem::TooMany { wait_seconds: 90 }, "slow_down"),
    ("too_large", Problem::TooLarge, "invalid_request"),
    ("not_found", Problem::NotFound, "not_found"),
    ("wrong_method", Problem::WrongMethod, "invalid_request"),
    ("unavailable", Problem::Unavailable, "temporarily_unavailable"),
    ("internal", Problem::Internal, "server_error"),
];

#[test]
fn every_error_page() {
    for (name, problem, code) in ALL {
        insta::assert_snapshot!(name, document(&error(problem, code, None)));
    }
}

#[test]
fn ui_04_a_note_to_the_developer_is_escaped_and_bounded() {
    let long = format!("{HOSTILE} {}", "x".repeat(5_000));
    let html = document(&error(Problem::BadRequest, "invalid_request", Some(&long)));
    assert!(html.len() < 4_000, "{}", html.len());
    insta::assert_snapshot!("note_hostile", html);
}

#[test]
fn the_operator_decides_how_a_page_looks() {
    let branding = Branding {
        accent: Some("#7a1f5c".parse().unwrap()),
        files: Files {
            logo: Some(Picture { png: Bytes::from_static(b"png"), width: 240, height: 56 }),
            style: Some("h1 { color: red }".to_owned()),
        },
        links: Links {
            help: Some("mailto:help@example.com?subject=\"Help\"&cc=x".to_owned()),
            privacy: Some("https://example.com/privacy".to_owned()),
            terms: Some("https://example.com/terms".to_owned()),
            imprint: Some("https://example.com/imprint".to_owned()),
        },
        ..Branding::default()
    };
    let brand = Arc::new(Brand::new(&branding, assets::address));
    let layout = Layout { server: "Acme & Sons".to_owned(), brand, ..layout() };
    insta::assert_snapshot!(
        "branded",
        document(&ErrorPage { layout, ..error(Problem::NotFound, "not_found", None) })
    );
}

#[test]
fn az_01_the_page_for_unknown_clients_varies_only_in_the_request_id() {
    let page = |note: Option<&str>| error(Problem::UnknownClient, "invalid_client", note).page().html;
    assert_eq!(page(None), page(Some("this client is disabled")));
}

#[test]
fn ui_01_claimed_names_lose_what_cannot_be_seen() {
    let name = |text: &str| Claimed::visible_name(text).map(|name| name.to_string());
    assert_eq!(name("Claude\u{202e}edoC\u{2069}").as_deref(), Some("ClaudeedoC"));
    assert_eq!(name(" a\r\n\tb\u{a0}\u{3000}c\0 ").as_deref(), Some("a b c"));
    assert_eq!(name("\u{200b}\u{feff}\u{3164}\u{e0041}"), None);
    assert_eq!(name(&"é".repeat(64)), Some("é".repeat(64)));
    assert_eq!(name(&"é".repeat(65)), Some(format!("{}…", "é".repeat(63))));
}

#[test]
fn dc_06_only_a_verified_name_leads() {
    let subject = |standing, destination| asker("Claude", standing, destination).subject(&layout());
    let domain = || Standing::KnownDomain { host: "claude.ai".to_owned() };
    assert_eq!(subject(Standing::Verified, web("a.test")), "Claude");
    assert_eq!(subject(Standing::Registered, loopback()), "A program on this computer");
    assert_eq!(subject(domain(), web("a.test")), "claude.ai");
    assert_eq!(subject(domain(), loopback()), "A program on this computer");
    assert_eq!(subject(Standing::Unverified, web("a.test")), "a.test");
    assert_eq!(subject(Standing::Unverified, loopback()), "A program on this computer");
    assert_eq!(subject(Standing::Unverified, samples::app()), "An app on this device");
    assert_eq!(asker("", Standing::Verified, loopback()).subject(&layout()), "A program on this computer");
}

/// Pairs of tokens that meet on a page, and the least ratio WCAG 2.2 asks for: 4.5 for text (1.4.3),
/// 3 for the edges of controls, icons and the focus ring (1.4.11).
const PAIRS: [(&str, &str, f64); 27] = [
    ("ink", "sheet", 4.5),
    ("ink", "ground", 4.5),
    ("ink", "tint", 4.5),
    ("quiet", "sheet", 4.5),
    ("quiet", "ground", 4.5),
    ("quiet", "tint", 4.5),
    ("accent", "sheet", 4.5),
    ("accent", "tint", 4.5),
    ("accent-strong", "sheet", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("good", "sheet", 4.5),
    ("good", "good-tint", 4.5),
    ("care", "sheet", 4.5),
    ("care", "care-tint", 4.5),
    ("stop", "sheet", 4.5),
    ("stop", "stop-tint", 4.5),
    ("edge", "sheet", 3.0),
    ("edge", "tint", 3.0),
    ("accent", "ground", 3.0),
    ("accent-strong", "tint", 3.0),
    ("good", "tint", 3.0),
    ("care", "tint", 3.0),
    ("stop", "tint", 3.0),
    ("ink", "care-tint", 4.5),
    ("ink", "stop-tint", 4.5),
    ("ink", "good-tint", 4.5),
];

#[test]
fn colours_have_the_contrast_wcag_asks_for() {
    let css = std::str::from_utf8(crate::web::assets::STYLE.bytes).unwrap();
    let dark = css.find("(prefers-color-scheme: dark)").unwrap();
    for (scheme, from) in [("light", 0), ("dark", dark)] {
        for (front, back, least) in PAIRS {
            let ratio = token(&css[from..], front).contrast(token(&css[from..], back));
            assert!(ratio >= least, "{scheme}: {front} on {back} is {ratio:.2}, needs {least}");
        }
    }
}

/// The first value of a colour token.
fn token(css: &str, name: &str) -> Colour {
    let start = css.find(&format!("--{name}: #")).unwrap() + name.len() + 4;
    css[start..start + 7].parse().unwrap()
}
