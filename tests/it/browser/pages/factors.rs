//! The pages of second factors, and passkeys of a virtual authenticator in a real Chromium.

use gatewright_tests::browser::{Browser, Outcome};
use gatewright_tests::flows::claims;
use gatewright_tests::tools::Tools;
use gatewright_tests::{Az, CALLBACK, PASSWORD, Tokens, World};
use serde_json::{Value, json};

use super::{Scripts, Stop, Visitor, click, goto, screenshots};
use crate::factors::{Phone, add_app, at_security, openid};

fn fill(field: &str, text: &str) -> Value {
    json!(["fill", field, text])
}

fn stop(name: &'static str, profile: &'static str, steps: Vec<Value>, kind: &'static str) -> Stop {
    Stop { name, profile, steps, status: 200, kind, focused: "" }
}

/// To a page of one's own, by way of the sign-in page.
fn to_own(world: &World, name: &str, path: &str) -> Vec<Value> {
    vec![
        goto(&world.url("/account/security")),
        fill("#username", name),
        fill("#password", PASSWORD),
        click("#login-submit"),
        goto(&world.url(path)),
    ]
}

async fn tour(scripts: Scripts) {
    let world = World::named(|_| {}).await;
    let phone = {
        let mut owner = at_security(&world, "alice").await;
        add_app(&world, &mut owner).await
    };
    let browser = Browser::start(&Tools::find()).await;
    let visitor = Visitor { world: &world, browser: &browser, scripts };
    let login = vec![visitor.authorize(&Az::of("pub1"))];
    visitor.see(Stop { focused: "username", ..stop("login-passkey", "guest", login, "login") }).await;
    signing_in(&visitor, &phone).await;
    setting_up(&visitor).await;
}

async fn signing_in(visitor: &Visitor<'_>, phone: &Phone) {
    let az = Az::of("pub1");
    let asked = || visitor.sign_in(&az, "alice");
    let factor =
        |name, profile, steps| Stop { focused: "code", ..stop(name, profile, steps, "second-factor") };
    visitor.see(factor("second-factor", "one", asked())).await;
    let wrong = [asked(), vec![fill("#code", "000000"), click("#factor-code-submit")]].concat();
    visitor.see(Stop { status: 403, ..factor("second-factor-wrong", "two", wrong) }).await;
    let recovery = [
        json!(["tick", "details summary"]),
        fill("#recovery", &phone.codes[0]),
        click("#factor-recovery-submit"),
    ];
    let recovered = [asked(), recovery.to_vec()].concat();
    visitor.see(stop("recovery-used", "alice", recovered, "recovery-used")).await;
    let list = |path: &str| vec![goto(&visitor.world.url(path))];
    visitor.see(stop("security", "alice", list("/account/security"), "security")).await;
    let codes = [list("/account/security"), vec![click("#security-codes")]].concat();
    visitor.see(stop("recovery-codes", "alice", codes, "recovery-codes")).await;
}

async fn setting_up(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let own = |path| to_own(world, "mallory", path);
    visitor.see(stop("security-empty", "m1", own("/account/security"), "security")).await;
    visitor.see(stop("totp", "m2", own("/account/security/totp"), "add-totp")).await;
    let wrong =
        [own("/account/security/totp"), vec![fill("#code", "000000"), click("#totp-submit")]].concat();
    visitor.see(Stop { status: 422, ..stop("totp-wrong", "m3", wrong, "add-totp") }).await;
    visitor.see(stop("passkey", "m4", own("/account/security/passkey"), "add-passkey")).await;
    let two = Az::of("pub1").set("acr_values", "urn:gatewright:acr:2fa");
    visitor.see(stop("enrol", "m5", visitor.sign_in(&two, "mallory"), "enrol")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_factors_work_and_look_right_without_javascript() {
    tour(Scripts::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_factors_are_accessible() {
    tour(Scripts::On).await;
}

/// A browser with an authenticator.
struct Person<'a> {
    world: &'a World,
    browser: &'a Browser,
}

impl Person<'_> {
    async fn go(&self, profile: &str, steps: Vec<Value>) -> Outcome {
        self.go_with(profile, (steps, false)).await
    }

    /// `autofill`: whether they take what the browser offers to fill in.
    async fn go_with(&self, profile: &str, (steps, autofill): (Vec<Value>, bool)) -> Outcome {
        let pictures = screenshots().join(format!("people-{profile}"));
        std::fs::create_dir_all(screenshots()).unwrap();
        let request = json!({
            "do": steps, "session": profile, "authenticator": "alice", "timeout": 20_000,
            "redirect_uri": CALLBACK, "screenshots": pictures, "autofill": autofill,
        });
        let outcome = self.browser.go(request).await;
        assert_eq!(outcome.problems, Vec::<String>::new(), "{profile}");
        outcome
    }

    fn authorize(&self, az: &Az) -> Value {
        goto(&self.world.url(&format!("/authorize?{}", az.query())))
    }

    /// What the app learns about whoever signed in.
    async fn told(&self, outcome: &Outcome) -> Value {
        let code = outcome.response().into_iter().find(|(name, _)| name == "code").unwrap().1;
        claims(&Tokens::of(&self.world.redeem("pub1", &code, &[]).await).access)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_15_a_real_browser_makes_a_passkey_and_signs_in_with_it() {
    let world = World::named(|_| {}).await;
    let browser = Browser::start(&Tools::find()).await;
    let person = Person { world: &world, browser: &browser };
    let mut steps = to_own(&world, "alice", "/account/security");
    steps.extend([click("#security-add-passkey"), fill("#name", "Alice’s laptop"), click("#passkey-submit")]);
    let made = person.go("maker", steps).await;
    assert_eq!(made.end, "recovery-codes", "{:?}", made.pages);
    let list = person.go("maker", vec![goto(&world.url("/account/security"))]).await;
    assert!(list.pages[0].text.contains("Alice’s laptop"), "{}", list.pages[0].text);
    // The same authenticator makes no second one.
    let again = [fill("#name", "again"), json!(["tick", "#passkey-submit"])];
    let steps = [vec![goto(&world.url("/account/security/passkey"))], again.to_vec()].concat();
    assert_eq!(person.go("maker", steps).await.end, "add-passkey");
    assert_eq!(world.count("passkeys").await, 1);

    // Without a name and a password, in another browser profile.
    let press = vec![person.authorize(&openid()), click("#login-passkey-submit"), click("#consent-approve")];
    let signed_in = person.go("button", press).await;
    assert_eq!(signed_in.end, "callback", "{:?}", signed_in.pages);
    assert_eq!(person.told(&signed_in).await["acr"], "phr");

    // The same, by what the browser fills in: nothing is pressed. What was allowed before is not asked again.
    let consent = json!(["focus", "#consent-deny"]);
    let again = openid().set("prompt", "consent");
    let offered = vec![person.authorize(&again), consent, click("#consent-approve")];
    let signed_in = person.go_with("autofill", (offered, true)).await;
    assert_eq!(signed_in.end, "callback", "{:?}", signed_in.pages);
    assert_eq!(person.told(&signed_in).await["acr"], "phr");

    // After the password, as the second factor.
    let mut steps = vec![person.authorize(&openid())];
    steps.extend([fill("#username", "alice"), fill("#password", PASSWORD), click("#login-submit")]);
    steps.push(click("#factor-passkey-submit"));
    let signed_in = person.go("second", steps).await;
    assert_eq!(signed_in.end, "callback", "{:?}", signed_in.pages);
    assert_eq!(person.told(&signed_in).await["amr"], json!(["pwd", "pop", "user", "mfa"]));
    assert_eq!(world.events("factor.used").await, 3);
}
