//! Where profile images are seen.

use domain::user::{ImageName, ImageSize};

/// The folder of all images, as the read API serves it.
const IMAGES: &str = "/api/users/images/";

/// The path of the image of this name.
#[must_use]
pub fn image_url(name: &str) -> String {
    format!("{IMAGES}{name}")
}

/// The name of the image at `url`.
#[must_use]
pub fn image_of(url: &str) -> Option<ImageName> {
    url.strip_prefix(IMAGES)?.parse().ok()
}

/// The path of another size of the image at `url`; `None` when no image can be there.
#[must_use]
pub fn sized_image_url(url: &str, size: ImageSize) -> Option<String> {
    image_of(url).map(|name| image_url(&name.sized(size)))
}

#[cfg(test)]
mod tests {
    use domain::user::ImageFormat;

    use super::*;
    use crate::api::given::ANN;

    #[test]
    fn each_size_lies_beside_the_image() {
        let name = ImageName { user: ANN, made_at: 1, digest: 2, format: ImageFormat::Webp };
        let url = image_url(&name.to_string());
        assert_eq!(sized_image_url(&url, ImageSize::Full).as_ref(), Some(&url));
        let small = sized_image_url(&url, ImageSize::Small).expect("a path");
        assert_eq!(small, url.replace(".webp", "-64.webp"));
        assert_eq!(sized_image_url(&small, ImageSize::Full), None);
        assert_eq!(sized_image_url("/elsewhere", ImageSize::Full), None);
    }
}
