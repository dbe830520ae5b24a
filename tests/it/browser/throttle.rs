//! LG: tries to sign in are counted by all replicas together.

use futures_util::future::join_all;
use gatewright_server::App;
use gatewright_server::limits::Admission;
use gatewright_server::limits::sign_in::FORGOTTEN_AFTER;
use gatewright_server::sweep::{self, PACE};
use gatewright_store::Time;
use gatewright_tests::world::Replica;
use gatewright_tests::{Agent, Az, PASSWORD, Page, World};

/// Three servers on one database, and a login form of the first.
struct Servers {
    world: World,
    others: [Replica; 2],
    agent: Agent,
    request: String,
}

impl Servers {
    async fn new() -> Servers {
        let world = World::with(|config| {
            config.login.attempts = 10;
            config.login.concurrency = 4;
            config.listen.trust_proxy = vec!["127.0.0.0/8".parse().unwrap()];
        })
        .await;
        let others = [world.replica().await, world.replica().await];
        let mut agent = world.agent();
        let request = world.authorize(&mut agent, &Az::of("pub1")).await.hidden("request");
        Servers { world, others, agent, request }
    }

    /// A try at the server with this number, as the proxy in front tells it. What it leads to is not remembered.
    async fn try_at(&self, server: usize, peer: &str, (name, password): (&str, &str)) -> Page {
        let base = match server % 3 {
            0 => &self.world.issuer,
            other => &self.others[other - 1].url,
        };
        let fields = [("request", self.request.as_str()), ("username", name), ("password", password)];
        let request = self.world.http.post(format!("{base}/login")).header("host", &self.others[0].host);
        let request = request.header("sec-fetch-site", "same-origin").header("x-forwarded-for", peer);
        self.agent.clone().send(request.form(&fields)).await
    }

    fn apps(&self) -> [&App; 3] {
        [&self.world.app, &self.others[0].app, &self.others[1].app]
    }

    fn now(&self) -> Time {
        self.world.app.system_moment().now
    }
}

fn looked_at(answers: &[Page]) -> usize {
    for answer in answers {
        assert!([403, 429].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
        assert_eq!(answer.status == 429, answer.headers.contains_key("retry-after"));
    }
    answers.iter().filter(|answer| answer.status == 403).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_20_three_replicas_share_one_throttle() {
    let servers = Servers::new().await;
    let mut answers = Vec::new();
    for n in 0..40 {
        answers.push(servers.try_at(n, "198.51.100.7", ("alice", "wrong")).await);
    }
    assert_eq!(looked_at(&answers), 10, "passwords that were looked at, by all three");
    assert!(answers[10..].iter().all(|answer| answer.status == 429), "one after the other: the first ten");

    // Elsewhere she signs in at any of them, and then the tries are given back at all of them.
    for server in 0..3 {
        for n in 0..9 {
            let wrong = servers.try_at(n, "203.0.113.5", ("alice", "typo")).await;
            assert_eq!(wrong.status, 403, "round {server}, try {n}");
        }
        assert_eq!(servers.try_at(server, "203.0.113.5", ("alice", PASSWORD)).await.status, 303, "{server}");
    }
    let still = servers.try_at(1, "198.51.100.7", ("alice", PASSWORD)).await;
    assert_eq!(still.status, 429, "and helps nobody in the other network");

    // A network is one network, whichever of them it tries accounts at.
    let mut sprayed = Vec::new();
    for n in 0..80 {
        sprayed.push(servers.try_at(n, "192.0.2.1", (&format!("user-{n}"), "Summer2026!")).await);
    }
    assert_eq!(looked_at(&sprayed), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_20_of_64_tries_at_once_at_three_replicas_ten_are_looked_at() {
    let servers = Servers::new().await;
    let crowd = (0..64).map(|n| servers.try_at(n, "198.51.100.7", ("alice", "wrong")));
    assert_eq!(looked_at(&join_all(crowd).await), 10);
    let others = (0..64).map(|n| servers.try_at(n, "2001:db8:0:1::7", ("ghost", "wrong")));
    assert_eq!(looked_at(&join_all(others).await), 10, "whether the account exists or not");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_20_without_the_database_each_counts_for_itself_and_more_strictly() {
    let servers = Servers::new().await;
    sqlx::query("ALTER TABLE tries RENAME TO elsewhere").execute(&servers.world.database).await.unwrap();
    let peer = "198.51.100.7".parse().unwrap();
    for app in servers.apps() {
        let mut open = 0;
        for _ in 0..20 {
            open += usize::from(app.throttle.admit("alice", peer, servers.now()).await == Admission::Open);
        }
        assert_eq!(open, 2, "a fifth");
    }
    sqlx::query("ALTER TABLE elsewhere RENAME TO tries").execute(&servers.world.database).await.unwrap();
    assert_eq!(servers.apps()[0].throttle.admit("alice", peer, servers.now()).await, Admission::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_01_each_further_guess_waits_twice_as_long() {
    let servers = Servers::new().await;
    let peer = "198.51.100.7".parse().unwrap();
    let throttle = &servers.world.app.throttle;
    for _ in 0..10 {
        assert_eq!(throttle.admit("alice", peer, servers.now()).await, Admission::Open);
    }
    let mut waits = Vec::new();
    for _ in 0..6 {
        let Admission::Wait(seconds) = throttle.admit("alice", peer, servers.now()).await else {
            panic!("there is no try left");
        };
        waits.push(seconds);
        servers.world.pass(i64::try_from(seconds).unwrap());
        assert_eq!(throttle.admit("alice", peer, servers.now()).await, Admission::Open, "after {seconds}");
    }
    let expected = [90, 180, 360, 720, 900, 900];
    assert!(waits.iter().zip(expected).all(|(wait, most)| (most - 3..=most).contains(wait)), "{waits:?}");

    servers.world.pass(900 + 900 + FORGOTTEN_AFTER.num_seconds());
    for n in 0..10 {
        assert_eq!(throttle.admit("alice", peer, servers.now()).await, Admission::Open, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_20_who_is_sent_away_writes_nothing_and_what_is_written_goes_again() {
    let servers = Servers::new().await;
    for n in 0..12 {
        servers.try_at(n, "198.51.100.7", ("alice", "wrong")).await;
    }
    let state = "SELECT string_agg(encode(digest, 'hex') || failures || drained_at || xmin, ',' ORDER BY digest) FROM tries";
    let read = || sqlx::query_scalar::<_, String>(state).fetch_one(&servers.world.database);
    let before = read().await.unwrap();
    for n in 0..30 {
        assert_eq!(servers.try_at(n, "198.51.100.7", ("alice", "wrong")).await.status, 429);
    }
    assert_eq!(read().await.unwrap(), before);
    assert_eq!(servers.world.count("tries").await, 2, "the account in its network, and the network");

    let sweep_at = |time: Time| {
        let app = servers.world.app.clone();
        async move {
            let moment = app.system_moment();
            let longest = std::time::Duration::from_secs(20);
            sweep::all(&app, &moment, |_| time - FORGOTTEN_AFTER, (PACE, longest)).await.unwrap();
        }
    };
    sweep_at(servers.now()).await;
    assert_eq!(servers.world.count("tries").await, 2);
    sweep_at(servers.now() + FORGOTTEN_AFTER + chrono::Duration::minutes(16)).await;
    assert_eq!(servers.world.count("tries").await, 0);
}
