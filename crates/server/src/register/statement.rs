//! Software statements (RFC 7591 §2.3): signed by somebody the operator trusts to describe clients.
//!
//! 1. Only configured issuers count (DC-13); who else signs is `unapproved_software_statement`.
//! 2. The signature is the issuer's, with keys from its file or its `https` URL ([`crate::fetch`]), never from the
//!    statement. `exp` is required: a statement that never ends cannot be taken back.
//! 3. Its claims win over what stands beside them in the request; the result is judged like every registration.

use std::sync::Arc;

use gatewright_jose::{
    Audience, Claims, Expect, Expired, JwkSet, KeySet, NumericDate, VerifyError, base64url,
};
use gatewright_oauth::{Client, Code, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::app::{App, Moment};
use crate::clients::keys::{self, Look};
use crate::config::{StatementIssuer, StatementKeys};
use crate::error::{Fault, Outcome, Stop};

/// What `typ` may say.
const TYPES: [&str; 3] = ["JWT", "software-statement+jwt", ""];

#[derive(Deserialize)]
struct Statement {
    iss: String,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    #[serde(default = "nobody")]
    aud: Audience,
    #[serde(flatten)]
    about: Map<String, Value>,
}

fn nobody() -> Audience {
    Audience::Many(Vec::new())
}

impl Claims for Statement {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        self.nbf
    }
    fn issued_at(&self) -> Option<NumericDate> {
        self.iat
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

/// What a statement says about the client.
pub(super) async fn verify(app: &App, moment: &Moment, text: &str) -> Outcome<Map<String, Value>> {
    let issuer =
        claimed_issuer(text).ok_or_else(|| invalid("software_statement is not a JWT with an iss"))?;
    let issuers = &app.config.registration.software_statement_issuers;
    let trusted = issuers.iter().find(|known| known.issuer == issuer).ok_or_else(|| {
        Stop::refuse(
            Code::UnapprovedSoftwareStatement,
            "the issuer of software_statement is not one this server trusts; leave the member out, or ask the operator",
        )
    })?;
    let expect = Expect {
        typ: &TYPES,
        issuer: &trusted.issuer,
        audience: None,
        now: moment.unix(),
        leeway: 30,
        expired_ok: Expired::Refuse,
    };
    for look in [Look::Known, Look::Again] {
        let keys = keys_of(app, moment, trusted, look).await?;
        match gatewright_jose::verify::<Statement>(&keys, text, &expect) {
            Ok(statement) => return Ok(statement.into_claims().about),
            Err(VerifyError::UnknownKey(_)) => {}
            Err(VerifyError::Expired(_)) => return Err(invalid("software_statement has expired").into()),
            Err(_) => {
                return Err(
                    invalid("software_statement is not a JWT that its issuer signed, with exp").into()
                );
            }
        }
    }
    Err(invalid("software_statement names a key that its issuer does not publish").into())
}

async fn keys_of(app: &App, moment: &Moment, issuer: &StatementIssuer, look: Look) -> Outcome<Arc<KeySet>> {
    match &issuer.keys {
        StatementKeys::Url(url) => {
            let published = keys::published(app, moment, url, look).await;
            Ok(published
                .map_err(|reason| Fault::unavailable(format!("the keys of {}: {reason}", issuer.issuer)))?)
        }
        StatementKeys::File(file) => {
            let json = tokio::fs::read(file).await.map_err(Fault::internal)?;
            let (set, _) = JwkSet::parse_foreign(&json).map_err(Fault::internal)?;
            Ok(Arc::new(KeySet::from_jwks(&set)))
        }
    }
}

/// Only good for choosing whose keys to look at.
fn claimed_issuer(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let claims = base64url::decode(text.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Issuer>(&claims).ok().map(|claims| claims.iss)
}

/// An update names the client it is for, and nothing that is not the client's to choose (RFC 7592 §2.2).
pub(super) fn same_client(body: &[u8], client: &Client) -> Outcome<()> {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    if members.get("client_id").is_some_and(|id| id.as_str() != Some(client.id.as_str())) {
        return Err(Stop::refuse(
            Code::InvalidClientMetadata,
            "client_id must be the one of this registration, or left out",
        ));
    }
    for fixed in [
        "registration_access_token",
        "registration_client_uri",
        "client_id_issued_at",
        "client_secret_expires_at",
    ] {
        if members.contains_key(fixed) {
            return Err(Stop::Refused(Refusal::new(
                Code::InvalidClientMetadata,
                format!("{fixed} is not the client's to choose; leave it out (RFC 7592 section 2.2)"),
            )));
        }
    }
    Ok(())
}

fn invalid(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidSoftwareStatement, description)
}
