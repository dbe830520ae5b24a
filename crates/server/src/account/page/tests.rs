use super::*;
use crate::account::apps::page::{AppCard, AppsPage, GrantCard, ResourceCard};
use crate::account::history::page::{Happened, HistoryLine, HistoryPage, Who};
use crate::account::names::Named;
use crate::account::password::page::{PasswordPage, PasswordProblem};
use crate::accounts::strength::Weak;
use crate::ceremony::wording::{Pick, ScopeLine};
use crate::web::page::account::Tab;
use crate::web::page::samples::{self, user};
use crate::web::page::samples::{HOSTILE, asker, document, layout, loopback, web};
use crate::web::page::{Asker, Standing};

fn at(minutes: i64) -> Time {
    Time::from_timestamp(1_795_000_000 + minutes * 60, 0).unwrap()
}

fn frame(tab: Tab) -> Frame {
    framed(Nav::at(tab, &user("ada", "ada@example.com")))
}

fn framed(nav: Nav) -> Frame {
    Frame { nav, ticket: "v1.dGlja2V0".to_owned(), notice: None }
}

fn number(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn permission(name: &str, description: &str) -> ScopeLine {
    let dangerous = name == "tickets:delete";
    ScopeLine { name: name.to_owned(), description: description.to_owned(), dangerous, pick: Pick::None }
}

fn address(text: &str) -> Address {
    Address { text: Some(Claimed::name(text)), is_verified: false, can_be_changed: true }
}

fn profile() -> ProfilePage {
    ProfilePage {
        layout: layout(),
        frame: frame(Tab::Profile),
        username: Claimed::name("ada"),
        address: address("ada@example.com"),
        has_password: true,
        display_name: "Ada Lovelace".to_owned(),
        locale: None,
        refused: false,
    }
}

#[test]
fn who_somebody_is() {
    insta::assert_snapshot!("profile", document(&profile()));
}

#[test]
fn a_profile_that_cannot_be_saved() {
    let frame = Frame { notice: Some(Notice::Nothing), ..frame(Tab::Profile) };
    let locale = Some("en".to_owned());
    let page = ProfilePage {
        frame,
        locale,
        address: Address { text: None, ..address("") },
        has_password: false,
        refused: true,
        ..profile()
    };
    assert_eq!(page.status(), 422);
    insta::assert_snapshot!("profile_refused", document(&page));
}

#[test]
fn ui_01_a_name_cannot_change_the_page() {
    let frame = framed(Nav::at(Tab::Profile, &user(HOSTILE, HOSTILE)));
    let page = ProfilePage {
        frame,
        username: Claimed::name(HOSTILE),
        address: Address { is_verified: true, can_be_changed: false, ..address(HOSTILE) },
        ..profile()
    };
    insta::assert_snapshot!("profile_hostile", document(&page));
}

#[test]
fn a_password_is_changed_or_chosen() {
    let page = |has_one, problem| PasswordPage {
        layout: layout(),
        frame: framed(Nav::below(Tab::Security, &user("ada", "ada@example.com"))),
        username: "ada".to_owned(),
        has_one,
        fewest: 12,
        problem,
    };
    insta::assert_snapshot!("password", document(&page(true, None)));
    insta::assert_snapshot!("password_first", document(&page(false, None)));
    let refused = page(true, Some(PasswordProblem::Weak(Weak::Short)));
    assert_eq!(refused.status(), 422);
    insta::assert_snapshot!("password_refused", document(&refused));
    insta::assert_snapshot!("password_differ", document(&page(true, Some(PasswordProblem::Differ))));
}

#[test]
fn where_somebody_is_signed_in() {
    let card = |id, browser, system| SessionCard {
        id: number(id),
        browser,
        system,
        is_this: id == 1,
        address: Some("203.0.113.5".to_owned()),
        place: (id == 1)
            .then(|| "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, Wales".to_owned()),
        signed_in: at(0),
        seen: at(90),
    };
    let sessions = vec![
        card(1, Some("Firefox"), Some("Linux")),
        card(2, Some("Safari"), Some("iPhone")),
        SessionCard { address: None, ..card(3, None, None) },
    ];
    let frame = Frame { notice: Some(Notice::SignedOut), ..frame(Tab::Sessions) };
    insta::assert_snapshot!("sessions", document(&SessionsPage { layout: layout(), frame, sessions }));
}

fn app(asker: Asker) -> AppCard {
    let grant = GrantCard {
        id: number(7),
        permissions: vec![
            permission("tickets:delete", "Delete tickets for ever"),
            permission("tickets:read", "Read your tickets"),
        ],
        allowed: at(0),
        used: at(60),
        address: Some("198.51.100.7".to_owned()),
        ends: at(43_200),
        is_limited: false,
        is_renewed: true,
    };
    AppCard {
        client_id: "c_agent".to_owned(),
        named: Some(Named { asker: Some(asker), usable: true, pre_approved: false }),
        resources: vec![ResourceCard {
            name: Claimed::name("Acme Tickets"),
            url: Claimed::note("https://mcp.acme.test/mcp"),
            remembered: Some(Vec::new()),
            until: None,
            by_policy: false,
            grants: vec![grant],
        }],
    }
}

#[test]
fn cn_09_apps_that_may_act_for_somebody() {
    let pages = samples::pages();
    let verified = app(Asker { pages, ..asker("Acme Desk", Standing::Verified, web("desk.acme.test")) });
    let mut limited = app(asker("Claude Code", Standing::Unverified, loopback()));
    limited.resources[0].grants[0].is_limited = true;
    limited.resources[0].until = Some(at(43_200));
    let mut away =
        app(asker("Notes", Standing::KnownDomain { host: "notes.test".to_owned() }, web("notes.test")));
    away.resources[0].grants.clear();
    away.resources[0].by_policy = true;
    away.resources[0].remembered = Some(vec![permission("tickets:read", "Read your tickets")]);
    away.named = away.named.map(|named| Named { pre_approved: true, ..named });
    let gone = AppCard { named: None, ..app(asker("", Standing::Unverified, loopback())) };
    let next = Some("/account/apps?after=c_agent".to_owned());
    let apps = vec![verified, limited, away, gone];
    insta::assert_snapshot!(
        "apps",
        document(&AppsPage { layout: layout(), frame: frame(Tab::Apps), apps, next })
    );
}

#[test]
fn ui_01_an_app_cannot_change_the_page() {
    let apps = vec![app(asker(HOSTILE, Standing::Unverified, loopback()))];
    let page = AppsPage { layout: layout(), frame: frame(Tab::Apps), apps, next: None };
    insta::assert_snapshot!("apps_hostile", document(&page));
}

#[test]
fn no_apps() {
    let page = AppsPage { layout: layout(), frame: frame(Tab::Apps), apps: Vec::new(), next: None };
    insta::assert_snapshot!("apps_none", document(&page));
}

#[test]
fn what_happened() {
    let line = |happened, who| HistoryLine {
        at: at(5),
        happened,
        who,
        app: Claimed::note("A program on this computer · Claude Code"),
        resource: Some(Claimed::name("Acme Tickets")),
        permissions: Vec::new(),
        until: None,
    };
    let allowed = HistoryLine {
        permissions: vec![permission("tickets:delete", "Delete tickets for ever")],
        until: Some(at(1_440)),
        ..line(Happened::Allowed, Who::You)
    };
    let mut lines = vec![allowed, HistoryLine { resource: None, ..line(Happened::Allowed, Who::You) }];
    for happened in [
        Happened::AllowedByPolicy,
        Happened::Limited,
        Happened::Expired,
        Happened::GrantEnded,
        Happened::Withdrawn,
        Happened::Stolen,
        Happened::EverythingEnded,
    ] {
        lines.extend([Who::You, Who::App, Who::Administrator, Who::Server].map(|who| line(happened, who)));
    }
    let next = Some("/account/history?before=1".to_owned());
    let page = HistoryPage { layout: layout(), frame: frame(Tab::History), lines, next };
    insta::assert_snapshot!("history", document(&page));
    let page = HistoryPage { layout: layout(), frame: frame(Tab::History), lines: Vec::new(), next: None };
    insta::assert_snapshot!("history_none", document(&page));
}

#[test]
fn data_and_going() {
    insta::assert_snapshot!("data", document(&DataPage { layout: layout(), frame: frame(Tab::Data) }));
    insta::assert_snapshot!("stop", document(&StopPage { layout: layout(), frame: frame(Tab::Data) }));
    let leave = |problem| LeavePage {
        layout: layout(),
        frame: frame(Tab::Data),
        username: Claimed::name("ada"),
        problem,
    };
    insta::assert_snapshot!("leave", document(&leave(None)));
    for problem in [LeaveProblem::OtherName, LeaveProblem::LastOwner] {
        assert_eq!(leave(Some(problem)).status(), 422);
    }
    insta::assert_snapshot!("leave_other_name", document(&leave(Some(LeaveProblem::OtherName))));
    insta::assert_snapshot!("leave_last_owner", document(&leave(Some(LeaveProblem::LastOwner))));
    for (name, ended) in [("ended_access", Ended::Access), ("ended_account", Ended::Account)] {
        insta::assert_snapshot!(name, document(&EndedPage { layout: layout(), ended }));
    }
}

#[test]
fn every_notice_reads_back() {
    for notice in Notice::ALL {
        assert_eq!(Notice::parse(notice.as_str()), Some(notice));
    }
}
