//! What the token endpoint does besides HTTP and the database.

use std::hint::black_box;

use gatewright_jose::{Algorithm, Expect, Expired, KeySet, SigningKey};
use gatewright_oauth::claims::{ACCESS_TOKEN, About, AccessClaims, Minting, mint};
use gatewright_oauth::demand::Demand;
use gatewright_oauth::register::{self, RegistrationPolicy, RegistrationRequest};
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::token::{ClientCredentialsRequest, judge_client_credentials};
use gatewright_oauth::{Client, ClientId, Params, Resource, TokenRequest};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Prepared;

type Prepare = fn() -> Prepared;
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const ISSUER: &str = "https://id.test";
const MCP: &str = "https://mcp.test/mcp";
const CALLBACK: &str = "http://127.0.0.1/callback";
const FORM: &[u8] = b"grant_type=client_credentials&scope=read+write&resource=https%3A%2F%2Fmcp.test%2Fmcp";

/// All of them.
pub const ALL: [(&str, Prepare); 5] =
    [("redirect", redirect), ("request", request), ("judge", judge), ("sign", sign), ("verify", verify)];

/// A registered address is found again, at another port of this computer.
fn redirect() -> Prepared {
    let client = registered(&json!({ "redirect_uris": ["https://app.test/cb", CALLBACK],
                                     "token_endpoint_auth_method": "none" }))?;
    Ok(Box::new(move || {
        let found = client.match_redirect(Some(black_box("http://127.0.0.1:49152/callback")));
        assert!(found.is_ok(), "a registered address");
    }))
}

/// A form becomes a request.
fn request() -> Prepared {
    asked(FORM)?;
    Ok(Box::new(|| assert!(asked(black_box(FORM)).is_ok(), "a request")))
}

/// A request becomes a permit, and that the claims of a token.
fn judge() -> Prepared {
    let (client, resource, asked) = (program()?, resource()?, asked_by_a_program()?);
    Ok(Box::new(move || {
        let permit = judge_client_credentials(&client, &resource, black_box(&asked));
        assert!(permit.is_ok_and(|permit| mint(permit, minting()).lifetime > 0), "a permit");
    }))
}

/// Claims become a token.
fn sign() -> Prepared {
    let ((key, _), claims) = (SigningKey::generate(Algorithm::Es256)?, claims()?);
    Ok(Box::new(move || assert!(key.sign(ACCESS_TOKEN, black_box(&claims)).is_ok(), "a signature")))
}

/// A token is believed.
fn verify() -> Prepared {
    let (key, _) = SigningKey::generate(Algorithm::Es256)?;
    let token = key.sign(ACCESS_TOKEN, &claims()?)?;
    let mut keys = KeySet::default();
    keys.insert(key.verifying_key());
    Ok(Box::new(move || {
        let expect = Expect {
            typ: &[ACCESS_TOKEN],
            issuer: ISSUER,
            audience: Some(MCP),
            now: 0,
            leeway: 60,
            expired_ok: Expired::Refuse,
        };
        let verified = gatewright_jose::verify::<AccessClaims>(&keys, black_box(&token), &expect);
        assert!(verified.is_ok(), "a token of ours");
    }))
}

fn asked(form: &[u8]) -> Outcome<TokenRequest> {
    Ok(TokenRequest::parse(&Params::parse(form)?)?)
}

fn asked_by_a_program() -> Outcome<ClientCredentialsRequest> {
    match asked(FORM)? {
        TokenRequest::ClientCredentials(asked) => Ok(asked),
        TokenRequest::AuthorizationCode(_) | TokenRequest::RefreshToken(_) | TokenRequest::DeviceCode(_) => {
            Err("another grant".into())
        }
    }
}

fn claims() -> Outcome<AccessClaims> {
    let permit = judge_client_credentials(&program()?, &resource()?, &asked_by_a_program()?)?;
    Ok(mint(permit, minting()).access)
}

fn minting() -> Minting<'static> {
    static NOBODY: About = About { name: None, preferred_username: None, email: None, email_verified: None };
    let now = gatewright_oauth::Time::UNIX_EPOCH;
    Minting { issuer: ISSUER, jti: "measured".to_owned(), grant: None, nonce: None, about: &NOBODY, now }
}

fn program() -> Outcome<Client> {
    registered(&json!({ "redirect_uris": [], "grant_types": ["client_credentials"], "response_types": [],
                        "token_endpoint_auth_method": "client_secret_basic" }))
}

fn registered(metadata: &Value) -> Outcome<Client> {
    let request = RegistrationRequest::parse(metadata.to_string().as_bytes())?;
    let (policy, id) = (RegistrationPolicy::administrator(), ClientId::from_random([1; 16]));
    Ok(register::register(&policy, request, id, gatewright_oauth::Time::UNIX_EPOCH)?)
}

fn resource() -> Outcome<Resource> {
    let scope = |name: &str| ScopeText {
        name: name.to_owned(),
        description: format!("may {name}"),
        default: name == "read",
        dangerous: false,
        demand: Demand::NOTHING,
    };
    Ok(Resource::new(NewResource {
        id: Uuid::from_u128(1),
        identifier: MCP.to_owned(),
        name: None,
        scopes: vec![scope("read"), scope("write")],
        token: TokenSettings::default(),
        is_default: false,
        open_to: OpenTo::AnyClient,
        demand: Demand::NOTHING,
    })?)
}
