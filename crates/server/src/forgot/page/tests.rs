use super::*;
use crate::web::page::samples::{document, layout};

fn page(problem: Option<ForgotProblem>) -> ForgotPage {
    ForgotPage { layout: layout(), request: None, username: String::new(), problem }
}

#[test]
fn asks_whose_password_it_is() {
    insta::assert_snapshot!(document(&page(None)));
}

#[test]
fn asks_again_after_nothing_was_typed() {
    let page = ForgotPage { request: Some("sealed".to_owned()), ..page(Some(ForgotProblem::Empty)) };
    assert_eq!(page.status(), 422);
    insta::assert_snapshot!(document(&page));
}

#[test]
fn says_how_long_to_wait() {
    let page = page(Some(ForgotProblem::Wait { seconds: 90 }));
    assert_eq!(page.status(), 429);
    assert!(document(&page).contains("Try again in about 2 minutes."));
}

#[test]
fn says_that_a_mail_is_on_its_way_if_there_is_an_account() {
    insta::assert_snapshot!(document(&ForgotSentPage {
        layout: layout(),
        request: Some("sealed".to_owned())
    }));
}
