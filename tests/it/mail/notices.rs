//! What people are told of their account.

use gatewright_server::accounts::{self, Particulars};
use gatewright_server::audit::seal;
use gatewright_server::mail::notices;
use gatewright_server::words::Words;
use gatewright_store::Write;
use gatewright_tests::smtp::Arrived;
use gatewright_tests::{Az, Tokens};

use super::{CHOSEN, Office};

impl Office {
    /// Lets what happened become news, and says what arrived.
    async fn told(&self) -> Vec<Arrived> {
        // Events get their place in the log when they have settled.
        self.world.pass(5);
        seal::turn(self.world.app.clone()).await.unwrap();
        notices::turn(self.world.app.clone()).await.unwrap();
        self.arrives().await
    }

    async fn subjects(&self) -> Vec<String> {
        let subject = |mail: &Arrived| mail.header("Subject").split_once(": ").unwrap().1.to_owned();
        let mut subjects: Vec<String> = self.told().await.iter().map(subject).collect();
        subjects.sort_unstable();
        subjects
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_hear_of_another_password_once() {
    let office = Office::new().await;
    let world = &office.world;
    assert!(office.told().await.is_empty(), "what happened before is no news");
    let link = office.reset("alice").await;
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
    let told = office.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].to, "alice@example.test");
    assert!(told[0].header("Subject").ends_with(": Your password was changed"), "{told:?}");
    assert!(told[0].text.contains("alice") && told[0].text.contains("127.0.0.1"), "{}", told[0].text);
    assert!(office.told().await.is_empty(), "once");

    // Two replicas that look at the same moment tell it once.
    world.pass(3_600);
    let link = office.reset("alice").await;
    assert_eq!(office.choose(&link, "another sleepy otter").await.status, 200);
    world.pass(5);
    seal::turn(world.app.clone()).await.unwrap();
    let replica = world.replica().await;
    let (one, other) = tokio::join!(notices::turn(world.app.clone()), notices::turn(replica.app.clone()));
    one.unwrap();
    other.unwrap();
    assert_eq!(office.arrives().await.len(), 1);
}

/// Chosen in the account, it is told like any other; in the language that its person chose, whoever has the news.
#[tokio::test(flavor = "multi_thread")]
async fn people_read_in_the_language_that_they_chose() {
    let office = Office::new().await;
    let world = &office.world;
    office.told().await;
    let user = gatewright_store::users::by_id(&world.app.store, world.user("alice").await);
    let alice = user.await.unwrap().unwrap();
    let german = Particulars {
        email: alice.email.as_deref(),
        display_name: alice.display_name.as_deref(),
        locale: Words::of("de"),
    };
    let changed = accounts::update(&world.app, &world.operator(), &alice, german).await;
    assert_eq!(changed.unwrap(), Write::Applied(()));
    let mut agent = world.agent();
    let first = agent.get("/account/password").await;
    let login = agent.follow(first).await;
    let form = world.log_in(&mut agent, &login, "alice").await;
    let ticket = form.hidden("ticket");
    let fields = [("ticket", ticket.as_str()), ("password", CHOSEN), ("again", CHOSEN)];
    assert_eq!(agent.post("/account/password", &fields).await.status, 303);
    let told = office.told().await;
    let subjects: Vec<&str> = told.iter().map(|mail| mail.header("Subject")).collect();
    assert!(subjects.iter().any(|subject| subject.contains(": Ihr Passwort wurde ")), "{subjects:?}");
    assert!(told.iter().all(|mail| mail.text.contains("alice")), "{told:?}");

    // What strangers ask for, too: the mail is not theirs.
    office.forget("alice").await;
    let reset = office.one().await;
    assert!(!reset.header("Subject").contains("password"), "{reset:?}");
    assert!(reset.text.contains("Passwort"), "{}", reset.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_hear_when_a_refresh_token_was_used_again() {
    let office = Office::new().await;
    let world = &office.world;
    office.told().await;
    let back = world.approve(&mut world.agent(), &Az::of("pub1"), "alice").await;
    let first = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    assert!(office.told().await.is_empty());
    Tokens::of(&world.refresh("pub1", second.refresh()).await);
    world.pass(120);
    assert_eq!(world.refresh("pub1", first.refresh()).await.status, 400);
    assert_eq!(office.subjects().await, ["An app lost its access"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_hear_of_a_browser_that_is_new_and_of_no_other() {
    let office = Office::new().await;
    let world = &office.world;
    office.told().await;
    let mut desk = world.agent();
    let sign_in = async |agent: &mut gatewright_tests::Agent, name: &str| {
        agent.cookies.retain(|name, _| name != "__Host-gw_session");
        let page = world.authorize(agent, &Az::of("pub1")).await;
        assert!(world.log_in(agent, &page, name).await.status != 403);
    };
    sign_in(&mut desk, "alice").await;
    assert!(office.told().await.is_empty(), "the first of all is not told");
    sign_in(&mut desk, "alice").await;
    assert!(office.told().await.is_empty(), "it is known now");
    sign_in(&mut world.agent(), "alice").await;
    assert_eq!(office.subjects().await, ["You signed in from a browser that is new"]);
    sign_in(&mut desk, "alice").await;
    sign_in(&mut desk, "mallory").await;
    assert!(office.told().await.is_empty(), "another person at this browser begins anew");

    // What is remembered of a browser names neither the browser nor what two people have in common.
    let digests: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT digest FROM known_browsers").fetch_all(&world.database).await.unwrap();
    assert_eq!(digests.len(), 3);
    let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_hear_of_factors_by_the_kind_of_the_event() {
    let office = Office::new().await;
    let world = &office.world;
    office.told().await;
    let what = ["factor.added", "factor.removed", "factors.reset", "recovery_codes.created"];
    let known = gatewright_store::EventKind::ALL.iter().map(|kind| kind.as_str());
    let known: Vec<&str> = known.filter(|kind| what.contains(kind)).collect();
    let alice = world.user("alice").await;
    for (n, kind) in known.iter().enumerate() {
        let moment = world.operator();
        let id = world.app.id(moment.now);
        sqlx::query(
            "INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
             VALUES ($1, $2, $3, $1, 'local', 'operator', $4, '{}')",
        )
        .bind(id)
        .bind(moment.now)
        .bind(kind)
        .bind(alice)
        .execute(&world.database)
        .await
        .unwrap();
        assert_eq!(office.told().await.len(), 1, "{n} {kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_long_ago_is_no_news() {
    let office = Office::new().await;
    let world = &office.world;
    office.told().await;
    let link = office.reset("alice").await;
    assert_eq!(office.choose(&link, CHOSEN).await.status, 200);
    world.pass(5);
    seal::turn(world.app.clone()).await.unwrap();
    world.pass(2 * 86_400);
    assert!(office.told().await.is_empty());
}
