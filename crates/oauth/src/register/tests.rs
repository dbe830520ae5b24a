//! What MCP clients register, and what must not be registered.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::client::{AuthMethod, Client, ClientId, GrantType, Origin, Profile};
use crate::secret::{ClientSecret, Token};
use crate::{Code, Decision};

fn under(policy: &RegistrationPolicy, document: &Value) -> Decision<Client> {
    let raw = RegistrationRequest::parse(document.to_string().as_bytes())?;
    register(policy, raw, ClientId::from_random([1; 16]), DateTime::UNIX_EPOCH)
}

fn dynamic(document: &Value) -> Decision<Client> {
    under(&RegistrationPolicy::dynamic(), document)
}

fn with(member: &str, value: Value) -> Value {
    let mut document = json!({"redirect_uris": ["https://app.test/cb"]});
    document[member] = value;
    document
}

#[track_caller]
fn refused(document: &Value, code: Code, about: &str) {
    let refusal = dynamic(document).unwrap_err();
    assert_eq!(refusal.code(), code, "{document}: {refusal}");
    assert!(refusal.description().contains(about), "{document}: {refusal}");
}

fn grants(document: &Value) -> Vec<GrantType> {
    dynamic(document).unwrap().metadata.grant_types.into_iter().collect()
}

#[test]
fn what_real_clients_send_is_registered() {
    for document in [
        json!({"client_name": "Claude Code (notes)", "redirect_uris": ["http://localhost:53682/callback"],
               "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
               "token_endpoint_auth_method": "none", "application_type": "native", "scope": "mcp:read offline_access"}),
        json!({"client_name": "Codex", "redirect_uris": ["http://127.0.0.1:49152/callback"],
               "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
               "response_types": ["code"], "application_type": "native"}),
        json!({"redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"], "client_name": "OpenCode",
               "client_uri": "https://opencode.ai", "grant_types": ["authorization_code", "refresh_token"]}),
        json!({"redirect_uris": ["http://127.0.0.1/", "http://127.0.0.1:33418/", "https://vscode.dev/redirect",
               "https://insiders.vscode.dev/redirect"], "client_name": "Visual Studio Code"}),
        json!({"redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback",
               "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
               "application_type": "web"}),
        json!({"redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
               "token_endpoint_auth_method": "client_secret_post", "client_name": "Claude"}),
        json!({"redirect_uris": ["http://localhost:3334/oauth/callback"], "client_uri": null, "logo_uri": "",
               "contacts": [], "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", "software_version": "0.15.1",
               "unknown_member": {"a": [1]}}),
    ] {
        let client = dynamic(&document).unwrap();
        assert_eq!((client.origin, client.profile), (Origin::Dynamic, Profile::Mcp));
        assert!(client.allows(GrantType::AuthorizationCode) && client.wants_refresh(), "{document}");
    }
}

#[test]
fn ruling_8_no_method_named_means_none() {
    let client = dynamic(&with("client_name", json!("x"))).unwrap();
    assert!(client.is_public());
    for method in ["client_secret_basic", "client_secret_post"] {
        let client = dynamic(&with("token_endpoint_auth_method", json!(method))).unwrap();
        assert!(client.metadata.token_endpoint_auth_method.has_secret() && !client.is_public());
    }
    for method in ["client_secret_jwt", "NONE"] {
        let document = with("token_endpoint_auth_method", json!(method));
        refused(
            &document,
            Code::InvalidClientMetadata,
            "use one of: none, client_secret_basic, client_secret_post, private_key_jwt",
        );
    }
    let mut keyed = with("token_endpoint_auth_method", json!("private_key_jwt"));
    refused(&keyed, Code::InvalidClientMetadata, "needs jwks or jwks_uri");
    keyed["jwks_uri"] = json!("https://app.test/jwks.json");
    let client = dynamic(&keyed).unwrap();
    assert!(!client.is_public() && !client.metadata.token_endpoint_auth_method.has_secret());
    keyed["token_endpoint_auth_signing_alg"] = json!("HS256");
    refused(&keyed, Code::InvalidClientMetadata, "must be one of ES256, EdDSA, PS256, RS256");
}

#[test]
fn dc_07_grants_that_are_not_offered_are_dropped_and_refused_when_nothing_else_is_left() {
    let both = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let named = |grants: Value| with("grant_types", grants);
    assert_eq!(grants(&with("client_name", json!("x"))), both);
    for absent in [json!([]), json!(null), json!([""])] {
        assert_eq!(grants(&named(absent)), both);
    }
    let mixed = json!(["authorization_code", "refresh_token", "client_credentials", "implicit"]);
    assert_eq!(grants(&named(mixed)), both);
    // Named without refresh_token: the client gets none (RT-10).
    assert_eq!(grants(&named(json!(["authorization_code", "implicit"]))), [GrantType::AuthorizationCode]);
    refused(
        &named(json!(["client_credentials"])),
        Code::InvalidClientMetadata,
        "grant_types: 'client_credentials'",
    );
    let device = json!(["urn:ietf:params:oauth:grant-type:device_code"]);
    refused(&named(device), Code::InvalidClientMetadata, "available are: authorization_code, refresh_token");
    refused(&named(json!(["refresh_token"])), Code::InvalidClientMetadata, "of no use without");
}

#[test]
fn dc_07_scope_is_a_hint_and_never_a_reason_to_refuse() {
    let client = dynamic(&with("scope", json!("mcp:read admin:* \u{fc}"))).unwrap();
    assert_eq!(client.metadata.scope.unwrap().to_string(), "admin:* mcp:read");
    assert_eq!(dynamic(&with("scope", json!(" "))).unwrap().metadata.scope, None);
}

#[test]
fn response_types_other_than_code_are_dropped_and_refused_when_alone() {
    for fine in [json!(["code"]), json!(["code", "id_token"]), json!([]), json!(null)] {
        let client = dynamic(&with("response_types", fine)).unwrap();
        assert_eq!(serde_json::to_value(client.metadata.response_types).unwrap(), json!(["code"]));
    }
    refused(
        &with("response_types", json!(["token"])),
        Code::InvalidClientMetadata,
        "response_types: 'token'",
    );
}

#[test]
fn dc_04_ru_06_dangerous_schemes_are_refused_in_every_uri_member() {
    const LISTS: [&str; 3] = ["redirect_uris", "post_logout_redirect_uris", "request_uris"];
    const TEXTS: [&str; 8] = [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "initiate_login_uri",
        "backchannel_logout_uri",
        "jwks_uri",
        "sector_identifier_uri",
    ];
    for uri in [
        "JaVaScRiPt:alert(1)",
        "\tjavascript:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///x",
        "blob:x",
        "about:x",
    ] {
        for member in LISTS {
            refused(&with(member, json!(["https://app.test/ok", uri])), Code::InvalidRedirectUri, "");
        }
        for member in TEXTS {
            refused(&with(member, json!(uri)), Code::InvalidRedirectUri, member);
        }
    }
    for member in TEXTS {
        for uri in [
            "http://app.test/",
            "app.test",
            "https://",
            "https://a@app.test/",
            "https://app.test/\u{e9}",
            "cursor://x",
        ] {
            refused(&with(member, json!(uri)), Code::InvalidClientMetadata, member);
        }
        assert!(dynamic(&with(member, json!("https://app.test/x"))).is_ok());
    }
    assert!(dynamic(&with("client_uri", json!("http://localhost:3000"))).is_ok());
}

#[test]
fn dc_01_addresses_that_would_be_fetched_are_https() {
    for uri in ["http://169.254.169.254/", "http://127.0.0.1/jwks.json", "http://app.test/jwks.json"] {
        refused(&with("jwks_uri", json!(uri)), Code::InvalidClientMetadata, "jwks_uri must be an https URL");
    }
}

#[test]
fn dc_05_documents_are_bounded() {
    let uris = |n: usize| (0..n).map(|i| format!("https://app.test/cb{i}")).collect::<Vec<_>>();
    assert!(dynamic(&json!({"redirect_uris": uris(16)})).is_ok());
    refused(&json!({"redirect_uris": uris(17)}), Code::InvalidRedirectUri, "at most 16");
    refused(&with("client_name", json!("x".repeat(201))), Code::InvalidClientMetadata, "client_name");
    refused(&with("software_id", json!("x".repeat(201))), Code::InvalidClientMetadata, "software_id");
    refused(&with("contacts", json!(vec!["x"; 11])), Code::InvalidClientMetadata, "contacts");
    let twice = json!({"redirect_uris": ["https://app.test/cb", "https://app.test/cb"]});
    assert_eq!(dynamic(&twice).unwrap().metadata.redirect_uris.len(), 1);
}

#[test]
fn redirect_uris_are_required_and_the_offending_one_is_named() {
    for none in [json!({}), json!({"redirect_uris": []}), json!({"redirect_uris": [null, ""]})] {
        refused(&none, Code::InvalidRedirectUri, "redirect_uris is required");
    }
    let mixed = json!({"redirect_uris": ["https://app.test/cb", "http://app.test/cb"]});
    refused(&mixed, Code::InvalidRedirectUri, "'http://app.test/cb' uses http");
    let logout = with("post_logout_redirect_uris", json!(["https://app.test/#x"]));
    refused(
        &logout,
        Code::InvalidRedirectUri,
        "post_logout_redirect_uris: redirect URI 'https://app.test/#x'",
    );
}

#[test]
fn wrong_types_name_their_member() {
    for (member, value, about) in [
        ("redirect_uris", json!("https://app.test/cb"), "redirect_uris must be an array of strings"),
        ("redirect_uris", json!([1]), "redirect_uris must be"),
        ("client_name", json!(1), "client_name must be a string"),
        ("client_name", json!("a\u{0}b"), "client_name contains a NUL"),
        ("contacts", json!(["a\u{0}b"]), "contacts must be"),
        ("scope", json!(["a"]), "scope must be a string"),
        ("jwks", json!({"keys": [{"kty": "oct", "k": "AA"}]}), "jwks: "),
        ("jwks", json!("x"), "jwks: "),
    ] {
        refused(&with(member, value), Code::InvalidClientMetadata, about);
    }
    for body in ["", "[]", "\"x\"", r#"{"client_name":"a","client_name":"b"}"#, "{} {}"] {
        assert_eq!(
            RegistrationRequest::parse(body.as_bytes()).unwrap_err().code(),
            Code::InvalidClientMetadata
        );
    }
    let key = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
    let mut both = with("jwks", key);
    assert!(dynamic(&both).is_ok());
    both["jwks_uri"] = json!("https://app.test/jwks.json");
    refused(&both, Code::InvalidClientMetadata, "exclude each other");
}

#[test]
fn ruling_1_private_use_schemes_are_for_public_clients() {
    let mut document = json!({"redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback"]});
    assert!(dynamic(&document).is_ok());
    document["token_endpoint_auth_method"] = json!("client_secret_basic");
    refused(&document, Code::InvalidRedirectUri, "only public clients");
}

#[test]
fn ru_07_the_operator_may_demand_reverse_dns_or_a_list() {
    let uri = |uri: &str| json!({"redirect_uris": [uri]});
    let reverse = RegistrationPolicy {
        private_use_schemes: PrivateUseSchemes::ReverseDns,
        ..RegistrationPolicy::dynamic()
    };
    assert!(under(&reverse, &uri("com.example.app:/cb")).is_ok());
    for bad in ["myapp:/cb", "com.example.app://h/cb", "com.example.app:cb"] {
        assert_eq!(under(&reverse, &uri(bad)).unwrap_err().code(), Code::InvalidRedirectUri, "{bad}");
    }
    let listed = RegistrationPolicy {
        private_use_schemes: PrivateUseSchemes::Listed(["cursor".to_owned()].into()),
        ..RegistrationPolicy::dynamic()
    };
    assert!(under(&listed, &uri("cursor://x/cb")).is_ok());
    assert!(under(&listed, &uri("cursor2://x/cb")).is_err());
}

#[test]
fn ru_10_allowed_hosts_are_compared_by_label() {
    let hosts: BTreeSet<String> = ["app.test".to_owned()].into();
    let policy = RegistrationPolicy { redirect_hosts: Some(hosts), ..RegistrationPolicy::dynamic() };
    let register = |uri: &str| under(&policy, &json!({"redirect_uris": [uri]}));
    for fine in ["https://app.test/cb", "https://eu.app.test/cb", "http://localhost/cb"] {
        assert!(register(fine).is_ok(), "{fine}");
    }
    for bad in
        ["https://appxtest/cb", "https://evilapp.test/cb", "https://app.test.evil.test/cb", "https://test/cb"]
    {
        assert_eq!(register(bad).unwrap_err().code(), Code::InvalidRedirectUri, "{bad}");
    }
}

#[test]
fn dc_11_application_type_is_stored_and_enforced_in_oidc_compat_only() {
    let document = |kind: &str, uri: &str| json!({"redirect_uris": [uri], "application_type": kind, "token_endpoint_auth_method": "client_secret_basic"});
    let client = dynamic(&document("web", "http://localhost/cb")).unwrap();
    assert_eq!(client.metadata.application_type.as_deref(), Some("web"));
    assert!(dynamic(&with("application_type", json!("toaster"))).is_ok());

    let compat = RegistrationPolicy { profile: Profile::OidcCompat, ..RegistrationPolicy::administrator() };
    assert!(under(&compat, &document("web", "https://app.test/cb")).is_ok());
    assert!(under(&compat, &document("native", "http://localhost/cb")).is_ok());
    for (kind, uri) in
        [("web", "http://localhost/cb"), ("native", "https://app.test/cb"), ("", "http://localhost/cb")]
    {
        let refusal = under(&compat, &document(kind, uri)).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidRedirectUri);
        assert!(refusal.description().contains("native has http on this computer"));
    }
}

#[test]
fn profiles_beyond_mcp_are_for_clients_that_can_prove_themselves_and_were_let_in() {
    let secret = with("token_endpoint_auth_method", json!("client_secret_basic"));
    let mut key = with("token_endpoint_auth_method", json!("private_key_jwt"));
    key["jwks_uri"] = json!("https://app.test/jwks.json");
    let public = with("client_name", json!("public"));
    for profile in [Profile::OidcCompat, Profile::Fapi2] {
        for stranger in [RegistrationPolicy::dynamic(), RegistrationPolicy::document()] {
            let stranger = RegistrationPolicy { profile, ..stranger };
            assert!([&secret, &key, &public].into_iter().all(|document| under(&stranger, document).is_err()));
        }
        for let_in in [
            RegistrationPolicy::invited(profile),
            RegistrationPolicy { profile, ..RegistrationPolicy::administrator() },
        ] {
            assert_eq!(under(&let_in, &key).unwrap().profile, profile);
            assert!(under(&let_in, &public).is_err());
            assert_eq!(
                under(&let_in, &secret).is_ok(),
                profile == Profile::OidcCompat,
                "fapi2 has keys only"
            );
        }
    }
    key["redirect_uris"] = json!(["http://localhost/cb"]);
    assert!(under(&RegistrationPolicy::invited(Profile::Fapi2), &key).is_err());
}

#[test]
fn an_administrator_may_register_machines_and_is_told_about_mistakes() {
    let policy = RegistrationPolicy::administrator();
    let machine = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_basic",
                         "scope": "mcp:read"});
    let client = under(&policy, &machine).unwrap();
    assert!(client.is_verified() && client.allows(GrantType::ClientCredentials) && !client.wants_refresh());
    assert!(client.metadata.response_types.is_empty() && client.metadata.redirect_uris.is_empty());
    assert_eq!(client.dedupe_digest(), None);
    for (document, about) in [
        (json!({"grant_types": ["client_credentials"]}), "needs a client that can prove who it is"),
        (with("grant_types", json!(["authorization_code", "implicit"])), "grant_types: 'implicit'"),
        (with("scope", json!("a\"b")), "scope: "),
    ] {
        let refusal = under(&policy, &document).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidClientMetadata);
        assert!(refusal.description().contains(about), "{refusal}");
    }
}

#[test]
fn dc_10_every_origin_refuses_the_same_dangerous_documents() {
    for origin in Origin::ALL {
        let policy = RegistrationPolicy { origin: *origin, ..RegistrationPolicy::administrator() };
        for document in [
            json!({}),
            json!({"redirect_uris": ["javascript:1"]}),
            json!({"redirect_uris": ["http://app.test/cb"]}),
            json!({"redirect_uris": ["https://app.test/cb#x"]}),
            json!({"redirect_uris": ["https://*.app.test/cb"]}),
            with("client_uri", json!("data:x")),
            with("post_logout_redirect_uris", json!(["file:///x"])),
            with("token_endpoint_auth_method", json!("client_secret_jwt")),
        ] {
            assert!(under(&policy, &document).is_err(), "{origin}: {document}");
        }
    }
}

#[test]
fn ruling_7_the_answer_has_no_null_and_no_empty_text() {
    let client =
        dynamic(&json!({"redirect_uris": ["http://localhost:1/cb"], "client_uri": null, "tos_uri": ""}))
            .unwrap();
    let answer = serde_json::to_value(RegistrationResponse::new(&client, None)).unwrap();
    assert_eq!(
        answer,
        json!({
            "client_id": client.id.as_str(),
            "client_id_issued_at": 0,
            "redirect_uris": ["http://localhost:1/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        })
    );
}

#[test]
fn ruling_7_a_secret_is_shown_once_and_never_expires() {
    let token = Token::<ClientSecret>::from_random([7; 32]);
    let client = dynamic(&with("token_endpoint_auth_method", json!("client_secret_post"))).unwrap();
    let client = client.with_secret(token.digest());
    assert_eq!(client.secret, Some(token.digest()));
    assert_eq!(client.metadata.token_endpoint_auth_method, AuthMethod::ClientSecretPost);
    let text = token.text();
    let answer = serde_json::to_value(RegistrationResponse::new(&client, Some(&text))).unwrap();
    assert_eq!(answer["client_secret"], text.expose().as_str());
    assert_eq!(answer["client_secret_expires_at"], json!(0));
    assert!(!format!("{client:?}").contains(text.expose()));
}
