//! `[authorization]`: what the authorization endpoint says about itself.

use super::reader::Section;

/// Settings of the authorization endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Whether the metadata announces that answers carry `iss` (RFC 9207). `iss` is sent either way;
    /// `false` helps clients that misread the announcement.
    pub advertise_iss: bool,
}

impl Default for Authorization {
    fn default() -> Self {
        Authorization { advertise_iss: true }
    }
}

impl Authorization {
    pub(super) fn read(mut section: Section<'_, '_>) -> Authorization {
        let mut authorization = Authorization::default();
        if let Some(advertise) = section.flag("advertise_iss") {
            authorization.advertise_iss = advertise.value;
        }
        section.finish();
        authorization
    }
}
