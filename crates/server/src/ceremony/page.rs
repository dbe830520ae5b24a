//! The pages of the last hop, where a redirect would not do (see [`super::deliver`]).
//!
//! Every URI here comes from a `TrustedRedirect`; the pages only show where it leads.

use askama::Template;

use crate::web::page::{Asker, Claimed, Destination, Kind, Layout, Page};
use crate::words::Say;

/// What the answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A code: the person allowed access, now or before.
    Allowed,
    /// An error: no access.
    Refused,
}

/// Asks before an error sends the person to a host nobody vouches for (AZ-09).
#[derive(Debug, Template)]
#[template(path = "interstitial.html")]
pub struct InterstitialPage {
    /// The frame.
    pub layout: Layout,
    /// Who asks and where the answer goes.
    pub asker: Asker,
    /// The complete URI of the answer.
    pub uri: String,
    /// The RFC's error code.
    pub code: &'static str,
    /// What to tell the client's developer; shown bounded and escaped.
    pub description: Option<String>,
    /// Finds this request in the log.
    pub request_id: String,
}

/// Posts the answer to the client (OAuth 2.0 Form Post Response Mode; AZ-16).
#[derive(Debug, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    /// The frame.
    pub layout: Layout,
    /// Where the answer goes.
    pub destination: Destination,
    /// What it says.
    pub verdict: Verdict,
    /// The registered redirect URI.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
    /// Fresh random text; the policy of the page allows scripts with it and no others.
    pub nonce: String,
}

/// Opens an app by its private-use scheme.
#[derive(Debug, Template)]
#[template(path = "open_app.html")]
pub struct OpenAppPage {
    /// The frame.
    pub layout: Layout,
    /// The name the app claims.
    pub client_name: Option<Claimed>,
    /// What the answer says.
    pub verdict: Verdict,
    /// The complete URI of the answer.
    pub uri: String,
    /// Its scheme, without the colon.
    pub scheme: String,
}

impl Verdict {
    /// What a title says.
    pub const fn title(self) -> &'static str {
        match self {
            Verdict::Allowed => "ceremony-allowed",
            Verdict::Refused => "ceremony-refused",
        }
    }

    /// Whether there is something to be glad about.
    pub fn is_allowed(self) -> bool {
        self == Verdict::Allowed
    }
}

impl InterstitialPage {
    fn note(&self) -> Option<Claimed> {
        self.description.as_deref().map(Claimed::note)
    }
}

impl OpenAppPage {
    fn what_is_left(&self) -> Say {
        let key = match (self.verdict, &self.client_name) {
            (Verdict::Allowed, None) => "ceremony-open-allowed",
            (Verdict::Allowed, Some(_)) => "ceremony-open-allowed-claimed",
            (Verdict::Refused, None) => "ceremony-open-refused",
            (Verdict::Refused, Some(_)) => "ceremony-open-refused-claimed",
        };
        let said = self.layout.say(key).strong("scheme", format!("{}:", self.scheme));
        said.strong_if("name", self.client_name.as_ref())
    }
}

impl Page for InterstitialPage {
    const KIND: Kind = Kind::Interstitial;
}

impl Page for FormPostPage {
    const KIND: Kind = Kind::FormPost;

    fn nonce(&self) -> Option<&str> {
        Some(&self.nonce)
    }
}

impl Page for OpenAppPage {
    const KIND: Kind = Kind::OpenApp;
}

#[cfg(test)]
mod tests;
