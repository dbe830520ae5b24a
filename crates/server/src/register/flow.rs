//! Parse, construct, store.

use std::sync::Arc;

use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::secret::{InitialToken, RegistrationToken, Token};
use gatewright_oauth::{Client, ClientId, Code, Profile, Refusal};
use gatewright_store::clients;
use gatewright_store::{Write, initial_tokens};
use uuid::Uuid;

use super::statement;
use crate::app::{App, Moment};
use crate::clients::enrol::{Enrolled, enrol, new_secret, used_up};
use crate::config::RegistrationMode;
use crate::error::{Outcome, Stop};
use crate::policy;

/// Who lets a registration in.
struct Invitation {
    token: Uuid,
    profile: Profile,
}

/// Steps 1 to 4 for somebody nobody knows, or somebody with an initial access token.
pub async fn dynamic(app: &App, moment: &Moment, body: &[u8], bearer: Option<&str>) -> Outcome<Enrolled> {
    let invitation = match bearer {
        Some(token) => Some(invited(app, moment, token).await?),
        None => {
            require_open(app).await?;
            None
        }
    };
    let policy = policy::dynamic(&app.config, invitation.as_ref().map(|invited| invited.profile));
    let request = read(app, moment, body).await?;
    let id = ClientId::from_random(app.random());
    let mut client = register(&policy, request, id, moment.now)?;
    // A registration that is nobody else's has somebody who manages it: with its own secret or key, or by
    // invitation. One that is shared by whoever registers the same has nobody who may change it for all.
    let registration_token = (invitation.is_some() || !client.is_public())
        .then(|| Token::<RegistrationToken>::from_random(app.random()));
    client.registration_token = registration_token.as_ref().map(Token::digest);
    let asked = client.metadata.clone();
    let known = match client.dedupe_digest() {
        Some(digest) => clients::by_dedupe(&app.store, &digest).await?,
        None => None,
    };
    let mut enrolled = match known.filter(|known| known.disabled_at.is_none()) {
        Some(known) => Enrolled { client: known, secret: None, registration_token: None },
        None => {
            if invitation.is_none() {
                admit(app, moment)?;
            }
            let initial_token = invitation.map(|invited| invited.token);
            let enrolled = enrol(app, moment, client, initial_token).await?;
            Enrolled { registration_token: registration_token.map(|token| token.text()), ..enrolled }
        }
    };
    // The ports of loopback redirect URIs do not tell documents apart; each client sees its own.
    enrolled.client.metadata = asked;
    Ok(enrolled)
}

/// Reads a document, with what its software statement says about it.
pub(super) async fn read(app: &App, moment: &Moment, body: &[u8]) -> Outcome<RegistrationRequest> {
    let request = RegistrationRequest::parse(body)?;
    let Some(text) = &request.software_statement else { return Ok(request) };
    let claims = statement::verify(app, moment, text).await?;
    let stated = RegistrationRequest::parse_stated(body, &claims)?;
    Ok(RegistrationRequest { software_statement: request.software_statement, ..stated })
}

async fn invited(app: &App, moment: &Moment, bearer: &str) -> Outcome<Invitation> {
    let Some(token) = Token::<InitialToken>::parse(bearer) else {
        return Err(Stop::refuse(Code::InvalidToken, "this is not an initial access token of this server"));
    };
    let found = initial_tokens::find(&app.store, &token.digest()).await?;
    let usable = found.filter(|found| {
        found.revoked_at.is_none() && found.expires_at > moment.now && found.uses < found.most_uses
    });
    match usable {
        Some(found) => Ok(Invitation { token: found.id, profile: found.profile }),
        None => Err(used_up()),
    }
}

/// Whether anybody may register at all.
async fn require_open(app: &App) -> Outcome<()> {
    let is_open = match app.settings.now().registration {
        RegistrationMode::Open => true,
        RegistrationMode::Auto => app.directory.is_open().await?,
        RegistrationMode::Token | RegistrationMode::Off => false,
    };
    if is_open {
        return Ok(());
    }
    Err(Stop::refuse(
        Code::InvalidToken,
        "registration needs an initial access token here, sent as Bearer; ask the operator for one, or to register the client",
    ))
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

/// The client whose registration the bearer of `token` manages (RFC 7592 §2).
pub(super) async fn managed(app: &App, id: &str, bearer: Option<&str>) -> Outcome<Arc<Client>> {
    let token = bearer.and_then(Token::<RegistrationToken>::parse);
    let client = match ClientId::parse(id) {
        Ok(id) => app.directory.client(&id).await?,
        Err(_) => None,
    };
    let managed =
        client.zip(token).filter(|(client, token)| client.registration_token == Some(token.digest()));
    managed.map(|(client, _)| client).ok_or_else(|| {
        Stop::refuse(
            Code::InvalidToken,
            "this is not the registration access token of this client; it changes with every update",
        )
    })
}

/// Replaces what a client says of itself (RFC 7592 §2.2): the whole document is judged as if it were new.
pub(super) async fn update(app: &App, moment: &Moment, old: &Client, body: &[u8]) -> Outcome<Enrolled> {
    let request = read(app, moment, body).await?;
    statement::same_client(body, old)?;
    let policy = RegistrationPolicy {
        profile: old.profile,
        ..policy::dynamic(&app.config, (old.profile != Profile::Mcp).then_some(old.profile))
    };
    let judged = register(&policy, request, old.id.clone(), old.created_at)?;
    let token = Token::<RegistrationToken>::from_random(app.random());
    let keeps_secret = judged.metadata.token_endpoint_auth_method.has_secret() && old.secret.is_some();
    let secret = if keeps_secret { None } else { new_secret(app, &judged) };
    let client = Client {
        secret: if keeps_secret { old.secret } else { secret.as_ref().map(Token::digest) },
        registration_token: Some(token.digest()),
        ..judged
    };
    let Some(held) = &old.registration_token else { return Err(gone()) };
    match clients::update(&app.store, &client, held, &moment.trace(app)).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(gone()),
    }
    app.directory.forget_client(&client.id).await;
    Ok(Enrolled { client, secret: secret.map(|token| token.text()), registration_token: Some(token.text()) })
}

/// Ends a client by its own wish (RFC 7592 §2.3), and with it everything that was granted to it.
pub(super) async fn delete(app: &App, moment: &Moment, client: &Client) -> Outcome<()> {
    match clients::delete(&app.store, &client.id, &moment.trace(app)).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(gone()),
    }
    app.directory.forget_client(&client.id).await;
    Ok(())
}

fn gone() -> Stop {
    Stop::refuse(
        Code::InvalidToken,
        "the registration was changed or ended while this request was on its way",
    )
}
