//! Whose answer is it? `iss` everywhere, one spelling of it, with and without a path (MX-01, MX-02;
//! RFC 9207, RFC 8414 section 3.1; ruling 5).

use gatewright_tests::flows::claims;
use gatewright_tests::{Az, CALLBACK, MCP, Tokens, World};

use super::{ask, is_consent, json_error, refused, signed_in, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn mx_01_every_answer_says_whose_it_is() {
    for advertise in [true, false] {
        let world = World::with(|config| config.authorization.advertise_iss = advertise).await;
        for document in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
            let metadata = world.get(document).await.json();
            assert_eq!(metadata["issuer"], world.issuer.as_str());
            let flag = metadata.get("authorization_response_iss_parameter_supported").cloned();
            assert_eq!(flag, advertise.then_some(serde_json::Value::Bool(true)), "{document}");
        }
        let iss = Some(world.issuer.clone());
        for bad in [
            Az::of("pub1").set("scope", "bad"),
            Az::of("pub1").set("response_type", "token"),
            Az::of("pub1").set("prompt", "none"),
            Az::of("pub1").set("resource", "https://evil.test"),
            Az::of("pub1").without("code_challenge"),
        ] {
            assert_eq!(ask(&world, &bad).await.answer("iss"), iss);
        }
        let mut agent = signed_in(&world, "alice").await;
        let consent = world.authorize(&mut agent, &Az::of("pub1")).await;
        let no = world.decide(&mut agent, &consent, "deny").await;
        refused(&world, &no, "access_denied", "denied");
        let yes = world.decide(&mut agent, &consent, "approve").await;
        assert_eq!(yes.answer("iss"), iss);
        assert_eq!(world.authorize(&mut agent, &Az::of("pub1")).await.answer("iss"), iss, "silently");
        let form = Az::of("pub1").set("response_mode", "form_post");
        assert_eq!(world.authorize(&mut agent, &form).await.hidden("iss"), world.issuer);
        let id = stranger(&world, "com.example.app:/cb").await;
        let page = world.approve(&mut agent, &Az::to(&id, "com.example.app:/cb"), "alice").await;
        let encoded: String = url::form_urlencoded::byte_serialize(world.issuer.as_bytes()).collect();
        assert!(page.body.contains(&format!("iss={encoded}\"")), "{}", page.body);
    }
}

/// Everything that names the issuer names it with the same bytes.
async fn one_spelling(world: &World) {
    let az = Az::of("pub1").set("scope", "openid mcp:read");
    let page = world.approve(&mut world.agent(), &az, "alice").await;
    assert_eq!(page.answer("iss").as_deref(), Some(world.issuer.as_str()));
    let tokens = Tokens::of(&world.redeem("pub1", &page.answer("code").unwrap(), &[]).await);
    let refreshed = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    for token in [&tokens.access, tokens.id.as_ref().unwrap(), &refreshed.access] {
        assert_eq!(claims(token)["iss"], world.issuer.as_str());
    }
    assert_eq!(world.introspect(&refreshed.access).await["iss"], world.issuer.as_str());
    assert_eq!(
        ask(world, &Az::of("pub1").set("scope", "bad")).await.answer("iss"),
        Some(world.issuer.clone())
    );
    let origin = world.app.config.origin().to_owned();
    let path = world.app.config.issuer_path().to_owned();
    let mut documents = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
        format!("{origin}{path}/.well-known/openid-configuration"),
    ];
    documents.dedup();
    for document in documents {
        let request = world.http.get(&document).header("host", world.app.config.issuer_authority());
        let request = request.header("x-forwarded-host", "evil.test").header("x-forwarded-proto", "https");
        let page = gatewright_tests::Page::read(request.send().await.unwrap()).await;
        assert_eq!(page.status, 200, "{document}");
        assert!(!page.body.contains("evil.test"), "{document}");
        let metadata = page.json();
        assert_eq!(metadata["issuer"], world.issuer.as_str(), "{document}");
        for (name, value) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let url = value.as_str().unwrap();
                assert!(url.starts_with(&format!("{}/", world.issuer)), "{name}: {url}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mx_02_the_issuer_has_one_spelling_everywhere() {
    one_spelling(&World::new().await).await;
    one_spelling(&World::with_path("/tenant").await).await;
    one_spelling(&World::with_path("/a/b-c").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_with_a_path_keeps_people_below_it() {
    let world = World::with_path("/tenant").await;
    let mut agent = world.agent();
    let page = agent.post(&world.url("/authorize"), &Az::of("pub1").pairs()).await;
    assert!(page.location().unwrap().starts_with("/tenant/authorize?"), "{:?}", page.location());
    let page = agent.get(page.location().unwrap()).await;
    assert!(page.location().unwrap().starts_with("/tenant/login?request="), "{:?}", page.location());
    let login = agent.follow(page).await;
    assert!(login.body.contains("action=\"/tenant/login\""), "{}", login.body);
    let consent = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&consent, "below the path");
    assert!(consent.body.contains("action=\"/tenant/consent\""), "{}", consent.body);
    assert!(consent.body.contains("href=\"/tenant/login?request="), "{}", consent.body);
    let back = world.decide(&mut agent, &consent, "approve").await;
    let tokens = Tokens::of(&world.redeem("pub1", &super::answered(&world, &back, CALLBACK), &[]).await);
    assert_eq!(claims(&tokens.access)["aud"], MCP);
    assert!(world.is_active(&tokens.access).await);
    let page = super::ask_as(&world, &mut agent, &Az::of("pub1")).await;
    assert!(
        page.location().unwrap().starts_with("/tenant/authorize/resume?request="),
        "{:?}",
        page.location()
    );
    // Nothing answers beside it, and assets are found from it.
    for path in ["/authorize", "/token", "/login", "/register", "/tenant2/authorize", "/TENANT/authorize"] {
        let page = agent.get(path).await;
        assert_eq!((page.status.as_u16(), page.location()), (404, None), "{path}");
    }
    let style = consent.body.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(agent.get(style).await.status, 200, "{style}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mx_03_a_code_of_another_server_is_nothing_here() {
    let (one, two) = (World::new().await, World::new().await);
    let code = one.code(&Az::of("pub1")).await;
    json_error(&two.redeem("pub1", &code, &[]).await, 400, "invalid_grant", "another server's code");
    assert_eq!((two.count("grants").await, two.count("codes").await), (0, 0));
    Tokens::of(&one.redeem("pub1", &code, &[]).await);
}
