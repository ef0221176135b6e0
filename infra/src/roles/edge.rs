//! The APIs of the contexts, on what answers their ports.

use std::sync::Arc;

use command_side::api::{Commands, Sitters};
use command_side::dispatch::{self, Appender, Dispatch};
use command_side::sweep::Sweep;
use domain::Decide;
use query_side::Queries;
use query_side::live::{self, Live};
use query_side::names::Names;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use super::{Failure, Tasks, processes};
use crate::adapters::Adapters;
use crate::adapters::images::{ObjectImages, ShownImages};
use crate::adapters::logs::Reader;
use crate::adapters::opening::endless;
use crate::adapters::people::ReadPeople;
use crate::config::{Context, Role, Settings};
use crate::http::{Bodies, Parts, Readiness};
use crate::telemetry::Metrics;

/// How many aggregates of each type are kept in memory.
const CACHED: usize = 10_000;

/// What the ports serve.
///
/// # Errors
/// The log can not be followed with these settings.
pub(super) async fn parts(
    settings: &Settings,
    adapters: &Adapters,
    metrics: Metrics,
    readiness: Readiness,
    ending: &watch::Sender<bool>,
    tasks: &mut Tasks,
) -> Result<Parts, Failure> {
    let (contexts, live) = contexts(settings, adapters, &metrics, ending, tasks).await?;
    let verify = adapters.verify.clone();
    let readiness = match live {
        Some(live) => readiness.wishing("streams", move || std::future::ready(going(&live))),
        None => readiness,
    };
    let (rates, older_rooms) = (adapters.rates.clone(), Some(adapters.stores.older_rooms.clone()));
    let bodies = Bodies::default();
    Ok(Parts { contexts, verify, metrics, readiness, rates, older_rooms, bodies, is_opening: false })
}

async fn contexts(
    settings: &Settings,
    adapters: &Adapters,
    metrics: &Metrics,
    ending: &watch::Sender<bool>,
    tasks: &mut Tasks,
) -> Result<(Vec<(Context, OpenApiRouter)>, Option<Arc<Live>>), Failure> {
    let (is_written, is_read) = (settings.carries(Role::Command), settings.carries(Role::Query));
    if !is_written && !is_read {
        return Ok((vec![], None));
    }
    let names = Arc::new(Names::new(adapters.read_models.clone()));
    let (models, freshness) = (adapters.read_models.clone(), adapters.freshness.clone());
    let queries = Queries::new(models, freshness, adapters.attendance.presences.clone());
    let queries = queries.with_names(names.clone()).with_patience(settings.freshness_wait);
    let queries = Arc::new(queries.keeping_notifications(settings.notifications_kept));
    let mut contexts: Vec<_> = settings.contexts.iter().map(|context| (*context, OpenApiRouter::default())).collect();
    if is_written {
        let commands = Arc::new(commands(adapters, metrics, &names, &queries)?);
        processes::start(settings, adapters, metrics, &commands, tasks);
        merge(&mut contexts, |context| written(context, &commands));
        if settings.serves_images() {
            tasks.spawn(endless(sweep(settings, adapters).run()));
        }
    }
    if is_read {
        let live = live(adapters, metrics, names).await?;
        let (running, prepared, ending) = (live.clone(), adapters.prepared.clone(), ending.subscribe());
        tasks.spawn(endless(async move {
            prepared.wait().await;
            running.run(ending).await;
        }));
        merge(&mut contexts, |context| read(context, &queries, &live, adapters.images.clone()));
        return Ok((contexts, Some(live)));
    }
    Ok((contexts, None))
}

fn merge(contexts: &mut [(Context, OpenApiRouter)], routes: impl Fn(Context) -> OpenApiRouter) {
    for (context, router) in contexts {
        *router = std::mem::take(router).merge(routes(*context));
    }
}

/// The write API of one context.
fn written(context: Context, commands: &Arc<Commands>) -> OpenApiRouter {
    match context {
        Context::User => command_side::api::user(commands.clone()),
        Context::Friend => command_side::api::friend(commands.clone()),
        Context::Chat => command_side::api::chat(commands.clone()),
        Context::Notification => command_side::api::notification(commands.clone()),
    }
}

/// The read API of one context.
fn read(context: Context, queries: &Arc<Queries>, live: &Arc<Live>, images: Arc<ObjectImages>) -> OpenApiRouter {
    match context {
        Context::User => query_side::api::user(queries.clone(), images, live.clone()),
        Context::Friend => query_side::api::friend(queries.clone()),
        Context::Chat => query_side::api::chat(queries.clone(), live.clone()),
        Context::Notification => query_side::api::notification(queries.clone(), live.clone()),
    }
}

async fn live(adapters: &Adapters, metrics: &Metrics, names: Arc<Names>) -> Result<Arc<Live>, Failure> {
    let ports = live::Ports {
        log: adapters.logs.reader(Reader::Streams, metrics)?,
        models: adapters.read_models.clone(),
        sessions: adapters.stores.ended.clone(),
        meter: Arc::new(metrics.clone()),
        names,
        attendance: adapters.attendance.clone(),
        watched: adapters.watched.clone(),
    };
    let live = Live::new(ports);
    // If the log is not there yet it begins later, by itself.
    if adapters.prepared.get().is_some()
        && let Err(reason) = live.begin().await
    {
        tracing::warn!(%reason, "streams wait for the log");
    }
    Ok(live)
}

fn going(live: &Live) -> Result<(), String> {
    if live.is_going() { Ok(()) } else { Err("the log can not be read".to_owned()) }
}

fn commands(
    adapters: &Adapters,
    metrics: &Metrics,
    names: &Arc<Names>,
    queries: &Arc<Queries>,
) -> Result<Commands, Failure> {
    let stores = &adapters.stores;
    let parts = dispatch::Parts {
        history: stores.history.clone(),
        snapshots: stores.snapshots.clone(),
        keys: stores.keys.clone(),
        vault: stores.vault.clone(),
        meter: Arc::new(metrics.clone()),
        appender: Appender::start(stores.append.clone(), Arc::new(metrics.clone()))?,
    };
    Ok(Commands {
        users: dispatched(&parts),
        friendships: dispatched(&parts),
        rooms: dispatched(&parts),
        read_cursors: dispatched(&parts),
        inboxes: dispatched(&parts),
        feed: adapters.feed.clone(),
        history: stores.history.clone(),
        keys: stores.keys.clone(),
        vault: stores.vault.clone(),
        digests: stores.secrets.clone(),
        claims: stores.claims.clone(),
        credentials: stores.credentials.clone(),
        sessions: stores.sessions.clone(),
        tokens: adapters.tokens.clone(),
        passwords: adapters.passwords.clone(),
        pictures: adapters.pictures.clone(),
        images: adapters.images.clone(),
        sitters: Sitters::default(),
        throttle: adapters.throttle.clone(),
        older_rooms: stores.older_rooms.clone(),
        people: Arc::new(ReadPeople::new(names.clone(), queries.clone())),
        written: adapters.written.clone(),
        ties: adapters.ties.clone(),
    })
}

fn sweep(settings: &Settings, adapters: &Adapters) -> Sweep {
    Sweep {
        images: adapters.images.clone(),
        shown: Arc::new(ShownImages(adapters.read_models.clone())),
        history: adapters.stores.history.clone(),
        vault: adapters.stores.vault.clone(),
        grace: settings.image_grace,
    }
}

fn dispatched<A: Decide>(parts: &dispatch::Parts) -> Dispatch<A> {
    Dispatch::new(parts.clone(), CACHED)
}
