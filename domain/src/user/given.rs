//! What may have happened to Ann's account.

use super::{ImageFormat, ImageName, UserEvent};
use crate::Personal;
pub(super) use crate::given::{ANN, given};

/// Ann signs up as `ann_lee`, called Ann.
pub(super) fn registered() -> UserEvent {
    UserEvent::UserRegistered { email: own("ann@example.org"), username: Some(own("ann_lee")), nickname: own("Ann") }
}

pub(super) fn own(text: &str) -> Personal<String> {
    Personal::about(ANN, text.to_owned())
}

/// A picture of Ann's.
pub(super) fn image(digest: u128) -> ImageName {
    ImageName { user: ANN, made_at: 100, digest, format: ImageFormat::Jpeg }
}
