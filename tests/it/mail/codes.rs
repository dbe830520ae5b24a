//! Signing in with a mailed code.

use gatewright_tests::smtp::Arrived;
use gatewright_tests::{Agent, Az, Page, World};
use tokio::task::JoinSet;

use super::{Office, on_the_way};

async fn office() -> Office {
    Office::with(|config| {
        config.login.email_code = true;
        config.login.attempts = 10;
        config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await
}

/// A browser that asked for a code.
struct Waiting {
    agent: Agent,
    request: String,
    ticket: String,
}

impl Waiting {
    async fn of(world: &World, name: &str) -> Waiting {
        let (mut agent, login) = on_the_way(world).await;
        assert!(login.body.contains("/login/code?request="), "{}", login.body);
        let request = login.hidden("request");
        let page = agent.post("/login/code", &[("request", &request), ("username", name)]).await;
        let ticket = page.hidden("ticket");
        Waiting { agent, request, ticket }
    }

    async fn enter(&mut self, code: &str) -> Page {
        let fields = [("request", self.request.as_str()), ("ticket", &self.ticket), ("code", code)];
        self.agent.post("/login/code/check", &fields).await
    }

    /// From another network.
    async fn enter_from(&self, world: &World, peer: &str, code: &str) -> Page {
        let fields = [("request", self.request.as_str()), ("ticket", &self.ticket), ("code", code)];
        let request = world.http.post(world.url("/login/code/check")).header("sec-fetch-site", "same-origin");
        self.agent.clone().send(request.header("x-forwarded-for", peer).form(&fields)).await
    }
}

fn code(mail: &Arrived) -> String {
    let is_code = |line: &&str| line.len() == 9 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    mail.text.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("{}", mail.text)).to_owned()
}

/// Another code of eight digits.
fn another(code: &str) -> String {
    let digits: u64 = code.replace(' ', "").parse().unwrap();
    format!("{:08}", (digits + 1) % 100_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_with_a_code() {
    let office = office().await;
    let world = &office.world;
    let mut waiting = Waiting::of(world, "alice@example.test").await;
    let mail = office.one().await;
    assert_eq!(mail.to, "alice@example.test");
    let code = code(&mail);
    assert_eq!(waiting.enter(&another(&code)).await.status, 403);
    let page = waiting.enter(&code).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = waiting.agent.follow(page).await;
    let back = world.decide(&mut waiting.agent, &page, "approve").await;
    let tokens = world.redeem("pub1", &back.answer("code").unwrap(), &[]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let amr: String =
        sqlx::query_scalar("SELECT amr FROM sessions").fetch_one(&world.database).await.unwrap();
    assert_eq!(amr, "otp");
    // Once.
    assert_eq!(waiting.enter(&code).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_setting_there_is_no_such_way_in() {
    let office = Office::new().await;
    let (mut agent, login) = on_the_way(&office.world).await;
    assert!(!login.body.contains("/login/code"), "{}", login.body);
    let request = login.hidden("request");
    assert_eq!(agent.get(&format!("/login/code?request={request}")).await.status, 404);
    assert_eq!(agent.post("/login/code/check", &[("request", &request)]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_codes_and_passwords_have_one_limit() {
    let office = office().await;
    let world = &office.world;
    let mut waiting = Waiting::of(world, "alice").await;
    let code = code(&office.one().await);
    for _ in 0..5 {
        assert_eq!(waiting.enter(&another(&code)).await.status, 403);
    }
    let (mut agent, login) = on_the_way(world).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let fields = [
            ("request", login.hidden("request")),
            ("username", "alice".to_owned()),
            ("password", "wrong".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        statuses.push(agent.post("/login", &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
    assert_eq!(waiting.enter(&code).await.status, 429, "and the right code waits like a right password");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_a_code_is_tried_five_times_from_wherever_and_by_however_many() {
    let office = office().await;
    let world = &office.world;
    let waiting = Waiting::of(world, "alice").await;
    let code = code(&office.one().await);
    let wrong = another(&code);
    for n in 0..5 {
        let page = waiting.enter_from(world, &format!("198.51.{n}.7"), &wrong).await;
        assert_eq!(page.status, 403);
    }
    let page = waiting.enter_from(world, "203.0.113.5", &code).await;
    assert_eq!(page.status, 403, "the right one is none any more");
    assert_eq!(world.count("sessions").await, 0);

    // At once: no more than five are judged, and of the right ones one wins.
    world.pass(3_601);
    let waiting = Waiting::of(world, "alice").await;
    let code = self::code(&office.one().await);
    let mut racing = JoinSet::new();
    for n in 0..8 {
        let (agent, request, ticket) =
            (waiting.agent.clone(), waiting.request.clone(), waiting.ticket.clone());
        let (http, url, code) = (world.http.clone(), world.url("/login/code/check"), code.clone());
        racing.spawn(async move {
            let fields = [("request", request.as_str()), ("ticket", &ticket), ("code", &code)];
            let sent = http.post(url).header("sec-fetch-site", "same-origin");
            let sent = sent.header("x-forwarded-for", format!("192.0.{n}.7"));
            agent.clone().send(sent.form(&fields)).await.status.as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403, 403, 403, 403, 403, 403, 403]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_codes_tell_nobody_which_accounts_exist() {
    let office = office().await;
    let world = &office.world;
    world.disable_user("mallory").await;
    let mut seen = Vec::new();
    for name in ["alice", "ghost", "mallory"] {
        let mut waiting = Waiting::of(world, name).await;
        let page = waiting.enter("00000000").await;
        seen.push((
            page.status,
            page.body.replace(&waiting.request, "…").replace(&waiting.ticket, "…").len(),
        ));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    assert_eq!(office.arrives().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_08_a_code_is_good_for_its_ticket_its_browser_and_ten_minutes() {
    let office = office().await;
    let world = &office.world;
    let alice = Waiting::of(world, "alice").await;
    let code = code(&office.one().await);
    // Another account's ticket, another errand's, another browser, and none.
    let mut mallory = Waiting::of(world, "mallory").await;
    assert_eq!(mallory.enter(&code).await.status, 403);
    let mut crossed = Waiting {
        agent: alice.agent.clone(),
        request: mallory.request.clone(),
        ticket: alice.ticket.clone(),
    };
    assert_eq!(crossed.enter(&code).await.status, 400);
    let mut crossed = Waiting {
        agent: mallory.agent.clone(),
        request: mallory.request.clone(),
        ticket: alice.ticket.clone(),
    };
    assert_eq!(crossed.enter(&code).await.status, 400);
    let mut stolen =
        Waiting { agent: world.agent(), request: alice.request.clone(), ticket: alice.ticket.clone() };
    assert_eq!(stolen.enter(&code).await.status, 400);
    for ticket in ["", "x", &alice.request] {
        let mut none =
            Waiting { agent: alice.agent.clone(), request: alice.request.clone(), ticket: ticket.to_owned() };
        assert_eq!(none.enter(&code).await.status, 400, "{ticket}");
    }
    let mut empty = alice.agent.clone();
    assert_eq!(empty.post("/login/code/check", &[]).await.status, 400, "nothing is not success");
    assert_eq!(empty.post("/login/code/check", &[("request", &alice.request)]).await.status, 400);

    let mut late = Waiting::of(world, "alice").await;
    let code =
        self::code(&office.arrives().await.into_iter().find(|mail| mail.to.starts_with("alice")).unwrap());
    world.pass(601);
    assert_eq!(late.enter(&code).await.status, 400);
    assert_eq!(world.count("sessions").await, 0);

    // And not after the account's sessions were ended in any way.
    let mut before = Waiting::of(world, "alice").await;
    let code = self::code(&office.one().await);
    office.run("UPDATE users SET era = era + 1").await;
    assert_eq!(before.enter(&code).await.status, 403);
    let stored: Vec<u8> =
        sqlx::query_scalar("SELECT tag FROM mailed_codes LIMIT 1").fetch_one(&world.database).await.unwrap();
    assert_eq!(stored.len(), 32, "a MAC, not a code");
    assert_eq!(world.authorize(&mut world.agent(), &Az::of("pub1")).await.status, 200);
}
