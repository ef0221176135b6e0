//! Restoring a backup into an empty data folder. Everything is checked before anything is written.

use std::fs;
use std::path::{Path, PathBuf};

use super::gaps::{Gaps, gaps};
use super::parts::SECRETS_FOLDER;
use super::take::{end, images_folder, schema};
use super::{Failure, Kept, LogEnd, Manifest, Part, files};
use crate::adapters::identity::Places;
use crate::config::Settings;
use crate::data::DataFolder;

/// Where the parts of a backup are.
#[derive(Clone, Debug)]
pub struct From {
    pub folder: PathBuf,
    /// Where the keys are, if not there.
    pub keys: Option<PathBuf>,
    /// Whether the images are left out: those that events name are not found then.
    pub without_images: bool,
    /// Whether to go on where people have no key.
    pub lose_people: bool,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    pub parts: Vec<Manifest>,
    /// What the events need and is not there.
    pub gaps: Gaps,
}

impl From {
    fn of(&self, part: Part) -> PathBuf {
        match (&self.keys, part) {
            (Some(keys), Part::Keys) => keys.clone(),
            _ => self.folder.join(part.name()),
        }
    }

    fn read(&self, part: Part) -> Result<(PathBuf, Manifest), Failure> {
        let folder = self.of(part);
        Manifest::read(&folder, part).map(|manifest| (folder, manifest))
    }
}

/// Puts the parts of a backup where the settings say that they lie; read models are folded from it at the next start. Gives what was
/// restored.
///
/// # Errors
/// The data folder is not empty; the backup is damaged, not whole or of different stores; its keys are older than its events; or something
/// can not be written, which leaves a folder that is not served.
pub async fn restore(settings: &Settings, from: &From) -> Result<Restored, Failure> {
    let images = images_folder(settings).filter(|_| !from.without_images);
    let mut parts = vec![from.read(Part::Events)?, from.read(Part::Keys)?];
    if images.is_some() {
        parts.push(from.read(Part::Images)?);
    }
    belong_together(&parts)?;
    parts.iter().try_for_each(|(folder, manifest)| check(folder, manifest))?;
    let gaps = needs(&parts).await?;
    if gaps.people > 0 && !from.lose_people {
        return Err(too_old(&parts, gaps.people).into());
    }
    is_free(settings, images.as_deref())?;
    let (keys_folder, keys) = &parts[1];
    let (secrets, databases): (Vec<_>, Vec<_>) =
        keys.files.iter().cloned().partition(|file| file.path.starts_with(SECRETS_FOLDER));
    let secrets = missing(keys_folder, &settings.secrets, secrets)?;

    let data = DataFolder::at(&settings.data);
    let restoring = data.restore()?;
    if let (Some(images), Some((folder, manifest))) = (&images, parts.get(2)) {
        put_all(folder, images, &manifest.files)?;
    }
    put_secrets(keys_folder, &settings.secrets, &secrets)?;
    put_all(keys_folder, &settings.data, &databases)?;
    // Last: without it there is nothing to serve.
    put_all(&parts[0].0, &settings.data, &parts[0].1.files)?;
    restoring.done()?;
    Ok(Restored { parts: parts.into_iter().map(|(_, manifest)| manifest).collect(), gaps })
}

/// That the databases and secrets themselves belong together, and what of them is missing.
async fn needs(parts: &[(PathBuf, Manifest)]) -> Result<Gaps, Failure> {
    let ((events, said), (keys, _)) = (&parts[0], &parts[1]);
    let secrets = keys.join(SECRETS_FOLDER);
    let places = Places { events: events.join("events.db"), keys: keys.join("keys.db"), secrets };
    if places.judge().await?.as_ref() != Some(&said.store) {
        return Err(format!("{} is of another event store than its manifest says", places.events.display()).into());
    }
    gaps(&places.events, &places.keys, parts.get(2).map(|(_, images)| images)).await
}

fn too_old(parts: &[(PathBuf, Manifest)], people: u64) -> String {
    let ((_, events), (folder, keys)) = (&parts[0], &parts[1]);
    format!(
        "{people} people of the events (made at {}) have no key in {} (made at {}): what they wrote could never be read again, and they could \
         write nothing. Restore with keys that were backed up at {} or later, or add --lose-people to go on without them",
        events.made_at,
        folder.display(),
        keys.made_at,
        events.made_at
    )
}

fn belong_together(parts: &[(PathBuf, Manifest)]) -> Result<(), Failure> {
    let (_, events) = &parts[0];
    match parts.iter().find(|(_, other)| other.store != events.store) {
        Some((folder, other)) => {
            Err(format!("the {} in {} are of another event store than the events", other.part, folder.display()).into())
        }
        None => Ok(()),
    }
}

/// That each file is what the manifest says.
fn check(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
    for file in &manifest.files {
        let found = files::look(folder, &file.path)?;
        if found != *file {
            return Err(format!("{} is damaged: {}", folder.join(&file.path).display(), differing(file, &found)).into());
        }
    }
    let database = match manifest.part {
        Part::Events => Some(("events.db", newest(&sqlx::migrate!("migrations/events")))),
        Part::Keys => Some(("keys.db", newest(&sqlx::migrate!("migrations/keys")))),
        Part::Images => None,
    };
    if let Some((name, known)) = database {
        is_known(&folder.join(name), manifest.schema, known)?;
    }
    match &manifest.log {
        Some(log) => ends(&folder.join("events.db"), log),
        None => Ok(()),
    }
}

/// That the schema of a database is the one that was said, and not of a newer release.
fn is_known(file: &Path, said: Option<i64>, known: i64) -> Result<(), Failure> {
    let found = schema(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if found != said {
        return Err(format!("{} is of another schema than its manifest says", file.display()).into());
    }
    match found.filter(|found| *found > known) {
        Some(newer) => Err(format!(
            "{} is of a newer release (schema {newer}, this one knows {known}): restore it with that one",
            file.display()
        )
        .into()),
        None => Ok(()),
    }
}

fn newest(migrations: &sqlx::migrate::Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn differing(said: &Kept, found: &Kept) -> String {
    if said.bytes != found.bytes {
        return format!("it has {} bytes, and had {}", found.bytes, said.bytes);
    }
    format!("its SHA-256 is {}, and was {}", found.sha256, said.sha256)
}

fn ends(file: &Path, said: &LogEnd) -> Result<(), Failure> {
    let found = end(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if found == *said {
        return Ok(());
    }
    let (found, said) = (found.position, said.position);
    Err(format!("{} ends at position {found}, and not as the manifest says at {said}", file.display()).into())
}

/// That nothing is lost by what will be written.
fn is_free(settings: &Settings, images: Option<&Path>) -> Result<(), Failure> {
    for folder in [Some(settings.data.as_path()), images].into_iter().flatten() {
        if !files::is_empty(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let why = "it is restored only where nothing is";
            return Err(format!("{} is not empty: {why}", folder.display()).into());
        }
    }
    Ok(())
}

fn put_all(from: &Path, to: &Path, all: &[Kept]) -> Result<(), Failure> {
    files::make_folder(to)?;
    for file in all {
        let copied = files::copy(from, to, &file.path)?;
        if copied != *file {
            let path = from.join(&file.path);
            return Err(format!("{} changed meanwhile: {}", path.display(), differing(file, &copied)).into());
        }
    }
    files::sync_all_of(to)
}

/// Those of `secrets` that are not there yet. They may lie in a folder of their own, which survived: then they have to be the same.
fn missing(from: &Path, to: &Path, mut secrets: Vec<Kept>) -> Result<Vec<Kept>, Failure> {
    for secret in &secrets {
        let there = to.join(secret.path.file_name().unwrap_or_default());
        if there.exists() && fs::read(&there)? != fs::read(from.join(&secret.path))? {
            return Err(format!("{} is another than that of the backup: put it aside", there.display()).into());
        }
    }
    secrets.retain(|secret| !to.join(secret.path.file_name().unwrap_or_default()).exists());
    Ok(secrets)
}

fn put_secrets(from: &Path, to: &Path, secrets: &[Kept]) -> Result<(), Failure> {
    let in_folder = |secret: &Kept| Kept { path: secret.path.file_name().unwrap_or_default().into(), ..secret.clone() };
    let secrets: Vec<_> = secrets.iter().map(in_folder).collect();
    match secrets.is_empty() {
        true => Ok(()),
        false => put_all(&from.join(SECRETS_FOLDER), to, &secrets),
    }
}
