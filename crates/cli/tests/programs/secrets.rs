//! LK-01 with the program itself: everything it gives out is used, well and badly, and none of it is in what it says
//! at its most talkative.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::administer::run;
use super::process::{PATIENCE, Process};
use super::serve::{LISTENS, configure};

const PASSWORD: &str = "canary password of carol";
const WRONG: &str = "canary password that is wrong";
const WRONG_VERIFIER: &str = "canary-verifier-that-is-wrong-but-well-formed-0";
const STATE: &str = "canary-state-of-the-client";
/// And the challenge made of it (RFC 7636 §4.2).
const VERIFIER: &str = "gatewright-canary-verifier-0123456789-abcdefghij";
const CHALLENGE: &str = "FhKobw_BR-85V6-eFY45oSbuTDuCWXIK0RZj2dr18As";
const CALLBACK: &str = "https://app.test/cb";
const RESOURCE: &str = "https://notes.test/mcp";

/// Somebody who uses the server, and remembers every secret they get.
struct User {
    http: Client,
    url: String,
    key: String,
    cookies: BTreeMap<String, String>,
    secrets: BTreeMap<String, &'static str>,
    /// Answers that said no.
    refusals: Vec<String>,
}

impl User {
    fn keeps(&mut self, what: &'static str, secret: &str) -> String {
        assert!(secret.len() > 12, "{what}: {secret:?}");
        self.secrets.insert(secret.to_owned(), what);
        secret.to_owned()
    }

    fn at(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) }
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("sec-fetch-site", "same-origin").header("cookie", cookies.join("; "));
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all("set-cookie") {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.secrets.insert(value.to_owned(), "a cookie");
        }
        answer
    }

    async fn text(&mut self, request: RequestBuilder) -> (StatusCode, String) {
        let answer = self.send(request).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.as_u16() < 500, "{text}");
        if status.is_client_error() {
            self.refusals.push(text.clone());
        }
        (status, text)
    }

    /// The same, from the admin API.
    async fn made(&mut self, path: &str, body: &Value) -> Value {
        let request = self.http.post(self.at(&format!("/admin/v1{path}"))).bearer_auth(&self.key).json(body);
        let (status, text) = self.text(request).await;
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn refused(&mut self, request: RequestBuilder) {
        let (status, text) = self.text(request).await;
        assert!(status.is_client_error(), "{status} {text}");
    }

    async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let request = self.http.post(self.at(path)).form(fields);
        self.text(request).await
    }

    /// Posts a form and follows redirects within the server: where they lead, or the page at their end.
    async fn on(&mut self, request: RequestBuilder) -> String {
        let mut answer = self.send(request).await;
        loop {
            let Some(location) = answer.headers().get("location") else {
                return answer.text().await.unwrap();
            };
            let location = location.to_str().unwrap().to_owned();
            if location.starts_with(CALLBACK) {
                return location;
            }
            let next = self.http.get(self.at(&location));
            answer = self.send(next).await;
        }
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    rest.unwrap_or_else(|| panic!("no {name} in {page}")).split('"').next().unwrap().to_owned()
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// What administrators are shown once; the id and the secret of a client.
async fn administer(user: &mut User) -> (String, String) {
    user.made("/users", &json!({ "username": "carol", "password": PASSWORD })).await;
    let resource = json!({ "resource": RESOURCE, "name": "Notes", "open_to": "verified",
                           "scopes": [{ "name": "notes:read", "description": "Read" }] });
    user.made("/resources", &resource).await;
    let metadata = json!({ "client_name": "App", "redirect_uris": [CALLBACK],
                           "grant_types": ["authorization_code", "refresh_token"],
                           "token_endpoint_auth_method": "client_secret_post" });
    let made = user.made("/clients", &json!({ "metadata": metadata })).await;
    let id = word(&made, "client_id");
    user.keeps("a client secret", &word(&made, "client_secret"));
    let path = format!("/clients/{id}/rotate-secret");
    let rotated = user.made(&path, &json!({ "overlap_hours": 1 })).await;
    let secret = user.keeps("a client secret", &word(&rotated, "client_secret"));
    let key = user.made("/api-keys", &json!({ "name": "one", "scopes": ["admin:server.read"] })).await;
    user.keeps("an API key", &word(&key, "secret"));
    let key = user.made(&format!("/api-keys/{}/rotate", word(&key, "id")), &json!({})).await;
    user.keeps("an API key", &word(&key, "secret"));
    let hook = json!({ "name": "hook", "url": "https://93.184.216.34/hook", "kinds": ["*"] });
    let hook = user.made("/webhooks", &hook).await;
    user.keeps("a webhook's secret", &word(&hook, "secret"));
    let invitation = user.made("/initial-tokens", &json!({ "note": "n", "uses": 1, "days": 1 })).await;
    let invitation = user.keeps("an initial access token", &word(&invitation, "initial_access_token"));
    let request = user.http.post(user.at("/register")).bearer_auth(&invitation).json(&metadata);
    let (status, text) = user.text(request).await;
    assert_eq!(status, 201, "{text}");
    let registered: Value = serde_json::from_str(&text).unwrap();
    user.keeps("a client secret", &word(&registered, "client_secret"));
    user.keeps("a registration token", &word(&registered, "registration_access_token"));
    // And what is not right.
    let bad = json!({ "username": "dave", "password": WRONG, "no_such_member": WRONG });
    let request = user.http.post(user.at("/admin/v1/users")).bearer_auth(&user.key).json(&bad);
    user.refused(request).await;
    let request = user.http.get(user.at("/admin/v1/users")).bearer_auth(&secret);
    user.refused(request).await;
    (id, secret)
}

/// Signs in at the second attempt, allows, and gets a code.
async fn authorize(user: &mut User, client: &str) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("resource", RESOURCE),
        ("scope", "notes:read"),
        ("state", STATE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let ask = user.http.get(user.at("/authorize")).query(&query);
    let login = user.on(ask).await;
    let request = hidden(&login, "request");
    user.keeps("a sealed request", &request);
    let fields = [("request", request.as_str()), ("username", "carol"), ("password", WRONG)];
    let post = user.http.post(user.at("/login")).form(&fields);
    assert_eq!(user.send(post).await.status(), 403);
    let fields = [("request", request.as_str()), ("username", "carol"), ("password", PASSWORD)];
    let post = user.http.post(user.at("/login")).form(&fields);
    let consent = user.on(post).await;
    let ticket = hidden(&consent, "ticket");
    user.keeps("a ticket", &ticket);
    let fields = [("ticket", ticket.as_str()), ("decision", "approve"), ("allow_all", "yes")];
    // Nobody reads that fast, and the server knows.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let post = user.http.post(user.at("/consent")).form(&fields);
    let end = user.on(post).await;
    let code = end.split("code=").nth(1).unwrap_or_else(|| panic!("{end}")).split('&').next().unwrap();
    user.keeps("a code", code)
}

/// The life of a grant, and what thieves and broken clients make of it.
async fn grant(user: &mut User, (client, secret): (&str, &str), code: &str) {
    let own = [("client_id", client), ("client_secret", secret)];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        own.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let redeem = |verifier| {
        with(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", CALLBACK),
        ])
    };
    let token = user.at("/token");
    let request = user.http.post(&token).form(&redeem(WRONG_VERIFIER));
    user.refused(request).await;
    let request = user.http.post(&token).form(&redeem(VERIFIER));
    let (status, text) = user.text(request).await;
    assert_eq!(status, 200, "{text}");
    let tokens: Value = serde_json::from_str(&text).unwrap();
    let access = user.keeps("an access token", &word(&tokens, "access_token"));
    let old = user.keeps("a refresh token", &word(&tokens, "refresh_token"));
    let refresh = |token: &str| with(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    let request = user.http.post(&token).form(&refresh(&old));
    let (status, text) = user.text(request).await;
    assert_eq!(status, 200, "{text}");
    let tokens: Value = serde_json::from_str(&text).unwrap();
    user.keeps("an access token", &word(&tokens, "access_token"));
    let newer = user.keeps("a refresh token", &word(&tokens, "refresh_token"));
    for path in [
        format!("/token?refresh_token={newer}&client_secret={secret}"),
        format!("/introspect?token={access}"),
        format!("/userinfo?access_token={access}"),
        format!("/admin/v1/users?cursor={secret}"),
        format!("/{secret}"),
        format!("/authorize?client_id={secret}&state={access}"),
    ] {
        let request = user.http.get(user.at(&path)).bearer_auth(&newer);
        user.refused(request).await;
    }
    let request = user.http.get(user.at("/admin/v1/users")).bearer_auth(&access);
    user.refused(request).await;
    user.form("/introspect", &[own[0], own[1], ("token", &access)]).await;
    assert_eq!(user.form("/revoke", &[own[0], own[1], ("token", &newer)]).await.0, 200);
    let request = user.http.post(&token).form(&refresh(&newer));
    user.refused(request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lk_01_nothing_the_program_gives_out_is_in_what_it_says() {
    let place = tempfile::tempdir().unwrap();
    let (port, admin) = configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let talkative = text.replace("level = \"debug\"", "level = \"trace\"\nformat = \"json\"");
    std::fs::write(&file, talkative).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let made = run(place.path(), "api-key create --name test --all --json").json();
    let mut user = User {
        http: no_redirects(),
        url: format!("http://localhost:{port}"),
        key: String::new(),
        cookies: BTreeMap::new(),
        secrets: BTreeMap::new(),
        refusals: Vec::new(),
    };
    user.key = user.keeps("an API key", &word(&made, "secret"));
    for (what, text) in [
        ("a password", PASSWORD),
        ("a wrong password", WRONG),
        ("a verifier", VERIFIER),
        ("a wrong verifier", WRONG_VERIFIER),
        ("a state", STATE),
    ] {
        user.keeps(what, text);
    }
    let (id, secret) = administer(&mut user).await;
    let code = authorize(&mut user, &id).await;
    grant(&mut user, (&id, &secret), &code).await;

    let metrics = user.http.get(format!("http://127.0.0.1:{admin}/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for line in [
        "gatewright_logins_total{outcome=\"signed_in\"} 1",
        "gatewright_logins_total{outcome=\"no_match\"} 1",
        "gatewright_tokens_total{grant=\"authorization_code\",outcome=\"issued\"} 1",
        "gatewright_tokens_total{grant=\"refresh_token\",outcome=\"issued\"} 1",
        "gatewright_tokens_total{grant=\"refresh_token\",outcome=\"invalid_grant\"} 1",
    ] {
        assert!(metrics.contains(line), "no {line} in:\n{metrics}");
    }
    let master_key = std::fs::read(place.path().join("master.key")).unwrap();
    assert!(process.stop_and_listen(Signal::TERM).success());
    let said = process.said();
    assert!(said.contains("\"level\":\"DEBUG\"") && said.contains("\"route\":\"/token\""), "{said}");
    let (secrets, refusals) = (user.secrets.len(), user.refusals.len());
    assert!(secrets > 20 && refusals > 10, "{secrets} secrets, {refusals} refusals");
    let mut found = Vec::new();
    for (secret, what) in &user.secrets {
        // The middle: neither a kind's prefix nor an end that is cut off hides it.
        let part = &secret[secret.len() / 4..secret.len() - secret.len() / 4];
        if said.contains(part) {
            found.push(format!("{what} in what it says"));
        }
        if metrics.contains(part) {
            found.push(format!("{what} in the metrics"));
        }
        let telling = user.refusals.iter().filter(|page| page.contains(part));
        found.extend(telling.map(|page| format!("{what} in {page}")));
    }
    assert_eq!(found, Vec::<String>::new());
    let is_told = said.as_bytes().windows(master_key.len()).any(|window| window == master_key);
    assert!(!is_told, "the master key");
}

/// A client that leaves redirects to whoever asks.
#[expect(clippy::disallowed_methods, reason = "a client outside the server")]
fn no_redirects() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let policy = reqwest::redirect::Policy::none();
    Client::builder().redirect(policy).timeout(PATIENCE).build().unwrap()
}
