//! What stands in a part of a backup, said by a file that is written last: without it a part is not whole.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use domain::hash::Hash;
use domain::{Position, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{to_vec, to_vec_pretty};
use sha2::{Digest as _, Sha256};

use super::{Failure, Part, files};

/// Its name in the folder of the part.
const NAME: &str = "manifest.json";
/// What this release writes, and all that it reads: manifests of 1 did not cover themselves.
const FORMAT: u32 = 2;

/// What a part of a backup holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Over all that is said above, in hexadecimal digits; last, because it is known last.
    pub(super) sha256: String,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
        Self {
            format: FORMAT,
            part,
            program,
            store: store.to_owned(),
            made_at,
            schema: None,
            log: None,
            files,
            sha256: String::new(),
        }
    }

    /// The SHA-256 over all else that it says.
    fn digest(&self) -> Result<String, serde_json::Error> {
        let said = to_vec(&Self { sha256: String::new(), ..self.clone() })?;
        Ok(Hash(Sha256::digest(said).into()).to_string())
    }

    /// Writes it beside the files that it names, durably, at once or not at all.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let draft = folder.join(format!("{NAME}.new"));
        let whole = Self { sha256: self.digest()?, ..self.clone() };
        files::write_new(&draft, &to_vec_pretty(&whole)?)?;
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
        let read = of_this_format(&text).and_then(|manifest| manifest.fits(part).map(|()| manifest));
        read.map_err(|why| format!("{}: {why}", path.display()).into())
    }

    fn fits(&self, part: Part) -> Result<(), String> {
        if self.digest().ok().as_ref() != Some(&self.sha256) {
            return Err("it is damaged: its SHA-256 is another than it says".to_owned());
        }
        if self.part != part {
            return Err(format!("it is of {}, not of {part}", self.part));
        }
        if let Some(odd) = self.files.iter().find(|file| !file.is_below() || Hash::parse(&file.sha256).is_none()) {
            return Err(format!("it names {}, which is no file of a backup", odd.path.display()));
        }
        let is_there = |path: &PathBuf| self.files.iter().any(|file| file.path == *path);
        if let Some(missing) = part.needed().into_iter().find(|path| !is_there(path)) {
            return Err(format!("it does not name {}, without which nothing can be restored", missing.display()));
        }
        let is_told = self.log.is_some() || part != Part::Events;
        if is_told { Ok(()) } else { Err("it does not say where the log ends".to_owned()) }
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Reads what is of the only format that is known.
fn of_this_format(text: &[u8]) -> Result<Manifest, String> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
        program: String,
    }
    let damaged = |error: serde_json::Error| format!("it is damaged: {error}");
    let Head { format, program } = serde_json::from_slice(text).map_err(damaged)?;
    if format != FORMAT {
        return Err(format!(
            "it is of format {format}, and this release reads {FORMAT}: restore it with the release that made it ({program})"
        ));
    }
    serde_json::from_slice(text).map_err(damaged)
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

    /// One of images, which may name any files, and of which its digest is right.
    fn naming(path: &str) -> Manifest {
        let kept = Kept { path: path.into(), bytes: 0, sha256: "0".repeat(64) };
        sealed(Manifest::new(Part::Images, "a store", Timestamp(0), vec![kept]))
    }

    fn sealed(manifest: Manifest) -> Manifest {
        Manifest { sha256: manifest.digest().expect("JSON"), ..manifest }
    }

    #[test]
    fn a_manifest_names_only_files_below_its_folder() {
        for (path, is_one) in
            [("events.db", true), ("a/b", true), ("", false), ("/etc/passwd", false), ("a/../../b", false)]
        {
            assert_eq!(naming(path).fits(Part::Images).is_ok(), is_one, "{path}");
        }
    }

    #[test]
    fn a_manifest_of_another_part_or_format_is_refused() {
        assert!(naming("a").fits(Part::Keys).is_err_and(|why| why.contains("it is of images")));
        for format in [0, 1, FORMAT + 1] {
            let other = to_vec(&sealed(Manifest { format, ..naming("a") })).expect("JSON");
            let refused = of_this_format(&other);
            assert!(refused.is_err_and(|why| why.contains(&format!("of format {format}"))), "{format}");
        }
    }

    #[test]
    fn a_manifest_that_says_something_else_than_it_said_is_refused() {
        let whole = naming("a");
        let changed = [
            Manifest { files: vec![], ..whole.clone() },
            Manifest { schema: Some(99), ..whole.clone() },
            Manifest { store: "another".to_owned(), ..whole.clone() },
            Manifest { sha256: String::new(), ..whole },
        ];
        for other in changed {
            assert!(other.fits(Part::Images).is_err_and(|why| why.contains("damaged")), "{other:?}");
        }
    }

    #[test]
    fn a_manifest_without_what_its_part_needs_is_refused() {
        for part in [Part::Events, Part::Keys] {
            let needed = part.needed();
            let kept = |path: &PathBuf| Kept { path: path.clone(), bytes: 0, sha256: "0".repeat(64) };
            for left_out in &needed {
                let files = needed.iter().filter(|path| *path != left_out).map(kept).collect();
                let refused = sealed(Manifest::new(part, "a store", Timestamp(0), files)).fits(part);
                assert!(refused.is_err_and(|why| why.contains("does not name")), "{part}: {}", left_out.display());
            }
            let all = sealed(Manifest::new(part, "a store", Timestamp(0), needed.iter().map(kept).collect()));
            assert_eq!(all.fits(part).is_err_and(|why| why.contains("where the log ends")), part == Part::Events);
        }
    }
}
