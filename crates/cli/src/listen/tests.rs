//! Against real sockets.

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

fn router() -> Router {
    Router::new()
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/echo", post(|body: String| async move { body }))
        .route("/count", post(|body: axum::body::Bytes| async move { body.len().to_string() }))
        .route(
            "/slow",
            get(|| async {
                sleep(Duration::from_millis(300)).await;
                "done"
            }),
        )
        .route("/never", get(std::future::pending::<()>))
}

fn hasty() -> Options {
    let short = Duration::from_millis(200);
    let limits = Limits { handshake: short, head: short, body: short, ..Limits::default() };
    Options { limits, ..Options::default() }
}

async fn start(options: Options) -> Listening {
    let listeners = bind_localhost(0, "the port").await.unwrap();
    serve(listeners, router(), options)
}

async fn connect(listening: &Listening) -> TcpStream {
    TcpStream::connect(listening.address()).await.unwrap()
}

/// Sends `bytes` and reads until the server closes.
async fn talk(listening: &Listening, bytes: &[u8]) -> String {
    let mut stream = connect(listening).await;
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset ends an answer as well as a close.
    let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn handlers_know_their_peer_on_both_loopback_addresses() {
    let listening = start(Options::default()).await;
    for address in listening.addresses() {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let us = stream.local_addr().unwrap().to_string();
        stream.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with(&us), "{answer}");
    }
}

#[test]
fn ds_02_some_open_files_are_never_for_strangers() {
    for (files, connections) in [
        (None, 10_000),
        (Some(1_048_576), 10_000),
        (Some(10_220), 10_000),
        (Some(4096), 3876),
        (Some(1024), 804),
        (Some(256), 128),
        (Some(0), 0),
    ] {
        assert_eq!(Limits::within(files, 20).connections, connections, "{files:?}");
    }
}

#[tokio::test]
async fn ds_02_a_slow_head_ends_the_connection() {
    let listening = start(hasty()).await;
    for beginning in ["", "P", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n"] {
        let begun = Instant::now();
        let answer = talk(&listening, beginning.as_bytes()).await;
        assert!(!answer.contains(" 200 "), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{beginning:?} took {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn ds_02_a_slow_body_is_answered_with_408() {
    let listening = start(hasty()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n";
    assert!(talk(&listening, format!("{head}ab").as_bytes()).await.starts_with("HTTP/1.1 408 "));
    let complete = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nabcde";
    assert!(talk(&listening, complete.as_bytes()).await.ends_with("abcde"));
}

/// An import of many accounts takes as long as it takes.
#[tokio::test]
async fn ds_02_a_large_body_has_longer_while_it_keeps_coming() {
    let listening = start(hasty()).await;
    let (piece, pieces) = (vec![b'x'; 128 * 1024], 6);
    let head = format!(
        "POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        piece.len() * pieces
    );
    let mut stream = connect(&listening).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..pieces {
        stream.write_all(&piece).await.unwrap();
        sleep(Duration::from_millis(100)).await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with(&(piece.len() * pieces).to_string()), "{answer}");
    // One that stops coming does not.
    let answer = talk(&listening, &[head.as_bytes(), &piece].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn ck_05_a_large_head_is_answered_with_431() {
    let listening = start(hasty()).await;
    let request = |size| {
        format!("GET /peer HTTP/1.1\r\nhost: x\r\ncookie: {}\r\nconnection: close\r\n\r\n", "c".repeat(size))
    };
    assert!(talk(&listening, request(32 * 1024).as_bytes()).await.starts_with("HTTP/1.1 200 "));
    assert!(talk(&listening, request(80 * 1024).as_bytes()).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn http_2_is_spoken_without_tls_too() {
    let listening = start(Options::default()).await;
    let stream = connect(&listening).await;
    let us = stream.local_addr().unwrap().to_string();
    let io = hyper_util::rt::TokioIo::new(stream);
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake::<_, _, String>(executor, io).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://localhost/peer").body(String::new()).unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    let body = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 1024).await.unwrap();
    assert_eq!(body, us);
}

#[tokio::test]
async fn connections_beyond_the_bound_wait() {
    let mut options = Options::default();
    options.limits.connections = 1;
    let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "the port").await.unwrap();
    let listening = serve([listener], router(), options);
    let first = connect(&listening).await;
    let mut second = connect(&listening).await;
    // The first holds the only place for as long as it likes.
    sleep(Duration::from_millis(50)).await;
    second.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    assert!(timeout(Duration::from_millis(200), second.read_to_string(&mut answer)).await.is_err());
    drop(first);
    timeout(Duration::from_secs(5), second.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn requests_in_flight_are_finished_and_idle_connections_do_not_delay_the_end() {
    let listening = start(Options::default()).await;
    let _silent = connect(&listening).await;
    let mut idle = connect(&listening).await;
    idle.write_all(b"GET /peer HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    idle.readable().await.unwrap();
    let mut busy = connect(&listening).await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;

    let address = listening.address();
    let begun = Instant::now();
    assert_eq!(listening.stop(Duration::from_secs(5)).await, 0);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

/// Found by the lab's rolling restarts: a connection is made by the kernel, long before anybody accepts it.
#[tokio::test]
async fn who_has_connected_when_we_stop_is_answered() {
    const REQUEST: &[u8] = b"GET /peer HTTP/1.1\r\nhost: x\r\n\r\n";
    let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "the port").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut accepted = TcpStream::connect(address).await.unwrap();
    let listening = serve([listener], router(), Options::default());
    sleep(Duration::from_millis(50)).await;
    let mut queued = TcpStream::connect(address).await.unwrap();
    let stopping = tokio::spawn(listening.stop(Duration::from_secs(5)));
    sleep(Duration::from_millis(20)).await;
    for stream in [&mut accepted, &mut queued] {
        stream.write_all(REQUEST).await.unwrap();
    }
    for stream in [&mut accepted, &mut queued] {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    }
    assert_eq!(stopping.await.unwrap(), 0);
}

#[tokio::test]
async fn what_does_not_finish_is_cut() {
    let listening = start(Options::default()).await;
    let mut stuck = connect(&listening).await;
    stuck.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(listening.stop(Duration::from_millis(100)).await, 1);
    let mut answer = String::new();
    let _ = stuck.read_to_string(&mut answer).await;
    assert_eq!(answer, "");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_with_what_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let failure = bind(taken.local_addr().unwrap(), "listen.address").await.unwrap_err();
    assert!(failure.to_string().contains("stop it, or change listen.address"), "{failure}");
}

/// What ten thousand connections take is ten thousand times this, beside hyper's buffers.
#[tokio::test]
async fn ds_01_a_connection_takes_little_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let address = stream.local_addr().unwrap();
    let server = Arc::new(connection::Server { service: router(), options: Options::default() });
    let (_stop, stopped) = watch::channel(None);
    let served = connection::serve(server, (stream, address), (stopped, ()));
    let size = size_of_val(&served);
    assert!(size <= 8 * 1024, "{size} bytes");
}
