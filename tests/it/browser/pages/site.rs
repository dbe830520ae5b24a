//! Another web site, on this computer.

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running web site. To a browser it is another origin by its port, and another site when it is
/// called `localhost`.
pub(super) struct Site {
    port: u16,
    server: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Site {
    pub(super) async fn serve(router: Router) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Site { port, server }
    }

    pub(super) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}
