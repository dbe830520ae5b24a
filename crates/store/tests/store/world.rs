//! One user, one client, one resource, one session; and the few steps every test begins with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::{Challenge, Client, ClientId, Digest, Origin, Profile, Resource, Scopes, Voucher};
use gatewright_store::codes::{Agreement, IssueCode, Redemption};
use gatewright_store::consents::{By, Consent};
use gatewright_store::grants::Rotation;
use gatewright_store::sessions::{NewSession, Wanted};
use gatewright_store::users::{NewPassword, NewUser};
use gatewright_store::{
    Store, Stored, Time, Trace, Write, clients, codes, grants, resources, sessions, users,
};
use uuid::Uuid;

use crate::postgres;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A fresh identifier, in ascending order.
pub fn id() -> Uuid {
    Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(NEXT.fetch_add(1, Ordering::Relaxed)),
    )
}

/// A fresh digest.
pub fn digest() -> Digest {
    Digest::of("test", id().as_bytes())
}

/// `seconds` after the tests' beginning of time.
pub fn at(seconds: u64) -> Time {
    Time::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

/// A request at `seconds`.
pub fn trace(seconds: u64) -> Trace {
    Trace { event: id(), at: at(seconds), request: id(), peer: "192.0.2.1".into(), actor: "system".into() }
}

pub fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

pub fn resource(identifier: &str) -> Resource {
    let scope = |name: &str| ScopeText {
        name: name.into(),
        description: format!("Allows {name}"),
        default: true,
        dangerous: false,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    };
    Resource::new(NewResource {
        id: id(),
        identifier: identifier.into(),
        name: Some("Files".into()),
        scopes: vec![scope("files:read"), scope("files:write")],
        token: TokenSettings::default(),
        is_default: true,
        open_to: OpenTo::AnyClient,
        demand: gatewright_oauth::demand::Demand::NOTHING,
    })
    .unwrap()
}

pub fn client(client_id: &str) -> Client {
    let metadata = serde_json::json!({
        "redirect_uris": ["https://app.example/callback"],
        "client_name": client_id,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    Client {
        id: ClientId::parse(client_id).unwrap(),
        origin: Origin::Dynamic,
        profile: Profile::Mcp,
        metadata: serde_json::from_value(metadata).unwrap(),
        voucher: Voucher::Nobody,
        secret: None,
        previous_secret: None,
        registration_token: None,
        default_resource: None,
        speaks_for: None,
        created_at: at(0),
        document: None,
        consent: ConsentRule::Ask,
        disabled_at: None,
    }
}

#[derive(Clone)]
pub struct World {
    pub store: Store,
    pub url: String,
    pub user: Uuid,
    pub client: Client,
    pub resource: Resource,
    pub session: Uuid,
    pub cookie: Digest,
}

impl World {
    pub async fn new() -> Self {
        let (store, url) = postgres::database().await;
        let world = World {
            store,
            url,
            user: id(),
            client: client("c_app"),
            resource: resource("https://mcp.example/mcp"),
            session: id(),
            cookie: digest(),
        };
        let Write::Applied(_) = clients::create(&world.store, &world.client, &trace(0)).await.unwrap() else {
            panic!("the client is new")
        };
        applied(resources::add(&world.store, &world.resource, &trace(0)).await);
        applied(
            users::create(
                &world.store,
                &NewUser {
                    id: world.user,
                    username: "Alice",
                    username_key: "alice",
                    username_skeleton: "alice",
                    email_verified: false,
                    email: Some(("Alice@Example.com", "alice@example.com")),
                    display_name: None,
                    locale: None,
                    role: None,
                    password: Some(NewPassword { id: id(), sealed: b"sealed" }),
                },
                &trace(0),
            )
            .await,
        );
        world.open_session(world.session, &world.cookie).await;
        world
    }

    pub async fn open_session(&self, session: Uuid, cookie: &Digest) {
        let facts = users::for_login(&self.store, "alice").await.unwrap().unwrap();
        let new = NewSession {
            id: session,
            digest: cookie,
            user: self.user,
            era: facts.era,
            auth_time: at(1),
            amr: "pwd",
            idle_expires_at: at(3600),
            expires_at: at(36_000),
            device: Some("Firefox/Linux"),
            browser: cookie,
        };
        applied(sessions::open(&self.store, &new, &trace(1)).await);
    }

    /// Approves `scope` now.
    pub async fn approve(&self, code: &Digest, scope: &Scopes) -> Stored<Write<()>> {
        self.approve_until(code, scope, None).await
    }

    /// Approves `scope` now, for a time.
    pub async fn approve_until(
        &self,
        code: &Digest,
        scope: &Scopes,
        until: Option<Time>,
    ) -> Stored<Write<()>> {
        let (consent, event) = (id(), id());
        let agreement = Agreement::Approved { consent, event, remember: scope, until, by: By::Person };
        self.issue(code, scope, agreement, 10).await
    }

    pub async fn issue(
        &self,
        code: &Digest,
        scope: &Scopes,
        agreement: Agreement<'_>,
        seconds: u64,
    ) -> Stored<Write<()>> {
        let challenge = Challenge::from_bytes([7; 32]);
        let issue = IssueCode {
            digest: code,
            grant: id(),
            client: &self.client.id,
            client_digest: &self.client.digest(),
            user: self.user,
            session: self.session,
            idle_expires_at: at(seconds + 3600),
            resource: self.resource.id,
            resource_digest: &self.resource.digest(),
            scope,
            redirect_uri: "https://app.example/callback",
            challenge: Some(&challenge),
            nonce: Some("n"),
            expires_at: at(seconds + 60),
            agreement,
        };
        codes::issue(&self.store, &issue, &trace(seconds)).await
    }

    /// A code that was just approved, and the grant it will become.
    pub async fn code(&self) -> (Digest, Uuid) {
        let code = digest();
        applied(self.approve(&code, &scopes("files:read")).await);
        let facts = codes::for_redemption(&self.store, &code).await.unwrap().unwrap();
        (code, facts.code.grant)
    }

    pub async fn redeem(&self, code: &Digest) -> Stored<Write<()>> {
        self.redeem_on(&self.store, code).await
    }

    pub async fn redeem_on(&self, store: &Store, code: &Digest) -> Stored<Write<()>> {
        let redemption = Redemption {
            digest: code,
            client: &self.client.id,
            refreshable: true,
            offline: false,
            salt: &[1; 16],
            idle_expires_at: at(1000),
            expires_at: at(5000),
        };
        codes::redeem(store, &redemption, &trace(20)).await
    }

    /// A grant at generation 0.
    pub async fn grant(&self) -> Uuid {
        let (code, grant) = self.code().await;
        applied(self.redeem(&code).await);
        grant
    }

    pub async fn rotate(&self, grant: Uuid, generation: u64) -> Stored<Write<()>> {
        let rotation = Rotation { grant, client: &self.client.id, generation, idle_expires_at: at(1500) };
        grants::rotate(&self.store, &rotation, &trace(30)).await
    }

    pub async fn consent(&self) -> Option<Consent> {
        let wanted = Wanted { client: &self.client.id, resource: self.resource.id };
        let found = sessions::with_consent(&self.store, &self.cookie, wanted, at(15)).await.unwrap();
        found.and_then(|(_, consent)| consent)
    }

    pub async fn number(&self, sql: &str) -> i64 {
        postgres::number(&self.url, sql).await
    }
}

/// Unwraps what must have happened.
#[track_caller]
pub fn applied<T>(outcome: Stored<Write<T>>) -> T {
    match outcome.unwrap() {
        Write::Applied(value) => value,
        Write::Lost => panic!("lost"),
    }
}

/// Insists that nothing happened.
#[track_caller]
pub fn lost<T>(outcome: Stored<Write<T>>) {
    assert!(matches!(outcome.unwrap(), Write::Lost), "it should have lost");
}
