//! Every suite on SQLite, and what only SQLite can be asked.

mod damage;
pub(super) mod models;
mod processes;
mod seals;
mod secrets;
mod unwritten;

use std::path::PathBuf;
use std::sync::Arc;

use command_side::ports::Vault as _;
use domain::Timestamp;
use infra::adapters::accounts::{EndedSessions, SqliteSessions};
use infra::adapters::deletions::Deletions;
use infra::adapters::event_store::{SqliteEventStore, SqliteLog, SqliteTurns};
use infra::adapters::read_models::sqlite::{Generations, LiveModel, Model};
use infra::adapters::vault::KeyVault;
use infra::adapters::watchers::InProcessWatchers;
use projections::ports::Log;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use tempfile::TempDir;

use super::given::Store;
use super::{
    append, deletions, history, keyless, log, older, races, sessions, snapshots, timeline, turns, unique, vault,
    watchers,
};

/// A folder with an event store and its keys.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn events(&self) -> PathBuf {
        self.0.path().join("events.db")
    }

    async fn store(&self) -> Arc<SqliteEventStore> {
        SqliteEventStore::open(&self.events()).await.expect("the store opens")
    }

    async fn beside(&self) -> Arc<SqliteEventStore> {
        SqliteEventStore::open_beside(&self.events()).await.expect("the store opens")
    }

    async fn vault(&self) -> Arc<KeyVault> {
        KeyVault::open(&self.0.path().join("keys.db")).await.expect("the keys open")
    }

    /// Does to the events what nobody should be able to.
    async fn harm(&self, sql: &str) {
        let options = SqliteConnectOptions::new().filename(self.events());
        let mut connection: SqliteConnection = options.connect().await.expect("the file opens");
        connection.execute(sql).await.expect("harm is done");
    }
}

fn ports(store: Arc<SqliteEventStore>, kept: Folder) -> Store {
    Store {
        append: store.clone(),
        history: store.clone(),
        snapshots: store.clone(),
        keys: store.clone(),
        claims: store.clone(),
        credentials: store.clone(),
        past: store.clone(),
        older_rooms: store,
        _kept: Box::new(kept),
    }
}

async fn store() -> Store {
    let folder = Folder::new();
    ports(folder.store().await, folder)
}

async fn keys() -> vault::Keys {
    let folder = Folder::new();
    let vault = folder.vault().await;
    vault::Keys { vault: vault.clone(), destroy: destroying(vault), _kept: Box::new(folder) }
}

type Destroy = Box<dyn Fn(domain::UserId) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

fn destroying(vault: Arc<KeyVault>) -> Destroy {
    Box::new(move |subject| {
        let vault = vault.clone();
        Box::pin(async move { vault.destroy(subject).await.expect("the keys are there") })
    })
}

async fn logins() -> sessions::Logins {
    let folder = Folder::new();
    let (sessions, endings) = open_sessions(folder.store().await).await;
    sessions::Logins { sessions, endings, _kept: Box::new(folder) }
}

async fn open_sessions(store: Arc<SqliteEventStore>) -> (Arc<SqliteSessions>, Arc<EndedSessions>) {
    let (ended, now) = (Arc::new(EndedSessions::default()), std::time::UNIX_EPOCH.elapsed().expect("after 1970"));
    let now = Timestamp(i64::try_from(now.as_millis()).expect("not that late"));
    let sessions = SqliteSessions::open(store, ended.clone(), now).await.expect("the store is there");
    (Arc::new(sessions), ended)
}

/// `beside`: read by another process than the one that appends.
async fn journal(beside: bool) -> log::Journal {
    let folder = Arc::new(Folder::new());
    let (store, vault) = (folder.store().await, folder.vault().await);
    let open = {
        let (folder, store, vault) = (folder.clone(), store.clone(), vault.clone());
        move || {
            let (folder, store, vault) = (folder.clone(), store.clone(), vault.clone());
            Box::pin(async move {
                let store = if beside { folder.beside().await } else { store };
                SqliteLog::new(store, vault) as Arc<dyn Log>
            }) as futures::future::BoxFuture<'static, _>
        }
    };
    let destroy = destroying(vault.clone());
    log::Journal { append: store, vault, destroy, open: Box::new(open), _kept: Box::new(folder) }
}

async fn read_model() -> timeline::Model {
    let folder = Folder::new();
    let generations = Generations::open(folder.0.path(), Model::Timeline).await.expect("the model opens");
    let writer = Arc::new(LiveModel::new(generations.clone()));
    timeline::Model { writer, reader: generations, _kept: Box::new(folder) }
}

async fn tables() -> turns::Tables {
    let folder = Folder::new();
    let one = Arc::new(SqliteTurns::new(folder.store().await, "of the test"));
    turns::Tables { one, other: None, _kept: Box::new(folder) }
}

async fn windows() -> watchers::Windows {
    let here = Arc::new(InProcessWatchers::default());
    watchers::Windows { told: here.clone(), asked: here, _kept: Box::new(()) }
}

#[tokio::test]
async fn turns_on_sqlite() {
    turns::suite(tables).await;
}

#[tokio::test]
async fn watchers_in_the_process() {
    watchers::suite(windows).await;
}

#[tokio::test]
async fn the_timeline_on_sqlite() {
    timeline::suite(read_model).await;
}

async fn registry() -> deletions::Registry {
    let folder = Folder::new();
    let store = folder.store().await;
    let deletions = Arc::new(Deletions(store.clone()));
    deletions::Registry { append: store, deletions, _kept: Box::new(folder) }
}

#[tokio::test]
async fn deletions_on_sqlite() {
    deletions::suite(registry).await;
}

async fn town() -> keyless::Town {
    let folder = Folder::new();
    let (store, vault) = (folder.store().await, folder.vault().await);
    keyless::Town { append: store.clone(), people: store, vault, _kept: Box::new(folder) }
}

#[tokio::test]
async fn people_without_a_key_on_sqlite() {
    keyless::suite(town).await;
}

#[tokio::test]
async fn appending_on_sqlite() {
    append::suite(store).await;
}

#[tokio::test]
async fn claims_keys_and_credentials_on_sqlite() {
    unique::suite(store).await;
}

#[tokio::test]
async fn what_was_brought_over_to_sqlite() {
    older::suite(store).await;
}

#[tokio::test]
async fn history_on_sqlite() {
    history::suite(store).await;
}

#[tokio::test]
async fn snapshots_on_sqlite() {
    snapshots::suite(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_on_sqlite() {
    races::suite(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_on_sqlite() {
    sessions::suite(logins).await;
}

#[tokio::test]
async fn sealing_on_sqlite() {
    vault::suite(keys).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_the_serving_process_on_sqlite() {
    log::suite(async || journal(false).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_beside_the_serving_process_on_sqlite() {
    log::suite(async || journal(true).await).await;
}
