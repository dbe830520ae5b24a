//! Events, lists, names, and what is said when the database is not there.

use gatewright_oauth::Digest;
use gatewright_store::clients::Overlap;
use gatewright_store::events::{self, Cursor, EventKind, Subject};
use gatewright_store::users::{self, NewUser, Role};
use gatewright_store::{ConnectOptions, Store, StoreError, clients, grants, resources, revoked_tokens};

use crate::postgres;
use crate::world::{World, applied, at, client, id, lost, trace};

#[tokio::test]
async fn every_change_is_an_event_of_the_request_that_made_it() {
    let world = World::new().await;
    let grant = world.grant().await;
    let events = events::after(&world.store, Cursor::START, 100).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    let expected = [
        "client.created",
        "resource.created",
        "user.created",
        "session.opened",
        "consent.granted",
        "code.issued",
        "grant.created",
    ];
    assert_eq!(kinds, expected);
    let created = events.last().unwrap();
    let subject = Subject {
        user: Some(world.user),
        client: Some(world.client.id.to_string()),
        resource: Some(world.resource.id),
        grant: Some(grant),
    };
    assert_eq!(created.subject, subject);
    assert_eq!((created.at, created.peer.as_str(), created.actor.as_str()), (at(20), "192.0.2.1", "system"));
    assert_eq!(created.detail["scope"], "files:read");
    let place = Cursor { at: events[4].at, id: events[4].id };
    assert_eq!(events::after(&world.store, place, 100).await.unwrap(), events[5..]);

    let alone = trace(40);
    let detail = serde_json::json!({"grant_type": "client_credentials"});
    let told = (Subject { client: Some("c_app".into()), ..Subject::default() }, detail);
    applied(events::insert(&world.store, EventKind::TokenIssued, told.clone(), alone.clone()).await);
    lost(events::insert(&world.store, EventKind::TokenIssued, told, alone).await);
}

#[tokio::test]
async fn a_name_to_sign_in_with_names_one_person() {
    let world = World::new().await;
    let user = |username_key, email: Option<(&'static str, &'static str)>| NewUser {
        id: id(),
        username: username_key,
        username_key,
        username_skeleton: username_key,
        email_verified: false,
        email,
        display_name: Some("Somebody"),
        locale: None,
        role: Some(Role::Owner),
        password: None,
    };
    let create = async |new: NewUser<'_>| users::create(&world.store, &new, &trace(1)).await;
    lost(create(user("alice", None)).await);
    lost(create(user("bob", Some(("alice@example.com", "alice@example.com")))).await);
    lost(create(user("alice@example.com", None)).await);
    lost(create(user("bob", Some(("alice", "alice")))).await);
    assert_eq!(users::count_owners(&world.store).await.unwrap(), 0);
    applied(create(user("carol@example.com", Some(("carol@example.com", "carol@example.com")))).await);
    assert_eq!(users::count_owners(&world.store).await.unwrap(), 1);
    let carol = users::for_login(&world.store, "carol@example.com").await.unwrap().unwrap();
    assert!(carol.password.is_none());
    assert_eq!(users::by_id(&world.store, carol.user.id).await.unwrap(), Some(carol.user.clone()));
    assert!(users::for_login(&world.store, "nobody").await.unwrap().is_none());
    let first = users::list(&world.store, users::Cursor::START, 1).await.unwrap();
    assert_eq!(first[0].username, "Alice");
    let place = users::Cursor { created_at: first[0].created_at, id: first[0].id };
    assert_eq!(users::list(&world.store, place, 10).await.unwrap(), [carol.user]);
}

#[tokio::test]
async fn clients_and_resources_read_back_as_they_were_stored() {
    let world = World::new().await;
    let loaded = clients::load(&world.store, &world.client.id).await.unwrap().unwrap();
    assert_eq!(loaded.digest(), world.client.digest());
    assert_eq!(loaded.created_at, world.client.created_at);
    assert_eq!(loaded.metadata.client_name.as_deref(), Some("c_app"));
    let mut twin = client("c_app");
    twin.metadata.client_name = Some("Twin".into());
    lost(clients::create(&world.store, &twin, &trace(1)).await);
    lost(
        clients::replace_secret(
            &world.store,
            &twin.id,
            (&Digest::from_bytes([1; 32]), Overlap::None),
            &trace(1),
        )
        .await,
    );
    let mut secret = client("c_secret");
    secret.metadata.client_name = Some("Confidential".into());
    secret.secret = Some(Digest::from_bytes([0; 32]));
    applied(clients::create(&world.store, &secret, &trace(1)).await);
    applied(
        clients::replace_secret(
            &world.store,
            &secret.id,
            (&Digest::from_bytes([1; 32]), Overlap::None),
            &trace(1),
        )
        .await,
    );
    let loaded = clients::load(&world.store, &secret.id).await.unwrap().unwrap();
    assert_eq!(loaded.secret, Some(Digest::from_bytes([1; 32])));

    let key = world.resource.compare_key();
    let found = resources::by_compare_key(&world.store, &key).await.unwrap().unwrap();
    assert_eq!(found.digest(), world.resource.digest());
    assert_eq!(
        resources::by_keys(&world.store, &[key, "https://no.example/".into()]).await.unwrap().len(),
        1
    );
    assert_eq!(resources::by_id(&world.store, found.id).await.unwrap().unwrap().identifier, found.identifier);
    assert_eq!(resources::default(&world.store).await.unwrap().is_some(), world.resource.is_default);
    lost(resources::add(&world.store, &crate::world::resource("https://MCP.example/mcp"), &trace(1)).await);
}

#[tokio::test]
async fn a_token_without_grant_is_revoked_until_it_expires() {
    let world = World::new().await;
    let jti = crate::world::digest();
    let token = revoked_tokens::RevokedToken { jti: &jti, client: "c_app", expires_at: at(900) };
    assert!(!revoked_tokens::contains(&world.store, &jti).await.unwrap());
    applied(revoked_tokens::insert(&world.store, &token, &trace(1)).await);
    lost(revoked_tokens::insert(&world.store, &token, &trace(1)).await);
    assert!(revoked_tokens::contains(&world.store, &jti).await.unwrap());
}

#[tokio::test]
async fn what_does_not_decode_is_corrupt_and_names_the_row() {
    let world = World::new().await;
    let grant = world.grant().await;
    let mut connection = postgres::connect(&world.url).await;
    postgres::run(&mut connection, "UPDATE grants SET revoked_reason = 'whim', revoked_at = created_at")
        .await;
    let error = grants::for_refresh(&world.store, grant).await.err().unwrap();
    assert!(
        matches!(error, StoreError::Corrupt { table: "grants", column: "revoked_reason", row } if row == grant.to_string())
    );
    postgres::run(&mut connection, "UPDATE clients SET origin = 'heaven'").await;
    let error = clients::load(&world.store, &world.client.id).await.err().unwrap();
    assert!(matches!(error, StoreError::Corrupt { table: "clients", column: "origin", .. }));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    let Err(nobody) = Store::connect(&ConnectOptions::new("postgres://gatewright@127.0.0.1:1/x")).await
    else {
        panic!("nobody listens there")
    };
    assert!(matches!(nobody, StoreError::Unavailable(_)), "{nobody:?}");

    let (_, url) = postgres::database().await;
    let mut options = ConnectOptions::new(&url);
    options.max_connections = 1;
    options.statement_timeout = std::time::Duration::from_millis(100);
    let store = Store::connect(&options).await.unwrap();
    store.ping().await.unwrap();
    assert!(store.database_version().await.unwrap().starts_with("PostgreSQL"));
    assert!(store.database_time().await.unwrap() > gatewright_store::Time::UNIX_EPOCH);

    // A table locked by somebody: the statement timeout ends the wait.
    let mut holder = postgres::connect(&url).await;
    postgres::run(&mut holder, "BEGIN; LOCK TABLE users").await;
    let error = users::count_owners(&store).await.err().unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    postgres::run(&mut holder, "COMMIT").await;

    // The connection is cut: a read is repeated on a fresh one and nobody notices.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'gatewright' AND datname = current_database()";
    assert_eq!(postgres::number(&url, cut).await, 1);
    assert_eq!(users::count_owners(&store).await.unwrap(), 0);

    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
}
