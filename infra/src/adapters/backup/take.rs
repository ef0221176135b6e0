//! Making a backup. First the events, then what they rest on: a key and an image are durable before the first event that needs them, so
//! what is copied later than the events is complete for them.

use std::fs::File;
use std::path::{Path, PathBuf};

use domain::hash::Hash;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::parts::{SECRETS, SECRETS_FOLDER};
use super::{Failure, Kept, LogEnd, Manifest, Part, files};
use crate::adapters::chains::Forged;
use crate::adapters::event_store::SqliteEventStore;
use crate::adapters::vault::private;
use crate::adapters::{chains, clock, identity, seals};
use crate::config::Settings;
use crate::data::DataFolder;

/// Where the parts of a backup go.
#[derive(Clone, Debug)]
pub struct To {
    pub folder: PathBuf,
    /// Where the keys go, if not there.
    pub keys: Option<PathBuf>,
}

impl To {
    fn of(&self, part: Part) -> PathBuf {
        match (&self.keys, part) {
            (Some(keys), Part::Keys) => keys.clone(),
            _ => self.folder.join(part.name()),
        }
    }
}

/// Copies the data folder that the settings name, while a server runs or while none does.
///
/// # Errors
/// There is none, its parts do not belong together, a folder to write in is not empty, or something can not be read or written.
pub async fn take(settings: &Settings, to: &To) -> Result<Vec<Manifest>, Failure> {
    let data = DataFolder::at(&settings.data);
    let store = identity::judge_folder(settings).await?;
    let store =
        store.ok_or_else(|| format!("{} was never served: there is nothing to back up", data.events().display()))?;
    files::empty_folder(&to.folder)?;
    if let Some(keys) = &to.keys {
        files::empty_folder(keys)?;
    }
    let events = events(&data.events(), &to.of(Part::Events), &store).await?;
    let keys = keys(&data.keys(), &settings.secrets, &to.of(Part::Keys), &store)?;
    let mut made = vec![events, keys];
    if let Some(folder) = images_folder(settings) {
        made.push(images(&folder, &to.of(Part::Images), &store)?);
    }
    // Only what has its manifest is whole: the images last, because they take longest.
    for manifest in &made {
        manifest.write(&to.of(manifest.part))?;
    }
    files::sync_folder(&to.folder)?;
    Ok(made)
}

async fn events(file: &Path, to: &Path, name: &str) -> Result<Manifest, Failure> {
    let kept = database(file, to, "events.db")?;
    let copy = to.join("events.db");
    let store = SqliteEventStore::open_beside(&copy).await?;
    let checked = check(&store).await;
    store.close().await;
    checked?;
    let manifest = Manifest::new(Part::Events, name, clock::now(), vec![kept]);
    Ok(Manifest { schema: schema(&copy)?, log: Some(end(&copy)?), ..manifest })
}

/// Nothing that was changed since it was recorded is taken for whole.
async fn check(store: &SqliteEventStore) -> Result<(), Failure> {
    let sealed = seals::check_seals(store).await.map_err(|away| away.0)?;
    if let Some(broken) = sealed.broken {
        let up_to = sealed.up_to;
        return Err(format!(
            "the log is not as it was sealed, behind position {up_to} and up to {broken}: look for what harmed it first"
        )
        .into());
    }
    match chains::first_forged(store).await.map_err(|away| away.0)? {
        None => Ok(()),
        Some(Forged { position, stream }) => Err(format!(
            "the event at position {position} is not what was recorded, see audit {stream}: look for what harmed it first"
        )
        .into()),
    }
}

fn keys(file: &Path, secrets: &Path, to: &Path, store: &str) -> Result<Manifest, Failure> {
    let mut kept = vec![database(file, to, "keys.db")?];
    let below = to.join(SECRETS_FOLDER);
    for name in SECRETS {
        let secret = files::copy(secrets, &below, Path::new(name))?;
        kept.push(Kept { path: Path::new(SECRETS_FOLDER).join(name), ..secret });
    }
    let schema = schema(&to.join("keys.db"))?;
    Ok(Manifest { schema, ..Manifest::new(Part::Keys, store, clock::now(), kept) })
}

fn images(folder: &Path, to: &Path, store: &str) -> Result<Manifest, Failure> {
    files::make_folder(to)?;
    let mut kept = vec![];
    for path in files::all_below(folder)? {
        // A name with this is one that is being written.
        if path.to_string_lossy().contains('#') {
            continue;
        }
        match files::copy(folder, to, &path) {
            Ok(copied) => kept.push(copied),
            // What nobody has any more is swept meanwhile.
            Err(_) if !folder.join(&path).exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Manifest::new(Part::Images, store, clock::now(), kept))
}

/// Where images lie, if that is a folder: a bucket has means of its own.
pub(super) fn images_folder(settings: &Settings) -> Option<PathBuf> {
    match settings.images.url().strip_prefix("file://") {
        Some(path) => Some(path.into()),
        None => (settings.images.scheme() == "folder").then(|| settings.data.join("images")),
    }
}

/// A copy of the database as it is committed now, without what was deleted from it: `VACUUM INTO` reads in one transaction, which holds up
/// no writer.
fn database(file: &Path, to: &Path, name: &str) -> Result<Kept, Failure> {
    files::make_folder(to)?;
    let copy = to.join(name);
    // Made first, with its mode: SQLite takes an empty file for a new one.
    private::file(&copy)?;
    let at = |path: &Path, error: &rusqlite::Error| format!("{}: {error}", path.display());
    let connection = read(file).map_err(|error| at(file, &error))?;
    let name_of_copy = copy.to_str().ok_or("the folder to write in has a name that is not UTF-8")?;
    let copied = connection.execute("VACUUM INTO ?", [name_of_copy]);
    copied.map_err(|error| at(if is_of_writing(&error) { copy.as_path() } else { file }, &error))?;
    File::open(&copy)?.sync_all()?;
    files::look(to, Path::new(name))
}

/// Whether the copy could not be written, and not the database be read: the disk is full or fails.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    code.is_some_and(|code| {
        [SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE].contains(&code)
    })
}

fn read(file: &Path) -> Result<Connection, rusqlite::Error> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// The newest migration of a database.
pub(super) fn schema(file: &Path) -> Result<Option<i64>, rusqlite::Error> {
    read(file)?.query_row("SELECT max(version) FROM _sqlx_migrations", [], |row| row.get(0))
}

/// Where the log in `file` ends.
pub(super) fn end(file: &Path) -> Result<LogEnd, rusqlite::Error> {
    let connection = read(file)?;
    let last = |query: &str| {
        let row = connection.query_row(query, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)));
        Ok::<_, rusqlite::Error>(row.optional()?.map(|(at, hash)| (at.cast_unsigned(), Hash(hash).to_string())))
    };
    let event = last("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1")?;
    let seal = last("SELECT up_to, hash FROM seals ORDER BY up_to DESC LIMIT 1")?;
    let (position, hash) = event.unzip();
    let (sealed_up_to, seal) = seal.unzip();
    Ok(LogEnd { position: position.unwrap_or(0), hash, sealed_up_to: sealed_up_to.unwrap_or(0), seal })
}
