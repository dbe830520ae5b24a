//! The answers of RFC 9728, RFC 6750 and MCP, byte for byte.

use super::*;
use crate::{Answer, BuildError, Insufficient};

fn notes(issuer: &Issuer) -> Builder {
    issuer.builder().require(["notes:read"]).suggest(["profile", "offline_access"])
}

#[tokio::test]
async fn no_token_gets_a_challenge_without_error() {
    let issuer = Issuer::start().await;
    let app = app(&notes(&issuer).build().unwrap());
    for request in [
        Request::get("/mcp"),
        Request::post("/mcp"),
        Request::get("/mcp").header("authorization", "Basic eDp5"),
    ] {
        let seen = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status, 401);
        assert_eq!(
            seen.challenge(),
            "Bearer resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\", \
             scope=\"notes:read profile\""
        );
        assert_eq!((seen.headers["cache-control"].to_str().unwrap(), seen.body.as_str()), ("no-store", ""));
    }
    assert_eq!(issuer.key_fetches(), 0);
    let bare = super::app(&issuer.builder().build().unwrap());
    assert_eq!(
        send(&bare, Request::get("/mcp").body(Body::empty()).unwrap()).await.challenge(),
        "Bearer resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\""
    );
    assert_eq!(send(&app, Request::get("/health").body(Body::empty()).unwrap()).await.body, "ok");
}

#[tokio::test]
async fn too_few_scopes_get_403_with_all_that_are_needed() {
    let issuer = Issuer::start().await;
    let app = app(&notes(&issuer).build().unwrap());
    let seen = ask(&app, &issuer.token(&json!({"scope": "other"}))).await;
    assert_eq!(seen.status, 403);
    assert_eq!(
        seen.challenge(),
        "Bearer error=\"insufficient_scope\", error_description=\"more scopes are needed for this operation\", \
         resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\", scope=\"notes:read\""
    );
    assert_eq!(
        seen.body,
        r#"{"error":"insufficient_scope","error_description":"this operation needs the scopes: notes:read"}"#
    );
}

#[tokio::test]
async fn a_handler_refuses_with_all_scopes_at_once() {
    async fn delete(Extension(identity): Extension<Identity>) -> Result<String, Answer> {
        identity.require(&["notes:write", "notes:delete", "offline_access"])?;
        Ok("deleted".into())
    }
    let issuer = Issuer::start().await;
    let server =
        notes(&issuer).implies("notes", ["notes:write", "notes:delete", "offline_access"]).build().unwrap();
    let app = Router::new().route("/mcp", any(delete)).layer(server.layer());
    let seen = ask(&app, &issuer.token(&json!({"scope": "notes:read notes:write"}))).await;
    assert_eq!(seen.status, 403);
    assert!(
        seen.challenge().ends_with("scope=\"notes:read notes:write notes:delete\""),
        "{}",
        seen.challenge()
    );
    assert_eq!(ask(&app, &issuer.token(&json!({"scope": "notes notes:read"}))).await.body, "deleted");
}

#[tokio::test]
async fn a_raised_refusal_replaces_the_answer_of_the_handler() {
    async fn curious(Extension(identity): Extension<Identity>) -> String {
        identity.require(&["notes:write"]).is_ok().to_string()
    }
    async fn tool(Extension(identity): Extension<Identity>) -> String {
        match identity.require(&["notes:write"]).map_err(Insufficient::raise) {
            Ok(()) => "done".into(),
            Err(refusal) => {
                format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":-32001,"message":"{refusal}"}}}}"#)
            }
        }
    }
    let issuer = Issuer::start().await;
    let app = Router::new().route("/mcp", any(tool)).layer(notes(&issuer).build().unwrap().layer());
    let seen = ask(&app, &issuer.token(&json!({}))).await;
    assert_eq!(seen.status, 403);
    assert!(seen.challenge().ends_with("scope=\"notes:read notes:write\""));
    assert_eq!(ask(&app, &issuer.token(&json!({"scope": "notes:read notes:write"}))).await.body, "done");
    // A refusal that is only looked at changes nothing.
    let app = Router::new().route("/mcp", any(curious)).layer(notes(&issuer).build().unwrap().layer());
    assert_eq!(ask(&app, &issuer.token(&json!({}))).await.body, "false");
}

#[tokio::test]
async fn scope_hierarchy_is_honoured() {
    let issuer = Issuer::start().await;
    let builder =
        issuer.builder().require(["files:read"]).implies("files", ["files:read"]).implies("admin", ["files"]);
    let app = app(&builder.build().unwrap());
    for (scope, status) in [
        ("files:read", 200),
        ("files", 200),
        ("admin", 200),
        ("x admin", 200),
        ("files:write", 403),
        ("FILES", 403),
    ] {
        assert_eq!(verdict(&app, &issuer.token(&json!({ "scope": scope }))).await.0, status, "{scope}");
    }
}

#[tokio::test]
async fn the_document_is_served_in_both_places() {
    let issuer = Issuer::start().await;
    let builder = notes(&issuer).name("Notes").documentation("https://mcp.example/docs");
    let server = builder.scopes(["notes:read", "notes:write", "offline_access"]).build().unwrap();
    let app = app(&server);
    let expected = json!({
        "resource": RESOURCE, "authorization_servers": [issuer.url], "scopes_supported": ["notes:read", "notes:write"],
        "bearer_methods_supported": ["header"], "resource_name": "Notes", "resource_documentation": "https://mcp.example/docs",
    });
    for path in [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp/",
        "/.well-known/oauth-protected-resource?x=1",
    ] {
        let request = Request::get(path)
            .header("authorization", "Bearer nonsense")
            .header("mcp-protocol-version", "2024-11-05");
        let seen = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (seen.status, serde_json::from_str::<Value>(&seen.body).unwrap()),
            (200, expected.clone()),
            "{path}"
        );
        assert_eq!(seen.headers["content-type"], "application/json");
        assert_eq!(seen.headers["access-control-allow-origin"], "*");
        assert!(!seen.headers.contains_key("access-control-allow-credentials"));
    }
    let preflight =
        Request::options("/.well-known/oauth-protected-resource/mcp").body(Body::empty()).unwrap();
    assert_eq!(send(&app, preflight).await.status, 204);
    let posted = Request::post("/.well-known/oauth-protected-resource/mcp").body(Body::empty()).unwrap();
    assert_eq!(send(&app, posted).await.status, 405);

    let metadata = server.metadata_service();
    assert_eq!(
        metadata.paths(),
        ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]
    );
    let mut outside = Router::new().nest("/api", app.clone());
    for path in metadata.paths() {
        outside = outside.route_service(&path, metadata.clone());
    }
    for path in metadata.paths() {
        assert_eq!(send(&outside, Request::get(&path).body(Body::empty()).unwrap()).await.status, 200);
    }
    let nested = Request::get("/api/mcp").body(Body::empty()).unwrap();
    assert_eq!(send(&outside, nested).await.status, 401);
}

#[tokio::test]
async fn other_well_known_documents_are_absent_and_not_forbidden() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-protected-resource/mcp/x",
    ] {
        let seen = send(&app, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((seen.status, seen.challenge()), (404, ""), "{path}");
    }
    assert_eq!(send(&app, Request::get("/elsewhere").body(Body::empty()).unwrap()).await.status, 401);
}

#[tokio::test]
async fn a_bare_origin_has_one_place() {
    for (resource, path) in [
        ("https://mcp.example", "/.well-known/oauth-protected-resource"),
        ("https://mcp.example/", "/.well-known/oauth-protected-resource"),
        ("https://mcp.example:8443/a/b/", "/.well-known/oauth-protected-resource/a/b/"),
    ] {
        let server = ResourceServer::builder(resource, "https://as.example").build().unwrap();
        assert_eq!(server.metadata_service().paths()[0], path);
        let challenge = server.answer(&crate::Rejection::Missing).headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        let origin = resource.trim_end_matches("/a/b/").trim_end_matches('/');
        assert_eq!(challenge, format!("Bearer resource_metadata=\"{origin}{path}\""));
    }
}

#[test]
fn mistakes_are_found_when_building() {
    let build = |resource: &str, issuer: &str| ResourceServer::builder(resource, issuer).build();
    for resource in [
        "mcp.example",
        "http://mcp.example/mcp",
        "https://mcp.example/#x",
        "https://mcp.example/?x",
        "https://mcp.example/\"",
        "",
    ] {
        assert!(matches!(build(resource, "https://as.example"), Err(BuildError::Resource(_))), "{resource}");
    }
    for issuer in ["as.example", "http://as.example", "https://as.example?x", ""] {
        assert!(matches!(build(RESOURCE, issuer), Err(BuildError::Issuer(_))), "{issuer}");
    }
    let builder = || ResourceServer::builder(RESOURCE, "https://as.example");
    assert!(matches!(builder().tool_scopes("x", ["a b"]).build(), Err(BuildError::Scope(_))));
    assert!(matches!(builder().implies("a\"", ["b"]).build(), Err(BuildError::Scope(_))));
    assert!(matches!(builder().jwks_uri("http://10.0.0.1/").build(), Err(BuildError::Url(_))));
    assert!(matches!(
        builder().trust_certificates("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----").build(),
        Err(BuildError::Client(_))
    ));
    assert!(builder().build().is_ok(), "without a default rustls provider");
}
