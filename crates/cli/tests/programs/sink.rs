//! A receiver of webhooks that often fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use gatewright_resource::webhook::Receiver;
use serde_json::Value;
use tokio::net::TcpListener;

/// Where events arrive.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    secret: Option<String>,
    /// How often each message came.
    tries: BTreeMap<String, usize>,
    /// What was taken, in order.
    taken: Vec<Value>,
    refused: usize,
    unsigned: usize,
}

impl Sink {
    /// Listens on a loopback address of its own; says where.
    pub async fn listen() -> (Sink, String) {
        let sink = Sink::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let told = sink.clone();
        let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let told = told.clone();
            async move { told.take(&headers, &body) }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (sink, url)
    }

    /// What messages are signed with.
    pub fn believe(&self, secret: &str) {
        self.0.lock().unwrap().secret = Some(secret.to_owned());
    }

    /// Half of all messages are refused at first, half of those once more; some of them after they were read.
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let told = &mut *self.0.lock().unwrap();
        let receiver = Receiver::new(told.secret.as_deref()).unwrap();
        let Ok(message) = receiver.verify(headers, body) else {
            told.unsigned += 1;
            return StatusCode::UNAUTHORIZED;
        };
        let luck = message.id.bytes().last().map_or(0, |byte| byte % 4);
        let tries = told.tries.entry(message.id).or_default();
        *tries += 1;
        let fails = usize::from(luck >= 2) + usize::from(luck == 3);
        if *tries <= fails {
            told.refused += 1;
            return if *tries == 1 {
                StatusCode::INTERNAL_SERVER_ERROR
            } else {
                StatusCode::TOO_MANY_REQUESTS
            };
        }
        told.taken.push(serde_json::from_slice(body).unwrap());
        StatusCode::NO_CONTENT
    }

    /// The events that were taken, each once, in the order in which they came first; and how many came again.
    pub fn events(&self) -> (Vec<Value>, usize) {
        let told = self.0.lock().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let events: Vec<Value> = told.taken.iter().map(|message| message["data"].clone()).collect();
        let first: Vec<Value> =
            events.iter().filter(|event| seen.insert(event["id"].to_string())).cloned().collect();
        let again = events.len() - first.len();
        (first, again)
    }

    /// How many messages were refused, and how many were not signed.
    pub fn refused(&self) -> (usize, usize) {
        let told = self.0.lock().unwrap();
        (told.refused, told.unsigned)
    }
}
