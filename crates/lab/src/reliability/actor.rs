//! Mixed load: people who allow, agents that refresh, resource servers that ask, and ends of all kinds.
//!
//! 1. An actor is one person with everything that stands on what they allowed. Nobody else touches it, so what an
//!    actor was told last is what must be true.
//! 2. Each step is drawn from [`MIX`]. Between two steps it pauses, so that the load is offered and not forced.
//! 3. What an answer contradicts is a violation, noted when it is seen. What got no answer may have happened or not:
//!    the actor asks again, as clients do.

use std::time::{Duration, Instant};

use gatewright_oauth::refresh::{DEFAULT_GRACE, RefreshToken};
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::party::{Asked, Party, Person, Tokens, Trouble};
use crate::luck::Luck;

/// How often of a hundred times each step is taken.
const MIX: [(Step, usize); 7] = [
    (Step::Authorize, 12),
    (Step::Refresh, 40),
    (Step::Introspect, 32),
    (Step::Revoke, 5),
    (Step::Withdraw, 2),
    (Step::Rename, 4),
    (Step::Program, 5),
];
/// For so long what a token stands on may be told as it was (published in docs), and a moment for the answer.
pub const BOUND: Duration = Duration::from_millis(1_500);
/// A lost refresh that is repeated later than this may be taken for theft.
const REPEATED_WITHIN: Duration = DEFAULT_GRACE.saturating_sub(Duration::from_secs(10));

#[derive(Debug, Clone, Copy)]
enum Step {
    Authorize,
    Refresh,
    Introspect,
    Revoke,
    Withdraw,
    Rename,
    Program,
}

/// What an actor knows of a grant.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its id.
    pub grant: Uuid,
    /// The newest generation that was handed out.
    pub generation: u64,
    /// The newest tokens.
    pub tokens: Tokens,
    /// Access tokens of before.
    pub older: Vec<String>,
    /// What became of it.
    pub fate: Fate,
    /// Since when a refresh is without an answer.
    open: Option<Instant>,
}

/// What became of a grant, as far as it was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It lives.
    Live,
    /// It was ended before this moment.
    Ended(Instant),
    /// An end was asked for and not answered, or a refresh for too long.
    Open,
}

/// One person and their agent.
#[derive(Debug)]
pub struct Actor {
    /// Who.
    pub person: Person,
    /// Their grants.
    pub families: Vec<Family>,
    /// The name that was acknowledged, and those that were asked for since. Accounts begin without one.
    pub names: Vec<Option<String>>,
    party: Party,
    luck: Luck,
    renamed: usize,
}

impl Family {
    /// Of the tokens of a new grant.
    pub fn new(tokens: Tokens) -> Option<Family> {
        let token = RefreshToken::parse(&tokens.refresh)?;
        let (grant, generation) = (token.grant(), token.generation());
        Some(Family { grant, generation, tokens, older: Vec::new(), fate: Fate::Live, open: None })
    }

    fn moved_on(&mut self, tokens: Tokens) {
        self.generation =
            RefreshToken::parse(&tokens.refresh).map_or(self.generation, |token| token.generation());
        self.older.push(std::mem::replace(&mut self.tokens, tokens).access);
        self.open = None;
    }
}

impl Actor {
    /// Somebody.
    pub fn new(person: Person, party: Party) -> Actor {
        let luck = party.luck.of(0xAC70);
        Actor { person, families: Vec::new(), names: vec![None], party, luck, renamed: 0 }
    }

    /// Acts until the other end is dropped, with a pause between steps.
    pub async fn act(mut self, until: watch::Receiver<()>, pause: Duration) -> Actor {
        while until.has_changed().is_ok() {
            self.step().await;
            let around = self.luck.below(200).try_into().unwrap_or(100_u32);
            sleep(pause * around / 100).await;
        }
        self
    }

    async fn step(&mut self) {
        let mut drawn = self.luck.below(100);
        let mut step = Step::Authorize;
        for (one, share) in MIX {
            step = one;
            if drawn < share {
                break;
            }
            drawn -= share;
        }
        let at = self.luck.below(self.families.len());
        match step {
            Step::Authorize => self.authorize().await,
            Step::Program => self.program().await,
            Step::Rename => self.rename().await,
            _ if self.families.is_empty() => self.authorize().await,
            Step::Refresh => self.refresh(at).await,
            Step::Introspect => self.introspect(at).await,
            Step::Revoke => self.revoke(at).await,
            Step::Withdraw => self.withdraw().await,
        }
    }

    async fn authorize(&mut self) {
        let asked = self.party.authorize(&mut self.person).await;
        let Some(code) = self.expect("authorize", asked) else { return };
        // A client whose answer did not come asks once more; it may hear that the code was used.
        let mut is_open = false;
        for _ in 0..2 {
            match self.party.redeem(&code).await {
                Ok(tokens) => return self.families.extend(Family::new(tokens)),
                Err(Trouble::Refused(_)) if is_open => return,
                Err(Trouble::Refused(answer)) => {
                    return self.violation("redeem", &Trouble::Refused(answer));
                }
                Err(Trouble::Later | Trouble::Lost(_)) => is_open = true,
            }
        }
    }

    async fn refresh(&mut self, at: usize) {
        let token = self.families[at].tokens.refresh.clone();
        let begun = Instant::now();
        let asked = self.party.refresh(&token).await;
        let family = &mut self.families[at];
        match (asked, family.fate) {
            (Ok(tokens), Fate::Live | Fate::Open) => family.moved_on(tokens),
            (Ok(_), Fate::Ended(_)) => {
                let text = format!("grant {} was ended and gave tokens", family.grant);
                self.party.history.violation(&text);
            }
            (Err(Trouble::Lost(_) | Trouble::Later), _) => family.open = family.open.or(Some(begun)),
            (Err(Trouble::Refused(answer)), Fate::Live) if answer.error() == "invalid_grant" => {
                // Its successor was handed out, did not arrive, and was asked for too late.
                let is_late = family.open.is_some_and(|open| open.elapsed() > REPEATED_WITHIN);
                family.fate = Fate::Open;
                if !is_late {
                    let text = format!("grant {} was refused: {}", family.grant, answer.text());
                    self.party.history.violation(&text);
                }
            }
            (Err(Trouble::Refused(answer)), _) if answer.error() == "invalid_grant" => {}
            (Err(trouble), _) => self.violation("refresh", &trouble),
        }
    }

    async fn introspect(&mut self, at: usize) {
        let family = &self.families[at];
        let (grant, fate, access) = (family.grant, family.fate, family.tokens.access.clone());
        let begun = Instant::now();
        let asked = self.party.is_active(&access).await;
        match (self.expect("introspect", asked), fate) {
            (Some(false), Fate::Live) => {
                self.party
                    .history
                    .violation(&format!("a token of grant {grant}, which lives, was called inactive"));
            }
            (Some(true), Fate::Ended(ended)) if begun.duration_since(ended) > BOUND => {
                let after = begun.duration_since(ended).as_millis();
                let text = format!("a token of grant {grant} was called active {after} ms after its end");
                self.party.history.violation(&text);
            }
            (Some(_) | None, _) => {}
        }
    }

    async fn revoke(&mut self, at: usize) {
        let token = self.families[at].tokens.refresh.clone();
        let asked = self.party.revoke(&token).await;
        let is_done = matches!(asked, Ok(()));
        self.expect("revoke", asked);
        let family = &mut self.families[at];
        family.fate = match family.fate {
            Fate::Ended(ended) => Fate::Ended(ended),
            Fate::Live | Fate::Open if is_done => Fate::Ended(Instant::now()),
            Fate::Live | Fate::Open => Fate::Open,
        };
    }

    async fn withdraw(&mut self) {
        let asked = self.party.withdraw(&self.person).await;
        let is_done = matches!(asked, Ok(()));
        self.expect("withdraw", asked);
        for family in &mut self.families {
            family.fate = match family.fate {
                Fate::Ended(ended) => Fate::Ended(ended),
                Fate::Live | Fate::Open if is_done => Fate::Ended(Instant::now()),
                Fate::Live | Fate::Open => Fate::Open,
            };
        }
    }

    async fn rename(&mut self) {
        self.renamed += 1;
        let name = format!("Name {}", self.renamed);
        let asked = self.party.rename(&self.person, &name).await;
        if matches!(asked, Ok(())) {
            self.names.clear();
        }
        self.names.push(Some(name));
        self.expect("rename", asked);
    }

    async fn program(&mut self) {
        let asked = self.party.program().await;
        self.expect("program", asked);
    }

    /// What was given. Refusals are violations: an actor asks for nothing that it may not have.
    fn expect<T>(&self, what: &str, asked: Asked<T>) -> Option<T> {
        match asked {
            Ok(given) => Some(given),
            Err(Trouble::Lost(_) | Trouble::Later) => None,
            Err(trouble @ Trouble::Refused(_)) => {
                self.violation(what, &trouble);
                None
            }
        }
    }

    fn violation(&self, what: &str, trouble: &Trouble) {
        self.party.history.violation(&format!("{what} was refused: {trouble}"));
    }
}
