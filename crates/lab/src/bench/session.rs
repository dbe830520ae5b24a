//! A whole authorization without a page: `/authorize` with a live session and a remembered answer, where that leads
//! (`/authorize/resume`, which issues the code), then `/token`.

use std::net::SocketAddr;

use gatewright_oauth::pkce::Verifier;
use url::Url;

use super::requests::{form, redemption};
use crate::Outcome;
use crate::load::{Step, Worker};
use crate::seeds::{AGENT, CALLBACK, MCP, SCOPE};
use crate::supplies::{VERIFIER, Visitor};
use crate::wire::{self, Connection};

/// One browser and its agent, on one keep-alive connection.
pub struct Flow {
    connection: Connection,
    host: SocketAddr,
    cookies: String,
    visit: Box<[u8]>,
}

impl Flow {
    /// Connects.
    pub async fn connect(host: SocketAddr, visitor: &Visitor) -> Outcome<Flow> {
        let challenge = gatewright_jose::base64url::encode(Verifier::parse(VERIFIER)?.challenge().as_bytes());
        let asked = form(&[
            ("response_type", "code"),
            ("client_id", AGENT),
            ("redirect_uri", CALLBACK),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", SCOPE),
            ("resource", MCP),
            ("state", "af0ifjsldkj"),
        ]);
        let visit = wire::visit(host, &format!("/authorize?{asked}"), &visitor.cookies);
        let cookies = visitor.cookies.clone();
        Ok(Flow { connection: Connection::open(host).await?, host, cookies, visit })
    }
}

impl Worker for Flow {
    async fn step(&mut self) -> Outcome<Step> {
        let place = self.connection.follow(&self.visit).await?;
        let at = place.find("/authorize/resume").ok_or_else(|| format!("a page is in the way: {place}"))?;
        let place = self.connection.follow(&wire::visit(self.host, &place[at..], &self.cookies)).await?;
        let place = Url::parse(&place).map_err(|_| format!("not the agent's address: {place}"))?;
        let code = place
            .query_pairs()
            .find(|(name, _)| name == "code")
            .ok_or_else(|| format!("no code: {place}"))?
            .1;
        self.connection.exchange(&redemption(self.host, &code)).await?;
        Ok(Step::Done)
    }
}
