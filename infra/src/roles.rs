//! What a process carries: parts put together by role and context. Nothing below knows which combination runs.

use std::error::Error;
use std::sync::Arc;

use command_side::api::Commands;
use command_side::dispatch::{self, Appender, Dispatch};
use domain::Decide;
use projections::directory::Directory;
use projections::ports::Projection;
use projections::projector::Projector;
use projections::timeline::Timeline;
use query_side::Queries;
use query_side::live::{self, Live};
use query_side::names::Names;
use tokio::sync::watch;
use tokio::task::JoinSet;
use utoipa_axum::router::OpenApiRouter;

use crate::adapters::Adapters;
use crate::adapters::halt::Halt;
use crate::adapters::people::ReadPeople;
use crate::config::{Context, Role, Settings};
use crate::http::{self, Bodies, Listeners, Parts};
use crate::telemetry::Metrics;

type Failure = Box<dyn Error + Send + Sync>;

/// How many aggregates of each type are kept in memory.
const CACHED: usize = 10_000;

/// Serves until SIGTERM or SIGINT, then finishes what was acknowledged.
///
/// # Errors
/// A port or a store can not be had.
pub async fn serve(settings: Settings) -> Result<(), Failure> {
    // First, so that a port in use is named before any store is opened.
    let listeners = Listeners::bind(&settings)?;
    let mut adapters = Adapters::open(&settings).await?;
    let metrics = Metrics::default();
    let ending = watch::Sender::new(false);
    let draining = watch::Sender::new(false);
    let mut tasks = JoinSet::new();
    for task in std::mem::take(&mut adapters.background) {
        tasks.spawn(task);
    }
    let mut projectors = JoinSet::new();
    if settings.carries(Role::Projector) {
        project(&mut projectors, &adapters, &metrics, &draining);
    }
    let parts = parts(&settings, &adapters, metrics, &ending, &mut tasks).await?;
    http::serve(listeners, &parts, &settings, ending).await?;
    // What was acknowledged is durable; the read models are caught up so that the next start finds them so.
    drop(parts);
    draining.send_replace(true);
    projectors.join_all().await;
    tasks.shutdown().await;
    adapters.close.await;
    Ok(())
}

fn project(projectors: &mut JoinSet<()>, adapters: &Adapters, metrics: &Metrics, ending: &watch::Sender<bool>) {
    let meter = Arc::new(metrics.clone());
    let directory = Projector::<Directory>::new(adapters.log.clone(), adapters.directory.clone(), meter.clone());
    let timeline = Projector::<Timeline>::new(adapters.log.clone(), adapters.timeline.clone(), meter);
    run(projectors, directory, ending.subscribe(), adapters.halt.clone());
    run(projectors, timeline, ending.subscribe(), adapters.halt.clone());
}

fn run<P: Projection>(tasks: &mut JoinSet<()>, projector: Projector<P>, ending: watch::Receiver<bool>, halt: Halt) {
    tasks.spawn(async move {
        if let Err(error) = projector.run(ending).await {
            tracing::error!(model = P::NAME, %error, "a projector has stopped: no more is written");
            halt.now(format!("the projector of the {} has stopped: {error}", P::NAME));
        }
    });
}

async fn parts(
    settings: &Settings,
    adapters: &Adapters,
    metrics: Metrics,
    ending: &watch::Sender<bool>,
    tasks: &mut JoinSet<()>,
) -> Result<Parts, Failure> {
    let queries = Queries::new(adapters.read_models.clone(), adapters.freshness.clone());
    let queries = Arc::new(queries.with_patience(settings.freshness_wait));
    let names = Arc::new(Names::new(adapters.read_models.clone()));
    let commands = Arc::new(commands(adapters, &metrics, &names, &queries)?);
    let live = live(adapters, &metrics, names).await?;
    tasks.spawn(live.clone().run(ending.subscribe()));
    let contexts = settings.contexts.iter().map(|context| {
        let mut routes = OpenApiRouter::default();
        if settings.carries(Role::Command) {
            routes = routes.merge(written(*context, &commands));
        }
        if settings.carries(Role::Query) {
            routes = routes.merge(read(*context, &queries, &live));
        }
        (*context, routes)
    });
    Ok(Parts {
        contexts: contexts.collect(),
        verify: adapters.verify.clone(),
        metrics,
        readiness: adapters.readiness.clone(),
        bodies: Bodies::default(),
    })
}

/// The write API of one context.
fn written(context: Context, commands: &Arc<Commands>) -> OpenApiRouter {
    match context {
        Context::User => command_side::api::user(commands.clone()),
        Context::Friend => command_side::api::friend(commands.clone()),
        Context::Chat => command_side::api::chat(commands.clone()),
        Context::Notification => OpenApiRouter::default(),
    }
}

/// The read API of one context.
fn read(context: Context, queries: &Arc<Queries>, live: &Arc<Live>) -> OpenApiRouter {
    match context {
        Context::User => query_side::api::user(queries.clone()),
        Context::Friend => query_side::api::friend(queries.clone()),
        Context::Chat => query_side::api::chat(queries.clone(), live.clone()),
        Context::Notification => OpenApiRouter::default(),
    }
}

async fn live(adapters: &Adapters, metrics: &Metrics, names: Arc<Names>) -> Result<Arc<Live>, Failure> {
    let ports = live::Ports {
        log: adapters.log.clone(),
        models: adapters.read_models.clone(),
        sessions: adapters.endings.clone(),
        meter: Arc::new(metrics.clone()),
        names,
    };
    let live = Live::new(ports);
    live.begin().await?;
    Ok(live)
}

fn commands(
    adapters: &Adapters,
    metrics: &Metrics,
    names: &Arc<Names>,
    queries: &Arc<Queries>,
) -> Result<Commands, Failure> {
    let meter = Arc::new(metrics.clone());
    let parts = dispatch::Parts {
        history: adapters.history.clone(),
        snapshots: adapters.snapshots.clone(),
        keys: adapters.keys.clone(),
        vault: adapters.vault.clone(),
        meter: meter.clone(),
        appender: Appender::start(adapters.append.clone(), meter)?,
    };
    Ok(Commands {
        users: dispatched(&parts),
        friendships: dispatched(&parts),
        rooms: dispatched(&parts),
        read_cursors: dispatched(&parts),
        history: adapters.history.clone(),
        keys: adapters.keys.clone(),
        vault: adapters.vault.clone(),
        digests: adapters.digests.clone(),
        claims: adapters.claims.clone(),
        credentials: adapters.credentials.clone(),
        sessions: adapters.sessions.clone(),
        tokens: adapters.tokens.clone(),
        passwords: adapters.passwords.clone(),
        throttle: adapters.throttle.clone(),
        people: Arc::new(ReadPeople::new(names.clone(), queries.clone())),
        written: adapters.written.clone(),
    })
}

fn dispatched<A: Decide>(parts: &dispatch::Parts) -> Dispatch<A> {
    Dispatch::new(parts.clone(), CACHED)
}
