//! A toll before PostgreSQL: passes a conversation on, piece by piece, and stops it at the one that was chosen.
//!
//! A client of the database sends a piece and waits for the answer, so between two pieces nothing happens. Whoever is
//! killed while the toll holds a piece, or its answer, is killed at exactly that step.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::Outcome;

/// What commits, in the words that go to the database.
const COMMIT: &[u8] = b"COMMIT";

/// Where a conversation stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Nowhere.
    Never,
    /// Before this piece reaches the database, counted from 1.
    Before(usize),
    /// When the database has done what this piece asks, before it can say so.
    After(usize),
    /// Before a transaction is committed.
    BeforeCommit,
    /// When it is, before the database can say so.
    AfterCommit,
}

/// An open toll. It ends, with whatever goes through it, when it is dropped.
pub struct Toll {
    address: SocketAddr,
    passed: Arc<AtomicUsize>,
    halted: watch::Receiver<bool>,
    accepting: JoinHandle<()>,
}

/// What a conversation has to know.
#[derive(Clone)]
struct Rules {
    halt: Halt,
    passed: Arc<AtomicUsize>,
    committed: Arc<AtomicBool>,
    halted: watch::Sender<bool>,
}

impl Toll {
    /// Before a Unix socket.
    pub async fn open(socket: PathBuf, halt: Halt) -> Outcome<Toll> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let passed = Arc::new(AtomicUsize::new(0));
        let (sender, halted) = watch::channel(false);
        let rules = Rules { halt, passed: Arc::clone(&passed), committed: Arc::default(), halted: sender };
        let accepting = tokio::spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                conversations.spawn(carry(client, socket.clone(), rules.clone()));
            }
        });
        Ok(Toll { address, passed, halted, accepting })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pieces that came.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// Whether the conversation has stopped.
    pub fn has_halted(&self) -> bool {
        *self.halted.borrow()
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(client: TcpStream, socket: PathBuf, rules: Rules) {
    // Without it everything is only later.
    let _ = client.set_nodelay(true);
    let Ok(server) = UnixStream::connect(&socket).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            let number = rules.passed.fetch_add(1, Ordering::SeqCst) + 1;
            let commits = buffer[..count].windows(COMMIT.len()).any(|word| word == COMMIT);
            if rules.halt == Halt::Before(number) || commits && rules.halt == Halt::BeforeCommit {
                rules.hold().await;
            }
            rules.committed.fetch_or(commits, Ordering::SeqCst);
            if to_server.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    let answering = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            let is_done = rules.committed.load(Ordering::SeqCst) && rules.halt == Halt::AfterCommit;
            if is_done || rules.halt == Halt::After(rules.passed.load(Ordering::SeqCst)) {
                rules.hold().await;
            }
            if to_client.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
}

impl Rules {
    async fn hold(&self) {
        self.halted.send_replace(true);
        std::future::pending::<()>().await;
    }
}
