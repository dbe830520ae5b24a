//! Whoever asks for a mail learns nothing of whose account there is: not from the answer (LG-03), and not from its
//! duration (LG-04). Three ways lead to a mail: a forgotten password, a mailed code, and making an account.
//!
//! The names have one length, so nothing has to be left out of the comparison but what differs for one name, too.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::body::Body;
use gatewright_oauth::secret::Secret;
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::config::{Argon2, SignUpMode};
use gatewright_server::web::front::Front;
use gatewright_store::Write;
use gatewright_store::count::Counts;
use gatewright_tests::World;
use http::Request;
use http::header::COOKIE;
use tokio::task::JoinSet;

use super::{CHOSEN, Office, on_the_way};
use crate::token::{Answer, ask_of, form};

/// Somebody, somebody who is disabled, and nobody.
const NAMES: [&str; 3] = ["alice@example.test", "bobby@example.test", "ghost@example.test"];

#[derive(Debug, Clone, Copy)]
enum Way {
    Forgotten,
    Code,
    SignUp,
}

const WAYS: [Way; 3] = [Way::Forgotten, Way::Code, Way::SignUp];

/// One browser, which asks in everybody's name.
struct Asker {
    office: Office,
    router: Front,
    cookie: String,
    request: String,
}

impl Asker {
    async fn new(change: impl FnOnce(&mut gatewright_server::Config)) -> Asker {
        let office = Office::with(|config| {
            config.login.email_code = true;
            config.login.attempts = 1_000;
            config.sign_up.mode = SignUpMode::Open;
            change(config);
        })
        .await;
        let world = &office.world;
        let bobby = NewAccount {
            username: "bobby".to_owned(),
            email: Some("bobby@example.test".to_owned()),
            display_name: None,
            locale: None,
            role: None,
            password: Secret::new(CHOSEN.to_owned()),
        };
        let made = accounts::create(&world.app, &world.operator(), bobby).await.unwrap();
        assert!(matches!(made, Write::Applied(_)));
        world.disable_user("bobby").await;
        let (agent, login) = on_the_way(world).await;
        let (name, value) = agent.browser_cookie();
        let router = gatewright_server::router(world.app.clone());
        Asker { router, cookie: format!("{name}={value}"), request: login.hidden("request"), office }
    }

    fn world(&self) -> &World {
        &self.office.world
    }

    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let mut request = form(self.world(), path, fields);
        request.headers_mut().insert(COOKIE, self.cookie.parse().unwrap());
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
        request
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        ask_of(self.router.clone(), request).await
    }

    fn asking(&self, way: Way, name: &str) -> Request<Body> {
        let request = ("request", self.request.as_str());
        match way {
            Way::Forgotten => self.form("/forgot", &[request, ("username", name)]),
            Way::Code => self.form("/login/code", &[request, ("username", name)]),
            Way::SignUp => self.form("/sign-up", &[request, ("email", name), ("name", "Carol")]),
        }
    }

    async fn ask(&self, way: Way, name: &str) -> Answer {
        let answer = self.send(self.asking(way, name)).await;
        assert_eq!(answer.status, 200, "{way:?} {name}: {}", answer.body);
        answer
    }

    /// A code that is not the one that was mailed.
    async fn guess(&self, ticket: &str) -> Answer {
        let fields = [("request", self.request.as_str()), ("ticket", ticket), ("code", "0000 0000")];
        let answer = self.send(self.form("/login/code/check", &fields)).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        answer
    }

    /// What a request may have left behind in its own time.
    async fn made(&self) -> (i64, usize) {
        let world = self.world();
        let mut rows = 0;
        for table in ["mails", "mailed_links", "mailed_codes"] {
            rows += world.count(table).await;
        }
        (rows, self.office.mails.take().len())
    }
}

/// The sealed ticket of the form for a code.
fn ticket(answer: &Answer) -> String {
    let (_, rest) =
        answer.body.split_once("name=\"ticket\" value=\"").unwrap_or_else(|| panic!("{}", answer.body));
    rest.split_once('"').unwrap().0.to_owned()
}

/// All of an answer but what was typed, what is random for everybody, and when it was.
type Seen = (u16, BTreeMap<String, Vec<u8>>, usize, String);

fn seen(answer: &Answer, leave_out: &[&str]) -> Seen {
    let mut headers = BTreeMap::new();
    for (name, value) in &answer.headers {
        let known: &mut Vec<u8> = headers.entry(name.to_string()).or_default();
        if !["x-request-id", "date"].contains(&name.as_str()) {
            known.extend_from_slice(value.as_bytes());
        }
    }
    let body = leave_out.iter().fold(answer.body.clone(), |body, part| body.replace(part, "…"));
    (answer.status, headers, answer.body.len(), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_every_way_to_a_mail_answers_for_everybody_with_the_same_bytes() {
    let asker = Asker::new(|_| {}).await;
    let mut tickets = Vec::new();
    for way in WAYS {
        let mut answers = Vec::new();
        for name in NAMES {
            let answer = asker.ask(way, name).await;
            let ticket = matches!(way, Way::Code).then(|| ticket(&answer));
            answers.push(seen(&answer, &[name, ticket.as_deref().unwrap_or(name)]));
            tickets.extend(ticket);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{way:?}: {answers:#?}");
    }
    let mut to: Vec<String> = asker.office.arrives().await.into_iter().map(|mail| mail.to).collect();
    to.sort_unstable();
    let [alice, bobby, ghost] = NAMES;
    assert_eq!(to, [alice, alice, alice, bobby, ghost], "three for alice, and of sign-up one for each");

    // A code is with alice by now, with nobody else; a wrong one is wrong for all of them.
    let mut answers = Vec::new();
    for ticket in &tickets {
        answers.push(seen(&asker.guess(ticket).await, &[ticket]));
    }
    assert_eq!(answers.len(), NAMES.len());
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

/// Counted, not timed: one statement for everybody, the count of tries; no mail, no link and no code.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_every_way_to_a_mail_does_the_same_work_before_it_answers() {
    let asker = Asker::new(|_| {}).await;
    let mut tickets = Vec::new();
    for way in WAYS {
        for name in NAMES {
            let answer = asker.ask(way, name).await;
            assert_eq!(answer.counts, Counts { reads: 0, writes: 1 }, "{way:?} {name}");
            if matches!(way, Way::Code) {
                tickets.push(ticket(&answer));
            }
        }
    }
    assert_eq!(asker.made().await, (0, 0), "nobody has looked yet");
    assert_eq!(asker.office.arrives().await.len(), 5);
    assert_eq!(asker.world().count("mailed_codes").await, 1);
    for (name, ticket) in NAMES.iter().zip(&tickets) {
        let counts = asker.guess(ticket).await.counts;
        assert_eq!(counts, Counts { reads: 0, writes: 2 }, "{name}: the count of tries, and the try");
    }
}

/// A hash would have to stand in the queue, and the queue is full.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_no_way_to_a_mail_costs_anybody_a_password_hash() {
    let asker = Asker::new(|config| {
        config.login.concurrency = 1;
        config.login.argon2 = Argon2 { memory_kib: 65_536, time: 40, parallelism: 1 };
    })
    .await;
    let mut storm = JoinSet::new();
    for _ in 0..150 {
        let passwords = asker.world().app.passwords.clone();
        storm.spawn(async move { passwords.verify(Secret::new(String::new()), None).await.is_err() });
    }
    for _ in 0..49 {
        assert!(storm.join_next().await.unwrap().unwrap(), "sent away: the queue is full");
    }
    let refused = asker.world().app.passwords.load().refused;
    for way in WAYS {
        for name in NAMES {
            let answer = asker.ask(way, name).await;
            if matches!(way, Way::Code) {
                asker.guess(&ticket(&answer)).await;
            }
        }
    }
    assert_eq!(asker.world().app.passwords.load().refused, refused, "nobody wanted a hash");
    assert!(storm.len() >= 90, "and the queue was long all the while: {}", storm.len());
}

/// What the quicker tenth of many requests takes for each name, in microseconds: a busy machine only ever adds.
async fn quickest(asker: &Asker, way: Way) -> [u128; NAMES.len()] {
    const SAMPLES: usize = 100;
    let mut micros = NAMES.map(|_| Vec::with_capacity(SAMPLES));
    for _ in 0..SAMPLES {
        // In turns, so that it is busy for all of them.
        for (name, samples) in NAMES.iter().zip(&mut micros) {
            let request = asker.asking(way, name);
            let started = Instant::now();
            let answer = asker.send(request).await;
            samples.push(started.elapsed().as_micros());
            assert_eq!(answer.status, 200);
        }
    }
    micros.map(|mut samples| {
        samples.sort_unstable();
        samples[SAMPLES / 10]
    })
}

/// Coarse: in the router, without a network. What tells of an account tells it every time; what happens once is the
/// machine's.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_the_duration_of_asking_for_a_mail_does_not_tell_who_has_an_account() {
    const ROUNDS: usize = 4;
    for way in WAYS {
        let mut seen = Vec::new();
        loop {
            // Its own, because there is a bounded number of wishes that wait.
            let asker = Asker::new(|_| {}).await;
            let micros = quickest(&asker, way).await;
            let (least, most) = (*micros.iter().min().unwrap(), *micros.iter().max().unwrap());
            if most - least < 20.max(least / 2) {
                break;
            }
            seen.push(micros);
            assert!(seen.len() < ROUNDS, "{way:?}: {seen:?} microseconds");
        }
    }
}
