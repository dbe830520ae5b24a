//! What is promised of every change, tried with every change there is: a dry run writes nothing, a repetition does
//! nothing, a condition that does not hold stops it, and one that would be overlooked is refused.
//!
//! Each gets something of its own to change, so that it changes something; otherwise none of this would be shown.

use std::collections::BTreeMap;

use gatewright_jose::base64url;
use gatewright_server::admin::operation::{Method as Verb, Takes};
use gatewright_server::admin::{Operation, operations};
use gatewright_server::audit::seal;
use gatewright_tests::internet;
use gatewright_tests::{Az, PASSWORD, Page, World};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Caller, all_mighty, done, example, refused, sent, tickets};

const DOCUMENT: &str = "https://agent.example.com/client.json";

/// Every row of every table, by table.
type Dump = BTreeMap<String, Vec<String>>;

const NOTHING: [&str; 0] = [];

/// The tables that are not the same.
fn differing<'a>(one: &'a Dump, other: &Dump) -> Vec<&'a str> {
    one.iter().filter(|(table, rows)| other[*table] != **rows).map(|(table, _)| table.as_str()).collect()
}

/// Everything that is in the database, but for what using an API key leaves there, and what attempts at signing in do.
async fn dump(world: &World) -> Dump {
    let tables = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
                  WHERE table_schema = 'public' AND table_name <> 'traces'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&world.database).await.unwrap();
    assert!(tables.len() >= 14, "{tables:?}");
    let mut all = BTreeMap::new();
    for table in tables {
        let rows = format!(
            "SELECT CAST(to_jsonb(t) - 'last_used_at' AS TEXT) AS line FROM \"{table}\" AS t ORDER BY line"
        );
        all.insert(table, sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&world.database).await.unwrap());
    }
    all
}

/// Makes things for changes to be made to.
struct Maker<'a> {
    world: &'a World,
    root: &'a Caller<'a>,
    made: u32,
}

impl Maker<'_> {
    fn name(&mut self) -> String {
        self.made += 1;
        format!("thing{}", self.made)
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        done(&self.root.post(path, body).await, 201)
    }

    async fn act(&self, path: &str) {
        done(&self.root.act(path).await, 200);
    }

    async fn client(&mut self) -> String {
        let metadata = json!({ "client_name": self.name(), "redirect_uris": ["https://new.test/cb"],
                               "token_endpoint_auth_method": "client_secret_basic" });
        self.post("/clients", &json!({ "metadata": metadata })).await["client_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn user(&mut self) -> (String, String) {
        let name = self.name();
        let made = self.post("/users", &json!({ "username": name, "password": PASSWORD })).await;
        (name, made["id"].as_str().unwrap().to_owned())
    }

    /// Somebody who signed in and allowed something, and where the first of these is listed.
    async fn signed_in(&mut self, list: &str) -> (String, String) {
        let (name, id) = self.user().await;
        let mut agent = self.world.agent();
        let back = self.world.approve(&mut agent, &Az::of("pub1"), &name).await;
        let redeemed = self.world.redeem("pub1", &back.answer("code").unwrap(), &[]).await;
        assert_eq!(redeemed.status, 200, "{}", redeemed.body);
        let found = done(&self.root.get(&format!("{list}?user_id={id}")).await, 200);
        (id, found["items"][0]["id"].as_str().unwrap().to_owned())
    }

    /// A row that belongs to somebody.
    async fn row(&mut self, statement: &'static str) -> (String, Uuid) {
        let (_, user) = self.user().await;
        let operator = self.world.operator();
        let id = self.world.app.id(operator.now);
        let owner: Uuid = user.parse().unwrap();
        let made = sqlx::query(statement).bind(id).bind(owner).bind(operator.now);
        made.execute(&self.world.database).await.unwrap();
        (user, id)
    }

    async fn key(&self, state: &str) -> String {
        let found = done(&self.root.get(&format!("/keys?state={state}")).await, 200);
        found["items"][0]["kid"].as_str().unwrap().to_owned()
    }

    /// The path of this operation, of a client that it changes.
    async fn client_for(&mut self, operation: &Operation, body: &mut Value) -> String {
        let client = match operation.id {
            "clients.approve" => {
                let about = json!({ "client_name": self.name(), "redirect_uris": ["https://new.test/cb"],
                                    "token_endpoint_auth_method": "none" });
                let made = self.world.post_json("/register", &about).await.json();
                made["client_id"].as_str().unwrap().to_owned()
            }
            "clients.pin" => {
                *body = json!({ "document": { "client_id": DOCUMENT, "client_name": "Agent",
                                              "redirect_uris": ["https://agent.example.com/callback"] } });
                format!("@{}", base64url::encode(DOCUMENT))
            }
            _ => self.client().await,
        };
        match operation.id {
            "clients.unblock" => self.act(&format!("/clients/{client}/block")).await,
            "clients.purge" => {
                done(&self.root.delete(&format!("/clients/{client}")).await, 204);
            }
            _ => {}
        }
        operation.path.replace("{client}", &client)
    }

    /// The path of this operation, of something that it changes, and a body.
    async fn target(&mut self, operation: &Operation) -> (String, Value) {
        let mut body = example(operation.id);
        let path = match operation.id {
            _ if operation.path.contains("{client}") => self.client_for(operation, &mut body).await,
            "resources.create" => {
                body["resource"] = json!(format!("https://{}.test/mcp", self.name()));
                operation.path.to_owned()
            }
            "resources.discover" => {
                body = json!({ "url": "https://tickets.example.com/mcp", "add": true });
                operation.path.to_owned()
            }
            _ if operation.path.starts_with("/resources/{id}") => {
                let new = json!({ "resource": format!("https://{}.test/mcp", self.name()) });
                let id = self.post("/resources", &new).await["id"].as_str().unwrap().to_owned();
                if operation.id == "resources.enable" {
                    self.act(&format!("/resources/{id}/disable")).await;
                }
                operation.path.replace("{id}", &id)
            }
            "users.create" => {
                body["username"] = json!(self.name());
                operation.path.to_owned()
            }
            "users.end_access" | "users.end_sessions" => {
                operation.path.replace("{id}", &self.signed_in("/sessions").await.0)
            }
            "users.reset_factors" => {
                let (user, _) = self.row(PASSKEY).await;
                operation.path.replace("{id}", &user)
            }
            "identities.unlink" => {
                let (user, identity) = self.row(IDENTITY).await;
                operation.path.replace("{id}", &user).replace("{identity}", &identity.to_string())
            }
            _ if operation.path.starts_with("/users/{id}") => {
                let (_, id) = self.user().await;
                if operation.id == "users.enable" {
                    self.act(&format!("/users/{id}/disable")).await;
                }
                operation.path.replace("{id}", &id)
            }
            "sessions.end" => operation.path.replace("{id}", &self.signed_in("/sessions").await.1),
            "consents.revoke" => operation.path.replace("{id}", &self.signed_in("/consents").await.1),
            "grants.revoke" => operation.path.replace("{id}", &self.signed_in("/grants").await.1),
            "grants.revoke_many" => {
                body = json!({ "user_id": self.signed_in("/grants").await.0 });
                operation.path.to_owned()
            }
            "keys.activate" => operation.path.replace("{kid}", &self.key("next").await),
            "keys.revoke" => operation.path.replace("{kid}", &self.key("active").await),
            "initial_tokens.revoke" => {
                let made = self.post("/initial-tokens", &json!({})).await;
                operation.path.replace("{id}", made["id"].as_str().unwrap())
            }
            _ if operation.path.starts_with("/webhooks/{id}") => {
                let made = self.post("/webhooks", &example("webhooks.create")).await;
                let id = made["id"].as_str().unwrap();
                match operation.id {
                    "webhooks.enable" => self.act(&format!("/webhooks/{id}/disable")).await,
                    "webhooks.replay" => {
                        seal::everything(&self.world.app).await.unwrap();
                        let events = done(&self.root.get("/events?limit=1").await, 200);
                        body = json!({ "events": [events["items"][0]["id"]] });
                    }
                    _ => {}
                }
                operation.path.replace("{id}", id)
            }
            _ if operation.path.starts_with("/api-keys/{id}") => {
                let made = self.post("/api-keys", &example("api_keys.create")).await;
                operation.path.replace("{id}", made["id"].as_str().unwrap())
            }
            "bulk.perform" => {
                let client = self.client().await;
                body = json!({ "items": [{ "method": "POST", "path": format!("/clients/{client}/block") }] });
                operation.path.to_owned()
            }
            "users.import" => {
                body = json!({ "username": self.name() });
                operation.path.to_owned()
            }
            _ => operation.path.to_owned(),
        };
        assert!(!path.contains('{'), "tell this test what {path} names");
        (path, body)
    }
}

const PASSKEY: &str =
    "INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, synced, name, created_at)
     VALUES ($1, $2, decode('01', 'hex'), decode('02', 'hex'), 0, false, 'A key', $3)";
const IDENTITY: &str = "INSERT INTO identities (id, user_id, issuer, subject, created_at)
                        VALUES ($1, $2, 'https://idp.test', 'somebody', $3)";

/// One change, as it is asked for again and again.
struct Change<'a> {
    root: &'a Caller<'a>,
    operation: &'static Operation,
    path: String,
    body: Value,
}

impl Change<'_> {
    fn request(&self, query: &str) -> RequestBuilder {
        let method = Method::from_bytes(self.operation.method.as_str().as_bytes()).unwrap();
        let request = self.root.request(method, &format!("{}{query}", self.path));
        match self.operation.takes {
            Takes::Nothing => request,
            Takes::Json(_) | Takes::Patch(_) => request.json(&self.body),
            Takes::Lines(_) => {
                request.header("content-type", "application/jsonl").body(self.body.to_string())
            }
        }
    }

    async fn keyed(&self, query: &str) -> Page {
        sent(self.request(query).header("idempotency-key", self.operation.id)).await
    }

    /// What does not hold stops it; what would be overlooked is refused.
    async fn conditional(&self) {
        let page = sent(self.request("").header("if-match", "\"stale\"")).await;
        if self.operation.is_conditional() {
            refused(&page, 412, "changed");
        } else {
            refused(&page, 400, "invalid_request");
            assert_eq!(page.json()["field"], "If-Match");
        }
    }

    /// Done once, whatever is sent again; and told as briefly as wanted.
    async fn repeated(&self, world: &World) {
        let id = self.operation.id;
        let before = dump(world).await;
        let first = self.keyed("").await;
        assert!(first.status.is_success(), "{id}: {} {}", first.status, first.body);
        assert_eq!(first.header("idempotency-replayed"), "", "{id}");
        let after = dump(world).await;
        let changed = differing(&before, &after);
        let is_told = ["events", "idempotency"].iter().all(|table| changed.contains(table));
        assert!(is_told, "{id} changes something, or else nothing is shown here: {changed:?}");
        let again = self.keyed("").await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{id}");
        assert_eq!(again.header("idempotency-replayed"), "true", "{id}");
        refused(&self.keyed("?dry_run=false").await, 422, "idempotency_key_reused");
        let brief = self.request("").header("idempotency-key", id).header("prefer", "return=minimal");
        let brief = sent(brief).await;
        let is_shown_once =
            id == "users.reset" || ["gw_", "whsec_"].iter().any(|text| first.body.contains(text));
        if self.operation.can_be_brief() && !is_shown_once {
            assert_eq!((brief.status.as_u16(), brief.body.as_str()), (204, ""), "{id}");
            assert_eq!(brief.header("preference-applied"), "return=minimal", "{id}");
            for name in ["etag", "location"] {
                assert_eq!(brief.header(name), first.header(name), "{name} of {id}");
            }
        } else {
            assert_eq!((brief.status, &brief.body), (first.status, &first.body), "{id}");
            assert_eq!(brief.header("preference-applied"), "", "{id}");
        }
        assert_eq!(differing(&dump(world).await, &after), NOTHING, "{id} was done again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_can_be_tried_is_done_once_and_heeds_its_condition() {
    let world = World::with(|config| config.fetch.ca_file = Some(internet::authority())).await;
    let root = all_mighty(&world).await;
    let _tickets = tickets(&world).await;
    let mut maker = Maker { world: &world, root: &root, made: 0 };
    let mut tried = 0;
    for operation in operations::all().filter(|operation| operation.method != Verb::Get) {
        let (path, body) = maker.target(operation).await;
        let change = Change { root: &root, operation, path, body };
        let id = operation.id;
        let before = dump(&world).await;
        change.conditional().await;
        let dry = sent(change.request("?dry_run=true")).await;
        assert!(dry.status.is_success(), "{id}: {} {}", dry.status, dry.body);
        assert_eq!((dry.header("dry-run"), dry.header("location")), ("true", ""), "{id}");
        assert!(!dry.header("x-request-id").is_empty(), "{id}");
        for secret in ["gw_", "whsec_"] {
            assert!(!dry.body.contains(secret), "{id} shows what is good for nothing: {}", dry.body);
        }
        assert_eq!(differing(&dump(&world).await, &before), NOTHING, "{id} was tried, and wrote something");
        match operation.takes {
            // What is there already is skipped: it is sent again without a key.
            Takes::Lines(_) => refused(&change.keyed("").await, 400, "invalid_request"),
            Takes::Nothing | Takes::Json(_) | Takes::Patch(_) => change.repeated(&world).await,
        }
        tried += 1;
    }
    assert!(tried >= 50, "{tried}");
}
