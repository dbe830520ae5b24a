//! `[webhooks]`: where events may be delivered to.

use ipnet::IpNet;

use super::reader::Section;

/// Webhooks. Without settings they go to public addresses only, by https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// Networks that may be reached although they are not public, and by `http`, too.
    pub allow_networks: Vec<IpNet>,
}

impl Webhooks {
    pub(super) fn read(mut section: Section<'_, '_>) -> Webhooks {
        let mut webhooks = Webhooks::default();
        section.parse_all("allow_networks", &mut webhooks.allow_networks, "[\"10.20.0.0/16\"]");
        section.finish();
        webhooks
    }
}
