//! `gatewright dev`: everything at once, for trying things out on one machine.
//!
//! 1. Data directory, configuration (written anew at each start), sockets.
//! 2. The server ([`crate::server`]) with a private PostgreSQL, unless `DATABASE_URL` names another.
//! 3. The first administrator, the demo MCP server and its registration as the default resource.
//! 4. What to open and what to type.
//!
//! The issuer is `http://localhost:PORT`, and both loopback addresses are listened to
//! (`docs/decisions/0008-dev-is-at-localhost.md`).

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gatewright_server::app::Actor;
use gatewright_server::{App, Config, offers};
use gatewright_store::{Write, resources};
use tokio::net::TcpListener;

use crate::administrator::{self, Administrator};
use crate::database::{Database, Tenancy};
use crate::demo::{self, Meant};
use crate::failure::Failure;
use crate::listen::{self, Listening};
use crate::server::{Server, Sockets};
use crate::signals::{HangUp, Signals};
use crate::{private_file, telemetry, terminal};

/// How long the demo may take to finish what it is doing.
const DRAIN_DEMO: Duration = Duration::from_secs(2);
/// The configuration, below the data directory.
const CONFIG: &str = "gatewright.toml";

/// Run everything for trying it out: PostgreSQL, server, an account and a demo MCP server
///
/// A second start remembers everything; Ctrl-C stops all of it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where everything is kept
    #[arg(long, value_name = "DIRECTORY", default_value = ".gatewright")]
    data_dir: PathBuf,
    /// The port of the authorization server
    #[arg(long, default_value_t = 8400)]
    port: u16,
    /// The port of the demo MCP server
    #[arg(long, default_value_t = 8401)]
    demo_port: u16,
    /// Forget all accounts, clients, grants and keys first
    #[arg(long)]
    reset: bool,
    /// Log in more detail
    #[arg(long, short)]
    verbose: bool,
}

/// Runs until a signal.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut signals = Signals::listen(HangUp::Stop)?;
    let mut running = tokio::select! {
        running = Running::start(&arguments) => running?,
        _ = signals.next() => return Ok(()),
    };
    terminal::say(&running.words(&arguments.data_dir));
    tokio::select! {
        _ = signals.next() => {}
        never = running.server.keep_running() => match never {},
    }
    terminal::note("\nStopping …");
    tokio::select! {
        stopped = running.stop() => stopped,
        signal = signals.next() => Err(Failure::new(format!("stopped at once by a second {signal}"))),
    }
}

struct Running {
    server: Server,
    demo: Listening,
    demo_url: String,
    administrator: Option<Administrator>,
}

impl Running {
    async fn start(arguments: &Arguments) -> Result<Running, Failure> {
        // Step 1.
        let main = listen::bind_localhost(arguments.port, "--port").await?;
        let demo = listen::bind_localhost(arguments.demo_port, "--demo-port").await?;
        create(&arguments.data_dir)?;
        let config = configure(&arguments.data_dir, (port(&main)?, arguments.verbose))?;
        telemetry::init(&config.log);
        if arguments.reset {
            reset(&config).await?;
        }
        if !config.master_key_file.exists() {
            terminal::note("Preparing the first start: PostgreSQL, keys, an account …");
        }
        // Step 2.
        let (issuer, data_dir) = (config.issuer.clone(), config.data_dir.clone());
        let server = Server::start(config, Sockets { public: main, admin: None }).await?;
        // Step 3.
        let demo_url = format!("http://localhost:{}/mcp", port(&demo)?);
        let administrator = administrator::ensure(server.app(), &data_dir).await?;
        register(server.app(), &demo_url).await?;
        // The metadata promises at once what the resource makes possible.
        server.app().directory.forget();
        offers::look(server.app().clone()).await?;
        let demo = demo::serve(demo, &demo_url, &issuer)
            .map_err(|error| Failure::new(format!("the demo MCP server cannot start: {error}")))?;
        Ok(Running { server, demo, demo_url, administrator })
    }

    async fn stop(self) -> Result<(), Failure> {
        self.demo.stop(DRAIN_DEMO).await;
        self.server.stop().await
    }

    /// Step 4.
    fn words(&self, data_dir: &Path) -> String {
        let (issuer, mcp) = (&self.server.app().config.issuer, &self.demo_url);
        let account = match &self.administrator {
            Some(Administrator { username, password }) => {
                format!("{username}\n  Password               {}", password.expose())
            }
            None => "admin, with the password you know (or begin anew with --reset)".to_owned(),
        };
        format!(
            "
Gatewright is ready.

  Authorization server   {issuer}
  Demo MCP server        {mcp}
  Mails                  {issuer}/dev/outbox
  Sign in as             {account}

Point a client at the demo server. It finds everything else by itself and opens your browser.

  Claude Code     claude mcp add --transport http gatewright-demo {mcp}
                  then /mcp in a session, and \"Authenticate\"
  VS Code         code --add-mcp '{{\"name\":\"gatewright-demo\",\"type\":\"http\",\"url\":\"{mcp}\"}}'
  MCP Inspector   npx @modelcontextprotocol/inspector
                  then choose \"Streamable HTTP\", enter the URL of the demo server, connect
  curl            curl -i {mcp}
                  curl {issuer}/.well-known/oauth-authorization-server

Then ask it to add a note: the token it has is not enough, and the server asks for one more permission.
A client that does not follow is connected anew: then it asks for all of them.
Everything is kept in {}. Ctrl-C stops it, --reset begins anew.
",
            data_dir.display()
        )
    }
}

fn port(listeners: &[TcpListener]) -> Result<u16, Failure> {
    let address = listeners.first().and_then(|listener| listener.local_addr().ok());
    Ok(address.ok_or_else(|| Failure::new("a socket without an address"))?.port())
}

fn create(data_dir: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(|error| {
        let path = data_dir.display();
        Failure::new(format!("cannot create {path}: {error}\n  choose another place with --data-dir"))
    })
}

/// Writes the configuration and reads it like any other, so that other commands find the same server.
fn configure(data_dir: &Path, (port, verbose): (u16, bool)) -> Result<Config, Failure> {
    let from_environment = std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty());
    let database = if from_environment { "# DATABASE_URL names it" } else { "managed = true" };
    let level = if verbose { "debug" } else { "info" };
    let text = format!(
        "# Written by every start of gatewright dev: changes are lost. Other commands can use it, as in
#   gatewright user list --config {}
issuer = \"http://localhost:{port}\"
data_dir = \".\"
master_key_file = \"master.key\"

[listen]
address = \"127.0.0.1:{port}\"

[database]
{database}

[mail]
outbox = true

[log]
level = \"{level}\"
",
        data_dir.join(CONFIG).display()
    );
    let file = data_dir.join(CONFIG);
    private_file::write(&file, &text)?;
    Ok(Config::load(&file)?)
}

/// Makes the demo server known as the resource that is meant when a client names none.
async fn register(app: &App, url: &str) -> Result<(), Failure> {
    let refused = |refusal: gatewright_oauth::Refusal| Failure::new(refusal.description().to_owned());
    let moment = app.system_moment().acting(Actor::Operator);
    let key = gatewright_oauth::resource::compare_key(url).map_err(refused)?;
    let meant = match resources::default(&app.store).await? {
        Some(other) if other.compare_key() != key => Meant::ByName,
        Some(_) | None => Meant::ByDefault,
    };
    let Some(was) = resources::by_compare_key(&app.store, &key).await? else {
        let new = demo::resource(app.id(moment.now), url, meant).map_err(refused)?;
        return match resources::add(&app.store, &new, &moment.trace(app)).await? {
            // Lost to another `dev` on the same database, which added the same.
            Write::Applied(()) | Write::Lost => Ok(()),
        };
    };
    let now = demo::resource(was.id, url, meant).map_err(refused)?;
    if now.digest() != was.digest() {
        // A later release words it differently; people are asked again, as with any resource.
        let (Write::Applied(()) | Write::Lost) =
            resources::update(&app.store, &was, &now, &moment.trace(app)).await?;
    }
    Ok(())
}

/// Forgets everything but PostgreSQL itself.
async fn reset(config: &Config) -> Result<(), Failure> {
    let database = Database::open(config, Tenancy::Owner).await?;
    database.forget().await?;
    database.close().await?;
    for file in [&config.master_key_file, &config.data_dir.join(administrator::FILE)] {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("cannot remove {}: {error}", file.display())));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
