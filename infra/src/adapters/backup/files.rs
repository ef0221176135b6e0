//! Files and folders that are copied, durably and readable by nobody else.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use domain::hash::Hash;
use sha2::{Digest as _, Sha256};

use super::{Failure, Kept};

const PIECE: usize = 256 * 1024;
/// At the root of a volume; root's own.
const LOST_AND_FOUND: &str = "lost+found";

/// Makes a folder to write in.
///
/// # Errors
/// It is there and has something in it, or can not be made.
pub(super) fn empty_folder(folder: &Path) -> Result<(), Failure> {
    if is_empty(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        return make_folder(folder);
    }
    Err(format!("{} is not empty: name another folder", folder.display()).into())
}

/// Makes a folder, unless there is one (mode 0700).
pub(super) fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| format!("{}: {error}", folder.display()).into())
}

/// Whether there is nothing in a folder, or no such folder. What a file system itself keeps at its root is nothing.
pub(super) fn is_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let first = entries.find(|entry| !entry.as_ref().is_ok_and(|entry| entry.file_name() == LOST_AND_FOUND));
            first.transpose().map(|first| first.is_none())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A new file of mode 0600; never over another.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a new file, durably.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = create(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Copies the file at `path` below `from` to the same path below `to`, durably; says what was copied.
pub(super) fn copy(from: &Path, to: &Path, path: &Path) -> Result<Kept, Failure> {
    let (source, target) = (from.join(path), to.join(path));
    if let Some(folder) = target.parent() {
        make_folder(folder)?;
    }
    let at_target = |error: io::Error| format!("{}: {error}", target.display());
    let mut file = create(&target).map_err(at_target)?;
    let (bytes, sha256) = summed(&source, |piece| file.write_all(piece).map_err(at_target))?;
    file.sync_all().map_err(at_target)?;
    Ok(Kept { path: path.to_owned(), bytes, sha256 })
}

/// What the file at `path` below `folder` is.
pub(super) fn look(folder: &Path, path: &Path) -> Result<Kept, Failure> {
    let (bytes, sha256) = summed(&folder.join(path), |_| Ok(()))?;
    Ok(Kept { path: path.to_owned(), bytes, sha256 })
}

/// Reads the file at `path` piece by piece; its bytes and their SHA-256. An error names the file that it is about.
fn summed(path: &Path, mut take: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(u64, String), String> {
    let at = |error: io::Error| format!("{}: {error}", path.display());
    let mut file = File::open(path).map_err(at)?;
    let (mut piece, mut sha, mut bytes) = (vec![0; PIECE], Sha256::new(), 0);
    loop {
        let read = file.read(&mut piece).map_err(at)?;
        if read == 0 {
            return Ok((bytes, Hash(sha.finalize().into()).to_string()));
        }
        sha.update(&piece[..read]);
        take(&piece[..read])?;
        bytes += read as u64;
    }
}

/// All files below `folder`, by their paths in it; none when it is not there.
pub(super) fn all_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = vec![];
    walk(folder, Path::new(""), &mut |path, is_folder| {
        if !is_folder {
            found.push(path.to_owned());
        }
    })?;
    found.sort();
    Ok(found)
}

/// Makes durable which files `folder` and those below it have.
pub(super) fn sync_all_of(folder: &Path) -> Result<(), Failure> {
    let mut folders = vec![folder.to_owned()];
    walk(folder, Path::new(""), &mut |path, is_folder| {
        if is_folder {
            folders.push(folder.join(path));
        }
    })?;
    for folder in folders {
        sync_folder(&folder)?;
    }
    Ok(())
}

/// Makes durable which files a folder has.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Tells of everything below `folder`. What goes away meanwhile is passed over.
fn walk(folder: &Path, below: &Path, found: &mut impl FnMut(&Path, bool)) -> Result<(), Failure> {
    let here = folder.join(below);
    let entries = match fs::read_dir(&here) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| format!("{}: {error}", here.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        if below.as_os_str().is_empty() && entry.file_name() == LOST_AND_FOUND {
            continue;
        }
        let (path, is_folder) = (below.join(entry.file_name()), entry.file_type()?.is_dir());
        found(&path, is_folder);
        if is_folder {
            walk(folder, &path, found)?;
        }
    }
    Ok(())
}
