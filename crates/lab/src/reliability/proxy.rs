//! A TCP proxy in front of PostgreSQL that breaks on command.
//!
//! 1. It listens on a loopback port and passes bytes on to PostgreSQL's Unix socket, both ways.
//! 2. What it does with them is one [`Weather`] for everybody, which may change at any moment.
//! 3. [`Proxy::cut`] ends all connections; new ones are taken according to the weather.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Outcome;

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weather {
    /// They are passed on.
    #[default]
    Fair,
    /// They are passed on so much later, each way half of it.
    Slow(Duration),
    /// One of two pieces is so much later, as if it had been lost and sent again.
    Lossy(Duration),
    /// They vanish, and so do new connections; nobody is told.
    BlackHole,
    /// New connections are closed at once.
    Closed,
}

/// A running proxy. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Connections of an earlier age are cut.
    age: watch::Sender<u64>,
    opened: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

/// What a connection has to know.
#[derive(Clone)]
struct Rules {
    weather: watch::Receiver<Weather>,
    age: watch::Receiver<u64>,
}

impl Proxy {
    /// In front of a Unix socket.
    pub async fn start(socket: PathBuf) -> Outcome<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let ((weather, for_weather), (age, for_age)) = (watch::channel(Weather::Fair), watch::channel(0));
        let opened = Arc::new(AtomicUsize::new(0));
        let rules = Rules { weather: for_weather, age: for_age };
        let count = Arc::clone(&opened);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                if *rules.weather.borrow() == Weather::Closed {
                    continue;
                }
                tokio::spawn(carry(client, socket.clone(), rules.clone()));
            }
        });
        Ok(Proxy { address, weather, age, opened, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Ends every connection there is.
    pub fn cut(&self) {
        self.age.send_modify(|age| *age += 1);
    }

    /// Connections that were opened so far.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

/// One connection, until one side ends it or it is cut.
async fn carry(client: TcpStream, socket: PathBuf, mut rules: Rules) {
    // Without it everything is only later.
    let _ = client.set_nodelay(true);
    rules.age.borrow_and_update();
    if rules.weather.borrow().swallows() {
        let _ = rules.weather.clone().wait_for(|weather| !weather.swallows()).await;
    }
    let Ok(server) = UnixStream::connect(&socket).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut age = rules.age.clone();
    tokio::select! {
        () = pump(from_client, to_server, &rules) => {}
        () = pump(from_server, to_client, &rules) => {}
        _ = age.changed() => {}
    }
}

impl Weather {
    fn swallows(self) -> bool {
        self == Weather::BlackHole
    }
}

async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, rules: &Rules) {
    let mut buffer = vec![0; 32 * 1024];
    let mut pieces = 0_u64;
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        pieces += 1;
        let weather = *rules.weather.borrow();
        match weather {
            Weather::Slow(by) => sleep(by / 2).await,
            Weather::Lossy(by) if pieces.is_multiple_of(2) => sleep(by).await,
            Weather::Fair | Weather::Lossy(_) | Weather::Closed => {}
            // TCP would send them again when the way is open.
            Weather::BlackHole => {
                let _ = rules.weather.clone().wait_for(|weather| !weather.swallows()).await;
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
