//! Names and connections.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use tokio::net::TcpStream;

/// Something under way.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = std::io::Result<T>> + Send + 'a>>;

/// Names and connections.
pub trait Network: Send + Sync + 'static {
    /// All addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> Promise<'a, Vec<IpAddr>>;
    /// A connection, and where it ended up.
    fn connect(&self, address: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)>;
}

/// The machine's network.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn resolve<'a>(&'a self, host: &'a str) -> Promise<'a, Vec<IpAddr>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 443)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    fn connect(&self, address: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            let peer = stream.peer_addr()?;
            Ok((stream, peer))
        })
    }
}
