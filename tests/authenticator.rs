//! A passkey provider in memory: what a browser's `navigator.credentials` answers, with each part open to be wrong.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A passkey and who keeps it.
#[derive(Debug)]
pub struct Authenticator {
    pair: EcdsaKeyPair,
    /// What it calls its passkey.
    pub id: Vec<u8>,
    /// For whom it was made.
    pub user: Vec<u8>,
    /// How often it was used.
    pub count: u32,
    /// Where the browser says it is.
    pub origin: String,
    /// For which site it answers.
    pub site: String,
    /// What the authenticator saw: present, verified, may be copied, is copied.
    pub flags: u8,
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// What a page asks the browser for.
pub fn options(body: &str) -> Value {
    let attribute = body.split("data-options=\"").nth(1).unwrap_or_else(|| panic!("no passkey form: {body}"));
    let escaped = attribute.split('"').next().unwrap();
    let plain =
        escaped.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    serde_json::from_str(&plain.replace("&#38;", "&")).unwrap()
}

impl Authenticator {
    /// One without a passkey, in a browser at `origin`.
    pub fn at(origin: &str) -> Authenticator {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        let id = sha256(pair.public_key().as_ref());
        let site = url::Url::parse(origin).unwrap().host_str().unwrap().to_owned();
        Authenticator {
            pair,
            id,
            user: Vec::new(),
            count: 0,
            origin: origin.to_owned(),
            site,
            flags: 0b1_1101,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["challenge"].as_str().unwrap();
        let data =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = sha256(self.site.as_bytes());
        data.push(self.flags | flags);
        data.extend_from_slice(&self.count.to_be_bytes());
        data
    }

    /// Makes the passkey that a page asks for.
    pub fn create(&mut self, options: &Value) -> String {
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let mut data = self.data(0b0100_0000);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&self.id);
        let point = self.pair.public_key().as_ref();
        data.extend_from_slice(&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend_from_slice(&point[1..33]);
        data.extend_from_slice(&[0x22, 0x58, 0x20]);
        data.extend_from_slice(&point[33..]);
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend_from_slice(&data);
        let client_data = self.client_data("webauthn.create", options);
        json!({ "clientDataJSON": text(client_data), "attestationObject": text(object) }).to_string()
    }

    /// Answers what a page asks for.
    pub fn get(&mut self, options: &Value) -> String {
        self.count += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let mut message = data.clone();
        message.extend_from_slice(&sha256(&client_data));
        let signature = self.pair.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "id": text(&self.id),
            "clientDataJSON": text(client_data),
            "authenticatorData": text(data),
            "signature": text(signature.as_ref()),
            "userHandle": text(&self.user),
        })
        .to_string()
    }
}
