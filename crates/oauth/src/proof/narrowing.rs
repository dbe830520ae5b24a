//! From the scopes that are asked for to those that are given (AZ-07).

use proptest::prelude::*;

use super::{client, code_of, compat, conf1, mcp, nat1, pub1, scopes};
use crate::client::{Client, GrantType, Origin};
use crate::narrow::{asked, standard};
use crate::{Code, Decision};

fn given_to(client: &Client, text: &str) -> Decision<String> {
    asked(&scopes(text), client, &mcp()).map(|scopes| scopes.to_string())
}

#[test]
fn az_07_the_mcp_profile_drops_what_cannot_be_given() {
    assert_eq!(given_to(&nat1(), "read admin:* nonsense").unwrap(), "read");
    assert_eq!(code_of(given_to(&nat1(), "admin:* nonsense")), Some(Code::InvalidScope));
    assert_eq!(code_of(given_to(&nat1(), "nonsense offline_access")), Some(Code::InvalidScope));
}

#[test]
fn az_07_other_profiles_refuse_it_by_name() {
    let refusal = given_to(&compat(conf1()), "read admin:*").unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidScope);
    assert!(refusal.description().contains("admin:*"));
    assert_eq!(given_to(&compat(conf1()), "read openid email").unwrap(), "email openid read");
}

#[test]
fn az_07_none_means_the_defaults_and_offline_access_alone_is_none() {
    assert_eq!(given_to(&nat1(), "").unwrap(), "read");
    assert_eq!(given_to(&nat1(), "offline_access").unwrap(), "offline_access read");
    assert_eq!(
        given_to(&nat1(), "openid").unwrap(),
        "openid",
        "a pure sign-in asks for nothing at the resource"
    );
    let mut plain = mcp();
    plain.scopes.clear();
    assert!(asked(&scopes(""), &nat1(), &plain).unwrap().is_empty(), "a server without scopes can be used");
}

#[test]
fn az_07_an_administrator_s_list_limits_and_a_registration_s_does_not() {
    let listed = |origin| {
        let mut client = client("c", "https://c.test/cb", origin);
        client.metadata.scope = Some(scopes("read"));
        given_to(&client, "read write openid").unwrap()
    };
    assert_eq!(listed(Origin::Administrator), "openid read");
    assert_eq!(listed(Origin::Dynamic), "openid read write");
    assert_eq!(listed(Origin::Document), "openid read write");
}

#[test]
fn rt_10_offline_access_falls_away_without_the_refresh_grant() {
    for mut client in [pub1(), compat(conf1())] {
        client.metadata.grant_types.remove(&GrantType::RefreshToken);
        assert_eq!(given_to(&client, "read offline_access").unwrap(), "read");
    }
}

fn any_scopes() -> impl Strategy<Value = String> {
    let names = vec!["read", "write", "admin", "openid", "profile", "offline_access", "x", "y:z"];
    proptest::sample::subsequence(names, 0..=8).prop_map(|names| names.join(" "))
}

proptest! {
    /// Never more than was asked for (or is default) and never more than there is; narrowing twice changes nothing.
    #[test]
    fn az_07_narrowing(text in any_scopes(), strict: bool) {
        let client = if strict { compat(conf1()) } else { nat1() };
        if let Ok(given) = asked(&scopes(&text), &client, &mcp()) {
            prop_assert!(given.is_subset(&mcp().scope_names().union(&standard())));
            prop_assert!(given.is_subset(&scopes(&text).union(&mcp().default_scopes())));
            prop_assert_eq!(asked(&given, &client, &mcp()).unwrap(), given);
        } else {
            prop_assert!(!scopes(&text).is_empty());
        }
    }
}
