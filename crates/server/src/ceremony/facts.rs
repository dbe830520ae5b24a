//! Everything a step of the ceremony decides from: the client and resource as they are now, who is
//! signed in, and what they allowed before. Client and resource come from the directory; the person
//! and their consent from one read.

use std::sync::Arc;

use gatewright_oauth::assurance::Acr;
use gatewright_oauth::authorize::{AuthorizeRequest, Channel, Remembered, SignedIn, Situation};
use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::{Client, Code, Refusal, Resource, Scopes, Time};
use gatewright_store::consents::{By, Consent};
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
    least: Acr,
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
    /// What it covers, as the rules see it.
    pub remembered: Option<Remembered>,
}

impl Present {
    /// When the session ends now unless it is used again: never later than its absolute end.
    pub fn idle_end(&self, app: &App, moment: &Moment) -> Time {
        let idle = moment.now + chrono::Duration::hours(i64::from(app.config.session.idle_hours));
        idle.min(self.session_ends)
    }
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
        let person = present(app, moment, session, (&client, &resource)).await?;
        let mut request = request.clone();
        if let Some(person) = &person {
            request.scopes = own(app, &request.scopes, (&resource, &person.user))?;
        }
        let least = policy::least(&app.config, person.as_ref().and_then(|person| person.user.role));
        Ok(Facts { request, client, resource, channel, person, least, now: moment.now })
    }

    /// The answer that is kept, where it covers `scopes` and client and resource are what it was given for.
    pub fn remembered(&self, scopes: &Scopes) -> Option<&Consent> {
        let person = self.person.as_ref()?;
        let said = person.remembered.as_ref()?;
        let covers = scopes.is_subset(&said.scopes)
            && said.client_digest == self.client.digest()
            && said.resource_digest == self.resource.digest();
        person.consent.as_ref().filter(|_| covers)
    }

    /// The situation the pure decision is made in.
    pub fn situation(&self) -> Situation<'_> {
        Situation {
            request: &self.request,
            client: &self.client,
            resource: &self.resource,
            who: self.person.as_ref().map(|person| &person.signed_in),
            remembered: self.person.as_ref().and_then(|person| person.remembered.as_ref()),
            least: self.least,
            now: self.now,
        }
    }
}

/// Whether an answer that is kept is still one: it was for a time, or the administrators gave it and have not taken
/// it back.
fn answers(consent: &Consent, client: &Client, now: Time) -> bool {
    consent.is_remembered(now)
        && match consent.by {
            By::Person => true,
            By::Policy => client.consent == ConsentRule::PreApproved,
        }
}

/// Who is signed in, and what they allowed this client at this resource before.
pub async fn present(
    app: &App,
    moment: &Moment,
    session: Option<&Token<SessionId>>,
    (client, resource): (&Client, &Resource),
) -> Outcome<Option<Present>> {
    let Some(session) = session else { return Ok(None) };
    let wanted = Wanted { client: &client.id, resource: resource.id };
    let found = sessions::with_consent(&app.store, &session.digest(), wanted, moment.now).await?;
    Ok(found.map(|(facts, consent)| Present {
        signed_in: SignedIn {
            user: facts.user.id,
            session: facts.session.id,
            auth_time: facts.session.auth_time,
            amr: facts.session.amr,
        },
        session_ends: facts.session.expires_at,
        user: facts.user,
        remembered: consent.as_ref().filter(|consent| answers(consent, client, moment.now)).map(|consent| {
            Remembered {
                scopes: consent.scope.clone(),
                client_digest: consent.client_digest,
                resource_digest: consent.resource_digest,
            }
        }),
        consent,
    }))
}

/// Nobody is asked for what they do not have: of the admin API's scopes those that the person's role has.
pub fn own(app: &App, scopes: &Scopes, (resource, user): (&Resource, &User)) -> Outcome<Scopes> {
    let Some(own) = policy::has_at(&app.config, resource, user) else { return Ok(scopes.clone()) };
    let others = resource.scope_names().minus(&own);
    let left = scopes.minus(&others);
    if left.intersect(&own).is_empty() && left != *scopes {
        return Err(Stop::Refused(Refusal::new(
            Code::AccessDenied,
            "this account has no part in the administration of this server, or not in this",
        )));
    }
    Ok(left)
}

/// Unknown, disabled and deleted clients look the same (AZ-01).
pub fn unknown_client() -> Refusal {
    Refusal::new(
        Code::InvalidClient,
        "this client_id is not registered here; the client has to register again",
    )
}
