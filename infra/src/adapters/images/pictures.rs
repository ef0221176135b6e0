//! From an upload to a picture. What comes in is anything that anybody may send: it is looked at within bounds, and nothing of it goes on but
//! pixels.

use std::io::Cursor;

use async_trait::async_trait;
use bytes::Bytes;
use command_side::ports::{Picture, Pictures, Unfit};
use domain::user::{self, ImageSize};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use crate::adapters::pool::{Pool, Undone};

/// Pixels.
const LONGEST_SIDE: u32 = 4096;
/// Bytes: the largest picture with four channels of 16 bits takes 128 MiB, and a decoder some beside.
const MOST_MEMORY: u64 = 192 * 1024 * 1024;
/// A JPEG can go over the same pixels again and again; those that cameras and programs write have some ten scans, and a few in
/// previews.
const MOST_SCANS: usize = 100;
/// Each may hold [`MOST_MEMORY`].
const MOST_THREADS: usize = 2;
/// The largest takes about a second; whoever came later would not be answered in time.
const MOST_WAITING: usize = 16;
const JPEG_QUALITY: u8 = 85;

/// Decodes and encodes on a bounded pool.
pub struct EncodedPictures(Pool);

impl EncodedPictures {
    /// Works on up to `threads` threads, and on no more than memory is set aside for.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self(Pool::new(threads.clamp(1, MOST_THREADS), MOST_WAITING))
    }
}

#[async_trait]
impl Pictures for EncodedPictures {
    async fn read(&self, upload: Bytes) -> Result<Picture, Unfit> {
        match self.0.run(move || decode(&upload).and_then(|image| encode(&image))).await {
            Ok(picture) => picture,
            // A decoder that is taken by surprise: it is the upload's fault, and would be again.
            Err(Undone::Panicked) => Err(Unfit::Damaged),
            Err(full @ Undone::Full) => Err(Unfit::Unavailable(full.into())),
        }
    }
}

/// The picture, upright, in no more than the largest size.
fn decode(upload: &[u8]) -> Result<DynamicImage, Unfit> {
    let format = image::guess_format(upload).map_err(|_| Unfit::NoImage)?;
    match format {
        // The decoder makes up for what is missing with grey.
        ImageFormat::Jpeg if scans(upload) > MOST_SCANS || !is_whole(upload) => return Err(Unfit::Damaged),
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP => {}
        _ => return Err(Unfit::NoImage),
    }
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > LONGEST_SIDE {
        return Err(Unfit::TooManyPixels(LONGEST_SIDE));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    // Made smaller first: what is turned is copied.
    let mut image = within(&image, ImageSize::Full);
    image.apply_orientation(orientation);
    Ok(image)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

fn unfit(error: ImageError) -> Unfit {
    match error {
        ImageError::Limits(_) => Unfit::TooManyPixels(LONGEST_SIDE),
        _ => Unfit::Damaged,
    }
}

/// How many times a JPEG begins to go over its pixels. In between, 0xFF is always followed by something else.
fn scans(jpeg: &[u8]) -> usize {
    jpeg.windows(2).filter(|pair| *pair == [0xFF, 0xDA]).count()
}

/// Whether a JPEG comes to its end. What may look like one in between, as in a preview, is jumped over; what is behind it, as the film of a
/// moving picture, is not looked at.
fn is_whole(jpeg: &[u8]) -> bool {
    let (mut at, mut has_pixels) = (2, false);
    while let Some(found) = jpeg.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0xFF)) {
        let marker = at + found + 1;
        at = match jpeg.get(marker..) {
            // Filled up with it.
            Some([0xFF, ..]) => marker,
            // Pixels, and what alone is a whole marker.
            Some([0x00 | 0x01 | 0xD0..=0xD8, ..]) => marker + 1,
            Some([0xD9, ..]) => return has_pixels,
            Some([kind, high, low, ..]) => {
                has_pixels |= *kind == 0xDA;
                marker + 1 + usize::from(u16::from_be_bytes([*high, *low]))
            }
            _ => return false,
        };
    }
    false
}

fn encode(full: &DynamicImage) -> Result<Picture, Unfit> {
    let (medium, small) = (within(full, ImageSize::Medium), within(full, ImageSize::Small));
    let all = [&small, &medium, full];
    let format = if is_transparent(full) { user::ImageFormat::Webp } else { user::ImageFormat::Jpeg };
    let encode = match format {
        user::ImageFormat::Jpeg => jpeg,
        user::ImageFormat::Webp => webp,
    };
    let [small, medium, full] = all.map(|image| encode(image).map(Bytes::from).map_err(|_| Unfit::Damaged));
    Ok(Picture { format, sizes: [small?, medium?, full?] })
}

/// `image`, made smaller if it does not fit.
fn within(image: &DynamicImage, size: ImageSize) -> DynamicImage {
    let most = size.pixels();
    if image.width().max(image.height()) <= most {
        return image.clone();
    }
    image.resize(most, most, FilterType::CatmullRom)
}

fn is_transparent(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel[3] < u8::MAX)
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let mut out = vec![];
    JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY).encode_image(&image.to_rgb8())?;
    Ok(out)
}

/// The encoder knows only the way without loss, which is why photographs do not become WebP.
fn webp(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let (image, mut out) = (image.to_rgba8(), vec![]);
    WebPEncoder::new_lossless(&mut out).encode(&image, image.width(), image.height(), ExtendedColorType::Rgba8)?;
    Ok(out)
}

#[cfg(test)]
mod tests;
