//! A server whose database role may only add events.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::net::TcpListener;

use crate::postgres;
use crate::world::{World, install_crypto, prepare};

/// Roles belong to all databases together.
const ROLE: &str = "DO $$ BEGIN CREATE ROLE gatewright_server LOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// What `docs/database-roles.md` has the owner run.
fn rights() -> String {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/database-roles.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```sql\n").find(|block| block.starts_with("GRANT")).unwrap();
    block.split("```").next().unwrap().to_owned()
}

impl World {
    /// A server with the seeds that uses the role and the rights of that page. `database` is the owner's.
    pub async fn served_by_a_role() -> World {
        install_crypto();
        let owners = postgres::copy(prepare).await;
        sqlx::raw_sql(ROLE).execute(&mut postgres::administrator().await).await.unwrap();
        let mut owner = PgConnection::connect(&owners).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(rights())).execute(&mut owner).await.unwrap();
        owner.close().await.unwrap();
        let mut servers = url::Url::parse(&owners).unwrap();
        servers.set_username("gatewright_server").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let mut world = World::on(servers.to_string(), (listener, issuer), |_| {}).await;
        world.database = PgPoolOptions::new().max_connections(2).connect_lazy(&owners).unwrap();
        world
    }
}
