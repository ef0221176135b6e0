//! The data folder of the embedded mode: where what lies, and that one server at a time writes there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A data folder.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

/// Why a data folder can not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the data folder {0} is served by another process: stop it, or name another folder with --data")]
    InUse(PathBuf),
    #[error("the data folder {0} is half of a restore that was ended: empty it and restore again")]
    HalfRestored(PathBuf),
    #[error("the data folder {0} can not be used: {1}")]
    Io(PathBuf, io::Error),
}

/// While this lives, no other server uses the folder. The kernel lets go of it however the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// While this lives, a data folder is being filled from a backup. If it ends before that is done, the folder is not served.
#[derive(Debug)]
pub struct Restoring {
    folder: DataFolder,
    _lock: Lock,
}

impl DataFolder {
    /// The folder at `path`, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Makes the folder if need be (mode 0700) and keeps other servers out of it.
    ///
    /// # Errors
    /// Another server is in it, or it can not be made or written.
    pub fn lock(&self) -> Result<Lock, Error> {
        let io = |error| Error::Io(self.0.clone(), error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(io)?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.read_models()).map_err(io)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(self.0.join("lock"));
        let file = file.map_err(io)?;
        match file.try_lock() {
            Ok(()) => self.is_whole().map(|()| Lock(file)),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Begins to fill an empty folder from a backup: until that is done, durably, nobody serves it.
    ///
    /// # Errors
    /// As of [`Self::lock`].
    pub fn restore(&self) -> Result<Restoring, Error> {
        let lock = self.lock()?;
        let io = |error| Error::Io(self.0.clone(), error);
        let marked = OpenOptions::new().create_new(true).write(true).mode(0o600).open(self.restoring());
        marked.and_then(|mark| mark.sync_all()).map_err(io)?;
        self.sync().map_err(io)?;
        Ok(Restoring { folder: self.clone(), _lock: lock })
    }

    /// That it is not half of a restore.
    ///
    /// # Errors
    /// It is.
    pub fn is_whole(&self) -> Result<(), Error> {
        if self.restoring().exists() { Err(Error::HalfRestored(self.0.clone())) } else { Ok(()) }
    }

    /// What is there while the folder is filled from a backup.
    fn restoring(&self) -> PathBuf {
        self.0.join("restoring")
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// The event store's file.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.0.join("events.db")
    }

    /// The file of the keys under which personal data is sealed.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys.db")
    }

    /// The folder of the server's own secrets.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }

    /// The folder of the read models' generations.
    #[must_use]
    pub fn read_models(&self) -> PathBuf {
        self.0.join("read")
    }

    /// Whether there are any: somebody has served events from here.
    #[must_use]
    pub fn has_read_models(&self) -> bool {
        self.read_models().join("models.db").exists()
    }
}

impl Restoring {
    /// The folder is whole.
    ///
    /// # Errors
    /// That can not be kept.
    pub fn done(self) -> Result<(), Error> {
        let DataFolder(path) = &self.folder;
        let ended = fs::remove_file(self.folder.restoring()).and_then(|()| self.folder.sync());
        ended.map_err(|error| Error::Io(path.clone(), error))
    }
}
