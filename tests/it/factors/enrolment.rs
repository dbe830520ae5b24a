//! Setting a factor up, and taking it away.

use gatewright_server::config::SecondFactor;
use gatewright_store::Write;
use gatewright_store::users::{self, Role};
use gatewright_tests::flows::claims;
use gatewright_tests::{Agent, Page, World};

use super::{
    Phone, add_app, at_factor, at_security, codes, is_consent, openid, requiring, seed, shown, tokens,
    with_app,
};

/// Sends the form of an app on any page that shows it.
async fn confirm(world: &World, agent: &mut Agent, (path, form, code): (&str, &Page, &str)) -> Page {
    let mut fields = vec![("enrolment", form.hidden("enrolment")), ("code", code.to_owned())];
    for name in ["request", "step"] {
        if form.body.contains(&format!("name=\"{name}\"")) {
            fields.push((name, form.hidden(name)));
        }
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    agent.post(&world.url(path), &fields).await
}

/// The address behind a link of a page.
fn link(page: &Page, id: &str) -> String {
    let tag =
        page.body.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no {id}: {}", page.body));
    tag.split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_06_whoever_needs_a_second_factor_sets_one_up_before_anything_else() {
    let world = requiring(SecondFactor::Everybody).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let choice = world.log_in(&mut agent, &login, "alice").await;
    assert!(choice.body.contains("id=\"enrol\""), "{} {}", choice.status, choice.body);
    assert_eq!(world.count("sessions").await, 0);
    assert!(!agent.cookies.contains_key("__Host-gw_session"));
    let request = login.hidden("request");
    let around = agent.get(&world.url(&format!("/authorize/resume?request={request}"))).await;
    assert!(agent.follow(around).await.body.contains("id=\"login-form\""));

    let form = agent.get(&link(&choice, "enrol-totp")).await;
    let phone = Phone { seed: seed(&form), codes: Vec::new() };
    let wrong = confirm(&world, &mut agent, ("/login/enrol/totp", &form, &phone.wrong(&world))).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert_eq!(seed(&wrong), phone.seed, "the same app may try again");
    assert_eq!(world.count("totps").await + world.count("sessions").await, 0);
    let kept = confirm(&world, &mut agent, ("/login/enrol/totp", &form, &phone.code(&world))).await;
    assert_eq!(codes(&kept).len(), 10);
    let goal = link(&kept, "codes-continue");
    let consent = agent.get(&goal).await;
    let consent = agent.follow(consent).await;
    is_consent(&consent);
    let said = claims(&tokens(&world, &mut agent, &consent).await.access);
    assert_eq!(said["acr"], "urn:gatewright:acr:2fa", "{said}");

    // The same page again does nothing.
    world.pass(30);
    let again = confirm(&world, &mut agent, ("/login/enrol/totp", &form, &phone.code(&world))).await;
    assert_eq!(again.status, 400, "{}", again.body);
    assert_eq!((world.count("totps").await, world.events("factor.added").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_can_be_required_of_administrators() {
    let world = requiring(SecondFactor::Administrators).await;
    let trace = world.operator().trace(&world.app);
    let mallory = world.user("mallory").await;
    let made = users::set_role(&world.app.store, mallory, (None, Some(Role::Auditor)), &trace).await.unwrap();
    assert_eq!(made, Write::Applied(()));
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    is_consent(&world.log_in(&mut agent, &login, "alice").await);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let choice = world.log_in(&mut agent, &login, "mallory").await;
    assert!(choice.body.contains("id=\"enrol\""), "{}", choice.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_06_a_session_from_before_the_rule_is_not_enough_any_more() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    let stricter =
        world.replica_with(|config| config.login.require_second_factor = SecondFactor::Everybody).await;
    let cookie = |agent: &Agent| {
        let jar: Vec<String> = agent.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        jar.join("; ")
    };
    let ask = world.http.get(format!("{}/authorize?{}", stricter.url, openid().query()));
    let page =
        Page::read(ask.header("host", &stricter.host).header("cookie", cookie(&agent)).send().await.unwrap())
            .await;
    assert!(page.location().unwrap().contains("/login?request="), "{page:?}");
    let ask = world.http.get(format!("{}/account/security", stricter.url));
    let page =
        Page::read(ask.header("host", &stricter.host).header("cookie", cookie(&agent)).send().await.unwrap())
            .await;
    assert!(page.location().unwrap().contains("/login?request="), "{page:?}");
    assert_eq!(agent.get(&world.url("/account/security")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_17_half_a_login_sets_nothing_up_for_somebody_who_has_a_factor() {
    let world = requiring(SecondFactor::Everybody).await;
    let mut first = world.agent();
    let login = world.authorize(&mut first, &openid()).await;
    let choice = world.log_in(&mut first, &login, "alice").await;
    // A thief with the password stops here and waits …
    let mut thief = world.agent();
    let login = world.authorize(&mut thief, &openid()).await;
    let stolen = world.log_in(&mut thief, &login, "alice").await;
    let stolen_form = thief.get(&link(&stolen, "enrol-totp")).await;
    // … until alice has set up her app.
    let form = first.get(&link(&choice, "enrol-totp")).await;
    let phone = Phone { seed: seed(&form), codes: Vec::new() };
    confirm(&world, &mut first, ("/login/enrol/totp", &form, &phone.code(&world))).await;
    let theirs = Phone { seed: seed(&stolen_form), codes: Vec::new() };
    let late = confirm(&world, &mut thief, ("/login/enrol/totp", &stolen_form, &theirs.code(&world))).await;
    assert_eq!(late.status, 400, "{}", late.body);
    for id in ["enrol-totp"] {
        assert_eq!(thief.get(&link(&stolen, id)).await.status, 400, "{id}");
    }
    // A step that asks for a factor opens no page that sets one up.
    let page = at_factor(&world, &mut world.agent(), &openid(), "alice").await;
    let (request, step) = (page.hidden("request"), page.hidden("step"));
    for path in ["/login/enrol", "/login/enrol/totp", "/login/enrol/passkey"] {
        let answer = thief.get(&world.url(&format!("{path}?request={request}&step={step}"))).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    }
    assert_eq!(world.count("totps").await, 1);
    assert_eq!(world.count("sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_17_what_one_person_sets_up_nobody_else_confirms() {
    let world = World::new().await;
    let mut alice = at_security(&world, "alice").await;
    let form = alice.get(&world.url("/account/security/totp")).await;
    let phone = Phone { seed: seed(&form), codes: Vec::new() };
    // Mallory's session with alice's form, and alice herself in another session.
    for name in ["mallory", "alice"] {
        let mut other = at_security(&world, name).await;
        let code = phone.code(&world);
        let answer = confirm(&world, &mut other, ("/account/security/totp", &form, &code)).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
    }
    let mut nobody = world.agent();
    let code = phone.code(&world);
    let answer = confirm(&world, &mut nobody, ("/account/security/totp", &form, &code)).await;
    assert_eq!(answer.status, 303, "nobody is sent to sign in");
    // From another site, with alice's own cookies.
    let (enrolment, url) = (form.hidden("enrolment"), world.url("/account/security/totp"));
    let foreign = world.http.post(url).header("sec-fetch-site", "cross-site");
    let foreign = alice.send(foreign.form(&[("enrolment", enrolment.as_str()), ("code", &code)])).await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    assert_eq!(world.count("totps").await, 0);
    world.pass(901);
    let late = confirm(&world, &mut alice, ("/account/security/totp", &form, &phone.code(&world))).await;
    assert_eq!(late.status, 303, "and after a quarter of an hour not even alice: she signs in first");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_17_changes_take_a_login_of_the_last_quarter_of_an_hour() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    add_app(&world, &mut agent).await;
    world.pass(901);
    assert_eq!(agent.get(&world.url("/account/security")).await.status, 200, "looking is fine");
    for path in ["/account/security/totp", "/account/security/passkey"] {
        assert_eq!(agent.get(&world.url(path)).await.status, 303, "{path}");
    }
    for (path, id) in [("remove", "totp"), ("codes", ""), ("rename", "x")] {
        let answer = agent.post(&world.url(&format!("/account/security/{path}")), &[("id", id)]).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.location().unwrap().contains("/login?request="), "{path}");
    }
    assert_eq!((world.count("totps").await, world.events("recovery_codes.created").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_is_removed_but_not_the_last_one_where_one_is_required() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    add_app(&world, &mut agent).await;
    let removed = agent.post(&world.url("/account/security/remove"), &[("id", "totp")]).await;
    assert_eq!(removed.location(), Some("/account/security"));
    let gone = (
        world.count("totps").await,
        world.count("recovery_codes").await,
        world.events("factor.removed").await,
    );
    assert_eq!(gone, (0, 0, 1));
    let again = agent.post(&world.url("/account/security/remove"), &[("id", "totp")]).await;
    assert_eq!(again.status, 409);
    assert_eq!(agent.post(&world.url("/account/security/codes"), &[]).await.status, 409);

    let world = requiring(SecondFactor::Everybody).await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let choice = world.log_in(&mut agent, &login, "alice").await;
    let form = agent.get(&link(&choice, "enrol-totp")).await;
    let phone = Phone { seed: seed(&form), codes: Vec::new() };
    confirm(&world, &mut agent, ("/login/enrol/totp", &form, &phone.code(&world))).await;
    let kept = agent.post(&world.url("/account/security/remove"), &[("id", "totp")]).await;
    assert_eq!(kept.status, 409, "{}", kept.body);
    assert!(kept.body.contains("Nothing was removed."), "{}", kept.body);
    assert_eq!(world.count("totps").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_one_app_whose_first_code_is_spent() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    let one = agent.get(&world.url("/account/security/totp")).await;
    let two = agent.get(&world.url("/account/security/totp")).await;
    let (first, second) = (seed(&one), seed(&two));
    assert_ne!(first, second);
    let phone = Phone { seed: first, codes: Vec::new() };
    let code = phone.code(&world);
    assert_eq!(codes(&confirm(&world, &mut agent, ("/account/security/totp", &one, &code)).await).len(), 10);
    let other = Phone { seed: second, codes: Vec::new() };
    let late = confirm(&world, &mut agent, ("/account/security/totp", &two, &other.code(&world))).await;
    assert_eq!(late.status, 422, "{}", late.body);
    assert_eq!(agent.get(&world.url("/account/security/totp")).await.location(), Some("/account/security"));
    let mut fresh = world.agent();
    let page = at_factor(&world, &mut fresh, &openid(), "alice").await;
    assert_eq!(
        shown(&world, &mut fresh, &page, ("code", &code)).await.status,
        403,
        "it showed that it works"
    );
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM totps").fetch_one(&world.database).await.unwrap();
    assert!(!sealed.windows(first.len()).any(|part| part == first), "the seed is sealed");
    let _alice = with_app(&world, "mallory").await;
}
