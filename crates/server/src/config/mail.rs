//! `[mail]`: how people are written to. Without it nothing is mailed, and nothing that needs a mail is offered.

use std::net::IpAddr;
use std::path::PathBuf;

use lettre::message::Mailbox;
use zeroize::Zeroizing;

use super::ConfigError;
use super::reader::Section;

/// How people are written to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// Where mails go.
    pub delivery: Delivery,
    /// Who they are from.
    pub from: Option<Mailbox>,
    /// Who gets the answers, if not the same.
    pub reply_to: Option<Mailbox>,
}

/// Where mails go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Nowhere: there are none.
    #[default]
    Off,
    /// To a page of this server, at a computer where somebody tries things out.
    Outbox,
    /// To a mail server.
    Smtp(Smtp),
}

/// A mail server that takes mails for everybody (RFC 6409).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// What it knows us by.
    pub username: Option<String>,
    /// A file with the password, read whenever a connection is made.
    pub password_file: Option<PathBuf>,
}

/// How a connection to a mail server is protected. Nothing is ever sent in clear where the other two were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// It begins in clear and changes over before anything is said (RFC 3207).
    Starttls,
    /// From the start (RFC 8314).
    Implicit,
    /// Not at all.
    None,
}

impl SmtpTls {
    const fn port(self) -> u16 {
        match self {
            SmtpTls::Starttls => 587,
            SmtpTls::Implicit => 465,
            SmtpTls::None => 25,
        }
    }
}

impl Mail {
    /// Whether mails are written at all.
    pub fn is_on(&self) -> bool {
        self.delivery != Delivery::Off
    }

    /// An issuer that is http is reached by this computer only.
    pub(super) fn read(mut section: Section<'_, '_>, issuer: &str) -> Mail {
        let mut mail = Mail::default();
        let host = section.text("host");
        let mut tls = SmtpTls::Starttls;
        let words =
            [("starttls", SmtpTls::Starttls), ("implicit", SmtpTls::Implicit), ("none", SmtpTls::None)];
        section.choice("tls", &mut tls, &words);
        let mut port = u32::from(tls.port());
        section.number("port", &mut port, 1..=65_535);
        let username = section.text("username").map(|found| found.value.to_owned());
        let password_file = section.path("password_file");
        mail.from = mailbox(&mut section, "from");
        mail.reply_to = mailbox(&mut section, "reply_to");
        let outbox = section.flag("outbox").filter(|outbox| outbox.value);
        match (host, outbox) {
            (Some(_), Some(outbox)) => {
                let said = ("contradicts `mail.host`".to_owned(), Some("keep one of the two".to_owned()));
                section.refuse("outbox", Some(outbox.offset), said);
            }
            (None, Some(outbox)) => {
                if !issuer.starts_with("http://") {
                    let hint = "it shows every mail, links to choose a password with included; name a `host`";
                    let said = ("is for an issuer on localhost".to_owned(), Some(hint.to_owned()));
                    section.refuse("outbox", Some(outbox.offset), said);
                }
                mail.delivery = Delivery::Outbox;
            }
            (Some(host), None) => {
                if username.is_some() != password_file.is_some() {
                    let hint = "name both, or neither if the mail server knows this one by its address";
                    let said = ("and `password_file` belong together".to_owned(), Some(hint.to_owned()));
                    section.refuse("username", None, said);
                }
                if tls == SmtpTls::None && username.is_some() && !is_loopback(host.value) {
                    let hint = "write tls = \"starttls\" or \"implicit\"";
                    let said = ("would send the password in clear".to_owned(), Some(hint.to_owned()));
                    section.refuse("tls", None, said);
                }
                if mail.from.is_none() && !section.has("from") {
                    let hint = "write from = \"Example <no-reply@example.com>\"".to_owned();
                    section.refuse("from", None, ("is missing".to_owned(), Some(hint)));
                }
                let (host, port) = (host.value.to_owned(), u16::try_from(port).unwrap_or(tls.port()));
                mail.delivery = Delivery::Smtp(Smtp { host, port, tls, username, password_file });
            }
            (None, None) => {}
        }
        section.finish();
        mail
    }

    /// Whether its password can be read; what it is is looked up when it is needed.
    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        let Delivery::Smtp(Smtp { password_file: Some(file), .. }) = &self.delivery else { return Ok(()) };
        match std::fs::read_to_string(file) {
            Ok(password) => {
                drop(Zeroizing::new(password));
                Ok(())
            }
            Err(error) => Err(ConfigError::one(
                "mail.password_file",
                format!("cannot be read ({}): {error}", file.display()),
                "check that the file exists and that this user may read it",
            )),
        }
    }

    /// The files it names.
    pub(super) fn paths(&mut self) -> Option<&mut PathBuf> {
        match &mut self.delivery {
            Delivery::Smtp(smtp) => smtp.password_file.as_mut(),
            Delivery::Off | Delivery::Outbox => None,
        }
    }
}

fn mailbox(section: &mut Section<'_, '_>, key: &'static str) -> Option<Mailbox> {
    let found = section.text(key)?;
    match found.value.parse() {
        Ok(mailbox) => Some(mailbox),
        Err(error) => {
            let hint = format!("write it like {key} = \"Example <no-reply@example.com>\"");
            section.refuse(key, Some(found.offset), (format!("cannot be read: {error}"), Some(hint)));
            None
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
