use super::*;
use crate::ceremony::wording::Pick;
use crate::web::page::samples::{self, HOSTILE, asker, document, layout, loopback, web};
use crate::web::page::{Destination, Standing};

fn scope(name: &str, description: &str) -> ScopeLine {
    ScopeLine {
        name: name.to_owned(),
        description: description.to_owned(),
        dangerous: false,
        pick: Pick::None,
    }
}

fn dangerous(name: &str, description: &str) -> ScopeLine {
    ScopeLine { dangerous: true, pick: Pick::Unpicked, ..scope(name, description) }
}

fn page() -> ConsentPage {
    ConsentPage {
        layout: layout(),
        user_label: Claimed::name("ada@example.com"),
        asker: asker("Claude Code", Standing::Unverified, loopback()),
        logo: None,
        resource_name: "Acme Tickets".to_owned(),
        resource_url: "https://mcp.acme.test/mcp".to_owned(),
        new_scopes: vec![
            scope("tickets:read", "Read your tickets and their comments"),
            dangerous("tickets:delete", "Delete tickets for ever"),
            scope("tickets:write", "Open, edit and close tickets in your name"),
        ],
        already: Vec::new(),
        changed: None,
        lasting: Lasting::Renewed { idle_seconds: 30 * 86_400, total_seconds: 90 * 86_400 },
        again: None,
        ticket: "v1.dGlja2V0".to_owned(),
        not_you: "/login/switch?request=v1.c2VhbGVk".to_owned(),
    }
}

#[test]
fn dc_15_loopback_is_a_program_on_this_computer() {
    let html = document(&page());
    assert!(html.contains("A program on this computer</bdi> wants to use"));
    assert!(html.contains("127.0.0.1:33418"));
    insta::assert_snapshot!("loopback", html);
}

#[test]
fn ci_09_loopback_of_a_known_domain_names_both() {
    let standing = Standing::KnownDomain { host: "claude.ai".to_owned() };
    let html = document(&ConsentPage { asker: asker("Claude Code", standing, loopback()), ..page() });
    assert!(html.contains("A program on this computer</bdi> wants to use"));
    assert!(html.contains("claude.ai"));
    insta::assert_snapshot!("known_domain_loopback", html);
}

#[test]
fn a_known_domain_whose_answer_goes_elsewhere() {
    let standing = Standing::KnownDomain { host: "claude.ai".to_owned() };
    let asker = asker("Claude", standing, web("callback.example.net"));
    insta::assert_snapshot!("known_domain_elsewhere", document(&ConsentPage { asker, ..page() }));
}

#[test]
fn a_verified_app() {
    let asker = asker("Acme Desk", Standing::Verified, web("desk.acme.test"));
    let lasting = Lasting::Once { seconds: 900 };
    let logo = Some("/logo/v1.bG9nbw".to_owned());
    insta::assert_snapshot!("verified", document(&ConsentPage { asker, logo, lasting, ..page() }));
}

#[test]
fn a_verified_app_with_pages_of_its_own() {
    let mut asker = asker("Acme Desk", Standing::Verified, web("desk.acme.test"));
    asker.pages = samples::pages();
    let lasting = Lasting::Once { seconds: 900 };
    let logo = Some("/logo/v1.bG9nbw".to_owned());
    insta::assert_snapshot!("verified_pages", document(&ConsentPage { asker, logo, lasting, ..page() }));
}

#[test]
fn an_unverified_web_app_without_a_name() {
    let asker = asker("\u{200b}", Standing::Unverified, web("app.example.net:8443"));
    insta::assert_snapshot!("unverified_web", document(&ConsentPage { asker, ..page() }));
}

#[test]
fn an_app_with_a_scheme_of_its_own() {
    let asker = asker("Cursor", Standing::Unverified, samples::app());
    insta::assert_snapshot!("private_scheme", document(&ConsentPage { asker, ..page() }));
}

#[test]
fn dc_06_a_name_that_imitates_never_leads() {
    let mut page = page();
    page.asker = asker("Сlaude", Standing::Unverified, web("evil.test"));
    page.asker.confusable_with = Some("Claude".to_owned());
    let html = document(&page);
    assert!(html.contains("<h1 id=\"question\"><bdi class=\"host\">evil.test</bdi> wants"));
    insta::assert_snapshot!("confusable", html);
}

#[test]
fn ru_14_a_host_that_imitates_is_spelled_out() {
    let destination = Destination::Web {
        host_ascii: "xn--pple-43d.com".to_owned(),
        host_unicode: Some("аpple.com".to_owned()),
        mixed_scripts: true,
    };
    let asker = asker("Apple", Standing::Unverified, destination);
    insta::assert_snapshot!("mixed_scripts", document(&ConsentPage { asker, ..page() }));
}

#[test]
fn cn_04_new_permissions_stand_first() {
    let already = vec![
        scope("openid", "Know who you are"),
        scope("tickets:read", "Read your tickets and their comments"),
        scope("offline_access", "Keep access while you are away"),
    ];
    let new_scopes = vec![dangerous("tickets:delete", "Delete tickets for ever")];
    let html = document(&ConsentPage { new_scopes, already, ..page() });
    assert!(html.find("tickets:delete") < html.find("<details>"));
    assert!(html.find("<details>") < html.find("tickets:read"));
    insta::assert_snapshot!("step_up", html);
}

#[test]
fn nothing_new_but_asked_again() {
    let page = ConsentPage {
        already: page().new_scopes,
        new_scopes: Vec::new(),
        changed: Some(Changed::Client),
        ..page()
    };
    insta::assert_snapshot!("changed_client", document(&page));
    let page = ConsentPage { changed: Some(Changed::Resource), ..page };
    insta::assert_snapshot!("changed_resource", document(&page));
}

#[test]
fn no_permission_at_all() {
    insta::assert_snapshot!("no_scopes", document(&ConsentPage { new_scopes: Vec::new(), ..page() }));
}

#[test]
fn cn_08_deny_is_first_and_has_the_focus() {
    let html = document(&page());
    let form = &html[html.find("<form").unwrap()..];
    let first = &form[form.find("<button").unwrap()..];
    assert!(first.starts_with("<button id=\"consent-deny\""));
    assert!(first.split('>').next().unwrap().ends_with("autofocus"));
    assert!(!html.contains("type=\"text\""), "no field that Enter could submit from");
}

#[test]
fn cn_08_an_answer_that_came_too_quickly_is_asked_for_again() {
    let page = ConsentPage { again: Some(Again::TooQuick), ..page() };
    assert_eq!(page.status(), 409);
    insta::assert_snapshot!("too_quick", document(&page));
    insta::assert_snapshot!("outdated", document(&ConsentPage { again: Some(Again::Outdated), ..page }));
}

#[test]
fn thirty_permissions() {
    let new_scopes = (1..=30)
        .map(|n| ScopeLine { dangerous: n % 10 == 0, ..scope(&format!("area{n}:manage"), "") })
        .collect();
    insta::assert_snapshot!("thirty_scopes", document(&ConsentPage { new_scopes, ..page() }));
}

#[test]
fn ui_01_everything_others_chose_is_escaped_and_bounded() {
    let host =
        format!("{}.evil.test", ["a-very-long-label-that-somebody-chose-to-hide-the-end"; 4].join("."));
    let page = ConsentPage {
        user_label: Claimed::name("<b>ada</b>\u{202e}\r\nadmin"),
        asker: asker(HOSTILE, Standing::Unverified, web(&host)),
        resource_name: "Tickets & <Things>".to_owned(),
        resource_url: "https://mcp.acme.test/\"><img src=x>".to_owned(),
        new_scopes: vec![scope("a<b>", "Read <i>everything</i> & more")],
        ..page()
    };
    let html = document(&page);
    assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("<b>"));
    assert!(html.contains(&host), "a host is never cut");
    insta::assert_snapshot!("hostile", html);
}
