//! The embedded stores in the data folder.

use std::path::Path;
use std::sync::Arc;

use super::{Failure, Stores, TurnsWith};
use crate::adapters::accounts::{EndedSessions, SqliteSessions, forget_sessions};
use crate::adapters::deletions::Deletions;
use crate::adapters::event_store::{SqliteEventStore, SqliteLog, SqliteTurns, copy_commits, seal_log, write_snapshots};
use crate::adapters::halt::{Halt, Halting};
use crate::adapters::opening::{endless, named};
use crate::adapters::vault::KeyVault;
use crate::adapters::vault::secrets::Secrets;
use crate::adapters::{clock, identity, keyless};
use crate::config::Settings;
use crate::data::{DataFolder, Lock};
use crate::http::Readiness;

/// Opens the stores in the data folder, making what is missing.
pub(super) async fn open(settings: &Settings) -> Result<Stores, Failure> {
    let folder = DataFolder::at(&settings.data);
    let lock = folder.lock()?;
    // First: what is lost is not made anew.
    identity::judge_folder(settings).await?;
    let secrets = Arc::new(Secrets::open(&settings.secrets)?);
    let vault = KeyVault::open(&folder.keys()).await.map_err(|error| in_file(&folder.keys(), &error))?;
    let store = SqliteEventStore::open(&folder.events()).await.map_err(|error| in_file(&folder.events(), &error))?;
    let identity = identity::tie(&*store, &vault, &secrets).await?;
    let (ended, halt) = (Arc::new(EndedSessions::default()), Halt::default());
    let (readiness, counting) = keyless::counted(readiness(&store, &halt), store.clone(), vault.clone());
    Ok(Stores {
        append: Arc::new(Halting { store: store.clone(), halt: halt.clone() }),
        past: store.clone(),
        older_rooms: store.clone(),
        halt: halt.clone(),
        history: store.clone(),
        snapshots: store.clone(),
        keys: store.clone(),
        claims: store.clone(),
        credentials: store.clone(),
        sessions: Arc::new(SqliteSessions::open(store.clone(), ended.clone(), clock::now()).await?),
        deletions: Arc::new(Deletions(store.clone())),
        ended,
        log: SqliteLog::new(store.clone(), vault.clone()),
        turns: turns(&store),
        vault,
        secrets,
        identity,
        readiness,
        background: vec![
            endless(seal_log(store.clone())),
            endless(write_snapshots(store.clone())),
            endless(copy_commits(store.clone())),
            endless(forget_sessions(store.clone())),
            counting,
        ],
        relayed: None,
        close: Box::pin(close(store, lock)),
    })
}

fn turns(store: &Arc<SqliteEventStore>) -> TurnsWith {
    let store = store.clone();
    Arc::new(move |name| Arc::new(SqliteTurns::new(store.clone(), name)))
}

fn in_file(file: &Path, error: &impl std::fmt::Display) -> Failure {
    named(&file.display().to_string(), error)
}

fn readiness(store: &Arc<SqliteEventStore>, halt: &Halt) -> Readiness {
    let (store, halt) = (store.clone(), halt.clone());
    let readiness = Readiness::default().with("event_store", move || {
        let store = store.clone();
        async move { store.check().await.map_err(|away| away.0) }
    });
    readiness.with("log", move || std::future::ready(halt.check()))
}

async fn close(store: Arc<SqliteEventStore>, lock: Lock) {
    store.close().await;
    // Only now may another server come.
    drop(lock);
}
