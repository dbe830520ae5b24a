//! What is asked of other hosts, and what they can do to us (CI-01 to CI-04, CI-10).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatewright_server::fetch::{FetchError, Wanted};
use gatewright_tests::World;
use gatewright_tests::internet::Reply;

use super::{HOST, ID, document, known, published, unknown, visit, with, world};

/// One address of every range that is not the public internet.
const SPECIAL: [&str; 26] = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "100::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "ff02::1",
];

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_01_no_packet_leaves_for_an_address_that_is_not_public() {
    let world = world().await;
    let names: Vec<String> = (0..SPECIAL.len()).map(|n| format!("h{n}.test")).collect();
    for (name, special) in names.iter().zip(SPECIAL) {
        // A site is there and would answer.
        let site = world.internet.site_at(name, address(special)).await;
        site.serve("/c.json", Reply::json(&document(&format!("https://{name}/c.json"))));
    }
    let visits = names.iter().map(|name| {
        let (world, id) = (&world, format!("https://{name}/c.json"));
        async move { (name, visit(world, &id).await) }
    });
    for (name, page) in join_all(visits).await {
        unknown(&page, name);
    }
    // The host of an id may be an address, too; those are refused before anything is asked.
    for literal in ["https://127.0.0.1/c.json", "https://[::1]/c.json", "https://169.254.169.254/c.json"] {
        unknown(&visit(&world, literal).await, literal);
    }
    assert_eq!(world.internet.asked(), []);
    assert_eq!(world.count("clients").await, 8, "nothing is kept of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_02_a_name_that_changes_its_mind_is_not_followed() {
    let world = world().await;
    let site = world.internet.site("rebind.test").await;
    let (public, private) = (world.internet.address_of("rebind.test"), address("127.0.0.1"));
    site.serve("/c.json", Reply::json(&document("https://rebind.test/c.json")));
    let (outside, inside) = ([public], [private]);
    let answers: Vec<&[IpAddr]> = (0..100).flat_map(|_| [&outside[..], &inside[..]]).collect();
    world.internet.name("rebind.test", &answers);
    for turn in 0..200 {
        let wanted = Wanted { url: "https://rebind.test/c.json", accept: "application/json", most: 5120 };
        let fetched = world.app.fetcher.get(wanted).await;
        match (turn % 2, fetched) {
            (0, Ok(fetched)) => assert_eq!(fetched.status, 200),
            (1, Err(FetchError::Private(found, _))) => assert_eq!(found, private),
            (_, other) => panic!("turn {turn}: {other:?}"),
        }
    }
    // One address that is not public spoils them all, wherever it stands in the answer.
    for (n, answer) in [[public, private], [private, public]].iter().enumerate() {
        let name = format!("mixed{n}.test");
        world.internet.name(&name, &[answer]);
        unknown(&visit(&world, &format!("https://{name}/c.json")).await, &name);
    }
    assert!(world.internet.asked().iter().all(|asked| asked.ip() == public), "{:?}", world.internet.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_03_a_redirect_is_a_failure_wherever_it_leads() {
    let world = world().await;
    let site = published(&world, &document(ID)).await;
    world.internet.site_at("inside.test", address("10.0.0.1")).await;
    let elsewhere = world.internet.site("elsewhere.test").await;
    elsewhere.serve("/c.json", Reply::json(&document("https://client.test/301.json")));
    let visits = [301, 302, 303, 307, 308].map(|status| {
        let id = format!("https://client.test/{status}.json");
        let to = if status == 301 { "https://elsewhere.test/c.json" } else { "https://10.0.0.1/c.json" };
        let moved = Reply::json(&document(&id)).status(status).header("location", to);
        site.serve(&format!("/{status}.json"), moved);
        let world = &world;
        async move { unknown(&visit(world, &id).await, &id) }
    });
    join_all(visits).await;
    assert_eq!(elsewhere.asked("/c.json"), 0);
    let client = world.internet.address_of(HOST);
    assert!(world.internet.asked().iter().all(|asked| asked.ip() == client));
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_04_a_document_is_small_whole_and_in_time() {
    let world = world().await;
    let begun = Instant::now();
    let large = serde_json::json!({ "padding": "x".repeat(5200) });
    let mut dripping = Reply::json(&document("https://drip.test/c.json"));
    dripping.drip = Some(Duration::from_millis(500));
    let replies = [
        ("large.test", Reply::json(&large)),
        ("drip.test", dripping),
        ("zip.test", Reply::json(&document("https://zip.test/c.json")).header("content-encoding", "gzip")),
        (
            "head.test",
            Reply::json(&document("https://head.test/c.json")).header("x-long", &"x".repeat(40_000)),
        ),
    ];
    let mut visits = Vec::new();
    for (name, reply) in replies {
        world.internet.site(name).await.serve("/c.json", reply);
        let world = &world;
        visits.push(async move { unknown(&visit(world, &format!("https://{name}/c.json")).await, name) });
    }
    join_all(visits).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // 5 KiB exactly are no reason to refuse.
    let mut fitting = with("padding", "".into());
    let missing = 5120 - fitting.to_string().len();
    fitting["padding"] = "x".repeat(missing).into();
    published(&world, &fitting).await;
    known(&visit(&world, ID).await, "5120 bytes");
}

/// The page without what differs between any two requests.
fn body_of(page: &gatewright_tests::Page) -> String {
    let id = page.header("x-request-id").to_owned();
    page.body.replace(&id, "REQUEST")
}

async fn timed(world: &World, id: &str) -> (String, Duration) {
    let begun = Instant::now();
    let page = visit(world, id).await;
    unknown(&page, id);
    (body_of(&page).replace(id, "ID"), begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_10_failures_look_alike_and_take_alike() {
    let world = world().await;
    let site = world.internet.site("open.test").await;
    site.serve("/c.json", Reply::text("text/html", "hello"));
    world.internet.name("shut.test", &[&[address("8.8.4.4")]]);
    world.internet.close(address("8.8.4.4"));
    world.internet.name("mute.test", &[&[address("8.8.8.8")]]);
    world.internet.silence(address("8.8.8.8"));
    world.internet.name("priv.test", &[&[address("10.0.0.1")]]);
    let ids = ["open", "shut", "mute", "priv", "none"].map(|name| format!("https://{name}.test/c.json"));
    let found = join_all(ids.iter().map(|id| timed(&world, id))).await;
    for ((body, took), id) in found.iter().zip(&ids) {
        let pattern = |text: &str| text.replace(&id[8..17], "HOST");
        assert_eq!(pattern(body), found[0].0.replace("open.test", "HOST"), "{id}");
        assert!((3000..10_000).contains(&took.as_millis()), "{id}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ci_10_one_network_has_thirty_hosts_asked_and_then_one_every_two_minutes() {
    let world = world().await;
    let site = world.internet.site("many.test").await;
    for n in 0..40 {
        let path = format!("/{n}.json");
        site.serve(&path, Reply::json(&document(&format!("https://many.test{path}"))));
    }
    let ids: Vec<String> = (0..40).map(|n| format!("https://many.test/{n}.json")).collect();
    let answers = join_all(ids.iter().map(|id| visit(&world, id))).await;
    assert_eq!(answers.iter().filter(|page| page.status == 200).count(), 30);
    assert_eq!(world.internet.asked().len(), 30);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    world.pass(125);
    let late = ids.iter().zip(&answers).find(|(_, page)| page.status != 200).unwrap().0;
    // Whoever was there before goes on being there; nothing is asked for it.
    let early = ids.iter().zip(&answers).find(|(_, page)| page.status == 200).unwrap().0;
    known(&visit(&world, early).await, early);
    known(&visit(&world, late).await, late);
    assert_eq!(world.internet.asked().len(), 31);
}
