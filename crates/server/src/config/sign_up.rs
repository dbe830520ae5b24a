//! `[sign_up]`: whether people may make their own accounts.

use super::Mail;
use super::domain::Domain;
use super::reader::Section;

/// Who may make an account without being invited. Nobody, unless the file says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignUps {
    /// Whether anybody may.
    pub mode: SignUpMode,
    /// Only with an address at one of these domains; at any, when there is none.
    pub domains: Vec<Domain>,
}

/// Whether people may make their own accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignUpMode {
    /// No: somebody who runs this server makes them.
    #[default]
    Closed,
    /// Whoever can read mail at an allowed address.
    Open,
}

impl SignUps {
    pub(super) fn read(mut section: Section<'_, '_>, mail: &Mail) -> SignUps {
        let mut sign_up = SignUps::default();
        section.choice(
            "mode",
            &mut sign_up.mode,
            &[("closed", SignUpMode::Closed), ("open", SignUpMode::Open)],
        );
        section.parse_all("domains", &mut sign_up.domains, "[\"example.com\"]");
        if sign_up.mode == SignUpMode::Open && !mail.is_on() {
            let hint = "name a mail server in [mail]: people show with a mail that an address is theirs";
            section.refuse("mode", None, ("needs mail".to_owned(), Some(hint.to_owned())));
        }
        section.finish();
        sign_up
    }

    /// Whether people make their own accounts.
    pub fn is_open(&self) -> bool {
        self.mode == SignUpMode::Open
    }
}
