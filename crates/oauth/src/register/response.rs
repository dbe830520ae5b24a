//! The registration answer (RFC 7591 §3.2.1), as strict clients need it: no `null`, no empty strings, numbers as
//! numbers, and the five members that some of them cannot do without (ruling 7).

use serde::{Serialize, Serializer};

use crate::client::{Client, ClientMetadata};
use crate::secret::Secret;

/// The answer. Serialising it is the one time a client secret is shown.
#[derive(Serialize)]
pub struct RegistrationResponse<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Revealed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<Revealed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_client_uri: Option<String>,
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
}

/// What a client manages its registration with (RFC 7592 §3).
pub struct Management<'a> {
    /// `registration_client_uri`.
    pub uri: String,
    /// `registration_access_token`.
    pub token: &'a Secret<String>,
}

impl<'a> RegistrationResponse<'a> {
    /// The answer for `client`, with the secret it was just given.
    pub fn new(client: &'a Client, secret: Option<&'a Secret<String>>) -> Self {
        Self {
            client_id: client.id.as_str(),
            client_id_issued_at: client.created_at.timestamp(),
            client_secret: secret.map(Revealed),
            // Never: clients do not come back for a new one.
            client_secret_expires_at: secret.map(|_| 0),
            registration_access_token: None,
            registration_client_uri: None,
            metadata: &client.metadata,
        }
    }

    /// The same for a client that manages its registration.
    #[must_use]
    pub fn managed(self, management: Option<Management<'a>>) -> Self {
        let Some(Management { uri, token }) = management else { return self };
        Self { registration_client_uri: Some(uri), registration_access_token: Some(Revealed(token)), ..self }
    }
}

/// A secret on its only way out.
struct Revealed<'a>(&'a Secret<String>);

impl Serialize for Revealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}
