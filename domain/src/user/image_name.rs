//! Under which name a profile image lies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::UserId;

/// The name of one person's image: whoever knows it sees the picture, and nobody guesses it.
///
/// Written `{user}-{second}-{digest}.{ending}`. It says when it was made, so that a name that was given up is never used again: what
/// takes old images away can not race with who brings a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ImageName {
    pub user: UserId,
    /// Seconds since 1970.
    pub made_at: u32,
    /// A keyed hash of the content and the user.
    pub digest: u128,
    pub format: ImageFormat,
}

/// How an image is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageFormat {
    /// What has nothing transparent.
    Jpeg,
    /// What has: without loss.
    Webp,
}

/// Which of an image's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageSize {
    Small,
    Medium,
    Full,
}

/// A text that is no name of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no image's name")]
pub struct NoImageName;

impl ImageFormat {
    /// How names of this format end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// As in `Content-Type`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    fn of(ending: &str) -> Option<Self> {
        [Self::Jpeg, Self::Webp].into_iter().find(|format| format.ending() == ending)
    }
}

impl ImageSize {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Full];

    /// The most pixels of the longer side.
    #[must_use]
    pub const fn pixels(self) -> u32 {
        match self {
            Self::Small => 64,
            Self::Medium => 256,
            Self::Full => 1024,
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Small => "-64",
            Self::Medium => "-256",
            Self::Full => "",
        }
    }
}

impl ImageName {
    /// The name of one of its sizes; that of the full one is the image's own.
    #[must_use]
    pub fn sized(&self, size: ImageSize) -> String {
        let Self { user, made_at, digest, format } = self;
        format!("{}-{made_at:08x}-{digest:032x}{}.{}", user.0.simple(), size.suffix(), format.ending())
    }

    /// The image and the size that `text` names.
    ///
    /// # Errors
    /// It is not written exactly as a name is.
    pub fn parse(text: &str) -> Result<(Self, ImageSize), NoImageName> {
        let (stem, ending) = text.split_once('.').ok_or(NoImageName)?;
        let mut parts = stem.splitn(4, '-');
        let mut part = || parts.next().ok_or(NoImageName);
        let (user, made_at, digest) = (part()?, part()?, part()?);
        let size = part().map_or(Some(ImageSize::Full), |size| {
            ImageSize::ALL.into_iter().find(|s| s.suffix().strip_prefix('-') == Some(size))
        });
        let name = Self {
            user: UserId(Uuid::try_parse(user).map_err(|_| NoImageName)?),
            made_at: u32::from_str_radix(made_at, 16).map_err(|_| NoImageName)?,
            digest: u128::from_str_radix(digest, 16).map_err(|_| NoImageName)?,
            format: ImageFormat::of(ending).ok_or(NoImageName)?,
        };
        // In no other spelling: a name is also a path.
        let size = size.filter(|size| name.sized(*size) == text);
        size.map(|size| (name, size)).ok_or(NoImageName)
    }

    /// Whether it shows the same as `other`.
    #[must_use]
    pub fn shows_the_same(&self, other: &Self) -> bool {
        (self.user, self.digest, self.format) == (other.user, other.digest, other.format)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sized(ImageSize::Full))
    }
}

impl FromStr for ImageName {
    type Err = NoImageName;

    fn from_str(text: &str) -> Result<Self, NoImageName> {
        match Self::parse(text)? {
            (name, ImageSize::Full) => Ok(name),
            _ => Err(NoImageName),
        }
    }
}

impl From<ImageName> for String {
    fn from(name: ImageName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for ImageName {
    type Error = NoImageName;

    fn try_from(text: String) -> Result<Self, NoImageName> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::{ANN, image};
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was_in_every_size() {
        for format in [ImageFormat::Jpeg, ImageFormat::Webp] {
            let name = ImageName { format, ..image(7) };
            for size in ImageSize::ALL {
                assert_eq!(ImageName::parse(&name.sized(size)), Ok((name, size)));
            }
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        assert_eq!(
            image(255).sized(ImageSize::Small),
            format!("{}-00000064-000000000000000000000000000000ff-64.jpg", ANN.0.simple())
        );
    }

    #[test]
    fn what_is_not_spelt_as_a_name_is_none() {
        let name = image(255).to_string();
        let others = [
            name.to_uppercase(),
            name.replace(".jpg", ".png"),
            name.replace(".jpg", ".jpg.webp"),
            name.replace(".jpg", "-1024.jpg"),
            name.replace(".jpg", "-.jpg"),
            name.replace("-00000064-", "-64-"),
            name.replace("-00000064-", "-+0000064-"),
            format!("../{name}"),
            format!("{name}/"),
            name.replacen('-', "/", 1),
            ANN.to_string(),
            String::new(),
        ];
        for other in others {
            assert_eq!(ImageName::parse(&other), Err(NoImageName), "{other}");
        }
        assert_eq!(image(1).sized(ImageSize::Small).parse::<ImageName>(), Err(NoImageName));
    }
}
