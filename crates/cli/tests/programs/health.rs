//! When a server says that it is ready.

use std::sync::Arc;

use chrono::Duration;
use gatewright_cli::database::{Database, Tenancy};
use gatewright_cli::health::Health;
use gatewright_cli::telemetry;
use gatewright_server::clock::ShiftedClock;
use gatewright_server::master_keys::MasterKeys;
use gatewright_server::{Config, Machine};
use zeroize::Zeroizing;

#[tokio::test]
async fn cl_03_a_server_is_ready_while_its_database_answers_and_agrees_about_the_time() {
    let place = tempfile::tempdir().unwrap();
    let config = Config { data_dir: place.path().to_owned(), ..Config::for_tests("http://localhost:1") };
    let database = Database::open(&config, Tenancy::Owner).await.unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let machine = Machine { clock: Box::new(Arc::clone(&clock)), ..Machine::real() };
    let keys = MasterKeys::only(&Zeroizing::new([7; 32]));
    let app = gatewright_server::start(config.clone(), database.options(), &keys, machine).await.unwrap();
    let health = Health::new(app, telemetry::metrics().unwrap());
    assert_eq!(health.objection().await, None);

    clock.advance(Duration::seconds(25));
    assert_eq!(health.objection().await, None);
    clock.advance(Duration::seconds(95));
    let objection = health.objection().await.unwrap();
    assert!(objection.contains("behind ours"), "{objection}");
    clock.advance(Duration::seconds(-240));
    let objection = health.objection().await.unwrap();
    assert!(objection.contains("ahead of ours"), "{objection}");
    clock.advance(Duration::seconds(120));
    assert_eq!(health.objection().await, None);

    // A command joins the database that runs, and leaves it running.
    let guest = Database::open(&config, Tenancy::Guest).await.unwrap();
    assert_eq!(guest.options().url, database.options().url);
    guest.close().await.unwrap();
    assert_eq!(health.objection().await, None);
    assert!(Database::open(&config, Tenancy::Owner).await.is_err(), "there is one owner");

    database.close().await.unwrap();
    let objection = health.objection().await.unwrap();
    assert!(objection.contains("database"), "{objection}");
    health.stopping();
    assert_eq!(health.objection().await.as_deref(), Some("the server is stopping"));
}
