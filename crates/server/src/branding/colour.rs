//! Colours, and whether people can read them (WCAG 2.2, 1.4.3 and 1.4.11).

use std::fmt;
use std::str::FromStr;

/// A colour without transparency (sRGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// Light pages or dark ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The accent of our dark pages, as in the style sheet.
pub const OURS_DARK: Colour = Colour([0x83, 0xcb, 0xd6]);

const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);
/// What links and buttons stand on, as in the style sheet: `--sheet`, `--tint`, and `--ground`, where only the ring
/// of the focus meets it.
const LIGHT: [(Colour, f64); 3] =
    [(WHITE, 4.5), (Colour([0xee, 0xf3, 0xf4]), 4.5), (Colour([0xef, 0xf1, 0xf0]), 3.0)];
const DARK: [(Colour, f64); 3] =
    [(Colour([0x1a, 0x20, 0x26]), 4.5), (Colour([0x23, 0x2b, 0x32]), 4.5), (Colour([0x11, 0x16, 0x1a]), 3.0)];
/// What is written on a button in the accent.
const INKS: [Colour; 2] = [WHITE, Colour([0x06, 0x25, 0x2b])];

impl FromStr for Colour {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Colour, Self::Err> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let digits = digits.ok_or("a colour is # and six hexadecimal digits")?;
        let part =
            |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| "it is not hexadecimal");
        Ok(Colour([part(0)?, part(2)?, part(4)?]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl Colour {
    /// The contrast with another colour: 1 is none, 21 is black on white.
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        a.max(b) / a.min(b)
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The same, a quarter of the way to black or to white: what is under a finger.
    #[must_use]
    pub fn stronger(self, scheme: Scheme) -> Colour {
        self.towards(extreme(scheme), 64)
    }

    /// What is written on it.
    #[must_use]
    pub fn ink_on(self, scheme: Scheme) -> Colour {
        let least = |ink: Colour| ink.contrast(self).min(ink.contrast(self.stronger(scheme)));
        INKS.into_iter().max_by(|one, other| least(*one).total_cmp(&least(*other))).unwrap_or(BLACK)
    }

    /// Whether people can read it as a link, and what is written on it as a button. Otherwise what is wrong, and the
    /// nearest colour that is right.
    pub fn check_accent(self, scheme: Scheme) -> Result<(), (String, Colour)> {
        let Some(problem) = self.trouble(scheme) else { return Ok(()) };
        let nearest = (1..=u16::from(u8::MAX))
            .map(|step| self.towards(extreme(scheme), step))
            .find(|colour| colour.trouble(scheme).is_none());
        Err((problem, nearest.unwrap_or(extreme(scheme))))
    }

    fn trouble(self, scheme: Scheme) -> Option<String> {
        let backs = match scheme {
            Scheme::Light => LIGHT,
            Scheme::Dark => DARK,
        };
        let on_pages = backs.into_iter().find(|(back, least)| self.contrast(*back) < *least);
        if let Some((back, least)) = on_pages {
            let ratio = self.contrast(back);
            return Some(format!(
                "has a contrast of {ratio:.2} on the background {back}, and {least} is needed (WCAG 2.2)"
            ));
        }
        let ink = self.ink_on(scheme);
        let ratio = ink.contrast(self).min(ink.contrast(self.stronger(scheme)));
        (ratio < 4.5).then(|| {
            format!("has a contrast of {ratio:.2} with the text on buttons, and 4.5 is needed (WCAG 2.2)")
        })
    }

    fn towards(self, other: Colour, step: u16) -> Colour {
        let mut mixed = [0; 3];
        for ((into, from), to) in mixed.iter_mut().zip(self.0).zip(other.0) {
            let part = (u16::from(from) * (256 - step) + u16::from(to) * step) / 256;
            *into = u8::try_from(part).unwrap_or(u8::MAX);
        }
        Colour(mixed)
    }
}

fn extreme(scheme: Scheme) -> Colour {
    match scheme {
        Scheme::Light => BLACK,
        Scheme::Dark => WHITE,
    }
}
