//! Parse, construct, store.

use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{Client, ClientId, Code, Refusal};
use gatewright_store::Write;
use gatewright_store::clients::{self, Registered};

use crate::app::{App, Moment};
use crate::error::{Fault, Outcome, Stop};

/// A registered client, and its secret if it has one: this is the only time it is seen.
pub struct Enrolled {
    /// The client.
    pub client: Client,
    /// Its secret.
    pub secret: Option<Secret<String>>,
}

/// Steps 1 to 3 for somebody nobody knows.
pub async fn dynamic(app: &App, moment: &Moment, body: &[u8]) -> Outcome<Enrolled> {
    let request = RegistrationRequest::parse(body)?;
    let id = ClientId::from_random(app.random());
    let client = register(&RegistrationPolicy::dynamic(), request, id, moment.now)?;
    let asked = client.metadata.clone();
    let known = match client.dedupe_digest() {
        Some(digest) => clients::by_dedupe(&app.store, &digest).await?,
        None => None,
    };
    let mut enrolled = match known.filter(|known| known.disabled_at.is_none()) {
        Some(known) => Enrolled { client: known, secret: None },
        None => {
            admit(app, moment)?;
            enrol(app, moment, client).await?
        }
    };
    // The ports of loopback redirect URIs do not tell documents apart; each client sees its own.
    enrolled.client.metadata = asked;
    Ok(enrolled)
}

/// Step 3, for every origin: gives a confidential client its secret and stores the client.
pub async fn enrol(app: &App, moment: &Moment, mut client: Client) -> Outcome<Enrolled> {
    let secret = (!client.is_public()).then(|| Token::<ClientSecret>::from_random(app.random()));
    client.secret = secret.as_ref().map(Token::digest);
    match clients::create(&app.store, &client, &moment.trace(app)).await? {
        Write::Applied(Registered::New(client)) => {
            Ok(Enrolled { client, secret: secret.map(|token| token.text()) })
        }
        Write::Applied(Registered::Existing(existing)) => match existing.disabled_at {
            None => Ok(Enrolled { client: existing, secret: None }),
            Some(_) => Err(Stop::refuse(
                Code::InvalidClientMetadata,
                "an administrator has disabled the client with exactly this metadata",
            )),
        },
        Write::Lost => Err(Fault::internal("a client id was used twice").into()),
    }
}

fn admit(app: &App, moment: &Moment) -> Outcome<()> {
    if app.registrations.admit(moment.peer, moment.now) {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::new(
        Code::SlowDown,
        "too many new registrations from this network; reuse the client_id you have, or try again in a minute",
    )))
}
