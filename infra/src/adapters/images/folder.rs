//! A folder of images: what is kept is durable, and what was half written is not kept for ever.

use std::fs::{self, DirBuilder, DirEntry, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::local::LocalFileSystem;
use object_store::{Error, ObjectStore};

/// What is older is not being written any more.
pub(super) const DRAFTS_LIVE: Duration = Duration::from_secs(3600);

/// Opens `folder`, and makes it if need be (mode 0700). Folders of people who have nothing in them are not kept.
pub(super) fn open(folder: &Path) -> Result<Arc<dyn ObjectStore>, Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
    // Those that were there before need not be ours to open.
    folder.ancestors().skip(1).filter(|above| above.is_dir()).for_each(|above| drop(sync(above)));
    Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true).with_automatic_cleanup(true)))
}

/// Makes durable which files and folders `folder` has.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused)
}

/// Takes away what a process left that was killed while it wrote: files beside the images, which nobody is shown.
pub(super) fn forget_drafts(folder: &Path, live: Duration) -> Result<(), Error> {
    for person in fs::read_dir(folder).map_err(refused)? {
        let person = person.map_err(refused)?.path();
        // It may be gone by now.
        let Ok(files) = fs::read_dir(&person) else { continue };
        for draft in files.flatten().filter(|file| is_draft(file, live)) {
            fs::remove_file(draft.path()).ok();
            fs::remove_dir(&person).ok();
        }
    }
    Ok(())
}

/// object_store writes `name#1` first.
fn is_draft(file: &DirEntry, live: Duration) -> bool {
    let age = file.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
    file.file_name().to_string_lossy().contains('#') && age.is_some_and(|age| age >= live)
}

fn refused(error: io::Error) -> Error {
    Error::Generic { store: "the folder of images", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_written_goes_when_it_is_old_and_images_stay() {
        let folder = std::env::temp_dir().join(format!("chat-images-{}", uuid::Uuid::now_v7()));
        let (ann, bob) = (folder.join("ann"), folder.join("bob"));
        for (person, files) in [(&ann, &["image", "image#1"][..]), (&bob, &["image#12"])] {
            fs::create_dir_all(person).expect("a folder");
            files.iter().for_each(|file| fs::write(person.join(file), "half").expect("written"));
        }
        forget_drafts(&folder, DRAFTS_LIVE).expect("looked through");
        assert!(ann.join("image#1").exists() && bob.exists());
        forget_drafts(&folder, Duration::ZERO).expect("looked through");
        assert!(ann.join("image").exists() && !ann.join("image#1").exists() && !bob.exists());
        fs::remove_dir_all(folder).ok();
    }
}
