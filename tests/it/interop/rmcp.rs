//! The official Rust SDK (`rmcp`), used as an application author uses it: connect, be refused,
//! discover, register, send the person to the browser, exchange, list tools, call them; then
//! refresh, step up, and live through a rotation of the server's signing keys.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;
use base64::Engine;
use gatewright_tests::browser::{Browser, Outcome};
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::auth::{
    AuthClient, AuthorizationCallback, AuthorizationManager, AuthorizationRequest, CredentialStore,
    InMemoryCredentialStore, OAuthState,
};
use rmcp::transport::streamable_http_client::{
    InsufficientScopeError, StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
};
use rmcp::{ServiceError, ServiceExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use super::Person;

/// An application built on `rmcp`, signed in.
pub(super) struct Application {
    session: RunningService<RoleClient, ()>,
    manager: Arc<Mutex<AuthorizationManager>>,
    store: InMemoryCredentialStore,
    callback: Callback,
    /// What the person saw, flow by flow.
    pub(super) visits: Vec<Outcome>,
}

impl Application {
    /// Connects to the MCP server; the refusal starts the authorization.
    pub(super) async fn connect(mcp_url: &str, browser: &Browser, person: &Person) -> Self {
        Self::introduced(mcp_url, (browser, person), None).await
    }

    /// The same for a client that describes itself in a document.
    pub(super) async fn introduced(
        mcp_url: &str,
        (browser, person): (&Browser, &Person),
        document: Option<&str>,
    ) -> Self {
        // The application chooses the TLS provider; rmcp's HTTP client comes without one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut callback = Callback::listen().await;

        let refused =
            ().serve(StreamableHttpClientTransport::from_uri(mcp_url)).await.expect_err("no token yet");
        let challenge = refused.auth_challenge().expect("a challenge").to_owned();

        let mut state = OAuthState::new(mcp_url, None).await.expect("a manager");
        let store = InMemoryCredentialStore::new();
        if let OAuthState::Unauthorized(manager) = &mut state {
            manager.set_credential_store(store.clone());
        }
        let mut request = AuthorizationRequest::new(&callback.url)
            .with_client_name("Interop rmcp")
            .with_challenge(challenge)
            .with_initial_scope_selection();
        if let Some(document) = document {
            request = request.with_client_metadata_url(document);
        }
        state.start_authorization(request).await.expect("discovery and registration");
        let url = state.get_authorization_url().await.expect("an authorization URL");
        let outcome = browser.open(person.visit(url)).await;
        state.handle_callback_url(&callback.next().await).await.expect("the code is exchanged");

        let manager = state.into_authorization_manager().expect("signed in");
        let client = AuthClient::new(http_client(), manager);
        let manager = Arc::clone(&client.auth_manager);
        let config = StreamableHttpClientTransportConfig::with_uri(mcp_url);
        let transport = StreamableHttpClientTransport::with_client(client, config);
        let session = ().serve(transport).await.expect("connected with the token");
        Self { session, manager, store, callback, visits: vec![outcome] }
    }

    /// Names of the tools on offer, sorted.
    pub(super) async fn tools(&self) -> Vec<String> {
        let tools = self.session.list_all_tools().await.expect("tools");
        let mut names: Vec<_> = tools.into_iter().map(|tool| tool.name.into_owned()).collect();
        names.sort();
        names
    }

    /// Calls a tool with the token at hand; `rmcp` refreshes when it has to.
    pub(super) async fn call(&self, tool: &'static str, arguments: Value) -> Result<String, ServiceError> {
        let mut params = CallToolRequestParams::new(tool);
        params.arguments = arguments.as_object().cloned();
        let result = self.session.call_tool(params).await?;
        assert!(result.is_error != Some(true), "{tool} failed: {result:?}");
        Ok(result.content.iter().filter_map(|part| part.as_text()).map(|part| part.text.as_str()).collect())
    }

    /// Calls a tool that needs more: the refusal names the scope, the person is asked again.
    pub(super) async fn step_up(
        &mut self,
        (browser, person): (&Browser, &Person),
        tool: &'static str,
        arguments: Value,
    ) -> String {
        let error = self.call(tool, arguments.clone()).await.expect_err("the token is not enough");
        let scope = required_scope(&error).unwrap_or_else(|| panic!("no insufficient_scope in {error:?}"));
        let url = self.manager.lock().await.request_scope_upgrade(&scope).await.expect("an upgrade");
        self.visits.push(browser.open(person.visit(url)).await);
        let answer =
            AuthorizationCallback::from_redirect_url(&self.callback.next().await).expect("an answer");
        let manager = self.manager.lock().await;
        manager
            .exchange_code_for_token_with_issuer(&answer.code, &answer.csrf_token, answer.issuer.as_deref())
            .await
            .expect("the code is exchanged");
        drop(manager);
        self.call(tool, arguments).await.expect("the new token is enough")
    }

    /// Lets the access token's lifetime pass: `rmcp` refreshes before the next request.
    pub(super) async fn expire(&self) {
        let mut stored = self.store.load().await.expect("memory").expect("signed in");
        stored.token_received_at = Some(0);
        self.store.save(stored).await.expect("memory");
    }

    /// The token response as the application stores it.
    pub(super) async fn tokens(&self) -> Value {
        let stored = self.store.load().await.expect("memory").expect("signed in");
        json!(stored.token_response)
    }

    /// The key that signed the access token.
    pub(super) async fn key(&self) -> String {
        let tokens = self.tokens().await;
        let token = tokens["access_token"].as_str().expect("an access token");
        let header = token.split('.').next().expect("a header");
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64url");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        header["kid"].as_str().expect("a kid").to_owned()
    }
}

/// The client's loopback redirect URI.
struct Callback {
    url: String,
    answers: mpsc::Receiver<String>,
}

impl Callback {
    async fn listen() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/callback", listener.local_addr().expect("an address"));
        let (sender, answers) = mpsc::channel(4);
        let received = url.clone();
        let page = move |RawQuery(query): RawQuery| async move {
            let query = query.unwrap_or_default();
            sender.send(format!("{received}?{query}")).await.expect("the application waits");
            Html("<!doctype html><title>Signed in</title><p>You can close this window.</p>")
        };
        let app = Router::new().route("/callback", get(page));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, answers }
    }

    async fn next(&mut self) -> String {
        self.answers.recv().await.expect("an authorization response")
    }
}

#[expect(clippy::disallowed_methods, reason = "an application of its own, outside the server")]
fn http_client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client")
}

/// The scope named by the 403 a call ran into.
fn required_scope(error: &ServiceError) -> Option<String> {
    let ServiceError::TransportSend(error) = error else { return None };
    let mut source: Option<&(dyn Error + 'static)> = Some(error.error.as_ref());
    while let Some(current) = source {
        if let Some(refused) = current.downcast_ref::<InsufficientScopeError>() {
            return refused.required_scope.clone();
        }
        source = current.source();
    }
    None
}
