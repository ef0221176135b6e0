//! Files and folders that nobody but their owner can look into.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Makes `path` a file of mode 0600, unless there is one; one that others can look into is closed to them.
pub(in crate::adapters) fn file(path: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    close(path, 0o600)
}

/// Makes `path` a folder of mode 0700, unless there is one; one that others can look into is closed to them.
pub(in crate::adapters) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    close(path, 0o700)
}

fn close(path: &Path, mode: u32) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could look into it: closing it to them");
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    Ok(())
}
