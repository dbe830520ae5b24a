//! How an operator's pages look: name, logo, colours, links, a style sheet of their own.
//!
//! 1. `[branding]` is read with the rest of the configuration. Colours that people could not read are errors
//!    there ([`colour`]), with the ratio that was measured.
//! 2. The files it names are read when the server starts ([`Files`]). A picture is decoded and encoded anew, like
//!    those of clients; whatever else hid in the file is gone.
//! 3. Pages link what came of it ([`Brand`]) by addresses of ours that change with the content.

pub mod colour;

use std::fmt::Write;
use std::path::Path;

use bytes::Bytes;

use crate::config::Branding;
use crate::pictures::{self, Picture};
use colour::{Colour, Scheme};

/// The logo, in pixels: twice what the page shows, for screens with fine ones.
const LOGO: (u32, u32) = (480, 56);
/// The largest file of a picture and of a style sheet.
const MAX_FILE: u64 = 1024 * 1024;

/// What is in the files that the configuration names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// The logo, made small and anew.
    pub logo: Option<Picture>,
    /// The operator's style sheet.
    pub style: Option<String>,
}

impl Files {
    /// Reads them. An error is the name of a key, what is wrong with its file, and what to do.
    pub fn read(branding: &Branding) -> Result<Files, (&'static str, String, &'static str)> {
        let logo = branding.logo_file.as_deref().map(|file| {
            let hint = "name a PNG, JPEG or WebP file of at most 1 MiB; 56 pixels high is enough";
            bounded(file)
                .and_then(|bytes| pictures::small(&bytes, LOGO))
                .map_err(|problem| ("branding.logo_file", problem, hint))
        });
        let style = branding.css_file.as_deref().map(|file| {
            let hint = "name a style sheet of at most 1 MiB in UTF-8";
            bounded(file)
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned()))
                .map_err(|problem| ("branding.css_file", problem, hint))
        });
        Ok(Files { logo: logo.transpose()?, style: style.transpose()? })
    }
}

fn bounded(file: &Path) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read ({}): {error}", file.display());
    let length = std::fs::metadata(file).map_err(cannot)?.len();
    if length > MAX_FILE {
        return Err(format!("is too large: {length} bytes"));
    }
    std::fs::read(file).map_err(cannot)
}

/// What pages need of it.
#[derive(Debug, Default)]
pub struct Brand {
    /// The operator's picture, in place of the product's mark.
    pub logo: Option<Logo>,
    /// Colours and the operator's style sheet.
    pub style: Option<Sheet>,
    /// At the foot of every page: keys of texts and addresses.
    pub links: Vec<(&'static str, String)>,
}

/// The picture at the top of every page.
#[derive(Debug)]
pub struct Logo {
    /// Its address.
    pub href: String,
    /// PNG.
    pub bytes: Bytes,
    /// Its width on the page, in pixels.
    pub width: u32,
    /// Its height on the page, in pixels.
    pub height: u32,
}

/// A style sheet that comes after ours.
#[derive(Debug)]
pub struct Sheet {
    /// Its address.
    pub href: String,
    /// CSS.
    pub bytes: Bytes,
}

/// Where the picture is.
pub const LOGO_PATH: &str = "/assets/brand.png";
/// Where the style sheet is.
pub const STYLE_PATH: &str = "/assets/brand.css";

impl Brand {
    /// What the configuration says.
    pub fn new(branding: &Branding, address: impl Fn(&str, &[u8]) -> String) -> Brand {
        let logo = branding.files.logo.clone().map(|picture| Logo {
            href: address(LOGO_PATH, &picture.png),
            width: picture.width.div_ceil(2),
            height: picture.height.div_ceil(2),
            bytes: picture.png,
        });
        let css = css(branding);
        let style =
            (!css.is_empty()).then(|| Sheet { href: address(STYLE_PATH, css.as_bytes()), bytes: css.into() });
        let links = &branding.links;
        let links = [
            ("web-help", &links.help),
            ("web-privacy", &links.privacy),
            ("web-terms", &links.terms),
            ("web-imprint", &links.imprint),
        ];
        let links = links.into_iter().filter_map(|(key, link)| Some((key, link.clone()?))).collect();
        Brand { logo, style, links }
    }
}

/// The colours first, so that the operator's own sheet may change everything.
fn css(branding: &Branding) -> String {
    let mut css = String::new();
    let tokens = |accent: Colour, scheme| {
        let (strong, on) = (accent.stronger(scheme), accent.ink_on(scheme));
        format!(":root{{--accent:{accent};--accent-strong:{strong};--on-accent:{on}}}\n")
    };
    if let Some(accent) = branding.accent {
        css.push_str(&tokens(accent, Scheme::Light));
        // What is meant for light pages is not seen on dark ones: those keep the product's own.
        if branding.accent_dark.is_none() {
            write_dark(&mut css, &tokens(colour::OURS_DARK, Scheme::Dark));
        }
    }
    if let Some(accent) = branding.accent_dark {
        write_dark(&mut css, &tokens(accent, Scheme::Dark));
    }
    css.push_str(branding.files.style.as_deref().unwrap_or_default());
    css
}

fn write_dark(css: &mut String, tokens: &str) {
    // Writing into a `String` cannot fail.
    let _ = writeln!(css, "@media (prefers-color-scheme: dark){{{}}}", tokens.trim_end());
}

#[cfg(test)]
mod tests;
