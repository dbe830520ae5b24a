//! A whole server for one test: its own database, its own clock, a real socket.
//!
//! The seeds have the names of the threat catalogue: the public client `pub1`, the native `nat1`, the
//! confidential `conf1` and `conf2`, the resource `https://mcp.test/mcp`, `alice` and `mallory`.

use std::net::SocketAddr;
use std::sync::Arc;

use gatewright_oauth::demand::Demand;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{Client, ClientId, Resource};
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::clock::ShiftedClock;
use gatewright_server::master_keys::MasterKeys;
use gatewright_server::{Actor, App, Config, Machine, Moment};
use gatewright_store::{ConnectOptions, Write, clients, resources};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::agent::{Agent, Page};
use crate::entropy::Remembering;
use crate::internet::Internet;
use crate::postgres;

/// The seeded resource.
pub const MCP: &str = "https://mcp.test/mcp";
/// Another seeded resource.
pub const OTHER: &str = "https://other.test/mcp";
/// The redirect URI of `pub1`, `conf1` and `conf2`.
pub const CALLBACK: &str = "https://app.test/cb";
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A server and what a test needs around it.
pub struct World {
    /// The server's parts, for what HTTP does not reach.
    pub app: App,
    /// Its issuer; also where it listens.
    pub issuer: String,
    /// Its clock.
    pub clock: Arc<ShiftedClock>,
    /// Its randomness.
    pub entropy: Remembering,
    /// Everything outside: names, addresses and web sites.
    pub internet: Internet,
    /// A client that follows no redirects.
    pub http: reqwest::Client,
    /// The database.
    pub database: PgPool,
    /// The database's address.
    pub database_url: String,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Another server process on the same database.
pub struct Replica {
    /// Its parts.
    pub app: App,
    /// Where it listens. Its issuer is the first server's; requests name that host.
    pub url: String,
    /// The host to name.
    pub host: String,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Replica {
    /// A GET of this process.
    pub async fn get(&self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.url)).header("host", &self.host);
        Page::read(request.send().await.unwrap()).await
    }

    /// What the resource server hears from this process about a token.
    pub async fn introspect(&self, token: &str) -> Value {
        let request = self.http.post(format!("{}/introspect", self.url)).header("host", &self.host);
        let request = request.basic_auth("rs1", Some(secret_of("rs1"))).form(&[("token", token)]);
        Page::read(request.send().await.unwrap()).await.json()
    }

    /// A form posted to a path of this process.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.http.post(format!("{}{path}", self.url)).header("host", &self.host).form(fields);
        Page::read(request.send().await.unwrap()).await
    }
}

impl World {
    /// A server with the seeds.
    pub async fn new() -> World {
        World::with(|_| {}).await
    }

    /// A server with the seeds and another configuration.
    pub async fn with(change: impl FnOnce(&mut Config)) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        World::at(listener, issuer, change).await
    }

    /// A server with the seeds that has a name: browsers keep passkeys for names only.
    pub async fn named(change: impl FnOnce(&mut Config)) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        World::at(listener, issuer, change).await
    }

    /// A server with the seeds whose issuer has a path.
    pub async fn with_path(path: &str) -> World {
        World::with_path_and(path, |_| {}).await
    }

    /// The same with another configuration.
    pub async fn with_path_and(path: &str, change: impl FnOnce(&mut Config)) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}{path}", listener.local_addr().unwrap());
        World::at(listener, issuer, change).await
    }

    /// A server with the seeds on an empty database: every secret in it was made by this world's
    /// entropy, the keys included. Slower than the others.
    pub async fn fresh() -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let world = World::on(postgres::empty().await, (listener, issuer), |_| {}).await;
        seed(&world.app).await;
        world.app.directory.forget();
        world
    }

    async fn at(listener: TcpListener, issuer: String, change: impl FnOnce(&mut Config)) -> World {
        install_crypto();
        World::on(postgres::copy(prepare).await, (listener, issuer), change).await
    }

    pub(crate) async fn on(
        database_url: String,
        (listener, issuer): (TcpListener, String),
        change: impl FnOnce(&mut Config),
    ) -> World {
        install_crypto();
        let clock = Arc::new(ShiftedClock::default());
        let entropy = Remembering::default();
        let mut config = Config::for_tests(&issuer);
        change(&mut config);
        let internet = Internet::default();
        let app = start(config, &database_url, (&clock, &entropy, &internet)).await;
        let server = serve(app.clone(), listener);
        let database = PgPoolOptions::new().max_connections(2).connect_lazy(&database_url).unwrap();
        World { app, issuer, clock, entropy, internet, http: http(), database, database_url, server }
    }

    /// A second process on the same database.
    pub async fn replica(&self) -> Replica {
        self.replica_with(|_| {}).await
    }

    /// A second process on the same database with another configuration.
    pub async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Replica {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let machine = (&self.clock, &self.entropy, &self.internet);
        let mut config = self.app.config.clone();
        change(&mut config);
        let app = start(config, &self.database_url, machine).await;
        let server = serve(app.clone(), listener);
        let host = self.issuer.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        Replica { app, url, host, http: http(), server }
    }

    /// A second process whose clock is `seconds` ahead of this one's (behind, if negative) and then goes its
    /// own way: moving one does not move the other.
    pub async fn replica_at(&self, seconds: i64) -> Replica {
        use gatewright_server::clock::{Clock, SystemClock};
        let clock = Arc::new(ShiftedClock::default());
        clock.advance(self.clock.now() - SystemClock.now() + chrono::Duration::seconds(seconds));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let machine = (&clock, &self.entropy, &self.internet);
        let app = start(self.app.config.clone(), &self.database_url, machine).await;
        let server = serve(app.clone(), listener);
        Replica { app, url, host: self.app.config.issuer_authority().to_owned(), http: http(), server }
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: i64) {
        self.clock.advance(chrono::Duration::seconds(seconds));
    }

    /// A fresh browser.
    pub fn agent(&self) -> Agent {
        let origin = self.app.config.origin().to_owned();
        Agent::new(self.http.clone(), &origin)
    }

    /// A URL below the issuer.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// GET without cookies.
    pub async fn get(&self, path: &str) -> Page {
        Page::read(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    /// A form posted without cookies.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::read(self.http.post(self.url(path)).form(fields).send().await.unwrap()).await
    }

    /// A form posted with HTTP Basic.
    pub async fn post_as(&self, client: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.http.post(self.url(path)).basic_auth(client, Some(secret_of(client))).form(fields);
        Page::read(request.send().await.unwrap()).await
    }

    /// JSON posted without cookies.
    pub async fn post_json(&self, path: &str, body: &Value) -> Page {
        Page::read(self.http.post(self.url(path)).json(body).send().await.unwrap()).await
    }

    /// The facts of something an operator does.
    pub fn operator(&self) -> Moment {
        self.app.system_moment().acting(Actor::Operator)
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let statement = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&self.database).await.unwrap()
    }

    /// How many events of a kind were written.
    pub async fn events(&self, kind: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = $1")
            .bind(kind)
            .fetch_one(&self.database)
            .await
            .unwrap()
    }

    /// A seeded user's id.
    pub async fn user(&self, name: &str) -> Uuid {
        sqlx::query_scalar("SELECT id FROM users WHERE username_key = $1")
            .bind(name)
            .fetch_one(&self.database)
            .await
            .unwrap()
    }

    /// Disables a user and lets caches forget.
    pub async fn disable_user(&self, name: &str) {
        let id = self.user(name).await;
        let trace = self.operator().trace(&self.app);
        assert!(matches!(
            gatewright_store::users::disable(&self.app.store, id, &trace).await.unwrap(),
            Write::Applied(())
        ));
    }

    /// Disables a client and lets caches forget.
    pub async fn disable_client(&self, id: &str) {
        let trace = self.operator().trace(&self.app);
        let id = ClientId::parse(id).unwrap();
        assert!(matches!(clients::disable(&self.app.store, &id, &trace).await.unwrap(), Write::Applied(())));
        self.app.directory.forget();
    }

    /// Opens a resource to verified clients only, and lets caches forget.
    pub async fn close_to_strangers(&self, identifier: &str) {
        let was = resources::by_compare_key(&self.app.store, identifier).await.unwrap().unwrap();
        let closed = Resource { open_to: OpenTo::VerifiedClients, ..was.clone() };
        let trace = self.operator().trace(&self.app);
        let done = resources::update(&self.app.store, &was, &closed, &trace).await.unwrap();
        assert!(matches!(done, Write::Applied(())));
        self.app.directory.forget();
    }

    /// Registers a client as an administrator would, under a chosen id.
    pub async fn add_client(&self, id: &str, metadata: Value) -> Client {
        add_client(&self.app, &self.operator(), (id, metadata, None)).await
    }
}

/// The secret of a seeded confidential client.
pub fn secret_of(client: &str) -> String {
    seeded(client).text().expose().clone()
}

fn seeded(client: &str) -> Token<ClientSecret> {
    let mut bytes = [0xA7; 32];
    for (byte, of) in bytes.iter_mut().zip(client.bytes()) {
        *byte ^= of;
    }
    Token::from_random(bytes)
}

/// A client of HTTP that does what a careful OAuth client does: follows nothing.
pub fn http() -> reqwest::Client {
    install_crypto();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(64)
        .build()
        .unwrap()
}

pub(crate) fn install_crypto() {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
}

async fn start(
    config: Config,
    database: &str,
    (clock, entropy, internet): (&Arc<ShiftedClock>, &Remembering, &Internet),
) -> App {
    let mut options = ConnectOptions::new(database);
    options.max_connections = 8;
    let machine = Machine {
        clock: Box::new(clock.clone()),
        entropy: Box::new(entropy.clone()),
        network: Box::new(internet.clone()),
    };
    let keys = MasterKeys::only(&[7; 32].into());
    gatewright_server::start(config, &options, &keys, machine).await.unwrap()
}

fn serve(app: App, listener: TcpListener) -> JoinHandle<()> {
    let front = gatewright_server::router(app);
    let service =
        axum::ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<SocketAddr>(front);
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() })
}

/// Fills the template every test's database is a copy of.
pub(crate) async fn prepare(url: String) {
    let (clock, entropy) = (Arc::new(ShiftedClock::default()), Remembering::default());
    let config = Config::for_tests("http://127.0.0.1:1");
    let app = start(config, &url, (&clock, &entropy, &Internet::default())).await;
    seed(&app).await;
    app.store.close().await;
}

/// What every test finds.
async fn seed(app: &App) {
    let operator = app.system_moment().acting(Actor::Operator);
    let mcp = add_resource(app, &operator, (MCP, true)).await;
    let other = add_resource(app, &operator, (OTHER, false)).await;
    for name in ["alice", "mallory"] {
        let account = NewAccount {
            username: name.to_owned(),
            email: Some(format!("{name}@example.test")),
            display_name: Some(format!("{name} Example")),
            locale: None,
            role: None,
            password: Secret::new(PASSWORD.to_owned()),
        };
        assert!(matches!(accounts::create(app, &operator, account).await.unwrap(), Write::Applied(_)));
    }
    let code = ["authorization_code", "refresh_token"];
    let public = |name: &str, redirects: &[&str]| {
        json!({ "client_name": name, "redirect_uris": redirects, "grant_types": code,
                "token_endpoint_auth_method": "none" })
    };
    let confidential = |name: &str, method: &str| {
        json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method,
                "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
                "post_logout_redirect_uris": ["https://app.test/bye"] })
    };
    let server = |name: &str| {
        json!({ "client_name": name, "grant_types": ["client_credentials"], "response_types": [],
                "token_endpoint_auth_method": "client_secret_basic" })
    };
    let seeds = [
        ("pub1", public("Public One", &[CALLBACK]), None),
        ("pub2", public("Public Two", &["https://two.test/cb"]), None),
        ("nat1", public("Native One", &["http://127.0.0.1/cb", "http://[::1]/cb"]), None),
        ("conf1", confidential("Confidential One", "client_secret_basic"), None),
        ("conf2", confidential("Confidential Two", "client_secret_post"), None),
        ("rs1", server("The MCP server"), Some(mcp.id)),
        ("rs2", server("The other server"), Some(other.id)),
    ];
    for (id, metadata, speaks_for) in seeds {
        add_client(app, &operator, (id, metadata, speaks_for)).await;
    }
}

async fn add_client(
    app: &App,
    moment: &Moment,
    (id, metadata, speaks_for): (&str, Value, Option<Uuid>),
) -> Client {
    let raw = RegistrationRequest::parse(metadata.to_string().as_bytes()).unwrap();
    let id_parsed = ClientId::parse(id).unwrap();
    let mut client = register(&RegistrationPolicy::administrator(), raw, id_parsed, moment.now).unwrap();
    client.secret = (!client.is_public()).then(|| seeded(id).digest());
    client.speaks_for = speaks_for;
    assert!(matches!(
        clients::create(&app.store, &client, &moment.trace(app)).await.unwrap(),
        Write::Applied(_)
    ));
    client
}

async fn add_resource(app: &App, moment: &Moment, (identifier, is_default): (&str, bool)) -> Resource {
    let scope = |name: &str, description: &str, default, dangerous| ScopeText {
        name: name.to_owned(),
        description: description.to_owned(),
        default,
        dangerous,
        demand: Demand::NOTHING,
    };
    let resource = Resource::new(NewResource {
        id: app.id(moment.now),
        identifier: identifier.to_owned(),
        name: Some(format!("Server {identifier}")),
        scopes: vec![
            scope("mcp:read", "Read your notes", true, false),
            scope("mcp:write", "Change your notes", false, true),
            scope("mcp:admin", "Administer everything", false, true),
        ],
        token: TokenSettings::default(),
        is_default,
        open_to: OpenTo::AnyClient,
        demand: Demand::NOTHING,
    })
    .unwrap();
    let added = resources::add(&app.store, &resource, &moment.trace(app)).await.unwrap();
    assert_eq!(added, Write::Applied(()));
    resource
}
