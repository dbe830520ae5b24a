//! LG: signing in with a password.

use std::collections::BTreeMap;

use gatewright_oauth::secret::Secret;
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::config::Argon2;
use gatewright_store::Write;
use gatewright_store::users::{self, NewUser};
use gatewright_tests::{Agent, Az, PASSWORD, Page, World};
use tokio::task::JoinSet;

/// The login form of a browser, sent from any address.
struct Form {
    world: World,
    agent: Agent,
    request: String,
}

impl Form {
    async fn of(world: World) -> Form {
        let mut agent = world.agent();
        let request = world.authorize(&mut agent, &Az::of("pub1")).await.hidden("request");
        Form { world, agent, request }
    }

    /// A try from `peer`, as the proxy in front tells it. What it leads to is not remembered.
    async fn try_from(&self, peer: &str, name: &str, password: &str) -> Page {
        let fields = [("request", self.request.as_str()), ("username", name), ("password", password)];
        let request = self.world.http.post(self.world.url("/login")).header("sec-fetch-site", "same-origin");
        let request = if peer.is_empty() { request } else { request.header("x-forwarded-for", peer) };
        self.agent.clone().send(request.form(&fields)).await
    }

    /// The statuses of many tries, counted.
    async fn statuses(&self, tries: impl IntoIterator<Item = (String, String, &str)>) -> BTreeMap<u16, u32> {
        let mut counts = BTreeMap::new();
        for (peer, name, password) in tries {
            let answer = self.try_from(&peer, &name, password).await;
            assert_eq!(answer.status == 429, answer.headers.contains_key("retry-after"));
            *counts.entry(answer.status.as_u16()).or_default() += 1;
        }
        counts
    }
}

async fn add_user(world: &World, name: &str, password: &str) -> Write<uuid::Uuid> {
    let account = NewAccount {
        username: name.to_owned(),
        email: Some(format!("{name}@example.test")),
        display_name: None,
        locale: None,
        role: None,
        password: Secret::new(password.to_owned()),
    };
    accounts::create(&world.app, &world.operator(), account).await.unwrap()
}

async fn add_without_password(world: &World, name: &str) {
    let trace = world.operator().trace(&world.app);
    let user = NewUser {
        id: world.app.id(trace.at),
        username: name,
        username_key: name,
        username_skeleton: name,
        email_verified: false,
        email: None,
        display_name: None,
        locale: None,
        role: None,
        password: None,
    };
    assert!(matches!(users::create(&world.app.store, &user, &trace).await.unwrap(), Write::Applied(())));
}

fn behind_a_proxy(config: &mut gatewright_server::Config) {
    config.login.attempts = 10;
    config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_guesses_are_slowed_and_nobody_is_locked_out_by_a_stranger() {
    let form = Form::of(World::with(behind_a_proxy).await).await;
    let mallory = |n: u32| (format!("198.51.100.{}", n % 250), "alice".to_owned(), "wrong");
    let counts = form.statuses((0..100).map(mallory)).await;
    assert_eq!(counts, BTreeMap::from([(403, 10), (429, 90)]));

    let right = form.try_from("198.51.100.7", "alice", PASSWORD).await;
    assert_eq!(right.status, 429, "even the right password tells nothing");
    assert!(!right.headers.contains_key("set-cookie"));
    assert!((1..=90).contains(&right.header("retry-after").parse::<u32>().unwrap()));
    for spelling in ["ALICE", " alice ", "\u{ff41}lice"] {
        assert_eq!(form.try_from("198.51.100.7", spelling, "wrong").await.status, 429, "{spelling}");
    }
    for forged in ["203.0.113.5, 198.51.100.7", "203.0.113.5,198.51.100.9"] {
        assert_eq!(form.try_from(forged, "alice", "wrong").await.status, 429, "{forged}");
    }

    let alice = form.try_from("203.0.113.5", "alice", PASSWORD).await;
    assert_eq!(alice.status, 303, "the person elsewhere is not locked out: {}", alice.body);
    assert!(alice.header("set-cookie").starts_with("__Host-gw_session="));
    assert_eq!(form.try_from("198.51.100.7", "alice", "wrong").await.status, 429, "and helps nobody");

    form.world.pass(91);
    assert_eq!(form.try_from("198.51.100.7", "alice", "wrong").await.status, 403, "one more try");
    assert_eq!(form.try_from("198.51.100.7", "alice", "wrong").await.status, 429, "and no second");
    assert_eq!(form.world.count("sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_one_network_cannot_spray_many_accounts() {
    let form = Form::of(World::with(behind_a_proxy).await).await;
    let spray = |n: u32| ("192.0.2.1".to_owned(), format!("user-{n}"), "Summer2026!");
    assert_eq!(form.statuses((0..80).map(spray)).await, BTreeMap::from([(403, 50), (429, 30)]));
    let cloud = |n: u32| (format!("2001:db8:0:1::{n:x}"), "alice".to_owned(), "wrong");
    let counts = form.statuses((1..=30).map(cloud)).await;
    assert_eq!(counts, BTreeMap::from([(403, 10), (429, 20)]), "an IPv6 /64 is one network");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_a_forwarded_address_gives_a_stranger_no_fresh_tries() {
    let form = Form::of(World::with(|config| config.login.attempts = 10).await).await;
    let forging = |n: u32| (format!("203.0.113.{n}, 192.0.{n}.1"), "alice".to_owned(), "wrong");
    assert_eq!(form.statuses((0..20).map(forging)).await, BTreeMap::from([(403, 10), (429, 10)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_signing_in_gives_the_tries_back() {
    let form = Form::of(World::with(behind_a_proxy).await).await;
    for _ in 0..5 {
        let wrong = |_| ("203.0.113.5".to_owned(), "alice".to_owned(), "typo");
        assert_eq!(form.statuses((0..9).map(wrong)).await, BTreeMap::from([(403, 9)]));
        assert_eq!(form.try_from("203.0.113.5", "alice", PASSWORD).await.status, 303);
    }
    assert_eq!(form.world.count("sessions").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_03_nobody_can_tell_which_accounts_exist() {
    let world = World::with(behind_a_proxy).await;
    assert!(matches!(add_user(&world, "bobby", PASSWORD).await, Write::Applied(_)));
    world.disable_user("bobby").await;
    add_without_password(&world, "carol").await;
    let form = Form::of(world).await;

    let long = "x".repeat(1025);
    let seen = |page: &Page, name: &str| {
        let mut headers: Vec<(String, String)> = page
            .headers
            .iter()
            .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        (page.status, headers, page.body.replace(&format!("value=\"{name}\""), "value=\"…\""))
    };
    let wrong = form.try_from("203.0.113.5", "alice", "wrong").await;
    assert_eq!(wrong.status, 403);
    assert!(!wrong.headers.contains_key("set-cookie"));
    assert!(wrong.body.contains("User name and password do not match."), "{}", wrong.body);
    let reference = seen(&wrong, "alice");
    let cases = [
        ("alice", long.as_str(), "a right name with an overlong password"),
        ("alice", "", "no password"),
        ("ghost", PASSWORD, "an unknown user"),
        ("ghost", long.as_str(), "an unknown user with an overlong password"),
        ("bobby", PASSWORD, "a disabled user with the right password"),
        ("bobby", "wrong", "a disabled user with a wrong one"),
        ("carol", PASSWORD, "a user who has no password"),
        ("carol", "", "a user who has no password, and none given"),
    ];
    for (name, password, what) in cases {
        let answer = form.try_from("203.0.113.5", name, password).await;
        assert_eq!(seen(&answer, name), reference, "{what}");
    }
    // And when there are too many: `alice` and `ghost` wait alike.
    for name in ["alice", "ghost"] {
        let tries = (0..20).map(|_| ("198.51.100.7".to_owned(), name.to_owned(), "wrong"));
        assert_eq!(form.statuses(tries).await, BTreeMap::from([(403, 10), (429, 10)]), "{name}");
    }
    assert_eq!(form.world.count("sessions").await, 0);
}

/// The dummy work is the same work: it stands in the same queue. Counted, not timed.
#[tokio::test(flavor = "multi_thread")]
async fn lg_04_an_unknown_user_costs_a_password_hash_too() {
    let world = World::with(|config| {
        config.login.concurrency = 1;
        config.login.argon2 = Argon2 { memory_kib: 65_536, time: 40, parallelism: 1 };
    })
    .await;
    add_without_password(&world, "bobby").await;
    world.disable_user("bobby").await;
    let form = Form::of(world).await;
    let mut storm = JoinSet::new();
    for _ in 0..150 {
        let passwords = form.world.app.passwords.clone();
        storm.spawn(async move { passwords.verify(Secret::new(String::new()), None).await.is_err() });
    }
    for _ in 0..49 {
        assert!(storm.join_next().await.unwrap().unwrap(), "sent away: the queue is full");
    }
    for name in ["alice", "ghost", "bobby"] {
        let answer = form.try_from("", name, PASSWORD).await;
        assert_eq!(answer.status, 503, "{name}: {}", answer.body);
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.data_error(), Some("temporarily_unavailable"));
    }
    assert_eq!(storm.len(), 101, "nobody in the queue had to give way");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_14_spellings_of_one_name_are_one_account() {
    let world = World::new().await;
    for name in ["Alice", "ALICE", "\u{ff21}lice", " alice ", "alice@example.test", "Alice@EXAMPLE.test"] {
        assert!(matches!(add_user(&world, name, PASSWORD).await, Write::Lost), "{name}");
    }
    let form = Form::of(world).await;
    for name in ["ALICE", " alice", "\u{ff21}lice", "Alice@Example.TEST"] {
        assert_eq!(form.try_from("", name, PASSWORD).await.status, 303, "{name}");
    }
    assert_eq!(form.try_from("", "al\u{131}ce", PASSWORD).await.status, 403, "a dotless i is another letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_19_a_password_counts_whole_and_in_any_normal_form() {
    let world = World::new().await;
    let long: String = "Pässwörter_日本語_🔑".chars().cycle().take(128).collect();
    assert!(matches!(add_user(&world, "dora", &long).await, Write::Applied(_)));
    assert!(matches!(add_user(&world, "emil", "n\u{f6}tig und lang genug").await, Write::Applied(_)));
    let form = Form::of(world).await;
    let without_last: String = long.chars().take(127).collect();
    assert_eq!(form.try_from("", "dora", &long).await.status, 303);
    for wrong in
        [format!("{long}x"), without_last, long.to_uppercase(), format!(" {long}"), format!("{long}\0")]
    {
        let answer = form.try_from("", "dora", &wrong).await;
        assert_ne!(answer.status, 303, "{wrong}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    assert_eq!(
        form.try_from("", "emil", "no\u{308}tig und lang genug").await.status,
        303,
        "another keyboard"
    );
}
