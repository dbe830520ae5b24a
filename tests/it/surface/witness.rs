//! Somebody who lives through everything and remembers every secret and every page.

use gatewright_tests::world::secret_of;
use gatewright_tests::{Agent, Az, PASSWORD, Page, Tokens, VERIFIER, World};

use super::needles::Needles;

/// Passwords that are wrong are secrets too: they open something else.
pub(super) const WRONG: &str = "Tr0ub4dor-and-3-canaries";

/// What a whole life of a server left behind.
pub(super) struct Witness {
    pub world: World,
    /// Never to be seen anywhere.
    pub secrets: Needles,
    /// Sealed values: they travel through pages, and are not for logs and tables.
    pub sealed: Needles,
    /// Pages and errors.
    pub shown: Vec<(&'static str, Page)>,
}

impl Witness {
    pub async fn of() -> Witness {
        let world = World::fresh().await;
        let mut witness =
            Witness { world, secrets: Needles::default(), sealed: Needles::default(), shown: Vec::new() };
        witness.secrets.text("the password", PASSWORD);
        witness.secrets.text("a wrong password", WRONG);
        witness.secrets.text("the code verifier", VERIFIER);
        witness.secrets.bytes("the master key", &[7; 32]);
        for client in ["conf1", "conf2", "rs1", "rs2"] {
            witness.secrets.text("a client secret", &secret_of(client));
        }
        witness
    }

    /// A refusal of any kind.
    pub fn refused(&mut self, what: &'static str, page: Page) {
        let is_error = page.status.is_client_error() || page.status.is_server_error();
        assert!(is_error || page.answer("error").is_some(), "{what}: {} {}", page.status, page.body);
        self.shown.push((what, page));
    }

    /// A page for people, with its sealed value.
    pub fn page(&mut self, what: &'static str, page: &Page, field: &str) -> String {
        let value = page.hidden(field);
        self.sealed.text("a sealed value", &value);
        self.shown.push((what, page.clone()));
        value
    }

    pub fn tokens(&mut self, page: &Page) -> Tokens {
        let tokens = Tokens::of(page);
        for (what, token) in [("an access token", Some(&tokens.access)), ("an ID token", tokens.id.as_ref())]
        {
            for (part, text) in token.iter().flat_map(|token| token.split('.').skip(1)).enumerate() {
                // The first claims are the same in every token.
                self.secrets.text(what, if part == 0 { &text[text.len() / 2..] } else { text });
            }
        }
        if let Some(refresh) = &tokens.refresh {
            self.secrets.text("a refresh token", refresh);
            self.secrets.text("a refresh token's secret", &refresh[refresh.len() - 49..refresh.len() - 7]);
        }
        tokens
    }

    pub fn cookies(&mut self, agent: &Agent) {
        for (name, value) in &agent.cookies {
            self.secrets.text(name, value);
        }
    }

    /// From /authorize to the answer, with a wrong password on the way.
    pub async fn sign_in(&mut self, az: &Az) -> (Agent, Page) {
        let mut agent = self.world.agent();
        let login = self.world.authorize(&mut agent, az).await;
        let request = self.page("login", &login, "request");
        let fields =
            |password| [("request", request.as_str()), ("username", "alice"), ("password", password)];
        let wrong = agent.post("/login", &fields(WRONG)).await;
        self.shown.push(("login after a wrong password", wrong));
        let done = agent.post("/login", &fields(PASSWORD)).await;
        let consent = agent.follow(done).await;
        let ticket = self.page("consent", &consent, "ticket");
        self.world.pass(2);
        let answer = agent.post("/consent", &[("ticket", &ticket), ("decision", "approve")]).await;
        self.cookies(&agent);
        (agent, answer)
    }

    pub async fn basic(&self, client: &str, secret: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let request =
            self.world.http.post(self.world.url(path)).basic_auth(client, Some(secret)).form(fields);
        Page::read(request.send().await.unwrap()).await
    }
}
