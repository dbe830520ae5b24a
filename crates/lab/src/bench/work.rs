//! The kinds of work, what limits each, and the goals.

use std::fmt;

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Work {
    /// `POST /token` with `client_credentials`: a secret, an ES256 signature, one durable event.
    ClientCredentials,
    /// The same for a resource whose tokens are signed with RS256.
    #[serde(rename = "client_credentials_rs256")]
    #[value(name = "client_credentials_rs256")]
    ClientCredentialsRs256,
    /// `POST /token` with `authorization_code`: one read, one durable write, an ES256 signature.
    CodeExchange,
    /// `POST /token` with `refresh_token`: likewise.
    Refresh,
    /// `GET /authorize` with a live session and a remembered answer, then `POST /token` with the code.
    SessionFlow,
    /// `POST /introspect` of access tokens it has seen before.
    Introspection,
    /// `GET /jwks`.
    Jwks,
}

impl Work {
    /// In the order of the report.
    pub const ALL: [Work; 7] = [
        Work::ClientCredentials,
        Work::ClientCredentialsRs256,
        Work::CodeExchange,
        Work::Refresh,
        Work::SessionFlow,
        Work::Introspection,
        Work::Jwks,
    ];

    /// The least share of the first limit that satisfies, in percent.
    pub const fn goal(self) -> f64 {
        match self {
            Work::ClientCredentials => 50.0,
            Work::ClientCredentialsRs256 => 85.0,
            Work::CodeExchange => 100.0,
            Work::Refresh => 60.0,
            // 3,600 where the redemption alone does 16,800.
            Work::SessionFlow => 21.0,
            Work::Introspection => 40.0,
            Work::Jwks => 90.0,
        }
    }

    /// What it is compared with. The goal is about the first; the others explain.
    pub const fn limits(self) -> &'static [Limit] {
        match self {
            Work::ClientCredentials => &[Limit::BareSigning, Limit::Signatures, Limit::Events],
            Work::ClientCredentialsRs256 => &[Limit::BareSigningRs256, Limit::SignaturesRs256],
            Work::CodeExchange | Work::Refresh => &[Limit::Statement, Limit::StoreFunctions],
            Work::SessionFlow => &[Limit::Statement],
            Work::Introspection | Work::Jwks => &[Limit::BareBytes],
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Work::ClientCredentials => "client_credentials",
            Work::ClientCredentialsRs256 => "client_credentials_rs256",
            Work::CodeExchange => "code_exchange",
            Work::Refresh => "refresh",
            Work::SessionFlow => "session_flow",
            Work::Introspection => "introspection",
            Work::Jwks => "jwks",
        })
    }
}

/// What the machine could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// axum returning the same bytes.
    BareBytes,
    /// axum comparing a secret and signing with ES256.
    BareSigning,
    /// The same with RS256, by aws-lc-rs.
    BareSigningRs256,
    /// Signing with ES256 on every core, without HTTP.
    Signatures,
    /// The same with RS256.
    SignaturesRs256,
    /// The durable event of a client credentials request, by a bare sqlx loop.
    Events,
    /// The guarded change of one request without the read before it, one statement for each, by a bare sqlx loop.
    Statement,
    /// The read and the change through the store's functions and its pool.
    StoreFunctions,
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Limit::BareBytes => "bare axum, same bytes",
            Limit::BareSigning => "bare axum, secret + ES256",
            Limit::BareSigningRs256 => "bare axum, secret + RS256",
            Limit::SignaturesRs256 => "RS256 signatures alone",
            Limit::Signatures => "ES256 signatures alone",
            Limit::Events => "its event, bare sqlx",
            Limit::Statement => "its change alone, bare sqlx",
            Limit::StoreFunctions => "its read + change, store functions",
        })
    }
}
