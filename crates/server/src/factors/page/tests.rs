use super::*;
use crate::web::page::account::Tab;
use crate::web::page::samples::{HOSTILE, document, layout, user};

fn at(day: i64) -> Time {
    // November 2026.
    Time::from_timestamp(1_793_491_200 + (day - 1) * 86_400, 0).unwrap()
}

fn security() -> SecurityPage {
    SecurityPage {
        layout: layout(),
        nav: Nav::at(Tab::Security, &user("ada", "ada@example.com")),
        has_password: false,
        others: None,
        passkeys: Vec::new(),
        totp: None,
        codes_left: 0,
        problem: None,
    }
}

fn nav() -> Nav {
    Nav::below(Tab::Security, &user("ada", "ada@example.com"))
}

fn passkey(name: &str) -> PasskeyLine {
    PasskeyLine {
        id: "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".to_owned(),
        name: Claimed::name(name),
        synced: true,
        added: at(26),
        used: None,
    }
}

#[test]
fn the_list_of_somebody_without_anything() {
    insta::assert_snapshot!("security_empty", document(&security()));
}

#[test]
fn the_list_of_somebody_with_everything() {
    let used = || Some(at(25));
    let page = SecurityPage {
        passkeys: vec![passkey("Phone"), PasskeyLine { synced: false, used: used(), ..passkey(HOSTILE) }],
        totp: Some(AppLine { added: at(24), used: used() }),
        codes_left: 9,
        has_password: true,
        others: Some(2),
        ..security()
    };
    insta::assert_snapshot!("security_full", document(&page));
    let refused = SecurityPage { problem: Some(SecurityProblem::NotRemoved), ..page };
    assert_eq!(refused.status(), 409);
    insta::assert_snapshot!("security_refused", document(&refused));
    let last = SecurityPage { problem: Some(SecurityProblem::LastWayIn), others: Some(0), ..refused };
    insta::assert_snapshot!("security_last_way_in", document(&last));
}

#[test]
fn choosing_what_to_set_up() {
    let page = EnrolPage {
        layout: layout(),
        passkey: Some("/login/enrol/passkey?request=v1&step=v1".to_owned()),
        totp: Some("/login/enrol/totp?request=v1&step=v1".to_owned()),
        only_passkey: false,
    };
    insta::assert_snapshot!("enrol", document(&page));
    insta::assert_snapshot!("enrol_passkey", document(&EnrolPage { totp: None, only_passkey: true, ..page }));
}

fn totp() -> TotpPage {
    let address = "otpauth://totp/auth.example.com:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned();
    TotpPage {
        layout: layout(),
        nav: Some(nav()),
        action: "/account/security/totp".to_owned(),
        hidden: vec![("enrolment", "v1.ZW5yb2xtZW50".to_owned())],
        qr: Qr { size: 9, path: "M4,4h1v1h-1z".to_owned() },
        address,
        key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        username: Claimed::name("ada"),
        back: Some("/account/security".to_owned()),
        problem: None,
    }
}

#[test]
fn an_authenticator_app() {
    insta::assert_snapshot!("totp", document(&totp()));
    let wrong = TotpPage { problem: Some(TotpProblem::Wrong), back: None, nav: None, ..totp() };
    assert_eq!(wrong.status(), 422);
    insta::assert_snapshot!("totp_wrong", document(&wrong));
}

#[test]
fn a_passkey() {
    let page = || PasskeyPage {
        layout: layout(),
        nav: Some(nav()),
        action: "/account/security/passkey".to_owned(),
        hidden: vec![("enrolment", "v1.ZW5yb2xtZW50".to_owned())],
        options: Some(r#"{"challenge":"AA"}"#.to_owned()),
        name: String::new(),
        back: Some("/account/security".to_owned()),
        problem: None,
    };
    insta::assert_snapshot!("passkey", document(&page()));
    let refused = PasskeyPage { problem: Some(PasskeyProblem::Refused), name: "\"><b>".to_owned(), ..page() };
    insta::assert_snapshot!("passkey_refused", document(&refused));
    insta::assert_snapshot!("passkey_impossible", document(&PasskeyPage { options: None, ..page() }));
}

#[test]
fn recovery_codes() {
    let page = RecoveryCodesPage {
        layout: layout(),
        nav: Some(nav()),
        codes: vec!["000G-40R4-0M30-E209".to_owned(), "1C5G-30S4-8N34-EA09".to_owned()],
        username: Claimed::name("ada"),
        goal: "/account/security".to_owned(),
    };
    insta::assert_snapshot!("recovery_codes", document(&page));
}

#[test]
fn a_qr_code_is_drawn_module_by_module() {
    let qr = Qr::of("otpauth://totp/x").unwrap();
    let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).unwrap();
    assert_eq!(qr.size, code.size() + 8);
    let mut dark = 0;
    for part in qr.path.split('M').skip(1) {
        let (at, rest) = part.split_once('h').unwrap();
        let (x, y) = at.split_once(',').unwrap();
        let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
        let run: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
        for along in 0..run {
            assert!(code.get_module(x + along - QUIET, y - QUIET));
            dark += 1;
        }
    }
    let modules = (0..code.size()).flat_map(|x| (0..code.size()).map(move |y| (x, y)));
    assert_eq!(dark, modules.filter(|(x, y)| code.get_module(*x, *y)).count());
    assert!(Qr::of(&"x".repeat(5_000)).is_none());
}
