//! LG, AZ-20: more than a password, and passkeys instead of one.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod demanded;
mod enrolment;
mod passkeys;
mod recovery;
mod second;
mod step_up;

use gatewright_oauth::totp::{self, SEED};
use gatewright_server::config::SecondFactor;
use gatewright_tests::authenticator::{Authenticator, options};
use gatewright_tests::{Agent, Az, CALLBACK, Page, Tokens, World};

const SECURITY: &str = "/account/security";

/// Somebody's authenticator app, and the codes they wrote down.
pub struct Phone {
    seed: [u8; SEED],
    pub codes: Vec<String>,
}

impl Phone {
    /// What the app shows now.
    fn code(&self, world: &World) -> String {
        totp::code(&self.seed, totp::step(world.app.system_moment().now))
    }

    /// A code that is not shown within many minutes of now.
    fn wrong(&self, world: &World) -> String {
        let middle = totp::step(world.app.system_moment().now);
        let near: Vec<String> = (-40..40).map(|off| totp::code(&self.seed, middle + off)).collect();
        (0..1_000).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

/// The seed behind the key that the page shows.
fn seed(page: &Page) -> [u8; SEED] {
    let key = page.body.split("id=\"totp-key\"").nth(1).unwrap_or_else(|| panic!("no key: {}", page.body));
    let key = key.split('>').nth(1).unwrap().split('<').next().unwrap();
    let (mut bits, mut count, mut seed) = (0_u32, 0, Vec::new());
    for letter in key.bytes().filter(|letter| *letter != b' ') {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits = (bits << 5) | u32::try_from(value).unwrap();
        count += 5;
        if count >= 8 {
            count -= 8;
            seed.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    seed.try_into().unwrap()
}

/// The recovery codes that a page shows.
fn codes(page: &Page) -> Vec<String> {
    assert!(page.body.contains("id=\"recovery-codes\""), "{} {}", page.status, page.body);
    let items = page.body.split("<li><code>").skip(1);
    items.map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

/// Signs `name` in, with a password and nothing else, for a look at what they sign in with.
pub async fn at_security(world: &World, name: &str) -> Agent {
    let mut agent = world.agent();
    let first = agent.get(&world.url(SECURITY)).await;
    let login = agent.follow(first).await;
    let list = world.log_in(&mut agent, &login, name).await;
    assert!(list.body.contains("id=\"security\""), "{} {}", list.status, list.body);
    agent
}

/// Gives somebody who is signed in an authenticator app. Its first code is spent, so the clock moves on.
pub async fn add_app(world: &World, agent: &mut Agent) -> Phone {
    let form = agent.get(&world.url("/account/security/totp")).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let mut phone = Phone { seed: seed(&form), codes: Vec::new() };
    let fields = [("enrolment", form.hidden("enrolment")), ("code", phone.code(world))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = agent.post(&world.url("/account/security/totp"), &fields).await;
    phone.codes = if page.status == 200 { codes(&page) } else { Vec::new() };
    world.pass(60);
    phone
}

/// An account with an authenticator app.
async fn with_app(world: &World, name: &str) -> Phone {
    let mut agent = at_security(world, name).await;
    let phone = add_app(world, &mut agent).await;
    assert_eq!(phone.codes.len(), 10);
    phone
}

/// Gives somebody who is signed in a passkey.
pub async fn add_passkey(world: &World, agent: &mut Agent) -> (Authenticator, Page) {
    let form = agent.get(&world.url("/account/security/passkey")).await;
    let mut key = Authenticator::at(world.app.config.origin());
    let answer = key.create(&options(&form.body));
    let enrolment = form.hidden("enrolment");
    let fields = [("enrolment", enrolment.as_str()), ("name", "My phone"), ("passkey", answer.as_str())];
    let page = agent.post(&world.url("/account/security/passkey"), &fields).await;
    (key, page)
}

/// The page after the right password: the one that asks for more.
async fn at_factor(world: &World, agent: &mut Agent, az: &Az, name: &str) -> Page {
    let login = world.authorize(agent, az).await;
    let page = world.log_in(agent, &login, name).await;
    is_factor(&page);
    page
}

fn is_factor(page: &Page) {
    assert!(page.body.contains("id=\"second-factor\""), "{} {}", page.status, page.body);
    assert!(!page.headers.contains_key("set-cookie"), "no session yet");
}

/// Sends something on the page that asks for more.
async fn show(world: &World, agent: &mut Agent, page: &Page, (kind, value): (&str, &str)) -> Page {
    let (request, step) = (page.hidden("request"), page.hidden("step"));
    let fields = [("request", request.as_str()), ("step", step.as_str()), (kind, value)];
    agent.post(&world.url("/login/factor"), &fields).await
}

/// The same, followed to where it leads.
async fn shown(world: &World, agent: &mut Agent, page: &Page, sent: (&str, &str)) -> Page {
    let answer = show(world, agent, page, sent).await;
    agent.follow(answer).await
}

fn is_consent(page: &Page) {
    assert!(page.body.contains("id=\"consent-form\""), "{} {}", page.status, page.body);
}

/// From the consent page to tokens.
async fn tokens(world: &World, agent: &mut Agent, page: &Page) -> Tokens {
    let page = if page.body.contains("id=\"consent-form\"") {
        world.decide(agent, page, "approve").await
    } else {
        page.clone()
    };
    let code = page.answer("code").unwrap_or_else(|| panic!("no code: {page:?}"));
    assert!(page.location().unwrap().starts_with(CALLBACK));
    Tokens::of(&world.redeem("pub1", &code, &[]).await)
}

pub fn openid() -> Az {
    Az::of("pub1").set("scope", "openid mcp:read")
}

async fn requiring(who: SecondFactor) -> World {
    World::with(|config| config.login.require_second_factor = who).await
}
