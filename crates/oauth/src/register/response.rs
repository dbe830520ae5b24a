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
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
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
            metadata: &client.metadata,
        }
    }
}

/// A secret on its only way out.
struct Revealed<'a>(&'a Secret<String>);

impl Serialize for Revealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}
