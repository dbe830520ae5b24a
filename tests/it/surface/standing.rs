//! Standing answers are the same on the short way and on the long one.

use axum::http::HeaderMap;
use gatewright_oauth::metadata::well_known_paths;
use gatewright_tests::World;
use http::Method;

/// What belongs to one answer and not to what it says.
fn without_its_own(mut headers: HeaderMap) -> HeaderMap {
    for name in ["x-request-id", "date", "content-length"] {
        headers.remove(name);
    }
    headers
}

#[tokio::test]
async fn the_short_way_gives_what_the_long_way_gives() {
    for world in [World::new().await, World::with_path("/tenant").await] {
        let config = &world.app.config;
        let mut paths = well_known_paths(&config.issuer);
        paths.push(format!("{}/jwks", config.issuer_path()));
        for path in paths {
            let ask = async |method: Method, tag: Option<&str>| {
                let mut request = world.http.request(method, format!("{}{path}", config.origin()));
                if let Some(tag) = tag {
                    request = request.header("if-none-match", tag);
                }
                request.send().await.unwrap()
            };
            // HEAD goes to the route; so does a GET that says it has a body.
            let (short, long) = (ask(Method::GET, None).await, ask(Method::HEAD, None).await);
            let etag = short.headers()["etag"].to_str().unwrap().to_owned();
            assert!(
                long.headers().contains_key("x-request-id") && !short.headers().contains_key("x-request-id")
            );
            assert_eq!(
                without_its_own(short.headers().clone()),
                without_its_own(long.headers().clone()),
                "{path}"
            );
            assert_eq!(short.headers()["content-length"], long.headers()["content-length"], "{path}");
            let (short, long) = (ask(Method::GET, Some(&etag)).await, ask(Method::HEAD, Some(&etag)).await);
            assert_eq!([short.status().as_u16(), long.status().as_u16()], [304, 304], "{path}");
            assert_eq!(
                without_its_own(short.headers().clone()),
                without_its_own(long.headers().clone()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn md_01_the_short_way_is_for_our_host_only() {
    let world = World::new().await;
    let asked = world.http.get(world.url("/jwks")).header("host", "evil.test").send().await.unwrap();
    assert_eq!(asked.status(), 421);
}
