//! What would have been mailed.

use askama::Template;
use gatewright_oauth::Time;

use crate::web::page::{Claimed, Kind, Layout, Page};

/// The newest mails.
#[derive(Debug, Template)]
#[template(path = "dev_outbox.html")]
pub struct OutboxPage {
    /// The frame.
    pub layout: Layout,
    /// The newest first.
    pub mails: Vec<Shown>,
}

/// A mail.
#[derive(Debug)]
pub struct Shown {
    /// When it was written.
    pub at: Time,
    /// Who gets it.
    pub to: Claimed,
    /// Its subject.
    pub subject: String,
    /// Its paragraphs.
    pub paragraphs: Vec<Paragraph>,
}

/// A paragraph of a mail.
#[derive(Debug)]
pub enum Paragraph {
    /// Text.
    Text(String),
    /// An address of ours.
    Link(String),
}

impl Page for OutboxPage {
    const KIND: Kind = Kind::DevOutbox;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::samples::{document, layout};

    #[test]
    fn shows_what_would_have_been_mailed() {
        let mails = vec![Shown {
            at: Time::from_timestamp(1_795_701_780, 0).unwrap(),
            to: Claimed::note("alice@example.com"),
            subject: "auth.example.com: A link to choose a new password".to_owned(),
            paragraphs: vec![
                Paragraph::Text("With this link you choose a new password:".to_owned()),
                Paragraph::Link("http://localhost:8400/password?link=gw_pl_x".to_owned()),
            ],
        }];
        insta::assert_snapshot!(document(&OutboxPage { layout: layout(), mails }));
    }

    #[test]
    fn says_that_there_is_none_yet() {
        let page = document(&OutboxPage { layout: layout(), mails: Vec::new() });
        assert!(page.contains("Nothing was mailed yet"), "{page}");
    }
}
