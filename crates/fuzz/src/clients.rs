//! What clients say about themselves.

use std::sync::LazyLock;

use gatewright_jose::KeySet;
use gatewright_oauth::assertion::{self, Audiences};
use gatewright_oauth::document;
use gatewright_oauth::register::{self, RegistrationPolicy, RegistrationRequest, RegistrationResponse};
use gatewright_oauth::{Client, ClientId, Profile, RedirectUri};

use crate::{now, text};

/// Whoever is let in can be let in again as they are described to them.
pub fn registration(bytes: &[u8]) {
    let policies = [
        RegistrationPolicy::dynamic(),
        RegistrationPolicy::invited(Profile::OidcCompat),
        RegistrationPolicy::administrator(),
    ];
    for policy in policies {
        let Ok(request) = RegistrationRequest::parse(bytes) else { return };
        let id = ClientId::from_random([1; 16]);
        let Ok(client) = register::register(&policy, request, id.clone(), now()) else { continue };
        sound(&client);
        let described = serde_json::to_vec(&RegistrationResponse::new(&client, None)).unwrap_or_default();
        let again = RegistrationRequest::parse(&described)
            .and_then(|request| register::register(&policy, request, id, now()));
        let again = again.unwrap_or_else(|refusal| panic!("refused as it was described: {refusal:?}"));
        assert_eq!(again.metadata, client.metadata);
    }
}

/// A document speaks for its own address only.
pub fn document(bytes: &[u8]) {
    let Ok(url) = ClientId::parse("https://app.test/client.json") else { return };
    if let Ok(client) = document::client(&RegistrationPolicy::document(), &url, bytes, now()) {
        assert_eq!(client.id, url);
        sound(&client);
    }
}

fn sound(client: &Client) {
    for uri in &client.metadata.redirect_uris {
        assert_eq!(RedirectUri::register(uri.as_str()).as_ref().ok(), Some(uri));
        assert!(client.match_redirect(Some(uri.as_str())).is_ok(), "{}", uri.as_str());
    }
}

static CLIENT: LazyLock<Option<Client>> = LazyLock::new(|| {
    let json = br#"{"redirect_uris":["https://app.test/cb"],"token_endpoint_auth_method":"private_key_jwt",
        "jwks_uri":"https://app.test/keys"}"#;
    let request = RegistrationRequest::parse(json).ok()?;
    register::register(&RegistrationPolicy::dynamic(), request, ClientId::from_random([1; 16]), now()).ok()
});

/// Nobody's assertion is believed without a key.
pub fn assertion(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let _ = assertion::claimed_client(text);
    let Some(client) = CLIENT.as_ref() else { return };
    let audiences = Audiences { issuer: "https://id.test", token_endpoint: None };
    assert!(assertion::verify(text, client, &KeySet::default(), (&audiences, now())).is_err());
}
