//! The yardstick of projectors: every record is read and looked at by nobody, and the rows that there are in the end are inserted
//! anew, beside, in bulk.

use std::time::Duration;

use futures::TryStreamExt as _;
use infra::adapters::kafka::KafkaUrl;
use infra::adapters::partitions::{Partitions, topic_of};
use mongodb::bson::RawDocumentBuf;
use mongodb::{Client, Database, IndexModel};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use sqlx::{Connection as _, Executor as _, MySqlConnection};
use tokio::time::Instant;

use crate::error::Error;

/// Rows an insert.
const BULK: usize = 1000;
/// For the brokers to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Raw {
    pub(crate) records: u64,
    pub(crate) read: Duration,
    pub(crate) rows: u64,
    pub(crate) insert: Duration,
}

/// Measures it on the log and the read models that the settings name, in their first generation.
pub(crate) async fn measure() -> Result<Raw, Error> {
    let (log, partitions) = (setting("CHAT_EVENT_LOG")?, setting("CHAT_PARTITIONS").unwrap_or("6".to_owned()));
    let partitions = partitions.parse().map_err(|_| failed("CHAT_PARTITIONS", "no number"))?;
    let reading = tokio::task::spawn_blocking(move || read(&log, partitions));
    let (records, read) = reading.await.map_err(|error| failed("reading", error))??;
    let (documents, into_mongo) = copy_timeline(&setting("CHAT_TIMELINE")?).await?;
    let (rows, into_mysql) = copy_directory(&setting("CHAT_DIRECTORY")?).await?;
    Ok(Raw { records, read, rows: documents + rows, insert: into_mongo + into_mysql })
}

/// Reads every partition to its end.
fn read(log: &str, partitions: u32) -> Result<(u64, Duration), Error> {
    let kafka = |error: rdkafka::error::KafkaError| failed("Kafka", error);
    let url = KafkaUrl::read(log).map_err(|error| failed("CHAT_EVENT_LOG", error))?;
    let mut config = url.config();
    config.set("group.id", "load-raw").set("enable.auto.commit", "false").set("enable.partition.eof", "false");
    let consumer: BaseConsumer = config.create().map_err(kafka)?;
    let (mut list, mut records) = (TopicPartitionList::new(), 0);
    for (topic, index) in Partitions::Topics(partitions).all().into_iter().filter_map(topic_of) {
        let (topic, index) = (url.topic(topic.name()), i32::try_from(index).unwrap_or(0));
        let (low, high) = consumer.fetch_watermarks(&topic, index, PATIENCE).map_err(kafka)?;
        records += (high - low).cast_unsigned();
        list.add_partition_offset(&topic, index, Offset::Beginning).map_err(kafka)?;
    }
    let (began, mut bytes) = (Instant::now(), 0);
    consumer.assign(&list).map_err(kafka)?;
    for _ in 0..records {
        let message = consumer.poll(PATIENCE).ok_or(Error::TimedOut("the next record"))?.map_err(kafka)?;
        bytes += message.payload_len();
    }
    eprintln!("load: {records} records, {bytes} bytes");
    Ok((records, began.elapsed()))
}

/// Inserts what the timeline holds into a database beside it, with the same indexes.
async fn copy_timeline(url: &str) -> Result<(u64, Duration), Error> {
    let mongo = |error: mongodb::error::Error| failed("MongoDB", error);
    let client = Client::with_uri_str(url).await.map_err(mongo)?;
    let name = client.default_database().map(|database| database.name().to_owned());
    let name = name.ok_or_else(|| failed("CHAT_TIMELINE", "names no database"))?;
    let (from, to) = (client.database(&format!("{name}_g1")), client.database(&format!("{name}_raw")));
    let (mut documents, mut time) = (0, Duration::ZERO);
    for collection in from.list_collection_names().await.map_err(mongo)? {
        let (count, taken) = copy_collection(&from, &to, &collection).await.map_err(mongo)?;
        documents += count;
        time += taken;
    }
    to.drop().await.map_err(mongo)?;
    Ok((documents, time))
}

async fn copy_collection(from: &Database, to: &Database, name: &str) -> mongodb::error::Result<(u64, Duration)> {
    let (from, to) = (from.collection::<RawDocumentBuf>(name), to.collection::<RawDocumentBuf>(name));
    let all: Vec<RawDocumentBuf> = from.find(mongodb::bson::doc! {}).await?.try_collect().await?;
    let indexes: Vec<IndexModel> = from.list_indexes().await?.try_collect().await?;
    to.create_indexes(indexes).await?;
    let began = Instant::now();
    for bulk in all.chunks(BULK) {
        to.insert_many(bulk).ordered(false).await?;
    }
    Ok((all.len() as u64, began.elapsed()))
}

/// Has the server insert what the directory holds into tables beside them.
async fn copy_directory(url: &str) -> Result<(u64, Duration), Error> {
    let mysql = |error: sqlx::Error| failed("MySQL", error);
    let name = url.rsplit('/').next().and_then(|name| name.split('?').next()).unwrap_or_default();
    let (from, to) = (format!("{name}_g1"), format!("{name}_raw"));
    let mut on = MySqlConnection::connect(url).await.map_err(mysql)?;
    on.execute(format!("CREATE DATABASE {to}").as_str()).await.map_err(mysql)?;
    let tables = "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables WHERE table_schema = ?";
    let tables: Vec<String> = sqlx::query_scalar(tables).bind(&from).fetch_all(&mut on).await.map_err(mysql)?;
    let (mut rows, mut time) = (0, Duration::ZERO);
    for table in tables {
        let like = format!("CREATE TABLE {to}.{table} LIKE {from}.{table}");
        on.execute(like.as_str()).await.map_err(mysql)?;
        let began = Instant::now();
        let copy = format!("INSERT INTO {to}.{table} SELECT * FROM {from}.{table}");
        rows += on.execute(copy.as_str()).await.map_err(mysql)?.rows_affected();
        time += began.elapsed();
    }
    on.execute(format!("DROP DATABASE {to}").as_str()).await.map_err(mysql)?;
    Ok((rows, time))
}

fn setting(name: &'static str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| failed(name, "is not set: eval \"$(infra/dev/stack env)\""))
}

fn failed(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Setting(format!("{what}: {error}"))
}
