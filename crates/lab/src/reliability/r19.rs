//! clients that are slow, big, or reset what they ask for.
//!
//! Thousands of connections send a byte now and then; bodies and heads have no end; HTTP/2 streams are opened and reset
//! without a pause. All of them are ended in time, and everybody else notices nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::oracle::{self, Evidence};
use super::party::Party;
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;

/// A head takes at most ten seconds, a body fifteen; and a moment.
const HEAD: Duration = Duration::from_secs(12);
const BODY: Duration = Duration::from_secs(18);
/// How much memory may grow, in MiB.
const GROWTH: u64 = 100;
/// How many bytes an endless body tries to send.
const ENDLESS: usize = 100 << 20;

/// What is sent.
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

/// What a slow client never finishes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slow {
    Head,
    Body,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-19 slow, big and restless clients");
    let cluster = Cluster::start(&run.program, run.world, Plan::of(1)).await?;
    let node = &cluster.nodes[0];
    let place = (node.door.address(), node.door.host());
    let address = place.0;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let usual = ask(&mut party, 100).await?;
    let (before, files) = (node.resident()?, node.files()?);
    let slow = run.scaled(5_000, 100);
    let mut dripping = JoinSet::new();
    for number in 0..slow {
        let what = if number % 2 == 0 { Slow::Head } else { Slow::Body };
        let host = place.1.to_owned();
        dripping.spawn(async move { (what, drip((address, &host), what).await) });
    }
    sleep(Duration::from_secs(1)).await;
    let meanwhile = ask(&mut party, 100).await?;
    let memory = node.resident()?;
    let (mut late, mut longest) = (Vec::new(), (Duration::ZERO, Duration::ZERO));
    while let Some(one) = dripping.join_next().await {
        match one? {
            (Slow::Head, Some(time)) => longest.0 = longest.0.max(time),
            (Slow::Body, Some(time)) => longest.1 = longest.1.max(time),
            (_, None) => late.push("a slow connection was not ended".to_owned()),
        }
    }
    report.told("slow connections", slow);
    report.none("slow connections that were left open", &late);
    report.never_longer("a head that never ends is ended after", longest.0, HEAD);
    report.never_longer("a body that never ends is ended after", longest.1, BODY);
    report.goal(
        "p99 of a token meanwhile, at most twice the usual",
        percentile(&meanwhile, 99),
        percentile(&usual, 99) * 2,
    );
    report.goal_of("growth of resident memory, MiB", memory.saturating_sub(before) >> 20, GROWTH);
    report.none("big bodies that were taken", &big(place).await?);
    let left = node.files()?.saturating_sub(files);
    report.goal_of("connections left at the end", left as u64, 4);
    let resets = run.scaled(50_000, 5_000);
    report.told("HTTP/2 streams until the connection was ended", rapid_reset(address, resets).await?);
    report.goal(
        "p99 of a token afterwards",
        percentile(&ask(&mut party, 100).await?, 99),
        percentile(&usual, 99) * 2,
    );
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &[], logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

async fn ask(party: &mut Party, times: usize) -> Outcome<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        party.program().await?;
        took.push(begun.elapsed());
    }
    Ok(took)
}

/// Sends a byte a second; after how long the server ended the connection.
async fn drip((address, host): (SocketAddr, &str), what: Slow) -> Option<Duration> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let begun = Instant::now();
    let head = format!("POST /token HTTP/1.1\r\nhost: {host}\r\n{FORM}");
    let start = match what {
        Slow::Head => head,
        Slow::Body => format!("{head}content-length: 60000\r\n\r\n"),
    };
    stream.write_all(start.as_bytes()).await.ok()?;
    let mut buffer = [0; 1024];
    while begun.elapsed() < BODY * 2 {
        match timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return Some(begun.elapsed()),
            Ok(Ok(_)) => {}
            Err(_) => {
                if stream.write_all(b"x").await.is_err() {
                    return Some(begun.elapsed());
                }
            }
        }
    }
    None
}

/// Bodies and heads without an end; those that were taken.
async fn big((address, host): (SocketAddr, &str)) -> Outcome<Vec<String>> {
    let form = format!("POST /token HTTP/1.1\r\nhost: {host}\r\n{FORM}");
    let heads = [
        ("announced body", format!("{form}content-length: {ENDLESS}\r\n\r\n")),
        ("chunked body", format!("{form}transfer-encoding: chunked\r\n\r\n{ENDLESS:x}\r\n")),
        ("head", form),
    ];
    let mut taken = Vec::new();
    for (name, head) in heads {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        let (mut sent, piece) =
            (0, b"x-filler: 0123456789012345678901234567890123456789012345678901\r\n".repeat(64));
        while sent < ENDLESS && stream.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
        let mut answer = Vec::new();
        // A reset is an answer, too.
        let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.get(9..12).unwrap_or("reset");
        if sent >= ENDLESS || !matches!(status, "400" | "408" | "413" | "421" | "431" | "reset") {
            taken.push(format!("{name}: {sent} bytes, then {status}"));
        }
    }
    Ok(taken)
}

/// Opens streams and resets them at once (CVE-2023-44487); how it ended.
async fn rapid_reset(address: SocketAddr, streams: usize) -> Outcome<String> {
    const GOAWAY: u8 = 7;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
    stream.write_all(&frame(4, (0, 0), &[])).await?;
    let (mut reading, mut writing) = stream.into_split();
    let seen = tokio::spawn(async move {
        let mut head = [0; 9];
        while reading.read_exact(&mut head).await.is_ok() {
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let mut rest = vec![0; length];
            if reading.read_exact(&mut rest).await.is_err() {
                break;
            }
            if head[3] == GOAWAY {
                return true;
            }
        }
        false
    });
    // GET / of example: the static table of HPACK (RFC 7541 appendix A), and one literal.
    let block = [&[0x82, 0x86, 0x84, 0x41, 7][..], b"example"].concat();
    let mut sent = 0;
    for number in 0..streams {
        let id = u32::try_from(number)? * 2 + 1;
        let pair = [frame(1, (5, id), &block), frame(3, (0, id), &[0, 0, 0, 8])].concat();
        if writing.write_all(&pair).await.is_err() {
            break;
        }
        sent += 1;
    }
    let goaway = timeout(Duration::from_secs(5), seen).await.is_ok_and(Result::unwrap_or_default);
    if sent == streams && !goaway {
        return Err(format!("{sent} streams were opened and reset, and the server let them").into());
    }
    Ok(format!("{sent}, {}", if goaway { "GOAWAY" } else { "closed" }))
}

fn frame(kind: u8, (flags, stream): (u8, u32), payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
