//! Events: a closed list, documented; and every change has its own (docs/events.md).

use std::collections::BTreeMap;

use gatewright_store::EventKind;
use gatewright_tests::{Agent, Az, Page, Tokens, World};
use serde_json::{Value, json};

use super::dump::dump;

#[test]
fn every_kind_is_documented_and_nothing_else_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.md");
    let document = std::fs::read_to_string(path).unwrap();
    let list = document.split("| kind | what happened |").nth(1).unwrap();
    let rows: Vec<(&str, &str)> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
        .collect();
    let documented: Vec<&str> = rows.iter().map(|(kind, _)| *kind).collect();
    let kinds: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(
        documented, kinds,
        "docs/events.md lists every kind of crates/store/src/events/kind.rs in its order"
    );
    assert!(rows.iter().all(|(_, meaning)| meaning.len() > 10));
    for kind in kinds {
        let (subject, verb) = kind.split_once('.').unwrap();
        assert!(
            [subject, verb].iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')),
            "{kind}"
        );
    }
}

/// What the database holds besides events.
async fn state(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut all = dump(&world.database).await;
    all.remove("events");
    all
}

/// The kinds of the events of one request.
async fn events_of(world: &World, page: &Page) -> Vec<String> {
    let request: uuid::Uuid = page.header("x-request-id").parse().unwrap();
    sqlx::query_scalar("SELECT kind FROM events WHERE request_id = $1 ORDER BY kind")
        .bind(request)
        .fetch_all(&world.database)
        .await
        .unwrap()
}

/// Watches one request after another.
struct Watch<'a> {
    world: &'a World,
    state: BTreeMap<String, Vec<String>>,
    events: i64,
}

impl Watch<'_> {
    /// The request changed what it says it changed, and said so under its own id.
    async fn changed(&mut self, what: &str, page: &Page, kinds: &[&str]) {
        let (before, events) = self.turn().await;
        assert_ne!(before, self.state, "{what} changed nothing");
        self.said(what, page, (events, kinds)).await;
    }

    /// The request is on record although nothing else changed.
    async fn recorded(&mut self, what: &str, page: &Page, kinds: &[&str]) {
        let (before, events) = self.turn().await;
        assert_eq!(before, self.state, "{what}");
        self.said(what, page, (events, kinds)).await;
    }

    /// The request changed nothing, and there is nothing on record.
    async fn nothing(&mut self, what: &str, page: &Page) {
        self.recorded(what, page, &[]).await;
    }

    async fn said(&self, what: &str, page: &Page, (events, kinds): (i64, &[&str])) {
        assert_eq!(events_of(self.world, page).await, kinds, "{what}: {} {}", page.status, page.body);
        assert_eq!(events, i64::try_from(kinds.len()).unwrap(), "{what}: events of another request");
    }

    async fn turn(&mut self) -> (BTreeMap<String, Vec<String>>, i64) {
        let before = std::mem::replace(&mut self.state, state(self.world).await);
        let events = self.world.count("events").await;
        let more = events - std::mem::replace(&mut self.events, events);
        (before, more)
    }
}

async fn login(world: &World, agent: &mut Agent, page: &Page) -> Page {
    let request = page.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    agent.post(&world.url("/login"), &fields).await
}

#[tokio::test]
async fn au_01_every_change_has_its_event_and_every_refusal_leaves_nothing() {
    let world = &World::new().await;
    let mut watch = Watch { world, state: state(world).await, events: world.count("events").await };
    let mut agent = world.agent();
    let first = world.authorize(&mut agent, &Az::of("pub1")).await;
    watch.nothing("asking", &first).await;
    let page = login(world, &mut agent, &first).await;
    watch.changed("signing in", &page, &["session.opened"]).await;
    let consent = agent.follow(page).await;
    watch.nothing("looking at the question", &consent).await;
    world.pass(2);
    let ticket = consent.hidden("ticket");
    let answer = agent.post("/consent", &[("ticket", &ticket), ("decision", "approve")]).await;
    watch.changed("approving", &answer, &["code.issued", "consent.granted"]).await;
    let back = agent.follow(answer).await;
    let code = back.answer("code").unwrap();
    watch.turn().await;
    let page = world.redeem("pub1", &code, &[("code_verifier", &"x".repeat(43))]).await;
    watch.changed("a wrong verifier", &page, &["code.verifier_failed"]).await;
    let page = world.redeem("pub1", &code, &[]).await;
    watch.changed("redeeming", &page, &["grant.created"]).await;
    let one = Tokens::of(&page);
    let page = world.refresh("pub1", one.refresh()).await;
    watch.changed("refreshing", &page, &["grant.refreshed"]).await;
    let two = Tokens::of(&page);
    let page = world.refresh("pub1", one.refresh()).await;
    watch.recorded("repeating a refresh", &page, &["token.issued"]).await;
    let page = world.refresh("pub2", two.refresh()).await;
    watch.nothing("a foreign refresh token", &page).await;
    let page = world.post("/revoke", &[("client_id", "pub1"), ("token", two.refresh())]).await;
    watch.changed("revoking", &page, &["grant.revoked"]).await;
    let page = world.post("/revoke", &[("client_id", "pub1"), ("token", two.refresh())]).await;
    watch.nothing("revoking again", &page).await;
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    watch.recorded("client credentials", &page, &["token.issued"]).await;
    let own = Tokens::of(&page);
    let page = world.post_as("conf1", "/revoke", &[("token", &own.access)]).await;
    watch.changed("revoking a token", &page, &["token.revoked"]).await;
    let body = json!({ "redirect_uris": ["https://new.test/cb"] });
    let page = world.post_json("/register", &body).await;
    watch.changed("registering", &page, &["client.created"]).await;
    let page = world.post_json("/register", &body).await;
    watch.nothing("registering again", &page).await;
    for (path, fields) in [
        ("/token", &[("grant_type", "client_credentials"), ("client_id", "conf1")][..]),
        ("/introspect", &[("token", "x")]),
    ] {
        let page = world.post(path, fields).await;
        watch.nothing(path, &page).await;
    }
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    watch.changed("asking again", &page, &["code.issued"]).await;
    let page = world.redeem("pub2", &page.answer("code").unwrap(), &[]).await;
    watch.changed("a foreign code", &page, &["code.burned"]).await;
    let ticket = agent.get("/logout").await.hidden("ticket");
    watch.turn().await;
    let page = agent.post("/logout", &[("ticket", &ticket)]).await;
    watch.changed("signing out", &page, &["session.ended"]).await;
}

#[tokio::test]
async fn events_are_well_formed() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    world.refresh("pub1", tokens.refresh()).await;
    world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    world.post_json("/register", &json!({ "redirect_uris": ["https://new.test/cb"] })).await;
    world.disable_user("mallory").await;
    let rows: Vec<(uuid::Uuid, String, String, String, Value)> =
        sqlx::query_as("SELECT id, kind, peer, actor, detail FROM events")
            .fetch_all(&world.database)
            .await
            .unwrap();
    assert!(rows.len() > 15);
    for (id, kind, peer, actor, detail) in rows {
        assert_eq!(id.get_version_num(), 7);
        assert!(EventKind::parse(&kind).is_some(), "{kind}");
        assert!(peer.parse::<std::net::IpAddr>().is_ok() || peer == "local", "{kind}: {peer}");
        let known = match actor.split_once(':') {
            Some(("user", id)) => id.parse::<uuid::Uuid>().is_ok(),
            Some(("client", id)) => !id.is_empty(),
            Some(_) => false,
            None => ["operator", "system", "stranger"].contains(&&*actor),
        };
        assert!(known, "{kind}: {actor}");
        assert!(detail.is_object(), "{kind}: {detail}");
    }
}
