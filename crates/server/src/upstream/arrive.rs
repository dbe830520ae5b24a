//! Step 3: who somebody is here who has shown who they are elsewhere.
//!
//! Issuer and subject decide, and nothing else. An address that another account has connects nobody (LG-11): whoever can
//! prove both sides connects them at `/account/identities`.

use chrono::Duration;
use gatewright_oauth::Time;
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_oauth::upstream::{Person, Profile};
use gatewright_store::identities::{self, Known, NewIdentity, NewPerson};
use gatewright_store::{Write, sessions};
use uuid::Uuid;

use super::flow::{self, Journey, impossible};
use super::page::UpstreamProblem;
use crate::accounts;
use crate::app::{Actor, App, Moment};
use crate::config::{SignUp, Upstream};
use crate::error::{Outcome, Stop};
use crate::providers::{Found, Freshness, Provider, Trouble};
use crate::sign_in::{self, Onward, Proven};
use crate::web::page::Problem;

/// How somebody who came by another provider proved themselves; RFC 8176 has no word for it.
pub const AMR: &str = "fed";
/// Words of RFC 8176 that a provider's are taken from.
const AMR_WORDS: [&str; 19] = [
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina",
    "sc", "sms", "swk", "tel", "vbm",
];
/// A key was shown to be at hand.
const POP: &str = "pop";
/// How far clocks may disagree.
const LEEWAY: Duration = Duration::seconds(60);
/// Names that are tried for a new account before a made-up one.
const NAMES: usize = 5;
/// The longest name that is made of what a provider says.
const NAME_LENGTH: usize = 32;

/// What became of somebody.
pub enum Arrival {
    /// They sign in.
    SignedIn(Onward),
    /// Their account is connected now.
    Linked,
}

/// Why somebody does not sign in.
pub enum Not {
    /// What the provider says is not to be believed after all.
    Trouble(Trouble),
    /// They are told this; and this is for the operator.
    Welcome(UpstreamProblem, &'static str),
}

/// Step 3.
pub async fn as_somebody(
    app: &App,
    moment: &Moment,
    (provider, mut found): (&Provider, Found),
    (journey, session): (&Journey, Option<Token<SessionId>>),
) -> Outcome<Result<Arrival, Not>> {
    let settings = &provider.settings;
    let known = identities::find(&app.store, &found.person.issuer, &found.person.subject).await?;
    if (known.is_none() || !settings.domains.is_empty())
        && let Err(trouble) = provider.complete(app, moment, &mut found).await
    {
        return Ok(Err(Not::Trouble(trouble)));
    }
    let person = &found.person;
    if !may_come(settings, &person.profile) {
        return Ok(Err(Not::Welcome(
            UpstreamProblem::NotAllowed,
            "neither address nor organization is in domains",
        )));
    }
    match (journey.link, known) {
        (Some(user), known) => link(app, moment, (user, known), (person, session)).await,
        (None, Some(known)) => sign_in(app, moment, (settings, person), (journey, session, &known)).await,
        (None, None) => {
            let made = match settings.sign_up {
                SignUp::Closed => {
                    return Ok(Err(Not::Welcome(
                        UpstreamProblem::NoAccount,
                        "nobody's identity, and sign_up is closed",
                    )));
                }
                SignUp::Open => sign_up(app, moment, person).await?,
            };
            match made {
                Ok(known) => sign_in(app, moment, (settings, person), (journey, session, &known)).await,
                Err(not) => Ok(Err(not)),
            }
        }
    }
}

/// Whether the operator's list of domains lets somebody in. An organization says more than an address.
fn may_come(settings: &Upstream, profile: &Profile) -> bool {
    if settings.domains.is_empty() {
        return true;
    }
    let domain = match (&profile.organization, &profile.email) {
        (Some(organization), _) => Some(organization.as_str()),
        (None, Some(email)) if profile.email_verified => email.rsplit_once('@').map(|(_, domain)| domain),
        (None, Some(_) | None) => None,
    };
    domain.is_some_and(|domain| settings.domains.iter().any(|listed| listed.covers(domain)))
}

async fn sign_in(
    app: &App,
    moment: &Moment,
    (settings, person): (&Upstream, &Person),
    (journey, session, known): (&Journey, Option<Token<SessionId>>, &Known),
) -> Outcome<Result<Arrival, Not>> {
    const DISABLED: &str = "the account is disabled";
    if known.disabled_at.is_some() {
        return Ok(Err(Not::Welcome(UpstreamProblem::NotAllowed, DISABLED)));
    }
    let at = match signed_in_at(moment, journey, person) {
        Ok(at) => at,
        Err(stale) => return Ok(Err(stale.refused())),
    };
    let proven = Proven { user: known.user, era: known.era, amr: amr(settings, person), at };
    identities::used(&app.store, known.id, moment.now).await?;
    Ok(match sign_in::proceed(app, moment, (&journey.errand, &proven), session).await? {
        Some(onward) => Ok(Arrival::SignedIn(onward)),
        None => Err(Not::Welcome(UpstreamProblem::NotAllowed, DISABLED)),
    })
}

/// The provider did not show that somebody signed in just now.
enum Stale {
    /// It never says when they did.
    Unsaid,
    /// It says that they did before.
    Old,
}

impl Stale {
    fn refused(self) -> Not {
        match self {
            Stale::Unsaid => Not::Welcome(
                UpstreamProblem::Timeless,
                "a fresh sign-in was demanded, and there is no auth_time",
            ),
            Stale::Old => Not::Welcome(
                UpstreamProblem::NotFresh,
                "a fresh sign-in was demanded, and auth_time is too old",
            ),
        }
    }
}

/// When somebody signed in, as the provider says it; `None` when that is now, as far as anybody knows.
///
/// Where a fresh sign-in is demanded the provider was asked for one, and not every provider listens: it has to say so
/// (OpenID Connect Core §3.1.3.7, 13). Pages of ours that demand one take a provider's silence for now, because people who
/// have no other way to sign in could not get to them otherwise.
fn signed_in_at(moment: &Moment, journey: &Journey, person: &Person) -> Result<Option<Time>, Stale> {
    let freshness = flow::freshness(&journey.errand);
    let Some(at) = person.auth_time else {
        let is_for_app = journey.errand.request().is_some();
        return if is_for_app && freshness != Freshness::Any { Err(Stale::Unsaid) } else { Ok(None) };
    };
    let since = match freshness {
        Freshness::Any => return Ok(Some(at)),
        Freshness::Within(seconds) => moment.now - Duration::seconds(i64::from(seconds)),
        Freshness::Now => journey.left_at.unwrap_or(moment.now),
    };
    // Clocks differ: theirs has said yes.
    if at >= since - LEEWAY { Ok(Some(at.max(since))) } else { Err(Stale::Old) }
}

/// What tokens say: that it was somewhere else, and how, if the operator takes that provider's word for it.
///
/// That a key was at hand says nothing of who asked for its proof: an app that shows a number has one, too. Only a key in
/// hardware, or a proof that is called phishing-resistant, is what `pop` beside `mfa` means here.
fn amr(settings: &Upstream, person: &Person) -> String {
    let said = |word: &str| person.amr.iter().any(|said| said == word);
    let is_resistant = said("hwk") || said("phr");
    let theirs = person.amr.iter().map(|word| if word == "phr" { POP } else { word.as_str() });
    let theirs = theirs.filter(|word| AMR_WORDS.contains(word) && (is_resistant || *word != POP));
    let theirs = theirs.chain(is_resistant.then_some(POP));
    let mut words = vec![AMR];
    for word in theirs.take(if settings.trust_amr { 8 } else { 0 }) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Connects the account of whoever is signed in here, if that is still the one who left.
async fn link(
    app: &App,
    moment: &Moment,
    (user, known): (Uuid, Option<Known>),
    (person, session): (&Person, Option<Token<SessionId>>),
) -> Outcome<Result<Arrival, Not>> {
    const TAKEN: Not = Not::Welcome(UpstreamProblem::Taken, "it is another account's identity");
    let here = match session {
        Some(session) => sessions::find(&app.store, &session.digest(), moment.now).await?,
        None => None,
    };
    if here.is_none_or(|facts| facts.user.id != user) {
        return Err(Stop::Shown(Problem::Expired));
    }
    match known {
        Some(known) if known.user == user => return Ok(Ok(Arrival::Linked)),
        Some(_) => return Ok(Err(TAKEN)),
        None => {}
    }
    let moment = moment.clone().acting(Actor::User(user));
    let new = identity(app, &moment, person);
    Ok(match identities::link(&app.store, user, &new, &moment.trace(app)).await? {
        Write::Applied(()) => Ok(Arrival::Linked),
        // Somebody was faster.
        Write::Lost => Err(TAKEN),
    })
}

/// Makes an account. Its address is only one the provider found to be theirs; if an account here has that, whoever can
/// sign in to it connects the two.
async fn sign_up(app: &App, moment: &Moment, person: &Person) -> Outcome<Result<Known, Not>> {
    let profile = &person.profile;
    let email = profile.email.as_deref().filter(|_| profile.email_verified);
    let email_key = email.map(accounts::key);
    if let Some(key) = &email_key
        && identities::is_taken(&app.store, key).await?
    {
        // By this very person, perhaps, who came twice at once.
        if let Some(known) = identities::find(&app.store, &person.issuer, &person.subject).await? {
            return Ok(Ok(known));
        }
        return Ok(Err(Not::Welcome(UpstreamProblem::LinkFirst, "an account here has this address")));
    }
    for name in names(app, profile) {
        let user = app.id(moment.now);
        let moment = moment.clone().acting(Actor::User(user));
        let new = NewPerson {
            user,
            username: &name,
            username_key: &accounts::key(&name),
            username_skeleton: &accounts::names::skeleton(&name),
            email: email.zip(email_key.as_deref()),
            display_name: profile.name.as_deref(),
            identity: identity(app, &moment, person),
            linked: app.id(moment.now),
        };
        let made = identities::sign_up(&app.store, &new, &moment.trace(app)).await?;
        let known = identities::find(&app.store, &person.issuer, &person.subject).await?;
        match (made, known) {
            (Write::Applied(()) | Write::Lost, Some(known)) => return Ok(Ok(known)),
            // The name is somebody's or reads like somebody's (LG-14), or the address is somebody's since a moment.
            (Write::Lost, None) => {}
            (Write::Applied(()), None) => return Err(impossible("an account that was just made is gone")),
        }
    }
    Ok(Err(Not::Welcome(UpstreamProblem::Away, "no name was free for a new account")))
}

fn identity<'a>(app: &App, moment: &Moment, person: &'a Person) -> NewIdentity<'a> {
    let profile = &person.profile;
    NewIdentity {
        id: app.id(moment.now),
        issuer: &person.issuer,
        subject: &person.subject,
        label: profile.email.as_deref().or(profile.username.as_deref()).or(profile.name.as_deref()),
    }
}

/// Names for a new account, the nicest first: letters everybody can type, and nothing that looks like an address.
fn names(app: &App, profile: &Profile) -> Vec<String> {
    let local = |text: &str| text.split('@').next().unwrap_or_default().to_owned();
    let said =
        [profile.username.as_deref().map(local), profile.email.as_deref().map(local), profile.name.clone()];
    let base = said.iter().flatten().map(|text| plain(text)).find(|text| text.len() >= 2);
    let base = base.unwrap_or_else(|| "user".to_owned());
    let numbered = (2..=NAMES).map(|number| format!("{base}-{number}"));
    let [a, b, c, d] = app.random();
    let made_up = format!("{base}-{a:02x}{b:02x}{c:02x}{d:02x}");
    std::iter::once(base.clone()).chain(numbered).chain([made_up]).collect()
}

fn plain(text: &str) -> String {
    let mut name = String::new();
    for c in text.trim().chars().take(NAME_LENGTH) {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '.' | '_') => name.push(c),
            ' ' | '-' if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.trim_matches(['-', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn lg_14_names_are_made_of_letters_everybody_can_type() {
        for (said, name) in [
            ("Ada.Lovelace", "ada.lovelace"),
            ("Ada  King - Noel", "ada-king-noel"),
            ("\u{430}dmin", "dmin"),
            ("<script>", "script"),
            ("山田", ""),
            ("--", ""),
        ] {
            assert_eq!(plain(said), name, "{said}");
        }
        assert_eq!(plain(&"x".repeat(100)).len(), 32);
    }
}
