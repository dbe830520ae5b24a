//! Every page in a real Chromium: in two window sizes and at the 320 px of WCAG 2.2 (1.4.10), light and
//! dark, with JavaScript off (which is how the pictures in `target/screenshots` are taken) and on (which
//! is when axe runs). A page may not overflow to the side, complain to the console, load anything
//! foreign, or be malformed.
//!
//! The programs come from `tests/interop/install.sh`.

mod factors;
mod mails;
mod people;
mod samples;
mod seeds;
mod site;
mod tour;

use std::path::PathBuf;

use gatewright_tests::browser::{Browser, Outcome, Page};
use gatewright_tests::tools::Tools;
use gatewright_tests::{Az, PASSWORD, World};
use serde_json::{Value, json};

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scripts {
    On,
    Off,
}

/// One page to be looked at.
struct Stop {
    /// Names its pictures.
    name: &'static str,
    /// Which browser profile: its cookies are those of earlier stops.
    profile: &'static str,
    /// The steps that lead there.
    steps: Vec<Value>,
    status: u16,
    /// What the driver calls such a page.
    kind: &'static str,
    /// What has the focus.
    focused: &'static str,
}

/// Somebody who looks at pages.
struct Visitor<'a> {
    world: &'a World,
    browser: &'a Browser,
    scripts: Scripts,
}

fn goto(url: &str) -> Value {
    json!(["goto", url])
}

fn click(selector: &str) -> Value {
    json!(["click", selector])
}

impl Visitor<'_> {
    fn authorize(&self, az: &Az) -> Value {
        goto(&self.world.url(&format!("/authorize?{}", az.query())))
    }

    /// From a request to the page after login.
    fn sign_in(&self, az: &Az, name: &str) -> Vec<Value> {
        self.sign_in_with(az, (name, PASSWORD))
    }

    fn sign_in_with(&self, az: &Az, (name, password): (&str, &str)) -> Vec<Value> {
        let fill = |field: &str, text: &str| json!(["fill", field, text]);
        vec![self.authorize(az), fill("#username", name), fill("#password", password), click("#login-submit")]
    }

    /// Steps without an exhibition; `redirect_uri` is where they may lead.
    async fn go(&self, profile: &str, steps: Vec<Value>, redirect_uri: Option<&str>) -> Outcome {
        let mut request = json!({ "do": steps, "session": profile, "javascript": self.scripts == Scripts::On, "timeout": 20_000 });
        if let Some(uri) = redirect_uri {
            request["redirect_uri"] = uri.into();
        }
        self.browser.go(request).await
    }

    /// Looks at a page from all sides.
    async fn see(&self, stop: Stop) -> Page {
        let scripted = self.scripts == Scripts::On;
        let folder = screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        let request = json!({
            "do": stop.steps,
            "session": stop.profile,
            "javascript": scripted,
            "gallery": folder.join(stop.name),
            "timeout": 30_000,
        });
        let outcome = self.browser.go(request).await;
        let name = stop.name;
        assert_eq!(outcome.problems, Vec::<String>::new(), "{name}");
        let page = outcome.pages.into_iter().next_back().unwrap();
        assert_eq!(
            (page.status, page.kind.as_str()),
            (Some(stop.status), stop.kind),
            "{name}: {}",
            page.text
        );
        assert_eq!(page.focused, stop.focused, "{name}: focus");
        let gallery = page.gallery.as_ref().unwrap();
        assert_eq!(gallery.errors, Vec::<String>::new(), "{name}: HTML");
        assert_eq!(gallery.views.len(), 6, "{name}");
        for view in &gallery.views {
            let what = format!("{name}, {} px, {}", view.width, view.scheme);
            assert!(view.overflow <= 0, "{what}: overflows by {} px", view.overflow);
            assert_eq!(view.violations, Vec::<String>::new(), "{what}");
            assert_eq!(view.screenshot.is_some(), !scripted, "{what}");
        }
        page
    }
}

/// Where pictures are kept.
fn screenshots() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("screenshots")
}

async fn tour(scripts: Scripts) {
    let world = seeds::world().await;
    let tools = Tools::find();
    let browser = Browser::start(&tools).await;
    let visitor = Visitor { world: &world, browser: &browser, scripts };
    tour::signing_in(&visitor).await;
    tour::passwords(&visitor).await;
    tour::consent(&visitor).await;
    tour::last_hops(&visitor).await;
    tour::errors(&visitor).await;
    tour::leaving(&visitor).await;
    tour::account(&visitor).await;
    mails::all(&visitor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_works_and_looks_right_without_javascript() {
    tour(Scripts::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible() {
    tour(Scripts::On).await;
}
