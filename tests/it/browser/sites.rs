//! CK-02: forms of other sites.

use gatewright_tests::{Az, PASSWORD, World};

use super::{is_signed_in, signed_in};

/// Every way a browser says that a form is not from a page of ours.
const FOREIGN: [&[(&str, &str)]; 7] = [
    &[],
    &[("origin", "https://evil.test")],
    &[("origin", "null")],
    &[("origin", "http://127.0.0.1")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
];

#[tokio::test(flavor = "multi_thread")]
async fn ck_02_no_form_of_another_site_changes_anything() {
    let world = World::new().await;
    let mut visitor = world.agent();
    let login = world.authorize(&mut visitor, &Az::of("pub1")).await.hidden("request");
    let (mut alice, consent) = signed_in(&world, "alice").await;
    let (answer, leave) = (consent.hidden("ticket"), alice.get("/logout").await.hidden("ticket"));
    world.pass(2);
    let sessions = world.count("sessions").await;
    let forms: [(&str, Vec<(&str, &str)>); 4] = [
        ("/login", vec![("request", &login), ("username", "alice"), ("password", PASSWORD)]),
        ("/consent", vec![("ticket", &answer), ("decision", "approve")]),
        ("/consent", vec![("ticket", &answer), ("decision", "deny")]),
        ("/logout", vec![("ticket", &leave)]),
    ];
    for (path, fields) in &forms {
        let agent = if *path == "/login" { &mut visitor } else { &mut alice };
        for headers in FOREIGN {
            let request = world.http.post(world.url(path)).form(fields);
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let refused = agent.send(request).await;
            assert_eq!(refused.status, 403, "{path} {headers:?}: {}", refused.body);
            assert!(refused.body.contains("This form did not come from our page"), "{path} {headers:?}");
            assert!(
                refused.location().is_none() && !refused.headers.contains_key("set-cookie"),
                "{path} {headers:?}"
            );
        }
    }
    assert_eq!(world.count("sessions").await, sessions);
    assert_eq!((world.count("codes").await, world.count("consents").await), (0, 0));
    assert!(is_signed_in(&world, &mut alice).await && !is_signed_in(&world, &mut visitor).await);

    // The same forms from our pages do what they say.
    for (path, fields) in &forms {
        let agent = if *path == "/login" { &mut visitor } else { &mut alice };
        let done = agent.post(path, fields).await;
        assert!([200, 303].contains(&done.status.as_u16()), "{path}: {} {}", done.status, done.body);
    }
    assert!(!is_signed_in(&world, &mut alice).await && is_signed_in(&world, &mut visitor).await);
}
