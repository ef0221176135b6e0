use std::time::{Duration, Instant};

use image::{ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 255]);

/// As a red eighth in the left upper corner of what is blue.
fn cornered() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, y| if x < 16 && y < 16 { RED } else { BLUE })
}

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(vec![]);
    image.into().write_to(&mut out, format).expect("written");
    out.into_inner()
}

async fn read(upload: impl Into<Bytes>) -> Result<Picture, Unfit> {
    EncodedPictures::new(2).read(upload.into()).await
}

/// The sizes as whoever loads them sees them.
async fn seen(upload: impl Into<Bytes>) -> [RgbaImage; 3] {
    let picture = read(upload).await.expect("a picture");
    picture.sizes.map(|size| image::load_from_memory(&size).expect("an image").into_rgba8())
}

fn is_red(pixel: Rgba<u8>) -> bool {
    pixel[0] > 200 && pixel[2] < 60
}

/// A JPEG with a segment behind its beginning.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, content, &jpeg[2..]].concat()
}

/// EXIF that says how the picture is to be turned, and where it was taken.
fn exif(orientation: u8) -> Vec<u8> {
    let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
    [&b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0"[..], &entry, b"50.08N 14.43E"].concat()
}

/// A PNG whose header says that it has this size.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = written(cornered(), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

#[tokio::test]
async fn a_picture_comes_in_three_sizes_with_its_sides_in_proportion_and_is_never_made_larger() {
    let sizes = |images: [RgbaImage; 3]| images.map(|image| image.dimensions());
    let large = written(RgbImage::from_pixel(2000, 1000, RED), ImageFormat::Png);
    assert_eq!(sizes(seen(large).await), [(64, 32), (256, 128), (1024, 512)]);
    let small = written(RgbImage::from_pixel(100, 40, RED), ImageFormat::Jpeg);
    assert_eq!(sizes(seen(small).await), [(64, 26), (100, 40), (100, 40)]);
    let thin = written(RgbImage::from_pixel(1, LONGEST_SIDE, RED), ImageFormat::WebP);
    assert_eq!(sizes(seen(thin).await), [(1, 64), (1, 256), (1, 1024)]);
}

#[tokio::test]
async fn what_has_something_transparent_keeps_it_and_all_else_becomes_a_jpeg() {
    let faint = RgbaImage::from_fn(80, 80, |x, _| Rgba([255, 0, 0, if x < 40 { 0 } else { 255 }]));
    let picture = read(written(faint.clone(), ImageFormat::Png)).await.expect("a picture");
    assert_eq!(picture.format, user::ImageFormat::Webp);
    assert_eq!(picture.sizes.each_ref().map(|size| image::guess_format(size).ok()), [Some(ImageFormat::WebP); 3]);
    assert_eq!(image::load_from_memory(&picture.sizes[2]).expect("an image").into_rgba8(), faint);
    let opaque = RgbaImage::from_pixel(80, 80, Rgba([255, 0, 0, 255]));
    let picture = read(written(opaque, ImageFormat::WebP)).await.expect("a picture");
    assert_eq!(picture.format, user::ImageFormat::Jpeg);
    assert_eq!(picture.sizes.each_ref().map(|size| image::guess_format(size).ok()), [Some(ImageFormat::Jpeg); 3]);
}

#[tokio::test]
async fn a_picture_is_turned_as_its_camera_says() {
    let jpeg = written(cornered(), ImageFormat::Jpeg);
    let (left, right) = (|_: u32| 8, |width: u32| width - 8);
    for (orientation, dimensions, x, y) in [
        (1, (64, 32), left as fn(u32) -> u32, left as fn(u32) -> u32),
        (2, (64, 32), right, left),
        (3, (64, 32), right, right),
        (4, (64, 32), left, right),
        (5, (32, 64), left, left),
        (6, (32, 64), right, left),
        (7, (32, 64), right, right),
        (8, (32, 64), left, right),
    ] {
        let [.., full] = seen(with_segment(&jpeg, 0xE1, &exif(orientation))).await;
        assert_eq!(full.dimensions(), dimensions, "{orientation}");
        for (at_x, at_y) in [(8, 8), (dimensions.0 - 8, 8), (8, dimensions.1 - 8), (dimensions.0 - 8, dimensions.1 - 8)]
        {
            let wanted = (at_x, at_y) == (x(dimensions.0), y(dimensions.1));
            assert_eq!(is_red(*full.get_pixel(at_x, at_y)), wanted, "{orientation} at {at_x} {at_y}");
        }
    }
}

#[tokio::test]
async fn nothing_is_kept_of_an_upload_but_what_it_shows() {
    let jpeg = with_segment(&written(cornered(), ImageFormat::Jpeg), 0xE1, &exif(1));
    let told = with_segment(&jpeg, 0xFE, b"taken by Ann at home");
    let behind = [&told[..], b"<script>alert(1)</script>"].concat();
    let picture = read(behind).await.expect("a picture");
    for size in &picture.sizes {
        for secret in [&b"Exif"[..], b"50.08N", b"Ann at home", b"<script>"] {
            assert!(!size.windows(secret.len()).any(|part| part == secret), "{}", String::from_utf8_lossy(secret));
        }
    }
    assert_eq!(picture, read(written(cornered(), ImageFormat::Jpeg)).await.expect("a picture"));
}

#[tokio::test]
async fn what_says_that_it_is_too_large_is_not_decoded() {
    let begun = Instant::now();
    for (width, height) in [(LONGEST_SIDE + 1, 1), (1, LONGEST_SIDE + 1), (60_000, 60_000), (u32::MAX >> 1, 1)] {
        assert_eq!(read(claiming(width, height)).await, Err(Unfit::TooManyPixels(LONGEST_SIDE)), "{width} {height}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    // The largest that may be, of which nothing comes.
    assert_eq!(read(claiming(LONGEST_SIDE, LONGEST_SIDE)).await, Err(Unfit::Damaged));
}

#[tokio::test]
async fn the_largest_picture_of_the_finest_colours_fits_into_memory() {
    let fine = ImageBuffer::from_pixel(LONGEST_SIDE, LONGEST_SIDE, Rgba([u16::MAX, 0, 0, u16::MAX]));
    let [.., full] = seen(written(DynamicImage::ImageRgba16(fine), ImageFormat::Png)).await;
    assert!(full.dimensions() == (1024, 1024) && is_red(*full.get_pixel(512, 512)));
}

#[tokio::test]
async fn a_jpeg_that_goes_over_its_pixels_for_ever_is_not_followed() {
    let jpeg = written(cornered(), ImageFormat::Jpeg);
    let again = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0].repeat(MOST_SCANS);
    assert_eq!(read([&jpeg[..jpeg.len() - 2], &again].concat()).await, Err(Unfit::Damaged));
}

#[tokio::test]
async fn every_way_to_write_colours_is_read() {
    let grey = ImageBuffer::from_pixel(8, 8, Luma([200_u8]));
    let [.., full] = seen(written(grey, ImageFormat::Png)).await;
    assert!(full.get_pixel(4, 4)[0].abs_diff(200) < 3);
    let fine = ImageBuffer::from_pixel(8, 8, Luma([u16::MAX]));
    let [.., full] = seen(written(DynamicImage::ImageLuma16(fine), ImageFormat::Png)).await;
    assert_eq!(full.get_pixel(4, 4)[0], 255);
    // Red, as printers mix it.
    let [.., full] = seen(&include_bytes!("cmyk.jpg")[..]).await;
    assert!(is_red(*full.get_pixel(4, 4)), "{:?}", full.get_pixel(4, 4));
}

#[tokio::test]
async fn of_what_moves_the_first_frame_is_kept() {
    for moving in [&include_bytes!("animated.webp")[..], include_bytes!("animated.png")] {
        let [.., full] = seen(moving).await;
        assert!(full.dimensions() == (16, 8) && is_red(*full.get_pixel(8, 4)));
    }
}

#[tokio::test]
async fn what_is_no_image_is_refused_whatever_it_is_called() {
    for other in
        [&b""[..], b"GIF89a\x01\0\x01\0", b"BM", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"II*\0"]
    {
        assert_eq!(read(other).await, Err(Unfit::NoImage), "{}", String::from_utf8_lossy(other));
    }
}

#[tokio::test]
async fn what_is_damaged_is_refused() {
    let png = written(RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8 * 3, y as u8 * 3, 7])), ImageFormat::Png);
    let webp = written(cornered(), ImageFormat::WebP);
    for damaged in
        [&png[..8], &png[..20], &png[..png.len() / 2], &webp[..12], &webp[..webp.len() / 2], b"\xFF\xD8\xFF\xE0"]
    {
        assert_eq!(read(damaged.to_vec()).await, Err(Unfit::Damaged), "{} bytes", damaged.len());
    }
}

#[tokio::test]
async fn a_jpeg_that_was_cut_off_is_damaged_and_one_with_something_behind_it_is_not() {
    let jpeg = written(cornered(), ImageFormat::Jpeg);
    let preview = with_segment(&jpeg, 0xE1, &jpeg);
    for length in [jpeg.len() / 2, jpeg.len() - 2, jpeg.len() - 1] {
        let cut = [&preview[..preview.len() - jpeg.len()], &jpeg[..length]].concat();
        assert_eq!(read(cut).await, Err(Unfit::Damaged), "{length} of {} bytes", jpeg.len());
    }
    for behind in [&b""[..], b"\xFF\xDA film", &jpeg[..jpeg.len() / 2]] {
        assert!(read([&preview, behind].concat()).await.is_ok(), "{} bytes", behind.len());
    }
}
