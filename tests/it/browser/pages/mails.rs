//! The pages around mails, in the order people meet them.

use gatewright_server::accounts::{address, sign_up};
use gatewright_server::mail::asked;
use gatewright_store::users;
use gatewright_tests::Az;
use serde_json::json;

use super::seeds::DESK;
use super::tour::stop;
use super::{Stop, Visitor, click, goto};

/// Somebody who forgot their password, somebody who signs in with a code, somebody new, and an address.
pub(super) async fn all(visitor: &Visitor<'_>) {
    forgotten(visitor).await;
    code(visitor).await;
    new(visitor).await;
    address(visitor).await;
    let world = visitor.world;
    asked::turn(world.app.clone()).await.unwrap();
    let page = visitor.see(stop("dev-outbox", "forgetful", vec![goto(&world.url("/dev/outbox"))])).await;
    for subject in ["A link to choose a new password", "Your code to sign in", "Your account"] {
        assert!(page.text.contains(subject), "{subject}: {}", page.text);
    }
}

async fn forgotten(visitor: &Visitor<'_>) {
    let form = |name, steps| Stop { focused: "username", ..stop(name, "forgetful", steps) };
    let desk = visitor.authorize(&Az::to("desk", DESK));
    visitor.see(Stop { kind: "login", ..form("login-with-mail", vec![desk.clone()]) }).await;
    visitor.see(form("forgot", vec![desk, click("a[href*=forgot]")])).await;
    let ask = |name: &str| {
        let username = json!(["fill", "#username", name]);
        vec![goto(&visitor.world.url("/forgot")), username, click("#forgot-submit")]
    };
    visitor.see(stop("forgot-sent", "forgetful", ask("mallory"))).await;
    for _ in 0..3 {
        visitor.go("forgetful", ask("nobody"), None).await;
    }
    visitor.see(Stop { status: 429, ..form("forgot-wait", ask("nobody")) }).await;
}

async fn code(visitor: &Visitor<'_>) {
    let form = |name, focused, steps| Stop { focused, ..stop(name, "coder", steps) };
    let mut steps = vec![visitor.authorize(&Az::to("desk", DESK)), click("a[href*=\"login/code\"]")];
    visitor.see(form("email-code", "username", steps.clone())).await;
    steps.extend([json!(["fill", "#username", "alice"]), click("#email-code-submit")]);
    visitor.see(form("email-code-check", "code", steps.clone())).await;
    steps.extend([json!(["fill", "#code", "0000 0000"]), click("#check-code-submit")]);
    visitor.see(Stop { status: 403, ..form("email-code-wrong", "code", steps) }).await;
}

async fn new(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let form = |name, focused, steps| Stop { focused, ..stop(name, "newcomer", steps) };
    let ask = |email: &str| {
        let fill = |field: &str, text: &str| json!(["fill", field, text]);
        let address = goto(&world.url("/sign-up"));
        vec![address, fill("#email", email), fill("#name", "Carol Example"), click("#sign-up-submit")]
    };
    visitor.see(form("sign-up", "email", vec![goto(&world.url("/sign-up"))])).await;
    let refused = Stop { status: 422, ..form("sign-up-refused", "email", ask("carol@other.example")) };
    visitor.see(refused).await;
    visitor.see(form("sign-up-sent", "", ask("carol@example.com"))).await;
    let newcomer = sign_up::Newcomer { email: "carol@example.com".to_owned(), name: None };
    let (link, _) = sign_up::link(&world.app, &world.operator(), &newcomer).unwrap();
    let password = |name, steps| Stop { kind: "password", ..form(name, "password", steps) };
    visitor.see(password("sign-up-password", vec![goto(link.expose())])).await;
    let choose = |password: &str| {
        let fill = |field: &str| json!(["fill", field, password]);
        vec![goto(link.expose()), fill("#password"), fill("#again"), click("#password-submit")]
    };
    let refused = Stop { status: 422, ..password("sign-up-password-refused", choose("Password2026!")) };
    visitor.see(refused).await;
    visitor.see(form("sign-up-done", "", choose("seven sleepy otters"))).await;
}

async fn address(visitor: &Visitor<'_>) {
    let world = visitor.world;
    let form = |name, focused, steps| Stop { focused, ..stop(name, "mover", steps) };
    let mut steps = vec![
        goto(&world.url("/account/email")),
        json!(["fill", "#username", "alice"]),
        json!(["fill", "#password", gatewright_tests::PASSWORD]),
        click("#login-submit"),
    ];
    visitor.see(form("address", "email", steps.clone())).await;
    steps = vec![
        goto(&world.url("/account/email")),
        json!(["fill", "#email", "alice@example.org"]),
        click("#address-submit"),
    ];
    visitor.see(form("address-sent", "", steps)).await;
    let alice = users::by_id(&world.app.store, world.user("alice").await).await.unwrap().unwrap();
    let made = address::link(&world.app, &world.operator(), &alice, "alice@example.org").await.unwrap();
    let link = made.applied().unwrap();
    visitor.see(form("address-confirm", "", vec![goto(link.url.expose())])).await;
    let confirm = vec![goto(link.url.expose()), click("#confirm-submit")];
    visitor.see(form("address-confirmed", "", confirm)).await;
}
