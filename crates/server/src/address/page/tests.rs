use super::*;
use crate::web::page::account::Tab;
use crate::web::page::samples::{HOSTILE, document, layout, user};

fn nav() -> Nav {
    Nav::below(Tab::Profile, &user("alice", "alice@example.com"))
}

fn page(problem: Option<AddressProblem>) -> AddressPage {
    AddressPage {
        layout: layout(),
        nav: nav(),
        email: Some(Claimed::note("alice@example.com")),
        is_verified: true,
        typed: String::new(),
        problem,
    }
}

#[test]
fn asks_for_an_address() {
    insta::assert_snapshot!("verified", document(&page(None)));
    let none = AddressPage { email: None, is_verified: false, ..page(None) };
    insta::assert_snapshot!("none", document(&none));
    let unverified = AddressPage { is_verified: false, typed: "alice@example.com".to_owned(), ..page(None) };
    insta::assert_snapshot!("unverified", document(&unverified));
}

#[test]
fn asks_again() {
    let again = AddressPage { typed: "alice".to_owned(), ..page(Some(AddressProblem::None)) };
    assert_eq!(again.status(), 422);
    insta::assert_snapshot!("no-address", document(&again));
    assert_eq!(page(Some(AddressProblem::Wait { seconds: 60 })).status(), 429);
}

#[test]
fn says_that_a_link_is_on_its_way() {
    let email = Claimed::note("alice@example.com");
    insta::assert_snapshot!("sent", document(&AddressSentPage { layout: layout(), nav: nav(), email }));
}

#[test]
fn asks_whether_an_address_is_to_be_the_accounts() {
    let confirm = ConfirmAddressPage {
        layout: layout(),
        link: "gw_al_x".to_owned(),
        username: Claimed::name(HOSTILE),
        email: Claimed::note("new@example.com"),
        was: Some(Claimed::note("old@example.com")),
    };
    insta::assert_snapshot!("confirm", document(&confirm));
}

#[test]
fn says_that_it_is() {
    let confirmed = AddressConfirmedPage {
        layout: layout(),
        username: Claimed::name("alice"),
        email: Claimed::note("new@example.com"),
    };
    insta::assert_snapshot!("confirmed", document(&confirmed));
}
