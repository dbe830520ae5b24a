//! One test per row of the threat catalogue that this crate answers for (groups JW and CA).

use serde_json::{Value, json};

use crate::{
    Algorithm, Audience, Claims, Expect, Expired, Jwk, JwkError, JwkSet, KeyError, KeySet, MAX_TOKEN,
    NumericDate, SigningKey, VerifyError, VerifyingKey, base64url, verify,
};

/// Claims as a service would declare them, kept as sent for comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token(pub(crate) Value, Registered);

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Registered {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
}

impl Token {
    pub(crate) fn good() -> Self {
        let json = json!({
            "iss": "https://as.example", "sub": "alice", "aud": "https://mcp.example/mcp", "exp": 2000, "iat": 1000,
        });
        Self(json.clone(), serde_json::from_value(json).unwrap())
    }
}

impl<'de> serde::Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let claims = serde_json::from_value(json.clone()).map_err(serde::de::Error::custom)?;
        Ok(Self(json, claims))
    }
}

impl Claims for Token {
    fn issuer(&self) -> &str {
        &self.1.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.1.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        self.1.nbf
    }
    fn issued_at(&self) -> Option<NumericDate> {
        self.1.iat
    }
    fn audience(&self) -> &Audience {
        &self.1.aud
    }
}

pub(crate) fn expect() -> Expect<'static> {
    Expect {
        typ: &["at+jwt"],
        issuer: "https://as.example",
        audience: Some("https://mcp.example/mcp"),
        now: 1500,
        leeway: 60,
        expired_ok: Expired::Refuse,
    }
}

/// An issuer with one key, and a forger who can make that key sign anything.
struct Issuer {
    key: SigningKey,
    keys: KeySet,
}

impl Issuer {
    fn with(algorithm: Algorithm) -> Self {
        let (key, _) = SigningKey::generate(algorithm).unwrap();
        let keys = [key.verifying_key()].into_iter().collect();
        Self { key, keys }
    }

    fn new() -> Self {
        Self::with(Algorithm::Es256)
    }

    /// Correctly signed `header.claims`, whatever they say.
    fn forge(&self, header: &str, claims: &str) -> String {
        let mut token = format!("{}.{}", base64url::encode(header), base64url::encode(claims));
        self.key.append_signature(&mut token).unwrap();
        token
    }

    /// A good header with `extra` members in front.
    fn header(&self, extra: &str) -> String {
        format!(r#"{{{extra}"alg":"{}","typ":"at+jwt","kid":"{}"}}"#, self.key.algorithm(), self.key.kid())
    }

    fn verdict(&self, token: &str) -> Result<(), VerifyError> {
        verify::<Token>(&self.keys, token, &expect()).map(drop)
    }

    fn verdict_on_header(&self, header: &str) -> Result<(), VerifyError> {
        self.verdict(&self.forge(header, &Token::good().0.to_string()))
    }

    fn verdict_on_claims(&self, claims: &str) -> Result<(), VerifyError> {
        self.verdict(&self.forge(&self.header(""), claims))
    }
}

#[test]
fn the_forger_can_make_good_tokens() {
    let issuer = Issuer::new();
    assert_eq!(issuer.verdict_on_header(&issuer.header("")), Ok(()));
    assert_eq!(issuer.verdict_on_header(&issuer.header(r#""x5t":"harmless","#)), Ok(()));
}

#[test]
fn jw_01_alg_none_family_is_refused() {
    let issuer = Issuer::new();
    for alg in ["none", "None", "NONE", "nOnE", "", " none", "es256"] {
        let header = format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{}"}}"#, issuer.key.kid());
        let message =
            format!("{}.{}", base64url::encode(header), base64url::encode(Token::good().0.to_string()));
        for signature in ["", "AA"] {
            assert_eq!(
                issuer.verdict(&format!("{message}.{signature}")),
                Err(VerifyError::Algorithm),
                "{alg}"
            );
        }
    }
    let unsigned = issuer.key.sign("at+jwt", &Token::good().0).unwrap();
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    assert_eq!(issuer.verdict(&format!("{unsigned}.")), Err(VerifyError::Signature));
    assert!(issuer.verdict(unsigned).is_err());
    for header in [r#"{"typ":"at+jwt"}"#, r#"{"alg":null}"#, r#"{"alg":["ES256"]}"#, "[]", "null", ""] {
        assert!(matches!(issuer.verdict_on_header(header), Err(VerifyError::Header(_))), "{header}");
    }
}

#[test]
fn jw_02_another_kind_of_token_is_refused() {
    let issuer = Issuer::new();
    for typ in ["JWT", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "", "at", "application/jwt"] {
        let token = issuer.key.sign(typ, &Token::good().0).unwrap();
        assert_eq!(issuer.verdict(&token), Err(VerifyError::Type), "{typ}");
    }
    let untyped = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, issuer.key.kid());
    assert_eq!(issuer.verdict_on_header(&untyped), Err(VerifyError::Type));
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
        let token = issuer.key.sign(typ, &Token::good().0).unwrap();
        assert_eq!(issuer.verdict(&token), Ok(()), "{typ}");
    }
}

#[test]
fn jw_03_any_crit_is_refused() {
    let issuer = Issuer::new();
    for extra in [r#""crit":["x"],"x":1,"#, r#""crit":["exp"],"#, r#""crit":[],"#, r#""crit":null,"#] {
        let verdict = issuer.verdict_on_header(&issuer.header(extra));
        assert_eq!(verdict, Err(VerifyError::ForbiddenMember("crit")), "{extra}");
    }
}

#[test]
fn jw_04_unencoded_and_detached_payloads_are_refused() {
    let issuer = Issuer::new();
    for extra in [r#""b64":false,"#, r#""b64":true,"#, r#""b64":null,"#] {
        let verdict = issuer.verdict_on_header(&issuer.header(extra));
        assert_eq!(verdict, Err(VerifyError::ForbiddenMember("b64")), "{extra}");
    }
    let token = issuer.key.sign("at+jwt", &Token::good().0).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(issuer.verdict(&format!("{}..{}", parts[0], parts[2])), Err(VerifyError::Signature));
    for shape in ["", ".", "..", "...", "a.b", &format!("{token}.x"), &format!("{token}=")] {
        assert!(issuer.verdict(shape).is_err(), "{shape}");
    }
}

#[test]
fn jw_05_zero_signatures_and_wrong_curves_are_refused() {
    let issuer = Issuer::new();
    let token = issuer.key.sign("at+jwt", &Token::good().0).unwrap();
    let message = token.rsplit_once('.').unwrap().0;
    let order = base64url::decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    let one = [[0; 31].as_slice(), &[1]].concat();
    for (r, s) in [(&[0; 32][..], &[0; 32][..]), (&one, &[0; 32]), (&[0; 32], &one), (&order, &order)] {
        let signature = base64url::encode([r, s].concat());
        assert_eq!(issuer.verdict(&format!("{message}.{signature}")), Err(VerifyError::Signature));
    }
    // DER, which other systems use for ECDSA, is another text for the same signature.
    assert_eq!(issuer.verdict(&format!("{message}.MAYCAQECAQE")), Err(VerifyError::Signature));

    let number = base64url::encode([1; 48]);
    let p384 = |alg: &str| format!(r#"{{"kty":"EC","crv":"P-384","x":"{number}","y":"{number}"{alg}}}"#);
    let mismatch = Err(JwkError::AlgorithmMismatch("ES256".into()));
    assert_eq!(Jwk::parse(p384(r#","alg":"ES256""#).as_bytes()), mismatch);
    assert!(VerifyingKey::from_jwk(&Jwk::parse(p384("").as_bytes()).unwrap()).is_none());
    let number = base64url::encode([1; 32]);
    let off_curve = format!(r#"{{"kty":"EC","crv":"P-256","x":"{number}","y":"{number}"}}"#);
    assert!(VerifyingKey::from_jwk(&Jwk::parse(off_curve.as_bytes()).unwrap()).is_none());
    let long = off_curve.replace("P-256", "P-384");
    assert_eq!(Jwk::parse(long.as_bytes()), Err(JwkError::Encoding("x")));
}

#[test]
fn jw_06_wrongly_typed_times_are_refused() {
    let issuer = Issuer::new();
    let wrong = [
        "\"9999999999\"",
        "-1",
        "1e400",
        "1e3",
        "1999.5",
        "2000.0",
        "9007199254740992",
        "18446744073709551616",
        "null",
        "true",
        "[2000]",
        "{}",
        "NaN",
        "\"\"",
    ];
    for name in ["exp", "nbf", "iat"] {
        for value in wrong {
            if value == "null" && name != "exp" {
                continue;
            }
            let mut claims = Token::good().0;
            claims[name] = json!("HERE");
            let claims = claims.to_string().replace("\"HERE\"", value);
            let verdict = issuer.verdict_on_claims(&claims);
            assert!(matches!(verdict, Err(VerifyError::Claims(_))), "{name} {value} {verdict:?}");
        }
    }
    for name in ["exp", "iss", "aud", "sub"] {
        let mut claims = Token::good().0;
        claims.as_object_mut().unwrap().remove(name);
        let verdict = issuer.verdict_on_claims(&claims.to_string());
        assert!(matches!(verdict, Err(VerifyError::Claims(_))), "without {name}");
    }
}

#[test]
fn jw_06_times_are_compared_with_leeway() {
    let issuer = Issuer::new();
    let verdict = |name: &str, value: i64| {
        let mut claims = Token::good().0;
        claims[name] = json!(value);
        issuer.verdict_on_claims(&claims.to_string())
    };
    assert_eq!(verdict("exp", 1441), Ok(()));
    assert_eq!(verdict("exp", 1440), Err(VerifyError::Expired(NumericDate::from_unix(1440))));
    assert_eq!(verdict("exp", 0), Err(VerifyError::Expired(NumericDate::from_unix(0))));
    for name in ["nbf", "iat"] {
        assert_eq!(verdict(name, 1560), Ok(()));
        assert_eq!(verdict(name, 1561), Err(VerifyError::NotYetValid(NumericDate::from_unix(1561))));
    }
    let mut expired = Token::good().0;
    expired["exp"] = json!(1);
    let token = issuer.forge(&issuer.header(""), &expired.to_string());
    let hint = Expect { expired_ok: Expired::Accept, ..expect() };
    assert!(verify::<Token>(&issuer.keys, &token, &hint).is_ok());
    assert!(verify::<Token>(&issuer.keys, &token, &Expect { now: i64::MIN, ..expect() }).is_err());
    assert!(verify::<Token>(&issuer.keys, &token, &Expect { now: i64::MAX, ..expect() }).is_err());
}

#[test]
fn jw_07_repeated_members_are_refused() {
    let issuer = Issuer::new();
    for extra in [r#""alg":"ES256","#, r#""\u0061lg":"ES256","#, r#""x":{"y":1,"y":2},"#, r#""kid":"a","#] {
        let verdict = issuer.verdict_on_header(&issuer.header(extra));
        assert!(matches!(verdict, Err(VerifyError::Header(_))), "{extra}");
    }
    let claims = Token::good().0.to_string();
    for extra in [r#""sub":"mallory","#, r#""s\u0075b":"mallory","#, r#""unknown":[{"a":1,"a":1}],"#] {
        let verdict = issuer.verdict_on_claims(&claims.replacen('{', &format!("{{{extra}"), 1));
        assert!(matches!(verdict, Err(VerifyError::Claims(_))), "{extra}");
    }
    assert!(matches!(issuer.verdict_on_claims(&format!("{claims} ")), Ok(())));
    assert!(matches!(issuer.verdict_on_claims(&format!("{claims}{claims}")), Err(VerifyError::Claims(_))));
}

fn rsa_jwk(bytes: usize, e: &str) -> String {
    let mut modulus = vec![0xff; bytes];
    modulus[0] = 0x80;
    format!(r#"{{"kty":"RSA","n":"{}","e":"{e}"}}"#, base64url::encode(modulus))
}

#[test]
fn jw_08_weak_keys_are_refused() {
    let parse = |json: &str| Jwk::parse(json.as_bytes());
    assert_eq!(parse(&rsa_jwk(128, "AQAB")), Err(JwkError::RsaSize(1024)));
    assert_eq!(parse(&rsa_jwk(255, "AQAB")), Err(JwkError::RsaSize(2040)));
    assert_eq!(parse(&rsa_jwk(1025, "AQAB")), Err(JwkError::RsaSize(8200)));
    assert_eq!(parse(&rsa_jwk(256, "AQ")), Err(JwkError::RsaExponent));
    assert_eq!(parse(&rsa_jwk(256, "Aw")), Err(JwkError::RsaExponent));
    assert_eq!(parse(&rsa_jwk(256, "")), Err(JwkError::RsaExponent));
    assert!(parse(&rsa_jwk(256, "AQAB")).is_ok());
    assert_eq!(parse(r#"{"kty":"oct","k":"c2VjcmV0"}"#), Err(JwkError::Symmetric));
    let padded = rsa_jwk(128, "AQAB").replace("\"n\":\"", &format!("\"n\":\"{}", "AAAA".repeat(64)));
    assert_eq!(parse(&padded), Err(JwkError::RsaSize(1024)), "leading zeros do not count");
    assert_eq!(
        SigningKey::from_pkcs8(Algorithm::Rs256, &[]).unwrap_err(),
        KeyError::Rejected(Algorithm::Rs256)
    );

    let set = format!(r#"{{"keys":[{}]}}"#, rsa_jwk(128, "AQAB"));
    assert_eq!(JwkSet::parse(set.as_bytes()), Err(JwkError::RsaSize(1024)));
    assert!(serde_json::from_str::<JwkSet>(&set).unwrap_err().to_string().contains("2048"));
    assert_eq!(
        JwkSet::parse_foreign(set.as_bytes()).unwrap(),
        (JwkSet::default(), vec![JwkError::RsaSize(1024)])
    );
    let unknown = r#"{"keys":[{"kty":"AKP","alg":"ML-DSA-44"},{"kty":"EC","crv":"secp256k1"}]}"#;
    assert_eq!(JwkSet::parse(unknown.as_bytes()), Ok(JwkSet::default()));
    assert_eq!(serde_json::from_str::<JwkSet>(unknown).unwrap(), JwkSet::default());
    assert!(JwkSet::parse_foreign(b"{}").is_err());
    let many = format!(r#"{{"keys":[{}]}}"#, vec![r#"{"kty":"AKP"}"#; 101].join(","));
    assert_eq!(JwkSet::parse(many.as_bytes()), Err(JwkError::TooManyKeys));
    assert!(JwkSet::parse_foreign(many.as_bytes()).unwrap().1.contains(&JwkError::TooManyKeys));
}

#[test]
fn jw_09_published_private_keys_are_refused() {
    let x = base64url::encode([1; 32]);
    for (name, value) in [
        ("d", "\"AQ\""),
        ("p", "\"AQ\""),
        ("q", "\"AQ\""),
        ("dp", "\"AQ\""),
        ("dq", "\"AQ\""),
        ("qi", "\"AQ\""),
        ("oth", "[]"),
        ("k", "\"AQ\""),
        ("d", "null"),
    ] {
        for kty in [format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#), r#""kty":"unknown""#.into()] {
            let jwk = format!(r#"{{{kty},"{name}":{value}}}"#);
            assert_eq!(Jwk::parse(jwk.as_bytes()), Err(JwkError::PrivateMember(name)), "{jwk}");
            assert!(JwkSet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).is_err());
        }
    }
    let twice = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","x":"{x}"}}"#);
    assert!(matches!(Jwk::parse(twice.as_bytes()), Err(JwkError::Json(_))));
}

#[test]
fn jw_16_oversized_tokens_are_refused_before_parsing() {
    let issuer = Issuer::new();
    let mut claims = Token::good().0;
    claims["sub"] = json!("x".repeat(MAX_TOKEN));
    let token = issuer.forge(&issuer.header(""), &claims.to_string());
    assert_eq!(issuer.verdict(&token), Err(VerifyError::TooLong));
    assert_eq!(issuer.verdict(&".".repeat(MAX_TOKEN + 1)), Err(VerifyError::TooLong));
    assert_eq!(crate::peek(&"a".repeat(MAX_TOKEN + 1)), Err(VerifyError::TooLong));
    claims["sub"] = json!("x".repeat(5000));
    assert_eq!(issuer.verdict_on_claims(&claims.to_string()), Ok(()));
}

#[test]
fn ca_08_the_key_decides_the_algorithm() {
    let issuer = Issuer::with(Algorithm::Rs256);
    let claims = base64url::encode(Token::good().0.to_string());
    let kid = issuer.key.kid();
    let public = serde_json::to_vec(issuer.key.public_jwk()).unwrap();
    for hmac in ["HS256", "HS384", "HS512"] {
        let header = format!(r#"{{"alg":"{hmac}","typ":"at+jwt","kid":"{kid}"}}"#);
        let message = format!("{}.{claims}", base64url::encode(header));
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public);
        let tag = base64url::encode(ring::hmac::sign(&secret, message.as_bytes()));
        assert_eq!(issuer.verdict(&format!("{message}.{tag}")), Err(VerifyError::Algorithm));
    }
    for other in ["ES256", "PS256", "EdDSA"] {
        let header = format!(r#"{{"alg":"{other}","typ":"at+jwt","kid":"{kid}"}}"#);
        assert_eq!(issuer.verdict_on_header(&header), Err(VerifyError::AlgorithmMismatch), "{other}");
    }
    let encryption = rsa_jwk(256, "AQAB").replace('{', r#"{"use":"enc","#);
    assert!(VerifyingKey::from_jwk(&Jwk::parse(encryption.as_bytes()).unwrap()).is_none());
    let other = rsa_jwk(256, "AQAB").replace('{', r#"{"alg":"RS512","#);
    assert!(VerifyingKey::from_jwk(&Jwk::parse(other.as_bytes()).unwrap()).is_none());
    let wrong = rsa_jwk(256, "AQAB").replace('{', r#"{"alg":"ES256","#);
    assert_eq!(Jwk::parse(wrong.as_bytes()), Err(JwkError::AlgorithmMismatch("ES256".into())));
}

#[test]
fn ca_09_keys_in_the_header_are_refused() {
    let issuer = Issuer::new();
    let jwk = serde_json::to_string(issuer.key.public_jwk()).unwrap();
    for (name, value) in [
        ("jwk", jwk.as_str()),
        ("jku", "\"https://evil.test/k\""),
        ("x5u", "\"https://evil.test/c\""),
        ("x5c", "[]"),
        ("jku", "null"),
    ] {
        let verdict = issuer.verdict_on_header(&issuer.header(&format!("\"{name}\":{value},")));
        assert_eq!(verdict, Err(VerifyError::ForbiddenMember(name)));
    }
}

#[test]
fn ca_10_hostile_kids_are_only_looked_up() {
    let issuer = Issuer::new();
    let verdict = |kid: &str| {
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": kid}).to_string();
        issuer.verdict_on_header(&header)
    };
    for kid in ["../../etc/passwd", "' OR 1=1--", "", &"k".repeat(256)] {
        assert_eq!(verdict(kid), Err(VerifyError::UnknownKey(kid.to_owned())));
    }
    for kid in ["\0", "a\nb", "é", &"k".repeat(257)] {
        assert_eq!(verdict(kid), Err(VerifyError::Kid));
    }
    let nameless = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    assert_eq!(issuer.verdict_on_header(nameless), Ok(()), "the only key there is");
    let mut two = issuer.keys.clone();
    two.insert(Issuer::new().key.verifying_key());
    let token = issuer.forge(nameless, &Token::good().0.to_string());
    assert_eq!(verify::<Token>(&two, &token, &expect()).map(drop), Err(VerifyError::NoKey));
}

#[test]
fn issuer_and_audience_are_compared_byte_for_byte() {
    let issuer = Issuer::new();
    let verdict = |name: &str, value: Value| {
        let mut claims = Token::good().0;
        claims[name] = value;
        issuer.verdict_on_claims(&claims.to_string())
    };
    for iss in ["https://as.example/", "https://AS.example", "http://as.example", ""] {
        assert_eq!(verdict("iss", json!(iss)), Err(VerifyError::Issuer), "{iss}");
    }
    for aud in
        [json!("https://mcp.example"), json!("https://mcp.example/mcp/"), json!([]), json!(["x"]), json!("")]
    {
        assert_eq!(verdict("aud", aud), Err(VerifyError::Audience));
    }
    assert_eq!(verdict("aud", json!(["x", "https://mcp.example/mcp"])), Ok(()));
    let mut other = issuer.keys.clone();
    other = other.iter().map(|_| Issuer::new().key.verifying_key()).collect();
    let token = issuer.key.sign("at+jwt", &Token::good().0).unwrap();
    assert!(matches!(
        verify::<Token>(&other, &token, &expect()),
        Err(VerifyError::UnknownKey(kid)) if kid == issuer.key.kid()
    ));
}
