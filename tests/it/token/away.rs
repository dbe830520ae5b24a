//! The database is away: 503 with `Retry-After`, nothing lost, and never a 400 or 500 that would make a client
//! throw its tokens away.

use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, Page, Tokens, VERIFIER, World};
use sqlx::{Connection, Executor, PgConnection};

/// A connection to the same PostgreSQL, beside the world's database.
async fn beside(world: &World) -> (PgConnection, String) {
    let mut url = url::Url::parse(&world.database_url).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("/postgres");
    (PgConnection::connect(url.as_str()).await.unwrap(), name)
}

async fn run(connection: &mut PgConnection, statement: String) {
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
}

/// Cuts every client's connection to a database. PostgreSQL's own workers (autovacuum) may be there too, and are
/// not ours to end.
async fn cut(connection: &mut PgConnection, name: &str) {
    let clients = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = $1 AND backend_type = 'client backend'";
    sqlx::query(clients).bind(name).execute(connection).await.unwrap();
}

#[track_caller]
fn unavailable(what: &str, page: &Page) {
    assert_eq!(page.status, 503, "{what}: {}", page.body);
    let seconds: u32 = page.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{what}: {seconds}");
    let body = page.json();
    assert_eq!(body["error"], "temporarily_unavailable", "{what}");
    assert!(body["error_id"].is_string(), "{what}: the log is found by it: {body}");
    assert_eq!(page.header("cache-control"), "no-store", "{what}");
    assert!(
        page.body.len() < 250 && !page.body.contains("sql") && !page.body.contains("postgres"),
        "{}",
        page.body
    );
}

/// Everything that needs the database, asked once.
async fn everything(world: &World, code: &str, tokens: &Tokens) {
    let secret = secret_of("conf2");
    let proof = [("client_id", "conf2"), ("client_secret", secret.as_str())];
    let post = async |path: &str, more: &[(&str, &str)]| world.post(path, &[&proof, more].concat()).await;
    let redeem = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    unavailable("code", &post("/token", &redeem).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    unavailable("refresh", &post("/token", &refresh).await);
    unavailable("client_credentials", &post("/token", &[("grant_type", "client_credentials")]).await);
    unavailable("introspect", &post("/introspect", &[("token", &tokens.access)]).await);
    unavailable("introspect a refresh token", &post("/introspect", &[("token", tokens.refresh())]).await);
    // RV-02: 200 would be a lie.
    unavailable("revoke", &post("/revoke", &[("token", tokens.refresh())]).await);
    unavailable("revoke an access token", &post("/revoke", &[("token", &tokens.access)]).await);
    // Whether a client exists is not known either: no invalid_client, on which clients register anew.
    unavailable(
        "unknown client",
        &world.post("/token", &[("grant_type", "client_credentials"), ("client_id", "c_x")]).await,
    );
    let userinfo = world.http.get(world.url("/userinfo")).bearer_auth(&tokens.access);
    unavailable("userinfo", &Page::read(userinfo.send().await.unwrap()).await);
    // What needs no database goes on.
    for path in ["/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    // And what is wrong by itself is told as such.
    assert_eq!(world.post("/token?grant_type=client_credentials", &proof).await.status, 400);
}

/// A code and tokens of `conf2`, and a server that remembers nothing about them.
async fn prepared(world: &World) -> (String, Tokens) {
    let az = Az::of("conf2").set("scope", "mcp:read openid");
    let tokens = super::tokens_as(world, "conf2", &az).await;
    let code = world.code(&az).await;
    world.app.directory.forget();
    (code, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_is_503_everywhere() {
    let world = World::new().await;
    let (code, tokens) = prepared(&world).await;
    world.app.store.close().await;
    everything(&world, &code, &tokens).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_returns_finds_everything_as_it_was() {
    let world = World::new().await;
    let (code, tokens) = prepared(&world).await;
    let (mut admin, name) = beside(&world).await;
    run(&mut admin, format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
    cut(&mut admin, &name).await;
    everything(&world, &code, &tokens).await;
    run(&mut admin, format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")).await;
    // Nothing was burned, rotated or revoked by trying.
    Tokens::of(&super::redeem_as(&world, "conf2", &code).await);
    let secret = secret_of("conf2");
    let again = super::refresh_with(&world, "conf2", tokens.refresh(), &[("client_secret", &secret)]).await;
    assert!(world.is_active(&Tokens::of(&again).access).await);
    assert!(world.is_active(&tokens.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_are_replaced() {
    let world = World::new().await;
    let (code, tokens) = prepared(&world).await;
    let (mut admin, name) = beside(&world).await;
    cut(&mut admin, &name).await;
    // Each request uses up two broken connections at most, of eight; none of them is told anything but 503.
    let mut page = super::redeem_as(&world, "conf2", &code).await;
    for _ in 0..8 {
        if page.status == 200 {
            break;
        }
        unavailable("code", &page);
        page = super::redeem_as(&world, "conf2", &code).await;
    }
    Tokens::of(&page);
    assert!(world.is_active(&tokens.access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_database_is_503_and_not_our_bug() {
    let world = World::new().await;
    let (code, tokens) = prepared(&world).await;
    let (mut admin, name) = beside(&world).await;
    // Autovacuum may be at work in it, and may not be ended by us: it is gone in a moment.
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    while let Err(error) = admin.execute(sqlx::AssertSqlSafe(drop.clone())).await {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap().into_owned();
        assert_eq!(code, "42501", "{error}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    everything(&world, &code, &tokens).await;
}
