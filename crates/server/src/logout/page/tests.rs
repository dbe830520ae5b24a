use super::*;
use crate::web::page::samples::{HOSTILE, document, layout};

fn confirm() -> LogoutConfirmPage {
    LogoutConfirmPage {
        layout: layout(),
        user_label: Claimed::name("ada@example.com"),
        client_name: None,
        ticket: "v1.dGlja2V0".to_owned(),
    }
}

#[test]
fn lo_01_signing_out_is_asked_first() {
    insta::assert_snapshot!("confirm", document(&confirm()));
}

#[test]
fn an_app_that_asks_is_named_as_it_calls_itself() {
    let client_name = Some(Claimed::name(HOSTILE));
    insta::assert_snapshot!("confirm_hostile", document(&LogoutConfirmPage { client_name, ..confirm() }));
}

#[test]
fn signed_out() {
    let page = LogoutDonePage { layout: layout(), outcome: LogoutOutcome::SignedOut, back: None };
    insta::assert_snapshot!("done", document(&page));
    let back = BackLink {
        uri: "https://desk.acme.test/bye?state=a%26b&x=\"1".to_owned(),
        label: "desk.acme.test".to_owned(),
    };
    insta::assert_snapshot!("done_back", document(&LogoutDonePage { back: Some(back), ..page }));
}

#[test]
fn nobody_was_signed_in() {
    let page = LogoutDonePage { layout: layout(), outcome: LogoutOutcome::NobodyWasSignedIn, back: None };
    insta::assert_snapshot!("nobody", document(&page));
}
