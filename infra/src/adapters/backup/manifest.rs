//! What stands in a part of a backup, said by a file that is written last: without it a part is not whole.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use domain::hash::Hash;
use domain::{Position, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::to_vec_pretty;

use super::{Failure, Part, files};

/// Its name in the folder of the part.
const NAME: &str = "manifest.json";
/// What this release writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// What a part of a backup holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) format: u32,
    pub part: Part,
    /// The release that made it.
    pub program: String,
    /// The name of the event store that it is of: parts of different ones do not fit together.
    pub store: String,
    pub made_at: Timestamp,
    /// The newest migration of the database in it; none for images.
    pub schema: Option<i64>,
    /// Where the log ends; of the events only.
    pub log: Option<LogEnd>,
    pub files: Vec<Kept>,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    /// The last; 0 when there is none.
    pub position: Position,
    /// The hash of the event there, in hexadecimal digits.
    pub hash: Option<String>,
    /// Up to where the log is sealed, and the hash of its last seal.
    pub sealed_up_to: Position,
    pub seal: Option<String>,
}

/// A file of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Below the folder of the part.
    pub path: PathBuf,
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// That of a part that is made by this release now.
    pub(super) fn new(part: Part, store: &str, made_at: Timestamp, files: Vec<Kept>) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, part, program, store: store.to_owned(), made_at, schema: None, log: None, files }
    }

    /// Writes it beside the files that it names, durably, at once or not at all.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let draft = folder.join(format!("{NAME}.new"));
        files::write_new(&draft, &to_vec_pretty(self)?)?;
        files::sync_all_of(folder)?;
        fs::rename(draft, folder.join(NAME))?;
        Ok(files::sync_folder(folder)?)
    }

    /// Reads that of the `part` in `folder`.
    ///
    /// # Errors
    /// There is none, because the backup was not finished or is none; or it is damaged, of another part or of a newer release.
    pub(super) fn read(folder: &Path, part: Part) -> Result<Self, Failure> {
        let path = folder.join(NAME);
        let text = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!(
                    "{} is missing: the {part} of this backup are not there, or were never finished",
                    path.display()
                )
            }
            _ => format!("{}: {error}", path.display()),
        })?;
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| format!("{} is damaged: {error}", path.display()))?;
        manifest.fits(part).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(manifest)
    }

    fn fits(&self, part: Part) -> Result<(), String> {
        if self.format > FORMAT {
            return Err(format!("it was made by a newer release ({}): restore it with that one", self.program));
        }
        if self.part != part {
            return Err(format!("it is of {}, not of {part}", self.part));
        }
        match self.files.iter().find(|file| !file.is_below() || Hash::parse(&file.sha256).is_none()) {
            Some(odd) => Err(format!("it names {}, which is no file of a backup", odd.path.display())),
            None => Ok(()),
        }
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

impl Kept {
    /// Whether its path leads nowhere else.
    fn is_below(&self) -> bool {
        let mut components = self.path.components().peekable();
        components.peek().is_some() && components.all(|component| matches!(component, Component::Normal(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(path: &str) -> Manifest {
        let kept = Kept { path: path.into(), bytes: 0, sha256: "0".repeat(64) };
        Manifest::new(Part::Events, "a store", Timestamp(0), vec![kept])
    }

    #[test]
    fn a_manifest_names_only_files_below_its_folder() {
        for (path, is_one) in
            [("events.db", true), ("a/b", true), ("", false), ("/etc/passwd", false), ("a/../../b", false)]
        {
            assert_eq!(naming(path).fits(Part::Events).is_ok(), is_one, "{path}");
        }
    }

    #[test]
    fn a_manifest_of_another_part_or_of_a_newer_release_is_refused() {
        assert!(naming("a").fits(Part::Keys).is_err_and(|why| why.contains("it is of events")));
        let newer = Manifest { format: FORMAT + 1, ..naming("a") };
        assert!(newer.fits(Part::Events).is_err_and(|why| why.contains("newer release")));
    }
}
