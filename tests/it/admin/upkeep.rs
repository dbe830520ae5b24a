//! Looking after a server by its API: what `doctor`, `audit verify` and `key rotate --now` do.

use std::time::Duration;

use gatewright_server::audit::verify::{self, Finding, Kept, Stretch, Walk};
use gatewright_server::audit::{retention, seal};
use gatewright_tests::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::sealed::{eventful, place, report, run};
use super::{Caller, all_mighty, done, program, refused, sent};

/// The whole verification, and in how many answers.
async fn verified(caller: &Caller<'_>, query: &str) -> (Value, usize) {
    let (mut findings, mut answers) = (Vec::new(), 1);
    let mut answer = done(&caller.get(&format!("/events/verification{query}")).await, 200);
    loop {
        findings.extend(answer["findings"].as_array().unwrap().clone());
        let Some(next) = answer["next"].as_str() else {
            answer["findings"] = Value::Array(findings);
            return (answer, answers);
        };
        answer = done(&caller.get(&format!("/events/verification?cursor={next}")).await, 200);
        answers += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_running_server_tells_what_was_changed() {
    let world = eventful().await;
    let root = all_mighty(&world).await;
    seal::everything(&world.app).await.unwrap();
    let (whole, _) = verified(&root, "").await;
    let known = report(&world).await;
    assert_eq!((&whole["findings"], &whole["leaves"]), (&json!([]), &json!(known.leaves)), "{whole}");
    assert_eq!((&whole["root"], &whole["checkpoints"]), (&json!(known.root), &json!(known.checkpoints)));
    // A checkpoint that was kept is part of it.
    let newest = done(&root.get("/events/checkpoint").await, 200);
    let kept = format!("?size={}&root={}", newest["size"], newest["root"].as_str().unwrap());
    assert_eq!(verified(&root, &kept).await.0["findings"], json!([]));
    let wrong = format!("?size={}&root={}", newest["size"], "A".repeat(43));
    let differs = json!([{ "finding": "root_differs", "size": newest["size"] }]);
    assert_eq!(verified(&root, &wrong).await.0["findings"], differs);
    // One bit of one event; and a kind that no release ever had.
    let (seq, event) = place(&world, "user.created").await;
    let changed = json!([{ "finding": "event_changed", "seq": seq, "event": event }]);
    for change in ["actor = 'user:somebody-else'", "kind = 'user.crated'"] {
        run(&world, &format!("UPDATE events SET {change} WHERE id = '{event}'")).await;
        assert_eq!(verified(&root, "").await.0["findings"], changed, "{change}");
    }
    run(&world, &format!("DELETE FROM events WHERE id = '{event}'")).await;
    let gone = json!([{ "finding": "event_gone", "seq": seq, "event": event }]);
    assert_eq!(verified(&root, "").await.0["findings"], gone);
    // A place so far away that nobody waits for what is before it.
    run(&world, &format!("UPDATE event_log SET seq = 4611686018427387904 WHERE seq = {}", known.leaves - 1))
        .await;
    let found = verified(&root, "").await.0["findings"].as_array().unwrap().clone();
    assert!(
        found.iter().any(|one| one["finding"] == "leaf_gone" && one["seq"] == known.leaves - 1),
        "{found:?}"
    );
    assert!(found.iter().any(|one| one["finding"] == "cut_off"), "{found:?}");

    for wrong in ["?size=1", "?root=x", "?size=x&root=y", "?cursor=x", "?limit=1"] {
        refused(&root.get(&format!("/events/verification{wrong}")).await, 400, "invalid_request");
    }
}

/// A long log is looked at in stretches, and they add up to the same.
#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_long_log_is_verified_in_stretches() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let rows: Vec<String> = (0..2500).map(|n| json!({ "username": format!("u{n}") }).to_string()).collect();
    let request = root.request(Method::POST, "/users/import").header("content-type", "application/jsonl");
    assert_eq!(done(&sent(request.body(rows.join("\n"))).await, 200)["created"], 2500);
    seal::everything(&world.app).await.unwrap();
    let (seq, event) = place(&world, "user.created").await;
    run(&world, &format!("UPDATE events SET actor = 'nobody' WHERE id = '{event}'")).await;
    run(&world, "INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                 SELECT '01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e', min(at) - INTERVAL '1 hour', 'user.enabled', id, '::1', 'operator', '{}'
                 FROM events GROUP BY id ORDER BY 2 LIMIT 1").await;
    let slipped = "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".parse().unwrap();
    world.pass(600);
    let expected = [Finding::EventChanged { seq, event }, Finding::NotSealed { event: slipped }];
    let whole = report(&world).await;
    assert_eq!(whole.findings, expected);
    // No time at all: a thousand a stretch, each from where the one before was laid down.
    let (mut walk, mut findings, mut stretches) = (Walk::new(None), Vec::new(), 0);
    loop {
        stretches += 1;
        let stretch = walk.stretch(&world.app, Duration::ZERO, &mut findings).await.unwrap();
        if stretch == Stretch::Ended {
            break;
        }
        let bookmark = serde_json::to_string(&walk.bookmark()).unwrap();
        // The log grows meanwhile.
        done(
            &root
                .post(
                    "/users",
                    &json!({ "username": format!("n{stretches}"), "password": "a long enough password" }),
                )
                .await,
            201,
        );
        seal::everything(&world.app).await.unwrap();
        walk = Walk::resume(serde_json::from_str(&bookmark).unwrap()).unwrap();
    }
    assert!(stretches >= 5, "{stretches}");
    let found = walk.report(findings);
    assert_eq!(found.findings, expected);
    assert!(found.leaves > whole.leaves, "what was added on the way is part of it");
    let kept = Kept { size: found.leaves, root: found.root };
    assert_eq!(verify::everything(&world.app, Some(&kept)).await.unwrap().findings, expected, "and it fits");
}

/// Policy removes events while somebody verifies: that is no finding.
#[tokio::test(flavor = "multi_thread")]
async fn au_02_what_policy_removes_on_the_way_is_no_finding() {
    let world = eventful().await;
    let mut walk = Walk::new(None);
    world.pass(40 * 86_400);
    let before = world.operator().now - chrono::Duration::days(35);
    retention::remove(&world.app, &world.operator(), before).await.unwrap();
    seal::everything(&world.app).await.unwrap();
    let mut findings = Vec::new();
    while walk.stretch(&world.app, Duration::ZERO, &mut findings).await.unwrap() == Stretch::GoesOn {}
    let found = walk.report(findings);
    assert_eq!(found.findings, []);
    assert!(found.removed > 5, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_whether_all_is_well() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let server = done(&root.get("/server").await, 200);
    assert!(server["schema_version"].as_i64().unwrap() >= 1, "{server}");
    let all = done(&root.get("/server/checks").await, 200);
    let of = |name: &str| {
        let checks = all["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {all}")).clone()
    };
    assert_eq!(all["ok"], true, "{all}");
    for name in ["database", "database latency", "tables", "signing keys", "resources"] {
        assert_eq!(of(name)["status"], "ok", "{all}");
    }
    // Nobody here is an owner, and this role owns its tables.
    assert_eq!(of("owner")["status"], "warning", "{all}");
    assert!(of("events")["message"].is_string());
    run(&world, "DELETE FROM signing_keys WHERE state = 'active' AND alg = 'RS256'").await;
    let sick = done(&root.get("/server/checks").await, 200);
    assert_eq!(sick["ok"], false, "{sick}");
    assert!(sick.to_string().contains("there is no active RS256 key"), "{sick}");
    let some = program(&world, &[gatewright_server::admin::Scope::EventsRead]).await;
    refused(&some.get("/server/checks").await, 403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_key_signs_at_once_when_that_is_wanted() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let next = done(&root.post("/keys/rotate", &json!({ "alg": "ES256" })).await, 200);
    let path = format!("/keys/{}/activate", next["kid"].as_str().unwrap());
    let states = async || {
        let keys = done(&root.get("/keys").await, 200)["items"].as_array().unwrap().clone();
        let of = |state: &str| {
            let is_one = |key: &&Value| key["alg"] == "ES256" && key["state"] == state;
            keys.iter().filter(is_one).map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (of("active"), of("next"), of("retired"))
    };
    let (before, _, _) = states().await;
    assert_eq!(done(&root.act(&format!("{path}?dry_run=true")).await, 200)["state"], "active");
    assert_eq!(states().await.0, before, "a dry run changes nothing");
    assert_eq!(done(&root.act(&path).await, 200)["state"], "active");
    let kid = next["kid"].as_str().unwrap().to_owned();
    assert_eq!(states().await, (vec![kid.clone()], Vec::new(), before.clone()));
    assert_eq!(done(&root.act(&path).await, 200)["state"], "active", "once more is no mistake");
    // It signs here at once.
    let token = world.tokens().await.access;
    assert_eq!(gatewright_jose::peek(&token).unwrap().kid.as_deref(), Some(kid.as_str()));
    let old = format!("/keys/{}/activate", before[0]);
    refused(&root.act(&old).await, 409, "not_next");
    refused(&root.act("/keys/nobody/activate").await, 404, "not_found");
    // Of many at once, each with the key that waits, one makes it sign and nobody fails.
    let next = done(&root.post("/keys/rotate", &json!({ "alg": "ES256" })).await, 200);
    let path = format!("/keys/{}/activate", next["kid"].as_str().unwrap());
    let all = futures_util::future::join_all((0..6).map(|_| root.act(&path))).await;
    assert!(all.iter().all(|page| [200, 409].contains(&page.status.as_u16())));
    assert!(all.iter().any(|page| page.status == 200));
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE kind = 'key.activated' AND detail::text LIKE $1",
    )
    .bind(format!("%{}%", next["kid"].as_str().unwrap()))
    .fetch_one(&world.database)
    .await
    .unwrap();
    assert_eq!(count, 1);
}
