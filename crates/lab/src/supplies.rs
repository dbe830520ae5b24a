//! What can be used once, made in bulk before the measured time: codes, and grants with refresh tokens.
//!
//! 1. The tables that grow are emptied, so every run begins with the same sizes.
//! 2. One code, or one grant, is made by the server's own functions.
//! 3. The others are copies of that row under other names. Names come from a generator with a seed.
//! 4. Statistics, then a checkpoint: no run pays for the pages another one wrote.

use axum::http::HeaderValue;
use chrono::Duration;
use gatewright_oauth::pkce::Verifier;
use gatewright_oauth::secret::{AuthCode, BrowserId, SessionId, Token};
use gatewright_server::web::cookies;
use gatewright_store::codes::{self, Agreement, IssueCode, Redemption};
use gatewright_store::consents::By;
use gatewright_store::sessions::{self, NewSession};
use gatewright_store::users;
use sqlx::{Executor as _, PgConnection};
use uuid::Uuid;

use crate::Outcome;
use crate::luck::Luck;
use crate::seeds::{self, CALLBACK, applied};
use crate::world::World;

/// The verifier of every code (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A code nobody has redeemed.
pub struct Code {
    /// The code.
    pub code: Token<AuthCode>,
    /// The grant it becomes.
    pub grant: Uuid,
}

/// Somebody who is signed in, and has said yes to the agent before.
pub struct Visitor {
    /// What their browser sends.
    pub cookies: String,
}

/// A grant of generation 0.
pub struct Grant {
    /// The grant.
    pub id: Uuid,
    /// Half of its refresh secret.
    pub salt: [u8; 32],
}

/// Makes supplies. Two of the same seed make the same.
pub struct Supplies(Luck);

impl Supplies {
    /// With a seed.
    pub fn new(seed: u64) -> Supplies {
        Supplies(Luck::new(seed))
    }

    /// Empties what grows.
    pub async fn clear(world: &World) -> Outcome<()> {
        let mut connection = world.superuser().await?;
        connection.execute("TRUNCATE codes, grants, events").await?;
        settle(&mut connection).await
    }

    /// `count` codes, in tables that hold nothing else.
    pub async fn codes(&mut self, world: &World, count: usize) -> Outcome<Vec<Code>> {
        let mut connection = world.superuser().await?;
        connection.execute("TRUNCATE codes, grants, events").await?;
        let template = self.issue(world).await?;
        let made: Vec<Code> = (0..count)
            .map(|_| Code { code: Token::from_random(self.0.bytes()), grant: self.0.id() })
            .collect();
        sqlx::query(
            "INSERT INTO codes
             SELECT n.digest, n.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id, k.resource_id,
                    k.client_era, k.user_era, k.scope, k.redirect_uri, k.code_challenge, k.nonce, k.auth_time,
                    k.amr, k.created_at, k.expires_at, k.failures, k.redeemed_at, k.burned_at
             FROM codes k, UNNEST($2::BYTEA[], $3::UUID[]) AS n (digest, grant_id) WHERE k.digest = $1",
        )
        .bind(template.code.digest().as_bytes().as_slice())
        .bind(made.iter().map(|made| made.code.digest().as_bytes().to_vec()).collect::<Vec<_>>())
        .bind(made.iter().map(|made| made.grant).collect::<Vec<_>>())
        .execute(&mut connection)
        .await?;
        settle(&mut connection).await?;
        Ok(made)
    }

    /// `count` grants that can be refreshed, in tables that hold nothing else.
    pub async fn grants(&mut self, world: &World, count: usize) -> Outcome<Vec<Grant>> {
        let mut connection = world.superuser().await?;
        connection.execute("TRUNCATE codes, grants, events").await?;
        let (template, _) = self.grant(world).await?;
        let made: Vec<Grant> = (0..count).map(|_| Grant { id: self.0.id(), salt: self.0.bytes() }).collect();
        sqlx::query(
            "INSERT INTO grants
             SELECT n.id, g.client_id, g.user_id, g.session_id, g.consent_id, g.resource_id, g.client_era,
                    g.user_era, g.scope, g.auth_time, g.amr, g.refreshable, g.offline, n.salt, g.generation,
                    g.rotated_at, g.created_at, g.idle_expires_at, g.expires_at, g.revoked_at, g.revoked_reason
             FROM grants g, UNNEST($2::UUID[], $3::BYTEA[]) AS n (id, salt) WHERE g.id = $1",
        )
        .bind(template)
        .bind(made.iter().map(|made| made.id).collect::<Vec<_>>())
        .bind(made.iter().map(|made| made.salt.to_vec()).collect::<Vec<_>>())
        .execute(&mut connection)
        .await?;
        settle(&mut connection).await?;
        Ok(made)
    }

    /// `count` sessions of somebody for whom `/authorize` shows no page, in tables that hold nothing else.
    pub async fn visitors(&mut self, world: &World, count: usize) -> Outcome<Vec<Visitor>> {
        let mut connection = world.superuser().await?;
        connection.execute("TRUNCATE codes, grants, events").await?;
        self.issue(world).await?;
        let mut visitors = Vec::with_capacity(count);
        for _ in 0..count {
            visitors.push(self.sign_in(world).await?.1);
        }
        settle(&mut connection).await?;
        Ok(visitors)
    }

    /// A session by the server's own functions.
    async fn sign_in(&mut self, world: &World) -> Outcome<(Uuid, Visitor)> {
        let (app, operator) = (&world.app, world.operator());
        let until = operator.now + Duration::hours(12);
        let facts = users::for_login(&app.store, "alice").await?.ok_or("the account is missing")?;
        let session = self.0.id();
        let cookie = Token::<SessionId>::from_random(self.0.bytes());
        let browser = Token::<BrowserId>::from_random(self.0.bytes());
        let opened = NewSession {
            id: session,
            digest: &cookie.digest(),
            user: world.seeds.user,
            era: facts.era,
            auth_time: operator.now,
            amr: "pwd",
            idle_expires_at: until,
            expires_at: until,
            device: None,
            browser: &browser.digest(),
        };
        applied(sessions::open(&app.store, &opened, &operator.trace(app)).await?)?;
        let cookies = [cookies::set_session(&cookie), cookies::set_browser(&browser)];
        let pairs: Vec<&str> = cookies.iter().flatten().filter_map(pair).collect();
        Ok((session, Visitor { cookies: pairs.join("; ") }))
    }

    /// One grant of generation 0 by the server's own functions, and its salt.
    pub async fn grant(&mut self, world: &World) -> Outcome<(Uuid, [u8; 32])> {
        let template = self.issue(world).await?;
        let (operator, salt) = (world.operator(), self.0.bytes());
        let redemption = Redemption {
            digest: &template.code.digest(),
            client: &world.seeds.agent.id,
            refreshable: true,
            offline: true,
            salt: &salt,
            idle_expires_at: operator.now + Duration::days(30),
            expires_at: operator.now + Duration::days(90),
        };
        applied(codes::redeem(&world.app.store, &redemption, &operator.trace(&world.app)).await?)?;
        Ok((template.grant, salt))
    }

    /// One code by the server's own functions: a session, a consent, a code.
    async fn issue(&mut self, world: &World) -> Outcome<Code> {
        let (app, seeds, operator) = (&world.app, &world.seeds, world.operator());
        let until = operator.now + Duration::hours(12);
        let (session, _) = self.sign_in(world).await?;
        let made = Code { code: Token::from_random(self.0.bytes()), grant: self.0.id() };
        let scope = seeds::scopes()?;
        let issue = IssueCode {
            digest: &made.code.digest(),
            grant: made.grant,
            client: &seeds.agent.id,
            client_digest: &seeds.agent.digest(),
            user: seeds.user,
            session,
            idle_expires_at: until,
            resource: seeds.resource.id,
            resource_digest: &seeds.resource.digest(),
            scope: &scope,
            redirect_uri: CALLBACK,
            challenge: Some(&Verifier::parse(VERIFIER)?.challenge()),
            nonce: None,
            expires_at: until,
            agreement: Agreement::Approved {
                consent: self.0.id(),
                event: self.0.id(),
                remember: &scope,
                until: None,
                by: By::Person,
            },
        };
        applied(codes::issue(&app.store, &issue, &operator.trace(app)).await?)?;
        Ok(made)
    }
}

/// What a browser sends back of a `Set-Cookie` value.
fn pair(line: &HeaderValue) -> Option<&str> {
    line.to_str().ok()?.split(';').next()
}

/// Statistics, and a checkpoint.
pub async fn settle(connection: &mut PgConnection) -> Outcome<()> {
    connection.execute("VACUUM ANALYZE codes, grants, events, sessions").await?;
    connection.execute("CHECKPOINT").await?;
    Ok(())
}
