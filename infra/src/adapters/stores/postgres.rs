//! The stores on PostgreSQL, shared by as many processes as there are.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::{Failure, Stores, TurnsWith};
use crate::adapters::accounts::EndedSessions;
use crate::adapters::deletions::Deletions;
use crate::adapters::halt::{Halt, Halting};
use crate::adapters::identity::Stranger;
use crate::adapters::migrate::Migrate;
use crate::adapters::opening::{Beside, NotYet, endless, is_away, refused};
use crate::adapters::postgres::{
    PostgresEventStore, PostgresKeys, PostgresLog, PostgresSessions, PostgresTurns, follow_endings, forget_sessions,
    listen, seal_log, tell_halt, write_snapshots,
};
use crate::adapters::vault::KeyVault;
use crate::adapters::vault::secrets::Secrets;
use crate::adapters::{accounts, identity, keyless};
use crate::config::{Role, Settings};
use crate::http::Readiness;

/// How long the store is asked whether another process has stopped all writes.
const GLANCE: Duration = Duration::from_millis(500);

/// Connects to the databases that the settings name.
pub(super) async fn open(settings: &Settings) -> Result<Stores, Failure> {
    let migrate = Migrate::of(settings);
    let keys = PostgresKeys::connect(settings.keys.url(), migrate).await;
    let vault = KeyVault::over(Box::new(keys.map_err(|error| in_setting("keys", error))?));
    let store = PostgresEventStore::connect(settings.event_store.url(), migrate).await;
    let store = store.map_err(|error| in_setting("event_store", error))?;
    // First: secrets that are lost are not made anew.
    identity::judge(Some(&*store), Some(&vault), &settings.secrets).await.map_err(unless_away)?;
    let secrets = Arc::new(Secrets::open(&settings.secrets)?);
    let identity = identity::tie(&*store, &vault, &secrets).await.map_err(unless_away)?;
    let (ended, halt) = (Arc::new(EndedSessions::default()), Halt::default());
    // Before anything is served: a token of a session that is over must not be good here either.
    store.note_endings(&ended, accounts::ACCESS_LIFE).await.map_err(NotYet::from)?;
    let (mut readiness, mut background) = (readiness(settings, &store, &halt), background(&store, &ended, &halt));
    if settings.carries(Role::Command) {
        let (counted, counting) = keyless::counted(readiness, store.clone(), vault.clone());
        readiness = counted;
        background.push(counting);
    }
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
        deletions: Arc::new(Deletions(store.clone())),
        sessions: Arc::new(PostgresSessions::new(store.clone(), ended.clone())),
        log: PostgresLog::new(store.clone(), vault.clone()),
        turns: turns(settings, &store),
        vault,
        secrets,
        identity,
        readiness,
        background,
        relayed: Some(store.clone()),
        close: Box::pin(async move { store.close().await }),
        ended,
    })
}

/// Parts that do not fit, unless one of them went away while it was asked.
fn unless_away(stranger: Stranger) -> Failure {
    match stranger {
        Stranger::Away(away) => NotYet::from(away).into(),
        stranger => stranger.into(),
    }
}

/// An error with the name of the setting, unless it is one that waiting mends.
fn in_setting(name: &str, error: Failure) -> Failure {
    if is_away(&*error) { error } else { refused(name, error) }
}

fn turns(settings: &Settings, store: &Arc<PostgresEventStore>) -> TurnsWith {
    let (store, instance) = (store.clone(), Some(settings.instance.clone()).filter(|instance| !instance.is_empty()));
    Arc::new(move |name| Arc::new(PostgresTurns::new(store.clone(), name, instance.clone())))
}

fn background(store: &Arc<PostgresEventStore>, ended: &Arc<EndedSessions>, halt: &Halt) -> Vec<Beside> {
    vec![
        endless(listen(store.clone())),
        endless(follow_endings(store.clone(), ended.clone(), accounts::ACCESS_LIFE)),
        endless(seal_log(store.clone())),
        endless(write_snapshots(store.clone())),
        endless(forget_sessions(store.clone())),
        endless(tell_halt(store.clone(), halt.clone())),
    ]
}

/// Reads and streams go on without the event store: a process that serves them is not to be left alone while it is away.
fn readiness(settings: &Settings, store: &Arc<PostgresEventStore>, halt: &Halt) -> Readiness {
    let (store, probed, halt) = (store.clone(), store.clone(), halt.clone());
    let probe = move || {
        let store = store.clone();
        async move { store.check().await.map_err(|away| away.0) }
    };
    let readiness = match settings.carries(Role::Query) {
        true => Readiness::default().wishing("event_store", probe),
        false => Readiness::default().with("event_store", probe),
    };
    let appending = settings.carries(Role::Command).then_some(probed);
    readiness.with("log", move || log_goes_on(halt.clone(), appending.clone()))
}

/// Whether this process has stopped all writes, or, where it appends, another has.
async fn log_goes_on(halt: Halt, appending: Option<Arc<PostgresEventStore>>) -> Result<(), String> {
    halt.check()?;
    let Some(store) = appending else { return Ok(()) };
    match timeout(GLANCE, store.halted()).await {
        Ok(Ok(Some(why))) => Err(why),
        // That the store is away is said of itself.
        Ok(Ok(None) | Err(_)) | Err(_) => Ok(()),
    }
}
