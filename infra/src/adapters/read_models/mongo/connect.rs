//! Where a URL leads, and whether what is there serves.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern};

use super::OpenError;
use super::faults::read;

/// How long a server is looked for: who asks is answered with its absence then.
const SELECTION: Duration = Duration::from_secs(2);
/// How often it is looked whether a server is there again.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// The most connections of one process.
const MOST: u32 = 32;
/// Names of generations are longer, and 63 bytes are the most that MongoDB takes.
const LONGEST_NAME: usize = 48;
/// The wire version of MongoDB 6.0.
const OLDEST: i32 = 17;

/// A client for what `url` names, and the name of the database.
pub(super) async fn client(url: &str) -> Result<(Client, String), OpenError> {
    let mut options = ClientOptions::parse(url).await?;
    let name = options.default_database.clone();
    let name = name.ok_or("the URL of the timeline names no database: mongodb://HOST/NAME is expected")?;
    if name.len() > LONGEST_NAME || !name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c)) {
        return Err(format!(
            "{name:?} is no name for the database of the timeline: at most {LONGEST_NAME} of A-Z a-z 0-9 _ - are expected"
        )
        .into());
    }
    options.app_name.get_or_insert_with(|| "bigtech-chat".to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(SELECTION);
    options.heartbeat_freq.get_or_insert(HEARTBEAT);
    options.max_pool_size.get_or_insert(MOST);
    options.read_concern = Some(ReadConcern::majority());
    options.write_concern = Some(durable());
    Ok((Client::with_options(options)?, name))
}

/// What is acknowledged so survives every member but a majority.
pub(super) fn durable() -> WriteConcern {
    let patience = super::faults::WRITE_PATIENCE;
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(patience).build()
}

/// Refuses a server that can not hold a timeline.
pub(super) async fn check(client: &Client) -> Result<(), OpenError> {
    let hello = read(async { client.database("admin").run_command(doc! { "hello": 1 }).await }).await?;
    if hello.get_i32("maxWireVersion").unwrap_or_default() < OLDEST {
        return Err("the timeline needs MongoDB 6.0 or newer".into());
    }
    // Behind `mongos` every shard is a replica set.
    if !hello.contains_key("setName") && !hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid") {
        return Err("the timeline needs a replica set, of one member at least: start mongod with --replSet, then run replSetInitiate".into());
    }
    Ok(())
}
