//! Every suite on PostgreSQL, each on a database of its own, and what only PostgreSQL can be asked.

mod damage;
mod halt;
mod opening;
mod outcomes;
mod processes;
mod proxy;
mod timing;
mod unwritten;

use std::sync::{Arc, Mutex};

use command_side::ports::Vault as _;
use futures::future::BoxFuture;
use infra::adapters::accounts::{ACCESS_LIFE, EndedSessions};
use infra::adapters::deletions::Deletions;
use infra::adapters::migrate::Migrate;
use infra::adapters::postgres::{
    PostgresEventStore, PostgresKeys, PostgresLog, PostgresSessions, PostgresTurns, follow_endings, listen,
};
use infra::adapters::vault::KeyVault;
use projections::ports::Log;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::given::Store;
use super::{append, deletions, history, keyless, log, older, races, sessions, snapshots, turns, unique, vault};

/// A database that goes with the test.
#[derive(Clone)]
pub(crate) struct Database(Arc<Owned>);

struct Owned {
    server: String,
    name: String,
    /// Those of its keys.
    keys: Mutex<Vec<Database>>,
}

impl Database {
    /// None, said aloud, when there is no server.
    pub(crate) async fn new() -> Option<Self> {
        let Some(server) = world::server("TEST_POSTGRES") else {
            world::skipped("TEST_POSTGRES is not set: eval \"$(infra/dev/stack test-env)\"");
            return None;
        };
        let name = format!("c{}", Uuid::new_v4().simple());
        on(&server, &format!("CREATE DATABASE {name}")).await;
        Some(Self(Arc::new(Owned { server, name, keys: Mutex::default() })))
    }

    pub(super) fn url(&self) -> String {
        let host = self.0.server.trim_end_matches(|c| c != '/');
        format!("{host}{}", self.0.name)
    }

    /// A connection that belongs to no store.
    async fn client(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("PostgreSQL answers")
    }

    /// What a query for one number gives, if anything.
    pub(crate) async fn scalar(&self, query: &str) -> Option<i64> {
        sqlx::query_scalar(query).fetch_optional(&mut self.client().await).await.expect("PostgreSQL answers")
    }

    pub(crate) async fn store(&self) -> Arc<PostgresEventStore> {
        PostgresEventStore::connect(&self.url(), Migrate::Run).await.expect("the store opens")
    }

    /// Keys in a database of their own, which goes with this one.
    pub(crate) async fn vault(&self) -> Arc<KeyVault> {
        let keys = Self::new().await.expect("there is a server");
        let store = PostgresKeys::connect(&keys.url(), Migrate::Run).await.expect("the keys open");
        self.0.keys.lock().expect("no test panics in here").push(keys);
        KeyVault::over(Box::new(store))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let (server, drop) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // A runtime can not be waited for inside another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(on(&server, &drop));
        });
        dropping.join().ok();
    }
}

pub(super) async fn on(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
    connection.execute(statement).await.expect("a database of one's own");
}

/// What lives as long as the test: a database, and what runs beside.
struct Kept {
    _database: Database,
    _beside: JoinSet<()>,
}

fn kept(database: &Database, beside: impl IntoIterator<Item = BoxFuture<'static, ()>>) -> Box<Kept> {
    let mut tasks = JoinSet::new();
    for task in beside {
        tasks.spawn(task);
    }
    Box::new(Kept { _database: database.clone(), _beside: tasks })
}

async fn store(database: &Database) -> Store {
    let store = database.store().await;
    Store {
        append: store.clone(),
        history: store.clone(),
        snapshots: store.clone(),
        keys: store.clone(),
        claims: store.clone(),
        credentials: store.clone(),
        past: store.clone(),
        older_rooms: store,
        _kept: kept(database, []),
    }
}

fn destroying(vault: Arc<KeyVault>) -> Box<dyn Fn(domain::UserId) -> BoxFuture<'static, ()> + Send + Sync> {
    Box::new(move |subject| {
        let vault = vault.clone();
        Box::pin(async move { vault.destroy(subject).await.expect("the keys are there") })
    })
}

async fn keys(database: &Database) -> vault::Keys {
    let vault = database.vault().await;
    vault::Keys { vault: vault.clone(), destroy: destroying(vault), _kept: kept(database, []) }
}

/// Each side is a process of its own.
async fn tables(database: &Database) -> turns::Tables {
    let process = async || Arc::new(PostgresTurns::new(database.store().await, "of the test", None));
    turns::Tables { one: process().await, other: Some(process().await), _kept: kept(database, []) }
}

/// `elsewhere`: whoever listens is another process than the one in which sessions end.
async fn logins(database: &Database, elsewhere: bool) -> sessions::Logins {
    let store = database.store().await;
    let ended = Arc::new(EndedSessions::default());
    let listening = if elsewhere { Arc::new(EndedSessions::default()) } else { ended.clone() };
    let sessions = Arc::new(PostgresSessions::new(store.clone(), ended));
    let following = follow_endings(store, listening.clone(), ACCESS_LIFE);
    sessions::Logins { sessions, endings: listening, _kept: kept(database, [Box::pin(following) as BoxFuture<_>]) }
}

/// Each reader is a process of its own.
async fn journal(database: &Database) -> log::Journal {
    let (store, vault) = (database.store().await, database.vault().await);
    let open = {
        let (database, vault, listening) = (database.clone(), vault.clone(), Arc::new(Mutex::new(JoinSet::new())));
        move || {
            let (database, vault, listening) = (database.clone(), vault.clone(), listening.clone());
            Box::pin(async move {
                let store = database.store().await;
                listening.lock().expect("no test panics in here").spawn(listen(store.clone()));
                PostgresLog::new(store, vault) as Arc<dyn Log>
            }) as BoxFuture<'static, _>
        }
    };
    log::Journal {
        append: store,
        destroy: destroying(vault.clone()),
        vault,
        open: Box::new(open),
        _kept: kept(database, []),
    }
}

async fn registry(database: &Database) -> deletions::Registry {
    let store = database.store().await;
    let deletions = Arc::new(Deletions(store.clone()));
    deletions::Registry { append: store, deletions, _kept: kept(database, []) }
}

async fn town(database: &Database) -> keyless::Town {
    let (store, vault) = (database.store().await, database.vault().await);
    keyless::Town { append: store.clone(), people: store, vault, _kept: kept(database, []) }
}

macro_rules! suites {
    ($($test:ident: $suite:ident, $open:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            if Database::new().await.is_some() {
                let open = async || {
                    let database = Database::new().await.expect("there is a server");
                    $open(&database).await
                };
                $suite::suite(open).await;
            }
        }
    )*};
}

suites! {
    appending_on_postgresql: append, store;
    what_is_unique_on_postgresql: unique, store;
    what_was_brought_over_to_postgresql: older, store;
    loading_on_postgresql: history, store;
    snapshots_on_postgresql: snapshots, store;
    races_on_postgresql: races, store;
    sessions_on_postgresql: sessions, (async |database: &Database| logins(database, false).await);
    sealing_on_postgresql: vault, keys;
    deletions_on_postgresql: deletions, registry;
    people_without_a_key_on_postgresql: keyless, town;
    the_log_on_postgresql: log, journal;
    turns_on_postgresql: turns, tables;
}
