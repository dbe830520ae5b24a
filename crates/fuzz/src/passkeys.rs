//! What browsers send of passkeys: CBOR, COSE and the bytes of authenticators.

use gatewright_oauth::passkey::{self, Asked, Assertion, CHALLENGE, Known, Registration, Site};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

const ORIGIN: &str = "https://id.test";
const ASKED: Asked<'_> = Asked { site: Site { origin: ORIGIN, id: "id.test" }, challenge: &[0; CHALLENGE] };
const USER: Uuid = Uuid::from_u128(1);

fn client_data(kind: &str) -> Vec<u8> {
    let challenge = gatewright_jose::base64url::encode([0; CHALLENGE]);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#).into()
}

/// An attestation object without a statement, around these bytes.
fn attestation(data: &[u8]) -> Vec<u8> {
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
    object.extend_from_slice(&u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    object.extend_from_slice(data);
    object
}

/// What is stored of a passkey can be read when it is used, and no bytes are its signature.
pub fn passkey(bytes: &[u8]) {
    let create = client_data("webauthn.create");
    let _ = passkey::register(&ASKED, &Registration { client_data: &create, attestation: bytes });
    let _ = passkey::register(&ASKED, &Registration { client_data: bytes, attestation: &attestation(bytes) });
    // Past the site's digest, which no search finds by itself.
    let mut data = digest(&SHA256, b"id.test").as_ref().to_vec();
    data.extend_from_slice(bytes);
    let registered =
        passkey::register(&ASKED, &Registration { client_data: &create, attestation: &attestation(&data) });
    let sent = Assertion {
        client_data: &client_data("webauthn.get"),
        authenticator_data: &data,
        signature: bytes,
        user_handle: Some(USER.as_bytes()),
    };
    let using = |public_key: &[u8]| {
        passkey::authenticate(&ASKED, &Known { user: USER, public_key, sign_count: 0 }, &sent)
    };
    assert!(using(bytes).is_err());
    if let Ok(passkey) = registered {
        assert!((1..=1023).contains(&passkey.credential_id.len()));
        let refused = using(&passkey.public_key).map_err(|malformed| malformed.0);
        assert_ne!(refused, Ok(0));
        assert!(refused.is_err(), "any bytes are a signature");
    }
}
