//! LG, CN: signing in with another provider.

mod idp;
mod lied;
mod linked;
mod node;
mod real;
mod truth;

use gatewright_server::config::SignUp;
use gatewright_tests::{Agent, Az, Page, Tokens, World};
use idp::{Idp, configured, leave, sign_in};
use serde_json::{Value, json};

/// A server that lets people in with a provider, and the provider.
async fn world() -> (World, Idp) {
    let world = World::with(configured(|_| {})).await;
    let idp = Idp::on(&world).await;
    (world, idp)
}

fn is_consent(page: &Page) -> bool {
    page.body.contains("id=\"consent-form\"")
}

/// What a page says went wrong.
fn problem(page: &Page) -> String {
    assert!(page.body.contains("id=\"upstream-problem\""), "{} {}", page.status, page.body);
    page.data_error().unwrap().to_owned()
}

async fn accounts(world: &World) -> Vec<(String, Option<String>, bool)> {
    let statement = "SELECT username, email, email_verified FROM users ORDER BY created_at, id";
    sqlx::query_as(statement).fetch_all(&world.database).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_with_another_provider_and_comes_back() {
    let (world, idp) = world().await;
    let mut agent = world.agent();
    let consent = sign_in(&world, &idp, &mut agent).await;
    assert!(is_consent(&consent), "{} {}", consent.status, consent.body);
    let answer = world.decide(&mut agent, &consent, "approve").await;
    let code = answer.answer("code").unwrap();
    let tokens = Tokens::of(&world.redeem("pub1", &code, &[]).await);
    let claims = gatewright_tests::flows::claims(&tokens.access);
    assert_eq!(
        claims["amr"],
        json!(["fed"]),
        "how they signed in there is not repeated unless it is trusted"
    );

    let new = accounts(&world).await.pop().unwrap();
    assert_eq!(new, ("ada".to_owned(), Some("ada@example.test".to_owned()), true));
    for kind in ["user.created", "identity.linked", "session.opened"] {
        let count = "SELECT count(*) FROM events e JOIN users u ON u.id = e.user_id WHERE e.kind = $1 AND u.username = 'ada'";
        let count: i64 = sqlx::query_scalar(count).bind(kind).fetch_one(&world.database).await.unwrap();
        assert_eq!(count, 1, "{kind}");
    }

    // Another browser, the same person: the same account, whatever they are called by now.
    idp.lie(vec![("email", json!("new@example.test")), ("preferred_username", json!("countess"))]);
    let second = sign_in(&world, &idp, &mut world.agent()).await;
    assert!(second.answer("code").is_some() || is_consent(&second), "{} {}", second.status, second.body);
    assert_eq!(world.count("identities").await, 1);
    assert_eq!(accounts(&world).await.len(), 3, "alice, mallory and ada");
    let asked = idp.site.asked("/.well-known/openid-configuration");
    assert_eq!((asked, idp.site.asked("/keys")), (1, 1), "both are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_has_a_name_of_its_own() {
    let (world, idp) = world().await;
    for (subject, name, expected) in [
        ("s-1", json!("alice"), "alice-2"),
        ("s-2", json!("\u{430}lice"), "lice"),
        ("s-3", json!("mallory@example.test"), "mallory-2"),
        ("s-4", Value::Null, "grace"),
    ] {
        let email = json!(format!("{subject}@example.test"));
        let mut lies = vec![("sub", json!(subject)), ("preferred_username", name), ("email", email)];
        if subject == "s-4" {
            lies.push(("email_verified", json!(false)));
            lies[2] = ("email", json!("grace@example.test"));
        }
        idp.lie(lies);
        assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await), "{subject}");
        assert_eq!(accounts(&world).await.pop().unwrap().0, expected, "{subject}");
    }
    let (_, email, verified) = accounts(&world).await.pop().unwrap();
    assert_eq!((email, verified), (None, false), "an address that nobody looked at is not kept");
}

/// At once, and not when the job looks at names the next time.
#[tokio::test(flavor = "multi_thread")]
async fn lg_14_the_name_of_a_new_account_reads_like_nobody_s() {
    let (world, idp) = world().await;
    for (subject, name, expected) in
        [("s-1", "a1ice", "a1ice-2"), ("s-2", "niki0", "niki0"), ("s-3", "nikio", "nikio-2")]
    {
        let email = json!(format!("{subject}@example.test"));
        idp.lie(vec![("sub", json!(subject)), ("preferred_username", json!(name)), ("email", email)]);
        assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await), "{subject}");
        assert_eq!(accounts(&world).await.pop().unwrap().0, expected, "{subject}");
        let looked_at = "SELECT count(*) FROM users WHERE username_skeleton IS NULL";
        let unseen: i64 = sqlx::query_scalar(looked_at).fetch_one(&world.database).await.unwrap();
        assert_eq!(unseen, 0, "{subject}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_11_no_address_opens_an_account() {
    let (world, idp) = world().await;
    // Alice's address, not verified there: somebody new.
    idp.lie(vec![("email", json!("alice@example.test")), ("email_verified", json!(false))]);
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await));
    let (name, email, _) = accounts(&world).await.pop().unwrap();
    assert_eq!((name.as_str(), email), ("ada", None));
    // Verified there: told to prove the account here, too. Nothing is connected, nobody is made.
    for spelling in ["alice@example.test", "ALICE@Example.TEST"] {
        idp.lie(vec![("sub", json!("person-2")), ("email", json!(spelling))]);
        let page = sign_in(&world, &idp, &mut world.agent()).await;
        assert_eq!(
            (page.status.as_u16(), problem(&page).as_str()),
            (409, "upstream_link_first"),
            "{spelling}"
        );
        assert!(!page.headers.contains_key("set-cookie"));
    }
    assert_eq!((world.count("identities").await, world.count("users").await), (1, 3));
    // The same subject of another issuer is somebody else: the issuer is part of who they are.
    let known = gatewright_store::identities::find(&world.app.store, "https://evil.test", "person-1").await;
    assert_eq!(known.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_is_told_what_to_do_where_accounts_are_not_made() {
    let world = World::with(configured(|upstream| upstream.sign_up = SignUp::Closed)).await;
    let idp = Idp::on(&world).await;
    let mut agent = world.agent();
    let page = sign_in(&world, &idp, &mut agent).await;
    assert_eq!((page.status.as_u16(), problem(&page).as_str()), (403, "upstream_no_account"));
    assert_eq!(world.count("users").await, 2);
    // And back to the login page, with the same request.
    let href = page.body.split("href=\"/login?request=").nth(1).unwrap().split('"').next().unwrap();
    let login = agent.get(&format!("/login?request={href}")).await;
    assert!(is_consent(&world.log_in(&mut agent, &login, "alice").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operators_domains_come_in() {
    let world = World::with(configured(|upstream| {
        upstream.domains = vec!["example.test".parse().unwrap()];
    }))
    .await;
    let idp = Idp::on(&world).await;
    let cases: [(Vec<(&'static str, Value)>, bool); 6] = [
        (vec![("email", json!("x@evil.test"))], false),
        (vec![("email", json!("x@evil-example.test"))], false),
        (vec![("email_verified", json!(false))], false),
        (vec![("hd", json!("evil.test"))], false),
        (vec![("hd", json!("example.test")), ("email", json!("x@other.test"))], true),
        (vec![("email", Value::Null), ("email_verified", Value::Null), ("sub", json!("person-9"))], true),
    ];
    for (lies, welcome) in cases {
        idp.lie(lies.clone());
        let page = sign_in(&world, &idp, &mut world.agent()).await;
        if welcome {
            assert!(is_consent(&page), "{lies:?}: {} {}", page.status, page.body);
        } else {
            assert_eq!(
                (page.status.as_u16(), problem(&page).as_str()),
                (403, "upstream_not_allowed"),
                "{lies:?}"
            );
        }
    }
    assert!(idp.site.asked("/userinfo") >= 1, "an address that the ID token lacks is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_stays_outside() {
    let (world, idp) = world().await;
    assert!(is_consent(&sign_in(&world, &idp, &mut world.agent()).await));
    world.disable_user("ada").await;
    let page = sign_in(&world, &idp, &mut world.agent()).await;
    assert_eq!((page.status.as_u16(), problem(&page).as_str()), (403, "upstream_not_allowed"));
    assert_eq!(world.count("users").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_proved_there_is_repeated_where_it_is_trusted() {
    let world = World::with(configured(|upstream| upstream.trust_amr = true)).await;
    let idp = Idp::on(&world).await;
    sign_in(&world, &idp, &mut world.agent()).await;
    let amr: String =
        sqlx::query_scalar("SELECT amr FROM sessions").fetch_one(&world.database).await.unwrap();
    assert_eq!(amr, "fed mfa otp", "words of RFC 8176, and no others");
}

/// A browser on its way back, and where to.
async fn on_the_way(world: &World, idp: &Idp) -> (Agent, String) {
    let mut agent = world.agent();
    let back = leave(world, idp, &mut agent).await;
    (agent, back)
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_13_a_callback_is_good_once() {
    let (world, idp) = world().await;
    let (mut agent, back) = on_the_way(&world, &idp).await;
    assert_eq!(agent.get(&back).await.status, 303);
    let again = agent.get(&back).await;
    assert_eq!(again.status, 400, "{}", again.body);
    assert_eq!(again.data_error(), Some("invalid_request"));
    assert_eq!(idp.redeemed(), 1, "the code was not presented a second time");
    assert_eq!((world.count("sessions").await, world.count("identities").await), (1, 1));

    // Many at once: one.
    let (agent, back) = on_the_way(&world, &idp).await;
    let crowd = (0..20).map(|_| {
        let (mut agent, back) = (agent.clone(), back.clone());
        async move { agent.get(&back).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(crowd).await;
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(idp.redeemed(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_03_a_callback_belongs_to_the_browser_that_left() {
    let (world, idp) = world().await;
    let (mut mallory, back) = on_the_way(&world, &idp).await;
    // Mallory has alice open it: with no cookie, and with those of a browser that was here before.
    let mut alice = world.agent();
    let page = alice.get(&back).await;
    assert_eq!(page.status, 400, "{}", page.body);
    let login = world.authorize(&mut alice, &Az::of("pub1")).await;
    assert!(is_consent(&world.log_in(&mut alice, &login, "alice").await));
    let page = alice.get(&back).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("started somewhere else"), "{}", page.body);
    assert_eq!((idp.redeemed(), world.count("identities").await), (0, 0));
    assert_eq!(mallory.get(&back).await.status, 303, "and it is still good where it belongs");

    // Nor is a state worth anything elsewhere: at the login page, or the other way round.
    let (mut agent, back) = on_the_way(&world, &idp).await;
    let state = url::Url::parse(&back).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    assert_eq!(agent.get(&format!("/login?request={state}")).await.status, 400);
    let login = world.authorize(&mut agent, &Az::of("pub1")).await.hidden("request");
    assert_eq!(agent.get(&format!("/upstream/idp/callback?code=x&state={login}")).await.status, 400);
    assert_eq!(agent.get("/upstream/idp/callback?code=x").await.status, 400);
    assert_eq!(agent.get(&format!("/upstream/other/callback?code=x&state={state}")).await.status, 404);
    // Another site cannot begin it.
    let request = world.http.post(world.url("/upstream/idp")).header("sec-fetch-site", "cross-site");
    assert_eq!(agent.send(request.form(&[("request", login)])).await.status, 403);
    // And too late is too late.
    world.pass(31 * 60);
    assert_eq!(agent.get(&back).await.status, 400);
}
