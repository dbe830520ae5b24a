//! The device authorization grant (RFC 8628): a device that cannot show a page asks, a person answers elsewhere.
//!
//! 1. [`request`] validates what the device asks for. Resource and scopes follow the rules of the authorization
//!    endpoint ([`crate::authorize::target`], the same narrowing): a device gets nothing a browser would not (DV-06).
//! 2. The person brings the device's [`UserCode`](crate::UserCode) to a page. [`ask`] says what they are asked: always
//!    something, whatever they allowed before, because a code can come from anybody (DV-01; RFC 8628 §5.4).
//! 3. [`approve`] is the judgement for the moment they say yes, through the gate.
//! 4. [`judge`] answers the device, which asks again and again meanwhile.
//!
//! There is no oxide-auth machine for this grant.

use std::time::Duration;

use crate::assurance::Acr;
use crate::authorize::{Ask, Remembered, SignedIn, WhyAsk};
use crate::checks::{self, Endpoint};
use crate::client::{Client, ClientId};
use crate::demand::Demand;
use crate::narrow;
use crate::next::{harmless, is_forbidden, is_older, pre_approves, still_allowed};
use crate::params::Params;
use crate::permit::{Barred, Basis, GateFacts, Permit, Person, UserState, Way, gate};
use crate::resource::Resource;
use crate::scope::Scopes;
use crate::secret::{DeviceCode, Token};
use crate::token::{Footing, is_before, same_resource};
use crate::{Code, Decision, Refusal, Time};

/// `grant_type` (§3.4).
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds a device waits between two polls, at first (§3.2).
pub const INTERVAL: Duration = Duration::from_secs(5);
/// What each poll that comes too early adds (§3.5).
pub const SLOWER_BY: Duration = Duration::from_secs(5);
/// What is not made slower any more: it is not waited for either.
pub const SLOWEST: Duration = Duration::from_mins(1);
/// How much too early is still in time: networks are not even.
const LENIENCE: chrono::Duration = chrono::Duration::seconds(1);

/// Redeems a device code (§3.4).
pub struct DeviceCodeRequest {
    /// Well-formed; whether it exists is the database's business.
    pub code: Token<DeviceCode>,
    /// The comparable form of `resource`.
    pub resource: Option<String>,
}

/// What a text that is no device code of ours is told, and one that is long gone.
pub fn not_ours() -> Refusal {
    Refusal::new(
        Code::InvalidGrant,
        "this is not a device code of this server, or not all of it, or it ended long ago; start again",
    )
}

/// Step 1: what the device gets if somebody says yes. `client` is authenticated, `target` is what
/// [`target`](crate::authorize::target) chose.
pub fn request(params: &Params, client: &Client, target: &Resource) -> Decision<Scopes> {
    let draft = checks::run(&checks::Facts { at: Endpoint::Device, params, client: Some(client) })?;
    // An answer that the token endpoint knows (§3.2): nobody has denied anything yet.
    is_allowed(client)
        .map_err(|refusal| Refusal::new(Code::UnauthorizedClient, refusal.description().to_owned()))?;
    narrow::asked(&draft.scope.unwrap_or_default(), client, target)
}

/// Whether people may allow this client anything (CN-10). Asked when it asks, and again when somebody answers.
pub fn is_allowed(client: &Client) -> Decision<()> {
    is_forbidden(client).map_or(Ok(()), Err)
}

/// Who stands in front of the page, and what about.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The client, as it is now.
    pub client: &'a Client,
    /// The resource, as it is now.
    pub resource: &'a Resource,
    /// What the device asked for, as far as this person has it to give.
    pub scopes: &'a Scopes,
    /// Who is signed in.
    pub who: &'a SignedIn,
    /// What they allowed this client at this resource before.
    pub remembered: Option<&'a Remembered>,
}

impl Situation<'_> {
    /// What is left of the request, should the resource have dropped something since.
    fn left(&self) -> Scopes {
        self.scopes.intersect(&narrow::with_person(self.resource))
    }
}

/// Step 2. Unlike a browser's request, this one never grows by what was allowed before: the device gets what it asked
/// for and no more.
pub fn ask(situation: &Situation<'_>) -> Ask {
    let Situation { client, resource, remembered, .. } = *situation;
    let scopes = situation.left();
    match still_allowed(remembered, client, resource) {
        Err(because) => Ask { new: scopes, already: Scopes::empty(), because },
        Ok(allowed) => {
            let new = scopes.minus(&allowed);
            let because = if new.is_empty() { WhyAsk::Program } else { WhyAsk::More };
            Ask { already: scopes.intersect(&allowed), new, because }
        }
    }
}

/// Whether the person signed in surely and freshly enough for what is asked, `least` being what the operator requires of
/// them. Whoever signed in since the device asked is fresh enough. `Err` is what is demanded.
pub fn is_sure(situation: &Situation<'_>, least: Acr, (asked_at, now): (Time, Time)) -> Result<(), Demand> {
    let required = Demand { acr: Some(least), max_age: None };
    let demand = situation.resource.demands(&situation.left()).and(required);
    let is_stale = situation.who.auth_time < asked_at
        && demand.max_age.is_some_and(|most| is_older(situation.who, most, now));
    if Acr::of(&situation.who.amr) < demand.least() || is_stale { Err(demand) } else { Ok(()) }
}

/// What the person picks one by one: all of it that is dangerous, and whatever they allowed before. A code can come from
/// anybody, and what was once ticked for one device is not for another (CN-04, DV-01).
pub fn choices(ask: &Ask, resource: &Resource) -> Scopes {
    ask.scopes().intersect(&resource.dangerous())
}

/// Whether the administrators allowed the client, in everybody's place, something that is asked for here. The question is
/// asked all the same: they cannot know whose device it is.
pub fn is_allowed_in_advance(situation: &Situation<'_>) -> bool {
    let wanted = situation.left();
    pre_approves(situation.client) && !wanted.intersect(&harmless(situation.resource)).is_empty()
}

/// What becomes of an answer the person gave the same client before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// It goes on beside the new one: neither has an end.
    Kept,
    /// The new one takes its place. One answer has one end, and what is not on this page gets none by it.
    Replaced,
}

/// What saying yes comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Approved {
    /// The device gets this, and `remember` is remembered.
    Yes {
        /// For the device.
        permit: Box<Permit>,
        /// What is remembered: this, and what an earlier answer still covers.
        remember: Scopes,
    },
    /// What the page showed is not true any more (AZ-22).
    AskAgain,
}

/// Step 3: yes to `chosen`, of what the page showed.
pub fn approve(
    situation: &Situation<'_>,
    shown: &Remembered,
    (chosen, earlier): (&Scopes, Earlier),
) -> Decision<Approved> {
    let Situation { client, resource, who, remembered, .. } = *situation;
    is_allowed(client)?;
    let unchanged = shown.client_digest == client.digest()
        && shown.resource_digest == resource.digest()
        && shown.scopes == situation.left()
        && chosen.is_subset(&shown.scopes);
    if !unchanged {
        return Ok(Approved::AskAgain);
    }
    let permit = gate(GateFacts {
        client,
        resource,
        scopes: chosen.clone(),
        basis: Basis::Person {
            person: Person::from(who),
            state: UserState::Enabled,
            consented: Some(chosen.clone()),
            by: Way::Device,
        },
    })
    .map_err(Barred::at_authorize)?;
    let before = match earlier {
        Earlier::Kept => still_allowed(remembered, client, resource).unwrap_or_default(),
        Earlier::Replaced => Scopes::empty(),
    };
    Ok(Approved::Yes { remember: permit.scopes().union(&before), permit: Box::new(permit) })
}

/// A stored request of a device.
#[derive(Debug, Clone)]
pub struct DeviceFacts<'a> {
    /// The client that asked.
    pub client_id: ClientId,
    /// The resource it asked for.
    pub resource: &'a Resource,
    /// When it asked.
    pub created_at: Time,
    /// From this instant on it is expired.
    pub expires_at: Time,
    /// How long the client has to wait between two polls.
    pub interval: Duration,
    /// What became of it.
    pub state: DeviceState,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has answered yet.
    Waiting,
    /// Somebody said no.
    Denied,
    /// Somebody said yes.
    Approved {
        /// Who, in which session.
        person: Person,
        /// To what.
        scopes: Scopes,
        /// Whether that still stands.
        footing: Footing,
    },
    /// It was redeemed.
    Redeemed,
}

/// What is to be done about a poll. What ends it is the `Err` of [`judge`].
#[derive(Debug, PartialEq, Eq)]
pub enum Poll {
    /// Redeem it, and issue.
    Redeem(Box<Permit>),
    /// Nothing yet.
    Wait,
    /// Nothing yet, and it came too early: the interval grows (DV-04).
    SlowDown,
}

impl Poll {
    /// What the client is told; `None` for [`Poll::Redeem`].
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Redeem(_) => None,
            Self::Wait => Some(Refusal::new(
                Code::AuthorizationPending,
                "nobody has answered yet; ask again after the interval",
            )),
            Self::SlowDown => Some(Refusal::new(
                Code::SlowDown,
                "this came before the interval was over; wait 5 seconds longer between two requests from now on",
            )),
        }
    }
}

/// Step 4. `before` is when this client last asked, as far as that is known.
///
/// 1. the client that asked (DV-05); 2. not redeemed, not denied; 3. in time (DV-07); 4. the resource; 5. answered, or
///    the pace (DV-04); 6. the gate.
pub fn judge(
    facts: &DeviceFacts<'_>,
    client: &Client,
    asked: &DeviceCodeRequest,
    (before, now): (Option<Time>, Time),
) -> Decision<Poll> {
    if facts.client_id != client.id {
        return Err(Refusal::new(Code::InvalidGrant, "the device code was issued to another client"));
    }
    let (person, scopes, footing) = match &facts.state {
        DeviceState::Redeemed => {
            return Err(Refusal::new(
                Code::InvalidGrant,
                "the device code was redeemed before; use the tokens of that answer, or start again",
            ));
        }
        DeviceState::Denied => {
            return Err(Refusal::new(Code::AccessDenied, "the person did not allow access"));
        }
        _ if now >= facts.expires_at || is_before(now, facts.created_at) => {
            return Err(Refusal::new(
                Code::ExpiredToken,
                "nobody answered in time, or the answer was not fetched in time; start again",
            ));
        }
        DeviceState::Waiting => {
            same_resource(asked.resource.as_deref(), facts.resource)?;
            return Ok(pace(facts.interval, before, now));
        }
        DeviceState::Approved { person, scopes, footing } => (person, scopes, footing),
    };
    same_resource(asked.resource.as_deref(), facts.resource)?;
    gate(GateFacts {
        client,
        resource: facts.resource,
        scopes: scopes.clone(),
        basis: Basis::Person {
            person: person.clone(),
            state: footing.user,
            consented: footing.consented.clone(),
            by: Way::Device,
        },
    })
    .map(|permit| Poll::Redeem(Box::new(permit)))
    .map_err(Barred::at_token)
}

fn pace(interval: Duration, before: Option<Time>, now: Time) -> Poll {
    let interval = chrono::Duration::from_std(interval).unwrap_or(chrono::Duration::MAX);
    match before {
        Some(before) if now - before < interval - LENIENCE => Poll::SlowDown,
        Some(_) | None => Poll::Wait,
    }
}
