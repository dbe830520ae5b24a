use super::*;
use crate::ceremony::wording::Pick;
use crate::web::page::samples::{HOSTILE, asker, document, layout};
use crate::web::page::{Destination, Standing};

fn entering() -> CodePage {
    CodePage {
        layout: layout(),
        code: String::new(),
        user_label: Claimed::name("ada@example.com"),
        problem: None,
    }
}

fn scope(name: &str, description: &str) -> ScopeLine {
    ScopeLine {
        name: name.to_owned(),
        description: description.to_owned(),
        dangerous: false,
        pick: Pick::None,
    }
}

fn confirming() -> ConfirmPage {
    ConfirmPage {
        layout: layout(),
        code: "WDJB-MJHT".to_owned(),
        asker: asker("Acme TV", Standing::Registered, Destination::Device),
        device_name: Some(Claimed::name("Living room")),
        resource_name: "Acme Tickets".to_owned(),
        resource_url: "https://mcp.acme.test/mcp".to_owned(),
        scopes: vec![
            ScopeLine {
                dangerous: true,
                pick: Pick::Unpicked,
                ..scope("tickets:delete", "Delete tickets for ever")
            },
            scope("tickets:read", "Read your tickets and their comments"),
            scope("tickets:other", ""),
        ],
        advance: Advance::Nothing,
        changed: None,
        lasting: Lasting::Renewed { idle_seconds: 30 * 86_400, total_seconds: 90 * 86_400 },
        origin: Origin::Elsewhere {
            address: "203.0.113.9".to_owned(),
            place: Some("Lagos, Nigeria".to_owned()),
        },
        asked_seconds_ago: 130,
        user_label: Claimed::name("ada@example.com"),
        again: None,
        ticket: "v1.dGlja2V0".to_owned(),
    }
}

#[test]
fn the_form() {
    insta::assert_snapshot!("code", document(&entering()));
    let mut page = CodePage { code: "WDJB-MJHT".to_owned(), ..entering() };
    page.layout.base = "/tenant".to_owned();
    insta::assert_snapshot!("code_filled_in", document(&page));
}

#[test]
fn every_problem_is_told_and_says_what_to_do() {
    let problems = [
        (CodeProblem::NoCode, 422),
        (CodeProblem::NoMatch, 404),
        (CodeProblem::Taken, 409),
        (CodeProblem::Over, 409),
        (CodeProblem::Wait { seconds: 700 }, 429),
    ];
    for (problem, status) in problems {
        let page = CodePage { problem: Some(problem), ..entering() };
        assert_eq!(page.status(), status);
        let text = page.problem_text().unwrap().to_string();
        assert!(document(&page).contains(&text), "{text}");
    }
    let code = "\"><script>alert(1)</script>".to_owned();
    insta::assert_snapshot!(
        "code_refused",
        document(&CodePage { code, problem: Some(CodeProblem::NoMatch), ..entering() })
    );
}

#[test]
fn dv_01_the_question_shows_where_it_comes_from_and_the_code() {
    let html = document(&confirming());
    for shown in
        ["203.0.113.9", "another network", "2 minutes ago", "WDJB-MJHT", "A device</bdi> wants to use"]
    {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(!html.contains("button main"), "nothing invites to allow");
    insta::assert_snapshot!("confirm", html);
    let origin = Origin::SameNetwork { address: "198.51.100.7".to_owned() };
    let page =
        ConfirmPage { origin, asked_seconds_ago: 20, device_name: None, scopes: Vec::new(), ..confirming() };
    let html = document(&page);
    assert!(html.contains("Less than a minute ago") && html.contains("the network you are in now"));
    insta::assert_snapshot!("confirm_same_network", html);
}

#[test]
fn cn_04_what_is_dangerous_has_a_box_and_no_tick() {
    let html = document(&confirming());
    assert!(html.contains("name=\"allow\" value=\"tickets:delete\" form=\"device-confirm-form\""));
    assert_eq!(html.matches("name=\"allow\"").count(), 1, "what is harmless comes with the rest");
    assert!(!html.contains(" checked") && !html.contains(" required"));
    let only = vec![ScopeLine { dangerous: true, pick: Pick::Unpicked, ..scope("tickets:delete", "") }];
    let page = ConfirmPage { scopes: only, advance: Advance::Allowed, ..confirming() };
    insta::assert_snapshot!("confirm_only_dangerous", document(&page));
}

#[test]
fn a_client_nobody_vouches_for() {
    let mut page = confirming();
    page.asker = asker("Claude", Standing::Unverified, Destination::Device);
    page.asker.confusable_with = Some("Claude".to_owned());
    page.changed = Some(Changed::Client);
    insta::assert_snapshot!("confirm_unverified", document(&page));
}

#[test]
fn a_client_that_proved_who_it_is_leads_with_its_name() {
    let asker = asker("Acme TV", Standing::Verified, Destination::Device);
    let html = document(&ConfirmPage { asker, ..confirming() });
    assert!(html.contains("Acme TV</bdi> wants to use") && !html.contains("button main"));
}

#[test]
fn dv_08_hostile_names_stay_text() {
    let mut page = confirming();
    page.asker = asker(HOSTILE, Standing::Unverified, Destination::Device);
    page.device_name = Claimed::visible_name(HOSTILE);
    let html = document(&page);
    assert!(!html.contains("<script"));
    insta::assert_snapshot!("confirm_hostile", html);
}

#[test]
fn asking_again_says_why() {
    for again in [Again::TooQuick, Again::Outdated, Again::NothingPicked] {
        let page = ConfirmPage { again: Some(again), changed: Some(Changed::Resource), ..confirming() };
        assert_eq!(page.status(), 409);
        let text = page.again_text().unwrap().to_string();
        assert!(document(&page).contains(&text), "{text}");
    }
}

#[test]
fn the_end() {
    insta::assert_snapshot!(
        "approved",
        document(&DonePage { layout: layout(), answered: Answered::Approved })
    );
    insta::assert_snapshot!("denied", document(&DonePage { layout: layout(), answered: Answered::Denied }));
}
