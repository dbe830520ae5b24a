//! Tests of the decisions, named after the rows of the threat catalogue they prove, and the characters they share:
//! `pub1` (administrator, public, web), `nat1` (dynamic, public, loopback), `conf1` (administrator, confidential), and
//! the MCP server `https://mcp.test/mcp` with the scopes `read` (default), `write` and `admin` (dangerous).

mod answers;
mod authorizing;
mod codes;
mod deciding;
mod devices;
mod gating;
mod machines;
mod narrowing;
mod renewing;
mod simulating;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::authorize::{self, Asked, AuthorizeRequest};
use crate::client::{
    AuthMethod, Client, ClientId, ClientMetadata, ConsentRule, GrantType, Origin, Profile, ResponseType,
    Voucher,
};
use crate::demand::Demand;
use crate::permit::{Person, UserState};
use crate::redirect::RedirectUri;
use crate::resource::{NewResource, OpenTo, Resource, ScopeText, TokenSettings};
use crate::scope::Scopes;
use crate::token::Footing;
use crate::{Code, Decision, Params, Time};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const ALICE: Uuid = Uuid::from_u128(0xA11CE);
const BOB: Uuid = Uuid::from_u128(0xB0B);

/// `seconds` after the tests' beginning of time.
fn at(seconds: i64) -> Time {
    chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

fn client(id: &str, redirect: &str, origin: Origin) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        origin,
        profile: Profile::Mcp,
        metadata: ClientMetadata {
            redirect_uris: vec![RedirectUri::register(redirect).unwrap()],
            client_name: Some(id.to_owned()),
            grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
            response_types: vec![ResponseType::Code],
            token_endpoint_auth_method: AuthMethod::None,
            scope: None,
            application_type: None,
            client_uri: None,
            logo_uri: None,
            tos_uri: None,
            policy_uri: None,
            contacts: Vec::new(),
            software_id: None,
            software_version: None,
            post_logout_redirect_uris: Vec::new(),
            jwks: None,
            jwks_uri: None,
            token_endpoint_auth_signing_alg: None,
            software_statement: None,
        },
        voucher: if origin == Origin::Administrator { Voucher::Administrator } else { Voucher::Nobody },
        secret: None,
        previous_secret: None,
        registration_token: None,
        default_resource: None,
        speaks_for: None,
        created_at: at(-1000),
        document: None,
        consent: ConsentRule::Ask,
        disabled_at: None,
    }
}

fn pub1() -> Client {
    client("pub1", "https://app.test/cb", Origin::Administrator)
}

fn nat1() -> Client {
    client("nat1", "http://127.0.0.1/cb", Origin::Dynamic)
}

/// Dynamic, with a web redirect: nobody vouches for it.
fn dyn1() -> Client {
    client("dyn1", "https://evil.test/cb", Origin::Dynamic)
}

fn conf1() -> Client {
    let mut client = client("conf1", "https://conf.test/cb", Origin::Administrator);
    client.metadata.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    client.metadata.grant_types.insert(GrantType::ClientCredentials);
    client
}

fn compat(mut client: Client) -> Client {
    client.profile = Profile::OidcCompat;
    client
}

fn mcp() -> Resource {
    resource(1, "https://mcp.test/mcp")
}

fn resource(id: u128, identifier: &str) -> Resource {
    let scope = |name: &str| ScopeText {
        name: name.to_owned(),
        description: format!("may {name}"),
        default: name == "read",
        dangerous: name == "admin",
        demand: Demand::NOTHING,
    };
    Resource::new(NewResource {
        id: Uuid::from_u128(id),
        identifier: identifier.to_owned(),
        name: Some("Tools".to_owned()),
        scopes: vec![scope("read"), scope("write"), scope("admin")],
        token: TokenSettings::default(),
        is_default: false,
        open_to: OpenTo::AnyClient,
        demand: Demand::NOTHING,
    })
    .unwrap()
}

fn alice() -> Person {
    Person { user: ALICE, session: Uuid::from_u128(0x5E55), auth_time: at(-100), amr: "pwd".to_owned() }
}

fn standing_on(consented: &str) -> Footing {
    Footing { user: UserState::Enabled, consented: Some(scopes(consented)) }
}

/// A query: the baseline of `client` with `changes`; an empty value removes the parameter.
fn query(client: &Client, changes: &[(&str, &str)]) -> String {
    let redirect = client.metadata.redirect_uris[0].as_str().to_owned();
    let mut all = vec![
        ("response_type", "code".to_owned()),
        ("client_id", client.id.to_string()),
        ("redirect_uri", redirect),
        ("state", "xyz".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push((name, (*value).to_owned()));
        }
    }
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}

/// Runs both stages over a raw query.
fn ask_raw(client: &Client, raw: &str) -> Decision<AuthorizeRequest> {
    let params = Params::parse_flawed(raw.as_bytes())?;
    let channel = authorize::channel(&params, client)?;
    let asked = Asked { params: &params, client, target: &mcp(), hint: None, now: at(0) };
    authorize::request(&asked, channel)
}

fn ask(client: &Client, changes: &[(&str, &str)]) -> Decision<AuthorizeRequest> {
    ask_raw(client, &query(client, changes))
}

fn code_of<T>(decision: Decision<T>) -> Option<Code> {
    decision.err().map(|refusal| refusal.code())
}
