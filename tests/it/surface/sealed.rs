//! The master key, and values that must not open elsewhere (rows KM-05, KM-07, DB-02).

use std::sync::Arc;

use gatewright_server::clock::ShiftedClock;
use gatewright_server::master_keys::MasterKeys;
use gatewright_server::{Config, Machine, Stop};
use gatewright_store::ConnectOptions;
use gatewright_tests::entropy::Remembering;
use gatewright_tests::{Az, PASSWORD, Page, World};
use zeroize::Zeroizing;

use super::dump::dump;

/// Starts another process with a master key of the caller's choice.
async fn start(world: &World, key: [u8; 32]) -> Result<(), String> {
    let mut options = ConnectOptions::new(&world.database_url);
    options.max_connections = 2;
    let machine = Machine {
        clock: Box::new(Arc::new(ShiftedClock::default())),
        entropy: Box::new(Remembering::default()),
        ..Machine::real()
    };
    let config = Config::for_tests(&world.issuer);
    match gatewright_server::start(config, &options, &MasterKeys::only(&Zeroizing::new(key)), machine).await {
        Ok(app) => {
            app.store.close().await;
            Ok(())
        }
        Err(Stop::Broken(fault)) => Err(fault.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn km_07_a_wrong_master_key_stops_the_start_before_any_write() {
    let world = World::new().await;
    let right: String =
        sqlx::query_scalar("SELECT fingerprint FROM master_keys").fetch_one(&world.database).await.unwrap();
    let before = dump(&world.database).await;
    assert_eq!(right, gatewright_server::master_keys::fingerprint(&[7; 32]));
    for key in [[8; 32], [0; 32], [7; 32].map(|byte| byte ^ 0x80)] {
        let said = start(&world, key).await.unwrap_err();
        let wrong = gatewright_server::master_keys::fingerprint(&key);
        assert_eq!(
            said,
            format!(
                "this database needs the master key {right}, and this server has {wrong}; nothing was written\n  \
                 master_key_file or previous_master_key_files must name the file with the fingerprint {right}: copy \
                 it from a replica that runs, or from your backup\n  gatewright master-key show FILE prints the \
                 fingerprint of a file"
            )
        );
        assert_eq!(dump(&world.database).await, before);
    }
    start(&world, [7; 32]).await.unwrap();
    assert_eq!(
        dump(&world.database).await,
        before,
        "the right one finds everything there and writes nothing"
    );
}

#[tokio::test]
async fn km_07_a_canary_or_a_data_key_of_another_master_key_stops_the_start() {
    let world = World::new().await;
    // The canary was tampered with, or moved to another key's name.
    let mut canary: Vec<u8> =
        sqlx::query_scalar("SELECT canary FROM master_keys").fetch_one(&world.database).await.unwrap();
    let whole = canary.clone();
    *canary.last_mut().unwrap() ^= 1;
    let set = |canary: Vec<u8>| {
        sqlx::query("UPDATE master_keys SET canary = $1").bind(canary).execute(&world.database)
    };
    set(canary).await.unwrap();
    let before = dump(&world.database).await;
    assert!(start(&world, [7; 32]).await.unwrap_err().contains("to recognise the master key"));
    assert_eq!(dump(&world.database).await, before);
    set(whole).await.unwrap();
    // A rotation that stopped half-way: one data key is wrapped by a key we do not have.
    sqlx::query("UPDATE data_keys SET master_key = 'elsewhere' WHERE purpose = 'pepper'")
        .execute(&world.database)
        .await
        .unwrap();
    let before = dump(&world.database).await;
    let said = start(&world, [7; 32]).await.unwrap_err();
    assert!(said.starts_with("the data key pepper 1 is wrapped by the master key elsewhere, and"), "{said}");
    assert_eq!(dump(&world.database).await, before);
}

#[tokio::test]
async fn km_05_data_keys_do_not_open_for_another_purpose() {
    let world = World::new().await;
    sqlx::query(
        "UPDATE data_keys AS k SET wrapped = other.wrapped FROM data_keys AS other
         WHERE (k.purpose, other.purpose) IN (('refresh', 'browser'), ('browser', 'refresh'))",
    )
    .execute(&world.database)
    .await
    .unwrap();
    let said = start(&world, [7; 32]).await.unwrap_err();
    assert!(said.starts_with("the data key browser 1 does not open with the master key"), "{said}");
}

#[tokio::test]
async fn km_05_what_is_sealed_for_the_browser_opens_only_where_it_belongs() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let ticket = consent.hidden("ticket");
    let logout = agent.get("/logout").await.hidden("ticket");
    world.pass(2);
    let codes = world.count("codes").await;
    // Each sealed value in every place of the others.
    for (place, value) in [("ticket", &request), ("ticket", &logout)] {
        let page = agent.post("/consent", &[(place, value), ("decision", "approve")]).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "consent: {}", page.body);
    }
    for value in [&request, &ticket] {
        let page = agent.post("/logout", &[("ticket", value)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "logout: {}", page.body);
    }
    for value in [&ticket, &logout] {
        let fields = [("request", value.as_str()), ("username", "alice"), ("password", PASSWORD)];
        let page = agent.post("/login", &fields).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "login: {}", page.body);
        for path in ["/login", "/consent", "/authorize/resume"] {
            let page = agent.get(&format!("{path}?request={value}")).await;
            assert_eq!((page.status.as_u16(), page.location()), (400, None), "{path}: {}", page.body);
        }
    }
    // As cookies, as codes, as tokens, as state.
    for value in [&request, &ticket, &logout] {
        let mut stranger = world.agent();
        for name in ["__Host-gw_session", "__Host-gw_browser_AAAAAAAA"] {
            stranger.cookies.insert(name.to_owned(), value.clone());
        }
        let page = world.authorize(&mut stranger, &Az::of("pub1")).await;
        assert!(page.body.contains("id=\"login-form\""), "signed in by a sealed value");
        assert_eq!(world.redeem("pub1", value, &[]).await.json()["error"], "invalid_grant");
        assert_eq!(world.refresh("pub1", value).await.json()["error"], "invalid_grant");
        assert!(!world.is_active(value).await);
    }
    assert_eq!(world.count("codes").await, codes);
    // Cut or changed anywhere, it does not open; whole, it does.
    for at in (0..ticket.len()).step_by(9) {
        let mut bytes = ticket.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let page = agent.post("/consent", &[("ticket", &changed), ("decision", "approve")]).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{at}");
    }
    let page = agent.post("/consent", &[("ticket", &ticket), ("decision", "approve")]).await;
    let page = agent.follow(page).await;
    assert!(page.answer("code").is_some());
}

async fn sign_in(world: &World, name: &str) -> Page {
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = login.hidden("request");
    agent.post("/login", &[("request", &request), ("username", name), ("password", PASSWORD)]).await
}

#[tokio::test]
async fn db_02_a_sealed_value_moved_to_another_row_does_not_open() {
    let world = World::new().await;
    assert_eq!(sign_in(&world, "alice").await.status, 303);
    // alice and mallory have the same password; with each other's rows neither gets in.
    let swap =
        "UPDATE credentials AS c SET sealed = other.sealed FROM credentials AS other WHERE c.id <> other.id";
    assert_eq!(sqlx::query(swap).execute(&world.database).await.unwrap().rows_affected(), 2);
    let sessions = world.count("sessions").await;
    for name in ["alice", "mallory"] {
        let page = sign_in(&world, name).await;
        assert_eq!(
            (page.status.as_u16(), page.location(), page.data_error()),
            (500, None, Some("server_error"))
        );
        assert!(page.headers.get("set-cookie").is_none());
    }
    assert_eq!(world.count("sessions").await, sessions);
    // Signing keys: the private half of one under the name of the other.
    let swap = "UPDATE signing_keys AS k SET sealed = other.sealed FROM signing_keys AS other WHERE k.kid <> other.kid";
    sqlx::query(swap).execute(&world.database).await.unwrap();
    let said = start(&world, [7; 32]).await.unwrap_err();
    assert!(said.starts_with("signing key ") && said.ends_with(" cannot be unsealed"), "{said}");
    let Err(Stop::Broken(fault)) = gatewright_server::keys::flow::reload(world.app.clone()).await else {
        panic!("a foreign key was taken");
    };
    assert_eq!(fault.to_string(), said);
    // What runs keeps the keys it has.
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(page.status, 200);
}
