use super::*;
use crate::web::page::Standing;
use crate::web::page::samples::{HOSTILE, asker, document, layout, loopback, web};

fn page() -> LoginPage {
    LoginPage {
        layout: layout(),
        request: "v1.c2VhbGVk".to_owned(),
        asker: Some(asker("Claude Code", Standing::Unverified, loopback())),
        resource_name: Some("Acme Tickets".to_owned()),
        username: String::new(),
        providers: Vec::new(),
        can_mail: false,
        takes_codes: false,
        can_sign_up: false,
        passkey: None,
        problem: None,
    }
}

#[test]
fn for_a_program_on_this_computer() {
    insta::assert_snapshot!("loopback", document(&page()));
}

#[test]
fn with_passkeys() {
    let page = LoginPage { passkey: Some(r#"{"challenge":"AA"}"#.to_owned()), ..page() };
    insta::assert_snapshot!("passkey", document(&page));
}

#[test]
fn for_a_verified_app() {
    let asker = Some(asker("Acme Desk", Standing::Verified, web("desk.acme.test")));
    insta::assert_snapshot!("verified", document(&LoginPage { asker, ..page() }));
}

#[test]
fn where_a_link_to_a_new_password_can_be_mailed() {
    let page = || LoginPage { can_mail: true, ..page() };
    insta::assert_snapshot!("can_mail", document(&page()));
    insta::assert_snapshot!(
        "can_everything",
        document(&LoginPage { takes_codes: true, can_sign_up: true, ..page() })
    );
}

#[test]
fn for_nobody_below_a_path() {
    let mut page = LoginPage { asker: None, resource_name: None, ..page() };
    page.layout.base = "/tenant".to_owned();
    insta::assert_snapshot!("plain", document(&page));
}

#[test]
fn with_other_providers() {
    let one = |name: &str, title: &str| Elsewhere { name: name.to_owned(), title: title.to_owned() };
    let providers = vec![one("google", "Google"), one("corp", "Acme \"<b>Corp</b>\"")];
    insta::assert_snapshot!("others", document(&LoginPage { providers, ..page() }));
}

#[test]
fn lg_03_one_text_for_everything_that_does_not_match() {
    let page = LoginPage { username: "ada".to_owned(), problem: Some(LoginProblem::NoMatch), ..page() };
    assert_eq!(page.status(), 403);
    insta::assert_snapshot!("no_match", document(&page));
}

#[test]
fn lg_01_waiting_is_told() {
    let page =
        LoginPage { username: "ada".to_owned(), problem: Some(LoginProblem::Wait { seconds: 90 }), ..page() };
    assert_eq!(page.status(), 429);
    insta::assert_snapshot!("wait", document(&page));
}

#[test]
fn az_19_what_others_chose_is_escaped() {
    let asker = Some(asker(HOSTILE, Standing::Unverified, web("evil.test")));
    let page = LoginPage { asker, username: "\"><script>alert(1)</script>".to_owned(), ..page() };
    insta::assert_snapshot!("hostile", document(&page));
}
