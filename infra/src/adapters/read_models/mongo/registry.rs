//! Which generation is live: one document in the database that the URL names, which every process looks at.

use std::time::Duration;

use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::ReturnDocument;
use mongodb::{Client, ClientSession, Collection, Database};

use super::faults::{WRITE_PATIENCE, read, within};
use super::fields::{Fields as _, int};
use super::state::State;
use super::{OpenError, schema};
use crate::adapters::migrate::Migrate;

/// How long a generation that is live no longer is kept: queries that began on it go on.
const RETIREMENT: Duration = Duration::from_mins(10);
/// How long dropping a database may take.
const DROPPING: Duration = Duration::from_mins(2);

/// The registry of one timeline.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    client: Client,
    name: String,
    entries: Collection<RawDocumentBuf>,
}

/// What the registry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    schema: i64,
    /// The identity of the event store that is folded here.
    store: String,
    /// The highest number that was ever given.
    last: u64,
    pub(super) live: u64,
    /// The generation that is being built, and by which release.
    pub(super) building: Option<(u64, String)>,
    /// Those whose retirement is over.
    over: Vec<u64>,
    retired: Vec<u64>,
}

impl Registry {
    pub(super) fn of(client: &Client, name: &str) -> Self {
        let entries = client.database(name).collection("registry");
        Self { client: client.clone(), name: name.to_owned(), entries }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn entries(&self) -> &Collection<RawDocumentBuf> {
        &self.entries
    }

    /// The database of a generation.
    pub(super) fn generation(&self, number: u64) -> Database {
        self.client.database(&format!("{}{number}", self.prefix()))
    }

    /// The database of a verification.
    pub(super) fn scratch(&self) -> Database {
        self.client.database(&format!("{}_verify", self.name))
    }

    fn prefix(&self) -> String {
        format!("{}_g", self.name)
    }

    /// The number of the live generation of what belongs to the event store `identity`; made if there is none.
    pub(super) async fn open(&self, identity: &str, migrate: Migrate) -> Result<u64, OpenError> {
        let found = match (self.look().await?, migrate) {
            (None, Migrate::Check) => return Err(self.is_older()),
            (None, Migrate::Run) => self.create(identity).await?,
            (Some(found), _) => found,
        };
        if found.schema > schema::VERSION {
            let (theirs, ours) = (found.schema, schema::VERSION);
            return Err(format!(
                "the schema of the timeline is of a newer release ({theirs}, this one knows {ours}): run that release"
            )
            .into());
        }
        if found.schema < schema::VERSION && migrate == Migrate::Check {
            return Err(self.is_older());
        }
        if found.store != identity {
            return Err(format!(
                "the timeline in the database {} is folded from another event store ({}, this one is {identity}): name another database, or drop that one",
                self.name, found.store
            )
            .into());
        }
        if migrate == Migrate::Run {
            self.prepare(found.live).await?;
            self.set(doc! { "schema": { "$lt": schema::VERSION } }, doc! { "$set": { "schema": schema::VERSION } })
                .await?;
        }
        Ok(found.live)
    }

    fn is_older(&self) -> OpenError {
        format!("the schema of the timeline ({}) is not there yet or older: run `bigtech-chat migrate`", self.name)
            .into()
    }

    async fn create(&self, identity: &str) -> Result<Entry, OpenError> {
        self.prepare(1).await?;
        let none: [i32; 0] = [];
        let first =
            doc! { "schema": schema::VERSION, "store": identity, "last": 1_i64, "live": 1_i64, "retired": &none[..] };
        let insert = self.entries.update_one(only(), doc! { "$setOnInsert": first }).upsert(true);
        within(WRITE_PATIENCE, async { insert.await }).await?;
        Ok(self.look().await?.ok_or("the registry of the timeline was dropped")?)
    }

    /// Makes what a generation that is read consists of, as far as it is not there.
    async fn prepare(&self, number: u64) -> Result<(), Error> {
        let generation = self.generation(number);
        schema::prepare(&generation).await?;
        schema::finish(&generation).await?;
        State::of(&generation).prepare().await
    }

    pub(super) async fn look(&self) -> Result<Option<Entry>, Error> {
        let due = doc! { "$subtract": ["$$NOW", i64::try_from(RETIREMENT.as_millis()).unwrap_or(i64::MAX)] };
        let over = doc! { "$filter": { "input": "$retired", "cond": { "$lte": ["$$this.since", due] } } };
        let shown = doc! { "schema": 1, "store": 1, "last": 1, "live": 1, "building": 1, "retired": 1, "over": over };
        let found = read(async { self.entries.find_one(only()).projection(shown).await }).await?;
        found.as_deref().map(entry).transpose()
    }

    /// Begins a new generation, for the rebuild of `holder`; numbers are never used again.
    pub(super) async fn begin(&self, holder: &str, maker: &str) -> Result<Option<u64>, Error> {
        let next = doc! { "$add": ["$last", 1_i64] };
        let update =
            vec![doc! { "$set": { "last": &next, "building": { "number": next, "maker": { "$literal": maker } } } }];
        let mut filter = only();
        filter.insert("leases.rebuild.holder", holder);
        let begin = self.entries.find_one_and_update(filter, update).return_document(ReturnDocument::After);
        let begun = within(WRITE_PATIENCE, async { begin.await }).await?;
        begun.as_deref().map(|entry| entry.number("last")).transpose()
    }

    /// Drops the generation that is being built.
    pub(super) async fn discard(&self, number: u64) -> Result<(), Error> {
        self.drop(&self.generation(number)).await?;
        self.set(doc! { "building.number": int(number) }, doc! { "$unset": { "building": "" } }).await
    }

    /// In a transaction: puts the generation `new`, built by `holder`, in the place of `old`. Whether that was still to be done.
    pub(super) async fn switch(
        &self,
        (old, new): (u64, u64),
        holder: &str,
        session: &mut ClientSession,
    ) -> Result<bool, Error> {
        let mut filter = only();
        filter.extend(doc! { "live": int(old), "building.number": int(new), "leases.rebuild.holder": holder });
        let retired = doc! { "number": int(old), "since": "$$NOW" };
        let update = vec![
            doc! { "$set": { "live": int(new), "retired": { "$concatArrays": ["$retired", [retired]] } } },
            doc! { "$unset": "building" },
        ];
        let switch = self.entries.find_one_and_update(filter, update).session(session);
        Ok(within(WRITE_PATIENCE, async { switch.await }).await?.is_some())
    }

    /// Drops the generations whose retirement is over.
    pub(super) async fn drop_retired(&self, entry: &Entry) -> Result<(), Error> {
        for number in &entry.over {
            self.drop(&self.generation(*number)).await?;
            self.set(doc! {}, doc! { "$pull": { "retired": { "number": int(*number) } } }).await?;
        }
        Ok(())
    }

    /// Drops the databases of generations that are none any more: a writer that had been asleep may have made one again.
    pub(super) async fn drop_strays(&self) -> Result<(), Error> {
        let Some(entry) = self.look().await? else { return Ok(()) };
        let names = read(async { self.client.list_database_names().await }).await?;
        for number in names.iter().filter_map(|name| name.strip_prefix(&self.prefix())?.parse::<u64>().ok()) {
            if number <= entry.last && !entry.knows(number) {
                self.drop(&self.generation(number)).await?;
            }
        }
        Ok(())
    }

    /// Drops every database of the timeline, that of the registry first.
    pub(super) async fn remove(&self) -> Result<(), Error> {
        self.drop(&self.client.database(&self.name)).await?;
        self.drop(&self.scratch()).await?;
        let names = read(async { self.client.list_database_names().await }).await?;
        for number in names.iter().filter_map(|name| name.strip_prefix(&self.prefix())?.parse::<u64>().ok()) {
            self.drop(&self.generation(number)).await?;
        }
        Ok(())
    }

    pub(super) async fn drop(&self, database: &Database) -> Result<(), Error> {
        within(DROPPING, async { database.drop().await }).await
    }

    async fn set(&self, mut filter: Document, update: Document) -> Result<(), Error> {
        filter.extend(only());
        within(WRITE_PATIENCE, async { self.entries.update_one(filter, update).await }).await.map(|_| ())
    }
}

impl Entry {
    fn knows(&self, number: u64) -> bool {
        let is_built = self.building.as_ref().is_some_and(|(building, _)| *building == number);
        number == self.live || is_built || self.retired.contains(&number)
    }
}

/// The one document of the registry.
pub(super) fn only() -> Document {
    doc! { "_id": "timeline" }
}

fn entry(document: &RawDocument) -> Result<Entry, Error> {
    let building = match document.has("building")? {
        true => {
            let building = document.part("building")?;
            Some((building.number("number")?, building.text("maker")?.to_owned()))
        }
        false => None,
    };
    Ok(Entry {
        schema: int(document.number("schema")?),
        store: document.text("store")?.to_owned(),
        last: document.number("last")?,
        live: document.number("live")?,
        building,
        over: numbers(document, "over")?,
        retired: numbers(document, "retired")?,
    })
}

fn numbers(document: &RawDocument, field: &str) -> Result<Vec<u64>, Error> {
    let retired = document.get_array(field)?.into_iter();
    retired.map(|one| one?.as_document().map_or(Ok(0), |one| one.number("number"))).collect()
}
