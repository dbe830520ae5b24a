//! LK-01: after everything this server does was done, right and wrong, no secret is in what it wrote: logs at
//! the most talkative level, errors and pages, events, and the whole database.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use gatewright_oauth::secret::{AuthCode, BrowserId, ClientSecret, SessionId, Token};
use gatewright_server::keys::{flow, rotation};
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, PASSWORD, Page, Tokens, VERIFIER};
use serde_json::json;
use tracing::level_filters::LevelFilter;

use super::dump::dump;
use super::forger::{active, unsealed};
use super::witness::{WRONG, Witness};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What goes right, and the replays of it that go wrong.
async fn the_honest_way(witness: &mut Witness) -> (Tokens, String) {
    let az = Az::of("pub1").set("scope", "openid profile mcp:read").also("nonce", "n-1");
    let (mut agent, answer) = witness.sign_in(&az).await;
    let answer = agent.follow(answer).await;
    let code = answer.answer("code").unwrap();
    witness.secrets.text("a code", &code);
    let wrong = "a-verifier-that-is-wrong-but-well-formed-0123456789";
    witness.secrets.text("a wrong verifier", wrong);
    let page = witness.world.redeem("pub1", &code, &[("code_verifier", wrong)]).await;
    witness.refused("a wrong verifier", page);
    let page = witness.world.redeem("pub1", &code, &[]).await;
    let tokens = witness.tokens(&page);
    assert!(witness.world.is_active(&tokens.access).await);
    let request = witness.world.http.get(witness.world.url("/userinfo")).bearer_auth(&tokens.access);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let page = witness.world.refresh("pub1", tokens.refresh()).await;
    let newer = witness.tokens(&page);
    let page = witness.world.refresh("pub2", newer.refresh()).await;
    witness.refused("a foreign refresh token", page);
    witness.world.pass(5);
    let page = witness.world.redeem("pub1", &code, &[]).await;
    witness.refused("a replayed code", page);
    let page = witness.world.refresh("pub1", newer.refresh()).await;
    witness.refused("a refresh token after the replay", page);
    let logout = agent.get("/logout").await;
    witness.page("logout", &logout, "ticket");
    let done = agent.get(&format!("/logout?id_token_hint={}", tokens.id.clone().unwrap())).await;
    assert!(done.body.contains("id=\"logout-done\""), "{}", done.body);
    witness.shown.push(("after logout", done));
    // Reuse, and an end by the client itself.
    let (mut agent, answer) =
        witness.sign_in(&Az::of("pub1").set("response_mode", "form_post").set("prompt", "consent")).await;
    let answer = agent.follow(answer).await;
    let code = answer.hidden("code");
    witness.secrets.text("a code", &code);
    let page = witness.world.redeem("pub1", &code, &[]).await;
    let mut old = witness.tokens(&page);
    for _ in 0..2 {
        let page = witness.world.refresh("pub1", old.refresh()).await;
        old = witness.tokens(&page);
    }
    let first = Tokens::of(&page);
    witness.world.pass(61);
    let page = witness.world.refresh("pub1", first.refresh()).await;
    witness.refused("reuse", page);
    (old, code)
}

/// Clients that authenticate, well and badly, and keys that turn over.
async fn clients_and_keys(witness: &mut Witness) {
    let fields = [("grant_type", "client_credentials")];
    let page = witness.world.post_as("conf1", "/token", &fields).await;
    let own = witness.tokens(&page);
    assert_eq!(witness.world.post_as("conf1", "/revoke", &[("token", &own.access)]).await.status, 200);
    let body = json!({ "client_name": "Canary", "redirect_uris": ["https://canary.test/cb"], "token_endpoint_auth_method": "client_secret_post" });
    let registered = witness.world.post_json("/register", &body).await.json();
    let (id, secret) =
        (registered["client_id"].as_str().unwrap(), registered["client_secret"].as_str().unwrap());
    witness.secrets.text("a registered secret", secret);
    let page = witness.world.post("/token", &[("client_id", id), ("client_secret", secret), fields[0]]).await;
    witness.refused("a grant it has not", page);
    for (what, client, secret) in [
        ("a foreign secret", "conf1", secret_of("conf2")),
        ("a secret for nobody", "nobody", secret_of("conf1")),
        ("a secret with a tail", "conf1", format!("{}x", secret_of("conf1"))),
        ("a public client with a secret", "pub1", secret_of("conf1")),
    ] {
        for path in ["/token", "/introspect", "/revoke"] {
            let page = witness.basic(client, &secret, path, &[fields[0], ("token", &own.access)]).await;
            witness.refused(what, page);
        }
    }
    witness.world.pass(91 * 24 * 3600);
    for _ in 0..2 {
        rotation::tend(witness.world.app.clone()).await.unwrap();
        witness.world.pass(3700);
    }
    assert_eq!(witness.world.count("signing_keys").await, 4);
}

/// Requests that put secrets where they do not belong.
async fn the_wrong_way(witness: &mut Witness, (tokens, code): &(Tokens, String)) {
    let access = tokens.access.clone();
    let secret = secret_of("conf1");
    for path in [
        format!("/token?grant_type=refresh_token&refresh_token={}&client_secret={secret}", tokens.refresh()),
        format!("/token/?code={code}"),
        format!("/introspect?token={access}"),
        format!("/revoke?token={access}"),
        format!("/register?client_secret={secret}"),
    ] {
        let page = witness.world.post(&path, &[("client_id", "pub1")]).await;
        witness.refused("secrets in a query", page);
    }
    for path in [
        format!("/userinfo?access_token={access}"),
        format!("/{secret}"),
        format!("/.well-known/{secret}"),
        format!("/token//{secret}"),
        format!("/authorize?client_id={secret}&state={access}&redirect_uri={code}"),
        format!(
            "/authorize?client_id=pub1&redirect_uri=https://app.test/cb&code_challenge={VERIFIER}&code={code}&resource={secret}&id_token_hint={access}"
        ),
        format!("/login?request={secret}"),
        format!("/consent?request={access}"),
    ] {
        let page = witness.world.get(&path).await;
        witness.refused("secrets in a path or query", page);
    }
}

/// Bodies and headers that are odd, and forms that come from elsewhere.
async fn the_odd_way(witness: &mut Witness, (tokens, code): &(Tokens, String)) {
    let access = tokens.access.clone();
    let secret = secret_of("conf1");
    let odd = ["client_credentials", "password", secret.as_str()];
    for grant in odd {
        let fields = [
            ("grant_type", grant),
            ("client_id", "pub1"),
            ("username", "alice"),
            ("password", PASSWORD),
            ("refresh_token", &access),
            ("code", tokens.refresh()),
        ];
        let page = witness.world.post("/token", &fields).await;
        witness.refused("an odd grant", page);
    }
    for (kind, body) in [
        ("text/plain", format!("client_secret={secret}&code={code}")),
        (
            "application/json",
            json!({ "refresh_token": tokens.refresh(), "client_secret": secret }).to_string(),
        ),
        (
            "application/x-www-form-urlencoded",
            format!("client_id=pub1&client_secret={secret}&client_secret={secret}&grant_type=x"),
        ),
        (
            "application/x-www-form-urlencoded",
            format!("client_id=pub1&refresh_token={}%00&grant_type=refresh_token", tokens.refresh()),
        ),
        ("application/x-www-form-urlencoded", format!("code={code}&pad={}", "x".repeat(80_000))),
    ] {
        for path in ["/token", "/revoke", "/introspect", "/register", "/login", "/consent"] {
            let request = witness
                .world
                .http
                .post(witness.world.url(path))
                .header("content-type", kind)
                .body(body.clone());
            let page = Page::read(request.send().await.unwrap()).await;
            witness.refused("an odd body", page);
        }
    }
    for line in [
        format!("Bearer {secret}"),
        format!("Bearer {}", tokens.refresh()),
        format!("Basic {secret}"),
        format!("Digest {secret}"),
        format!("Bearer {access} {secret}"),
        access.clone(),
    ] {
        for path in ["/userinfo", "/token", "/introspect"] {
            let request = witness
                .world
                .http
                .post(witness.world.url(path))
                .header("authorization", &line)
                .form(&[("token", &access)]);
            let page = Page::read(request.send().await.unwrap()).await;
            witness.refused("an odd authorization", page);
        }
    }
    // A form from another site, cookies that are other things, and a person who is not there.
    let mut agent = witness.world.agent();
    let login = witness.world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = witness.page("login", &login, "request");
    let fields = [("request", request.as_str()), ("username", PASSWORD), ("password", WRONG)];
    let foreign = witness
        .world
        .http
        .post(witness.world.url("/login"))
        .header("origin", "https://evil.test")
        .form(&fields);
    let page = agent.send(foreign.header("sec-fetch-site", "cross-site")).await;
    witness.refused("a form of another site", page);
    let page =
        agent.post("/login", &[("request", &request), ("username", "nobody"), ("password", PASSWORD)]).await;
    witness.shown.push(("somebody who is not there", page));
    witness.cookies(&agent);
    agent.cookies.insert("__Host-gw_session".to_owned(), secret.clone());
    let page = agent.get(&format!("/login?request={secret}")).await;
    witness.refused("odd cookies", page);
}

/// Faults of ours, which say most.
async fn our_own_fault(witness: &mut Witness, (tokens, code): &(Tokens, String)) {
    let database = witness.world.database.clone();
    let run = |statement: &'static str| sqlx::query(statement).execute(&database);
    run("UPDATE credentials SET sealed = '\\x01'").await.unwrap();
    let mut agent = witness.world.agent();
    let login = witness.world.authorize(&mut agent, &Az::of("pub1")).await;
    let request = witness.page("login", &login, "request");
    let page =
        agent.post("/login", &[("request", &request), ("username", "alice"), ("password", PASSWORD)]).await;
    witness.refused("a password that does not unseal", page);
    run("UPDATE clients SET metadata = '7' WHERE id = 'conf1'").await.unwrap();
    witness.world.app.directory.forget();
    let page = witness.world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    witness.refused("a corrupt row", page);
    // Tables that are not what we think: the statement itself fails, with its parameters.
    for statement in [
        "ALTER TABLE codes RENAME TO codes_away",
        "ALTER TABLE grants RENAME TO grants_away",
        "ALTER TABLE sessions RENAME TO sessions_away",
    ] {
        run(statement).await.unwrap();
    }
    let page = witness.world.redeem("pub1", code, &[]).await;
    witness.refused("no codes", page);
    let page = witness.world.refresh("pub1", tokens.refresh()).await;
    witness.refused("no grants", page);
    agent.cookies.insert(
        "__Host-gw_session".to_owned(),
        Token::<SessionId>::from_random([9; 32]).text().expose().clone(),
    );
    let page = agent.get(&format!("/authorize?{}", Az::of("pub1").query())).await;
    witness.refused("no sessions", page);
    for statement in [
        "ALTER TABLE codes_away RENAME TO codes",
        "ALTER TABLE grants_away RENAME TO grants",
        "ALTER TABLE sessions_away RENAME TO sessions",
    ] {
        run(statement).await.unwrap();
    }
}

/// Everything 32 bytes long that the server drew. Salts are half of a derivation and stand in their rows by
/// design; everything else drawn at this length is a secret.
async fn drawn(witness: &mut Witness) {
    let salts: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT salt FROM grants").fetch_all(&witness.world.database).await.unwrap();
    let salts: BTreeSet<Vec<u8>> = salts.into_iter().collect();
    let drawn = witness.world.entropy.secrets();
    assert!(salts.len() >= 2 && salts.iter().all(|salt| drawn.contains(salt)));
    let secret: Vec<[u8; 32]> = drawn
        .iter()
        .filter(|value| !salts.contains(*value))
        .map(|value| value.as_slice().try_into().unwrap())
        .collect();
    // Five data keys, a client secret, and a browser and a session for each visit.
    assert!(secret.len() >= 11, "{}", secret.len());
    for value in secret {
        witness.secrets.bytes("a drawn secret", &value);
        for text in [
            Token::<SessionId>::from_random(value).text(),
            Token::<BrowserId>::from_random(value).text(),
            Token::<ClientSecret>::from_random(value).text(),
            Token::<AuthCode>::from_random(value).text(),
        ] {
            witness.secrets.text("a drawn secret", text.expose());
        }
    }
    for algorithm in flow::ALGORITHMS {
        let pkcs8 = unsealed(&witness.world, &active(&witness.world, algorithm).await);
        witness.secrets.bytes("a private key", &pkcs8);
        // The scalar of an EC key; somewhere in the private part of an RSA key.
        witness.secrets.bytes(
            "a private key's number",
            if pkcs8.len() < 200 { &pkcs8[36..68] } else { &pkcs8[400..600] },
        );
    }
}

async fn live() -> Witness {
    let mut witness = Witness::of().await;
    let spent = the_honest_way(&mut witness).await;
    clients_and_keys(&mut witness).await;
    the_wrong_way(&mut witness, &spent).await;
    the_odd_way(&mut witness, &spent).await;
    our_own_fault(&mut witness, &spent).await;
    drawn(&mut witness).await;
    witness
}

#[test]
fn lk_01_no_secret_is_in_logs_errors_events_or_the_database() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let dispatch = tracing::Dispatch::new(subscriber);
    // While there is only one, `tracing` asks the thread that meets a log line first whether anybody wants it,
    // which may be a thread of another test, and remembers the answer. With two it asks both.
    let second = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(io::sink).finish();
    let _second = tracing::Dispatch::new(second);
    let of_thread = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        // Threads that hash passwords and make keys too.
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&of_thread)))
        .build()
        .unwrap();
    let _here = tracing::dispatcher::set_default(&dispatch);
    let (witness, tables) = runtime.block_on(async {
        let witness = live().await;
        let tables = dump(&witness.world.database).await;
        (witness, tables)
    });

    let logged = log.0.lock().unwrap().clone();
    let lines = logged.split(|byte| *byte == b'\n').count();
    let text = String::from_utf8_lossy(&logged);
    for expected in [
        "TRACE",
        "DEBUG",
        "route=\"/token\"",
        "status=500",
        "gatewright_server",
        "sqlx::query",
        "internal error",
    ] {
        assert!(text.contains(expected), "the log is not complete: {expected} is missing in {lines} lines");
    }
    assert!(witness.secrets.secrets > 60 && witness.sealed.secrets >= 6 && witness.shown.len() > 60);

    let mut found = Vec::new();
    for needles in [&witness.secrets, &witness.sealed] {
        found.extend(needles.found_in("the log", &logged));
        for (table, rows) in &tables {
            found.extend(needles.found_in(table, rows.join("\n").as_bytes()));
        }
    }
    assert!(!tables["events"].is_empty() && !tables["credentials"].is_empty());
    let stored: String = tables.values().flatten().map(String::as_str).collect();
    for marker in ["$argon2", "PRIVATE KEY", "gw_ac_", "gw_si_", "gw_rt_", "gw_cs_", "gw_br_", "eyJ"] {
        if stored.contains(marker) {
            found.push(format!("{marker} in the database"));
        }
        if marker != "eyJ" && text.contains(marker) {
            found.push(format!("{marker} in the log"));
        }
    }
    for (what, page) in &witness.shown {
        found.extend(witness.secrets.found_in(what, page.body.as_bytes()));
        for (name, value) in page.headers.iter().filter(|(name, _)| *name != "set-cookie") {
            found.extend(witness.secrets.found_in(&format!("{what}, {name}"), value.as_bytes()));
        }
    }
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
    drop(witness);
    runtime.shutdown_background();
}
