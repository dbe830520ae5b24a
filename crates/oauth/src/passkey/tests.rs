//! An authenticator in a few lines, so that each thing that can be wrong with an answer is wrong by itself.

use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

const ORIGIN: &str = "https://as.test:8443";
const CHALLENGE_BYTES: [u8; CHALLENGE] = [7; CHALLENGE];
const USER: Uuid = Uuid::from_u128(1);
/// Present, verified, may be copied and is.
const USUAL: u8 = PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP;

fn asked() -> Asked<'static> {
    Asked { site: Site::of(ORIGIN), challenge: &CHALLENGE_BYTES }
}

/// How a browser and an authenticator answer.
#[derive(Clone)]
struct Answer {
    kind: &'static str,
    origin: &'static str,
    more: &'static str,
    challenge: [u8; CHALLENGE],
    id: &'static str,
    flags: u8,
    count: u32,
    behind: Vec<u8>,
}

impl Answer {
    fn to(kind: &'static str) -> Answer {
        Answer {
            kind,
            origin: ORIGIN,
            more: "",
            challenge: CHALLENGE_BYTES,
            id: "as.test",
            flags: USUAL,
            count: 1,
            behind: Vec::new(),
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let challenge = base64url::encode(self.challenge);
        format!(
            r#"{{"type":"{}","challenge":"{challenge}","origin":"{}","crossOrigin":false{},"later":1}}"#,
            self.kind, self.origin, self.more
        )
        .into_bytes()
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = digest::digest(&digest::SHA256, self.id.as_bytes()).as_ref().to_vec();
        data.push(self.flags);
        data.extend_from_slice(&self.count.to_be_bytes());
        data.extend_from_slice(&self.behind);
        data
    }
}

/// A key of an authenticator, and how it writes it.
fn key(seed: u8) -> (Ed25519KeyPair, Vec<u8>) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let mut cose = vec![0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
    cose.extend_from_slice(pair.public_key().as_ref());
    (pair, cose)
}

fn attested(answer: &Answer, credential: &[u8], cose: &[u8]) -> Vec<u8> {
    let mut answer = answer.clone();
    answer.flags |= ATTESTED;
    let mut behind = vec![0; 16];
    behind.extend_from_slice(&u16::try_from(credential.len()).unwrap().to_be_bytes());
    behind.extend_from_slice(credential);
    behind.extend_from_slice(cose);
    behind.extend_from_slice(&answer.behind);
    answer.behind = behind;
    object(&answer.authenticator_data())
}

/// `{"fmt": "none", "attStmt": {}, "authData": …}`
fn object(data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3, 0x63];
    object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
    object.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend_from_slice(data);
    object
}

fn made(answer: &Answer) -> Result<Passkey, Malformed> {
    let (_, cose) = key(1);
    let attestation = attested(answer, b"credential-1", &cose);
    register(&asked(), &Registration { client_data: &answer.client_data(), attestation: &attestation })
}

/// Uses a passkey whose counter was 5.
fn used(answer: &Answer, handle: Option<&[u8]>) -> Result<u32, Malformed> {
    let (pair, cose) = key(1);
    let (client_data, data) = (answer.client_data(), answer.authenticator_data());
    let mut message = data.clone();
    message.extend_from_slice(digest::digest(&digest::SHA256, &client_data).as_ref());
    let signature = pair.sign(&message);
    let known = Known { user: USER, public_key: &cose, sign_count: 5 };
    let sent = Assertion {
        client_data: &client_data,
        authenticator_data: &data,
        signature: signature.as_ref(),
        user_handle: handle,
    };
    authenticate(&asked(), &known, &sent)
}

#[test]
fn a_passkey_is_made_and_used() {
    let passkey = made(&Answer::to("webauthn.create")).unwrap();
    assert_eq!(passkey.credential_id, b"credential-1");
    assert_eq!((passkey.sign_count, passkey.synced), (1, Synced::Yes));
    Key::read(&passkey.public_key).unwrap();
    let bound = Answer { flags: PRESENT | VERIFIED, ..Answer::to("webauthn.create") };
    assert_eq!(made(&bound).unwrap().synced, Synced::No);
    let later = Answer { count: 6, ..Answer::to("webauthn.get") };
    assert_eq!(used(&later, Some(USER.as_bytes())), Ok(6));
    assert_eq!(used(&later, None), Ok(6));
}

#[test]
fn lg_15_an_answer_for_another_site_is_refused() {
    let origins = [
        "https://badas.test:8443",
        "https://as.test.evil:8443",
        "https://as.test",
        "https://as.test:84430",
        "https://sub.as.test:8443",
        "http://as.test:8443",
        "https://AS.test:8443",
        "https://as.test:8443/",
        "android:apk-key-hash:x",
        "",
    ];
    for origin in origins {
        let refused = Err(Malformed("the passkey was used on another site"));
        let answer = Answer { origin, count: 6, ..Answer::to("webauthn.get") };
        assert_eq!(used(&answer, None), refused, "{origin}");
        let answer = Answer { origin, ..Answer::to("webauthn.create") };
        assert_eq!(made(&answer).map(drop), refused.map(drop), "{origin}");
    }
    let framed = r#","topOrigin":"https://evil.test""#;
    assert!(used(&Answer { more: framed, count: 6, ..Answer::to("webauthn.get") }, None).is_err());
    for id in ["test", "as.test:8443", "badas.test", ""] {
        assert!(used(&Answer { id, count: 6, ..Answer::to("webauthn.get") }, None).is_err(), "{id}");
        assert!(made(&Answer { id, ..Answer::to("webauthn.create") }).is_err(), "{id}");
    }
}

#[test]
fn lg_15_an_answer_to_another_question_is_refused() {
    let usual = || Answer { count: 6, ..Answer::to("webauthn.get") };
    assert!(used(&Answer { challenge: [8; CHALLENGE], ..usual() }, None).is_err());
    assert!(used(&Answer { kind: "webauthn.create", ..usual() }, None).is_err());
    assert!(made(&Answer { kind: "webauthn.get", ..Answer::to("webauthn.create") }).is_err());
    assert!(used(&usual(), Some(Uuid::from_u128(2).as_bytes())).is_err(), "another person's");
    for flags in [VERIFIED, PRESENT, 0, PRESENT | VERIFIED | BACKED_UP] {
        assert!(used(&Answer { flags, ..usual() }, None).is_err(), "{flags:08b}");
        assert!(made(&Answer { flags, ..Answer::to("webauthn.create") }).is_err(), "{flags:08b}");
    }
    for (flags, behind) in
        [(USUAL, vec![0xa0]), (USUAL | EXTENDED, vec![]), (USUAL | EXTENDED, vec![0xa0, 0])]
    {
        assert!(used(&Answer { flags, behind, ..usual() }, None).is_err(), "{flags:08b}");
    }
    assert_eq!(used(&Answer { flags: USUAL | EXTENDED, behind: vec![0xa0], ..usual() }, None), Ok(6));
}

#[test]
fn a_counter_that_does_not_go_up_tells_of_a_copy() {
    let at = |count| used(&Answer { count, ..Answer::to("webauthn.get") }, None);
    assert!(at(5).is_err() && at(4).is_err() && at(0).is_err());
    assert_eq!(at(u32::MAX), Ok(u32::MAX));
}

#[test]
fn a_passkey_that_does_not_count_stays_at_zero() {
    let (pair, cose) = key(1);
    let answer = Answer { count: 0, ..Answer::to("webauthn.get") };
    let (client_data, data) = (answer.client_data(), answer.authenticator_data());
    let mut message = data.clone();
    message.extend_from_slice(digest::digest(&digest::SHA256, &client_data).as_ref());
    let signature = pair.sign(&message);
    let known = Known { user: USER, public_key: &cose, sign_count: 0 };
    let judged = |known: &Known<'_>, signature: &[u8]| {
        let sent =
            Assertion { client_data: &client_data, authenticator_data: &data, signature, user_handle: None };
        authenticate(&asked(), known, &sent)
    };
    assert_eq!(judged(&known, signature.as_ref()), Ok(0));
    for index in 0..signature.as_ref().len() {
        let mut changed = signature.as_ref().to_vec();
        changed[index] ^= 1;
        assert!(judged(&known, &changed).is_err(), "{index}");
    }
    let (_, other) = key(2);
    let known = Known { public_key: &other, ..known };
    assert!(judged(&known, signature.as_ref()).is_err());
}

/// The signature of RFC 6979 appendix A.2.5 for "sample" with SHA-256, in DER.
#[test]
fn an_es256_passkey_signs_too() {
    let part = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let x = part("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
    let y = part("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
    let r = part("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
    let s = part("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    let cose = p256(&x, &y);
    // Both numbers begin with a one bit, so DER puts a zero before each.
    let mut signature = vec![0x30, 0x46, 0x02, 0x21, 0x00];
    signature.extend_from_slice(&r);
    signature.extend_from_slice(&[0x02, 0x21, 0x00]);
    signature.extend_from_slice(&s);
    let key = Key::read(&cose).unwrap();
    assert!(key.verifies(b"sample", &signature));
    assert!(!key.verifies(b"simple", &signature));
    // A point that is on no curve verifies nothing.
    assert!(!Key::read(&p256(&y, &x)).unwrap().verifies(b"sample", &signature));
}

fn p256(x: &[u8], y: &[u8]) -> Vec<u8> {
    let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    cose.extend_from_slice(x);
    cose.extend_from_slice(&[0x22, 0x58, 0x20]);
    cose.extend_from_slice(y);
    cose
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let cose = p256(&[1; 32], &[2; 32]);
    for (index, value) in [(2, 3), (4, 0x27), (6, 2), (9, 0x1f)] {
        let mut changed = cose.clone();
        changed[index] = value;
        assert!(Key::read(&changed).is_err(), "{index}");
    }
    // An RSA key of 1024 bits.
    let mut weak = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x58, 0x80];
    weak.extend_from_slice(&[0xff; 128]);
    weak.extend_from_slice(&[0x21, 0x43, 1, 0, 1]);
    assert!(Key::read(&weak).is_err());
}

#[test]
fn a_site_is_its_origin_and_its_host() {
    let id = |origin| Site::of(origin).id;
    assert_eq!(id("https://as.test"), "as.test");
    assert_eq!(id("http://localhost:8080"), "localhost");
    assert_eq!(id("http://[::1]:8080"), "[::1]");
}

proptest! {
    #[test]
    fn whatever_is_sent_is_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..200_usize) {
        let answer = Answer::to("webauthn.create");
        let client_data = answer.client_data();
        let refused = register(&asked(), &Registration { client_data: &client_data, attestation: &bytes });
        prop_assert!(refused.is_err());
        let (_, cose) = key(1);
        let mut whole = attested(&answer, b"credential-1", &cose);
        whole.truncate(whole.len().saturating_sub(cut + 1));
        let refused = register(&asked(), &Registration { client_data: &client_data, attestation: &whole });
        prop_assert!(refused.is_err());
        let refused = register(&asked(), &Registration { client_data: &bytes, attestation: &whole });
        prop_assert!(refused.is_err());
    }
}
