//! A letter as a message (RFC 5322), handed to the mail server.

use std::time::{Duration, SystemTime};

use gatewright_oauth::Time;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Written;
use crate::config::{Config, Smtp, SmtpTls};
use crate::error::{Fault, Outcome};

/// How long the mail server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long it may take for everything.
const WITHIN: Duration = Duration::from_mins(1);
/// Answers that say something about us, not about the mail: it stays (RFC 4954 §6, RFC 3207 §4).
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// Why a mail was not taken.
#[derive(Debug)]
pub enum Refused {
    /// It may be taken later.
    ForNow(String),
    /// It never will be.
    ForGood(String),
}

/// A connection to be made to the mail server.
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    domain: String,
}

impl Postman {
    /// One that knows the mail server. Reads the password: it may have been replaced.
    pub fn new(config: &Config, smtp: &Smtp) -> Outcome<Postman> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host);
        let tls = match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(parameters(config, &smtp.host)?),
            SmtpTls::Implicit => Tls::Wrapper(parameters(config, &smtp.host)?),
        };
        let mut builder = builder.port(smtp.port).tls(tls).timeout(Some(PATIENCE));
        if let (Some(username), Some(file)) = (&smtp.username, &smtp.password_file) {
            let password = Zeroizing::new(std::fs::read_to_string(file).map_err(Fault::unavailable)?);
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        let from = config.mail.from.clone().ok_or_else(|| Fault::internal("mail.from is missing"))?;
        let domain = from.email.domain().to_owned();
        Ok(Postman { transport: builder.build(), from, reply_to: config.mail.reply_to.clone(), domain })
    }

    /// Hands a mail over.
    pub async fn send(&self, (id, at): (Uuid, Time), written: &Written) -> Result<(), Refused> {
        let message = self.message((id, at), written).map_err(Refused::ForGood)?;
        match tokio::time::timeout(WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judge(&error)),
            Err(_) => Err(Refused::ForNow("the mail server takes too long".to_owned())),
        }
    }

    /// The same mail has the same `Message-ID` each time it is tried: mail programs then show it once.
    fn message(&self, (id, at): (Uuid, Time), written: &Written) -> Result<Message, String> {
        let to = written.to.parse().map_err(|_| "the address cannot be written to".to_owned())?;
        let mut builder: MessageBuilder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&written.subject)
            .date(SystemTime::from(at))
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .header(ContentType::TEXT_PLAIN)
            // RFC 3834 §5: nobody's out-of-office answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        builder.body(written.text.clone()).map_err(|error| error.to_string())
    }
}

/// The machine's authorities, and those that the configuration names.
fn parameters(config: &Config, host: &str) -> Outcome<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = &config.fetch.ca_file {
        let pem = std::fs::read(file).map_err(Fault::unavailable)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(Fault::internal)?);
    }
    Ok(builder.build_rustls().map_err(Fault::internal)?)
}

/// What mail servers say may name the address, so only its number is kept.
fn judge(error: &lettre::transport::smtp::Error) -> Refused {
    let Some(status) = error.status() else { return Refused::ForNow(error.to_string()) };
    let number: u16 = status.into();
    let said = format!("the mail server answered {number}");
    if error.is_permanent() && !ABOUT_US.contains(&number) {
        Refused::ForGood(said)
    } else {
        Refused::ForNow(said)
    }
}
