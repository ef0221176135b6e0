//! Our processes: each carries some of the roles, and all share the premises.

use std::path::Path;

use futures::future::join_all;
use world::{Premises, World};

use crate::random::Random;

/// What a process carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Commands and queries.
    Command,
    /// Queries and streams only.
    Query,
    Relay,
    Projector,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Query => "query",
            Self::Relay => "relay",
            Self::Projector => "projector",
        }
    }

    const fn roles(self) -> &'static str {
        match self {
            Self::Command => "command,query",
            other => other.name(),
        }
    }
}

/// How many there are of each.
const SCALE: [(Kind, usize); 4] = [(Kind::Command, 2), (Kind::Query, 2), (Kind::Relay, 2), (Kind::Projector, 3)];

/// One of them.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) world: World,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) processes: Vec<Process>,
}

/// The kinds of the processes, in their order.
pub(crate) fn kinds() -> impl Iterator<Item = (Kind, String)> {
    SCALE.into_iter().flat_map(|(kind, count)| (1..=count).map(move |n| (kind, format!("{}{n}", kind.name()))))
}

impl Cluster {
    /// Starts all of them, with what they log in `folder`.
    pub(crate) async fn start(folder: &Path, premises: &Premises) -> Self {
        let mut processes = Vec::new();
        let mut planned = kinds();
        // By itself: on first start it makes schemas, topics and the secrets that all share.
        if let Some((kind, name)) = planned.next() {
            processes.push(start(folder, premises, kind, name).await);
        }
        let others = planned.map(|(kind, name)| start(folder, premises, kind, name));
        processes.extend(join_all(others).await);
        Self { processes }
    }

    /// The first, by which subcommands are run and stores are read.
    pub(crate) fn first(&self) -> &World {
        &self.processes[0].world
    }

    pub(crate) fn of(&self, kind: Kind) -> Vec<&World> {
        self.processes.iter().filter(|process| process.kind == kind).map(|process| &process.world).collect()
    }

    /// The address of one that takes commands.
    pub(crate) fn for_commands(&self, random: &mut Random) -> String {
        random.pick(&self.of(Kind::Command)).address(8000)
    }

    /// The address of one that answers queries: mostly one that does nothing else.
    pub(crate) fn for_queries(&self, random: &mut Random) -> String {
        let kind = if random.percent(80) { Kind::Query } else { Kind::Command };
        random.pick(&self.of(kind)).address(8000)
    }
}

async fn start(folder: &Path, premises: &Premises, kind: Kind, name: String) -> Process {
    let secrets = folder.join("secrets");
    let world = World::options()
        .on(premises)
        .in_folder(folder.join(&name))
        .setting("CHAT_SECRETS", &secrets.to_string_lossy())
        .setting("CHAT_INSTANCE", "")
        .setting("CHAT_LOG_FORMAT", "text")
        .arguments(&["--roles", kind.roles(), "--listen", "gateway"])
        .start()
        .await;
    Process { name, kind, world }
}
