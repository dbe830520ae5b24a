//! Tokens no honest server makes, signed with the server's own key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatewright_jose::Algorithm;
use gatewright_oauth::seal::Purpose;
use gatewright_resource::ResourceServer;
use gatewright_server::data_keys::Use;
use gatewright_store::signing_keys::{self, KeyState, StoredKey};
use gatewright_tests::{MCP, Page, World, flows};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

/// The active ES256 key, taken out of its seal.
pub(super) struct Forger {
    key: EcdsaKeyPair,
    random: SystemRandom,
    /// A genuine token's header.
    pub header: Value,
    /// A genuine token's claims.
    pub claims: Value,
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The active key of an algorithm, as stored.
pub(super) async fn active(world: &World, algorithm: Algorithm) -> StoredKey {
    let stored = signing_keys::list(&world.app.store).await.unwrap();
    stored.into_iter().find(|key| key.algorithm == algorithm && key.state == KeyState::Active).unwrap()
}

/// A private key as PKCS#8.
pub(super) fn unsealed(world: &World, key: &StoredKey) -> Vec<u8> {
    let place = (Use::Signing, Purpose::SigningKey);
    world.app.data_keys.unseal(place, key.kid.as_bytes(), &key.sealed).unwrap().to_vec()
}

impl Forger {
    #[expect(clippy::disallowed_methods, reason = "what the thief of a key has is not the server's")]
    /// A forger whose model is `genuine`, an access token of this world.
    pub async fn of(world: &World, genuine: &str) -> Forger {
        let random = SystemRandom::new();
        let pkcs8 = unsealed(world, &active(world, Algorithm::Es256).await);
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random).unwrap();
        Forger { key, random, header: flows::header(genuine), claims: flows::claims(genuine) }
    }

    /// A genuine signature over whatever is given.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(&self.random, input.as_bytes()).unwrap();
        format!("{input}.{}", encode(signature))
    }

    /// With another header member.
    pub fn header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.sign(&header.to_string(), &self.claims.to_string())
    }

    /// With another claim; `null` leaves it out.
    pub fn claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.sign(&self.header.to_string(), &claims.to_string())
    }

    /// With one claim in words JSON libraries would not write.
    pub fn raw_claim(&self, name: &str, raw: &str) -> String {
        let marker = json!({ name: "MARK" }).to_string();
        let mut claims = self.claims.clone();
        claims[name] = json!("MARK");
        let inner = &marker[1..marker.len() - 1];
        let replaced = claims.to_string().replace(inner, &format!("\"{name}\":{raw}"));
        self.sign(&self.header.to_string(), &replaced)
    }
}

/// The three doors an access token is shown at.
pub(super) struct Doors<'a> {
    pub world: &'a World,
    pub resource: ResourceServer,
}

impl Doors<'_> {
    pub fn of(world: &World) -> Doors<'_> {
        Doors { world, resource: ResourceServer::builder(MCP, &world.issuer).build().unwrap() }
    }

    /// `GET /userinfo`.
    pub async fn userinfo(&self, token: &str) -> Page {
        let request = self.world.http.get(self.world.url("/userinfo")).bearer_auth(token);
        Page::read(request.send().await.unwrap()).await
    }

    /// Every door opens.
    pub async fn all_open(&self, token: &str, why: &str) {
        assert_eq!(self.userinfo(token).await.status, 200, "{why}");
        assert!(self.world.is_active(token).await, "{why}");
        assert!(self.resource.verify(token).await.is_ok(), "{why}");
    }

    /// No door opens, and none says why to strangers.
    pub async fn all_closed(&self, token: &str, why: &str) {
        let page = self.userinfo(token).await;
        assert_eq!(page.status, 401, "{why}: {}", page.body);
        assert_eq!(page.json()["error"], "invalid_token", "{why}");
        assert!(page.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""), "{why}");
        let answer = self.world.post_as("rs1", "/introspect", &[("token", token)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "{\"active\":false}"), "{why}");
        assert!(self.resource.verify(token).await.is_err(), "{why}");
    }
}
