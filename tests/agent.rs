//! A browser without a screen: keeps `__Host-` cookies, follows nothing by itself, fills in forms.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};

/// What came back.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Page {
    /// Reads a response to its end.
    pub async fn read(response: reqwest::Response) -> Page {
        let status = response.status();
        let headers = response.headers().clone();
        Page { status, headers, body: response.text().await.unwrap() }
    }

    /// The `Location` header.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).map(|value| value.to_str().unwrap())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A query parameter of the `Location`.
    pub fn answer(&self, name: &str) -> Option<String> {
        let location = url::Url::parse(self.location()?).unwrap();
        location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\" value=\"");
        let start = self.body.find(&marker).unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        let rest = &self.body[start + marker.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    }

    /// The values of all fields with this name.
    pub fn values(&self, name: &str) -> Vec<String> {
        let marker = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&marker).skip(1);
        rest.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    /// The code of the error page.
    pub fn data_error(&self) -> Option<&str> {
        let rest = self.body.split("data-error=\"").nth(1)?;
        rest.split('"').next()
    }
}

/// One browser profile.
#[derive(Clone)]
pub struct Agent {
    http: reqwest::Client,
    origin: String,
    /// Its cookies, name to value.
    pub cookies: BTreeMap<String, String>,
}

impl Agent {
    /// A fresh profile that will visit `origin`.
    pub fn new(http: reqwest::Client, origin: &str) -> Agent {
        Agent { http, origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    /// Name and value of the one cookie the browser is recognised by.
    pub fn browser_cookie(&self) -> (String, String) {
        let mut found = self.cookies.iter().filter(|(name, _)| name.starts_with("__Host-gw_browser_"));
        let (name, value) = found.next().expect("a browser cookie");
        assert_eq!(found.next(), None, "one browser cookie");
        (name.clone(), value.clone())
    }

    /// GET, by absolute URL or path.
    pub async fn get(&mut self, url: &str) -> Page {
        let request = self.http.get(self.absolute(url));
        self.send(request).await
    }

    /// POST of a form from a page of the same site.
    pub async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.http.post(self.absolute(url)).header("sec-fetch-site", "same-origin").form(fields);
        self.send(request).await
    }

    /// Sends any request with this profile's cookies and keeps what it is told to keep.
    pub async fn send(&mut self, request: RequestBuilder) -> Page {
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if jar.is_empty() { request } else { request.header("cookie", jar.join("; ")) };
        let page = Page::read(request.send().await.unwrap()).await;
        for line in page.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }

    /// Follows redirects inside the origin; stops at the first page or at a foreign `Location`.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            match page.location() {
                Some(location)
                    if location.starts_with('/') || location.starts_with(&format!("{}/", self.origin)) =>
                {
                    let next = location.to_owned();
                    page = self.get(&next).await;
                }
                Some(_) | None => return page,
            }
        }
        panic!("redirected in circles: {page:?}");
    }

    /// The client it sends with, for requests of another kind.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A URL of the origin.
    pub fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.origin) } else { url.to_owned() }
    }
}
