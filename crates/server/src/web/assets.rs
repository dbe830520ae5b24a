//! The files pages load: two style sheets, the mark, two scripts. Part of the binary.

/// A file of ours.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// The style sheet of every page.
pub const STYLE: Asset = Asset {
    path: "/assets/gatewright.css",
    media_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../../../../templates/assets/gatewright.css"),
};

/// What the description of the admin API needs besides.
pub const DOCS: Asset = Asset {
    path: "/assets/docs.css",
    media_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../../../../templates/assets/docs.css"),
};

/// The mark of the product; also the icon in the browser's tab.
pub const MARK: Asset = Asset {
    path: "/assets/gatewright.svg",
    media_type: "image/svg+xml",
    bytes: include_bytes!("../../../../templates/assets/gatewright.svg"),
};

/// Sends the form of a page that has only one; such a page has a button too.
pub const SEND: Asset = Asset {
    path: "/assets/send.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../../../templates/assets/send.js"),
};

/// Asks the browser for passkeys.
pub const PASSKEY: Asset = Asset {
    path: "/assets/passkey.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../../../templates/assets/passkey.js"),
};

/// All of them, for the router.
pub const ALL: [&Asset; 5] = [&STYLE, &DOCS, &MARK, &SEND, &PASSKEY];

/// For answers to a path with a version: the content never changes under it (RFC 8246).
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

impl Asset {
    /// A fingerprint of the content.
    pub fn version(&self) -> String {
        version(self.bytes)
    }

    /// The path with the version in it, so that the file can be cached for ever.
    pub fn href(&self) -> String {
        address(self.path, self.bytes)
    }
}

/// A path with the version of what is there.
pub fn address(path: &str, bytes: &[u8]) -> String {
    format!("{path}?v={}", version(bytes))
}

/// A fingerprint (FNV-1a, 64 bits). It tells versions apart; it proves nothing.
fn version(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
