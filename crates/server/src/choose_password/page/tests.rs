use super::*;
use crate::web::page::samples::{document, layout};

fn page() -> ChoosePasswordPage {
    ChoosePasswordPage {
        layout: layout(),
        link: "gw_pl_secret".to_owned(),
        username: "ada".to_owned(),
        is_first: true,
        fewest: 12,
        problem: None,
    }
}

#[test]
fn for_somebody_new() {
    insta::assert_snapshot!("first", document(&page()));
}

#[test]
fn for_somebody_who_forgot() {
    let mut page = ChoosePasswordPage { is_first: false, ..page() };
    page.layout.base = "/tenant".to_owned();
    insta::assert_snapshot!("forgotten", document(&page));
}

#[test]
fn every_refusal_is_told_and_says_what_to_do() {
    let problems = [
        FormProblem::Differ,
        FormProblem::Weak(Weak::Short),
        FormProblem::Weak(Weak::Long),
        FormProblem::Weak(Weak::Common),
        FormProblem::Weak(Weak::Name),
    ];
    for problem in problems {
        let page = ChoosePasswordPage { problem: Some(problem), ..page() };
        assert_eq!(page.status(), 422);
        let text = page.problem_text().unwrap();
        assert!(document(&page).contains(&text.to_string()), "{text}");
    }
    let username = "\"><script>alert(1)</script>".to_owned();
    let page = ChoosePasswordPage { problem: Some(FormProblem::Differ), username, ..page() };
    insta::assert_snapshot!("refused", document(&page));
}

#[test]
fn it_is_set() {
    let page = PasswordChosenPage { layout: layout(), username: Claimed::name("ada") };
    insta::assert_snapshot!("chosen", document(&page));
}
