//! Refreshing grants.

use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{alice, at, client, code_of, compat, conf1, mcp, pub1, scopes, standing_on};
use crate::client::{Client, Origin};
use crate::permit::UserState;
use crate::refresh::{self, RefreshFacts, RefreshToken};
use crate::token::{Authenticity, GrantFacts, RefreshRequest, RefreshVerdict, judge_refresh};
use crate::{Code, Decision, Resource};

const GRANT: Uuid = Uuid::from_u128(7);

fn facts<'a>(client: &Client, resource: &'a Resource) -> GrantFacts<'a> {
    GrantFacts {
        grant: GRANT,
        authenticity: Authenticity::Genuine,
        client_id: client.id.clone(),
        person: alice(),
        resource,
        scopes: scopes("read write"),
        rotation: RefreshFacts {
            generation: 5,
            rotated_at: at(0),
            idle_expires_at: at(1000),
            expires_at: at(2000),
            standing: refresh::Standing::Valid,
            grace: Duration::from_mins(1),
        },
        footing: standing_on("read write"),
    }
}

fn presented(generation: u64, scope: Option<&str>, resource: Option<&str>) -> RefreshRequest {
    RefreshRequest {
        token: RefreshToken::derive(&[1; 32], b"salt", GRANT, generation),
        scope: scope.map(scopes),
        resource: resource.map(str::to_owned),
    }
}

fn judged(
    change: impl FnOnce(&mut GrantFacts<'_>),
    asked: &RefreshRequest,
    seconds: i64,
) -> Decision<RefreshVerdict> {
    let resource = mcp();
    let mut facts = facts(&pub1(), &resource);
    change(&mut facts);
    judge_refresh(&facts, &pub1(), asked, at(seconds))
}

/// The scopes of whoever refreshes with `asked`.
fn scope_of(client: &Client, granted: &str, asked: Option<&str>) -> Decision<String> {
    let resource = mcp();
    let mut facts = facts(client, &resource);
    facts.scopes = scopes(granted);
    facts.footing = standing_on(granted);
    match judge_refresh(&facts, client, &presented(5, asked, None), at(1))? {
        RefreshVerdict::Rotate(permit) | RefreshVerdict::Repeat(permit) => Ok(permit.scopes().to_string()),
        RefreshVerdict::Reuse => panic!("reuse"),
    }
}

#[test]
fn rt_01_an_old_generation_revokes() {
    let verdict = judged(|_| {}, &presented(4, None, None), 61).unwrap();
    assert_eq!(verdict, RefreshVerdict::Reuse);
    assert_eq!(verdict.refusal().unwrap().code(), Code::InvalidGrant);
    assert_eq!(judged(|_| {}, &presented(3, None, None), 1).unwrap(), RefreshVerdict::Reuse);
    // Reuse is noticed whatever else is wrong with the request.
    let odd = presented(3, Some("other"), Some("https://two.test/"));
    assert_eq!(judged(|_| {}, &odd, 1).unwrap(), RefreshVerdict::Reuse);
}

#[test]
fn rt_04_another_client_and_a_forged_token_change_nothing() {
    let resource = mcp();
    let stored = facts(&pub1(), &resource);
    for other in [conf1(), client("pub2", "https://app.test/cb", Origin::Dynamic)] {
        for generation in [5, 4, 1] {
            let refused = judge_refresh(&stored, &other, &presented(generation, None, None), at(100));
            assert_eq!(code_of(refused), Some(Code::InvalidGrant));
        }
    }
    let forged = judged(|facts| facts.authenticity = Authenticity::Forged, &presented(1, None, None), 100);
    assert_eq!(code_of(forged), Some(Code::InvalidGrant), "a made-up old generation is not reuse");
    let elsewhere = judged(|facts| facts.grant = Uuid::from_u128(8), &presented(5, None, None), 1);
    assert_eq!(code_of(elsewhere), Some(Code::InvalidGrant));
}

#[test]
fn rt_05_the_previous_generation_repeats_within_grace() {
    assert!(matches!(judged(|_| {}, &presented(5, None, None), 1), Ok(RefreshVerdict::Rotate(_))));
    assert!(matches!(judged(|_| {}, &presented(4, None, None), 59), Ok(RefreshVerdict::Repeat(_))));
}

#[test]
fn rt_07_idle_and_absolute_ends() {
    let at_end = |seconds| code_of(judged(|_| {}, &presented(5, None, None), seconds));
    assert_eq!((at_end(999), at_end(1000)), (None, Some(Code::InvalidGrant)));
    let absolute =
        judged(|facts| facts.rotation.expires_at = at(500), &presented(5, None, None), 500).unwrap_err();
    assert_eq!(
        (absolute.code(), absolute.description()),
        (Code::InvalidGrant, "grant expired; ask for authorization again")
    );
}

#[test]
fn rt_08_a_refresh_never_widens() {
    let client = pub1();
    assert_eq!(scope_of(&client, "read write", None).unwrap(), "read write");
    assert_eq!(scope_of(&client, "read write", Some("read")).unwrap(), "read");
    assert_eq!(
        scope_of(&client, "read", Some("read write offline_access")).unwrap(),
        "read",
        "dropped, no error"
    );
    assert_eq!(code_of(scope_of(&client, "read", Some("write"))), Some(Code::InvalidScope));
    assert_eq!(
        scope_of(&client, "read", Some("offline_access")).unwrap(),
        "read",
        "says nothing about the resource"
    );
    let elsewhere = judged(|_| {}, &presented(5, None, Some("https://two.test/")), 1);
    assert_eq!(code_of(elsewhere), Some(Code::InvalidTarget));
    assert!(judged(|_| {}, &presented(5, None, Some("https://mcp.test/mcp")), 1).is_ok());
}

#[test]
fn rt_08_a_strict_client_is_refused_what_exceeds_the_grant_and_oxide_says_so() {
    let client = compat(pub1());
    assert_eq!(scope_of(&client, "read write", Some("read")).unwrap(), "read");
    for more in ["read write", "admin", "read offline_access"] {
        assert_eq!(code_of(scope_of(&client, "read", Some(more))), Some(Code::InvalidScope), "{more}");
    }
}

#[test]
fn rt_09_a_grant_dies_with_what_it_stands_on() {
    let asked = presented(5, None, None);
    let disabled = judged(|facts| facts.footing.user = UserState::Disabled, &asked, 1);
    assert_eq!(code_of(disabled), Some(Code::InvalidGrant));
    assert_eq!(code_of(judged(|facts| facts.footing.consented = None, &asked, 1)), Some(Code::InvalidGrant));
    let revoked = judged(|facts| facts.rotation.standing = refresh::Standing::Revoked, &asked, 1);
    assert_eq!(code_of(revoked), Some(Code::InvalidGrant));
    let old =
        judged(|facts| facts.rotation.standing = refresh::Standing::Revoked, &presented(1, None, None), 1);
    assert_eq!(code_of(old), Some(Code::InvalidGrant));
}

#[test]
fn a_scope_the_resource_dropped_is_gone_at_the_next_refresh() {
    let mut resource = mcp();
    resource.scopes.retain(|scope| scope.name != "write");
    match judge_refresh(&facts(&pub1(), &resource), &pub1(), &presented(5, None, None), at(1)).unwrap() {
        RefreshVerdict::Rotate(permit) => assert_eq!(permit.scopes(), &scopes("read")),
        RefreshVerdict::Repeat(_) | RefreshVerdict::Reuse => panic!("current"),
    }
}

proptest! {
    #[test]
    fn rt_08_whatever_is_asked_the_token_is_within_the_grant(
        granted in proptest::sample::subsequence(vec!["read", "write", "admin", "openid", "offline_access"], 1..=5),
        asked in proptest::sample::subsequence(vec!["read", "write", "admin", "openid", "offline_access", "x"], 0..=6),
        strict: bool,
    ) {
        let client = if strict { compat(pub1()) } else { pub1() };
        let (granted, asked) = (granted.join(" "), asked.join(" "));
        if let Ok(scope) = scope_of(&client, &granted, (!asked.is_empty()).then_some(asked.as_str())) {
            prop_assert!(scopes(&scope).is_subset(&scopes(&granted)));
        }
    }
}
