//! Stages 1 and 2 of the authorization request.

use super::{CHALLENGE, ask, ask_raw, at, code_of, compat, conf1, mcp, nat1, pub1, query, resource, scopes};
use crate::authorize::{self, AuthorizeRequest, Prompt, ResponseMode};
use crate::checks::{self, Endpoint};
use crate::{Code, Params};

fn params(raw: &str) -> Params {
    Params::parse_flawed(raw.as_bytes()).unwrap()
}

#[test]
fn a_plain_request_passes_and_survives_the_seal() {
    let request = ask(&pub1(), &[("scope", "read write"), ("nonce", "n"), ("max_age", "60")]).unwrap();
    assert_eq!(request.scopes, scopes("read write"));
    assert_eq!(request.challenge.unwrap().text(), CHALLENGE);
    assert_eq!((request.nonce.as_deref(), request.max_age, request.started), (Some("n"), Some(60), at(0)));
    assert_eq!(request.resource, mcp().id);
    let sealed = serde_json::to_string(&request).unwrap();
    let opened: AuthorizeRequest = serde_json::from_str(&sealed).unwrap();
    assert_eq!(opened, request);
    let channel = opened.channel(&pub1()).unwrap();
    assert_eq!((channel.redirect.as_str(), channel.state.as_deref()), ("https://app.test/cb", Some("xyz")));
}

#[test]
fn az_01_the_client_id_is_needed_once_and_before_anything_else() {
    for raw in [
        "",
        "client_id=",
        "client_id=a&client_id=b",
        "client_id=a%00",
        "Client_Id=pub1",
        "client%255Fid=pub1",
    ] {
        assert!(authorize::client_id(&params(raw)).is_err(), "{raw}");
    }
    assert_eq!(authorize::client_id(&params("client_id=pub1")).unwrap(), pub1().id);
    assert_ne!(authorize::client_id(&params("client_id=pub1;client_id=x")).ok(), Some(pub1().id));
}

#[test]
fn az_02_only_code_is_a_response_type_and_oxide_says_so() {
    for other in
        ["token", "id_token", "id_token token", "code token", "code id_token", "none", "Code", "code "]
    {
        let refused = ask(&pub1(), &[("response_type", other)]);
        assert_eq!(code_of(refused), Some(Code::UnsupportedResponseType), "{other}");
    }
}

#[test]
fn az_03_a_missing_response_type_is_invalid_request() {
    assert_eq!(code_of(ask(&pub1(), &[("response_type", "")])), Some(Code::InvalidRequest));
}

#[test]
fn az_04_parameters_that_appear_twice() {
    let base = query(&pub1(), &[]);
    for doubled in [
        "scope=read&scope=write",
        "state=abc",
        "nonce=a&nonce=b",
        "prompt=login&prompt=login",
        "max_age=&max_age=",
    ] {
        assert_eq!(
            code_of(ask_raw(&pub1(), &format!("{base}&{doubled}"))),
            Some(Code::InvalidRequest),
            "{doubled}"
        );
    }
    let twice = params(&format!("{base}&redirect_uri=https://app.test/cb"));
    assert!(
        authorize::channel(&twice, &pub1()).is_err(),
        "no redirect is proven, so the refusal is for a page"
    );
    let state = authorize::channel(&params(&format!("{base}&state=abc")), &pub1()).unwrap();
    assert_eq!(state.state, None);
    let resources =
        format!("{base}&resource=https://mcp.test/mcp&resource=https://mcp.test/mcp&unknown=1&unknown=2");
    assert!(ask_raw(&pub1(), &resources).is_ok());
}

#[test]
fn az_05_malformed_parameters_are_refused_through_the_channel() {
    let base = query(&pub1(), &[("state", "")]);
    for bad in ["state=%00", "scope=%C0%AF", "nonce=%zz", "unknown=%0a"] {
        assert_eq!(code_of(ask_raw(&pub1(), &format!("{base}&{bad}"))), Some(Code::InvalidRequest), "{bad}");
    }
}

#[test]
fn az_06_empty_is_absent() {
    for name in ["code_challenge", "code_challenge_method", "response_type"] {
        let raw = format!("{}&{name}=", query(&pub1(), &[(name, "")]));
        assert_eq!(code_of(ask_raw(&pub1(), &raw)), Some(Code::InvalidRequest), "{name}");
    }
}

#[test]
fn az_08_only_registered_resources_by_their_normal_form() {
    let registered = [mcp(), resource(2, "https://two.test/")];
    let target = |raw: &str| {
        let keys = authorize::resource_keys(&params(raw))?;
        authorize::target(&keys, &pub1(), &registered).map(|found| found.identifier.clone())
    };
    assert_eq!(target("resource=HTTPS://MCP.test:443/mcp").unwrap(), "https://mcp.test/mcp");
    assert_eq!(target("resource=https://two.test").unwrap(), "https://two.test/");
    for bad in [
        "resource=https://evil.test",
        "resource=https://mcp.test/mcp%23x",
        "resource=https://mcp.test/mcp/",
        "resource=https://mcp.test/MCP",
        "resource=mcp",
        "resource=https://mcp.test/mcp&resource=https://two.test",
    ] {
        assert_eq!(code_of(target(bad)), Some(Code::InvalidTarget), "{bad}");
    }
    let nine: Vec<_> = (0..9).map(|n| format!("resource=https://r{n}.test/")).collect();
    assert_eq!(code_of(authorize::resource_keys(&params(&nine.join("&")))), Some(Code::InvalidTarget));
    assert_eq!(authorize::resource_keys(&params(&nine[..8].join("&"))).unwrap().len(), 8);
}

#[test]
fn az_08_without_a_resource_the_client_s_default_wins_over_the_server_s() {
    let mut server_default = mcp();
    server_default.is_default = true;
    let other = resource(2, "https://two.test/");
    let mut client = pub1();
    let both = [server_default.clone(), other.clone()];
    assert_eq!(authorize::target(&[], &client, &both).unwrap().id, server_default.id);
    client.default_resource = Some(other.id);
    assert_eq!(authorize::target(&[], &client, &both).unwrap().id, other.id);
    let none = authorize::target(&[], &pub1(), &[other]).unwrap_err();
    assert_eq!(none.code(), Code::InvalidTarget);
    assert!(none.description().contains("default resource"), "it says how to configure one");
    server_default.disabled_at = Some(at(0));
    assert_eq!(code_of(authorize::target(&[], &pub1(), &[server_default])), Some(Code::InvalidTarget));
}

#[test]
fn az_15_query_and_form_post_are_all_the_response_modes() {
    let mode = |mode: &str| ask(&pub1(), &[("response_mode", mode)]);
    assert!(mode("query").is_ok());
    let posted = mode("form_post").unwrap();
    assert_eq!(posted.channel(&pub1()).unwrap().mode, ResponseMode::FormPost);
    for bad in ["fragment", "web_message", "query.jwt", "FORM_POST"] {
        assert_eq!(code_of(mode(bad)), Some(Code::InvalidRequest), "{bad}");
        let raw = query(&pub1(), &[("response_mode", bad)]);
        assert_eq!(authorize::channel(&params(&raw), &pub1()).unwrap().mode, ResponseMode::Query);
    }
}

#[test]
fn az_18_state_of_2048_bytes_is_echoed_and_2049_are_refused_without_it() {
    let channel =
        |state: &str| authorize::channel(&params(&query(&pub1(), &[("state", state)])), &pub1()).unwrap();
    let fits = "é~\"<>+ &".repeat(300).chars().take(1000).collect::<String>();
    assert_eq!(channel(&fits).state.as_deref(), Some(fits.as_str()));
    let most = "s".repeat(2048);
    assert_eq!(channel(&most).state.as_deref(), Some(most.as_str()));
    assert!(ask(&pub1(), &[("state", &most)]).is_ok());
    let more = "s".repeat(2049);
    assert_eq!(channel(&more).state, None);
    assert_eq!(code_of(ask(&pub1(), &[("state", &more)])), Some(Code::InvalidRequest));
}

#[test]
fn az_19_hints_are_bounded() {
    assert_eq!(ask(&pub1(), &[("login_hint", "alice")]).unwrap().login_hint.as_deref(), Some("alice"));
    for name in ["login_hint", "acr_values", "ui_locales"] {
        assert_eq!(code_of(ask(&pub1(), &[(name, &"x".repeat(257))])), Some(Code::InvalidRequest), "{name}");
    }
    assert_eq!(code_of(ask(&pub1(), &[("nonce", &"x".repeat(513))])), Some(Code::InvalidRequest));
}

#[test]
fn az_20_max_age_is_a_plain_number() {
    for bad in ["-1", "+1", "1.5", "x", "99999999999", " 1"] {
        assert_eq!(code_of(ask(&pub1(), &[("max_age", bad)])), Some(Code::InvalidRequest), "{bad}");
    }
    assert_eq!(ask(&pub1(), &[("max_age", "0")]).unwrap().max_age, Some(0));
}

#[test]
fn az_21_json_is_bounded_and_unknown_details_are_refused() {
    let details = |json: &str| code_of(ask(&pub1(), &[("authorization_details", json)]));
    assert_eq!(details(r#"[{"type":"x"}]"#), Some(Code::InvalidAuthorizationDetails));
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(details(&deep(8)), Some(Code::InvalidAuthorizationDetails));
    assert_eq!(details(&deep(9)), Some(Code::InvalidRequest));
    let many = |members: usize| format!("[{}]", vec!["1"; members].join(","));
    assert_eq!(details(&many(64)), Some(Code::InvalidAuthorizationDetails));
    assert_eq!(details(&many(65)), Some(Code::InvalidRequest));
    for bad in ["{", r#"{"a":1,"a":2}"#, &format!("\"{}\"", "x".repeat(8 * 1024))] {
        assert_eq!(details(bad), Some(Code::InvalidRequest));
        assert_eq!(code_of(ask(&pub1(), &[("claims", bad)])), Some(Code::InvalidRequest));
    }
    assert!(ask(&pub1(), &[("claims", r#"{"id_token":{"acr":null}}"#)]).is_ok(), "claims are ignored");
}

#[test]
fn az_22_a_sealed_request_is_proven_again() {
    let request = ask(&pub1(), &[]).unwrap();
    let mut moved = pub1();
    moved.metadata.redirect_uris = nat1().metadata.redirect_uris;
    assert!(request.channel(&moved).is_err(), "the redirect URI was removed meanwhile");
    assert!(request.channel(&nat1()).is_err(), "another client");
}

#[test]
fn ru_11_an_omitted_redirect_uri_needs_exactly_one_and_no_openid() {
    let channel = |client: &crate::Client, raw: &str| {
        authorize::channel(&params(raw), client).map(|channel| channel.redirect)
    };
    let bare = query(&pub1(), &[("redirect_uri", "")]);
    assert_eq!(channel(&pub1(), &bare).unwrap().as_str(), "https://app.test/cb");
    assert!(channel(&pub1(), &format!("{bare}&scope=read+openid")).is_err());
    assert!(channel(&compat(pub1()), &bare).is_err());
    let mut two = pub1();
    two.metadata.redirect_uris.extend(nat1().metadata.redirect_uris);
    assert!(channel(&two, &bare).is_err());
}

#[test]
fn pk_01_a_challenge_is_required() {
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(code_of(ask(&pub1(), &none)), Some(Code::InvalidRequest));
    assert_eq!(code_of(ask(&conf1(), &none)), Some(Code::InvalidRequest), "of confidential clients too");
    assert_eq!(code_of(ask(&compat(pub1()), &none)), Some(Code::InvalidRequest), "of public ones always");
    assert_eq!(ask(&compat(conf1()), &none).unwrap().challenge, None);
    assert_eq!(ask(&compat(conf1()), &[]).unwrap().challenge.unwrap().text(), CHALLENGE);
    assert_eq!(code_of(ask(&compat(conf1()), &[("code_challenge", "")])), Some(Code::InvalidRequest));
}

#[test]
fn pk_02_plain_and_no_method_are_refused() {
    for client in [pub1(), compat(conf1())] {
        for method in ["plain", "", "s256", "S512"] {
            let refused = ask(&client, &[("code_challenge_method", method)]);
            assert_eq!(code_of(refused), Some(Code::InvalidRequest), "{method}");
        }
    }
}

#[test]
fn pk_07_challenges_are_exactly_43_characters_of_base64url() {
    for bad in [format!("{CHALLENGE}="), CHALLENGE.replace('-', "+"), CHALLENGE[..42].to_owned()] {
        assert_eq!(code_of(ask(&pub1(), &[("code_challenge", &bad)])), Some(Code::InvalidRequest), "{bad}");
    }
}

#[test]
fn request_objects_and_registration_on_the_fly_are_not_supported() {
    let refused = |name: &str| code_of(ask(&pub1(), &[(name, "x")]));
    assert_eq!(refused("request"), Some(Code::RequestNotSupported));
    assert_eq!(refused("request_uri"), Some(Code::RequestUriNotSupported));
    assert_eq!(refused("registration"), Some(Code::RegistrationNotSupported));
}

#[test]
fn prompts_are_known_and_none_stands_alone() {
    let prompt = |text: &str| ask(&pub1(), &[("prompt", text)]);
    let both = prompt("login consent").unwrap().prompt;
    assert!(both.has(Prompt::Login) && both.has(Prompt::Consent) && !both.has(Prompt::None));
    assert!(prompt("none").is_ok() && prompt("select_account").is_ok());
    for bad in ["create", "NONE", "none login", "login none", "none consent"] {
        assert_eq!(code_of(prompt(bad)), Some(Code::InvalidRequest), "{bad}");
    }
}

#[test]
fn the_code_grant_must_be_registered() {
    let mut client = conf1();
    client.metadata.grant_types.remove(&crate::GrantType::AuthorizationCode);
    assert_eq!(code_of(ask(&client, &[])), Some(Code::UnauthorizedClient));
}

#[test]
fn the_order_of_the_checks_is_a_contract() {
    let order: Vec<_> = checks::order(Endpoint::Authorize).collect();
    assert_eq!(order.len(), 16);
    assert!(order[0].contains("AZ-05") && order[1].contains("AZ-04") && order[2].contains("AZ-18"));
    assert_eq!(checks::order(Endpoint::Revoke).count(), 2);
    // A request with two faults hears about the first row's.
    let both = ask(&pub1(), &[("request", "x"), ("code_challenge", "")]);
    assert_eq!(code_of(both), Some(Code::RequestNotSupported));
}
