use super::*;
use crate::web::page::account::Tab;
use crate::web::page::samples::{HOSTILE, document, layout, user};

const ALL: [UpstreamProblem; 11] = [
    UpstreamProblem::Away,
    UpstreamProblem::Declined,
    UpstreamProblem::Refused,
    UpstreamProblem::Unbelievable,
    UpstreamProblem::NotFresh,
    UpstreamProblem::Timeless,
    UpstreamProblem::NotAllowed,
    UpstreamProblem::NoAccount,
    UpstreamProblem::LinkFirst,
    UpstreamProblem::Taken,
    UpstreamProblem::TooMany { wait_seconds: 90 },
];

fn page(problem: UpstreamProblem) -> UpstreamPage {
    UpstreamPage {
        layout: layout(),
        provider: "Google".to_owned(),
        problem,
        back: Some("v1.c2VhbGVk".to_owned()),
        request_id: "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".to_owned(),
    }
}

#[test]
fn what_can_go_wrong_at_another_provider() {
    let mut all = String::new();
    for problem in ALL {
        let page = page(problem);
        all.extend([page.status().to_string().as_str(), " ", problem.word(), "\n"]);
        let html = document(&page);
        let words = html.split("<h1>").nth(1).unwrap().split("<p class=\"stack\">").next().unwrap();
        all.push_str(words);
    }
    insta::assert_snapshot!("problems", all);
    insta::assert_snapshot!("no_account", document(&page(UpstreamProblem::NoAccount)));
    insta::assert_snapshot!("taken", document(&UpstreamPage { back: None, ..page(UpstreamProblem::Taken) }));
}

fn identities() -> IdentitiesPage {
    let one = |label: Option<&str>, last_used: Option<i64>| Connected {
        id: "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".to_owned(),
        provider: "Google".to_owned(),
        label: label.and_then(Claimed::visible_name),
        since: Time::from_timestamp(1_777_852_800, 0).unwrap(),
        last_used: last_used.map(|seconds| Time::from_timestamp(seconds, 0).unwrap()),
    };
    IdentitiesPage {
        layout: layout(),
        nav: Nav::below(Tab::Security, &user("ada", "ada@example.com")),
        username: Claimed::name("ada"),
        connected: vec![one(Some("ada@example.com"), Some(1_780_272_000)), one(Some(HOSTILE), None)],
        offered: vec![Offered { name: "google".to_owned(), title: "Google".to_owned() }],
        may_disconnect: true,
        notice: None,
    }
}

#[test]
fn what_is_connected_with_an_account() {
    insta::assert_snapshot!("identities", document(&identities()));
    let mut only = IdentitiesPage { may_disconnect: false, notice: Some(Notice::Stays), ..identities() };
    only.connected.truncate(1);
    insta::assert_snapshot!("identities_only_way", document(&only));
    let none = IdentitiesPage { connected: Vec::new(), notice: Some(Notice::Disconnected), ..identities() };
    insta::assert_snapshot!("identities_none", document(&none));
}
