//! The pages, in the order people meet them.

use axum::Router;
use axum::routing::get;
use gatewright_server::accounts::links;
use gatewright_store::Write;
use gatewright_store::identities::{self, NewIdentity};
use gatewright_store::password_links::Purpose;
use gatewright_tests::{Az, World};
use serde_json::json;

use super::seeds::{APP, DESK, IMITATION, LONG, LOOPBACK, TICKETS, stranger};
use super::site::Site;
use super::{Scripts, Stop, Visitor, click, goto};

const EVERYTHING: &str = "tickets:read tickets:write tickets:delete people:read files:read billing:charge \
                          a:scope:whose:name:is:very:long:and:which:nobody:explained:because:why:would:one";

pub(super) fn stop(name: &'static str, profile: &'static str, steps: Vec<serde_json::Value>) -> Stop {
    Stop { name, profile, steps, status: 200, kind: "other", focused: "" }
}

pub(super) async fn signing_in(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let home = vec![goto(&world.url("/"))];
    visitor.see(stop("home", "guest", home)).await;
    visitor.see(stop("admin-docs", "guest", vec![goto(&world.url("/admin/v1/docs"))])).await;
    let claude = stranger(world, "Claude Code", LOOPBACK).await;
    let login = Stop {
        kind: "login",
        focused: "username",
        ..stop("login", "guest", vec![visitor.authorize(&claude)])
    };
    visitor.see(login).await;
    let desk = Az::to("desk", DESK);
    let login = Stop {
        kind: "login",
        focused: "password",
        ..stop(
            "login-verified-hint",
            "guest",
            vec![visitor.authorize(&desk.clone().set("login_hint", "alice@example.test"))],
        )
    };
    visitor.see(login).await;
    let wrong = visitor.sign_in_with(&claude, ("alice", "not my password"));
    let wrong =
        Stop { status: 403, kind: "login", focused: "password", ..stop("login-wrong", "guest", wrong) };
    visitor.see(wrong).await;
    for _ in 0..3 {
        visitor.go("guest", visitor.sign_in_with(&desk, ("nobody", "guess")), None).await;
    }
    let many = visitor.sign_in_with(&desk, ("nobody", "guess"));
    let many = Stop { status: 429, kind: "login", focused: "password", ..stop("login-wait", "guest", many) };
    let page = visitor.see(many).await;
    assert!(page.text.contains("Too many attempts from your network."), "{}", page.text);
}

pub(super) async fn passwords(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let link = async |purpose| {
        let user = world.user("mallory").await;
        let made = links::make(&world.app, &world.operator(), user, purpose).await.unwrap();
        made.applied().unwrap().url.expose().clone()
    };
    let form = |name, steps| Stop { kind: "password", focused: "password", ..stop(name, "guest", steps) };
    let invited = link(Purpose::Invite).await;
    visitor.see(form("password-first", vec![goto(&invited)])).await;
    let reset = link(Purpose::Reset).await;
    visitor.see(form("password-forgotten", vec![goto(&reset)])).await;
    let choose = |password: &str| {
        let fill = |field: &str| json!(["fill", field, password]);
        vec![goto(&reset), fill("#password"), fill("#again"), click("#password-submit")]
    };
    let refused = Stop { status: 422, ..form("password-refused", choose("Password2026!")) };
    let page = visitor.see(refused).await;
    assert!(page.text.contains("among the first that are guessed"), "{}", page.text);
    let chosen = stop("password-chosen", "guest", choose("seven sleepy otters"));
    visitor.see(Stop { kind: "password-chosen", ..chosen }).await;
    let dead = stop("error-dead-link", "guest", vec![goto(&reset)]);
    visitor.see(Stop { status: 404, kind: "error", ..dead }).await;
}

pub(super) async fn consent(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let consent =
        |name, steps| Stop { kind: "consent", focused: "consent-deny", ..stop(name, "alice", steps) };

    let claude = stranger(world, "Claude Code", LOOPBACK).await;
    let page = visitor.see(consent("consent-loopback", visitor.sign_in(&claude, "alice"))).await;
    assert!(page.text.contains("A program on this computer wants to use"), "{}", page.text);
    let desk = Az::to("desk", DESK);
    let page = visitor.see(consent("consent-verified", vec![visitor.authorize(&desk)])).await;
    assert!(page.text.contains("Acme Desk wants to use"), "{}", page.text);
    let fruit = stranger(world, "Fruit Notes", IMITATION).await;
    visitor.see(consent("consent-imitation", vec![visitor.authorize(&fruit)])).await;
    let web = stranger(world, "Notes", "https://notes.example.com/cb").await;
    visitor.see(consent("consent-unverified", vec![visitor.authorize(&web)])).await;
    let cursor = stranger(world, "", APP).await.set("scope", "mcp:read mcp:write mcp:admin");
    visitor.see(consent("consent-app-nameless-dangerous", vec![visitor.authorize(&cursor)])).await;
    let name = "The assistant of the department with the long name that never ends and goes on";
    let long = stranger(world, name, LONG).await.set("resource", TICKETS).set("scope", EVERYTHING);
    visitor.see(consent("consent-long", vec![visitor.authorize(&long)])).await;

    // Allowed, then asked for more.
    let allowed =
        visitor.go("alice", vec![visitor.authorize(&desk), click("#consent-approve")], Some(DESK)).await;
    assert_eq!(allowed.end, "callback");
    let more = desk.clone().set("scope", "mcp:read mcp:write");
    let page = visitor.see(consent("consent-step-up", vec![visitor.authorize(&more)])).await;
    assert!(page.text.contains("New: it will also be able to"), "{}", page.text);
    let again = desk.clone().set("prompt", "consent");
    visitor.see(consent("consent-as-before", vec![visitor.authorize(&again)])).await;

    // Changed since.
    let desk2 = Az::to("desk2", DESK);
    visitor.go("alice", vec![visitor.authorize(&desk2), click("#consent-approve")], Some(DESK)).await;
    let change = "UPDATE clients SET metadata = jsonb_set(metadata, '{client_name}', '\"Acme Desk Pro\"') WHERE id = 'desk2'";
    sqlx::query(change).execute(&world.database).await.unwrap();
    world.app.directory.forget();
    let page = visitor.see(consent("consent-changed", vec![visitor.authorize(&desk2)])).await;
    assert!(page.text.contains("The app changed its details since you last allowed it."), "{}", page.text);

    too_quick(visitor, &claude).await;
}

/// Allows faster than anybody reads: the clock of the server is set back while the page is open.
async fn too_quick(visitor: &Visitor<'_>, claude: &Az) {
    let clock = visitor.world.clock.clone();
    let site = Site::serve(
        Router::new().route("/back", get(async move || clock.advance(chrono::Duration::seconds(-60)))),
    )
    .await;
    let steps = vec![
        visitor.authorize(claude),
        json!(["tell", site.url("127.0.0.1", "/back")]),
        json!(["focus", "#consent-approve"]),
        json!(["enter", "Enter"]),
    ];
    let again = Stop {
        status: 409,
        kind: "consent",
        focused: "consent-deny",
        ..stop("consent-too-quick", "alice", steps)
    };
    let page = visitor.see(again).await;
    assert!(page.text.contains("That answer came before anybody could read this page."), "{}", page.text);
}

pub(super) async fn last_hops(visitor: &Visitor<'_>) {
    let world = visitor.world;
    // Nobody vouches for it, nobody is signed in, and its request makes no sense.
    let bad = stranger(world, "Notes", "https://notes.example.com/cb").await.set("response_type", "token");
    let page = visitor
        .see(Stop { kind: "error", ..stop("interstitial", "guest", vec![visitor.authorize(&bad)]) })
        .await;
    assert_eq!(page.error.as_deref(), Some("unsupported_response_type"));

    let cursor = stranger(world, "Cursor", APP).await;
    let open = vec![visitor.authorize(&cursor), click("#consent-approve")];
    let page =
        visitor.see(Stop { kind: "open-app", focused: "open-app", ..stop("open-app", "alice", open) }).await;
    assert!(page.text.contains("Access allowed"), "{}", page.text);
    let deny =
        vec![visitor.authorize(&cursor.clone().set("scope", "mcp:read mcp:write")), click("#consent-deny")];
    let page = visitor.see(Stop { kind: "open-app", ..stop("open-app-denied", "alice", deny) }).await;
    assert!(page.text.contains("Nothing new was allowed"), "{}", page.text);

    // With scripts the form is gone before anybody sees it; see `people`.
    if visitor.scripts == Scripts::Off {
        let post = Az::to("desk", DESK).set("response_mode", "form_post");
        let stay = Stop {
            focused: "form-post-continue",
            ..stop("form-post", "alice", vec![visitor.authorize(&post)])
        };
        visitor.see(stay).await;
        let refused = vec![visitor.authorize(&post.set("prompt", "consent")), click("#consent-deny")];
        visitor
            .see(Stop { focused: "form-post-continue", ..stop("form-post-denied", "alice", refused) })
            .await;
    }
}

pub(super) async fn errors(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let error =
        |name, status, url: &str| Stop { status, kind: "error", ..stop(name, "guest", vec![goto(url)]) };
    let at = |az: Az| world.url(&format!("/authorize?{}", az.query()));
    visitor.see(error("error-unknown-client", 400, &at(Az::of("c_gone")))).await;
    visitor.see(error("error-unknown-redirect", 400, &at(Az::to("desk", "https://evil.test/cb")))).await;
    visitor.see(error("error-bad-request", 400, &at(Az::of("pub1").also("client_id", "pub2")))).await;
    let silent = stranger(world, "Notes", "https://notes.example.com/cb").await.set("prompt", "none");
    visitor.see(error("error-needs-person", 400, &at(silent))).await;
    let elsewhere = world.authorize(&mut world.agent(), &Az::of("pub1")).await.hidden("request");
    visitor.see(error("error-other-browser", 400, &world.url(&format!("/login?request={elsewhere}")))).await;
    visitor.see(error("error-expired", 400, &world.url("/consent?request=v1.gone"))).await;
    let logout = world.url("/logout?client_id=desk&post_logout_redirect_uri=https%3A%2F%2Fevil.test");
    visitor.see(error("error-bad-logout", 400, &logout)).await;
    visitor.see(error("error-not-found", 404, &world.url("/nowhere"))).await;
    let large = world.url(&format!("/authorize?state={}", "x".repeat(17_000)));
    visitor.see(error("error-too-large", 431, &large)).await;

    // The database is away.
    let away = World::new().await;
    away.app.store.close().await;
    visitor
        .see(error("error-unavailable", 503, &away.url(&format!("/authorize?{}", Az::of("pub1").query()))))
        .await;
}

pub(super) async fn leaving(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let by_app =
        world.url("/logout?client_id=desk&post_logout_redirect_uri=https%3A%2F%2Fdesk.acme.test%2Fbye");
    let ask = |name, url: &str| Stop { kind: "logout-confirm", ..stop(name, "alice", vec![goto(url)]) };
    visitor.see(ask("logout-confirm", &world.url("/logout"))).await;
    visitor.see(ask("logout-confirm-app", &by_app)).await;
    let leave = vec![goto(&world.url("/logout")), click("#logout-confirm")];
    visitor.see(Stop { kind: "logout-done", ..stop("logout-done", "alice", leave) }).await;
    let page = visitor
        .see(Stop { kind: "logout-done", ..stop("logout-nobody", "alice", vec![goto(&by_app)]) })
        .await;
    assert!(page.text.contains("Back to desk.acme.test"), "{}", page.text);
}

pub(super) async fn account(visitor: &Visitor<'_>) {
    let world = visitor.world;
    world.tokens_for(&Az::of("pub1").set("scope", "mcp:read mcp:write"), "pub1").await;
    let claude = stranger(world, "Claude Code", LOOPBACK).await;
    let client = claude.pairs().iter().find(|(name, _)| *name == "client_id").unwrap().1.to_owned();
    world.tokens_for(&claude, &client).await;
    let page = |name, steps| Stop { kind: "account", ..stop(name, "owner", steps) };
    let open = |path: &str| vec![goto(&world.url(path))];
    let fill = |field: &str, text: &str| json!(["fill", field, text]);
    let enter = vec![
        goto(&world.url("/account")),
        fill("#username", "alice"),
        fill("#password", gatewright_tests::PASSWORD),
        click("#login-submit"),
    ];
    let shown = visitor.see(page("account-profile", enter)).await;
    assert!(shown.text.contains("alice@example.test"), "{}", shown.text);
    let save = [open("/account"), vec![fill("#name", "Alice L."), click("#account-save")]].concat();
    let shown = visitor.see(page("account-saved", save)).await;
    assert!(shown.text.contains("Saved."), "{}", shown.text);
    let password = |name, steps| Stop { focused: "password", ..page(name, steps) };
    visitor.see(password("account-password", open("/account/password"))).await;
    let weak = [open("/account/password"), vec![fill("#password", "passwordpassword")]].concat();
    let weak = [weak, vec![fill("#again", "passwordpassword"), click("#password-submit")]].concat();
    visitor.see(Stop { status: 422, ..password("account-password-weak", weak) }).await;
    for subject in ["4711", "4712"] {
        let trace = world.operator().trace(&world.app);
        let id = world.app.id(trace.at);
        let label = Some("alice@a-department-with-a-long-name.example.co.uk");
        let new = NewIdentity { id, issuer: "https://accounts.example.com", subject, label };
        let linked = identities::link(&world.app.store, world.user("alice").await, &new, &trace).await;
        assert_eq!(linked.unwrap(), Write::Applied(()));
    }
    visitor
        .see(Stop { kind: "security", ..stop("account-security", "owner", open("/account/security")) })
        .await;
    visitor.see(stop("account-identities", "owner", open("/account/identities"))).await;
    let shown = visitor.see(page("account-apps", open("/account/apps"))).await;
    assert!(shown.text.contains("It calls itself “Claude Code”."), "{}", shown.text);
    visitor.see(page("account-sessions", open("/account/sessions"))).await;
    visitor.see(page("account-history", open("/account/history"))).await;
    visitor.see(page("account-data", open("/account/data"))).await;
    visitor.see(page("account-leave", open("/account/leave"))).await;
    let wrong = [open("/account/leave"), vec![fill("#username", "bob"), click("#account-leave")]].concat();
    visitor.see(Stop { status: 422, ..page("account-leave-refused", wrong) }).await;
    visitor.see(page("account-stop", open("/account/stop"))).await;
    let stop = [open("/account/stop"), vec![click("#account-stop")]].concat();
    visitor.see(Stop { kind: "account-ended", ..page("account-stopped", stop) }).await;
}
