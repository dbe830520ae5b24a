//! Every refusal of the token endpoint, word for word: what a developer reads at two in the morning. A change
//! of words shows up in `snapshots/`.

use std::fmt::Write;

use gatewright_oauth::refresh::RefreshToken;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, CALLBACK, MCP, OTHER, Page, Tokens, VERIFIER, World};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::json;

use super::endings::Ending;
use super::{grant, own_token, refresh_with, set_profile};

const WRONG: &str = "ZZZZZZZZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const OWN: (&str, &str) = ("grant_type", "client_credentials");

/// The table: what was done, and what was said.
#[derive(Default)]
struct Table(String);

impl Table {
    fn add(&mut self, what: &str, page: &Page) {
        assert!((400..600).contains(&page.status.as_u16()), "{what}: {} {}", page.status, page.body);
        assert!(page.location().is_none(), "{what}");
        if page.status != 405 {
            let body = page.json();
            let words = body["error_description"].as_str().unwrap_or_default();
            assert!(words.len() > 20, "{what}: {}", page.body);
            assert!(
                words.bytes().all(|byte| matches!(byte, b' '..=b'!' | b'#'..=b'[' | b']'..=b'~')),
                "{what}"
            );
            assert_eq!(
                (page.header("cache-control"), page.header("content-type")),
                ("no-store", "application/json")
            );
        }
        let challenge =
            page.headers.get("www-authenticate").map_or(String::new(), |value| format!(" {value:?}"));
        let body = match page.json_id() {
            Some(id) => page.body.replace(&id, "ID"),
            None => page.body.clone(),
        };
        writeln!(self.0, "{what}\n    {}{challenge} {body}", page.status.as_u16()).unwrap();
    }

    fn is(&self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, self.0));
    }
}

trait ErrorId {
    fn json_id(&self) -> Option<String>;
}

impl ErrorId for Page {
    fn json_id(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body["error_id"].as_str().map(str::to_owned)
    }
}

/// A body as it is, with a header.
async fn raw(world: &World, (header, value): (http::HeaderName, &str), body: &str) -> Page {
    let form = "application/x-www-form-urlencoded";
    let mut request = world.http.post(world.url("/token")).body(body.to_owned());
    if header != CONTENT_TYPE {
        request = request.header(CONTENT_TYPE, form);
    }
    Page::read(request.header(header, value).send().await.unwrap()).await
}

const FORM: (http::HeaderName, &str) = (CONTENT_TYPE, "application/x-www-form-urlencoded");

#[tokio::test(flavor = "multi_thread")]
async fn what_a_malformed_request_hears() {
    let world = World::new().await;
    let mut table = Table::default();
    table.add("GET", &world.get("/token").await);
    table.add("parameters in the query", &world.post("/token?client_id=pub1", &[OWN]).await);
    let json = (CONTENT_TYPE, "application/json");
    table.add("a JSON body", &raw(&world, json, r#"{"grant_type":"client_credentials"}"#).await);
    table.add("nothing", &raw(&world, FORM, "").await);
    table.add("too much", &raw(&world, FORM, &"x".repeat(40 * 1024)).await);
    table.add("too many", &raw(&world, FORM, &"a=b&".repeat(129)).await);
    table.add("a lonely percent sign", &raw(&world, FORM, "client_id=pub1&code=%zz").await);
    table.add("overlong UTF-8", &raw(&world, FORM, "client_id=pub1&code=%C0%AF").await);
    table.add("NUL", &raw(&world, FORM, "client_id=pub1&code=%00").await);
    table.add("client_id twice", &raw(&world, FORM, "client_id=pub1&client_id=pub1").await);
    table.add("code twice", &raw(&world, FORM, "client_id=pub1&code=a&code=b").await);

    let post = async |fields: &[(&str, &str)]| {
        world.post("/token", &[&[("client_id", "pub1")], fields].concat()).await
    };
    table.add("no grant_type", &post(&[("code", "x")]).await);
    table.add("an empty grant_type", &post(&[("grant_type", "")]).await);
    table.add("an unknown grant_type", &post(&[("grant_type", "password")]).await);
    let code = ("grant_type", "authorization_code");
    table.add("no code", &post(&[code]).await);
    table.add("half a code", &post(&[code, ("code", "gw_ac_abc")]).await);
    let well_formed =
        gatewright_oauth::secret::Token::<gatewright_oauth::secret::AuthCode>::from_random([1; 32]).text();
    let known = ("code", well_formed.expose().as_str());
    table.add("a short verifier", &post(&[code, known, ("code_verifier", "abc")]).await);
    table.add("a malformed resource", &post(&[code, known, ("resource", "mcp.test")]).await);
    table.add(
        "a resource with a fragment",
        &post(&[code, known, ("resource", "https://mcp.test/mcp#x")]).await,
    );
    table.add("two resources", &post(&[code, known, ("resource", MCP), ("resource", OTHER)]).await);
    let refresh = ("grant_type", "refresh_token");
    table.add("no refresh token", &post(&[refresh]).await);
    table.add("half a refresh token", &post(&[refresh, ("refresh_token", "gw_rt_abc")]).await);
    table.add("a malformed scope", &post(&[refresh, ("refresh_token", "x"), ("scope", "a\"b")]).await);
    table.add("authorization_details", &post(&[code, ("authorization_details", r#"[{"type":"x"}]"#)]).await);
    table.is("token_errors_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_unproven_client_hears() {
    let world = World::new().await;
    let mut table = Table::default();
    let (one, two) = (secret_of("conf1"), secret_of("conf2"));
    let post = async |fields: &[(&str, &str)]| world.post("/token", &[&[OWN], fields].concat()).await;
    let with = async |id: &str, secret: &str, fields: &[(&str, &str)]| {
        let request = world.http.post(world.url("/token")).basic_auth(id, Some(secret));
        Page::read(request.form(&[&[OWN], fields].concat()).send().await.unwrap()).await
    };
    table.add("no client", &post(&[]).await);
    table.add("an unknown client", &post(&[("client_id", "nobody")]).await);
    table.add("an unknown client with a secret", &with("nobody", &one, &[]).await);
    table.add("no secret", &post(&[("client_id", "conf2")]).await);
    table.add("a wrong secret", &with("conf1", &two, &[]).await);
    table.add("basic, registered post", &with("conf2", &two, &[]).await);
    table.add("post, registered basic", &post(&[("client_id", "conf1"), ("client_secret", &one)]).await);
    table.add("a secret of a public client", &post(&[("client_id", "pub1"), ("client_secret", &one)]).await);
    table.add("two methods", &with("conf1", &one, &[("client_secret", &one)]).await);
    table.add("two clients", &with("conf1", &one, &[("client_id", "conf2")]).await);
    table.add(
        "a bearer token",
        &raw(&world, (AUTHORIZATION, "Bearer abc"), "grant_type=client_credentials").await,
    );
    table.add(
        "Basic without base64",
        &raw(&world, (AUTHORIZATION, "Basic conf1:x"), "grant_type=client_credentials").await,
    );
    table.add("an assertion", &post(&[("client_id", "conf1"), ("client_assertion", "e30.e30.x")]).await);
    world.disable_client("conf1").await;
    table.add("a disabled client", &with("conf1", &one, &[]).await);
    table.is("token_errors_clients");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_code_that_does_not_work_hears() {
    let world = World::new().await;
    world.clock.stop();
    let mut table = Table::default();
    let never =
        gatewright_oauth::secret::Token::<gatewright_oauth::secret::AuthCode>::from_random([1; 32]).text();
    table.add("never issued", &world.redeem("pub1", never.expose(), &[]).await);
    let mut agent = world.agent();
    let mut code = async || world.approve(&mut agent, &Az::of("pub1"), "alice").await.answer("code").unwrap();

    let fresh = code().await;
    let redeem = async |code: &str, change: &[(&str, &str)]| world.redeem("pub1", code, change).await;
    table.add("no verifier", &redeem(&fresh, &[("code_verifier", "")]).await);
    table.add("another redirect_uri", &redeem(&fresh, &[("redirect_uri", "https://app.test/other")]).await);
    table.add("another resource", &redeem(&fresh, &[("resource", OTHER)]).await);
    for attempt in ["a first", "a second", "a third"] {
        table.add(&format!("{attempt} wrong verifier"), &redeem(&fresh, &[("code_verifier", WRONG)]).await);
    }
    table.add("burned by them", &redeem(&fresh, &[]).await);
    let stolen = code().await;
    table.add("another client", &world.redeem("pub2", &stolen, &[]).await);
    table.add("another client again", &world.redeem("pub2", &stolen, &[]).await);
    table.add("burned by it", &redeem(&stolen, &[]).await);
    let late = code().await;
    world.pass(61);
    table.add("expired", &redeem(&late, &[]).await);
    let used = code().await;
    Tokens::of(&redeem(&used, &[]).await);
    table.add("used a moment ago", &redeem(&used, &[]).await);
    table.add("used, wrong verifier", &redeem(&used, &[("code_verifier", WRONG)]).await);
    world.pass(5);
    table.add("used before", &redeem(&used, &[]).await);
    let standing = code().await;
    Ending::UserDisabled.happen(&world, "pub1").await;
    table.add("the account is disabled", &redeem(&standing, &[]).await);

    set_profile(&world, "conf2", "oidc_compat").await;
    let az = Az::of("conf2").without("code_challenge").without("code_challenge_method");
    let code = world.approve(&mut world.agent(), &az, "mallory").await.answer("code").unwrap();
    let page = world.redeem("conf2", &code, &[("client_secret", &secret_of("conf2"))]).await;
    table.add("a verifier, but no challenge", &page);
    table.is("token_errors_codes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refresh_that_does_not_work_hears() {
    let mut table = Table::default();
    let world = World::new().await;
    let tokens = world.tokens().await;
    let refresh = async |token: &str, more: &[(&str, &str)]| refresh_with(&world, "pub1", token, more).await;
    let (id, _, _) = grant(&world).await;
    let forged = RefreshToken::derive(&[9; 32], b"salt", id, 0).text();
    table.add("forged", &refresh(forged.expose(), &[]).await);
    let nowhere = RefreshToken::derive(&[9; 32], b"salt", uuid::Uuid::from_u128(7), 0).text();
    table.add("of no grant", &refresh(nowhere.expose(), &[]).await);
    table.add("of another client", &world.refresh("pub2", tokens.refresh()).await);
    table.add("for another resource", &refresh(tokens.refresh(), &[("resource", OTHER)]).await);
    table.add("for none of its scopes", &refresh(tokens.refresh(), &[("scope", "mcp:admin")]).await);
    let salt: Vec<u8> =
        sqlx::query_scalar("SELECT salt FROM grants").fetch_one(&world.database).await.unwrap();
    let newer = world.app.data_keys.refresh_token(&salt, id, 5).unwrap().text();
    table.add("newer than its grant", &refresh(newer.expose(), &[]).await);
    let second = Tokens::of(&refresh(tokens.refresh(), &[]).await);
    world.pass(61);
    table.add("used before", &refresh(tokens.refresh(), &[]).await);
    table.add("after that", &refresh(second.refresh(), &[]).await);

    let tokens = world.tokens().await;
    world.pass(31 * 86_400);
    table.add("expired", &refresh(tokens.refresh(), &[]).await);
    set_profile(&world, "conf2", "oidc_compat").await;
    let secret = secret_of("conf2");
    let secret = ("client_secret", secret.as_str());
    let compat = Tokens::of(&world.redeem("conf2", &world.code(&Az::of("conf2")).await, &[secret]).await);
    let page =
        refresh_with(&world, "conf2", compat.refresh(), &[secret, ("scope", "mcp:read mcp:admin")]).await;
    table.add("for more, oidc_compat", &page);

    let tokens = world.tokens().await;
    let mcp: uuid::Uuid = sqlx::query_scalar("SELECT id FROM resources WHERE identifier = $1")
        .bind(MCP)
        .fetch_one(&world.database)
        .await
        .unwrap();
    let trace = world.operator().trace(&world.app);
    let _done = gatewright_store::resources::disable(&world.app.store, mcp, &trace).await.unwrap();
    table.add("the resource is disabled", &refresh(tokens.refresh(), &[]).await);
    let trace = world.operator().trace(&world.app);
    let _done = gatewright_store::resources::enable(&world.app.store, mcp, &trace).await.unwrap();
    Ending::PasswordSet.happen(&world, "pub1").await;
    table.add("the password was changed", &refresh(tokens.refresh(), &[]).await);
    table.is("token_errors_refresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_asking_for_itself_hears() {
    let mut table = Table::default();
    let world = World::new().await;
    table.add("a public client", &world.post("/token", &[OWN, ("client_id", "pub1")]).await);
    let codes_only = json!({ "client_name": "Codes", "redirect_uris": [CALLBACK], "grant_types": ["authorization_code"],
                             "token_endpoint_auth_method": "client_secret_basic" });
    world.add_client("codes", codes_only).await;
    table.add("one that has not registered the grant", &world.post_as("codes", "/token", &[OWN]).await);
    let redeem = [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", VERIFIER)];
    table.add("one with half a code", &world.post_as("codes", "/token", &redeem).await);
    table.add("an unknown resource", &own_token(&world, &[("resource", "https://evil.test/")]).await);
    table.add("scopes it may not have", &own_token(&world, &[("scope", "mcp:admin")]).await);
    set_profile(&world, "conf1", "oidc_compat").await;
    table.add("one of them, oidc_compat", &own_token(&world, &[("scope", "mcp:read mcp:admin")]).await);
    sqlx::query("UPDATE resources SET is_default = false").execute(&world.database).await.unwrap();
    world.app.directory.forget();
    table.add("no resource, and no default", &own_token(&world, &[]).await);
    world.app.store.close().await;
    table.add("the database is away", &own_token(&world, &[("resource", MCP)]).await);
    table.is("token_errors_own");
}
