//! A mail server of our making (RFC 5321): takes what it is told to take, and remembers it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use gatewright_server::Config;
use gatewright_server::config::{Delivery, Mail, Smtp, SmtpTls};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::internet::certificate_for;

/// A mail that arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Who it was handed over for.
    pub to: String,
    /// Its headers, unfolded, in order.
    pub headers: Vec<(String, String)>,
    /// Its text.
    pub text: String,
}

impl Arrived {
    fn parse(to: String, raw: &str) -> Arrived {
        let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (true, None) | (false, _) => {
                    let (name, value) = line.split_once(':').unwrap_or((line, ""));
                    headers.push((name.to_owned(), value.trim().to_owned()));
                }
            }
        }
        let mut arrived = Arrived { to, headers, text: String::new() };
        arrived.text = match arrived.header("Content-Transfer-Encoding") {
            "quoted-printable" => quoted_printable(body),
            "base64" => {
                let dense: String = body.split_whitespace().collect();
                String::from_utf8(base64::engine::general_purpose::STANDARD.decode(dense).unwrap()).unwrap()
            }
            _ => body.to_owned(),
        };
        arrived
    }

    /// A header; it must be there at most once.
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let value = found.next().map_or("", |(_, value)| value);
        assert!(found.next().is_none(), "{name} more than once: {:?}", self.headers);
        value
    }

    /// The one link in it, from its path on.
    pub fn link(&self, issuer: &str) -> String {
        let links: Vec<&str> = self.text.lines().filter(|line| line.contains("://")).collect();
        assert_eq!(links.len(), 1, "{}", self.text);
        links[0].strip_prefix(issuer).unwrap_or_else(|| panic!("{} is not ours", links[0])).to_owned()
    }
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Default)]
struct Memory {
    arrived: Vec<Arrived>,
    refusal: Option<String>,
    logged_in: Vec<String>,
    heard: Vec<String>,
}

/// The mail server.
pub struct MailServer {
    port: u16,
    memory: Arc<Mutex<Memory>>,
    server: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl MailServer {
    /// One that takes everything.
    pub async fn start() -> MailServer {
        MailServer::serving(None).await
    }

    /// One that offers STARTTLS, as this host.
    pub async fn certified(host: &str) -> MailServer {
        MailServer::serving(Some(TlsAcceptor::from(certificate_for(host)))).await
    }

    async fn serving(acceptor: Option<TlsAcceptor>) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let memory = Arc::new(Mutex::new(Memory::default()));
        let remembered = Arc::clone(&memory);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&remembered), acceptor.clone()));
            }
        });
        MailServer { port, memory, server }
    }

    /// The configuration of a server that mails with it.
    pub fn configure(&self, config: &mut Config) {
        config.mail = Mail {
            delivery: Delivery::Smtp(Smtp {
                host: "127.0.0.1".to_owned(),
                port: self.port,
                tls: SmtpTls::None,
                username: None,
                password_file: None,
            }),
            from: Some("Example <no-reply@example.test>".parse().unwrap()),
            reply_to: None,
        };
    }

    /// The configuration of a server that mails with it over STARTTLS, with this password.
    pub fn configure_tls(&self, config: &mut Config, password_file: &Path) {
        self.configure(config);
        if let Delivery::Smtp(smtp) = &mut config.mail.delivery {
            "localhost".clone_into(&mut smtp.host);
            smtp.tls = SmtpTls::Starttls;
            smtp.username = Some("gatewright".to_owned());
            smtp.password_file = Some(password_file.to_owned());
        }
    }

    /// The commands it heard, each behind `clear` or `tls`.
    pub fn heard(&self) -> Vec<String> {
        self.memory.lock().unwrap().heard.clone()
    }

    /// From now on says this to every sender, as `550 no such mailbox`; with `None` takes everything again.
    pub fn refuse(&self, refusal: Option<&str>) {
        self.memory.lock().unwrap().refusal = refusal.map(str::to_owned);
    }

    /// What arrived since this was asked last.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.memory.lock().unwrap().arrived)
    }

    /// What clients logged in with.
    pub fn logged_in(&self) -> Vec<String> {
        self.memory.lock().unwrap().logged_in.clone()
    }
}

/// One connection: in clear, and after STARTTLS (RFC 3207) the same once more.
async fn converse(stream: TcpStream, memory: Arc<Mutex<Memory>>, acceptor: Option<TlsAcceptor>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test\r\n").await.unwrap_or_default();
    let offers = if acceptor.is_some() { "250-STARTTLS\r\n" } else { "" };
    let Ended::StartTls(stream) = talk(stream, &memory, ("clear", offers)).await else { return };
    // A client that does not like the certificate says so, and goes.
    let Some(acceptor) = acceptor else { return };
    let Ok(stream) = acceptor.accept(stream.into_inner()).await else { return };
    talk(BufReader::new(stream), &memory, ("tls", "")).await;
}

/// How a conversation ended.
enum Ended<S> {
    /// Somebody went.
    Over,
    /// The client wants TLS.
    StartTls(S),
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    memory: &Mutex<Memory>,
    (how, offers): (&str, &str),
) -> Ended<BufReader<S>> {
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return Ended::Over;
        }
        let command = line.trim_end().to_owned();
        let word = command.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        memory.lock().unwrap().heard.push(format!("{how} {word}"));
        let answer = match word.as_str() {
            "STARTTLS" => {
                stream.write_all(b"220 go ahead\r\n").await.unwrap_or_default();
                return Ended::StartTls(stream);
            }
            "EHLO" => format!("250-mail.test\r\n{offers}250-AUTH PLAIN\r\n250 8BITMIME"),
            "AUTH" => {
                memory.lock().unwrap().logged_in.push(command);
                "235 welcome".to_owned()
            }
            "MAIL" => {
                let refusal = memory.lock().unwrap().refusal.clone();
                refusal.unwrap_or_else(|| "250 ok".to_owned())
            }
            "RCPT" => {
                command.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                "250 ok".to_owned()
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut raw = String::new();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.unwrap();
                    if line == ".\r\n" {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                memory.lock().unwrap().arrived.push(Arrived::parse(to.clone(), &raw));
                "250 taken".to_owned()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.unwrap_or_default();
                return Ended::Over;
            }
            _ => "250 ok".to_owned(),
        };
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return Ended::Over;
        }
    }
}
