//! DS-03: what a peer that speaks HTTP/2 badly, and on purpose, can make us keep and do.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Frame types (RFC 9113 §6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `GET http://x/never`, without a dynamic table (RFC 7541).
const ASK: &[u8] = b"\x82\x86\x04\x06/never\x01\x01x";

fn frame(kind: u8, (flags, stream): (u8, u32), payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Requests that never end, and how many there are at the moment and at most.
#[derive(Default)]
struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
    begun: AtomicUsize,
}

struct One(Arc<Running>);

impl One {
    fn begin(running: &Arc<Running>) -> One {
        running.begun.fetch_add(1, Ordering::SeqCst);
        running.most.fetch_max(running.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        One(Arc::clone(running))
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn start() -> (Listening, Arc<Running>) {
    let running = Arc::new(Running::default());
    let counted = Arc::clone(&running);
    let never = get(move || {
        let one = One::begin(&counted);
        async move {
            std::future::pending::<()>().await;
            drop(one);
        }
    });
    let router = Router::new().route("/never", never).route("/peer", get(|| async { "here" }));
    let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "the port").await.unwrap();
    (serve([listener], router, Options::default()), running)
}

async fn greet(listening: &Listening) -> TcpStream {
    let mut stream = TcpStream::connect(listening.address()).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, (0, 0), &[])).await.unwrap();
    stream
}

/// One frame: its type and its payload.
async fn next(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

/// Whether the peer is told to go away, or the connection just ends.
async fn is_sent_away(stream: &mut TcpStream) -> bool {
    let end = async {
        while let Some((kind, _)) = next(stream).await {
            if kind == GOAWAY {
                break;
            }
        }
    };
    timeout(Duration::from_secs(10), end).await.is_ok()
}

async fn others_are_served(listening: &Listening) {
    let mut stream = TcpStream::connect(listening.address()).await.unwrap();
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.ends_with("here"), "{answer}");
}

#[tokio::test]
async fn ds_03_a_peer_is_told_how_much_it_may_ask_for_at_once() {
    let (listening, running) = start().await;
    let mut stream = greet(&listening).await;
    let (kind, settings) = next(&mut stream).await.unwrap();
    assert_eq!(kind, SETTINGS);
    let settings: Vec<(u16, u32)> = settings
        .chunks(6)
        .map(|one| {
            (u16::from_be_bytes([one[0], one[1]]), u32::from_be_bytes([one[2], one[3], one[4], one[5]]))
        })
        .collect();
    // SETTINGS_MAX_CONCURRENT_STREAMS and SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 §6.5.2).
    assert!(settings.contains(&(3, 100)) && settings.contains(&(6, 64 * 1024)), "{settings:?}");
    // Whoever asks for more all the same gets no more.
    for stream_id in (1..600).step_by(2) {
        let ask = frame(HEADERS, (END_HEADERS | END_STREAM, stream_id), ASK);
        if stream.write_all(&ask).await.is_err() {
            break;
        }
    }
    others_are_served(&listening).await;
    let most = running.most.load(Ordering::SeqCst);
    assert!((1..=100).contains(&most), "{most} at once");
}

#[tokio::test]
async fn ds_03_requests_that_are_taken_back_leave_nothing_running() {
    let (listening, running) = start().await;
    let mut stream = greet(&listening).await;
    for stream_id in (1..40_000).step_by(2) {
        let mut both = frame(HEADERS, (END_HEADERS | END_STREAM, stream_id), ASK);
        // CANCEL (RFC 9113 §7).
        both.extend(frame(RST_STREAM, (0, stream_id), &8_u32.to_be_bytes()));
        if stream.write_all(&both).await.is_err() {
            break;
        }
    }
    others_are_served(&listening).await;
    let end = async {
        while running.now.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(5), end).await.expect("nothing is left running");
    assert!(running.most.load(Ordering::SeqCst) <= 100);
    drop(stream);
}

#[tokio::test]
async fn ds_03_a_head_without_end_ends_the_connection() {
    let (listening, running) = start().await;
    let mut stream = greet(&listening).await;
    stream.write_all(&frame(HEADERS, (END_STREAM, 1), ASK)).await.unwrap();
    // `a: aaaa…`, again and again, never the last one.
    let mut more = b"\x00\x01a\x7f\x81\x01".to_vec();
    more.extend(vec![b'a'; 256]);
    let more = frame(CONTINUATION, (0, 1), &more);
    let mut sent = 0;
    for _ in 0..20_000 {
        match timeout(Duration::from_secs(2), stream.write_all(&more)).await {
            Ok(Ok(())) => sent += more.len(),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    assert!(is_sent_away(&mut stream).await, "after {sent} bytes");
    assert_eq!(running.begun.load(Ordering::SeqCst), 0, "it never was a request");
    others_are_served(&listening).await;
}

#[tokio::test]
async fn ds_03_a_small_head_that_unpacks_to_a_large_one_is_refused() {
    let (listening, running) = start().await;
    let mut stream = greet(&listening).await;
    // One field of 3,000 bytes goes into the dynamic table; each further byte names it again (RFC 7541 §6.1).
    let mut bomb = ASK.to_vec();
    bomb.extend(b"\x40\x01a\x7f\xb9\x16");
    bomb.extend(vec![b'a'; 3_000]);
    bomb.extend(vec![0xbe; 8_000]);
    stream.write_all(&frame(HEADERS, (END_HEADERS | END_STREAM, 1), &bomb)).await.unwrap();
    let answered = async {
        while let Some((kind, payload)) = next(&mut stream).await {
            // 431, indexed name and literal value, or the end of stream or connection.
            if [RST_STREAM, GOAWAY].contains(&kind) || (kind == HEADERS && !payload.is_empty()) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), answered).await.expect("an answer");
    assert_eq!(running.begun.load(Ordering::SeqCst), 0, "24 MB of head never reach anybody");
    others_are_served(&listening).await;
}
