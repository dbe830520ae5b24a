//! The page at the issuer's address. It knows nobody and reads nothing.

use askama::Template;

use crate::web::page::{Kind, Layout, Page};

/// Says what this site is.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub layout: Layout,
    /// Where the metadata is (RFC 8414).
    pub metadata: String,
}

impl Page for HomePage {
    const KIND: Kind = Kind::Home;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::samples::{document, layout};

    #[test]
    fn says_what_this_site_is() {
        let metadata = "/.well-known/oauth-authorization-server".to_owned();
        insta::assert_snapshot!(document(&HomePage { layout: layout(), metadata }));
    }
}
