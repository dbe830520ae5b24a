//! Logos of clients that somebody vouches for (DC-06: a picture persuades more than a name, so nobody else's is shown).
//!
//! 1. The page names a logo by a sealed address ([`link`]): nobody can have us fetch what no page of ours has shown, and
//!    every replica can open it.
//! 2. It is fetched when a browser asks for it, once, by [`crate::fetch`] (DC-02), and remembered for an hour, found or
//!    not.
//! 3. It is decoded within bounds, made small and encoded anew: browsers see our bytes, and nobody learns from a request
//!    for a picture who looks at which page.
//! 4. Whatever fails, there is no picture, and the page is whole without.

use std::time::Duration;

use bytes::Bytes;
use gatewright_oauth::Client;
use gatewright_oauth::seal::{Expiring, Purpose};
use http::{StatusCode, header};
use image::ImageFormat;
use moka::future::Cache;

use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::fetch::Wanted;
use crate::pictures::{self, KINDS};

/// Pictures remembered, and for how long.
const CAPACITY: u64 = 500;
const REMEMBERED: Duration = Duration::from_hours(1);
/// How long a page may ask for its picture.
const LIFETIME: chrono::Duration = chrono::Duration::hours(1);
/// The largest file.
const MAX_FILE: usize = 256 * 1024;
/// What we make of it, in pixels per side: twice its size on the page.
const SIDE: u32 = 96;
/// The pictures this process has made.
pub struct Logos(Cache<String, Option<Bytes>>);

impl Default for Logos {
    fn default() -> Self {
        Logos(Cache::builder().max_capacity(CAPACITY).time_to_live(REMEMBERED).build())
    }
}

impl Logos {
    /// How many are remembered.
    pub fn size(&self) -> u64 {
        self.0.entry_count()
    }
}

/// The path of a client's logo, if it has one.
pub fn link(app: &App, moment: &Moment, client: &Client) -> Outcome<Option<String>> {
    let Some(uri) = client.metadata.logo_uri.clone() else { return Ok(None) };
    let sealed =
        app.data_keys.seal(app, Purpose::Logo, &Expiring { until: moment.now + LIFETIME, value: uri })?;
    Ok(Some(format!("{}/logo/{sealed}", app.config.issuer_path())))
}

/// The picture behind a sealed address, as PNG.
pub async fn picture(app: &App, moment: &Moment, sealed: &str) -> Option<Bytes> {
    let uri: String = app.data_keys.open_value(Purpose::Logo, sealed, moment.now)?;
    let make = async {
        match make(app, &uri).await {
            Ok(picture) => Some(picture),
            Err(reason) => {
                tracing::info!(uri, reason, "a logo is not shown");
                None
            }
        }
    };
    app.logos.0.get_with_by_ref(&uri, make).await
}

async fn make(app: &App, uri: &str) -> Result<Bytes, String> {
    let wanted = Wanted { url: uri, accept: "image/png, image/webp, image/jpeg", most: MAX_FILE };
    let file = app.fetcher.get(wanted).await.map_err(|error| error.to_string())?;
    if file.status != StatusCode::OK {
        return Err(format!("its status is {}", file.status));
    }
    let kind = file.header(header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let format = KINDS.into_iter().find(|(name, _)| kind.trim().eq_ignore_ascii_case(name));
    let (_, format) = format.ok_or_else(|| format!("it is {kind:?}, not PNG, JPEG or WebP"))?;
    let made = tokio::task::spawn_blocking(move || encode_anew(&file.body, format)).await;
    made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// Step 3.
fn encode_anew(file: &[u8], format: ImageFormat) -> image::ImageResult<Bytes> {
    Ok(pictures::small_as(file, format, (SIDE, SIDE))?.png)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, RgbaImage};

    use super::*;

    fn file(side: (u32, u32), format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgba8(RgbaImage::new(side.0, side.1));
        picture.into_rgb8().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn dc_06_a_logo_is_made_small_and_anew() {
        for (_, format) in KINDS {
            let made = encode_anew(&file((400, 200), format), format).unwrap();
            let made = image::load_from_memory_with_format(&made, ImageFormat::Png).unwrap();
            assert_eq!((made.width(), made.height()), (96, 48));
        }
    }

    #[test]
    fn ds_06_a_picture_that_takes_too_much_is_not_decoded() {
        assert!(encode_anew(&file((2049, 1), ImageFormat::Png), ImageFormat::Png).is_err());
        let mut bomb = file((16, 16), ImageFormat::Png);
        // The size in the header of the file (PNG §11.2.2), without the checksum that belongs to it.
        bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
        assert!(encode_anew(&bomb, ImageFormat::Png).is_err());
        assert!(encode_anew(b"<svg xmlns='http://www.w3.org/2000/svg'/>", ImageFormat::Png).is_err());
        assert!(
            encode_anew(&file((16, 16), ImageFormat::Jpeg), ImageFormat::Png).is_err(),
            "another kind than said"
        );
    }
}
