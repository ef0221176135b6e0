//! A store that is not what the rest of the world knows: restored to an earlier state, or moved to another cluster. What differs, and
//! making it what is trusted.

use std::fmt;
use std::time::{Duration, Instant};

use domain::Position;

use super::beside::{Beside, Failure};
use super::kafka::{CLUSTER, KafkaUrl, cluster, destinations, ensure, free_generation, generation, strangers};
use super::postgres::PostgresEventStore;
use super::read_models::sqlite::Model;
use super::redis::RedisNotes;

use super::identity::Remembers as _;

/// Longer than the lease of a relay lasts.
const OVER: Duration = Duration::from_secs(6);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(200);

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Where the store ends.
    pub head: Position,
    /// Read models that stand where the store has another event, or none.
    pub models: Vec<(Model, Position)>,
    /// The same of what the relay noted as sent.
    pub sent: Option<Position>,
    /// The same of the last records of topics.
    pub topics: Vec<(String, Position)>,
    /// The cluster that was fed, and the one that is there.
    pub clusters: Option<(String, String)>,
    /// Why no process appends any more.
    pub halted: Option<String>,
}

impl Findings {
    /// Looks at everything that the settings name.
    ///
    /// # Errors
    /// A part is away, or the topics are of another number of partitions.
    pub async fn of(beside: &Beside) -> Result<Self, Failure> {
        let mut found = Self { head: beside.head().await?, ..Self::default() };
        for model in Model::ALL {
            let ahead = ahead(beside, model).await?;
            found.models.extend(ahead.map(|position| (model, position)));
        }
        if let Some(store) = beside.relayed() {
            found.look_at_brokers(&store, &Feeding::of(beside, &store).await?).await?;
        }
        if let Some(store) = beside.appended_by_many() {
            found.halted = store.halted().await.map_err(|away| away.0)?;
        }
        Ok(found)
    }

    async fn look_at_brokers(&mut self, store: &PostgresEventStore, feeding: &Feeding) -> Result<(), Failure> {
        use command_side::ports::relay::Outbox as _;
        if let Some((position, event)) = store.sent().await.map_err(|away| away.0)?
            && !store.holds(position, event).await.map_err(|away| away.0)?
        {
            self.sent = Some(position);
        }
        self.topics = strangers(&feeding.topics(), feeding.partitions, store).await?;
        if let Some(known) = &feeding.known
            && *known != feeding.cluster
        {
            self.clusters = Some((known.clone(), feeding.cluster.clone()));
        }
        Ok(())
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_rewound() && self.clusters.is_none() && self.halted.is_none()
    }

    /// Whether somebody has seen events that the store does not have: it would use their positions again.
    #[must_use]
    pub fn is_rewound(&self) -> bool {
        self.sent.is_some() || !self.models.is_empty() || !self.topics.is_empty()
    }
}

/// A line for each difference.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, models, sent, topics, clusters, halted } = self;
        writeln!(f, "the event store ends at position {head}")?;
        if let Some(why) = halted {
            writeln!(f, "  nothing is written any more: {why}")?;
        }
        if let Some((known, found)) = clusters {
            writeln!(f, "  it has fed the Kafka cluster {known}; this is {found}")?;
        }
        if let Some(position) = sent {
            writeln!(f, "  events were sent up to position {position}, where it has another event now, or none")?;
        }
        for (topic, position) in topics {
            writeln!(f, "  {topic} ends at position {position}, where it has another event, or none")?;
        }
        for (model, position) in models {
            writeln!(
                f,
                "  the {model} stands at position {position}, where it has another event, or none: it has to be rebuilt"
            )?;
        }
        Ok(())
    }
}

/// Where a read model stands that the log does not have, if it does.
async fn ahead(beside: &Beside, model: Model) -> Result<Option<Position>, Failure> {
    let (log, mut ahead) = (beside.log(), None);
    for (_, checkpoint) in beside.checkpoints(model).await? {
        if !log.holds(checkpoint).await? {
            ahead = ahead.max(Some(checkpoint.position));
        }
    }
    Ok(ahead)
}

/// Which topics a store feeds.
struct Feeding {
    url: KafkaUrl,
    partitions: u32,
    generation: u32,
    /// The cluster that it has fed so far; none, if none.
    known: Option<String>,
    /// The one that is there.
    cluster: String,
}

impl Feeding {
    async fn of(beside: &Beside, store: &PostgresEventStore) -> Result<Self, Failure> {
        let settings = beside.settings();
        let url = KafkaUrl::read(settings.event_log.url())?;
        let text = |known: Option<Vec<u8>>| known.map(String::from_utf8).transpose();
        let known = text(store.recall(CLUSTER).await.map_err(|away| away.0)?)?;
        let (generation, cluster) = (generation(store).await?, cluster(&url).await?);
        Ok(Self { url, partitions: settings.partitions, generation, known, cluster })
    }

    fn topics(&self) -> KafkaUrl {
        self.url.clone().of_generation(self.generation)
    }
}

/// Makes the store what everything else follows, and lets it be written to again. Gives the generation of its topics, if it was rewound.
///
/// The read models are to be rebuilt before.
///
/// # Errors
/// A part is away.
pub async fn adopt(beside: &Beside, found: &Findings) -> Result<Option<u32>, Failure> {
    let generation = feed(beside, found).await?;
    // Last: whoever is stopped before finds that nothing is written yet.
    if let Some(store) = beside.appended_by_many() {
        store.go_on().await.map_err(|away| away.0)?;
    }
    Ok(generation)
}

/// Makes the present cluster the one that the store feeds; where the store was rewound, with topics of a new generation, which begin
/// with the last event of each partition: whoever reads them from there on fills what is before from the store. Gives their generation.
async fn feed(beside: &Beside, found: &Findings) -> Result<Option<u32>, Failure> {
    let Some(store) = beside.relayed() else { return Ok(None) };
    let feeding = Feeding::of(beside, &store).await?;
    if !found.is_rewound() {
        store.move_log(&feeding.cluster).await.map_err(|away| away.0)?;
        return Ok(None);
    }
    let next = free_generation(&feeding.url, feeding.generation).await?;
    ensure(&feeding.url.clone().of_generation(next), feeding.partitions).await?;
    let goes_to = |stream, subject| destinations(feeding.partitions, stream, subject);
    let reached = store.everything(goes_to).await.map_err(|away| away.0)?;
    // Before: whoever is stopped here finds that it still differs.
    if let Some(redis) = beside.shared().await? {
        RedisNotes::new(redis, None).forget().await.map_err(|reason| format!("shared: {reason}"))?;
    }
    store.begin_log(&feeding.cluster, next, &reached).await.map_err(|away| away.0)?;
    Ok(Some(next))
}

/// That no relay feeds the topics meanwhile. The lease of one that was killed has to run out.
///
/// # Errors
/// One does, or the store is away.
pub async fn nobody_leads(beside: &Beside) -> Result<(), Failure> {
    let Some(store) = beside.relayed() else { return Ok(()) };
    let until = Instant::now() + OVER;
    while let Some(holder) = store.leader().await.map_err(|away| away.0)? {
        if Instant::now() > until {
            return Err(format!("a relay runs ({holder}): stop all processes first").into());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
