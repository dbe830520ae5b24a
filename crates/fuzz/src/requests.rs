//! What clients and browsers send to the endpoints.

use std::sync::LazyLock;

use gatewright_oauth::authorize::{self, Prompts};
use gatewright_oauth::introspect::IntrospectRequest;
use gatewright_oauth::pkce::{Challenge, Verifier};
use gatewright_oauth::register::{self, RegistrationPolicy, RegistrationRequest};
use gatewright_oauth::resource::compare_key;
use gatewright_oauth::revoke::RevokeRequest;
use gatewright_oauth::{Client, ClientId, Params, RedirectUri, Scopes, TokenRequest, UserCode};
use url::Url;

use crate::{now, text, two};

/// What is accepted is what the URL standard reads, decoded once.
pub fn params(bytes: &[u8]) {
    let Ok(params) = Params::parse(bytes) else { return };
    let ours: Vec<(&str, &str)> = params.iter().collect();
    let theirs: Vec<_> = form_urlencoded::parse(bytes).collect();
    let theirs: Vec<(&str, &str)> = theirs.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(ours, theirs);
    for (name, _) in &ours {
        let one = params.one(name);
        assert!(one.is_err() || params.many(name).count() <= 1, "a parameter sent twice was taken");
    }
}

fn with_redirects(uris: &[&str]) -> Option<Client> {
    let json = serde_json::json!({ "redirect_uris": uris, "token_endpoint_auth_method": "none" });
    let request = RegistrationRequest::parse(json.to_string().as_bytes()).ok()?;
    register::register(&RegistrationPolicy::dynamic(), request, ClientId::from_random([1; 16]), now()).ok()
}

/// What matches is the registered URI, by another reading of both.
pub fn redirect(bytes: &[u8]) {
    let Some((registered, presented)) = two(bytes) else { return };
    let _ = RedirectUri::register(presented);
    let Some(client) = with_redirects(&[registered]) else { return };
    let Ok(matched) = client.match_redirect(Some(presented)) else {
        assert_ne!(registered, presented, "what is registered is refused");
        return;
    };
    assert_eq!(matched.as_str(), presented);
    let parsed = |uri: &str| Url::parse(uri).unwrap_or_else(|error| panic!("{uri} was accepted: {error}"));
    let (known, found) = (parsed(registered), parsed(presented));
    let without_port = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned));
    assert_eq!(without_port(&known), without_port(&found), "{registered} and {presented}");
    assert_eq!((known.path(), known.query()), (found.path(), found.query()));
    assert_eq!((found.fragment(), found.username(), found.password()), (None, "", None));
    if known.port_or_known_default() != found.port_or_known_default() {
        let host = found.host_str().unwrap_or_default();
        assert!(matches!(host, "127.0.0.1" | "[::1]" | "localhost"), "another port at {host}");
        assert_eq!(found.scheme(), "http");
    }
    // Whatever is answered, it goes there.
    let answer = parsed(&matched.respond(&[("code", "c"), ("state", registered)]));
    let place = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port());
    assert_eq!((place(&answer), answer.path()), (place(&found), found.path()));
    let state = answer.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    assert_eq!(state.as_deref(), Some(registered), "state came back as another");
}

static CLIENT: LazyLock<Option<Client>> =
    LazyLock::new(|| with_redirects(&["https://app.test/cb", "http://127.0.0.1/cb"]));

/// No request is answered anywhere but at its client.
pub fn request(bytes: &[u8]) {
    let Ok(params) = Params::parse_flawed(bytes) else { return };
    let _ = authorize::client_id(&params);
    let keys = authorize::resource_keys(&params).unwrap_or_default();
    assert!(keys.len() <= 8);
    if let Some(channel) = CLIENT.as_ref().and_then(|client| authorize::channel(&params, client).ok()) {
        let state = channel.state.as_deref().unwrap_or_default();
        let answer = channel.redirect.respond(&[("state", state), ("iss", "https://id.test")]);
        let at_home = ["https://app.test/cb?", "http://127.0.0.1/cb?", "http://127.0.0.1:"];
        assert!(at_home.iter().any(|home| answer.starts_with(home)), "{answer}");
        assert!(answer.bytes().all(|byte| byte.is_ascii_graphic()), "{answer}");
    }
    let _ = TokenRequest::parse(&params);
    let _ = RevokeRequest::parse(&params);
    let _ = IntrospectRequest::parse(&params);
}

/// Small words: what is accepted reads the same when it is written and read again.
pub fn words(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(scopes) = Scopes::parse(text) {
        assert_eq!(Scopes::parse(&scopes.to_string()).ok(), Some(scopes));
    }
    let _ = Scopes::hint(text);
    if let Ok(key) = compare_key(text) {
        assert_eq!(compare_key(&key).as_ref().ok(), Some(&key), "{text}");
    }
    if let Some(code) = UserCode::parse(text) {
        assert!(UserCode::parse(&code.to_string()) == Some(code));
    }
    if let Ok(id) = ClientId::parse(text) {
        assert_eq!(ClientId::parse(id.as_str()).ok(), Some(id));
    }
    if let Ok(verifier) = Verifier::parse(text) {
        let challenge = verifier.challenge();
        let again = Challenge::parse(&challenge.text(), Some("S256"));
        assert!(again.is_ok_and(|again| again.matches(&verifier)));
    }
    let _ = Challenge::parse(text, Some("S256"));
    let _ = Prompts::parse(text);
    let _ = gatewright_oauth::assurance::Acr::wanted(text);
}

/// A bearer token has no spaces and nothing else of the header in it.
pub fn bearer(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(Some(token)) = gatewright_oauth::bearer::token(Some(text)) {
        assert!(text.ends_with(token) && token.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
    }
}
