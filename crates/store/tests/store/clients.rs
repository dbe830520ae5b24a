//! How clients come, change and end.

use futures_util::future::join_all;
use gatewright_oauth::client::Published;
use gatewright_oauth::{Client, ClientId, Digest, Origin, Profile, Voucher};
use gatewright_store::clients::{self, Adopted, ChangedKeys, Enrolment, Overlap};
use gatewright_store::initial_tokens::{self, InitialToken};
use gatewright_store::traces::{self, Step};
use gatewright_store::{Write, grants};

use crate::world::{World, applied, at, client, digest, id, lost, trace};

const URL: &str = "https://app.example/client.json";

fn document(world: &World) -> Client {
    Client { id: ClientId::parse(URL).unwrap(), origin: Origin::Document, ..world.client.clone() }
}

fn fetched(seconds: u64) -> Published {
    Published { fetched_at: at(seconds), fresh_until: Some(at(seconds + 60)) }
}

#[tokio::test]
async fn a_document_is_kept_in_its_newest_version() {
    let world = World::new().await;
    let mut client = document(&world);
    let adopt = async |client: &Client, published, changed_keys, seconds| {
        clients::adopt(&world.store, &Adopted { client, published, changed_keys }, &trace(seconds)).await
    };
    applied(adopt(&client, fetched(10), ChangedKeys::Revoke, 10).await);
    let stored = clients::load(&world.store, &client.id).await.unwrap().unwrap();
    assert_eq!((stored.document, stored.voucher), (Some(fetched(10)), Voucher::Nobody));
    let events = async || world.number("SELECT count(*) FROM events WHERE client_id LIKE 'https:%'").await;
    assert_eq!(events().await, 1);

    // The same again is no change; an older fetch that comes late is nothing.
    applied(adopt(&client, fetched(20), ChangedKeys::Revoke, 20).await);
    lost(adopt(&client, fetched(15), ChangedKeys::Revoke, 21).await);
    assert_eq!(events().await, 1);

    // Another name: people are asked again. Other keys: what was granted ends, if that is wanted.
    let era = async || world.number("SELECT era FROM clients WHERE id LIKE 'https:%'").await;
    client.metadata.client_name = Some("Renamed".into());
    applied(adopt(&client, fetched(30), ChangedKeys::Revoke, 30).await);
    assert_eq!((era().await, events().await), (0, 2));
    client.metadata.jwks_uri = Some("https://app.example/one".into());
    applied(adopt(&client, fetched(40), ChangedKeys::Keep, 40).await);
    assert_eq!((era().await, events().await), (0, 3));
    client.metadata.jwks_uri = Some("https://app.example/two".into());
    applied(adopt(&client, fetched(50), ChangedKeys::Revoke, 50).await);
    assert_eq!((era().await, events().await), (1, 4));

    applied(clients::disable(&world.store, &client.id, &trace(60)).await);
    lost(adopt(&client, fetched(70), ChangedKeys::Revoke, 70).await);
}

#[tokio::test]
async fn a_pinned_document_is_what_the_administrator_said() {
    let world = World::new().await;
    let pinned = Client {
        document: Some(Published { fetched_at: at(5), fresh_until: None }),
        voucher: Voucher::Administrator,
        ..document(&world)
    };
    applied(clients::create(&world.store, &pinned, &trace(5)).await);
    let stored = clients::load(&world.store, &pinned.id).await.unwrap().unwrap();
    assert_eq!((stored.document, stored.voucher), (pinned.document, Voucher::Administrator));
    let adopted = Adopted { client: &pinned, published: fetched(10), changed_keys: ChangedKeys::Keep };
    lost(clients::adopt(&world.store, &adopted, &trace(10)).await);
}

fn invitation(most_uses: i64) -> InitialToken {
    InitialToken {
        id: id(),
        note: "CI".into(),
        profile: Profile::Mcp,
        uses: 0,
        most_uses,
        created_at: at(0),
        expires_at: at(100),
        revoked_at: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_initial_token_lets_in_as_many_as_it_says_however_many_come_at_once() {
    let world = World::new().await;
    let token = invitation(3);
    let secret = digest();
    applied(initial_tokens::create(&world.store, &token, &secret, &trace(1)).await);
    let crowd = (0..30).map(|n| {
        let store = world.store.clone();
        let initial_token = Some(token.id);
        async move {
            let mut client = client(&format!("c_invited{n}"));
            client.metadata.client_name = Some(format!("Invited {n}"));
            clients::create(&store, Enrolment { client: &client, initial_token }, &trace(2)).await.unwrap()
        }
    });
    let outcomes = join_all(crowd).await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Write::Applied(_))).count(), 3);
    let found = initial_tokens::find(&world.store, &secret).await.unwrap().unwrap();
    assert_eq!((found.uses, found.most_uses), (3, 3));
    assert_eq!(world.number("SELECT count(*) FROM clients WHERE initial_token_id IS NOT NULL").await, 3);

    // Expired, revoked.
    let (late, ended) = (invitation(1), invitation(1));
    for token in [&late, &ended] {
        applied(initial_tokens::create(&world.store, token, &digest(), &trace(1)).await);
    }
    applied(initial_tokens::revoke(&world.store, ended.id, &trace(3)).await);
    lost(initial_tokens::revoke(&world.store, ended.id, &trace(3)).await);
    for (token, seconds) in [(&late, 100), (&ended, 4)] {
        let mut client = client("c_late");
        client.metadata.client_name = Some("Late".into());
        let enrolment = Enrolment { client: &client, initial_token: Some(token.id) };
        lost(clients::create(&world.store, enrolment, &trace(seconds)).await);
    }
    assert_eq!(initial_tokens::list(&world.store).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_deleted_client_ends_with_its_grants_and_never_returns() {
    let world = World::new().await;
    let grant = world.grant().await;
    let (store, id) = (&world.store, &world.client.id);
    let record = clients::record(store, id, at(25)).await.unwrap().unwrap();
    assert_eq!((record.live_grants, record.first_used_at.is_some()), (1, true));
    assert_eq!(record.source.as_deref(), Some("192.0.2.1"));
    lost(clients::purge(store, id, 10, &trace(30)).await);

    applied(clients::delete(store, id, &trace(30)).await);
    lost(clients::delete(store, id, &trace(31)).await);
    assert!(!grants::state(store, grant).await.unwrap().unwrap().standing.is_live());
    lost(clients::enable(store, id, &trace(32)).await);
    lost(clients::approve(store, id, &trace(32)).await);
    lost(clients::create(store, &world.client, &trace(33)).await);
    let record = clients::record(store, id, at(34)).await.unwrap().unwrap();
    assert_eq!((record.live_grants, record.deleted_at), (0, Some(at(30))));
    assert!(clients::list(store, &clients::Cursor::START, 10).await.unwrap().is_empty());

    applied(clients::purge(store, id, 10, &trace(40)).await);
    lost(clients::purge(store, id, 10, &trace(41)).await);
    let left = clients::load(store, id).await.unwrap().unwrap();
    assert!(left.disabled_at.is_some() && left.metadata.client_name.is_none());
    for table in ["grants", "consents"] {
        assert_eq!(world.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    lost(clients::create(store, &world.client, &trace(42)).await);
}

#[tokio::test]
async fn a_registration_is_changed_by_who_holds_its_token_and_another_token_follows() {
    let world = World::new().await;
    let mut client = client("c_managed");
    client.metadata.client_name = Some("Managed".into());
    let (first, second) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
    client.registration_token = Some(first);
    assert_eq!(client.dedupe_digest(), None, "it is nobody else's");
    applied(clients::create(&world.store, &client, &trace(1)).await);
    client.registration_token = Some(second);
    client.metadata.client_name = Some("Renamed".into());
    lost(clients::update(&world.store, &client, &second, &trace(2)).await);
    applied(clients::update(&world.store, &client, &first, &trace(2)).await);
    lost(clients::update(&world.store, &client, &first, &trace(3)).await);
    let stored = clients::load(&world.store, &client.id).await.unwrap().unwrap();
    assert_eq!(stored.registration_token, Some(second));
    assert_eq!(stored.metadata.client_name.as_deref(), Some("Renamed"));
}

#[tokio::test]
async fn ca_16_a_secret_may_overlap_with_the_one_before() {
    let world = World::new().await;
    let mut client = client("c_secret");
    client.metadata.client_name = Some("Confidential".into());
    let digests = [1, 2, 3].map(|n| Digest::from_bytes([n; 32]));
    client.secret = Some(digests[0]);
    applied(clients::create(&world.store, &client, &trace(1)).await);
    let replace = async |digest, overlap| {
        applied(clients::replace_secret(&world.store, &client.id, (digest, overlap), &trace(2)).await);
        let stored = clients::load(&world.store, &client.id).await.unwrap().unwrap();
        (stored.secret, stored.previous_secret)
    };
    let overlapping = replace(&digests[1], Overlap::Until(at(60))).await;
    assert_eq!(overlapping, (Some(digests[1]), Some((digests[0], at(60)))));
    assert_eq!(replace(&digests[2], Overlap::None).await, (Some(digests[2]), None));
}

#[tokio::test]
async fn traces_are_found_by_request_attempt_and_client() {
    let world = World::new().await;
    let attempt = id();
    let step = |seconds, name: &str, attempt, client: Option<&str>| Step {
        id: id(),
        at: at(seconds),
        request: id(),
        attempt,
        client: client.map(str::to_owned),
        step: name.to_owned(),
        outcome: "ok".to_owned(),
        said: String::new(),
        detail: serde_json::json!({"scope": "a"}),
    };
    let steps = [
        step(1, "authorize", Some(attempt), Some("c_app")),
        step(2, "consent", Some(attempt), None),
        step(3, "register", None, Some("c_other")),
    ];
    traces::insert(&world.store, &steps).await.unwrap();
    traces::insert(&world.store, &steps).await.unwrap();
    let names = |steps: Vec<Step>| steps.into_iter().map(|step| step.step).collect::<Vec<_>>();
    let of_request =
        async |n: usize| names(traces::of_request(&world.store, steps[n].request).await.unwrap());
    assert_eq!(of_request(1).await, ["authorize", "consent"]);
    assert_eq!(of_request(2).await, ["register"]);
    assert_eq!(names(traces::of_client(&world.store, "c_app", 10).await.unwrap()), ["authorize"]);
    assert_eq!(traces::forget(&world.store, at(2), 10).await.unwrap(), 1);
    assert_eq!(of_request(0).await, Vec::<String>::new());
}
