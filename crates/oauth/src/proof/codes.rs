//! Redeeming codes.

use uuid::Uuid;

use super::{CHALLENGE, VERIFIER, alice, at, client, code_of, compat, conf1, mcp, pub1, scopes, standing_on};
use crate::client::{Client, Origin, Profile};
use crate::permit::UserState;
use crate::pkce::Challenge;
use crate::secret::{AuthCode, Token};
use crate::token::{
    AfterFailure, AfterReplay, CodeFacts, CodeRequest, CodeVerdict, TokenRequest, judge_client_credentials,
    judge_code,
};
use crate::{Code, Decision, Params, Resource};

const WRONG: &str = "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn facts<'a>(client: &Client, resource: &'a Resource) -> CodeFacts<'a> {
    CodeFacts {
        grant: Uuid::from_u128(7),
        client_id: client.id.clone(),
        person: alice(),
        resource,
        scopes: scopes("read write"),
        redirect_uri: "https://app.test/cb".to_owned(),
        challenge: Some(Challenge::parse(CHALLENGE, Some("S256")).unwrap()),
        nonce: None,
        created_at: at(0),
        expires_at: at(60),
        failures: 0,
        redeemed_at: None,
        burned_at: None,
        footing: standing_on("read write"),
    }
}

fn form(changes: &[(&str, &str)]) -> Decision<TokenRequest> {
    let code = Token::<AuthCode>::from_random([9; 32]).text().expose().clone();
    let mut all = vec![("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER)];
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    TokenRequest::parse(&Params::parse(body.as_bytes())?)
}

fn presented(changes: &[(&str, &str)]) -> CodeRequest {
    match form(changes) {
        Ok(TokenRequest::AuthorizationCode(asked)) => asked,
        Ok(_) => panic!("another grant"),
        Err(refusal) => panic!("{refusal}"),
    }
}

/// Presents the baseline with `changes` at `seconds`, to facts changed by `change`.
fn judged(
    change: impl FnOnce(&mut CodeFacts<'_>),
    changes: &[(&str, &str)],
    seconds: i64,
) -> Decision<CodeVerdict> {
    let resource = mcp();
    let mut facts = facts(&pub1(), &resource);
    change(&mut facts);
    judge_code(&facts, &pub1(), &presented(changes), at(seconds))
}

#[test]
fn a_good_code_becomes_a_permit() {
    let CodeVerdict::Redeem(permit) = judged(|_| {}, &[], 0).unwrap() else { panic!("refused") };
    assert_eq!((permit.scopes(), permit.person()), (&scopes("read write"), Some(&alice())));
    assert_eq!(permit.target().identifier, "https://mcp.test/mcp");
    assert!(permit.refreshable() && permit.offline());
    let same = [("redirect_uri", "https://app.test/cb"), ("resource", "HTTPS://MCP.TEST/mcp")];
    assert!(matches!(judged(|_| {}, &same, 59), Ok(CodeVerdict::Redeem(_))));
}

#[test]
fn pk_03_a_challenge_wants_its_verifier() {
    assert_eq!(code_of(judged(|_| {}, &[("code_verifier", "")], 0)), Some(Code::InvalidGrant));
}

#[test]
fn pk_04_a_verifier_wants_its_challenge() {
    let resource = mcp();
    let client = compat(conf1());
    let mut stored = facts(&client, &resource);
    stored.challenge = None;
    let with = judge_code(&stored, &client, &presented(&[]), at(0));
    assert_eq!(code_of(with), Some(Code::InvalidGrant));
    let without = judge_code(&stored, &client, &presented(&[("code_verifier", "")]), at(0));
    assert!(matches!(without, Ok(CodeVerdict::Redeem(_))));
}

#[test]
fn pk_05_the_third_wrong_verifier_burns_the_code() {
    assert_eq!(code_of(form(&[("code_verifier", "a")]).map(drop)), Some(Code::InvalidRequest));
    for (failures, after) in [(0, AfterFailure::Count), (1, AfterFailure::Count), (2, AfterFailure::Burn)] {
        let verdict = judged(|facts| facts.failures = failures, &[("code_verifier", WRONG)], 0).unwrap();
        assert_eq!(verdict, CodeVerdict::WrongVerifier(after));
        assert_eq!(verdict.refusal().unwrap().code(), Code::InvalidGrant);
    }
    let burned = judged(|facts| facts.burned_at = Some(at(1)), &[], 2).unwrap();
    assert_eq!(burned, CodeVerdict::Burned);
    assert_eq!(burned.refusal().unwrap().code(), Code::InvalidGrant);
}

#[test]
fn co_02_only_a_fully_valid_replay_revokes() {
    let redeemed = |facts: &mut CodeFacts<'_>| facts.redeemed_at = Some(at(10));
    let replay = judged(redeemed, &[], 15).unwrap();
    assert_eq!(replay, CodeVerdict::Replayed(AfterReplay::RevokeGrant));
    assert_eq!(replay.refusal().unwrap().code(), Code::InvalidGrant);
    assert_eq!(
        judged(redeemed, &[], 500).unwrap(),
        CodeVerdict::Replayed(AfterReplay::RevokeGrant),
        "expired too"
    );
    for wrong in [("code_verifier", WRONG), ("code_verifier", ""), ("redirect_uri", "https://other.test/cb")]
    {
        assert_eq!(
            code_of(judged(redeemed, &[wrong], 15)),
            Some(Code::InvalidGrant),
            "{wrong:?} revokes nothing"
        );
    }
    let resource = mcp();
    let mut stored = facts(&pub1(), &resource);
    redeemed(&mut stored);
    assert_eq!(code_of(judge_code(&stored, &conf1(), &presented(&[]), at(15))), Some(Code::InvalidGrant));
}

#[test]
fn co_03_a_double_submit_revokes_nothing() {
    let redeemed = |facts: &mut CodeFacts<'_>| facts.redeemed_at = Some(at(10));
    for (seconds, after) in [(10, AfterReplay::Keep), (12, AfterReplay::Keep), (13, AfterReplay::RevokeGrant)]
    {
        assert_eq!(judged(redeemed, &[], seconds).unwrap(), CodeVerdict::Replayed(after), "{seconds}");
    }
    let resource = mcp();
    let mut strict = pub1();
    strict.profile = Profile::Fapi2;
    let mut stored = facts(&strict, &resource);
    redeemed(&mut stored);
    let replay = judge_code(&stored, &strict, &presented(&[]), at(10)).unwrap();
    assert_eq!(replay, CodeVerdict::Replayed(AfterReplay::RevokeGrant), "no replay window in fapi2");
}

#[test]
fn co_04_another_client_burns_the_code() {
    let resource = mcp();
    let stored = facts(&pub1(), &resource);
    for thief in [conf1(), client("pub2", "https://app.test/cb", Origin::Dynamic)] {
        let verdict = judge_code(&stored, &thief, &presented(&[]), at(0)).unwrap();
        assert_eq!(verdict, CodeVerdict::WrongClient);
        assert_eq!(verdict.refusal().unwrap().code(), Code::InvalidGrant);
    }
}

#[test]
fn co_05_after_its_lifetime_a_code_is_expired_and_oxide_says_so() {
    assert!(matches!(judged(|_| {}, &[], 59), Ok(CodeVerdict::Redeem(_))));
    for seconds in [60, 61, 6_000_000] {
        assert_eq!(judged(|_| {}, &[], seconds).unwrap(), CodeVerdict::Expired);
    }
    // The judgement is by the request's clock: a code of the distant past is good at its time.
    let long_ago = |facts: &mut CodeFacts<'_>| {
        (facts.created_at, facts.expires_at) = (at(-1_700_000_060), at(-1_700_000_000));
    };
    assert!(matches!(judged(long_ago, &[], -1_700_000_001), Ok(CodeVerdict::Redeem(_))));
}

#[test]
fn cl_02_a_clock_set_back_does_not_revive_a_code() {
    // Replicas' clocks may differ a little (CL-01).
    assert!(matches!(judged(|_| {}, &[], -30), Ok(CodeVerdict::Redeem(_))));
    for seconds_back in [31, 3_600] {
        assert_eq!(judged(|_| {}, &[], -seconds_back).unwrap(), CodeVerdict::Expired);
    }
}

#[test]
fn co_08_only_codes_are_codes() {
    let other = crate::refresh::RefreshToken::derive(&[1; 32], b"salt", Uuid::from_u128(7), 1).text();
    for bad in [other.expose().as_str(), "gw_ac_x", "abc"] {
        assert_eq!(code_of(form(&[("code", bad)]).map(drop)), Some(Code::InvalidGrant), "{bad}");
    }
}

#[test]
fn co_09_a_code_dies_with_what_it_stands_on() {
    let disabled = judged(|facts| facts.footing.user = UserState::Disabled, &[], 0);
    assert_eq!(code_of(disabled), Some(Code::InvalidGrant));
    assert_eq!(code_of(judged(|facts| facts.footing.consented = None, &[], 0)), Some(Code::InvalidGrant));
    let less = judged(|facts| facts.footing = standing_on("read"), &[], 0);
    assert_eq!(code_of(less), Some(Code::InvalidGrant));
    let resource = mcp();
    let mut client = pub1();
    client.disabled_at = Some(at(-1));
    let stored = facts(&client, &resource);
    assert_eq!(code_of(judge_code(&stored, &client, &presented(&[]), at(0))), Some(Code::InvalidGrant));
}

#[test]
fn ru_12_the_redirect_uri_is_the_stored_one_or_absent() {
    for other in ["https://other.test/cb", "https://app.test/cb/", "https://APP.test/cb", "not a uri"] {
        assert_eq!(
            code_of(judged(|_| {}, &[("redirect_uri", other)], 0)),
            Some(Code::InvalidGrant),
            "{other}"
        );
    }
    for odd in
        ["http://127.0.0.1:4711/cb", "com.example.app:/cb", "cursor://anysphere.cursor-mcp/oauth/callback"]
    {
        let verdict = judged(|facts| odd.clone_into(&mut facts.redirect_uri), &[("redirect_uri", odd)], 0);
        assert!(matches!(verdict, Ok(CodeVerdict::Redeem(_))), "{odd}");
    }
}

#[test]
fn rt_08_the_resource_is_the_one_that_was_approved() {
    let other = judged(|_| {}, &[("resource", "https://two.test/")], 0);
    assert_eq!(code_of(other), Some(Code::InvalidTarget));
    let body = "grant_type=client_credentials&resource=https://a.test&resource=https://b.test";
    assert_eq!(
        code_of(TokenRequest::parse(&Params::parse(body.as_bytes()).unwrap()).map(drop)),
        Some(Code::InvalidTarget)
    );
}

#[test]
fn the_grants_that_exist() {
    let parse = |body: &str| TokenRequest::parse(&Params::parse(body.as_bytes()).unwrap()).map(drop);
    for other in ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "Authorization_Code"]
    {
        assert_eq!(
            code_of(parse(&format!("grant_type={other}"))),
            Some(Code::UnsupportedGrantType),
            "{other}"
        );
    }
    for bad in ["", "grant_type=", "grant_type=authorization_code", "grant_type=refresh_token"] {
        assert_eq!(code_of(parse(bad)), Some(Code::InvalidRequest), "{bad}");
    }
    assert_eq!(code_of(parse("grant_type=refresh_token&refresh_token=abc")), Some(Code::InvalidGrant));
    assert_eq!(code_of(parse("grant_type=client_credentials&scope=a&scope=b")), Some(Code::InvalidRequest));
    assert!(parse("grant_type=client_credentials&scope=read").is_ok());
}

fn own(client: &Client, scope: &str) -> Decision<String> {
    let body = format!("grant_type=client_credentials&scope={scope}");
    match TokenRequest::parse(&Params::parse(body.as_bytes()).unwrap()).unwrap() {
        TokenRequest::ClientCredentials(asked) => {
            judge_client_credentials(client, &mcp(), &asked).map(|permit| {
                assert!(permit.person().is_none() && !permit.refreshable() && !permit.offline());
                permit.scopes().to_string()
            })
        }
        TokenRequest::AuthorizationCode(_) | TokenRequest::RefreshToken(_) | TokenRequest::DeviceCode(_) => {
            panic!("another grant")
        }
    }
}

#[test]
fn ca_04_a_public_client_cannot_speak_for_itself_and_oxide_says_so() {
    let mut public = pub1();
    assert_eq!(code_of(own(&public, "read")), Some(Code::UnauthorizedClient));
    public.metadata.grant_types.insert(crate::GrantType::ClientCredentials);
    let refusal = own(&public, "read").unwrap_err();
    // Not even when it registered the grant. The gate would say so too; these are the words of the machine.
    assert_eq!(refusal.code(), Code::UnauthorizedClient);
    assert_eq!(
        refusal.description(),
        "client_credentials is for clients with a secret that registered this grant type"
    );
    let mut unregistered = conf1();
    unregistered.metadata.grant_types.remove(&crate::GrantType::ClientCredentials);
    assert_eq!(code_of(own(&unregistered, "read")), Some(Code::UnauthorizedClient));
}

#[test]
fn az_07_a_client_s_own_scopes_are_the_allow_list_or_the_defaults() {
    assert_eq!(own(&conf1(), "").unwrap(), "read");
    assert_eq!(
        own(&conf1(), "read write openid").unwrap(),
        "read",
        "without an allow list no more than the defaults"
    );
    assert_eq!(code_of(own(&conf1(), "admin")), Some(Code::InvalidScope));
    let mut trusted = conf1();
    trusted.metadata.scope = Some(scopes("read write"));
    assert_eq!(own(&trusted, "read write admin").unwrap(), "read write");
    assert_eq!(code_of(own(&compat(trusted), "read write admin")), Some(Code::InvalidScope));
    let mut disabled = conf1();
    disabled.disabled_at = Some(at(0));
    assert!(own(&disabled, "read").is_err());
}
