//! Clients as facts: names, digests, what is read back.

use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::register::{RegistrationPolicy, RegistrationRequest, register};

fn registered(document: &Value) -> Client {
    let raw: RegistrationRequest = serde_json::from_value(document.clone()).unwrap();
    register(&RegistrationPolicy::dynamic(), raw, ClientId::from_random([1; 16]), DateTime::UNIX_EPOCH)
        .unwrap()
}

fn base() -> Value {
    json!({
        "redirect_uris": ["http://localhost:4711/callback", "https://app.test/cb"],
        "client_name": "Notes",
        "scope": "mcp:read",
    })
}

fn with(member: &str, value: Value) -> Client {
    let mut document = base();
    document[member] = value;
    registered(&document)
}

#[test]
fn dc_12_identifiers_are_never_urls() {
    for n in 0..1_000_u128 {
        let id =
            ClientId::from_random((n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_0C4A_35B1_D1EF)).to_be_bytes());
        assert!(id.as_str().starts_with("c_") && !id.as_str().contains(':'));
        assert_eq!(ClientId::parse(id.as_str()).unwrap(), id);
    }
}

#[test]
fn identifiers_are_opaque_or_canonical_document_urls() {
    let document = "https://claude.ai/oauth/mcp-oauth-client-metadata";
    assert_eq!(ClientId::parse(document).unwrap(), ClientId::Document(document.into()));
    assert_eq!(ClientId::parse("c_x.y~z-1").unwrap(), ClientId::Opaque("c_x.y~z-1".into()));
    for bad in [
        "",
        "a b",
        "pub1;client_id=x",
        "a\0",
        "\u{e9}",
        "http://app.test/client.json",
        "https://app.test",
        "https://app.test/",
        "https://app.test/a/../b",
        "https://a@app.test/c",
        "https://app.test/c#f",
        "https://APP.test/c",
        "javascript:1",
        "https:///c",
        "urn:x",
    ] {
        assert_eq!(ClientId::parse(bad).unwrap_err().code(), Code::InvalidClient, "{bad:?}");
    }
    assert!(ClientId::parse(&"a".repeat(257)).is_err());
    let json = serde_json::to_string(&ClientId::parse(document).unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<ClientId>(&json).unwrap().as_str(), document);
}

#[test]
fn ci_08_consent_is_bound_to_redirects_name_method_and_keys() {
    let digest = registered(&base()).digest();
    assert_eq!(with("scope", json!("other")).digest(), digest);
    assert_eq!(with("client_uri", json!("https://app.test/")).digest(), digest);
    let reordered = json!(["https://app.test/cb", "http://localhost:1/callback"]);
    assert_eq!(with("redirect_uris", reordered).digest(), digest);
    for (member, value) in [
        ("redirect_uris", json!(["https://app.test/cb"])),
        ("redirect_uris", json!(["http://localhost:4711/callback", "https://evil.test/cb"])),
        ("client_name", json!("Other")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("jwks_uri", json!("https://app.test/jwks.json")),
        (
            "jwks",
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}),
        ),
    ] {
        assert_ne!(with(member, value).digest(), digest, "{member}");
    }
}

#[test]
fn dc_05_identical_public_registrations_have_one_digest() {
    let digest = registered(&base()).dedupe_digest();
    assert!(digest.is_some());
    let other_port = json!(["http://localhost:9/callback", "https://app.test/cb"]);
    assert_eq!(with("redirect_uris", other_port).dedupe_digest(), digest);
    let other_order = json!(["https://app.test/cb", "http://localhost/callback"]);
    assert_eq!(with("redirect_uris", other_order).dedupe_digest(), digest);
    for (member, value) in [
        ("redirect_uris", json!(["http://127.0.0.1:4711/callback", "https://app.test/cb"])),
        ("redirect_uris", json!(["https://app.test/cb"])),
        ("client_name", json!("Notes2")),
        ("scope", json!("mcp:write")),
        ("grant_types", json!(["authorization_code"])),
        ("application_type", json!("native")),
        ("client_uri", json!("https://app.test/")),
        ("software_version", json!("2")),
        ("post_logout_redirect_uris", json!(["https://app.test/bye"])),
    ] {
        assert_ne!(with(member, value).dedupe_digest(), digest, "{member}");
    }
    assert_eq!(with("token_endpoint_auth_method", json!("client_secret_post")).dedupe_digest(), None);
    assert_eq!(Client { origin: Origin::Administrator, ..registered(&base()) }.dedupe_digest(), None);
}

#[test]
fn dc_06_a_claimed_name_is_marked_until_an_administrator_vouches() {
    let client = with("client_name", json!("\u{421}laude"));
    assert_eq!(client.shown_name().confusable_with, Some("Claude"));
    let genuine = with("client_name", json!("Claude"));
    assert_eq!(genuine.shown_name(), ClaimedName { text: "Claude".into(), confusable_with: Some("Claude") });
    let verified = Client { voucher: Voucher::Administrator, ..genuine };
    assert_eq!(verified.shown_name().confusable_with, None);
}

#[test]
fn dc_04_only_what_is_fit_to_be_followed_is_linked_to() {
    let pages = |members: Value| {
        let mut stored = json!({ "grant_types": [], "token_endpoint_auth_method": "none" });
        stored.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        // As a row of another day is read, not as it is registered now.
        Client { metadata: serde_json::from_value(stored).unwrap(), ..registered(&base()) }
    };
    let client =
        pages(json!({ "client_uri": "https://app.test", "tos_uri": "https://legal.test:8443/tos?v=2#top" }));
    let linked: Vec<LinkedPage<'_>> = client.linked_pages().collect();
    let page = |about, address, host| LinkedPage { about, address, host };
    assert_eq!(
        linked,
        [
            page(About::Website, "https://app.test", "app.test"),
            page(About::Terms, "https://legal.test:8443/tos?v=2#top", "legal.test:8443"),
        ]
    );
    let long = format!("https://app.test/{}", "x".repeat(2048));
    for address in [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http://app.test/",
        "http://localhost:3000/",
        "ftp://app.test/",
        "//app.test/",
        "/privacy",
        "",
        "https:app.test",
        "https:///app.test",
        "https://",
        "https://bank.test@evil.test/",
        "https://bank.test\\@evil.test/",
        "https://app.test:99999/",
        "https://app.test/\u{202e}",
        "https://\u{430}pp.test/",
        "https://0x7f.1/",
        "https://app.test/ x",
        "https://app.test/\"onclick",
        &long,
    ] {
        for member in ["client_uri", "policy_uri", "tos_uri"] {
            assert_eq!(pages(json!({ member: address })).linked_pages().count(), 0, "{member} {address}");
        }
    }
}

#[test]
fn ui_01_a_client_without_a_visible_name_is_called_by_its_host() {
    assert_eq!(with("client_name", json!("\u{200B}\u{202E}")).shown_name().text, "app.test");
    let local = registered(&json!({"redirect_uris": ["http://localhost/cb"]}));
    assert_eq!(local.shown_name().text, "Unnamed app");
    assert_eq!(local.claimed_name(), None, "nobody is quoted with words of ours");
}

#[test]
fn stored_metadata_is_read_back_whatever_policy_says_today() {
    let client = registered(&base());
    let json = serde_json::to_value(&client.metadata).unwrap();
    assert_eq!(serde_json::from_value::<ClientMetadata>(json.clone()).unwrap(), client.metadata);
    assert!(json.as_object().unwrap().values().all(|value| !value.is_null() && value != ""));

    let old = json!({
        "redirect_uris": ["http://legacy.test/cb"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "later_member": 1,
    });
    let old: ClientMetadata = serde_json::from_value(old).unwrap();
    assert_eq!(old.redirect_uris[0].as_str(), "http://legacy.test/cb");
}

#[test]
fn post_logout_redirects_are_matched_like_the_others() {
    let client = with("post_logout_redirect_uris", json!(["https://app.test/bye"]));
    assert!(client.match_post_logout_redirect("https://app.test/bye").is_ok());
    assert!(client.match_post_logout_redirect("https://app.test/cb").is_err());
    assert!(client.match_redirect(Some("https://app.test/bye")).is_err());
}

#[test]
fn words_are_the_same_everywhere() {
    for method in AuthMethod::ALL {
        assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        assert_eq!(method.as_str().parse(), Ok(*method));
    }
    assert_eq!("client_secret_jwt".parse::<AuthMethod>(), Err(UnknownWord));
    assert_eq!("dynamic".parse(), Ok(Origin::Dynamic));
    assert_eq!("oidc_compat".parse(), Ok(Profile::OidcCompat));
}
