//! How clients introduce themselves: by a document on a host of theirs, by registration, by a signed assertion; and
//! what an operator makes of them (threat groups CI, CA, DC). The world outside is [`gatewright_tests::Internet`].

mod assertions;
mod changes;
mod documents;
mod fetching;
mod invitations;
mod life;
mod management;
mod pages;
mod paths;
mod recorded;
mod statements;

use std::sync::atomic::{AtomicUsize, Ordering};

use gatewright_jose::{Algorithm, SigningKey};
use gatewright_server::Config;
use gatewright_server::clock::Clock as _;
use gatewright_server::config::DocumentMode;
use gatewright_tests::internet::{self, Reply, Site};
use gatewright_tests::{Az, CALLBACK, Page, World};
use serde_json::{Value, json};

/// Where the documents of these tests are.
const HOST: &str = "client.test";
/// The document of [`published`], and the id of its client.
const ID: &str = "https://client.test/client.json";

/// Documents are used, and sites have certificates the server knows.
fn believing(config: &mut Config) {
    config.documents.mode = DocumentMode::On;
    config.fetch.ca_file = Some(internet::authority());
}

async fn world() -> World {
    World::with(believing).await
}

/// A document as most clients publish it.
fn document(id: &str) -> Value {
    json!({
        "client_id": id, "client_name": "Document App", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

/// The same with another member.
fn with(member: &str, value: Value) -> Value {
    let mut document = document(ID);
    document[member] = value;
    document
}

/// A site at [`HOST`] with a document at [`ID`].
async fn published(world: &World, document: &Value) -> Site {
    let site = world.internet.site(HOST).await;
    site.serve("/client.json", Reply::json(document));
    site
}

/// A stranger's browser asks for a client; the page it ends at.
async fn visit(world: &World, id: &str) -> Page {
    world.authorize(&mut world.agent(), &Az::of(id)).await
}

/// The client is known: the person is asked to sign in.
#[track_caller]
fn known(page: &Page, about: &str) {
    assert_eq!(page.status, 200, "{about}: {}", page.body);
    assert!(page.body.contains("id=\"login-form\""), "{about}: {}", page.body);
}

/// ERRPAGE.
#[track_caller]
fn unknown(page: &Page, about: &str) {
    assert_eq!((page.status.as_u16(), page.location()), (400, None), "{about}: {}", page.body);
    assert_eq!(page.data_error(), Some("invalid_client"), "{about}: {}", page.body);
}

/// J(status, code).
#[track_caller]
fn refused(page: &Page, status: u16, code: &str, about: &str) {
    assert_eq!(page.status, status, "{about}: {}", page.body);
    assert_eq!(page.json()["error"], code, "{about}: {}", page.body);
    assert_ne!(page.json()["error_description"].as_str().unwrap_or_default(), "", "{about}");
}

/// Somebody who proves to be a client with a key.
struct Signer {
    key: SigningKey,
    client: String,
}

impl Signer {
    fn new(client: &str, algorithm: Algorithm) -> Signer {
        Signer { key: SigningKey::generate(algorithm).unwrap().0, client: client.to_owned() }
    }

    /// Its public key, as published.
    fn jwks(&self) -> Value {
        json!({ "keys": [self.key.public_jwk()] })
    }

    /// Claims as they should be, one minute long.
    fn claims(&self, world: &World) -> Value {
        let now = world.clock.now().timestamp();
        json!({ "iss": self.client, "sub": self.client, "aud": world.issuer, "iat": now, "exp": now + 60,
                "jti": fresh() })
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign("JWT", claims).unwrap()
    }

    /// A fresh assertion.
    fn assertion(&self, world: &World) -> String {
        self.sign(&self.claims(world))
    }

    /// A request for the client's own token.
    async fn own(&self, world: &World, assertion: &str) -> Page {
        self.post(world, "/token", assertion, &[("grant_type", "client_credentials")]).await
    }

    async fn post(&self, world: &World, path: &str, assertion: &str, fields: &[(&str, &str)]) -> Page {
        let kind = gatewright_oauth::assertion::JWT_BEARER;
        let mut all = vec![("client_assertion_type", kind), ("client_assertion", assertion)];
        all.extend_from_slice(fields);
        world.post(path, &all).await
    }
}

/// Another `jti` every time.
fn fresh() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("jti-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A confidential client that an administrator made, with its key.
async fn with_key(world: &World, id: &str) -> Signer {
    let signer = Signer::new(id, Algorithm::Es256);
    world.add_client(id, key_metadata(&json!({ "jwks": signer.jwks() }))).await;
    signer
}

fn key_metadata(more: &Value) -> Value {
    let mut metadata = json!({
        "client_name": "Signing App", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    metadata.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    metadata
}
