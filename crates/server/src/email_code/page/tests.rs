use super::*;
use crate::web::page::samples::{document, layout};

#[test]
fn asks_whose_account_it_is() {
    let page = |wait| EmailCodePage {
        layout: layout(),
        request: "sealed".to_owned(),
        username: "\"><script>alert(1)</script>".to_owned(),
        wait,
    };
    insta::assert_snapshot!("asks", document(&page(None)));
    assert_eq!(page(Some(60)).status(), 429);
    assert!(document(&page(Some(60))).contains("Try again in about 1 minute."));
}

#[test]
fn asks_for_the_code() {
    let page = |problem| CheckCodePage {
        layout: layout(),
        request: "sealed".to_owned(),
        ticket: "ticket".to_owned(),
        problem,
    };
    insta::assert_snapshot!("check", document(&page(None)));
    insta::assert_snapshot!("no-match", document(&page(Some(CodeProblem::NoMatch))));
    assert_eq!(page(Some(CodeProblem::NoMatch)).status(), 403);
    assert_eq!(page(Some(CodeProblem::Wait { seconds: 60 })).status(), 429);
}
