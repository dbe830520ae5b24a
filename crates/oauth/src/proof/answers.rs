//! What we say: tokens, introspection, revocation, discovery.

use gatewright_jose::{Algorithm, Claims, NumericDate};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{alice, at, code_of, conf1, mcp, pub1, scopes};
use crate::bearer::{self, Liveness};
use crate::claims::{About, AccessClaims, IdClaims, Minted, Minting, UserInfo, at_hash, mint};
use crate::introspect::{self, Found, IntrospectRequest, Introspection, RefreshFound};
use crate::metadata::{Metadata, issuer_path, well_known_paths};
use crate::permit::{Basis, GateFacts, UserState, Way, gate};
use crate::refresh::RefreshToken;
use crate::revoke::{Belongs, Effect, Presented, RevokeRequest, effect};
use crate::scope::Scopes;
use crate::token::{TokenResponse, TokenType};
use crate::{Client, Code, Params};

const ISSUER: &str = "https://as.test";

fn about() -> About {
    About {
        name: Some("Alice".to_owned()),
        preferred_username: Some(String::new()),
        email: Some("alice@mail.test".to_owned()),
        email_verified: Some(false),
    }
}

fn minted(client: &Client, scope: &str, basis: Basis) -> Minted {
    let permit = gate(GateFacts { client, resource: &mcp(), scopes: scopes(scope), basis }).unwrap();
    let grant = permit.person().map(|_| Uuid::from_u128(7));
    let minting = Minting {
        issuer: ISSUER,
        jti: "j1".to_owned(),
        grant,
        nonce: Some("n".to_owned()),
        about: &about(),
        now: at(0),
    };
    mint(permit, minting)
}

fn for_alice(scope: &str) -> Minted {
    let state = UserState::Enabled;
    minted(
        &pub1(),
        scope,
        Basis::Person { person: alice(), state, consented: Some(scopes(scope)), by: Way::Code },
    )
}

#[test]
fn access_tokens_follow_rfc_9068() {
    let minted = for_alice("read");
    assert_eq!(
        serde_json::to_value(&minted.access).unwrap(),
        json!({
            "iss": ISSUER, "sub": alice().user.to_string(), "aud": "https://mcp.test/mcp", "client_id": "pub1",
            "scope": "read", "jti": "j1", "iat": 1_800_000_000, "exp": 1_800_000_900, "auth_time": 1_799_999_900,
            "acr": "urn:gatewright:acr:1fa", "amr": ["pwd"], "gid": Uuid::from_u128(7).to_string(),
        })
    );
    assert!(minted.id.is_none(), "openid was not granted");
    let parsed: AccessClaims = serde_json::from_value(serde_json::to_value(&minted.access).unwrap()).unwrap();
    assert_eq!(parsed, minted.access);
    assert_eq!((parsed.issuer(), parsed.expires_at().unix() - minted.lifetime), (ISSUER, 1_800_000_000));
    let own = minted_own();
    assert_eq!(
        serde_json::to_value(&own.access).unwrap(),
        json!({
            "iss": ISSUER, "sub": "conf1", "aud": "https://mcp.test/mcp", "client_id": "conf1", "scope": "read",
            "jti": "j1", "iat": 1_800_000_000, "exp": 1_800_000_900,
        })
    );
}

fn minted_own() -> Minted {
    minted(&conf1(), "read", Basis::Itself)
}

#[test]
fn id_tokens_follow_openid_connect() {
    let id = for_alice("openid email").id.unwrap().beside(Algorithm::Rs256, "token");
    let json = serde_json::to_value(&id).unwrap();
    assert_eq!(
        json,
        json!({
            "iss": ISSUER, "sub": alice().user.to_string(), "aud": "pub1", "iat": 1_800_000_000, "exp": 1_800_000_900,
            "auth_time": 1_799_999_900, "nonce": "n", "at_hash": at_hash(Algorithm::Rs256, "token"),
            "sid": alice().session.to_string(), "acr": "urn:gatewright:acr:1fa", "amr": ["pwd"], "email": "alice@mail.test", "email_verified": false,
        })
    );
    assert_eq!(serde_json::from_value::<IdClaims>(json).unwrap(), id);
    assert!(minted(&conf1(), "read", Basis::Itself).id.is_none());
}

#[test]
fn at_hash_is_the_example_of_openid_connect_core() {
    // OIDC Core appendix A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(at_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(at_hash(Algorithm::Es256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(at_hash(Algorithm::EdDsa, token).len(), 43);
}

#[test]
fn claims_about_the_person_follow_the_scopes() {
    let with = |text: &str| {
        serde_json::to_value(UserInfo { sub: "s".to_owned(), about: about().released(&scopes(text)) })
    };
    assert_eq!(with("openid").unwrap(), json!({ "sub": "s" }));
    assert_eq!(with("openid profile").unwrap(), json!({ "sub": "s", "name": "Alice" }), "no empty strings");
    assert_eq!(
        with("email").unwrap(),
        json!({ "sub": "s", "email": "alice@mail.test", "email_verified": false })
    );
}

#[test]
fn a_token_response_has_no_null_and_no_empty_member() {
    let response = |scope: &str| TokenResponse {
        access_token: "at".to_owned(),
        token_type: TokenType::Bearer,
        expires_in: 900,
        refresh_token: None,
        scope: scopes(scope),
        id_token: None,
    };
    let json = |scope| serde_json::to_string(&response(scope)).unwrap();
    assert_eq!(
        json("read"),
        r#"{"access_token":"at","token_type":"Bearer","expires_in":900,"scope":"read"}"#
    );
    assert_eq!(json(""), r#"{"access_token":"at","token_type":"Bearer","expires_in":900}"#);
}

fn introspected(caller: &Client, liveness: Liveness) -> Introspection {
    let claims = for_alice("read").access;
    introspect::judge(caller, Found::Access { claims: &claims, resource: Some(mcp().id) }, liveness)
}

#[test]
fn in_01_only_the_audience_and_the_holder_learn_anything() {
    let mut server = conf1();
    server.speaks_for = Some(mcp().id);
    for caller in [&server, &pub1()] {
        let answer = serde_json::to_value(introspected(caller, Liveness::Live)).unwrap();
        assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &json!(alice().user.to_string())));
        assert_eq!(
            (&answer["token_type"], &answer["aud"]),
            (&json!("Bearer"), &json!("https://mcp.test/mcp"))
        );
        assert_eq!(answer["exp"], json!(1_800_000_900));
    }
    let mut other = conf1();
    other.speaks_for = Some(Uuid::from_u128(99));
    for caller in [&other, &conf1()] {
        let answer = introspected(caller, Liveness::Live);
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"active":false}"#);
    }
    let claims = for_alice("read").access;
    let orphan =
        introspect::judge(&conf1(), Found::Access { claims: &claims, resource: None }, Liveness::Live);
    assert!(!orphan.is_active(), "a caller that speaks for nothing is not the audience of an unknown one");
}

#[test]
fn in_01_a_refresh_token_is_its_client_s_business_only() {
    let found = RefreshFound {
        client_id: conf1().id,
        sub: "s".to_owned(),
        iss: ISSUER.to_owned(),
        scope: scopes("read"),
        iat: NumericDate::from_unix(1),
        exp: NumericDate::from_unix(2),
    };
    let mut server = pub1();
    server.speaks_for = Some(mcp().id);
    assert!(!introspect::judge(&server, Found::Refresh(&found), Liveness::Live).is_active());
    let own = introspect::judge(&conf1(), Found::Refresh(&found), Liveness::Live);
    let json = json!({ "active": true, "client_id": "conf1", "scope": "read", "sub": "s", "iss": ISSUER, "iat": 1, "exp": 2 });
    assert_eq!(serde_json::to_value(own).unwrap(), json);
    assert!(!introspect::judge(&conf1(), Found::Refresh(&found), Liveness::Ended).is_active());
}

#[test]
fn in_02_public_clients_cannot_introspect() {
    assert_eq!(code_of(introspect::caller(&pub1())), Some(Code::InvalidClient));
    assert!(introspect::caller(&conf1()).is_ok());
}

#[test]
fn in_04_an_ended_token_is_inactive_for_everyone() {
    assert_eq!(introspected(&pub1(), Liveness::Ended), Introspection::inactive());
}

#[test]
fn rv_01_a_client_revokes_only_its_own() {
    assert_eq!(effect(&pub1().id, &conf1().id, Belongs::ToGrant), Effect::Nothing);
    assert_eq!(effect(&pub1().id, &conf1().id, Belongs::ToClient), Effect::Nothing);
}

#[test]
fn rv_03_revoking_any_token_of_a_grant_ends_the_grant() {
    assert_eq!(effect(&pub1().id, &pub1().id, Belongs::ToGrant), Effect::EndGrant);
    assert_eq!(effect(&conf1().id, &conf1().id, Belongs::ToClient), Effect::EndToken);
}

#[test]
fn rv_05_the_kind_is_told_by_the_shape_and_the_hint_is_nothing() {
    let refresh = RefreshToken::derive(&[1; 32], b"salt", Uuid::from_u128(7), 3).text();
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let body = format!("token={}&token_type_hint={hint}", refresh.expose());
        let params = Params::parse(body.as_bytes()).unwrap();
        assert!(matches!(RevokeRequest::parse(&params).unwrap().token, Presented::Refresh(_)));
        assert!(matches!(IntrospectRequest::parse(&params).unwrap().token, Presented::Refresh(_)));
    }
    assert!(matches!(Presented::of("eyJh.eyJh.c2ln"), Presented::Access(_)));
    let long = format!("a.b.{}", "c".repeat(gatewright_jose::MAX_TOKEN));
    for odd in ["", "a", "a.b", "a..c", "a.b.c.d", "a.b.c=", "a.b.\u{e9}", &long] {
        assert!(matches!(Presented::of(odd), Presented::Unknown), "{odd}");
    }
    let twice = Params::parse(b"token=a&token=b").unwrap();
    assert_eq!(code_of(RevokeRequest::parse(&twice).map(drop)), Some(Code::InvalidRequest));
    assert_eq!(code_of(IntrospectRequest::parse(&Params::default()).map(drop)), Some(Code::InvalidRequest));
}

#[test]
fn bearer_tokens_are_admitted_by_time_standing_and_scope() {
    assert_eq!(bearer::token(Some("bearer abc.def-_~+/=")).unwrap(), Some("abc.def-_~+/="));
    for none in [None, Some("Basic abc"), Some("Bearer")] {
        assert_eq!(bearer::token(none).unwrap(), None);
    }
    for bad in ["Bearer ", "Bearer a b", "Bearer  a", "Bearer é"] {
        assert_eq!(code_of(bearer::token(Some(bad))), Some(Code::InvalidRequest), "{bad}");
    }
    let claims = for_alice("openid read").access;
    let admit = |liveness, needed: &str, seconds| {
        code_of(bearer::admit(&claims, liveness, &scopes(needed), at(seconds)))
    };
    assert_eq!(admit(Liveness::Live, "openid", 899), None);
    assert_eq!(admit(Liveness::Live, "openid", 900), Some(Code::InvalidToken));
    assert_eq!(admit(Liveness::Ended, "openid", 0), Some(Code::InvalidToken));
    assert_eq!(admit(Liveness::Live, "email", 0), Some(Code::InsufficientScope));
}

#[test]
fn mx_02_the_issuer_is_the_same_bytes_everywhere() {
    for issuer in ["https://as.test", "https://as.test/t1", "http://localhost:8080", "HTTPS://As.Test:443/T"]
    {
        let metadata = serde_json::to_value(Metadata::base(issuer)).unwrap();
        assert_eq!(metadata["issuer"], json!(issuer));
        assert_eq!(Metadata::base(issuer).endpoint("/token"), format!("{issuer}/token"));
        let state = UserState::Enabled;
        let basis =
            Basis::Person { person: alice(), state, consented: Some(scopes("openid")), by: Way::Code };
        let permit =
            gate(GateFacts { client: &pub1(), resource: &mcp(), scopes: scopes("openid"), basis }).unwrap();
        let minting = Minting {
            issuer,
            jti: String::new(),
            grant: None,
            nonce: None,
            about: &About::default(),
            now: at(0),
        };
        let minted = mint(permit, minting);
        assert_eq!((minted.access.iss.as_str(), minted.id.unwrap().iss.as_str()), (issuer, issuer));
    }
}

#[test]
fn metadata_has_no_null_and_no_empty_member() {
    let base = serde_json::to_value(Metadata::base(ISSUER)).unwrap();
    assert_eq!(
        base,
        json!({
            "issuer": ISSUER, "claims_parameter_supported": false, "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        })
    );
    let mut full = Metadata::base(ISSUER);
    full.token_endpoint = Some(full.endpoint("/token"));
    full.code_challenge_methods_supported.push("S256".to_owned());
    let json = serde_json::to_value(&full).unwrap();
    assert_eq!(json["token_endpoint"], Value::from("https://as.test/token"));
    assert_eq!(serde_json::from_value::<Metadata>(json).unwrap(), full);
}

#[test]
fn every_place_clients_look_for_metadata() {
    assert_eq!(
        well_known_paths("https://as.test"),
        ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
    );
    assert_eq!(
        well_known_paths("https://as.test:8443/t1"),
        [
            "/.well-known/oauth-authorization-server/t1",
            "/.well-known/openid-configuration/t1",
            "/t1/.well-known/openid-configuration",
            "/t1/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration",
        ]
    );
    assert_eq!((issuer_path("https://as.test"), issuer_path("https://as.test/a/b")), ("", "/a/b"));
    assert_eq!(Scopes::default().to_string(), "");
}
