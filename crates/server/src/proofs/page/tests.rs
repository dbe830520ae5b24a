use super::*;
use crate::web::page::samples::{HOSTILE, document, layout};

fn page() -> SecondFactorPage {
    SecondFactorPage {
        layout: layout(),
        request: "v1.cmVxdWVzdA".to_owned(),
        step: "v1.c3RlcA".to_owned(),
        username: Claimed::name("ada"),
        totp: true,
        recovery: true,
        passkey: None,
        problem: None,
    }
}

#[test]
fn a_code_or_a_recovery_code() {
    insta::assert_snapshot!("code", document(&page()));
}

#[test]
fn a_passkey_too() {
    let passkey = Some(r#"{"challenge":"AA","rpId":"a\"b"}"#.to_owned());
    insta::assert_snapshot!("passkey_or_code", document(&SecondFactorPage { passkey, ..page() }));
}

#[test]
fn nothing_but_a_passkey() {
    let passkey = Some(r#"{"challenge":"AA"}"#.to_owned());
    let page = SecondFactorPage { passkey, totp: false, recovery: false, ..page() };
    insta::assert_snapshot!("passkey", document(&page));
}

#[test]
fn lg_07_what_is_wrong_is_told_and_no_more() {
    let wrong = SecondFactorPage { problem: Some(FactorProblem::Wrong), ..page() };
    assert_eq!(wrong.status(), 403);
    insta::assert_snapshot!("wrong", document(&wrong));
    let wait = SecondFactorPage {
        problem: Some(FactorProblem::Wait { seconds: 300 }),
        username: Claimed::name(HOSTILE),
        ..page()
    };
    assert_eq!(wait.status(), 429);
    insta::assert_snapshot!("wait_hostile", document(&wait));
}

#[test]
fn a_passkey_that_signed_nobody_in() {
    let page =
        |problem| PasskeyRefusedPage { layout: layout(), request: "v1.cmVxdWVzdA".to_owned(), problem };
    insta::assert_snapshot!("refused", document(&page(FactorProblem::Wrong)));
    insta::assert_snapshot!("refused_wait", document(&page(FactorProblem::Wait { seconds: 90 })));
}

#[test]
fn what_a_recovery_code_means() {
    let page =
        |left| RecoveryUsedPage { layout: layout(), left, goal: "/authorize/resume?request=v1".to_owned() };
    insta::assert_snapshot!("recovery_used", document(&page(9)));
    assert!(document(&page(0)).contains("That was your last code"));
    assert!(document(&page(1)).contains("you have one left"));
}
