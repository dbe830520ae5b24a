//! The browser a request belongs to: its `__Host-` cookies, the first made at the first visit.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use gatewright_oauth::secret::{BrowserId, Digest, Token};

use super::cookies;
use crate::app::App;

/// What a browser is recognised by.
pub struct Browser {
    id: Token<BrowserId>,
    /// Given to pages that were opened at the same moment as the first one.
    also: Vec<Token<BrowserId>>,
}

impl Browser {
    /// Recognises a browser that was here before.
    pub fn recognise(headers: &HeaderMap) -> Option<Browser> {
        let mut known = cookies::browsers(headers).into_iter();
        Some(Browser { id: known.next()?, also: known.collect() })
    }

    /// Recognises the browser or gives it an identifier.
    pub fn meet(app: &App, headers: &HeaderMap) -> Browser {
        Browser::recognise(headers)
            .unwrap_or_else(|| Browser { id: Token::from_random(app.random()), also: Vec::new() })
    }

    /// What a new request is bound to.
    pub fn digest(&self) -> Digest {
        self.id.digest()
    }

    /// Whether a request that is bound to `digest` was started in this browser.
    pub fn started(&self, digest: &Digest) -> bool {
        std::iter::once(&self.id).chain(&self.also).any(|token| token.digest().ct_eq(digest))
    }

    /// Stores the identifier in the browser, or keeps it there.
    #[must_use]
    pub fn remember(&self, mut response: Response) -> Response {
        if let Some(cookie) = cookies::set_browser(&self.id) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}
