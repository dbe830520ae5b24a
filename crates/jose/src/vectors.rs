//! The examples of the RFCs, and what we sign ourselves.

use proptest::prelude::*;
use serde_json::json;

use crate::threats::{Token, expect};
use crate::{Algorithm, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey, base64url, peek, verify};

/// Whether `token` (compact, header of any shape) verifies under `jwk`.
fn verifies(jwk: &str, token: &str) -> bool {
    let key = VerifyingKey::from_jwk(&Jwk::parse(jwk.as_bytes()).unwrap()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    key.is_signature(message.as_bytes(), &base64url::decode(signature).unwrap())
}

const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

#[test]
fn rfc_7515_a2_rs256() {
    let jwk = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    assert!(verifies(jwk, &format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{signature}")));
    assert!(!verifies(jwk, &format!("eyJhbGciOiJSUzI1NiJ8.{PAYLOAD}.{signature}")));
}

#[test]
fn rfc_7515_a3_es256() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    assert!(verifies(jwk, &format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{signature}")));
    assert!(!verifies(jwk, &format!("eyJhbGciOiJFUzI1NiJ8.{PAYLOAD}.{signature}")));
}

#[test]
fn rfc_7638_thumbprint() {
    let jwk = br#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let jwk = Jwk::parse(jwk).unwrap();
    assert_eq!(jwk.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!((jwk.kid(), jwk.algorithm()), (Some("2011-04-29"), Some(Algorithm::Rs256)));
}

#[test]
fn rfc_8037_ed25519() {
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let parsed = Jwk::parse(jwk.as_bytes()).unwrap();
    assert_eq!(parsed.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert!(verifies(
        jwk,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    ));
    // The private key of appendix A.1 in the PKCS#8 form other programs write (version 1, no public key inside).
    let mut pkcs8 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    pkcs8.extend(base64url::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
    let signing = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).unwrap();
    assert_eq!(signing.kid(), parsed.thumbprint());
}

#[test]
fn every_algorithm_signs_what_its_published_key_verifies() {
    for algorithm in Algorithm::ALL {
        let (key, pkcs8) = SigningKey::generate(algorithm).unwrap();
        let again = SigningKey::from_pkcs8(algorithm, &pkcs8).unwrap();
        assert_eq!((key.kid(), key.algorithm()), (again.kid(), algorithm));
        assert_eq!(key.kid(), key.public_jwk().thumbprint());

        let published = serde_json::to_vec(&JwkSet { keys: vec![key.public_jwk().clone()] }).unwrap();
        let keys = KeySet::from_jwks(&JwkSet::parse(&published).unwrap());
        for typ in ["at+jwt", "something-else+jwt"] {
            let token = again.sign(typ, &Token::good().0).unwrap();
            let header = peek(&token).unwrap();
            assert_eq!((header.alg, header.typ.as_deref()), (algorithm, Some(typ)));
            assert_eq!(header.kid.as_deref(), Some(key.kid()));
            let types = [typ];
            let verified =
                verify::<Token>(&keys, &token, &crate::Expect { typ: &types, ..expect() }).unwrap();
            assert_eq!(verified.kid(), key.kid());
            assert_eq!(verified.into_claims(), Token::good());
        }
        let document: serde_json::Value = serde_json::from_slice(&published).unwrap();
        let members: Vec<&str> =
            document["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            members.iter().all(|name| ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"].contains(name))
        );
        assert!(!format!("{key:?}").contains("Pair"));
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            let is_rsa = |alg| matches!(alg, Algorithm::Rs256 | Algorithm::Ps256);
            let parsed = SigningKey::from_pkcs8(other, &pkcs8);
            assert_eq!(parsed.is_ok(), is_rsa(algorithm) && is_rsa(other), "{algorithm} as {other}");
        }
    }
}

#[test]
fn a_long_claim_is_signed_whole() {
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let claims = json!({"iss": "https://as.example", "sub": "s".repeat(5000), "aud": "a", "exp": 2000});
    let token = key.sign("at+jwt", &claims).unwrap();
    let keys: KeySet = [key.verifying_key()].into_iter().collect();
    let audience = Some("a");
    verify::<Token>(&keys, &token, &crate::Expect { audience, ..expect() }).unwrap();
}

#[test]
fn algorithm_names_round_trip() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        assert_eq!(serde_json::to_value(algorithm).unwrap(), json!(algorithm.as_str()));
    }
    assert!("es256".parse::<Algorithm>().is_err());
}

proptest! {
    #[test]
    fn verifying_never_panics(token in "[A-Za-z0-9_.-]{0,200}|\\PC{0,60}") {
        prop_assert!(verify::<Token>(&KeySet::default(), &token, &expect()).is_err());
    }

    #[test]
    fn one_changed_character_is_refused(position in 0usize..200, replacement in "[A-Za-z0-9_.-]") {
        static KEY: std::sync::OnceLock<(String, KeySet)> = std::sync::OnceLock::new();
        let (token, keys) = KEY.get_or_init(|| {
            let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
            (key.sign("at+jwt", &Token::good().0).unwrap(), [key.verifying_key()].into_iter().collect())
        });
        let position = position % token.len();
        let mut changed = token.clone();
        changed.replace_range(position..=position, &replacement);
        let answer = verify::<Token>(keys, &changed, &expect());
        prop_assert_eq!(answer.is_ok(), changed == *token);
    }

    #[test]
    fn parsing_a_key_never_panics(json in "\\{(\"(kty|crv|x|y|n|e|alg)\":\"[A-Za-z0-9_-]{0,50}\",?){0,6}\\}") {
        let _ = Jwk::parse(json.as_bytes());
    }
}
