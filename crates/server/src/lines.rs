//! What arrives, read line by line while it does: as large as it likes, in the memory of one line.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

/// The longest line, in bytes.
pub const MOST_LINE: usize = 16 * 1024;
/// The most of them, in bytes. What is more is sent as several.
pub const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// For so long nothing may arrive.
const SILENCE: Duration = Duration::from_secs(30);

/// Why reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The sender or the network.
    #[error("the upload ended early")]
    Cut,
    /// Nothing arrived for too long.
    #[error("nothing arrived for 30 seconds")]
    Silent,
    /// It is too much for one.
    #[error("an upload has at most 1 GiB: send the rest as another one")]
    TooMuch,
}

/// Bytes that nobody has read yet: the body of a request, or a file.
pub struct Upload(Mutex<Option<BoxStream<'static, Result<Bytes, Broken>>>>);

impl Upload {
    /// Nothing.
    pub const fn none() -> Upload {
        Upload(Mutex::new(None))
    }

    /// What arrives.
    pub fn of(pieces: impl stream::Stream<Item = Result<Bytes, Broken>> + Send + 'static) -> Upload {
        Upload(Mutex::new(Some(pieces.boxed())))
    }

    /// Its lines, for the first who asks.
    pub fn lines(&self) -> Option<Lines> {
        let pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Lines { pieces, rest: Bytes::new(), number: 0, read: 0 })
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the end of the line.
    Text(Vec<u8>),
    /// It has more than [`MOST_LINE`] bytes.
    TooLong,
}

impl Line {
    fn grow(&mut self, part: &[u8]) {
        match self {
            Line::Text(text) if text.len() + part.len() <= MOST_LINE => text.extend_from_slice(part),
            Line::Text(_) | Line::TooLong => *self = Line::TooLong,
        }
    }
}

/// The lines of an upload.
pub struct Lines {
    pieces: BoxStream<'static, Result<Bytes, Broken>>,
    /// What has arrived and was not looked at.
    rest: Bytes,
    number: u64,
    read: u64,
}

impl Lines {
    /// The next line that is not blank, with its number, from one.
    pub async fn next(&mut self) -> Result<Option<(u64, Line)>, Broken> {
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            self.number += 1;
            match line {
                Line::Text(text) if text.trim_ascii().is_empty() => {}
                line => return Ok(Some((self.number, line))),
            }
        }
    }

    async fn line(&mut self) -> Result<Option<Line>, Broken> {
        let mut line = Line::Text(Vec::new());
        let mut has_begun = false;
        loop {
            if self.rest.is_empty() && !self.fill().await? {
                return Ok(has_begun.then_some(line));
            }
            has_begun = true;
            let end = self.rest.iter().position(|byte| *byte == b'\n');
            let part = self.rest.split_to(end.unwrap_or(self.rest.len()));
            line.grow(&part);
            if end.is_some() {
                let _newline = self.rest.split_to(1);
                return Ok(Some(line));
            }
        }
    }

    /// Whether more has arrived.
    async fn fill(&mut self) -> Result<bool, Broken> {
        loop {
            let piece =
                tokio::time::timeout(SILENCE, self.pieces.next()).await.map_err(|_| Broken::Silent)?;
            let Some(piece) = piece.transpose()? else { return Ok(false) };
            self.read += piece.len() as u64;
            if self.read > MOST_BYTES {
                return Err(Broken::TooMuch);
            }
            if !piece.is_empty() {
                self.rest = piece;
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pieces: Vec<&'static [u8]>) -> Lines {
        let pieces = pieces.into_iter().map(|piece| Ok(Bytes::from_static(piece)));
        Upload::of(stream::iter(pieces)).lines().unwrap()
    }

    async fn all(mut lines: Lines) -> Vec<(u64, Line)> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(line);
        }
        found
    }

    fn text(number: u64, text: &str) -> (u64, Line) {
        (number, Line::Text(text.as_bytes().to_vec()))
    }

    #[tokio::test]
    async fn lines_are_found_wherever_the_pieces_end() {
        let expected = [text(1, "one"), text(2, "two\r"), text(4, "four")];
        assert_eq!(all(pieces(vec![b"one\ntwo\r\n\nfour\n"])).await, expected);
        assert_eq!(all(pieces(vec![b"on", b"", b"e\ntwo\r", b"\n \nfou", b"r"])).await, expected);
        assert_eq!(all(pieces(vec![])).await, []);
        assert_eq!(all(pieces(vec![b"\n\n"])).await, []);
    }

    #[tokio::test]
    async fn ds_01_a_line_that_is_too_long_is_not_kept_and_the_next_one_is_read() {
        let long: &'static [u8] = vec![b'x'; MOST_LINE].leak();
        let all = all(pieces(vec![long, b"\n", long, b"x", long, long, b"\nlast"])).await;
        assert_eq!(all.len(), 3);
        assert_eq!(all[0], (1, Line::Text(long.to_vec())));
        assert_eq!(all[1..], [(2, Line::TooLong), text(3, "last")]);
    }

    #[tokio::test(start_paused = true)]
    async fn ds_02_an_upload_that_falls_silent_ends() {
        let begun = stream::iter([Ok(Bytes::from_static(b"one\ntw"))]);
        let mut lines = Upload::of(begun.chain(stream::pending())).lines().unwrap();
        assert_eq!(lines.next().await, Ok(Some(text(1, "one"))));
        assert_eq!(lines.next().await, Err(Broken::Silent));
    }

    #[tokio::test]
    async fn an_upload_is_read_once_and_ends_where_it_is_cut() {
        let cut = stream::iter([Ok(Bytes::from_static(b"one\ntw")), Err(Broken::Cut)]);
        let upload = Upload::of(cut);
        let mut lines = upload.lines().unwrap();
        assert!(upload.lines().is_none() && Upload::none().lines().is_none());
        assert_eq!(lines.next().await, Ok(Some(text(1, "one"))));
        assert_eq!(lines.next().await, Err(Broken::Cut));
    }
}
