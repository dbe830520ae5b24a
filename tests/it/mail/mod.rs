//! What people are mailed, and what strangers can make of it.

mod address;
mod codes;
mod forgot;
mod notices;
mod passwords;
mod sending;
mod sign_up;
mod starttls;
mod untold;

use gatewright_server::Config;
use gatewright_server::mail::{asked, post};
use gatewright_tests::smtp::Arrived;
use gatewright_tests::{Agent, Az, MailServer, Page, World};

/// A password that somebody chooses.
const CHOSEN: &str = "seven sleepy otters";

/// A server that mails.
struct Office {
    world: World,
    mails: MailServer,
}

impl Office {
    async fn new() -> Office {
        Office::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Office {
        let mails = MailServer::start().await;
        let world = World::with(|config| {
            mails.configure(config);
            change(config);
        })
        .await;
        Office { world, mails }
    }

    /// Lets the jobs have a turn, and says what arrived.
    async fn arrives(&self) -> Vec<Arrived> {
        asked::turn(self.world.app.clone()).await.unwrap();
        post::turn(self.world.app.clone()).await.unwrap();
        self.mails.take()
    }

    /// The one mail that arrived.
    async fn one(&self) -> Arrived {
        let mut arrived = self.arrives().await;
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        arrived.remove(0)
    }

    /// The path and query of the link in the one mail that arrived.
    async fn link(&self) -> String {
        self.one().await.link(&self.world.issuer)
    }

    /// Says that a password is forgotten.
    async fn forget(&self, name: &str) -> Page {
        self.world.agent().post("/forgot", &[("username", name)]).await
    }

    /// A link for whoever has this name.
    async fn reset(&self, name: &str) -> String {
        assert_eq!(self.forget(name).await.status, 200);
        self.link().await
    }

    /// Sends the form of a link.
    async fn choose(&self, link: &str, password: &str) -> Page {
        let secret = link.split('=').nth(1).unwrap();
        let fields = [("link", secret), ("username", "x"), ("password", password), ("again", password)];
        self.world.agent().post("/password", &fields).await
    }

    async fn signs_in(&self, name: &str, password: &str) -> bool {
        let mut agent = self.world.agent();
        let page = self.world.authorize(&mut agent, &Az::of("pub1")).await;
        self.world.log_in_with(&mut agent, &page, (name, password)).await.status != 403
    }

    async fn run(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.world.database).await.unwrap();
    }
}

/// A browser on its way to sign in, and the sealed errand of it.
async fn on_the_way(world: &World) -> (Agent, Page) {
    let mut agent = world.agent();
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    (agent, page)
}

#[track_caller]
fn is_dead(page: &Page) {
    assert_eq!(page.status, 404, "{}", page.body);
    assert!(page.body.contains("This link does not work any more"), "{}", page.body);
}
