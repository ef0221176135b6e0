//! Files and folders that nobody but their owner can look into.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Makes `path` a file of mode 0600, unless there is one; one that others can look into is closed to them.
///
/// # Errors
/// It can not be made; or others can look into it, and it is not this process's to close.
pub(in crate::adapters) fn file(path: &Path) -> io::Result<()> {
    // What is mounted to be read only is not opened to be written.
    if !path.try_exists()? {
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    }
    close(path, 0o600)
}

/// Makes `path` a folder of mode 0700, unless there is one; one that others can look into is closed to them.
///
/// # Errors
/// As of a file. A folder that nobody can write is none that others could put something in: its files are judged one by one.
pub(in crate::adapters) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    match close(path, 0o700) {
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        closed => closed,
    }
}

fn close(path: &Path, mode: u32) -> io::Result<()> {
    let found = fs::metadata(path)?.permissions().mode() & 0o777;
    if found & 0o077 == 0 {
        return Ok(());
    }
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        Ok(()) => {
            tracing::warn!(path = %path.display(), "others could look into it: closed to them");
            Ok(())
        }
        Err(error) => as_it_is(path, found, &error),
    }
}

/// Judges what is not this process's to change, such as a mounted secret: a group may read it, because that is how an orchestrator
/// gives it to a process that is not its owner, and nobody else.
fn as_it_is(path: &Path, mode: u32, error: &io::Error) -> io::Result<()> {
    if mode & 0o027 == 0 {
        return Ok(());
    }
    let why = format!(
        "others can look into {} (mode {mode:04o}), and it can not be closed to them ({error}): it has to be of mode 0400, or of 0440 with a \
         group of this process's own",
        path.display()
    );
    Err(io::Error::new(error.kind(), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("chat-private-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).expect("a folder");
        path
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_private_and_what_others_could_look_into_is_closed() {
        let folder = scratch();
        let (made, open) = (folder.join("made"), folder.join("open"));
        file(&made).expect("made");
        fs::write(&open, "x").expect("written");
        fs::set_permissions(&open, Permissions::from_mode(0o644)).expect("set");
        file(&open).expect("closed");
        assert_eq!((mode(&made), mode(&open)), (0o600, 0o600));
        assert_eq!(fs::read(&open).expect("read"), b"x");
        super::folder(&folder.join("a/b")).expect("made");
        assert_eq!(mode(&folder.join("a/b")), 0o700);
        fs::remove_dir_all(folder).ok();
    }

    #[test]
    fn what_can_not_be_closed_is_taken_as_it_is_if_nobody_but_a_group_can_read_it() {
        let judged = |mode| as_it_is(Path::new("/k"), mode, &io::ErrorKind::ReadOnlyFilesystem.into());
        for private in [0o400, 0o440, 0o640, 0o600] {
            assert!(judged(private).is_ok(), "{private:o}");
        }
        for open in [0o444, 0o644, 0o660, 0o404, 0o602] {
            let why = judged(open).expect_err("refused").to_string();
            assert!(why.contains("/k (mode 0") && why.contains("0400"), "{why}");
        }
    }
}
