//! Keys rotate while tokens are issued and verified: not one is refused.
//!
//! One server issues in real time. Another process on the same database, whose clock is months ahead,
//! does the rotating. Three verifiers (`gatewright-resource`, as MCP servers use it) watch: one whose key
//! cache is older than all of it, one that reads the keys between publication and promotion and is cut off
//! from the issuer from then on, and one that starts at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use gatewright_resource::ResourceServer;
use gatewright_server::keys::{flow, rotation};
use gatewright_tests::{MCP, Tokens, World, flows};
use tokio::net::TcpListener;

/// The JWKS behind a door that can be closed.
struct Door {
    url: String,
    open: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    served: tokio::task::JoinHandle<()>,
}

impl Door {
    async fn to(world: &World) -> Door {
        let (open, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let (http, target, is_open, count) =
            (world.http.clone(), world.url("/jwks"), open.clone(), asked.clone());
        let keys = move || {
            let (http, target, is_open, count) =
                (http.clone(), target.clone(), is_open.clone(), count.clone());
            async move {
                count.fetch_add(1, Ordering::SeqCst);
                if !is_open.load(Ordering::SeqCst) {
                    return StatusCode::BAD_GATEWAY.into_response();
                }
                let body = http.get(target).send().await.unwrap().text().await.unwrap();
                ([("cache-control", "public, max-age=300")], body).into_response()
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let router = Router::new().route("/jwks", get(keys));
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Door { url, open, asked, served }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.served.abort();
    }
}

/// What the load has seen so far.
#[derive(Default)]
struct Seen {
    kids: BTreeSet<String>,
    tokens: Vec<String>,
}

/// Issues `count` tokens, each verified by everybody at once.
async fn load(world: &World, verifiers: &[&ResourceServer], seen: &mut Seen, count: usize) {
    for _ in 0..count {
        let fields = [("grant_type", "client_credentials"), ("resource", MCP)];
        let token = Tokens::of(&world.post_as("conf1", "/token", &fields).await).access;
        for (number, verifier) in verifiers.iter().enumerate() {
            let verdict = verifier.verify(&token).await;
            assert!(verdict.is_ok(), "verifier {number}: {verdict:?} of {:?}", flows::header(&token));
        }
        seen.kids.insert(flows::header(&token)["kid"].as_str().unwrap().to_owned());
        seen.tokens.push(token);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rotating_under_load_loses_no_verification() {
    let world = Arc::new(World::new().await);
    let ahead = world.replica_at(91 * 24 * 3600).await;
    // A third process turns the clock on by what publication ahead takes.
    let further = world.replica_at(91 * 24 * 3600 + 3700).await;
    let oldest = ResourceServer::builder(MCP, &world.issuer).build().unwrap();
    let mut seen = Seen::default();
    load(&world, &[&oldest], &mut seen, 20).await;

    // Load goes on in the background through everything that follows.
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (world, oldest, stop) = (world.clone(), oldest.clone(), stop.clone());
            tokio::spawn(async move {
                let mut seen = Seen::default();
                while !stop.load(Ordering::SeqCst) {
                    load(&world, &[&oldest], &mut seen, 1).await;
                }
                seen
            })
        })
        .collect();

    rotation::tend(ahead.app.clone()).await.unwrap();
    flow::reload(world.app.clone()).await.unwrap();
    assert_eq!(world.get("/jwks").await.json()["keys"].as_array().unwrap().len(), 4);
    let door = Door::to(&world).await;
    let cut_off = ResourceServer::builder(MCP, &world.issuer).jwks_uri(&door.url).build().unwrap();
    load(&world, &[&oldest, &cut_off], &mut seen, 20).await;
    assert_eq!(
        (seen.kids.len(), door.asked.load(Ordering::SeqCst)),
        (1, 1),
        "published, cached, not signing"
    );
    door.open.store(false, Ordering::SeqCst);

    rotation::tend(further.app.clone()).await.unwrap();
    load(&world, &[&oldest, &cut_off], &mut seen, 20).await;
    assert_eq!(seen.kids.len(), 1, "this process has not heard of the promotion yet, which is fine");
    flow::reload(world.app.clone()).await.unwrap();
    load(&world, &[&oldest, &cut_off], &mut seen, 40).await;
    assert_eq!(seen.kids.len(), 2, "and now it signs with the new key");
    assert_eq!(door.asked.load(Ordering::SeqCst), 1, "the key was known before it signed");

    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        let theirs = worker.await.unwrap();
        seen.kids.extend(theirs.kids);
        seen.tokens.extend(theirs.tokens);
    }
    assert_eq!(seen.kids.len(), 2);
    assert!(seen.tokens.len() > 100);
    // Everything issued before, during and after is good for all three, and for introspection.
    let newest = ResourceServer::builder(MCP, &world.issuer).build().unwrap();
    for token in &seen.tokens {
        for verifier in [&oldest, &cut_off, &newest] {
            assert!(verifier.verify(token).await.is_ok());
        }
        assert!(world.is_active(token).await);
    }
}
