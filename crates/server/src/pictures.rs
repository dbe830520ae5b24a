//! Pictures that others made: decoded within bounds, made small and encoded anew, so that browsers see our bytes.

use std::io::Cursor;

use bytes::Bytes;
use image::{ImageFormat, ImageReader, Limits};

/// The largest picture, in pixels per side, and what decoding it may take in memory.
const MAX_SIDE: u32 = 2048;
const MAX_MEMORY: u64 = 32 * 1024 * 1024;
/// What is read. No SVG: it is a program.
pub const KINDS: [(&str, ImageFormat); 3] =
    [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg), ("image/webp", ImageFormat::WebP)];

/// A picture of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub png: Bytes,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Makes one, no larger than `(width, height)`, of a file that says itself what kind it is.
pub fn small(file: &[u8], bounds: (u32, u32)) -> Result<Picture, String> {
    let format =
        image::guess_format(file).ok().filter(|format| KINDS.iter().any(|(_, known)| known == format));
    let format = format.ok_or("is not a PNG, JPEG or WebP picture")?;
    small_as(file, format, bounds).map_err(|error| format!("cannot be decoded: {error}"))
}

/// Makes one of a file of this kind.
pub fn small_as(
    file: &[u8],
    format: ImageFormat,
    (width, height): (u32, u32),
) -> image::ImageResult<Picture> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let decoded = reader.decode()?;
    let is_small = decoded.width() <= width && decoded.height() <= height;
    let small = if is_small { decoded } else { decoded.thumbnail(width, height) }.into_rgba8();
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, ImageFormat::Png)?;
    Ok(Picture { png: png.into_inner().into(), width: small.width(), height: small.height() })
}
