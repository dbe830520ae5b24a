//! One code and the grant it becomes, in the hands of whoever has them, told as a history.
//!
//! 1. A history is a list of [`Step`]s: what its holder, a thief or an administrator does, and how time passes.
//! 2. The [`World`] plays it with the decisions of this crate, and changes its rows as the guarded statements do.
//! 3. A [`Witness`] only hears what was asked and answered. It says what may be answered by the specifications, in
//!    its own words, and panics at the first answer that may not be.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p gatewright-oauth simulating` plays a million histories.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{CHALLENGE, VERIFIER, alice, at, client, mcp, pub1, scopes};
use crate::client::{Client, Origin};
use crate::permit::UserState;
use crate::pkce::{Challenge, Verifier};
use crate::refresh::{RefreshFacts, RefreshToken, Standing};
use crate::secret::Token;
use crate::token::{
    AfterFailure, AfterReplay, Authenticity, CodeFacts, CodeRequest, CodeVerdict, Footing, GrantFacts,
    RefreshRequest, RefreshVerdict, judge_code, judge_refresh,
};
use crate::{Resource, Scopes};

const GRANT: Uuid = Uuid::from_u128(7);
const WRONG: &str = "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const APPROVED: &str = "read write";
/// Seconds that a code lives.
const CODE: i64 = 60;
/// Seconds that a grant lives unless it is used.
const IDLE: i64 = 300;
/// Seconds that a grant lives in any case.
const LIFE: i64 = 1000;
/// Seconds in which the refresh token before the newest gets the same successor again.
const GRACE: i64 = 20;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Holder,
    AnotherClient,
}

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    Redeem(Caller, &'static str),
    /// Two redemptions judge the same row before either changes it.
    RedeemAtOnce,
    /// With the refresh token that many generations before the newest one.
    Refresh(Caller, u64, Option<&'static str>),
    /// Likewise two refreshes.
    RefreshAtOnce(u64, u64),
    Consent(Option<&'static str>),
    Account(UserState),
    Revoke,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let caller = || prop_oneof![9 => Just(Caller::Holder), 1 => Just(Caller::AnotherClient)];
    let verifier = prop_oneof![2 => Just(VERIFIER), 1 => Just(WRONG)];
    let back = || prop_oneof![6 => Just(0_u64), 3 => Just(1), 1 => 2_u64..4];
    let scope = prop_oneof![4 => Just(None), 1 => Just(Some("read")), 1 => Just(Some("read write admin"))];
    let consent = prop_oneof![2 => Just(Some(APPROVED)), 1 => Just(Some("read")), 1 => Just(None)];
    let seconds = prop_oneof![Just(1), Just(2), Just(3), Just(19), Just(20), Just(59), Just(60), 0..400_i64];
    let account = prop_oneof![3 => Just(UserState::Enabled), 1 => Just(UserState::Disabled)];
    let step = prop_oneof![
        4 => seconds.prop_map(Step::Wait),
        4 => (caller(), verifier).prop_map(|(caller, verifier)| Step::Redeem(caller, verifier)),
        1 => Just(Step::RedeemAtOnce),
        8 => (caller(), back(), scope).prop_map(|(caller, back, scope)| Step::Refresh(caller, back, scope)),
        3 => (back(), back()).prop_map(|(one, other)| Step::RefreshAtOnce(one, other)),
        1 => consent.prop_map(Step::Consent),
        1 => account.prop_map(Step::Account),
        1 => Just(Step::Revoke),
    ];
    prop::collection::vec(step, 1..24)
}

/// The rows.
struct World {
    now: i64,
    clients: [Client; 2],
    resource: Resource,
    account: UserState,
    consented: Option<Scopes>,
    code: CodeRow,
    grant: Option<GrantRow>,
    witness: Witness,
}

#[derive(Default)]
struct CodeRow {
    failures: i64,
    redeemed_at: Option<i64>,
    burned_at: Option<i64>,
}

#[derive(Clone, Copy)]
struct GrantRow {
    generation: u64,
    made_at: i64,
    rotated_at: i64,
    standing: Standing,
}

/// What became of a judgement.
enum Applied<T> {
    /// This was answered, or a refusal.
    Answered(Option<T>),
    /// The row is not as it was judged any more: it is read and judged again.
    Lost,
}

impl<T> Applied<T> {
    fn answered(self) -> Option<T> {
        match self {
            Self::Answered(answer) => answer,
            Self::Lost => panic!("lost, and nothing came between"),
        }
    }
}

impl World {
    fn new() -> Self {
        Self {
            now: 0,
            clients: [pub1(), client("pub2", "https://two.test/cb", Origin::Administrator)],
            resource: mcp(),
            account: UserState::Enabled,
            consented: Some(scopes(APPROVED)),
            code: CodeRow::default(),
            grant: None,
            witness: Witness::default(),
        }
    }

    fn client(&self, caller: Caller) -> &Client {
        let [holder, another] = &self.clients;
        if caller == Caller::Holder { holder } else { another }
    }

    fn footing(&self) -> Footing {
        Footing { user: self.account, consented: self.consented.clone() }
    }

    fn judge_code(&self, caller: Caller, verifier: &str) -> Option<CodeVerdict> {
        let [holder, _] = &self.clients;
        let facts = CodeFacts {
            grant: GRANT,
            client_id: holder.id.clone(),
            person: alice(),
            resource: &self.resource,
            scopes: scopes(APPROVED),
            redirect_uri: "https://app.test/cb".to_owned(),
            challenge: Some(Challenge::parse(CHALLENGE, Some("S256")).unwrap()),
            nonce: None,
            created_at: at(0),
            expires_at: at(CODE),
            failures: self.code.failures,
            redeemed_at: self.code.redeemed_at.map(at),
            burned_at: self.code.burned_at.map(at),
            footing: self.footing(),
        };
        let asked = CodeRequest {
            code: Token::from_random([9; 32]),
            redirect_uri: None,
            verifier: Some(Verifier::parse(verifier).unwrap()),
            resource: None,
        };
        judge_code(&facts, self.client(caller), &asked, at(self.now)).ok()
    }

    /// What the guarded statements do.
    fn apply_code(&mut self, verdict: Option<CodeVerdict>) -> Applied<Scopes> {
        let is_open = self.code.redeemed_at.is_none() && self.code.burned_at.is_none();
        match verdict {
            Some(CodeVerdict::Redeem(permit)) if is_open => {
                self.code.redeemed_at = Some(self.now);
                self.grant = Some(GrantRow {
                    generation: 1,
                    made_at: self.now,
                    rotated_at: self.now,
                    standing: Standing::Valid,
                });
                return Applied::Answered(Some(permit.scopes().clone()));
            }
            Some(CodeVerdict::Redeem(_)) => return Applied::Lost,
            Some(CodeVerdict::WrongVerifier(after)) if is_open => {
                self.code.failures += 1;
                if after == AfterFailure::Burn {
                    self.code.burned_at = Some(self.now);
                }
            }
            Some(CodeVerdict::WrongClient) if is_open => self.code.burned_at = Some(self.now),
            Some(CodeVerdict::Replayed(AfterReplay::RevokeGrant)) => self.revoke(),
            Some(_) | None => {}
        }
        Applied::Answered(None)
    }

    fn redeem(&mut self, caller: Caller, verifier: &'static str) {
        let verdict = self.judge_code(caller, verifier);
        self.finish_redeem(caller, verifier, verdict);
    }

    fn finish_redeem(&mut self, caller: Caller, verifier: &'static str, verdict: Option<CodeVerdict>) {
        let answer = match self.apply_code(verdict) {
            Applied::Answered(answer) => answer,
            Applied::Lost => {
                let again = self.judge_code(caller, verifier);
                self.apply_code(again).answered()
            }
        };
        let now = self.now;
        self.witness.redeemed(now, (caller, verifier), answer.as_ref());
    }

    fn revoke(&mut self) {
        if let Some(grant) = &mut self.grant {
            grant.standing = Standing::Revoked;
        }
    }

    fn judge_refresh(&self, caller: Caller, generation: u64, scope: Option<&str>) -> Option<RefreshVerdict> {
        let grant = self.grant?;
        let [holder, _] = &self.clients;
        let facts = GrantFacts {
            grant: GRANT,
            authenticity: Authenticity::Genuine,
            client_id: holder.id.clone(),
            person: alice(),
            resource: &self.resource,
            scopes: scopes(APPROVED),
            rotation: RefreshFacts {
                generation: grant.generation,
                rotated_at: at(grant.rotated_at),
                idle_expires_at: at(grant.rotated_at + IDLE),
                expires_at: at(grant.made_at + LIFE),
                standing: grant.standing,
                grace: Duration::from_secs(GRACE.unsigned_abs()),
            },
            footing: self.footing(),
        };
        let asked = RefreshRequest {
            token: RefreshToken::derive(&[1; 32], b"salt", GRANT, generation),
            scope: scope.map(scopes),
            resource: None,
        };
        judge_refresh(&facts, self.client(caller), &asked, at(self.now)).ok()
    }

    /// Likewise: what is answered, and with which generation.
    fn apply_refresh(&mut self, presented: u64, verdict: Option<RefreshVerdict>) -> Applied<(u64, Scopes)> {
        let now = self.now;
        let Some(grant) = &mut self.grant else { return Applied::Answered(None) };
        match verdict {
            Some(RefreshVerdict::Rotate(permit)) => {
                if grant.generation != presented || grant.standing == Standing::Revoked {
                    return Applied::Lost;
                }
                grant.generation += 1;
                grant.rotated_at = now;
                Applied::Answered(Some((grant.generation, permit.scopes().clone())))
            }
            Some(RefreshVerdict::Repeat(permit)) => {
                Applied::Answered(Some((presented + 1, permit.scopes().clone())))
            }
            Some(RefreshVerdict::Reuse) => {
                self.revoke();
                Applied::Answered(None)
            }
            None => Applied::Answered(None),
        }
    }

    fn refresh(&mut self, (caller, generation, scope): Refresh) {
        let verdict = self.judge_refresh(caller, generation, scope);
        self.finish_refresh((caller, generation, scope), verdict);
    }

    fn finish_refresh(&mut self, asked: Refresh, verdict: Option<RefreshVerdict>) {
        let (caller, generation, scope) = asked;
        let answer = match self.apply_refresh(generation, verdict) {
            Applied::Answered(answer) => answer,
            Applied::Lost => {
                let again = self.judge_refresh(caller, generation, scope);
                self.apply_refresh(generation, again).answered()
            }
        };
        let now = self.now;
        self.witness.refreshed(now, asked, answer.as_ref());
    }

    fn play(&mut self, step: Step) {
        let newest = self.grant.map_or(1, |grant| grant.generation);
        match step {
            Step::Wait(seconds) => self.now += seconds,
            Step::Redeem(caller, verifier) => self.redeem(caller, verifier),
            Step::RedeemAtOnce => {
                let both = [(); 2].map(|()| self.judge_code(Caller::Holder, VERIFIER));
                for verdict in both {
                    self.finish_redeem(Caller::Holder, VERIFIER, verdict);
                }
            }
            Step::Refresh(caller, back, scope) => {
                self.refresh((caller, newest.saturating_sub(back), scope));
            }
            Step::RefreshAtOnce(one, other) => {
                let asked = [one, other].map(|back| (Caller::Holder, newest.saturating_sub(back), None));
                let both = asked.map(|(caller, generation, scope)| {
                    (self.judge_refresh(caller, generation, scope), (caller, generation, scope))
                });
                // What changes nothing was true when it was read: it is told first.
                let (told, changing): (Vec<_>, Vec<_>) = both
                    .into_iter()
                    .partition(|(verdict, _)| matches!(verdict, Some(RefreshVerdict::Repeat(_)) | None));
                for (verdict, asked) in told.into_iter().chain(changing) {
                    self.finish_refresh(asked, verdict);
                }
            }
            Step::Consent(consented) => {
                self.consented = consented.map(scopes);
                self.witness.consented = consented.unwrap_or_default();
            }
            Step::Account(state) => {
                self.account = state;
                self.witness.disabled = state != UserState::Enabled;
            }
            Step::Revoke => {
                self.revoke();
                self.witness.over |= self.grant.is_some();
            }
        }
    }
}

/// Who refreshes, with which generation, asking for what.
type Refresh = (Caller, u64, Option<&'static str>);

/// What may be answered, as far as somebody knows who was told everything and has seen no row.
struct Witness {
    disabled: bool,
    consented: &'static str,
    wrong_verifiers: usize,
    spoilt: bool,
    redeemed_at: Option<i64>,
    newest: u64,
    newest_at: i64,
    /// The grant was taken away, or somebody had a token they should not have.
    over: bool,
}

impl Default for Witness {
    fn default() -> Self {
        Self {
            disabled: false,
            consented: APPROVED,
            wrong_verifiers: 0,
            spoilt: false,
            redeemed_at: None,
            newest: 1,
            newest_at: 0,
            over: false,
        }
    }
}

impl Witness {
    /// Nothing goes beyond what was approved, is still consented, and was asked for.
    fn within(&self, answered: &Scopes, asked: Option<&str>) {
        let allowed: BTreeSet<&str> = self.consented.split(' ').collect();
        let asked = asked.unwrap_or(APPROVED);
        for scope in answered.iter() {
            assert!(allowed.contains(scope), "{scope} is not consented to");
            assert!(APPROVED.split(' ').any(|known| known == scope), "{scope} was not approved");
            assert!(asked.split(' ').any(|known| known == scope), "{scope} was not asked for");
        }
    }

    fn redeemed(&mut self, now: i64, (caller, verifier): (Caller, &str), answer: Option<&Scopes>) {
        let rightful = caller == Caller::Holder && verifier == VERIFIER;
        let open = self.redeemed_at.is_none() && !self.spoilt && self.wrong_verifiers < 3;
        let standing = !self.disabled && !self.consented.is_empty();
        if let Some(scopes) = answer {
            assert!(rightful && open && now < CODE && standing, "a code was redeemed that must not be");
            self.within(scopes, None);
            self.redeemed_at = Some(now);
            self.newest_at = now;
            return;
        }
        let whole = standing && self.consented == APPROVED;
        assert!(!(rightful && open && now < CODE && whole), "its holder could not redeem a good code");
        match self.redeemed_at {
            // A late second redemption by somebody who knows everything (RFC 9700 §4.14 and §2.1.1).
            Some(at) if rightful && !self.spoilt && now - at > 2 => self.over = true,
            None if caller == Caller::AnotherClient => self.spoilt |= self.wrong_verifiers < 3,
            None if verifier == WRONG && !self.spoilt => self.wrong_verifiers += 1,
            Some(_) | None => {}
        }
    }

    fn refreshed(&mut self, now: i64, asked: Refresh, answer: Option<&(u64, Scopes)>) {
        let (caller, generation, scope) = asked;
        let Some(made_at) = self.redeemed_at else {
            assert!(answer.is_none(), "a grant that nobody made was refreshed");
            return;
        };
        let alive = !self.over && now < self.newest_at + IDLE && now < made_at + LIFE;
        let holder = caller == Caller::Holder;
        let is_newest = generation == self.newest;
        let is_repeated = generation + 1 == self.newest && now < self.newest_at + GRACE;
        let standing = !self.disabled && !self.consented.is_empty();
        if let Some((successor, scopes)) = answer {
            assert!(holder && alive && standing, "a refresh token was taken that must not be");
            assert!(is_newest || is_repeated, "an old refresh token was taken");
            assert_eq!(*successor, generation + 1, "two successors of one token");
            self.within(scopes, scope);
            if is_newest {
                self.newest = *successor;
                self.newest_at = now;
            }
            return;
        }
        let whole = standing && self.consented == APPROVED;
        let good = holder && alive && whole && (is_newest || is_repeated);
        assert!(!good, "its holder could not use a good refresh token");
        if holder && alive && !is_newest && !is_repeated {
            self.over = true;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_is_answered_as_it_must_not_be(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.play(step);
        }
    }
}
