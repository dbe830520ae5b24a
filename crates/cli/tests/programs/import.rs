//! Many accounts at once: how long that takes, and in how much memory.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::administer::run;
use super::process::{Process, client};
use super::serve::{LISTENS, configure};

/// Accounts.
const ROWS: usize = 100_000;
/// What the server may take beyond what it had, in KiB: less than the accounts have themselves.
const MOST_MEMORY: u64 = 16 * 1024;
/// On a busy machine, unoptimised.
const MOST_TIME: Duration = Duration::from_mins(1);

/// The most memory a process has had at once, in KiB.
#[cfg(target_os = "linux")]
fn peak(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_accounts_come_in_with_bounded_memory_and_one_sees_how_far_they_are() {
    let place = tempfile::tempdir().unwrap();
    let (port, _) = configure(place.path(), "http");
    let url = format!("http://localhost:{port}/admin/v1");
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let made = run(place.path(), "api-key create --name test --all --json").json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let http = client(None);

    let mut body = String::new();
    for n in 0..ROWS {
        let _ = writeln!(
            body,
            "{{\"email\":\"person{n}@people.example\",\"email_verified\":true,\"name\":\"Person Number {n}\",\
             \"password_hash\":\"$2b$12${n:022}7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG\"}}"
        );
    }
    let sent = body.len() / 1024;
    let before = peak(&process);
    let begun = Instant::now();
    let import = http.post(format!("{url}/users/import")).bearer_auth(&secret);
    let import = tokio::spawn(import.header("content-type", "application/jsonl").body(body).send());
    let mut seen = Vec::new();
    while !import.is_finished() {
        let jobs = http.get(format!("{url}/jobs")).bearer_auth(&secret).send().await.unwrap();
        let jobs: Value = jobs.json().await.unwrap();
        if let Some(read) = jobs["items"][0]["read"].as_u64() {
            seen.push(read);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = import.await.unwrap().unwrap();
    let took = begun.elapsed();
    let job: Value = answer.json().await.unwrap();
    let after = peak(&process);
    println!("{ROWS} accounts, {sent} KiB, in {took:.1?}; memory {before} KiB before, {after} KiB at most");
    assert_eq!((job["state"].as_str(), job["created"].as_u64()), (Some("done"), Some(ROWS as u64)), "{job}");
    assert!(seen.is_sorted() && seen.iter().any(|read| (1..ROWS as u64).contains(read)), "{seen:?}");
    assert!(after - before < MOST_MEMORY, "{before} KiB, then {after} KiB");
    assert!(took < MOST_TIME, "{took:?}");
    assert!(process.stop(Signal::TERM).success());
}
