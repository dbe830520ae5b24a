//! `[branding]`: how pages look and what they are called.

use std::path::PathBuf;

use super::reader::Section;
use crate::branding::Files;
use crate::branding::colour::{Colour, Scheme};
use crate::words::{self, Words};

/// How pages look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branding {
    /// How the server is named to people; its host without.
    pub name: Option<String>,
    /// The language of those who ask for none of ours.
    pub language: Words,
    /// A picture in place of the product's mark.
    pub logo_file: Option<PathBuf>,
    /// The colour of links and of the button that is meant, on light pages.
    pub accent: Option<Colour>,
    /// The same on dark pages.
    pub accent_dark: Option<Colour>,
    /// A style sheet that comes after ours.
    pub css_file: Option<PathBuf>,
    /// What stands at the foot of every page.
    pub links: Links,
    /// What is in the files above, once they were read.
    pub files: Files,
}

/// Addresses at the foot of every page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Where people are helped.
    pub help: Option<String>,
    /// What becomes of their data.
    pub privacy: Option<String>,
    /// What they agree to.
    pub terms: Option<String>,
    /// Who runs this.
    pub imprint: Option<String>,
}

/// Longest name: it stands in the title of every page.
const NAME_LENGTH: usize = 60;

impl Branding {
    pub(super) fn read(mut section: Section<'_, '_>) -> Branding {
        let mut branding = Branding::default();
        if let Some(name) = section.text("name") {
            let length = name.value.trim().chars().count();
            if length > NAME_LENGTH || name.value.chars().any(char::is_control) {
                let said = format!("must be one line of at most {NAME_LENGTH} characters, not {length}");
                section.refuse("name", Some(name.offset), (said, None));
            } else {
                branding.name = Some(name.value.trim().to_owned());
            }
        }
        let languages = words::ALL.map(|words| (words.tag(), words));
        section.choice("language", &mut branding.language, &languages);
        branding.logo_file = section.path("logo_file");
        branding.accent = colour(&mut section, "accent", Scheme::Light);
        branding.accent_dark = colour(&mut section, "accent_dark", Scheme::Dark);
        branding.css_file = section.path("css_file");
        branding.links = Links::read(section.section("links"));
        section.finish();
        branding
    }
}

fn colour(section: &mut Section<'_, '_>, key: &'static str, scheme: Scheme) -> Option<Colour> {
    let found = section.text(key)?;
    let said = match found.value.parse::<Colour>() {
        Ok(colour) => match colour.check_accent(scheme) {
            Ok(()) => return Some(colour),
            Err((problem, nearest)) => {
                (problem, Some(format!("write {key} = \"{nearest}\", the nearest that can be read")))
            }
        },
        Err(problem) => {
            (format!("cannot be read: {problem}"), Some(format!("write it like {key} = \"#0b5d6b\"")))
        }
    };
    section.refuse(key, Some(found.offset), said);
    None
}

impl Links {
    fn read(mut section: Section<'_, '_>) -> Links {
        let links = Links {
            help: link(&mut section, "help"),
            privacy: link(&mut section, "privacy"),
            terms: link(&mut section, "terms"),
            imprint: link(&mut section, "imprint"),
        };
        section.finish();
        links
    }
}

/// `https`, or a mail address.
fn link(section: &mut Section<'_, '_>, key: &'static str) -> Option<String> {
    let found = section.text(key)?;
    let is_good = url::Url::parse(found.value).is_ok_and(|url| matches!(url.scheme(), "https" | "mailto"));
    if is_good {
        return Some(found.value.to_owned());
    }
    let hint = format!("write {key} = \"https://example.com/{key}\", or mailto: and an address");
    section.refuse(key, Some(found.offset), ("must be an https or mailto address".to_owned(), Some(hint)));
    None
}
