//! Profile images: what is made of uploads, and where it lies.

mod folder;
mod pictures;
mod s3;
mod shown;
mod store;

pub use pictures::EncodedPictures;
pub use shown::ShownImages;
pub use store::ObjectImages;
