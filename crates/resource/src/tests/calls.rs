//! Scopes of JSON-RPC calls, decided before the server sees them.

use super::*;

fn server(issuer: &Issuer) -> Router {
    let builder = issuer
        .builder()
        .require(["notes:read"])
        .implies("notes", ["notes:read", "notes:write"])
        .tool_scopes("delete_note", ["notes:write"])
        .method_scopes("resources/read", ["files:read"])
        .scope_policy(|call| match (call.method, call.params["arguments"]["wipe"].as_bool()) {
            ("tools/call", Some(true)) => vec!["admin".into()],
            _ => Vec::new(),
        });
    app(&builder.build().unwrap())
}

fn call(token: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/mcp")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", content_type);
    request.body(body.into()).unwrap()
}

fn tool(name: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

#[tokio::test]
async fn a_tool_call_without_its_scopes_gets_a_real_403() {
    let issuer = Issuer::start().await;
    let app = server(&issuer);
    let reader = issuer.token(&json!({}));
    let writer = issuer.token(&json!({"scope": "notes"}));
    let plain = json!({"id": 7});
    let wipe = json!({"wipe": true});
    for (token, message, needed) in [
        (&reader, tool("list_notes", &plain), None),
        (&reader, tool("delete_note", &plain), Some("notes:read notes:write")),
        (&reader, tool("delete_note", &wipe), Some("notes:read notes:write admin")),
        (
            &reader,
            json!([tool("list_notes", &plain), tool("delete_note", &plain)]),
            Some("notes:read notes:write"),
        ),
        (&reader, json!({"method": "resources/read", "params": {"uri": "x"}}), Some("notes:read files:read")),
        (&reader, json!({"method": "prompts/get", "params": {"name": "delete_note"}}), None),
        (&reader, json!({"jsonrpc": "2.0", "id": 1, "result": {}}), None),
        (&reader, json!("text"), None),
        (&writer, tool("delete_note", &plain), None),
        (&writer, tool("delete_note", &wipe), Some("notes:read notes:write admin")),
    ] {
        let text = message.to_string();
        let seen = send(&app, call(token, "application/json", text.clone())).await;
        match needed {
            None => assert_eq!((seen.status, seen.body), (200, format!("alice client {text}"))),
            Some(scopes) => {
                assert_eq!(seen.status, 403, "{message}");
                assert!(seen.challenge().starts_with("Bearer error=\"insufficient_scope\""));
                assert!(seen.challenge().ends_with(&format!("scope=\"{scopes}\"")), "{}", seen.challenge());
            }
        }
    }
}

#[tokio::test]
async fn the_check_cannot_be_talked_around() {
    let issuer = Issuer::start().await;
    let app = server(&issuer);
    let reader = issuer.token(&json!({}));
    let delete = tool("delete_note", &json!({})).to_string();
    for content_type in
        ["application/json; charset=utf-8", "APPLICATION/JSON", "text/plain", "application/json-seq", ""]
    {
        let seen = send(&app, call(&reader, content_type, delete.clone())).await;
        assert_eq!(seen.status, 403, "{content_type}");
    }
    let escaped = delete.replace("delete_note", "delete\\u005fnote");
    assert_eq!(send(&app, call(&reader, "application/json", escaped)).await.status, 403);
    for (content_type, twice) in [
        (
            "application/json",
            r#"{"method":"tools/call","method":"tools/list","params":{"name":"delete_note"}}"#,
        ),
        (
            "application/json",
            r#"{"method":"tools/call","params":{"name":"list_notes","name":"delete_note"}}"#,
        ),
        (
            "text/plain",
            r#"{"method":"tools/list","\u006dethod":"tools/call","params":{"name":"delete_note"}}"#,
        ),
        ("application/json", "{"),
        ("application/json", ""),
    ] {
        let seen = send(&app, call(&reader, content_type, twice)).await;
        assert_eq!(seen.status, 400, "{twice}");
        assert!(seen.body.contains("-32700"), "{}", seen.body);
    }
    let mut compressed = call(&reader, "application/json", delete);
    compressed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(send(&app, compressed).await.status, 415);
    assert_eq!(
        send(&app, call(&reader, "application/octet-stream", "\x01\x02")).await.status,
        200,
        "not JSON at all"
    );
}

#[tokio::test]
async fn large_bodies_are_refused_and_not_buffered() {
    let issuer = Issuer::start().await;
    let app = server(&issuer);
    let reader = issuer.token(&json!({}));
    let large = tool("list_notes", &json!("x".repeat(crate::MAX_CALL))).to_string();
    assert_eq!(send(&app, call(&reader, "application/json", large.clone())).await.status, 413);
    let chunks = http_body_util::StreamBody::new(Chunks(large.into_bytes()));
    assert_eq!(send(&app, call(&reader, "application/json", Body::new(chunks))).await.status, 413);
    let fits = tool("list_notes", &json!("x".repeat(crate::MAX_CALL - 200))).to_string();
    assert_eq!(send(&app, call(&reader, "application/json", fits)).await.status, 200);
    let nobody = Request::post("/mcp").body(Body::from("{")).unwrap();
    assert_eq!(send(&app, nobody).await.status, 401, "the body of a stranger is not read");
}

/// A body that does not announce its length.
struct Chunks(Vec<u8>);

impl futures_core::Stream for Chunks {
    type Item = Result<http_body::Frame<bytes::Bytes>, std::convert::Infallible>;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let length = self.0.len().min(64 * 1024);
        let chunk: Vec<u8> = self.0.drain(..length).collect();
        std::task::Poll::Ready((length > 0).then(|| Ok(http_body::Frame::data(chunk.into()))))
    }
}

#[tokio::test]
async fn without_declared_scopes_bodies_are_not_read() {
    let issuer = Issuer::start().await;
    let app = issuer.protected();
    let seen = send(&app, call(&issuer.token(&json!({})), "application/json", "{not json")).await;
    assert_eq!((seen.status, seen.body.as_str()), (200, "alice client {not json"));
}
