//! Threat rows RU-01 to RU-14 as far as they are rules about strings.

use chrono::DateTime;

use super::*;
use crate::client::{ClientId, Profile};
use crate::register::{RegistrationPolicy, RegistrationRequest, register};

fn client(uris: &[&str]) -> Client {
    let raw = RegistrationRequest {
        redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        ..RegistrationRequest::default()
    };
    register(&RegistrationPolicy::dynamic(), raw, ClientId::from_random([0; 16]), DateTime::UNIX_EPOCH)
        .unwrap()
}

pub(super) fn matches(registered: &str, presented: &str) -> bool {
    client(&[registered]).match_redirect(Some(presented)).is_ok()
}

#[track_caller]
fn refused(text: &str) -> String {
    let refusal = RedirectUri::register(text).unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidRedirectUri);
    refusal.description().to_owned()
}

#[test]
fn ru_01_neither_prefix_nor_suffix_nor_anything_equivalent_matches() {
    let registered = "https://app.test/cb";
    assert!(matches(registered, registered));
    for presented in [
        "/cb",
        "https://app.test/cb/",
        "https://app.test/cb?x=1",
        "https://app.test/cb#f",
        "https://app.test/CB",
        "https://app.test/cb/..;/x",
        "https://app.test/cb%2e",
        "https://app.test/%63b",
        "https://app.test/cb%252f",
        "https://app.test/cb.evil",
        "https://app.test/x/../cb",
        "https://app.test//cb",
        "https://app.test/./cb",
        "https://app.test:443/cb",
        "https://app.test./cb",
        "https://app.test\\cb",
        "https:/app.test/cb",
        "https:app.test/cb",
        "//app.test/cb",
        " https://app.test/cb",
        "https://app.test/cb ",
        "https://app.test/cb\0",
        "https://app.test/cb?",
        "http://app.test/cb",
        "https://evil.test/cb",
        "",
    ] {
        assert!(!matches(registered, presented), "{presented:?}");
    }
}

#[test]
fn ru_01_the_path_of_a_bare_origin_may_be_empty_or_a_slash() {
    for (registered, presented) in [
        ("https://app.test", "https://app.test/"),
        ("https://app.test/", "https://app.test"),
        ("http://127.0.0.1:33418", "http://127.0.0.1:5000/"),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:5000"),
    ] {
        assert!(matches(registered, presented), "{registered} {presented}");
    }
    assert!(!matches("https://app.test/", "https://app.test//"));
    assert!(!matches("https://app.test/?x=1", "https://app.test?x=1"));
    assert!(!matches("com.example.app://h", "com.example.app://h/"));
}

#[test]
fn ru_02_user_information_is_refused_and_cannot_be_introduced() {
    for text in ["https://a@b.test/", "https://a:b@b.test/", "https://@b.test/", "http://x@127.0.0.1/cb"] {
        assert!(refused(text).contains("user information"), "{text}");
    }
    for presented in [
        "http://127.0.0.1:80@evil.test/cb",
        "http://127.0.0.1@evil.test/cb",
        "http://evil.test@127.0.0.1/cb",
        "http://127.0.0.1:@evil.test:80/cb",
    ] {
        assert!(!matches("http://127.0.0.1/cb", presented), "{presented}");
    }
}

#[test]
fn ru_03_loopback_is_three_exact_names() {
    for text in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.nip.io/cb",
        "http://localhost./cb",
        "http://LOCALHOST/cb",
        "http://127.0.0.2/cb",
        "http://[::2]/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
        "http://app.test/cb",
        "http:///cb",
        "http:/cb",
        "http://localhost:x/cb",
        "http://localhost:/cb",
        "http://localhost:99999/cb",
        "http://localhost:080/cb",
    ] {
        assert!(refused(text).contains("only for 127.0.0.1, [::1] and localhost"), "{text}");
        assert!(!matches("http://localhost/cb", text), "{text}");
    }
}

#[test]
fn ru_04_loopback_only_the_port_may_differ() {
    for presented in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://127.0.0.1:80/cb"] {
        assert!(matches("http://127.0.0.1/cb", presented));
        assert!(matches("http://127.0.0.1:33418/cb", presented));
    }
    for presented in [
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:51004/evil",
        "https://127.0.0.1:51004/cb",
        "http://[::1]:1/cb2",
        "http://localhost:51004/cb",
        "http://127.0.0.1:51004/cb#f",
        "http://127.0.0.1:/cb",
    ] {
        assert!(!matches("http://127.0.0.1/cb", presented), "{presented}");
    }
    assert!(matches("http://localhost:1/cb?a=b", "http://localhost:2/cb?a=b"));
    assert!(!matches("http://localhost:1/cb?a=b", "http://localhost:2/cb?a=c"));
    assert!(matches("http://[::1]/cb", "http://[::1]:8080/cb"));
}

#[test]
fn ru_04_the_trusted_redirect_keeps_the_port_that_was_presented() {
    let client = client(&["http://127.0.0.1:1/cb"]);
    let trusted = client.match_redirect(Some("http://127.0.0.1:51004/cb")).unwrap();
    assert_eq!(trusted.as_str(), "http://127.0.0.1:51004/cb");
    assert_eq!(
        (trusted.kind(), trusted.origin().as_str()),
        (RedirectKind::Loopback, "http://127.0.0.1:51004")
    );
    assert_eq!(TrustedRedirect::reopen(&client, trusted.as_str()).unwrap(), trusted);
    assert!(TrustedRedirect::reopen(&client, "http://127.0.0.1:51004/other").is_err());
}

#[test]
fn ru_05_numeric_hosts_are_refused() {
    for text in [
        "http://0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "https://0/",
        "https://2130706433/cb",
        "https://0x7f.1/cb",
        "https://[::ffff:127.0.0.1]/cb",
        "https://[::ffff:7f00:1]/cb",
        "https://0.0.0.0/cb",
        "https://[::]/cb",
        "https://127.1/cb",
        "https://[::01]/cb",
    ] {
        refused(text);
    }
}

#[test]
fn ru_05_what_is_registered_is_what_browsers_visit() {
    for text in [
        "https://app.test:443/cb",
        "https://APP.test/cb",
        "HTTPS://app.test/cb",
        "https://app.test/a/../cb",
        "https://app.test/%2e%2e/cb",
        "https://app.test:08443/cb",
        "https://app.test:/cb",
        "https:app.test",
        "https:///app.test/cb",
        "https://b\u{fc}cher.test/cb",
        "https://app.test/c b",
        "https://app.test/\\evil",
        "https://app.test/%zz",
        "https://a%62c.test/",
        "https://*.app.test/cb",
        "https://",
        "cb",
        "/cb",
        "",
    ] {
        assert!(!refused(text).is_empty(), "{text}");
    }
    refused(&format!("https://app.test/{}", "a".repeat(2048)));
    for text in [
        "https://app.test",
        "https://app.test/",
        "https://app.test?x=1",
        "https://app.test/cb?x=%2F&y",
        "https://[2001:db8::1]/cb",
        "http://127.0.0.1:80/cb",
        "http://localhost",
        "http://localhost:0/cb",
        "https://xn--bcher-kva.test/cb",
        "https://app.test/a/*/b",
    ] {
        assert!(RedirectUri::register(text).is_ok(), "{text}");
    }
}

#[test]
fn ru_06_dangerous_schemes_are_refused_however_they_are_written() {
    for text in [
        "JaVaScRiPt:alert(1)",
        "\tjavascript:1",
        "java\nscript:1",
        " javascript:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.test/x",
        "filesystem:https://app.test/x",
        "intent://x#Intent;end",
        "ms-msdt:/id",
        "MS-Settings:",
        "search-ms:query",
        "view-source:https://app.test",
        "web+javascript:x",
        "ws://app.test/",
        "wss://app.test/",
        "ftp://app.test/",
        "mailto:a@b.test",
        "tel:1",
        "urn:ietf:wg:oauth:2.0:oob",
        "x-data:1",
    ] {
        assert!(refused(text).contains("a scheme that no app may use"), "{text}");
    }
}

#[test]
fn ru_07_private_use_schemes_of_real_clients_are_accepted_and_matched_byte_for_byte() {
    for text in [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/cb",
        "vscode://vscode.github-authentication/did",
        "myapp:cb",
        "msauth.com.example.app://auth",
        "com.acme.data:/cb",
    ] {
        let uri = RedirectUri::register(text).unwrap();
        assert_eq!(uri.kind(), RedirectKind::PrivateUse);
        assert!(uri.admit(text).is_some());
        assert!(uri.admit(&text.to_ascii_uppercase()).is_none());
        assert!(uri.admit(&format!("{text}/")).is_none());
    }
    assert!(refused("myapp:").contains("nothing behind its scheme"));
    assert!(refused("com.Example.app:/cb").contains("lower-case"));
    let trusted = client(&["com.example.app:/cb"]).match_redirect(None).unwrap();
    assert_eq!(
        (trusted.origin().as_str(), trusted.host_shown().ascii.as_str()),
        ("com.example.app:", "com.example.app")
    );
}

#[test]
fn ru_08_a_fragment_is_refused_even_when_empty() {
    for text in ["https://a.test/cb#x", "https://a.test/cb#", "com.example.app:/cb#x"] {
        assert!(refused(text).contains("fragment"), "{text}");
    }
}

#[test]
fn ru_09_matching_is_case_sensitive() {
    assert!(!matches("https://app.test/cb", "https://APP.test/cb"));
    assert!(!matches("https://app.test/cb", "HTTPS://app.test/cb"));
    assert!(!matches("http://localhost/cb", "http://LOCALHOST:1/cb"));
}

#[test]
fn ru_11_an_absent_redirect_uri_means_the_only_one() {
    let one = client(&["https://app.test/cb"]);
    assert_eq!(one.match_redirect(None).unwrap().as_str(), "https://app.test/cb");
    assert!(client(&["https://app.test/cb", "https://app.test/cb2"]).match_redirect(None).is_err());
    for profile in [Profile::OidcCompat, Profile::Fapi2] {
        assert!(Client { profile, ..one.clone() }.match_redirect(None).is_err());
    }
}

#[test]
fn ru_14_punycode_is_shown_beside_what_it_means() {
    let shown = |text: &str| RedirectUri::register(text).unwrap().host_shown();
    let fake = shown("https://xn--pple-43d.com/cb");
    assert_eq!((fake.ascii.as_str(), fake.unicode.as_deref()), ("xn--pple-43d.com", Some("\u{430}pple.com")));
    assert!(fake.mixed_scripts);
    let whole = shown("https://xn--80ak6aa92e.com/cb");
    assert!(whole.mixed_scripts, "all Cyrillic, reads like apple");
    let honest = shown("https://xn--bcher-kva.test:8443/cb");
    assert_eq!((honest.unicode.as_deref(), honest.port), (Some("b\u{fc}cher.test"), Some(8443)));
    assert!(!honest.mixed_scripts);
    let plain = shown("https://app.test/cb");
    assert_eq!((plain.unicode, plain.port, plain.mixed_scripts), (None, None, false));
}

#[test]
fn co_11_answers_are_form_encoded_behind_an_existing_query() {
    let respond = |uri: &str, parameters: &[(&str, &str)]| {
        client(&[uri]).match_redirect(None).unwrap().respond(parameters)
    };
    let answer = [("code", "gw_ac_x"), ("state", "a\r\nSet-Cookie:x=1 &#"), ("iss", "https://as.test")];
    let encoded = "code=gw_ac_x&state=a%0D%0ASet-Cookie%3Ax%3D1+%26%23&iss=https%3A%2F%2Fas.test";
    for (uri, joint) in [
        ("https://app.test/cb", "?"),
        ("https://app.test/cb?", ""),
        ("https://app.test/cb?tenant=7", "&"),
        ("https://app.test", "?"),
        ("com.example.app:/cb", "?"),
    ] {
        assert_eq!(respond(uri, &answer), format!("{uri}{joint}{encoded}"));
    }
}

#[test]
fn az_18_a_redirect_uri_cannot_bring_its_own_answer() {
    for name in ["code", "state", "iss", "error", "%63ode"] {
        assert!(refused(&format!("https://app.test/cb?x=1&{name}=y")).contains("belongs to the answer"));
    }
}

#[test]
fn a_stored_redirect_uri_is_read_back_without_todays_policy() {
    let old: RedirectUri = serde_json::from_str(r#""http://legacy.test/cb?code=1""#).unwrap();
    assert_eq!(old.kind(), RedirectKind::Web);
    for bad in [r#""no scheme""#, r#""https://a.test/cb#x""#, r#""https://a.test/c\nb""#] {
        assert!(serde_json::from_str::<RedirectUri>(bad).is_err(), "{bad}");
    }
}
