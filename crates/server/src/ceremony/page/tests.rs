use super::*;
use crate::web::page::Standing;
use crate::web::page::samples::{HOSTILE, asker, document, layout, web};

fn interstitial(name: &str, destination: Destination) -> InterstitialPage {
    InterstitialPage {
        layout: layout(),
        asker: asker(name, Standing::Unverified, destination),
        uri: "https://evil.test/cb?error=invalid_scope&state=a%22b".to_owned(),
        code: "invalid_scope",
        description: Some("none of the requested scopes exists".to_owned()),
        request_id: "01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e".to_owned(),
    }
}

#[test]
fn az_09_an_error_asks_before_it_leads_to_a_stranger() {
    insta::assert_snapshot!("interstitial", document(&interstitial("Claude", web("evil.test"))));
}

#[test]
fn az_09_a_stranger_with_a_hostile_name_and_host() {
    let destination = Destination::Web {
        host_ascii: "xn--pple-43d.com".to_owned(),
        host_unicode: Some("аpple.com".to_owned()),
        mixed_scripts: true,
    };
    insta::assert_snapshot!("interstitial_hostile", document(&interstitial(HOSTILE, destination)));
}

#[test]
fn az_16_form_post_escapes_what_it_carries() {
    let page = FormPostPage {
        layout: layout(),
        destination: web("app.example.net"),
        verdict: Verdict::Allowed,
        action: "https://app.example.net/cb?keep=\"1".to_owned(),
        fields: vec![
            ("code", "gw_ac_x".to_owned()),
            ("state", "\"><script>alert(1)</script>".to_owned()),
            ("iss", "https://auth.example.com".to_owned()),
        ],
        nonce: "bm9uY2U".to_owned(),
    };
    let html = document(&page);
    assert!(html.contains("value=\"&#34;&#62;&#60;script&#62;"), "{html}");
    insta::assert_snapshot!("form_post", html);
}

#[test]
fn an_app_is_opened_by_a_link() {
    let page = OpenAppPage {
        layout: layout(),
        client_name: Some(Claimed::name("Cursor")),
        verdict: Verdict::Allowed,
        uri: "cursor://anysphere.cursor-mcp/oauth/callback?code=gw_ac_x&state=s".to_owned(),
        scheme: "cursor".to_owned(),
    };
    insta::assert_snapshot!("open_app", document(&page));
    let page = OpenAppPage { client_name: None, verdict: Verdict::Refused, ..page };
    insta::assert_snapshot!("open_app_refused", document(&page));
}
