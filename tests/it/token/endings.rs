//! What a code or grant stands on, taken away (CO-09, RT-09).

use gatewright_oauth::ClientId;
use gatewright_store::users::NewPassword;
use gatewright_store::{Write, clients, consents, credentials, resources, sessions};
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, Tokens, World};
use uuid::Uuid;

use super::{Watch, refused, set_profile};

/// Something that ends codes and grants from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    UserDisabled,
    ClientDisabled,
    PasswordSet,
    ConsentRevoked,
    SessionEnded,
}

impl Ending {
    const ALL: [Ending; 5] = [
        Ending::UserDisabled,
        Ending::ClientDisabled,
        Ending::PasswordSet,
        Ending::ConsentRevoked,
        Ending::SessionEnded,
    ];

    /// The event of it.
    fn event(self) -> &'static str {
        match self {
            Ending::UserDisabled => "user.disabled",
            Ending::ClientDisabled => "client.disabled",
            Ending::PasswordSet => "user.password_set",
            Ending::ConsentRevoked => "consent.revoked",
            Ending::SessionEnded => "session.ended",
        }
    }

    /// In the store only: this process hears of it as another replica would.
    pub(super) async fn happen(self, world: &World, client: &str) {
        let (store, trace) = (&world.app.store, world.operator().trace(&world.app));
        let alice = world.user("alice").await;
        let only = async |table: &str| -> Uuid {
            let statement = format!("SELECT id FROM {table}");
            sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&world.database).await.unwrap()
        };
        let applied = match self {
            Ending::UserDisabled => {
                world.disable_user("alice").await;
                true
            }
            Ending::ClientDisabled => {
                let id = ClientId::parse(client).unwrap();
                matches!(clients::disable(store, &id, &trace).await.unwrap(), Write::Applied(()))
            }
            Ending::PasswordSet => {
                let password = NewPassword { id: world.app.id(trace.at), sealed: b"another" };
                let set = credentials::set_password(store, alice, password, &trace).await.unwrap();
                matches!(set, Write::Applied(()))
            }
            Ending::ConsentRevoked => {
                let revoked = consents::revoke(store, alice, only("consents").await, &trace).await.unwrap();
                matches!(revoked, Write::Applied(_))
            }
            Ending::SessionEnded => {
                let ended = sessions::end(store, only("sessions").await, &trace).await.unwrap();
                matches!(ended, Write::Applied(_))
            }
        };
        assert!(applied, "{self:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn co_09_a_code_dies_with_what_it_stands_on() {
    for ending in Ending::ALL {
        let world = World::new().await;
        let code = world.code(&Az::of("pub1")).await;
        let watch = Watch::start(&world).await;
        ending.happen(&world, "pub1").await;
        refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
        assert_eq!(world.count("grants").await, 0, "{ending:?}");
        assert_eq!(watch.kinds().await, [ending.event()]);
        if ending == Ending::ClientDisabled {
            world.app.directory.forget();
            refused(&world.redeem("pub1", &code, &[]).await, 401, "invalid_client");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn co_09_enabling_again_revives_no_code_and_no_grant() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let code = world.code(&Az::of("pub1")).await;
    let (store, alice) = (&world.app.store, world.user("alice").await);
    world.disable_user("alice").await;
    let trace = world.operator().trace(&world.app);
    let enabled = gatewright_store::users::enable(store, alice, &trace).await.unwrap();
    assert!(matches!(enabled, Write::Applied(())));
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
    refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_grant");
    assert!(!world.is_active(&tokens.access).await);

    let code = world.code(&Az::of("pub1")).await;
    world.disable_client("pub1").await;
    let (id, trace) = (ClientId::parse("pub1").unwrap(), world.operator().trace(&world.app));
    assert!(matches!(clients::enable(store, &id, &trace).await.unwrap(), Write::Applied(())));
    world.app.directory.forget();
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_09_a_grant_dies_with_what_it_stands_on_everywhere() {
    for ending in Ending::ALL.into_iter().filter(|ending| *ending != Ending::SessionEnded) {
        let world = World::new().await;
        let replica = world.replica().await;
        let tokens = world.tokens().await;
        // Both processes know client and resource, and would go on believing in them for a second.
        let tokens = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
        let fields =
            [("grant_type", "refresh_token"), ("client_id", "pub1"), ("refresh_token", tokens.refresh())];
        let tokens = Tokens::of(&replica.post("/token", &fields).await);
        let fields = [fields[0], fields[1], ("refresh_token", tokens.refresh())];
        let watch = Watch::start(&world).await;
        ending.happen(&world, "pub1").await;
        refused(&world.post("/token", &fields).await, 400, "invalid_grant");
        refused(&replica.post("/token", &fields).await, 400, "invalid_grant");
        assert!(!world.is_active(&tokens.access).await, "{ending:?}");
        assert_eq!(watch.kinds().await, [ending.event()], "ending many is one event");
        if ending == Ending::ClientDisabled {
            world.app.directory.forget();
            refused(&world.post("/token", &fields).await, 401, "invalid_client");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_09_a_session_takes_its_grants_along_unless_they_are_offline() {
    let world = World::new().await;
    set_profile(&world, "conf2", "oidc_compat").await;
    let secret = secret_of("conf2");
    let secret = ("client_secret", secret.as_str());
    let mut agent = world.agent();
    let mut tokens = Vec::new();
    for scope in ["openid mcp:read", "openid mcp:read offline_access"] {
        let page = world.approve(&mut agent, &Az::of("conf2").set("scope", scope), "alice").await;
        let code = page.answer("code").unwrap();
        tokens.push(Tokens::of(&world.redeem("conf2", &code, &[secret]).await));
    }
    let page = world.approve(&mut agent, &Az::of("pub1"), "alice").await;
    let mcp = Tokens::of(&world.redeem("pub1", &page.answer("code").unwrap(), &[]).await);
    Ending::SessionEnded.happen(&world, "conf2").await;

    let refresh =
        async |tokens: &Tokens| super::refresh_with(&world, "conf2", tokens.refresh(), &[secret]).await;
    refused(&refresh(&tokens[0]).await, 400, "invalid_grant");
    assert!(!world.is_active(&tokens[0].access).await);
    assert!(
        world.is_active(&Tokens::of(&refresh(&tokens[1]).await).access).await,
        "offline_access was allowed"
    );
    // In the `mcp` profile agents work while nobody looks: what was allowed lasts until it is withdrawn.
    Tokens::of(&world.refresh("pub1", mcp.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rt_09_a_disabled_resource_is_a_pause() {
    let world = World::new().await;
    let tokens = world.tokens().await;
    let code = world.code(&Az::of("pub1")).await;
    let id: Uuid = sqlx::query_scalar("SELECT id FROM resources WHERE identifier = $1")
        .bind(gatewright_tests::MCP)
        .fetch_one(&world.database)
        .await
        .unwrap();
    let trace = world.operator().trace(&world.app);
    assert!(matches!(resources::disable(&world.app.store, id, &trace).await.unwrap(), Write::Applied(())));
    // Not invalid_grant, on which clients throw their tokens away.
    refused(&world.refresh("pub1", tokens.refresh()).await, 400, "invalid_target");
    refused(&world.redeem("pub1", &code, &[]).await, 400, "invalid_target");
    assert!(!world.is_active(&tokens.access).await);
    let trace = world.operator().trace(&world.app);
    assert!(matches!(resources::enable(&world.app.store, id, &trace).await.unwrap(), Write::Applied(())));
    Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    Tokens::of(&world.redeem("pub1", &code, &[]).await);
}
