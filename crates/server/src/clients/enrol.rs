//! How a client is stored, wherever it comes from: an administrator, a registration, the admin API.

use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{Client, Code};
use gatewright_store::Write;
use gatewright_store::clients::{self, Enrolment, Registered};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Fault, Outcome, Stop};

/// A registered client, and its secrets if it has any: this is the only time they are seen.
pub struct Enrolled {
    /// The client.
    pub client: Client,
    /// Its secret.
    pub secret: Option<Secret<String>>,
    /// What it manages its registration with.
    pub registration_token: Option<Secret<String>>,
}

/// Gives a client that authenticates with a secret its secret, and stores the client.
pub async fn enrol(
    app: &App,
    moment: &Moment,
    mut client: Client,
    initial_token: Option<Uuid>,
) -> Outcome<Enrolled> {
    let secret = new_secret(app, &client);
    client.secret = secret.as_ref().map(Token::digest);
    let enrolment = Enrolment { client: &client, initial_token };
    match clients::create(&app.store, enrolment, &moment.trace(app)).await? {
        Write::Applied(Registered::New(client)) => {
            Ok(Enrolled { client, secret: secret.map(|token| token.text()), registration_token: None })
        }
        Write::Applied(Registered::Existing(existing)) => match existing.disabled_at {
            None => Ok(Enrolled { client: existing, secret: None, registration_token: None }),
            Some(_) => Err(Stop::refuse(
                Code::InvalidClientMetadata,
                "an administrator has blocked the client with exactly this metadata",
            )),
        },
        Write::Lost if initial_token.is_some() => Err(used_up()),
        Write::Lost => Err(Fault::internal("a client id was used twice").into()),
    }
}

/// A secret for a client that authenticates with one.
pub fn new_secret(app: &App, client: &Client) -> Option<Token<ClientSecret>> {
    let has_one = client.metadata.token_endpoint_auth_method.has_secret();
    has_one.then(|| Token::from_random(app.random()))
}

/// What the bearer of an initial access token hears that lets nobody in any more.
pub fn used_up() -> Stop {
    Stop::refuse(Code::InvalidToken, "the initial access token is unknown, used up, expired or revoked")
}
