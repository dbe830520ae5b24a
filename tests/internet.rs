//! The internet, as the server under test sees it: names and addresses of our making, web sites of our making at
//! them, and a record of every address a connection was asked for.
//!
//! A name resolves to whatever a test says, differently each time if it likes. A connection to an address ends at the
//! local socket of the site that was put there, or nowhere. So a test can say that no packet would ever have left for a
//! private address: nobody asked for one.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use gatewright_server::fetch::{Network, Promise};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Where public sites are, unless a test puts them elsewhere.
const PUBLIC: [u8; 4] = [93, 184, 216, 34];

/// Names, addresses and sites.
#[derive(Clone, Default)]
pub struct Internet(Arc<Mutex<Map>>);

#[derive(Default)]
struct Map {
    names: HashMap<String, Vec<Vec<IpAddr>>>,
    looked_up: HashMap<String, usize>,
    sites: HashMap<SocketAddr, Place>,
    asked: Vec<SocketAddr>,
}

#[derive(Clone, Copy)]
enum Place {
    /// A site listens there, locally.
    Site(SocketAddr),
    /// Whoever connects is told no.
    Closed,
    /// Whoever connects hears nothing.
    Silent,
}

/// What a site answers, byte for byte.
#[derive(Clone)]
pub struct Reply {
    /// The status line's code.
    pub status: u16,
    /// Headers besides `content-length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long each byte of the body takes.
    pub drip: Option<Duration>,
}

impl Reply {
    /// A JSON document.
    pub fn json(document: &serde_json::Value) -> Reply {
        Reply::text("application/json", &document.to_string())
    }

    /// A text of some kind.
    pub fn text(kind: &str, text: &str) -> Reply {
        Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: text.as_bytes().to_vec(),
            drip: None,
        }
    }

    /// Another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request that a site got.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its head: request line and headers.
    pub head: String,
    /// Its body.
    pub body: String,
    /// How many came on the same connection before.
    pub before: usize,
}

impl Received {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

type Judge = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A web site: what it answers now, and what it was asked.
#[derive(Clone, Default)]
pub struct Site {
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    received: Arc<Mutex<Vec<Received>>>,
    judge: Arc<Mutex<Option<Judge>>>,
}

impl Site {
    /// Answers a path like this from now on.
    pub fn serve(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Answers every request like this from now on, and keeps its connections.
    pub fn judge(&self, judge: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.judge.lock().unwrap() = Some(Arc::new(judge));
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.received().iter().filter(|received| received.path() == path).count()
    }

    /// Everything it was asked, in order.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Internet {
    /// A site with a name at a public address.
    pub async fn site(&self, name: &str) -> Site {
        let count = u8::try_from(self.map().names.len() % 200).unwrap();
        let address = IpAddr::from([PUBLIC[0], PUBLIC[1], PUBLIC[2], PUBLIC[3] + count]);
        self.site_at(name, address).await
    }

    /// A site with a name at some address.
    pub async fn site_at(&self, name: &str, address: IpAddr) -> Site {
        let acceptor = TlsAcceptor::from(certificate_for(name));
        self.name(name, &[&[address]]);
        self.listen(SocketAddr::new(address, 443), Some(acceptor)).await
    }

    /// A site with a name at some address, without TLS.
    pub async fn clear_site_at(&self, name: &str, address: IpAddr) -> Site {
        self.name(name, &[&[address]]);
        self.listen(SocketAddr::new(address, 80), None).await
    }

    async fn listen(&self, address: SocketAddr, acceptor: Option<TlsAcceptor>) -> Site {
        let site = Site::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = listener.local_addr().unwrap();
        let served = site.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, site) = (acceptor.clone(), served.clone());
                tokio::spawn(async move {
                    // Whoever asked may have hung up.
                    let _ = match acceptor {
                        Some(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => answer(stream, &site).await,
                            Err(error) => Err(error),
                        },
                        None => answer(stream, &site).await,
                    };
                });
            }
        });
        self.map().sites.insert(address, Place::Site(local));
        site
    }

    /// What a name resolves to: the first answer first, the last for ever.
    pub fn name(&self, name: &str, answers: &[&[IpAddr]]) {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        self.map().names.insert(name.to_owned(), answers);
    }

    /// Nobody listens at this address.
    pub fn close(&self, address: IpAddr) {
        self.map().sites.insert(SocketAddr::new(address, 443), Place::Closed);
    }

    /// What really listens at this address, on this machine, is there.
    pub fn real(&self, address: SocketAddr) {
        self.map().sites.insert(address, Place::Site(address));
    }

    /// Packets to this address vanish.
    pub fn silence(&self, address: IpAddr) {
        self.map().sites.insert(SocketAddr::new(address, 443), Place::Silent);
    }

    /// The address a name resolves to first.
    pub fn address_of(&self, name: &str) -> IpAddr {
        self.map().names[name][0][0]
    }

    /// Every address a connection was asked for.
    pub fn asked(&self) -> Vec<SocketAddr> {
        self.map().asked.clone()
    }

    fn map(&self) -> std::sync::MutexGuard<'_, Map> {
        self.0.lock().unwrap()
    }
}

impl Network for Internet {
    fn resolve<'a>(&'a self, host: &'a str) -> Promise<'a, Vec<IpAddr>> {
        let mut map = self.map();
        let turn = map.looked_up.entry(host.to_owned()).or_default();
        let now = *turn;
        *turn += 1;
        let answers = map.names.get(host);
        let answer = answers.and_then(|answers| answers.get(now).or(answers.last())).cloned();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }

    fn connect(&self, address: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)> {
        let mut map = self.map();
        map.asked.push(address);
        let place = map.sites.get(&address).copied().unwrap_or(Place::Closed);
        Box::pin(async move {
            match place {
                Place::Site(local) => Ok((TcpStream::connect(local).await?, address)),
                Place::Closed => Err(io::Error::from(io::ErrorKind::ConnectionRefused)),
                Place::Silent => std::future::pending().await,
            }
        })
    }
}

/// One request after the other, while the site keeps its connections.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, site: &Site) -> io::Result<()> {
    for before in 0.. {
        let received = read(&mut stream, before).await?;
        site.received.lock().unwrap().push(received.clone());
        let judge = site.judge.lock().unwrap().clone();
        let reply = match &judge {
            Some(judge) => judge(&received),
            None => {
                let reply = site.replies.lock().unwrap().get(received.path()).cloned();
                reply.unwrap_or_else(|| Reply::text("text/plain", "nothing").status(404))
            }
        };
        write(&mut stream, reply).await?;
        if judge.is_none() {
            break;
        }
    }
    stream.shutdown().await
}

async fn read(stream: &mut (impl AsyncRead + Unpin), before: usize) -> io::Result<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut received = Received { head, body: String::new(), before };
    let length = received.header("content-length").and_then(|text| text.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    received.body = String::from_utf8(body).unwrap();
    Ok(received)
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), reply: Reply) -> io::Result<()> {
    let mut text = format!("HTTP/1.1 {} Whatever\r\ncontent-length: {}\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await?;
    match reply.drip {
        None => stream.write_all(&reply.body).await?,
        Some(pause) => {
            for byte in reply.body {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
    }
    stream.flush().await
}

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

/// One certificate authority for the whole run.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap().keep();
    let file = directory.join("ca.pem");
    std::fs::write(&file, issuer.pem()).unwrap();
    Authority { issuer, file }
});

/// The file with the authority the sites' certificates come from, for `fetch.ca_file`.
pub fn authority() -> PathBuf {
    AUTHORITY.file.clone()
}

pub(crate) fn certificate_for(name: &str) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &AUTHORITY.issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config)
}
