//! oxide-auth's machines refuse by themselves, whatever was checked before them.

use super::{CHALLENGE, VERIFIER, at, code_of, conf1, mcp, nat1, pub1, query, scopes};
use crate::pkce::Challenge;
use crate::question::{Asking, Bearing, Proof, Redeeming, Refreshing, Speaking, Stopped};
use crate::{Client, Code, Decision, Params, Scopes, narrow, oxide};

fn authorize(client: &Client, raw: &str, proof: Proof) -> Decision<crate::question::Asked> {
    let params = Params::parse(raw.as_bytes())?;
    let redirect = client.match_redirect(None)?;
    let asking = Asking { params: &params, client, redirect: &redirect, proof };
    oxide::authorize(&asking, |requested| narrow::asked(requested, client, &mcp()))
}

#[test]
fn the_authorization_machine_refuses() {
    let client = pub1();
    let run = |changes: &[(&str, &str)]| authorize(&client, &query(&client, changes), Proof::Required);
    let passed = run(&[("scope", "read x")]).unwrap();
    assert_eq!(
        (passed.scopes.to_string().as_str(), passed.challenge.unwrap().text().as_str()),
        ("read", CHALLENGE)
    );
    for (change, code) in [
        (("response_type", "token"), Code::UnsupportedResponseType),
        (("response_type", ""), Code::UnsupportedResponseType),
        (("scope", "a\"b"), Code::InvalidScope),
        (("scope", "x"), Code::InvalidScope),
        (("client_id", "conf1"), Code::InvalidRequest),
        (("client_id", ""), Code::InvalidRequest),
        (("redirect_uri", "https://app.test/other"), Code::InvalidRedirectUri),
        (("redirect_uri", "not a uri"), Code::InvalidRequest),
        (("code_challenge", ""), Code::InvalidRequest),
        (("code_challenge_method", "plain"), Code::InvalidRequest),
        (("code_challenge_method", ""), Code::InvalidRequest),
    ] {
        assert_eq!(code_of(run(&[change])), Some(code), "{change:?}");
    }
    let without = query(&client, &[("code_challenge", ""), ("code_challenge_method", "")]);
    assert!(authorize(&client, &without, Proof::Optional).unwrap().challenge.is_none());
}

#[test]
fn the_authorization_machine_binds_the_redirect_that_was_proven() {
    let client = nat1();
    let other_port = query(&client, &[("redirect_uri", "http://127.0.0.1:9999/cb")]);
    // Registered as well, but not the one the channel was opened to.
    assert_eq!(code_of(authorize(&client, &other_port, Proof::Required)), Some(Code::InvalidRequest));
}

struct Good {
    scopes: Scopes,
    challenge: Challenge,
}

impl Good {
    fn new() -> Self {
        Self { scopes: scopes("write read"), challenge: Challenge::parse(CHALLENGE, Some("S256")).unwrap() }
    }
    fn redeeming(&self) -> Redeeming<'_> {
        Redeeming {
            client: "pub1",
            redirect_uri: "https://app.test/cb",
            verifier: Some(VERIFIER),
            issued_to: "pub1",
            issued_for: "https://app.test/cb",
            scopes: &self.scopes,
            challenge: Some(&self.challenge),
            until: at(60),
        }
    }
}

#[test]
fn the_code_machine_refuses() {
    let good = Good::new();
    assert_eq!(oxide::redeem(&good.redeeming(), at(0)).unwrap(), good.scopes);
    let run = |change: fn(&mut Redeeming<'_>), seconds| {
        let mut asking = good.redeeming();
        change(&mut asking);
        oxide::redeem(&asking, at(seconds)).unwrap_err()
    };
    assert_eq!(run(|_| {}, 60), Stopped::Grant, "expired");
    assert_eq!(run(|asking| asking.client = "conf1", 0), Stopped::Grant, "another client");
    assert_eq!(run(|asking| asking.redirect_uri = "https://app.test/x", 0), Stopped::Grant);
    assert_eq!(run(|asking| asking.verifier = None, 0), Stopped::Verifier);
    assert_eq!(run(|asking| asking.verifier = Some(CHALLENGE), 0), Stopped::Verifier, "plain");
    assert_eq!(run(|asking| asking.redirect_uri = "nowhere", 0), Stopped::Facts);
}

#[test]
fn the_refresh_machine_refuses() {
    let granted = scopes("read write");
    let (less, more) = (scopes("read"), scopes("read admin"));
    let run = |client: &str, scopes: Option<&Scopes>, seconds| {
        let asking = Refreshing { client, issued_to: "pub1", granted: &granted, scopes, until: at(60) };
        oxide::refresh(&asking, at(seconds))
    };
    assert_eq!(run("pub1", None, 0).unwrap(), granted);
    assert_eq!(run("pub1", Some(&less), 59).unwrap(), less);
    assert_eq!(code_of(run("pub1", Some(&more), 0)), Some(Code::InvalidScope));
    assert_eq!(code_of(run("conf1", None, 0)), Some(Code::InvalidGrant));
    assert_eq!(code_of(run("pub1", None, 60)), Some(Code::InvalidGrant));
}

#[test]
fn the_client_credentials_machine_refuses() {
    let wanted = scopes("read admin");
    let run = |client: &Client| {
        oxide::client_credentials(&Speaking { client, scopes: &wanted }, |requested| {
            Ok(requested.intersect(&scopes("read write")))
        })
    };
    assert_eq!(run(&conf1()).unwrap(), scopes("read"), "what was negotiated, not what was asked");
    assert_eq!(code_of(run(&pub1())), Some(Code::UnauthorizedClient), "nothing to authenticate with");
}

#[test]
fn the_resource_machine_refuses() {
    let has = scopes("openid read");
    let run = |needed: &str, seconds| {
        oxide::bearer(&Bearing { client: "pub1", scopes: &has, until: at(60) }, &scopes(needed), at(seconds))
    };
    assert!(run("openid", 0).is_ok() && run("", 59).is_ok());
    assert_eq!(code_of(run("write", 0)), Some(Code::InsufficientScope));
    assert_eq!(code_of(run("openid write", 0)), Some(Code::InsufficientScope));
    assert_eq!(code_of(run("openid", 60)), Some(Code::InvalidToken));
}
