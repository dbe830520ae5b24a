//! A person with a browser without a screen: keeps cookies, signs in, allows.

use std::collections::BTreeMap;

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, Response};
use url::Url;

use super::administer::PASSWORD;
use super::process::PATIENCE;

/// A person at a browser.
pub struct Person {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Person {
    pub fn new() -> Person {
        Person::trusting(None)
    }

    /// One whose browser trusts `authority` (PEM), too.
    #[expect(clippy::disallowed_methods, reason = "a client outside the server")]
    pub fn trusting(authority: Option<&[u8]>) -> Person {
        drop(rustls::crypto::ring::default_provider().install_default());
        let certificates = authority.map(|pem| reqwest::Certificate::from_pem(pem).unwrap());
        let http = reqwest::Client::builder()
            .tls_certs_merge(certificates)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Person { http, cookies: BTreeMap::new() }
    }

    /// Opens an authorization request, signs in as `name`, allows, and is sent back to the program.
    pub async fn allows(&mut self, url: &str, name: &str) -> String {
        let origin = Url::parse(url).unwrap().origin().ascii_serialization();
        let mut back = self.arrives(url, (&origin, name)).await;
        if back.contains("id=\"consent-form\"") {
            // Nobody reads that fast, and who answers at once is no person.
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            let all = ("allow_all", "yes".to_owned());
            let fields = [("ticket", hidden(&back, "ticket")), ("decision", "approve".to_owned()), all];
            let request = self.http.post(format!("{origin}/consent")).form(&fields);
            back = self.follow(request, &origin).await;
        }
        back
    }

    /// Opens the address that a device shows, signs in as `name`, types the code, and allows.
    pub async fn lets_in(&mut self, url: &str, name: &str, code: &str) -> String {
        let origin = Url::parse(url).unwrap().origin().ascii_serialization();
        let form = self.arrives(url, (&origin, name)).await;
        assert!(form.contains("id=\"device-form\""), "{form}");
        let request = self.http.post(format!("{origin}/device")).form(&[("user_code", code)]);
        let question = self.follow(request, &origin).await;
        assert!(question.contains("id=\"device-confirm-form\"") && question.contains(code), "{question}");
        // Nobody reads that fast, and who answers at once is no person.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let all = ("allow_all", "yes".to_owned());
        let fields = [("ticket", hidden(&question, "ticket")), ("decision", "approve".to_owned()), all];
        let request = self.http.post(format!("{origin}/device/confirm")).form(&fields);
        self.follow(request, &origin).await
    }

    /// What an address shows to `name`, who signs in if that is wanted.
    async fn arrives(&mut self, url: &str, (origin, name): (&str, &str)) -> String {
        let back = self.follow(self.http.get(url), origin).await;
        if !back.contains("id=\"login-form\"") {
            return back;
        }
        let fields = [
            ("request", hidden(&back, "request")),
            ("username", name.to_owned()),
            ("password", PASSWORD.to_owned()),
        ];
        self.follow(self.http.post(format!("{origin}/login")).form(&fields), origin).await
    }

    /// What is there in the end, wherever that is.
    async fn follow(&mut self, request: RequestBuilder, origin: &str) -> String {
        let mut response = self.send(request.header("sec-fetch-site", "same-origin")).await;
        for _ in 0..8 {
            let Some(to) = response.headers().get(LOCATION) else { break };
            let to = Url::parse(origin).unwrap().join(to.to_str().unwrap()).unwrap();
            response = self.send(self.http.get(to)).await;
        }
        response.text().await.unwrap()
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", jar.join("; ")).send().await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let marker = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&marker).unwrap_or_else(|| panic!("no field {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}
