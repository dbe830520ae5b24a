//! `[listen]`: where the server listens and who stands in front of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::reader::Section;

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The public listener.
    pub address: SocketAddr,
    /// Health, readiness and metrics. Loopback unless told otherwise: it authenticates nobody.
    pub admin_address: SocketAddr,
    /// Networks whose `X-Forwarded-For` is believed. Empty: nobody's.
    pub trust_proxy: Vec<IpNet>,
    /// Where the certificate comes from; `None` for plain HTTP.
    pub tls: Option<Tls>,
}

/// Where the certificate of the public listener comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// PEM files: the certificate with its chain, and its private key.
    Files {
        /// The certificate, followed by its intermediates.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// A local certificate authority made by `--dev-tls`. Cannot be written in a file.
    Development,
}

impl Default for Listen {
    fn default() -> Self {
        Listen {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            trust_proxy: Vec::new(),
            tls: None,
        }
    }
}

impl Listen {
    pub(super) fn read(mut section: Section<'_, '_>) -> Listen {
        let mut listen = Listen::default();
        section.parse("address", &mut listen.address, "\"0.0.0.0:8080\"");
        section.parse("admin_address", &mut listen.admin_address, "\"127.0.0.1:9090\"");
        section.parse_all("trust_proxy", &mut listen.trust_proxy, "[\"10.0.0.0/8\"]");
        listen.tls = read_tls(section.section("tls"));
        if listen.address == listen.admin_address && listen.address.port() != 0 {
            let hint = "give the two listeners different ports".to_owned();
            section.refuse("admin_address", None, ("is the same as `listen.address`".to_owned(), Some(hint)));
        }
        section.finish();
        listen
    }
}

fn read_tls(mut section: Section<'_, '_>) -> Option<Tls> {
    let certificate = section.path("certificate");
    let key = section.path("key");
    let tls = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(Tls::Files { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            section.refuse("key", None, missing("the certificate's private key"));
            None
        }
        (None, Some(_)) => {
            section.refuse("certificate", None, missing("the certificate and its chain"));
            None
        }
    };
    section.finish();
    tls
}

fn missing(what: &str) -> (String, Option<String>) {
    ("is missing".to_owned(), Some(format!("name the PEM file with {what}")))
}
