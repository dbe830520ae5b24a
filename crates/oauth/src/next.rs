//! What happens with a validated request now (OIDC Core §3.1.2.3, §3.1.2.4; OAuth 2.1 §7.3, §7.13).
//!
//! [`next`] is asked again on every step of the way (after `/authorize`, after login, when the consent page is shown)
//! and answers from what is true at that moment: who is signed in, what they allowed before, what client and resource
//! are now. Nothing is remembered from the last answer, so nothing can be skipped by replaying a step.
//!
//! 1. Is the right person signed in, freshly and surely enough? (`prompt`, `max_age`, `id_token_hint`, `acr_values`,
//!    what the operator requires, and what the resource demands for what is asked)
//! 2. Did they allow all of it before, to the client as it is now, for the resource as it is now?
//! 3. Did the administrators allow it in everybody's place? Never what is dangerous.
//! 4. Is this a client that may be answered silently at all? A program on the person's device may not: any program
//!    there can claim to be it, by listening or by registering its scheme (DC-15; RFC 8252 §8.6).
//!
//! [`approve`] is the same judgement for the moment the person says yes, to all of it or to a part.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::assurance::Acr;
use crate::authorize::{AuthorizeRequest, Channel, Prompt};
use crate::client::{Client, ConsentRule, Origin};
use crate::demand::Demand;
use crate::narrow;
use crate::permit::{Basis, GateFacts, Permit, Person, UserState, Way, gate};
use crate::redirect::RedirectKind;
use crate::resource::Resource;
use crate::scope::Scopes;
use crate::secret::Digest;
use crate::{Code, Refusal, Time};

/// A live browser session of an enabled user: both are in the statement that loads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: Uuid,
    /// The session.
    pub session: Uuid,
    /// When they proved it, to the microsecond.
    pub auth_time: Time,
    /// How, as RFC 8176 values separated by spaces.
    pub amr: String,
}

/// What a person allowed, and to whom and for what exactly: scopes, and digests of what the page showed of client and
/// resource. Stored as the remembered consent; sealed into the page's form as what is being approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// What was allowed.
    pub scopes: Scopes,
    /// [`Client::digest`] at that time.
    pub client_digest: Digest,
    /// [`Resource::digest`] at that time.
    pub resource_digest: Digest,
}

impl Remembered {
    /// What a page shows that asks for `ask` now.
    pub fn shown(ask: &Ask, client: &Client, resource: &Resource) -> Self {
        Self { scopes: ask.scopes(), client_digest: client.digest(), resource_digest: resource.digest() }
    }
}

/// Everything [`next`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What was asked.
    pub request: &'a AuthorizeRequest,
    /// The client, as it is now.
    pub client: &'a Client,
    /// The resource, as it is now.
    pub resource: &'a Resource,
    /// Who is signed in.
    pub who: Option<&'a SignedIn>,
    /// What they allowed this client at this resource before.
    pub remembered: Option<&'a Remembered>,
    /// What the operator requires of this person's proof.
    pub least: Acr,
    /// The time of the step being taken.
    pub now: Time,
}

/// What happens now.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The person signs in.
    SignIn(WhySignIn),
    /// The person is asked.
    Consent(Ask),
    /// Nothing is missing.
    Issue(Box<Permit>),
    /// The client is told no, if it may be told at all.
    Refuse {
        /// What it is told.
        refusal: Refusal,
        /// How.
        by: Delivery,
    },
}

/// Why somebody has to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhySignIn {
    /// Nobody is signed in.
    Nobody,
    /// `prompt=login`.
    Asked,
    /// The last login is older than `max_age` allows.
    TooOld,
    /// `prompt=select_account`.
    ChooseAccount,
    /// `id_token_hint` names somebody else.
    SomebodyElse,
    /// What they showed is worth less than the client, the operator or the resource requires.
    TooWeak,
}

/// What the person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Scopes they have not allowed before; shown first.
    pub new: Scopes,
    /// Scopes they have allowed before and that the new grant will have too.
    pub already: Scopes,
    /// Why they are asked.
    pub because: WhyAsk,
}

impl Ask {
    /// What saying yes allows: with anything new, the union with what was allowed before (ruling 14).
    pub fn scopes(&self) -> Scopes {
        self.new.union(&self.already)
    }

    /// What stands open on the page: what is new, or all of it where nothing is.
    pub fn open(&self) -> &Scopes {
        if self.new.is_empty() { &self.already } else { &self.new }
    }

    /// What the person picks one by one: what stands open and is dangerous (CN-04). Nothing else is ever refused by
    /// itself, so no app has to live with half of what belongs together.
    pub fn choices(&self, resource: &Resource) -> Scopes {
        self.open().intersect(&resource.dangerous())
    }
}

/// Why the person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyAsk {
    /// They never allowed this client anything at this resource.
    First,
    /// What the client says of itself has changed since.
    ClientChanged,
    /// The resource's name or scopes have changed since.
    ResourceChanged,
    /// More is asked for than they allowed.
    More,
    /// `prompt=consent`.
    Asked,
    /// The answer goes to a program on their device, which cannot prove what it is.
    Program,
}

/// How a refusal may reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// By redirect, at once.
    Redirect,
    /// On a page that names the host and asks before going there.
    Interstitial,
    /// Not at all: the person gets an error page.
    Page,
}

/// Whether a person with an account here is in front of the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nobody has signed in.
    Nobody,
    /// Somebody has.
    SignedIn,
}

/// How an error is delivered to this client (RFC 9700 §4.11.2, AZ-09). A client nobody vouched for gets no automatic
/// redirect while nobody is signed in: its owner could send victims here only to have them bounced there.
pub fn answer_by(client: &Client, presence: Presence) -> Delivery {
    match presence {
        Presence::SignedIn => Delivery::Redirect,
        Presence::Nobody if client.is_verified() => Delivery::Redirect,
        Presence::Nobody => Delivery::Interstitial,
    }
}

/// Decides what happens now.
pub fn next(situation: &Situation<'_>) -> Next {
    let who = match signed_in(situation) {
        Ok(who) => who,
        Err(why) => return sign_in(situation, why),
    };
    if let Some(refuse) = forbidden(situation) {
        return refuse;
    }
    match ask(situation) {
        Err(refuse) => refuse,
        Ok(Some(ask)) if situation.request.prompt.has(Prompt::None) => {
            refuse_silently(situation, needs_consent(ask.because))
        }
        Ok(Some(ask)) => Next::Consent(ask),
        Ok(None) => {
            let said = situation.remembered.map(|answer| answer.scopes.clone());
            let consented = if pre_approves(situation.client) {
                Some(said.unwrap_or_default().union(&harmless(situation.resource)))
            } else {
                said
            };
            permit(situation, who, &situation.request.scopes, consented)
        }
    }
}

/// Decides what happens when the person says yes to `chosen`, of what a page showed. Signing in may have become necessary
/// again, and client or resource may have changed under the page: then they are asked again (AZ-22).
pub fn approve(situation: &Situation<'_>, shown: &Remembered, chosen: &Scopes) -> Next {
    let who = match signed_in(situation) {
        Ok(who) => who,
        Err(why) => return sign_in(situation, why),
    };
    if let Some(refuse) = forbidden(situation) {
        return refuse;
    }
    let unchanged = shown.client_digest == situation.client.digest()
        && shown.resource_digest == situation.resource.digest()
        && situation.request.scopes.is_subset(&shown.scopes)
        && chosen.is_subset(&shown.scopes);
    if !unchanged {
        return next(situation);
    }
    match proven(situation) {
        Ok(_) => permit(situation, who, chosen, Some(chosen.clone())),
        Err(refuse) => refuse,
    }
}

/// What the resource demands of all that the client would have next: what is asked for, and what an earlier answer adds to
/// it.
pub fn demand(situation: &Situation<'_>) -> Demand {
    let Situation { request, resource, .. } = *situation;
    match ask(situation) {
        Ok(Some(ask)) => resource.demands(&request.scopes.union(&ask.scopes())),
        Ok(None) | Err(_) => resource.demands(&request.scopes),
    }
}

/// Question 1. The order says which reason is given.
fn signed_in<'a>(situation: &Situation<'a>) -> Result<&'a SignedIn, WhySignIn> {
    let Situation { request, who, least, now, .. } = *situation;
    let demand = demand(situation);
    let who = who.ok_or(WhySignIn::Nobody)?;
    if request.hint.is_some_and(|hint| hint != who.user) {
        return Err(WhySignIn::SomebodyElse);
    }
    // Whoever signed in after the request arrived has satisfied every wish for a fresh login.
    if who.auth_time < request.started {
        fresh((request, demand), who, now)?;
    }
    // How it was shown is asked every time: a fresh login by less is still less (AZ-20).
    if Acr::of(&who.amr) < least.max(request.least()).max(demand.least()) {
        return Err(WhySignIn::TooWeak);
    }
    Ok(who)
}

/// Whether an earlier login will do.
fn fresh((request, demand): (&AuthorizeRequest, Demand), who: &SignedIn, now: Time) -> Result<(), WhySignIn> {
    if request.prompt.has(Prompt::Login) {
        return Err(WhySignIn::Asked);
    }
    if request.prompt.has(Prompt::SelectAccount) {
        return Err(WhySignIn::ChooseAccount);
    }
    let most = demand.and(Demand { max_age: request.max_age, acr: None }).max_age;
    if most.is_some_and(|most| is_older(who, most, now)) {
        return Err(WhySignIn::TooOld);
    }
    Ok(())
}

/// Whether somebody signed in longer ago than that; nobody did so within no time at all.
pub(crate) fn is_older(who: &SignedIn, most: u32, now: Time) -> bool {
    let age = now.timestamp().saturating_sub(who.auth_time.timestamp());
    age > i64::from(most) || most == 0
}

fn sign_in(situation: &Situation<'_>, why: WhySignIn) -> Next {
    if situation.request.prompt.has(Prompt::None) {
        refuse_silently(situation, Refusal::new(Code::LoginRequired, "somebody has to sign in"))
    } else {
        Next::SignIn(why)
    }
}

/// Questions 2 and 3: what to ask, if anything.
fn ask(situation: &Situation<'_>) -> Result<Option<Ask>, Next> {
    let Situation { request, client, resource, remembered, .. } = *situation;
    let channel = proven(situation)?;
    let (void, allowed) = match still_allowed(remembered, client, resource) {
        Ok(allowed) => (None, allowed),
        Err(why) => (Some(why), Scopes::empty()),
    };
    let new = request.scopes.minus(&allowed);
    let asks_for_a_page = request.prompt.has(Prompt::Consent);
    let is_web = channel.redirect.kind() == RedirectKind::Web;
    if pre_approves(client) && is_web && !asks_for_a_page && new.is_subset(&harmless(resource)) {
        return Ok(None);
    }
    let because = if let Some(void) = void {
        void
    } else if !new.is_empty() {
        WhyAsk::More
    } else if asks_for_a_page {
        WhyAsk::Asked
    } else {
        match channel.redirect.kind() {
            RedirectKind::Loopback | RedirectKind::PrivateUse => WhyAsk::Program,
            RedirectKind::Web => return Ok(None),
        }
    };
    let already = if new.is_empty() { request.scopes.clone() } else { allowed };
    Ok(Some(Ask { new, already, because }))
}

/// What an earlier answer still covers; why it covers nothing any more, where that is so.
pub(crate) fn still_allowed(
    remembered: Option<&Remembered>,
    client: &Client,
    resource: &Resource,
) -> Result<Scopes, WhyAsk> {
    match remembered {
        None => Err(WhyAsk::First),
        Some(answer) if answer.client_digest != client.digest() => Err(WhyAsk::ClientChanged),
        Some(answer) if answer.resource_digest != resource.digest() => Err(WhyAsk::ResourceChanged),
        Some(answer) => Ok(answer.scopes.clone()),
    }
}

/// Whether the administrators said yes in everybody's place. Only clients that they made can have that said of them.
pub(crate) fn pre_approves(client: &Client) -> bool {
    client.consent == ConsentRule::PreApproved && client.origin == Origin::Administrator
}

/// What may be allowed in somebody else's place.
pub(crate) fn harmless(resource: &Resource) -> Scopes {
    narrow::with_person(resource).minus(&resource.dangerous())
}

fn forbidden(situation: &Situation<'_>) -> Option<Next> {
    is_forbidden(situation.client)
        .map(|refusal| Next::Refuse { refusal, by: answer_by(situation.client, Presence::SignedIn) })
}

/// What a client hears about which the administrators decided that nobody may allow it anything.
pub(crate) fn is_forbidden(client: &Client) -> Option<Refusal> {
    (client.consent == ConsentRule::Forbidden).then(|| {
        Refusal::new(
            Code::AccessDenied,
            "the administrators of this server do not let people allow this client anything",
        )
    })
}

/// The sealed request still belongs to this client, its redirect URI is still registered, and this is its resource.
fn proven(situation: &Situation<'_>) -> Result<Channel, Next> {
    let page = |refusal| Next::Refuse { refusal, by: Delivery::Page };
    if situation.request.resource != situation.resource.id {
        return Err(page(Refusal::new(Code::InvalidTarget, "the request was made for another resource")));
    }
    situation.request.channel(situation.client).map_err(page)
}

fn needs_consent(because: WhyAsk) -> Refusal {
    match because {
        WhyAsk::First | WhyAsk::ClientChanged | WhyAsk::ResourceChanged | WhyAsk::More | WhyAsk::Asked => {
            Refusal::new(Code::ConsentRequired, "the person has to be asked")
        }
        WhyAsk::Program => {
            Refusal::new(Code::ConsentRequired, "a program on the person's device is never answered silently")
        }
    }
}

/// The answer to `prompt=none` when something would have to be shown (AZ-10). A client nobody vouched for hears it only
/// if this person has dealt with it before.
fn refuse_silently(situation: &Situation<'_>, refusal: Refusal) -> Next {
    let is_known = situation.who.is_some() && situation.remembered.is_some();
    let by = if situation.client.is_verified() || is_known { Delivery::Redirect } else { Delivery::Page };
    Next::Refuse { refusal, by }
}

/// Through the gate.
fn permit(situation: &Situation<'_>, who: &SignedIn, scopes: &Scopes, consented: Option<Scopes>) -> Next {
    let facts = GateFacts {
        client: situation.client,
        resource: situation.resource,
        scopes: scopes.clone(),
        basis: Basis::Person {
            person: Person::from(who),
            state: UserState::Enabled,
            consented,
            by: Way::Code,
        },
    };
    match gate(facts) {
        Ok(permit) => Next::Issue(Box::new(permit)),
        Err(barred) => Next::Refuse {
            refusal: barred.at_authorize(),
            by: answer_by(situation.client, Presence::SignedIn),
        },
    }
}
