//! What happens with a validated request: who signs in, who is asked, who is answered.

use proptest::prelude::*;
use uuid::Uuid;

use super::{ALICE, BOB, ask, at, client, compat, dyn1, mcp, nat1, pub1, scopes};
use crate::assurance::Acr;
use crate::authorize::{
    Ask, AuthorizeRequest, Delivery, Next, Presence, Remembered, SignedIn, Situation, WhyAsk, WhySignIn,
    answer_by, approve, next,
};
use crate::client::{Client, ConsentRule, Origin, Voucher};
use crate::{Code, Resource};

/// Alice, signed in so many seconds after (or before) the request arrived.
fn signed_in(seconds: i64) -> SignedIn {
    SignedIn { user: ALICE, session: Uuid::from_u128(1), auth_time: at(seconds), amr: "pwd".to_owned() }
}

fn remembered(client: &Client, text: &str) -> Remembered {
    Remembered { scopes: scopes(text), client_digest: client.digest(), resource_digest: mcp().digest() }
}

/// A step taken `after` seconds after the request arrived.
struct Step<'a> {
    client: &'a Client,
    request: AuthorizeRequest,
    who: Option<SignedIn>,
    remembered: Option<Remembered>,
    least: Acr,
    after: i64,
}

impl<'a> Step<'a> {
    fn of(client: &'a Client, changes: &[(&str, &str)]) -> Self {
        Self {
            client,
            request: ask(client, changes).unwrap(),
            who: None,
            remembered: None,
            least: Acr::OneFactor,
            after: 0,
        }
    }
    fn who(mut self, seconds: i64) -> Self {
        self.who = Some(signed_in(seconds));
        self
    }
    fn allowed(mut self, text: &str) -> Self {
        self.remembered = Some(remembered(self.client, text));
        self
    }
    fn after(mut self, seconds: i64) -> Self {
        self.after = seconds;
        self
    }
    fn with<T>(&self, resource: &Resource, decide: impl FnOnce(&Situation<'_>) -> T) -> T {
        decide(&Situation {
            request: &self.request,
            client: self.client,
            resource,
            who: self.who.as_ref(),
            remembered: self.remembered.as_ref(),
            least: self.least,
            now: at(self.after),
        })
    }
    fn next(&self) -> Next {
        self.with(&mcp(), next)
    }
    fn approve(&self, shown: &Remembered) -> Next {
        self.with(&mcp(), |situation| approve(situation, shown, &shown.scopes))
    }
    fn ask(&self) -> Ask {
        match self.next() {
            Next::Consent(ask) => ask,
            other => panic!("not asked: {other:?}"),
        }
    }
    fn refused(&self) -> (Code, Delivery) {
        match self.next() {
            Next::Refuse { refusal, by } => (refusal.code(), by),
            other => panic!("not refused: {other:?}"),
        }
    }
    fn issued(&self) -> String {
        issued(self.next())
    }
}

fn issued(next: Next) -> String {
    match next {
        Next::Issue(permit) => permit.scopes().to_string(),
        other => panic!("not issued: {other:?}"),
    }
}

#[test]
fn the_way_of_a_new_user_is_sign_in_then_consent_then_issue() {
    let client = pub1();
    assert_eq!(Step::of(&client, &[]).next(), Next::SignIn(WhySignIn::Nobody));
    let ask = Step::of(&client, &[("scope", "read write")]).who(5).after(5).ask();
    assert_eq!((ask.because, &ask.new, &ask.already), (WhyAsk::First, &scopes("read write"), &scopes("")));
    assert_eq!(Step::of(&client, &[]).who(-9).allowed("read").issued(), "read");
}

#[test]
fn az_09_an_unverified_client_gets_no_automatic_error_redirect_before_sign_in() {
    assert_eq!(answer_by(&dyn1(), Presence::Nobody), Delivery::Interstitial);
    let document = client("doc1", "https://doc.test/cb", Origin::Document);
    assert_eq!(answer_by(&document, Presence::Nobody), Delivery::Interstitial);
    assert_eq!(answer_by(&dyn1(), Presence::SignedIn), Delivery::Redirect);
    assert_eq!(answer_by(&pub1(), Presence::Nobody), Delivery::Redirect);
}

#[test]
fn az_10_prompt_none_is_answered_silently_or_not_at_all() {
    let none = [("prompt", "none")];
    let verified = pub1();
    assert_eq!(Step::of(&verified, &none).refused(), (Code::LoginRequired, Delivery::Redirect));
    assert_eq!(Step::of(&verified, &none).who(-9).refused(), (Code::ConsentRequired, Delivery::Redirect));
    assert_eq!(Step::of(&verified, &none).who(-9).allowed("read").issued(), "read");
    let stranger = dyn1();
    assert_eq!(Step::of(&stranger, &none).refused(), (Code::LoginRequired, Delivery::Page));
    assert_eq!(Step::of(&stranger, &none).who(-9).refused(), (Code::ConsentRequired, Delivery::Page));
    assert_eq!(Step::of(&stranger, &none).who(-9).allowed("read").issued(), "read");
    let more = Step::of(&stranger, &[("prompt", "none"), ("scope", "write")]).who(-9).allowed("read");
    assert_eq!(more.refused(), (Code::ConsentRequired, Delivery::Redirect));
}

#[test]
fn az_19_a_hint_for_somebody_else_is_not_alice() {
    let client = pub1();
    let mut step = Step::of(&client, &[]).who(5).allowed("read").after(5);
    step.request.hint = Some(BOB);
    assert_eq!(step.next(), Next::SignIn(WhySignIn::SomebodyElse));
    let mut silent = Step::of(&client, &[("prompt", "none")]).who(5).allowed("read");
    silent.request.hint = Some(BOB);
    assert_eq!(silent.refused(), (Code::LoginRequired, Delivery::Redirect));
    silent.request.hint = Some(ALICE);
    assert_eq!(silent.issued(), "read");
}

#[test]
fn az_20_prompt_login_needs_a_login_after_the_request() {
    let client = pub1();
    for (prompt, why) in [("login", WhySignIn::Asked), ("select_account", WhySignIn::ChooseAccount)] {
        let step = || Step::of(&client, &[("prompt", prompt)]).allowed("read").after(10);
        assert_eq!(step().who(-1).next(), Next::SignIn(why));
        assert_eq!(step().who(0).issued(), "read");
        assert_eq!(step().who(9).issued(), "read");
    }
}

#[test]
fn az_20_max_age_is_about_the_login_not_the_session() {
    let client = pub1();
    let step = |max_age| Step::of(&client, &[("max_age", max_age)]).allowed("read");
    assert_eq!(step("1").who(-2).next(), Next::SignIn(WhySignIn::TooOld));
    assert_eq!(step("2").who(-2).issued(), "read");
    assert_eq!(step("0").who(-1).next(), Next::SignIn(WhySignIn::TooOld));
    // Signing in again satisfies the request, however long the person then reads the consent page.
    assert_eq!(step("1").who(1).after(500).issued(), "read");
    assert_eq!(step("0").who(1).after(500).issued(), "read");
    let silent = Step::of(&client, &[("max_age", "1"), ("prompt", "none")]).who(-2).allowed("read");
    assert_eq!(silent.refused(), (Code::LoginRequired, Delivery::Redirect));
}

#[test]
fn az_20_a_proof_worth_less_than_asked_for_does_not_count_however_fresh_it_is() {
    let client = pub1();
    let two = Acr::TwoFactors.as_str();
    let by = |amr: &str, wanted: &str, at: i64| {
        let mut step = Step::of(&client, &[("acr_values", wanted)]).who(at).allowed("read").after(10);
        if let Some(who) = &mut step.who {
            amr.clone_into(&mut who.amr);
        }
        step
    };
    for at in [-100, 0, 9] {
        assert_eq!(by("pwd", two, at).next(), Next::SignIn(WhySignIn::TooWeak));
        assert_eq!(by("pwd otp mfa", "phr", at).next(), Next::SignIn(WhySignIn::TooWeak));
        assert_eq!(by("pwd otp mfa", two, at).issued(), "read");
        assert_eq!(by("pop user mfa", two, at).issued(), "read", "more than enough");
        assert_eq!(by("pwd", "urn:example:unknown", at).issued(), "read", "a wish nobody can meet");
    }
    let weak = by("pwd", two, 5).approve(&remembered(&client, "read"));
    assert_eq!(weak, Next::SignIn(WhySignIn::TooWeak), "nor does saying yes make up for it");
    let silent = Step::of(&client, &[("acr_values", two), ("prompt", "none")]).who(5).allowed("read");
    assert_eq!(silent.refused(), (Code::LoginRequired, Delivery::Redirect));
    // What the operator requires counts likewise.
    let mut required = by("pwd", "", 5);
    required.least = Acr::TwoFactors;
    assert_eq!(required.next(), Next::SignIn(WhySignIn::TooWeak));
}

#[test]
fn az_20_approving_asks_the_same_questions_again() {
    let client = pub1();
    let step = Step::of(&client, &[("prompt", "login")]).who(-1);
    assert_eq!(step.approve(&remembered(&client, "read")), Next::SignIn(WhySignIn::Asked));
    let nobody = Step::of(&client, &[]);
    assert_eq!(nobody.approve(&remembered(&client, "read")), Next::SignIn(WhySignIn::Nobody));
}

#[test]
fn az_22_what_changed_under_the_page_is_asked_again() {
    let client = pub1();
    let mut renamed = pub1();
    renamed.metadata.client_name = Some("Bank".to_owned());
    let step = Step { client: &renamed, ..Step::of(&client, &[]).who(-1) };
    match step.approve(&remembered(&client, "read")) {
        Next::Consent(ask) => assert_eq!(ask.because, WhyAsk::First),
        other => panic!("{other:?}"),
    }
    let reworded = Remembered { resource_digest: client.digest(), ..remembered(&client, "read") };
    assert!(matches!(Step::of(&client, &[]).who(-1).approve(&reworded), Next::Consent(_)));
    let less = Step::of(&client, &[("scope", "read write")]).who(-1);
    assert!(matches!(less.approve(&remembered(&client, "read")), Next::Consent(_)));
    let mut disabled = pub1();
    disabled.disabled_at = Some(at(0));
    let step = Step { client: &disabled, ..Step::of(&client, &[]).who(-1) };
    assert!(matches!(step.approve(&remembered(&client, "read")), Next::Refuse { .. }));
    let mut moved = pub1();
    moved.metadata.redirect_uris = nat1().metadata.redirect_uris;
    let step = Step { client: &moved, ..Step::of(&client, &[]).who(-1) };
    match step.approve(&remembered(&moved, "read")) {
        Next::Refuse { by, .. } => assert_eq!(by, Delivery::Page, "there is nowhere proven to send it"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cn_03_consent_is_for_one_client_and_one_resource() {
    let (mine, other) = (pub1(), dyn1());
    let mut step = Step::of(&mine, &[]).who(-1);
    step.remembered = Some(remembered(&other, "read"));
    assert_eq!(step.ask().because, WhyAsk::ClientChanged);
    let elsewhere = super::resource(2, "https://two.test/");
    let step = Step::of(&mine, &[]).who(-1).allowed("read");
    assert!(matches!(step.with(&elsewhere, next), Next::Refuse { by: Delivery::Page, .. }));
    let mut reworded = mcp();
    reworded.scopes[0].description = "may do anything".to_owned();
    match step.with(&reworded, next) {
        Next::Consent(ask) => {
            assert_eq!(
                (ask.because, &ask.new, &ask.already),
                (WhyAsk::ResourceChanged, &scopes("read"), &scopes(""))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn cn_04_what_is_new_is_shown_first_and_the_grant_is_the_union() {
    let client = pub1();
    let step = Step::of(&client, &[("scope", "write")]).who(-1).allowed("read");
    let ask = step.ask();
    assert_eq!((ask.because, &ask.new, &ask.already), (WhyAsk::More, &scopes("write"), &scopes("read")));
    let shown = Remembered::shown(&ask, &client, &mcp());
    assert_eq!(issued(step.approve(&shown)), "read write");
    // Asking for less than was allowed gets less, and asks nothing.
    assert_eq!(Step::of(&client, &[("scope", "read")]).who(-1).allowed("read write").issued(), "read");
    let silent = Step::of(&client, &[("scope", "read write"), ("prompt", "none")]).who(-1).allowed("read");
    assert_eq!(silent.refused(), (Code::ConsentRequired, Delivery::Redirect));
}

#[test]
fn cn_04_what_is_dangerous_is_picked_one_by_one_and_the_rest_comes_together() {
    let client = pub1();
    let mut resource = mcp();
    resource.scopes.iter_mut().find(|scope| scope.name == "write").unwrap().dangerous = true;
    let step = Step::of(&client, &[("scope", "read write")]).who(-1);
    let Next::Consent(ask) = step.with(&resource, next) else { panic!("not asked") };
    assert_eq!(ask.choices(&resource), scopes("write"));
    let shown = Remembered::shown(&ask, &client, &resource);
    let approved = |chosen: &str| {
        let chosen = scopes(chosen);
        issued(step.with(&resource, |situation| approve(situation, &shown, &chosen)))
    };
    assert_eq!(approved("read"), "read");
    assert_eq!(approved("read write"), "read write");
    // What was not shown cannot be chosen.
    let chosen = scopes("read admin");
    assert!(matches!(
        step.with(&resource, |situation| approve(situation, &shown, &chosen)),
        Next::Consent(_)
    ));
    // What was allowed before is to be picked where it stands open, and not where it is folded away.
    let digest = resource.digest();
    let allowed = |text| Remembered { resource_digest: digest, ..remembered(&client, text) };
    let again =
        Step { remembered: Some(allowed("read write")), ..Step::of(&client, &[("prompt", "consent")]) };
    let Next::Consent(ask) = again.who(-1).with(&resource, next) else { panic!("not asked") };
    assert_eq!((ask.open(), ask.choices(&resource)), (&scopes("read"), scopes("")));
    let more = Step { remembered: Some(allowed("write")), ..Step::of(&client, &[("scope", "read write")]) };
    let Next::Consent(ask) = more.who(-1).with(&resource, next) else { panic!("not asked") };
    assert_eq!((ask.open(), ask.choices(&resource)), (&scopes("read"), scopes("")));
}

#[test]
fn cn_10_administrators_allow_in_everybodys_place_only_what_is_harmless_and_only_their_own_apps() {
    let mut resource = mcp();
    resource.scopes.iter_mut().find(|scope| scope.name == "write").unwrap().dangerous = true;
    let ruled = |client: Client, consent| Client { consent, ..client };
    let trusted = ruled(pub1(), ConsentRule::PreApproved);
    let asked =
        |client: &Client, changes: &[(&str, &str)]| Step::of(client, changes).who(-1).with(&resource, next);
    assert_eq!(issued(asked(&trusted, &[("scope", "read openid")])), "openid read");
    assert_eq!(issued(asked(&trusted, &[("scope", "read"), ("prompt", "none")])), "read");
    for changes in [&[("scope", "read write")][..], &[("scope", "read"), ("prompt", "consent")]] {
        match asked(&trusted, changes) {
            Next::Consent(ask) => assert!(ask.new.contains("read"), "all of it is new"),
            other => panic!("{other:?}"),
        }
    }
    // A program on the person's device is nobody's in particular; what registered itself is nobody's at all.
    let program = ruled(nat1(), ConsentRule::PreApproved);
    assert!(matches!(asked(&program, &[]), Next::Consent(_)));
    for (origin, voucher) in [
        (Origin::Dynamic, Voucher::Nobody),
        (Origin::Dynamic, Voucher::Administrator),
        (Origin::Document, Voucher::Domain),
    ] {
        let client = Client { origin, voucher, ..trusted.clone() };
        assert!(matches!(asked(&client, &[("scope", "read")]), Next::Consent(_)), "{origin:?}");
    }
    let barred = ruled(pub1(), ConsentRule::Forbidden);
    let step = Step::of(&barred, &[("scope", "read")]).who(-1).allowed("read");
    assert_eq!(step.refused(), (Code::AccessDenied, Delivery::Redirect));
    let shown = remembered(&barred, "read");
    assert!(matches!(step.approve(&shown), Next::Refuse { .. }));
}

#[test]
fn cn_06_prompt_consent_always_asks() {
    let client = pub1();
    let ask = Step::of(&client, &[("prompt", "consent")]).who(-1).allowed("read").ask();
    assert_eq!((ask.because, &ask.new, &ask.already), (WhyAsk::Asked, &scopes(""), &scopes("read")));
    assert_eq!(ask.scopes(), scopes("read"));
}

#[test]
fn dc_15_programs_on_this_device_are_always_asked_about() {
    let native = nat1();
    assert_eq!(Step::of(&native, &[]).who(-1).allowed("read").ask().because, WhyAsk::Program);
    let mut mixed = pub1();
    mixed.metadata.redirect_uris.extend(nat1().metadata.redirect_uris);
    let local = [("redirect_uri", "http://127.0.0.1:4711/cb")];
    assert_eq!(Step::of(&mixed, &local).who(-1).allowed("read").ask().because, WhyAsk::Program);
    assert_eq!(Step::of(&mixed, &[]).who(-1).allowed("read").issued(), "read");
    // Schemes can be claimed by any app, whoever vouches for this one.
    let mut app = pub1();
    app.metadata.redirect_uris = client("app", "com.example.app:/cb", Origin::Dynamic).metadata.redirect_uris;
    for voucher in [Voucher::Nobody, Voucher::Domain, Voucher::Administrator] {
        app.voucher = voucher;
        let own = [("redirect_uri", "com.example.app:/cb")];
        assert_eq!(Step::of(&app, &own).who(-1).allowed("read").ask().because, WhyAsk::Program);
    }
    for client in [&native, &app] {
        let silent = Step::of(
            client,
            &[("redirect_uri", client.metadata.redirect_uris[0].as_str()), ("prompt", "none")],
        );
        assert_eq!(silent.who(-1).allowed("read").refused(), (Code::ConsentRequired, Delivery::Redirect));
    }
}

#[test]
fn offline_follows_the_profile() {
    let permit = |client: &Client, scope: &str| {
        let step = Step::of(client, &[("scope", scope)]).who(-1).allowed(scope);
        match step.next() {
            Next::Issue(permit) => (permit.refreshable(), permit.offline()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(permit(&pub1(), "read"), (true, true));
    assert_eq!(permit(&compat(pub1()), "read"), (true, false));
    assert_eq!(permit(&compat(pub1()), "read offline_access"), (true, true));
}

fn some_scopes() -> impl Strategy<Value = String> {
    proptest::sample::subsequence(vec!["read", "write", "admin", "openid"], 0..=4)
        .prop_map(|names| names.join(" "))
}

proptest! {
    /// Whatever is issued silently was allowed before, and was asked for.
    #[test]
    fn cn_04_nothing_is_issued_that_was_not_allowed(asked in some_scopes(), allowed in some_scopes()) {
        let client = pub1();
        let step = Step::of(&client, &[("scope", &asked)]).who(-1).allowed(&allowed);
        match step.next() {
            Next::Issue(permit) => {
                prop_assert!(permit.scopes().is_subset(&scopes(&allowed)));
                prop_assert_eq!(permit.scopes(), &step.request.scopes);
            }
            Next::Consent(ask) => {
                prop_assert!(!ask.new.is_empty());
                prop_assert!(ask.new.intersect(&scopes(&allowed)).is_empty());
                prop_assert_eq!(ask.scopes(), step.request.scopes.union(&scopes(&allowed)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// A login is fresh enough exactly when it is recent enough or newer than the request.
    #[test]
    fn az_20_freshness(login in -1000_i64..1000, after in 0_i64..1000, max_age in 0_u32..1000) {
        prop_assume!(login <= after);
        let client = pub1();
        let step = Step::of(&client, &[("max_age", &max_age.to_string())]).who(login).allowed("read").after(after);
        let fresh = login >= 0 || (max_age > 0 && after - login <= i64::from(max_age));
        prop_assert_eq!(matches!(step.next(), Next::Issue(_)), fresh);
    }
}
