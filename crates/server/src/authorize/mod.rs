//! `GET` and `POST /authorize` (RFC 6749 §4.1.1, OAuth 2.1 §4.1.1, RFC 8707, RFC 9207, OpenID Connect
//! Core §3.1.2).
//!
//! 1. The client is found and its redirect URI proven; until then every error is a page (AZ-01).
//! 2. The rest of the request is validated (`gatewright_oauth::authorize`); errors now go to the
//!    client, or to an interstitial when nobody vouches for it and nobody is signed in (AZ-09).
//! 3. Who is signed in and what they allowed is read in one statement; the pure decision says what
//!    comes next: sign in, ask, answer.
//! 4. `GET /authorize` itself writes nothing, whoever asks: the request travels on, sealed.
//!
//! `GET /authorize/resume` is where login comes back to, with the same sealed request, and where a person
//! who allowed all of it before gets the code: the same code for the same sealed request, so a reload
//! changes nothing.

pub mod flow;
pub mod http;

use crate::Capability;
use crate::offers::Announced;
use crate::words;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "authorize",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |surface, metadata| {
        metadata.authorization_endpoint = Some(surface.url("/authorize"));
        metadata.response_types_supported = vec!["code".to_owned()];
        metadata.response_modes_supported = vec!["query".to_owned(), "form_post".to_owned()];
        metadata.ui_locales_supported = words::ALL.iter().map(|words| words.tag().to_owned()).collect();
        metadata.code_challenge_methods_supported = vec!["S256".to_owned()];
        metadata.authorization_response_iss_parameter_supported =
            surface.authorization.advertise_iss.then_some(true);
        metadata.client_id_metadata_document_supported = match surface.documents {
            Announced::Yes => Some(true),
            Announced::No => None,
        };
    },
    jobs: &[],
};
