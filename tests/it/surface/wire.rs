//! Requests that no HTTP library would send.

use std::time::Duration;

use gatewright_tests::World;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back, as bytes on the wire.
pub(super) struct Raw {
    /// Everything until the server closed the connection, or fell silent.
    pub text: String,
    /// Whether the server closed it.
    pub closed: bool,
}

impl Raw {
    /// The status of each answer.
    pub fn statuses(&self) -> Vec<u16> {
        let lines = self.text.match_indices("HTTP/1.").map(|(at, _)| &self.text[at + 9..at + 12]);
        lines.map(|code| code.parse().unwrap()).collect()
    }
}

/// `host:port` of a world.
pub(super) fn authority(world: &World) -> &str {
    world.app.config.issuer_authority()
}

/// Sends bytes and reads until the end, or until nothing came for a while.
pub(super) async fn send(world: &World, bytes: &str) -> Raw {
    let mut stream = TcpStream::connect(authority(world)).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        // A reset after the answer is an end like any other.
        match tokio::time::timeout(Duration::from_millis(400), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return Raw { text: String::from_utf8(read).unwrap(), closed: true },
            Ok(Ok(length)) => read.extend_from_slice(&buffer[..length]),
            Err(_) => return Raw { text: String::from_utf8(read).unwrap(), closed: false },
        }
    }
}

/// GET of a path exactly as written, on a connection of its own.
pub(super) async fn get(world: &World, path: &str) -> Raw {
    let host = authority(world);
    send(world, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await
}
