//! Requests of devices (RFC 8628).

use std::time::Duration;

use super::{alice, at, dyn1, mcp, pub1, scopes, standing_on};
use crate::authorize::{Remembered, SignedIn, WhyAsk};
use crate::client::{ConsentRule, GrantType};
use crate::device::{
    Approved, DeviceCodeRequest, DeviceFacts, DeviceState, Earlier, Poll, Situation, approve, ask, choices,
    is_allowed_in_advance, judge, request,
};
use crate::permit::{Barred, Basis, GateFacts, UserState, Way, gate};
use crate::secret::Token;
use crate::{Client, Code, Params, Resource, Scopes};

fn tv() -> Client {
    let mut client = pub1();
    client.metadata.grant_types = [GrantType::DeviceCode, GrantType::RefreshToken].into();
    client
}

fn who() -> SignedIn {
    let alice = alice();
    SignedIn { user: alice.user, session: alice.session, auth_time: alice.auth_time, amr: alice.amr }
}

fn facts(resource: &Resource, state: DeviceState) -> DeviceFacts<'_> {
    DeviceFacts {
        client_id: tv().id,
        resource,
        created_at: at(0),
        expires_at: at(600),
        interval: Duration::from_secs(5),
        state,
    }
}

fn asked(resource: Option<&str>) -> DeviceCodeRequest {
    DeviceCodeRequest { code: Token::from_random([7; 32]), resource: resource.map(str::to_owned) }
}

fn approved() -> DeviceState {
    DeviceState::Approved { person: alice(), scopes: scopes("read"), footing: standing_on("read") }
}

fn code(state: DeviceState, client: &Client, now: i64) -> Option<Code> {
    let (mcp, before) = (mcp(), None);
    judge(&facts(&mcp, state), client, &asked(None), (before, at(now))).err().map(|refusal| refusal.code())
}

/// Yes to all of it, beside what was said before.
fn yes(situation: &Situation<'_>, shown: &Remembered) -> crate::Decision<Approved> {
    approve(situation, shown, (&shown.scopes, Earlier::Kept))
}

#[test]
fn dv_06_a_device_gets_what_a_browser_would() {
    let narrowed = |query: &str, client: &Client| {
        request(&Params::parse(query.as_bytes()).unwrap(), client, &mcp())
            .map_err(|refusal| (refusal.code(), refusal.rule()))
    };
    assert_eq!(narrowed("client_id=pub1", &tv()), Ok(scopes("read")));
    assert_eq!(narrowed("scope=write+made.up+openid", &tv()), Ok(scopes("write openid")));
    assert_eq!(narrowed("scope=made.up", &tv()), Err((Code::InvalidScope, "invalid_scope")));
    assert_eq!(narrowed("scope=read", &pub1()), Err((Code::UnauthorizedClient, "device_grant")));
    assert_eq!(narrowed("scope=a&scope=b", &tv()).unwrap_err().0, Code::InvalidRequest);
    let mut listed = tv();
    listed.metadata.scope = Some(scopes("write"));
    assert_eq!(narrowed("scope=read+write", &listed), Ok(scopes("write")));
}

#[test]
fn cn_05_a_person_is_asked_whatever_they_allowed_before() {
    let (client, resource, who) = (tv(), mcp(), who());
    let remembered = |text: &str| Remembered {
        scopes: scopes(text),
        client_digest: client.digest(),
        resource_digest: resource.digest(),
    };
    let all = remembered("read write");
    let (read, more) = (scopes("read"), scopes("admin read"));
    let situation = |scopes, remembered| Situation {
        client: &client,
        resource: &resource,
        scopes,
        who: &who,
        remembered,
    };
    let first = ask(&situation(&read, None));
    assert_eq!((first.scopes(), first.because), (scopes("read"), WhyAsk::First));
    let again = ask(&situation(&read, Some(&all)));
    assert_eq!((again.scopes(), again.because), (scopes("read"), WhyAsk::Program), "not one scope more");
    let wider = ask(&situation(&more, Some(&all)));
    assert_eq!((wider.new, wider.already, wider.because), (scopes("admin"), scopes("read"), WhyAsk::More));

    let shown = remembered("admin read");
    let Ok(Approved::Yes { permit, remember }) = yes(&situation(&more, Some(&all)), &shown) else {
        panic!("approved")
    };
    assert_eq!((permit.scopes(), remember), (&scopes("admin read"), scopes("admin read write")));
    assert!(permit.refreshable());
    // What is forgotten or void is not remembered again by the way.
    let Ok(Approved::Yes { remember, .. }) = yes(&situation(&more, None), &shown) else { panic!("approved") };
    assert_eq!(remember, scopes("admin read"));
}

#[test]
fn cn_04_of_what_is_dangerous_a_device_gets_what_was_picked() {
    let (client, mut resource, who) = (tv(), mcp(), who());
    for scope in &mut resource.scopes {
        scope.dangerous = scope.name == "write";
    }
    let wanted = scopes("read write");
    let all = Remembered {
        scopes: wanted.clone(),
        client_digest: client.digest(),
        resource_digest: resource.digest(),
    };
    let situation = |client| Situation {
        client,
        resource: &resource,
        scopes: &wanted,
        who: &who,
        remembered: Some(&all),
    };
    // Whatever was allowed before: it is picked again.
    assert_eq!(choices(&ask(&situation(&client)), &resource), scopes("write"));
    let said = |chosen: &str, earlier| approve(&situation(&client), &all, (&scopes(chosen), earlier));
    let got = |answer| match answer {
        Ok(Approved::Yes { permit, remember }) => (permit.scopes().clone(), remember),
        other => panic!("{other:?}"),
    };
    assert_eq!(got(said("read", Earlier::Kept)), (scopes("read"), wanted.clone()));
    assert_eq!(got(said("read", Earlier::Replaced)), (scopes("read"), scopes("read")));
    assert_eq!(said("admin read", Earlier::Kept), Ok(Approved::AskAgain), "never more than was shown");

    // What the administrators said in advance answers nothing, and what they forbid nobody can allow.
    let ruled = |consent| Client { consent, ..client.clone() };
    assert!(!is_allowed_in_advance(&situation(&client)));
    let pre_approved = ruled(ConsentRule::PreApproved);
    assert!(is_allowed_in_advance(&situation(&pre_approved)));
    assert_eq!(choices(&ask(&situation(&pre_approved)), &resource), scopes("write"));
    let forbidden = ruled(ConsentRule::Forbidden);
    let refusal = approve(&situation(&forbidden), &all, (&wanted, Earlier::Kept)).unwrap_err();
    assert_eq!(refusal.code(), Code::AccessDenied);
    let refusal = request(&Params::parse(b"scope=read").unwrap(), &forbidden, &mcp()).unwrap_err();
    assert_eq!(refusal.code(), Code::UnauthorizedClient);
}

#[test]
fn az_22_only_what_was_shown_is_approved() {
    let (client, resource, who) = (tv(), mcp(), who());
    let wanted = scopes("read");
    let situation =
        |client, resource| Situation { client, resource, scopes: &wanted, who: &who, remembered: None };
    let shown = Remembered {
        scopes: wanted.clone(),
        client_digest: client.digest(),
        resource_digest: resource.digest(),
    };
    assert!(matches!(yes(&situation(&client, &resource), &shown), Ok(Approved::Yes { .. })));
    let less = Remembered { scopes: Scopes::empty(), ..shown.clone() };
    let more = Remembered { scopes: scopes("read write"), ..shown.clone() };
    for other in [less, more] {
        assert_eq!(yes(&situation(&client, &resource), &other), Ok(Approved::AskAgain));
    }
    let mut renamed = client.clone();
    renamed.metadata.client_name = Some("Other".to_owned());
    assert_eq!(yes(&situation(&renamed, &resource), &shown), Ok(Approved::AskAgain));
    let mut other = resource.clone();
    other.name = "Other".to_owned();
    assert_eq!(yes(&situation(&client, &other), &shown), Ok(Approved::AskAgain));
    let mut unregistered = client.clone();
    unregistered.metadata.grant_types.remove(&GrantType::DeviceCode);
    let refusal = yes(&situation(&unregistered, &resource), &shown).unwrap_err();
    assert_eq!(refusal.code(), Code::UnauthorizedClient);
}

#[test]
fn each_way_to_a_client_has_to_be_registered() {
    let barred = |client: &Client, by| {
        let basis =
            Basis::Person { person: alice(), state: UserState::Enabled, consented: Some(scopes("read")), by };
        gate(GateFacts { client, resource: &mcp(), scopes: scopes("read"), basis }).err()
    };
    assert_eq!(barred(&tv(), Way::Code), Some(Barred::GrantNotAllowed));
    assert_eq!(barred(&pub1(), Way::Device), Some(Barred::GrantNotAllowed));
    for (client, by) in
        [(tv(), Way::Device), (tv(), Way::Refresh), (pub1(), Way::Code), (pub1(), Way::Refresh)]
    {
        assert_eq!(barred(&client, by), None, "{by:?}");
    }
    let mut neither = tv();
    neither.metadata.grant_types = [GrantType::RefreshToken].into();
    assert_eq!(barred(&neither, Way::Refresh), Some(Barred::GrantNotAllowed));
}

#[test]
fn dv_07_each_end_has_its_word() {
    use DeviceState::{Denied, Redeemed, Waiting};
    for state in [Waiting, Denied, Redeemed, approved()] {
        assert_eq!(code(state, &dyn1(), 1), Some(Code::InvalidGrant), "another client");
    }
    assert_eq!(code(Redeemed, &tv(), 1), Some(Code::InvalidGrant));
    assert_eq!(code(Denied, &tv(), 1), Some(Code::AccessDenied));
    assert_eq!(code(Denied, &tv(), 700), Some(Code::AccessDenied));
    for state in [Waiting, approved()] {
        assert_eq!(code(state.clone(), &tv(), 599), None);
        assert_eq!(code(state.clone(), &tv(), 600), Some(Code::ExpiredToken));
        assert_eq!(code(state, &tv(), -31), Some(Code::ExpiredToken), "the clock was set back");
    }
    let mcp = mcp();
    for (resource, good) in [(mcp.compare_key().clone(), true), ("https://other.test/mcp".to_owned(), false)]
    {
        let verdict = judge(&facts(&mcp, approved()), &tv(), &asked(Some(&resource)), (None, at(1)));
        assert_eq!(verdict.is_ok(), good);
    }
    let gone = DeviceState::Approved {
        person: alice(),
        scopes: scopes("read"),
        footing: crate::token::Footing { user: UserState::Disabled, consented: None },
    };
    assert_eq!(code(gone, &tv(), 1), Some(Code::InvalidGrant));
}

#[test]
fn dv_04_the_pace() {
    let mcp = mcp();
    let poll = |interval, before: Option<i64>, now| {
        let facts =
            DeviceFacts { interval: Duration::from_secs(interval), ..facts(&mcp, DeviceState::Waiting) };
        judge(&facts, &tv(), &asked(None), (before.map(at), at(now))).unwrap()
    };
    assert_eq!(poll(5, None, 1), Poll::Wait);
    assert_eq!(poll(5, Some(1), 6), Poll::Wait);
    assert_eq!(poll(5, Some(1), 5), Poll::Wait, "networks are not even");
    assert_eq!(poll(5, Some(1), 4), Poll::SlowDown);
    assert_eq!(poll(10, Some(1), 6), Poll::SlowDown);
    assert_eq!(poll(10, Some(1), 11), Poll::Wait);
    // An answer is never held back.
    let verdict = judge(&facts(&mcp, approved()), &tv(), &asked(None), (Some(at(1)), at(1))).unwrap();
    let Poll::Redeem(permit) = verdict else { panic!("redeemed") };
    assert_eq!((permit.scopes(), permit.client()), (&scopes("read"), &tv().id));
    let words = [Poll::Wait, Poll::SlowDown].map(|poll| poll.refusal().unwrap().code());
    assert_eq!(words, [Code::AuthorizationPending, Code::SlowDown]);
}
