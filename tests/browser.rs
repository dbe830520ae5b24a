//! The person in front of the browser: `tests/interop/browser.mjs` as an async value.
//!
//! One headless Chromium per test. Each [`Visit`] names the profile it uses, so a second visit in
//! the same profile is already signed in.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test stops at the first surprise")]

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::oneshot;
use url::Url;

use crate::tools::Tools;

/// How long the driver may take beyond its own deadline.
const GRACE: Duration = Duration::from_secs(30);

type Replies = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A running Chromium. It ends, with its profiles, when this value is dropped and its input closes.
pub struct Browser {
    stdin: tokio::sync::Mutex<ChildStdin>,
    replies: Replies,
    next: AtomicU64,
    _driver: Child,
}

/// What a person does with one authorization URL.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The authorization request.
    pub url: String,
    /// What is typed into the login form, if one is shown.
    pub username: String,
    /// What is typed into the login form, if one is shown.
    pub password: String,
    /// What is answered on the consent page, if one is shown.
    pub decision: Decision,
    /// Browser profile; cookies are shared by the visits of one profile.
    pub profile: String,
    /// Further members of the driver's request: `javascript`, `viewport`, `screenshots`, ….
    pub options: Value,
}

/// What a person answers on the consent page.
#[derive(Clone, Copy, Debug)]
pub enum Decision {
    /// Presses Approve.
    Approve,
    /// Presses Deny.
    Deny,
    /// Reads the page and leaves it.
    Stop,
}

/// Where a visit ended and what was seen on the way.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// `callback`, `stopped`, or the kind of the page without a way on.
    pub end: String,
    /// The last URL: for `callback`, the redirect the client received.
    pub url: String,
    /// The form posted to the client with `response_mode=form_post`.
    pub post: Option<String>,
    /// The pages shown, in order.
    pub pages: Vec<Page>,
    /// Every document request, in order.
    pub hops: Vec<Hop>,
    /// Console errors, policy violations, requests to other origins: a clean visit has none.
    pub problems: Vec<String>,
}

/// A page a person saw.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// `login`, `consent`, `error`, `open-app`, `logout-confirm`, `logout-done`, or `other`.
    pub kind: String,
    /// The status it was answered with.
    pub status: Option<u16>,
    /// The document's title.
    pub title: String,
    /// The text as rendered.
    pub text: String,
    /// The document as parsed.
    pub html: String,
    /// `id` or `name` of the focused element.
    pub focused: String,
    /// Response headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// `data-error` of an error page.
    pub error: Option<String>,
    /// The file written when screenshots were asked for.
    pub screenshot: Option<String>,
    /// What was found when the page was exhibited.
    pub gallery: Option<Gallery>,
}

/// A page in every size and colour scheme.
#[derive(Debug, Deserialize)]
pub struct Gallery {
    /// What an HTML parser has to say about its source.
    pub errors: Vec<String>,
    /// One per size and colour scheme.
    pub views: Vec<View>,
}

/// A page in one size and colour scheme.
#[derive(Debug, Deserialize)]
pub struct View {
    /// Width of the window.
    pub width: u32,
    /// `light` or `dark`.
    pub scheme: String,
    /// The file written, without JavaScript.
    pub screenshot: Option<String>,
    /// By how many pixels the page is wider than the window.
    pub overflow: i32,
    /// What axe found: `impact: rule: elements`. Looked for in narrow windows, with JavaScript.
    #[serde(default)]
    pub violations: Vec<String>,
}

/// One document request.
#[derive(Debug, Deserialize)]
pub struct Hop {
    /// `GET` or `POST`.
    pub method: String,
    /// What was requested.
    pub url: String,
    /// What came back; `None` when nothing did.
    pub status: Option<u16>,
    /// The `Location` that came back.
    pub location: Option<String>,
}

impl Browser {
    /// Starts Chromium and waits until it takes requests.
    pub async fn start(tools: &Tools) -> Self {
        let mut driver = tools
            .node("browser.mjs")
            .args(["--chromium", tools.chromium()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let stdin = driver.stdin.take().expect("piped");
        let mut lines = BufReader::new(driver.stdout.take().expect("piped")).lines();
        let ready = tokio::time::timeout(GRACE, lines.next_line()).await;
        let ready = ready.expect("Chromium starts in time").expect("stdout is text");
        assert!(ready.is_some_and(|line| line.contains("ready")), "Chromium did not start");

        let replies = Replies::default();
        let waiting = Arc::clone(&replies);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let reply: Value = serde_json::from_str(&line).expect("the driver writes JSON lines");
                let asker =
                    reply["id"].as_u64().and_then(|id| waiting.lock().expect("not poisoned").remove(&id));
                if let Some(asker) = asker {
                    // The asker may have given up; nobody is left to tell.
                    drop(asker.send(reply));
                }
            }
            // Whoever still waits learns that the driver is gone.
            waiting.lock().expect("not poisoned").clear();
        });
        Self { stdin: tokio::sync::Mutex::new(stdin), replies, next: AtomicU64::new(1), _driver: driver }
    }

    /// Opens an authorization URL and does what the person does. Panics with all that was seen when
    /// the flow got stuck.
    pub async fn open(&self, visit: Visit) -> Outcome {
        let request = json!({
            "open": visit.url,
            "username": visit.username,
            "password": visit.password,
            "session": visit.profile,
            "decision": match visit.decision {
                Decision::Approve => "approve",
                Decision::Deny => "deny",
                Decision::Stop => "stop",
            },
        });
        self.ask(request, visit.options).await
    }

    /// Plain steps on single pages, as `[["goto", URL], ["click", "#logout-confirm"]]`.
    pub async fn steps(&self, profile: &str, steps: Value) -> Outcome {
        self.ask(json!({ "do": steps, "session": profile }), Value::Null).await
    }

    async fn ask(&self, mut request: Value, options: Value) -> Outcome {
        if let (Value::Object(request), Value::Object(options)) = (&mut request, options) {
            request.extend(options);
        }
        self.go(request).await
    }

    /// Sends one request to the driver as it is. Panics with all that was seen when it got stuck.
    pub async fn go(&self, request: Value) -> Outcome {
        let reply = self.request(request.clone()).await;
        assert!(reply["ok"] == true, "the browser got stuck on {request}:\n{reply:#}");
        serde_json::from_value(reply).expect("an outcome")
    }

    /// Sends one request to the driver as it is and returns its answer.
    pub async fn request(&self, request: Value) -> Value {
        self.request_within(request, GRACE).await
    }

    /// The same for a request that may take longer.
    pub async fn request_within(&self, mut request: Value, longest: Duration) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = id.into();
        let (sender, receiver) = oneshot::channel();
        self.replies.lock().expect("not poisoned").insert(id, sender);
        let line = format!("{request}\n");
        self.stdin.lock().await.write_all(line.as_bytes()).await.expect("the driver lives");
        let reply = tokio::time::timeout(longest, receiver).await;
        reply.expect("the driver answers in time").expect("the driver lives")
    }
}

impl Outcome {
    /// The parameters the client received in its redirect URI, in order.
    #[must_use]
    pub fn response(&self) -> Vec<(String, String)> {
        let url = Url::parse(&self.url).expect("a URL");
        url.query_pairs().into_owned().collect()
    }

    /// The first page of a kind.
    #[must_use]
    pub fn page(&self, kind: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.kind == kind)
    }
}
