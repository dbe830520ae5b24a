use super::*;
use crate::web::page::samples::{HOSTILE, document, layout};

fn page(problem: Option<SignUpProblem>) -> SignUpPage {
    SignUpPage {
        layout: layout(),
        request: None,
        email: String::new(),
        name: String::new(),
        domains: Vec::new(),
        problem,
    }
}

#[test]
fn asks_for_an_address_and_a_name() {
    insta::assert_snapshot!("asks", document(&page(None)));
    let domains = vec!["example.com".to_owned(), "example.org".to_owned()];
    let again = SignUpPage {
        email: "alice@other.example".to_owned(),
        name: "\"><script>alert(1)</script>".to_owned(),
        domains,
        request: Some("sealed".to_owned()),
        ..page(Some(SignUpProblem::OtherDomain))
    };
    insta::assert_snapshot!("other-domain", document(&again));
    for (problem, status) in [
        (None, 200),
        (Some(SignUpProblem::NoAddress), 422),
        (Some(SignUpProblem::OtherDomain), 422),
        (Some(SignUpProblem::Wait { seconds: 90 }), 429),
    ] {
        assert_eq!(page(problem).status(), status);
    }
}

#[test]
fn says_that_a_mail_is_on_its_way() {
    let email = Claimed::note("alice@example.com");
    insta::assert_snapshot!("sent", document(&SignUpSentPage { layout: layout(), request: None, email }));
}

#[test]
fn asks_for_a_password() {
    let page = |problem| SignUpPasswordPage {
        layout: layout(),
        link: "sealed".to_owned(),
        username: "alice@example.com".to_owned(),
        fewest: 12,
        problem,
    };
    insta::assert_snapshot!("password", document(&page(None)));
    let again = page(Some(PasswordProblem::Weak(Weak::Common)));
    assert_eq!(again.status(), 422);
    insta::assert_snapshot!("password-again", document(&again));
}

#[test]
fn says_that_the_account_is_there() {
    let done = SignUpDonePage { layout: layout(), username: Claimed::name(HOSTILE) };
    insta::assert_snapshot!("done", document(&done));
}
