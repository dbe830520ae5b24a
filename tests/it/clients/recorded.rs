//! Documents as real clients publish them, each used as its client uses it.

use gatewright_jose::Algorithm;
use gatewright_tests::internet::Reply;
use gatewright_tests::{Az, Tokens, VERIFIER, World};
use serde_json::{Value, json};
use url::Url;

use super::{Signer, believing};

/// Id, document, and the redirect URI the client then asks with.
fn documents() -> Vec<(&'static str, Value, &'static str)> {
    let both = json!(["authorization_code", "refresh_token"]);
    vec![
        (
            "https://claude.ai/oauth/claude-code-client-metadata",
            json!({ "client_name": "Claude Code", "client_uri": "https://claude.ai", "grant_types": both,
                    "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
                    "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "http://localhost:53682/callback",
        ),
        (
            "https://claude.ai/oauth/mcp-oauth-client-metadata",
            json!({ "client_name": "Claude", "client_uri": "https://claude.ai", "grant_types": both,
                    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"], "response_types": ["code"],
                    "token_endpoint_auth_method": "none" }),
            "https://claude.ai/api/mcp/auth_callback",
        ),
        (
            "https://chatgpt.com/oauth/codex/client.json",
            json!({ "client_name": "Codex", "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none",
                    "application_type": "native" }),
            "http://127.0.0.1:49152/callback",
        ),
        (
            "https://vscode.dev/oauth/client-metadata.json",
            json!({ "client_name": "Visual Studio Code", "client_uri": "https://vscode.dev/product",
                    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
                    "response_types": ["code"], "token_endpoint_auth_method": "none", "application_type": "native",
                    "redirect_uris": ["http://127.0.0.1:33418/", "http://localhost:33418/", "https://vscode.dev/redirect"] }),
            "http://127.0.0.1:40404/",
        ),
        (
            "https://github.com/copilot/cli/client-metadata.json",
            json!({ "client_name": "GitHub Copilot CLI", "redirect_uris": ["http://127.0.0.1:33418/"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "http://127.0.0.1:51515/",
        ),
        (
            "https://zed.dev/oauth/client-metadata.json",
            json!({ "client_name": "Zed", "client_uri": "https://zed.dev", "redirect_uris": ["http://127.0.0.1/callback"],
                    "grant_types": both, "response_types": ["code"], "token_endpoint_auth_method": "none" }),
            "http://127.0.0.1:60001/callback",
        ),
        (
            "https://opencode.ai/oauth/opencode/client.json",
            json!({ "client_name": "OpenCode", "client_uri": "https://opencode.ai", "grant_types": both,
                    "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"], "response_types": ["code"],
                    "token_endpoint_auth_method": "none" }),
            "http://127.0.0.1:19876/mcp/oauth/callback",
        ),
    ]
}

async fn serve(world: &World, id: &str, document: &Value) {
    let url = Url::parse(id).unwrap();
    let mut document = document.clone();
    document["client_id"] = id.into();
    let site = world.internet.site(url.host_str().unwrap()).await;
    site.serve(url.path(), Reply::json(&document));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_document_signs_a_person_in_on_the_first_try() {
    let world = World::with(believing).await;
    for (id, document, redirect) in documents() {
        serve(&world, id, &document).await;
        let code = world.code(&Az::to(id, redirect)).await;
        let tokens = Tokens::of(&world.redeem(id, &code, &[("redirect_uri", redirect)]).await);
        Tokens::of(&world.refresh(id, tokens.refresh()).await);
    }
}

/// `ChatGPT` offers several methods, prefers its key, and signs for the token endpoint.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_chatgpt_is_used_with_its_key_and_its_audience() {
    const CHATGPT: &str = "https://chatgpt.com/oauth/connector/client.json";
    const REDIRECT: &str = "https://chatgpt.com/connector_platform_oauth_redirect";
    let world = World::with(believing).await;
    let signer = Signer::new(CHATGPT, Algorithm::Rs256);
    let document = json!({
        "client_name": "ChatGPT", "redirect_uris": [REDIRECT, "https://chatgpt.com/connector/oauth/abc"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "RS256",
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
    });
    let mut own = document.clone();
    own["client_id"] = CHATGPT.into();
    let site = world.internet.site("chatgpt.com").await;
    site.serve("/oauth/connector/client.json", Reply::json(&own));
    site.serve("/oauth/jwks.json", Reply::json(&signer.jwks()));
    let code = world.code(&Az::to(CHATGPT, REDIRECT)).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", CHATGPT),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
    ];
    let page = world.post("/token", &fields).await;
    super::refused(&page, 401, "invalid_client", "the weaker method is not the one it prefers");
    let mut claims = signer.claims(&world);
    claims["aud"] = format!("{}/token", world.issuer).into();
    Tokens::of(&signer.post(&world, "/token", &signer.sign(&claims), &fields).await);
    assert_eq!(site.asked("/oauth/jwks.json"), 1);
    // Nobody else may do that (CA-06).
    let other = super::with_key(&world, "other").await;
    let mut claims = other.claims(&world);
    claims["aud"] = format!("{}/token", world.issuer).into();
    super::refused(
        &other.own(&world, &other.sign(&claims)).await,
        401,
        "invalid_client",
        "the token endpoint",
    );
}
