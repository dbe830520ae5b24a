//! Everything a step of the ceremony decides from: the client and resource as they are now, who is
//! signed in, and what they allowed before. Client and resource come from the directory; the person
//! and their consent from one read.

use std::sync::Arc;

use gatewright_oauth::authorize::{AuthorizeRequest, Channel, Remembered, SignedIn, Situation};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::{Client, Code, Refusal, Resource, Time};
use gatewright_store::consents::Consent;
use gatewright_store::sessions::{self, Wanted};
use gatewright_store::users::User;

use crate::app::{App, Moment};
use crate::clients;
use crate::error::{Outcome, Stop};
use crate::policy;

/// The facts of one step.
pub struct Facts {
    /// What is asked, as far as this person may say yes to it.
    pub request: AuthorizeRequest,
    /// The client.
    pub client: Arc<Client>,
    /// The resource.
    pub resource: Arc<Resource>,
    /// Where the answer goes.
    pub channel: Channel,
    /// Who is signed in.
    pub person: Option<Present>,
    now: Time,
}

/// A signed-in person.
pub struct Present {
    /// The account.
    pub user: User,
    /// The session, as the rules see it.
    pub signed_in: SignedIn,
    /// When the session ends in any case.
    pub session_ends: Time,
    /// The stored consent for this client and resource.
    pub consent: Option<Consent>,
    remembered: Option<Remembered>,
}

impl Facts {
    /// Loads the facts for a request.
    pub async fn load(
        app: &App,
        moment: &Moment,
        request: &AuthorizeRequest,
        session: Option<&Token<SessionId>>,
    ) -> Outcome<Facts> {
        let stored = app.directory.stored(&request.client_id).await?;
        let client = clients::present(app, moment, &request.client_id, stored).await?;
        let channel = request.channel(&client)?;
        let resource = app.directory.resource_by_id(request.resource).await?.ok_or_else(|| {
            Stop::Refused(Refusal::new(Code::InvalidTarget, "this resource is not served any more"))
        })?;
        let found = match session {
            Some(session) => {
                let wanted = Wanted { client: &client.id, resource: resource.id };
                sessions::with_consent(&app.store, &session.digest(), wanted, moment.now).await?
            }
            None => None,
        };
        let person = found.map(|(facts, consent)| Present {
            signed_in: SignedIn {
                user: facts.user.id,
                session: facts.session.id,
                auth_time: facts.session.auth_time,
                amr: facts.session.amr,
            },
            session_ends: facts.session.expires_at,
            user: facts.user,
            remembered: consent.as_ref().map(|consent| Remembered {
                scopes: consent.scope.clone(),
                client_digest: consent.client_digest,
                resource_digest: consent.resource_digest,
            }),
            consent,
        });
        let request = narrowed(app, request, (&resource, person.as_ref()))?;
        Ok(Facts { request, client, resource, channel, person, now: moment.now })
    }

    /// The situation the pure decision is made in.
    pub fn situation(&self) -> Situation<'_> {
        Situation {
            request: &self.request,
            client: &self.client,
            resource: &self.resource,
            who: self.person.as_ref().map(|person| &person.signed_in),
            remembered: self.person.as_ref().and_then(|person| person.remembered.as_ref()),
            now: self.now,
        }
    }
}

/// Nobody is asked for what they do not have: of the admin API's scopes those that the person's role has.
fn narrowed(
    app: &App,
    request: &AuthorizeRequest,
    (resource, person): (&Resource, Option<&Present>),
) -> Outcome<AuthorizeRequest> {
    let mut request = request.clone();
    let Some(person) = person else { return Ok(request) };
    if let Some(own) = policy::has_at(&app.config, resource, &person.user) {
        let (before, others) = (request.scopes.clone(), resource.scope_names().minus(&own));
        request.scopes = before.minus(&others);
        if request.scopes.intersect(&own).is_empty() && before != request.scopes {
            return Err(Stop::Refused(Refusal::new(
                Code::AccessDenied,
                "this account has no part in the administration of this server, or not in this",
            )));
        }
    }
    Ok(request)
}

/// Unknown, disabled and deleted clients look the same (AZ-01).
pub fn unknown_client() -> Refusal {
    Refusal::new(
        Code::InvalidClient,
        "this client_id is not registered here; the client has to register again",
    )
}
