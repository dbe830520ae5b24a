//! What people and other sites can do to the pages in a real browser.

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;
use gatewright_tests::browser::{Browser, Outcome};
use gatewright_tests::tools::Tools;
use gatewright_tests::{Az, World};
use serde_json::{Value, json};

use super::seeds::{self, DESK, LOOPBACK, stranger};
use super::site::Site;
use super::{Scripts, Stop, Visitor, click, goto};

async fn with_browser<T>(work: impl AsyncFnOnce(&Visitor<'_>) -> T) -> T {
    let world = seeds::world().await;
    let browser = Browser::start(&Tools::find()).await;
    work(&Visitor { world: &world, browser: &browser, scripts: Scripts::On }).await
}

/// A page whose one form posts what its query says (`action` and the fields) when its button is pressed.
async fn posting_site() -> Site {
    let page = async |RawQuery(query): RawQuery| {
        let query = query.unwrap_or_default();
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let action = &pairs[0].1;
        let fields =
            pairs[1..].iter().map(|(name, value)| format!("<input name=\"{name}\" value=\"{value}\">"));
        let fields: String = fields.collect();
        Html(format!(
            "<!doctype html><title>x</title><form method=post action=\"{action}\">{fields}<button>Win</button></form>"
        ))
    };
    let frame = async |RawQuery(query): RawQuery| {
        Html(format!(
            "<!doctype html><title>x</title><iframe src=\"{}\"></iframe>",
            query.unwrap_or_default()
        ))
    };
    Site::serve(Router::new().route("/post", get(page)).route("/frame", get(frame))).await
}

fn posting(site: &Site, host: &str, fields: &[(&str, &str)]) -> Vec<Value> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    vec![goto(&site.url(host, &format!("/post?{}", query.finish()))), click("button")]
}

fn ticket(outcome: &Outcome) -> String {
    let html = &outcome.pages.last().unwrap().html;
    let rest = html.split("name=\"ticket\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_08_enter_denies() {
    with_browser(async |visitor| {
        let claude = stranger(visitor.world, "Claude Code", LOOPBACK).await;
        let mut steps = visitor.sign_in(&claude, "alice");
        steps.push(json!(["enter", "Enter"]));
        let denied = visitor.go("alice", steps, Some(LOOPBACK)).await;
        assert_eq!(denied.end, "callback");
        assert!(denied.url.contains("?error=access_denied&"), "{}", denied.url);
        assert_eq!(visitor.world.count("codes").await, 0);
        assert_eq!(denied.problems, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_01_a_browser_shows_no_page_of_ours_in_a_frame() {
    with_browser(async |visitor| {
        let site = posting_site().await;
        visitor.go("alice", visitor.sign_in(&Az::to("desk", DESK), "alice"), None).await;
        for host in ["127.0.0.1", "localhost"] {
            let framed = goto(&site.url(host, &format!("/frame?{}", visitor.world.url("/logout"))));
            visitor.go("alice", vec![framed, json!(["hear", "frame-ancestors"])], None).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_02_a_browser_tells_us_about_forms_of_other_sites() {
    with_browser(async |visitor| {
        let world = visitor.world;
        let site = posting_site().await;
        let consent = visitor.go("alice", visitor.sign_in(&Az::to("desk", DESK), "alice"), None).await;
        let logout = visitor.go("alice", vec![goto(&world.url("/logout"))], None).await;
        // Another port is another origin of the same site; another name is another site.
        for host in ["127.0.0.1", "localhost"] {
            for (path, ticket) in [("/consent", ticket(&consent)), ("/logout", ticket(&logout))] {
                let fields = [("action", &*world.url(path)), ("ticket", &ticket), ("decision", "approve")];
                let refused = visitor.go("alice", posting(&site, host, &fields), Some(DESK)).await;
                let page = refused.pages.last().unwrap();
                assert_eq!(
                    (refused.end.as_str(), page.status),
                    ("error", Some(403)),
                    "{host} {path}: {}",
                    page.text
                );
                assert!(page.text.contains("This form did not come from our page"), "{}", page.text);
            }
        }
        assert_eq!((world.count("codes").await, world.events("session.ended").await), (0, 0));
        let fields = [("action", &*world.url("/logout")), ("ticket", &ticket(&logout))];
        let mut steps = vec![goto(&world.url("/"))];
        steps.extend(posting(&site, "localhost", &fields));
        let profile = "without-scripts";
        let stop =
            Stop { name: "error-foreign-form", profile, steps, status: 403, kind: "error", focused: "" };
        Visitor { scripts: Scripts::Off, ..*visitor }.see(stop).await;
    })
    .await;
}

/// The session's cookie is not sent with the app's POST, but with the GET it becomes.
#[tokio::test(flavor = "multi_thread")]
async fn lo_02_an_app_may_post_its_request_from_its_own_site() {
    with_browser(async |visitor| {
        let world = visitor.world;
        let site = posting_site().await;
        visitor.go("alice", visitor.sign_in(&Az::to("desk", DESK), "alice"), None).await;
        let bye = "https://desk.acme.test/bye";
        let action = world.url("/logout");
        let fields = [
            ("action", action.as_str()),
            ("client_id", "desk"),
            ("post_logout_redirect_uri", bye),
            ("state", "s"),
        ];
        let mut steps = posting(&site, "localhost", &fields);
        let asked = visitor.go("alice", steps.clone(), None).await;
        assert_eq!(asked.end, "logout-confirm", "{:?}", asked.pages);
        assert!(asked.pages[0].text.contains("alice@example.test"), "{}", asked.pages[0].text);
        steps.push(click("#logout-confirm"));
        let gone = visitor.go("alice", steps, Some(bye)).await;
        assert_eq!(
            (gone.end.as_str(), gone.url.as_str()),
            ("callback", "https://desk.acme.test/bye?state=s")
        );
        assert_eq!(world.events("session.ended").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_18_the_back_button_shows_nothing_after_signing_out() {
    with_browser(async |visitor| {
        let world = visitor.world;
        let mut steps = visitor.sign_in(&Az::to("desk", DESK), "alice");
        steps.extend([goto(&world.url("/logout")), click("#logout-confirm"), json!(["back"])]);
        let once = visitor.go("one", steps.clone(), None).await;
        steps.push(json!(["back"]));
        let twice = visitor.go("two", steps, None).await;
        for outcome in [&once, &twice] {
            let page = outcome.pages.last().unwrap();
            assert!(!page.html.contains("alice@example.test"), "{}", page.text);
        }
        assert_eq!((once.end.as_str(), twice.end.as_str()), ("logout-done", "login"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_01_a_browser_keeps_our_cookies_as_they_are_meant() {
    with_browser(async |visitor| {
        visitor.go("alice", visitor.sign_in(&Az::to("desk", DESK), "alice"), None).await;
        let jar = visitor.browser.request(json!({ "cookies": "alice" })).await;
        let mut names: Vec<&str> = Vec::new();
        for cookie in jar["cookies"].as_array().unwrap() {
            names.push(cookie["name"].as_str().unwrap());
            assert!(cookie["value"].as_str().unwrap().len() >= 43, "{cookie}");
            assert_eq!(cookie["domain"], "127.0.0.1", "{cookie}");
            assert_eq!((&cookie["path"], &cookie["sameSite"]), (&json!("/"), &json!("Lax")), "{cookie}");
            assert_eq!((&cookie["httpOnly"], &cookie["secure"]), (&json!(true), &json!(true)), "{cookie}");
        }
        names.sort_unstable();
        assert!(names.len() == 2 && names[0].starts_with("__Host-gw_browser_"), "{names:?}");
        assert_eq!(names[1], "__Host-gw_session");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn az_16_the_answer_posts_itself_and_with_scripts_off_by_its_button() {
    with_browser(async |visitor| {
        let hostile = "\"><script>alert(1)</script>";
        let az = Az::to("desk", DESK).set("response_mode", "form_post").set("state", hostile);
        let mut steps = visitor.sign_in(&az, "alice");
        steps.push(click("#consent-approve"));
        let by_itself = visitor.go("on", steps.clone(), Some(DESK)).await;
        let off = Visitor { scripts: Scripts::Off, ..*visitor };
        steps[3] = click("#login-submit");
        let stays = off.go("off", vec![visitor.authorize(&az)], Some(DESK)).await;
        assert_eq!(stays.end, "login");
        steps.pop();
        steps.push(click("#form-post-continue"));
        let by_button = off.go("off", steps, Some(DESK)).await;
        for outcome in [by_itself, by_button] {
            assert_eq!((outcome.end.as_str(), outcome.url.as_str()), ("callback", DESK));
            assert_eq!(outcome.problems, Vec::<String>::new());
            let posted = outcome.post.unwrap();
            let posted: Vec<(String, String)> =
                url::form_urlencoded::parse(posted.as_bytes()).into_owned().collect();
            let names: Vec<&str> = posted.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["code", "state", "iss"]);
            assert_eq!(
                (posted[1].1.as_str(), posted[2].1.as_str()),
                (hostile, visitor.world.issuer.as_str())
            );
            assert!(World::redeem(visitor.world, "desk", &posted[0].1, &[]).await.status == 200);
        }
    })
    .await;
}
