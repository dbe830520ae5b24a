//! `[fetch]`: what this server asks others for: metadata documents, key sets, logos.

use std::path::PathBuf;

use ipnet::IpNet;

use super::reader::Section;

/// Outbound requests. Without settings they reach public addresses only, by https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Networks that may be reached although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// Certificate authorities that are trusted besides the machine's own (PEM).
    pub ca_file: Option<PathBuf>,
}

impl Fetch {
    pub(super) fn read(mut section: Section<'_, '_>) -> Fetch {
        let mut fetch = Fetch::default();
        section.parse_all("allow_networks", &mut fetch.allow_networks, "[\"10.20.0.0/16\"]");
        fetch.ca_file = section.path("ca_file");
        section.finish();
        fetch
    }
}
