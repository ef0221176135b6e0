//! The files of a verification, and what is left of one that was killed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Model, file};

/// Removes what a verification that was killed has left: it holds what may have been erased since. Not what one is at work on.
pub(super) async fn discard_left(dir: &Path, model: Model) {
    let left = scratch_file(dir, model);
    if left.exists()
        && let Ok(lock) = lock_file(dir, model)
        && lock.try_lock().is_ok()
    {
        file::remove(&left).await;
    }
}

/// The file that a verification folds into.
pub(super) fn scratch_file(dir: &Path, model: Model) -> PathBuf {
    dir.join(format!("{model}.verify.db"))
}

/// The file that is locked by whoever verifies.
///
/// # Errors
/// The folder can not be written.
pub(super) fn lock_file(dir: &Path, model: Model) -> io::Result<File> {
    let path = dir.join(format!("{model}.verify.lock"));
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
