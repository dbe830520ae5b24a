//! DB-01: somebody has a copy of the whole database, read-only, and presents everything in it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use gatewright_oauth::refresh::RefreshToken;
use gatewright_oauth::secret::{AuthCode, BrowserId, ClientSecret, SessionId, Token};
use gatewright_tests::{Agent, Az, PASSWORD, Tokens, World};
use serde_json::Value;

use super::discovery::text_leaves;
use super::dump::{dump, values};
use super::forger::encode;

/// Somebody who has the dump and the source.
struct Thief {
    world: World,
    /// Every grant, with what its row says.
    grants: Vec<(uuid::Uuid, i64, Vec<u8>)>,
    /// A browser of the thief's own, with a login page open.
    agent: Agent,
    request: String,
}

/// CRC-32 (IEEE 802.3), as at the end of our tokens.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

impl Thief {
    /// Every text the thief can make of a value of the dump.
    fn guesses(&self, value: &str) -> Vec<String> {
        let mut all = vec![value.to_owned()];
        if let Ok(json) = serde_json::from_str::<Value>(value) {
            all.extend(text_leaves(&json));
        }
        let Some(hex) = value.strip_prefix("\\x") else { return all };
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
        all.extend([hex.to_owned(), encode(&bytes)]);
        if let Ok(secret) = <[u8; 32]>::try_from(bytes.as_slice()) {
            let (session, browser) = (
                Token::<SessionId>::from_random(secret).text(),
                Token::<BrowserId>::from_random(secret).text(),
            );
            let (client, code) = (
                Token::<ClientSecret>::from_random(secret).text(),
                Token::<AuthCode>::from_random(secret).text(),
            );
            all.extend([session, browser, client, code].iter().map(|text| text.expose().clone()));
            for (grant, generation, salt) in &self.grants {
                let now = u64::try_from(*generation).unwrap();
                for generation in [now.wrapping_sub(1), now, now + 1] {
                    // As the secret itself, and as the key it is derived with.
                    let mut payload = grant.as_bytes().to_vec();
                    payload.extend(generation.to_be_bytes());
                    payload.extend(secret);
                    let body = format!("gw_rt_{}", encode(&payload));
                    all.push(format!("{body}_{}", encode(crc(body.as_bytes()).to_be_bytes())));
                    all.push(RefreshToken::derive(&secret, salt, *grant, generation).text().expose().clone());
                }
            }
        }
        all
    }

    /// Shows a text at every door. What opened is named.
    async fn try_everywhere(&self, text: &str) -> Vec<String> {
        let world = &self.world;
        let mut opened = Vec::new();
        let mut note = |door: &str, open: bool| {
            if open {
                opened.push(format!("{door} with {text}"));
            }
        };
        let printable = text.len() < 6000 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if printable {
            let bearer = world.http.get(world.url("/userinfo")).bearer_auth(text).send().await.unwrap();
            note("userinfo", bearer.status().is_success());
        }
        note("introspection as the resource", world.is_active(text).await);
        let refreshed = world.refresh("pub1", text).await;
        note("refresh", refreshed.status != 400);
        let redeemed = world.redeem("pub1", text, &[]).await;
        note("code", redeemed.status != 400);
        for client in ["conf1", "rs1"] {
            let request = world.http.post(world.url("/token")).basic_auth(client, Some(text));
            let page = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
            note(client, page.status() != 401 && page.status() != 400);
        }
        let fields = [("client_id", "conf2"), ("client_secret", text), ("grant_type", "client_credentials")];
        note("conf2", world.post("/token", &fields).await.status == 200);
        if printable && !text.contains([';', ',', '"', '\\']) {
            for name in ["__Host-gw_session", "__Host-gw_browser_AAAAAAAA"] {
                let mut agent = world.agent();
                agent.cookies.insert(name.to_owned(), text.to_owned());
                let page = world.authorize(&mut agent, &Az::of("pub1")).await;
                note(name, !page.body.contains("id=\"login-form\""));
            }
        }
        let mut agent = self.agent.clone();
        let fields = [("request", self.request.as_str()), ("username", "alice"), ("password", text)];
        let page = agent.post("/login", &fields).await;
        note("the password", page.status == 303 || page.headers.contains_key("set-cookie"));
        let page = agent.post("/consent", &[("ticket", text), ("decision", "approve")]).await;
        note("consent", page.status == 303);
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let page = agent.get(&format!("/authorize/resume?request={query}")).await;
        note("a pending request", page.status == 303 || page.status == 200);
        opened
    }
}

/// That somebody tried passwords is counted.
fn without_tries(mut dump: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    assert!(dump.remove("tries").is_some());
    dump
}

#[tokio::test(flavor = "multi_thread")]
async fn db_01_nothing_in_a_dump_opens_anything() {
    let world = World::with(|config| {
        config.login.attempts = 100;
        config.tokens.code_seconds = 600;
    })
    .await;
    // Something of everything: a signed-in browser, an unused code, a live grant, a rotated one, a revoked token.
    let mut victim = world.agent();
    let code = world.approve(&mut victim, &Az::of("pub1"), "alice").await.answer("code").unwrap();
    let tokens = world.tokens().await;
    let rotated = world.tokens().await;
    let rotated = Tokens::of(&world.refresh("pub1", rotated.refresh()).await);
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    world.post_as("conf1", "/revoke", &[("token", &Tokens::of(&page).access)]).await;
    let body = serde_json::json!({ "redirect_uris": ["https://new.test/cb"], "token_endpoint_auth_method": "client_secret_basic" });
    assert_eq!(world.post_json("/register", &body).await.status, 201);

    let stolen = values(&world.database).await;
    let before = without_tries(dump(&world.database).await);
    let grants =
        sqlx::query_as("SELECT id, generation, salt FROM grants").fetch_all(&world.database).await.unwrap();
    let mut agent = world.agent();
    let request = world.authorize(&mut agent, &Az::of("pub1")).await.hidden("request");
    let thief = Thief { world, grants, agent, request };
    assert_eq!(thief.grants.len(), 2);
    let guesses: BTreeSet<String> =
        stolen.iter().flat_map(|(_, value)| thief.guesses(value)).filter(|guess| guess.len() >= 4).collect();
    assert!(guesses.len() > 400, "{}", guesses.len());
    let kinds = ["gw_si_", "gw_br_", "gw_cs_", "gw_ac_", "gw_rt_"];
    assert!(kinds.iter().all(|kind| guesses.iter().any(|guess| guess.starts_with(kind))));

    let opened: Vec<String> = stream::iter(&guesses)
        .map(|guess| thief.try_everywhere(guess))
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await
        .concat();
    assert!(opened.is_empty(), "{} doors:\n{}", opened.len(), opened.join("\n"));
    // Nothing was written either, and nobody was harmed: what is real still works.
    let world = thief.world;
    assert_eq!(without_tries(dump(&world.database).await), before);
    assert_eq!(world.redeem("pub1", &code, &[]).await.status, 200);
    for refresh in [tokens.refresh(), rotated.refresh()] {
        assert_eq!(world.refresh("pub1", refresh).await.status, 200);
    }
    let page = world.authorize(&mut victim, &Az::of("pub1")).await;
    assert!(page.answer("code").is_some(), "{}", page.body);
    // The password is right after all (the throttle let go long ago).
    world.pass(24 * 3600);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1").set("prompt", "login")).await;
    let fields = [("request", &*login.hidden("request")), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(agent.post("/login", &fields).await.status, 303);
}

#[test]
fn the_thief_counts_checksums_like_we_do() {
    let text = Token::<AuthCode>::from_random([3; 32]).text().expose().clone();
    let (body, sum) = text.rsplit_once('_').unwrap();
    assert_eq!(encode(crc(body.as_bytes()).to_be_bytes()), sum);
}
