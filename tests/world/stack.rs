//! The real servers, and what one house has of its own on them.

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::LazyLock;
use uuid::Uuid;

/// Of each topic.
const PARTITIONS: i32 = 2;

/// Whether houses are built on the real servers (`WORLD=stack`) rather than on a folder.
pub fn is_distributed() -> bool {
    std::env::var("WORLD").is_ok_and(|world| world == "stack")
}

/// The address of one of the real servers, as `infra/dev/stack test-env` names it; nothing when there is none.
pub fn server(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|address| !address.is_empty())
}

fn needed(variable: &str) -> String {
    server(variable).unwrap_or_else(|| panic!("{variable} is not set: eval \"$(infra/dev/stack test-env)\""))
}

/// Where the real servers are.
#[derive(Clone, Debug)]
pub struct Servers {
    postgres: String,
    mysql: String,
    mongodb: String,
    redis: String,
    kafka: String,
    s3: String,
}

impl Servers {
    fn named(address: impl Fn(&str) -> String) -> Self {
        Self {
            postgres: address("TEST_POSTGRES"),
            mysql: address("TEST_MYSQL"),
            mongodb: address("TEST_MONGODB"),
            redis: address("TEST_REDIS"),
            kafka: address("TEST_KAFKA"),
            s3: address("TEST_S3"),
        }
    }

    /// As `infra/dev/stack test-env` prints them.
    pub fn printed(lines: &str) -> Self {
        Self::named(|variable| {
            let found = lines.lines().find_map(|line| line.strip_prefix(&format!("export {variable}='")));
            found.unwrap_or_else(|| panic!("no {variable} in {lines}")).trim_end_matches('\'').to_owned()
        })
    }
}

static RUN: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().simple().to_string()[..8].to_owned());

/// Databases and topics that nobody else uses.
#[derive(Clone, Debug)]
pub struct Premises {
    name: String,
    servers: Servers,
    /// Of topics: what `kafka://…` says of them.
    copies: &'static str,
    /// The name of the process there.
    instance: String,
    /// The folder of the secrets of who was here first, for those who came later.
    secrets: Option<PathBuf>,
}

impl Premises {
    /// New ones, if houses are built on the real servers.
    pub(crate) fn rent() -> Option<Self> {
        is_distributed().then(|| Self { copies: "&replication=1", ..Self::on(Servers::named(needed)) })
    }

    /// New ones on these servers, with topics that outlive a broker.
    pub fn on(servers: Servers) -> Self {
        let name = format!("w{}_{}", &*RUN, &Uuid::new_v4().simple().to_string()[..8]);
        Self { instance: name.clone(), name, servers, copies: "", secrets: None }
    }

    /// The same for another process, which shares the `secrets` of the first: this one's, or what this one shares.
    pub(crate) fn shared(&self, secrets: PathBuf) -> Self {
        let instance = format!("{}-{}", self.name, &Uuid::new_v4().simple().to_string()[..8]);
        let secrets = Some(self.secrets.clone().unwrap_or(secrets));
        Self { instance, secrets, ..self.clone() }
    }

    /// The settings by which a process finds them.
    pub fn settings(&self) -> Vec<(String, String)> {
        let Self { name, servers, copies, .. } = self;
        let settings = [
            ("CHAT_EVENT_STORE", self.postgres("events")),
            ("CHAT_KEYS", self.postgres("keys")),
            ("CHAT_EVENT_LOG", format!("kafka://{}?prefix={name}.{copies}", servers.kafka)),
            ("CHAT_PARTITIONS", PARTITIONS.to_string()),
            ("CHAT_INSTANCE", self.instance.clone()),
            ("CHAT_DIRECTORY", format!("{}/{name}_directory", servers.mysql)),
            ("CHAT_TIMELINE", with_path(&servers.mongodb, &format!("{name}_timeline"))),
            ("CHAT_SHARED", servers.redis.clone()),
            ("CHAT_IMAGES", servers.s3.replacen('?', &format!("/{name}?"), 1)),
        ];
        let mut settings: Vec<_> = settings.map(|(name, value)| (name.to_owned(), value)).into();
        let secrets = self.secrets.iter().map(|secrets| ("CHAT_SECRETS".to_owned(), secrets.display().to_string()));
        settings.extend(secrets);
        settings
    }

    /// What everything of its own on the servers is called by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of one of its databases on PostgreSQL.
    pub fn postgres(&self, part: &str) -> String {
        with_path(&self.servers.postgres, &format!("{}_{part}", self.name))
    }

    /// Makes the databases that a program does not make by itself.
    pub async fn open(&self) {
        self.on_postgres(&["events", "keys"].map(|part| format!("CREATE DATABASE {}_{part}", self.name))).await;
    }

    /// Gives everything back, as far as that is quick.
    pub async fn leave(&self) {
        let parts = ["events", "keys", "kept"];
        self.on_postgres(&parts.map(|part| format!("DROP DATABASE IF EXISTS {}_{part} WITH (FORCE)", self.name))).await;
    }

    /// Keeps a copy of a database (`events`, `keys`) as it is now. No process may be connected to it.
    pub(crate) async fn keep(&self, part: &str) {
        let name = &self.name;
        self.on_postgres(&[format!("CREATE DATABASE {name}_kept TEMPLATE {name}_{part}")]).await;
    }

    /// Puts the copy in the place of the database.
    pub(crate) async fn put_back(&self, part: &str) {
        let name = &self.name;
        self.on_postgres(&[
            format!("DROP DATABASE {name}_{part} WITH (FORCE)"),
            format!("ALTER DATABASE {name}_kept RENAME TO {name}_{part}"),
        ])
        .await;
    }

    /// One of the settings by which a process finds them.
    pub(crate) fn setting(&self, name: &str) -> String {
        let settings = self.settings();
        let found = settings.into_iter().find(|(setting, _)| setting == name);
        found.unwrap_or_else(|| panic!("no {name}")).1
    }

    /// Where the brokers are.
    pub(crate) fn brokers(&self) -> &str {
        &self.servers.kafka
    }

    /// Changes the event store behind the program's back.
    pub async fn on_events(&self, statement: &str) {
        use sqlx::{Connection as _, Executor as _};
        let mut events = sqlx::PgConnection::connect(&self.postgres("events")).await.expect("PostgreSQL answers");
        let done = events.execute(statement).await.expect("it is changed");
        assert!(done.rows_affected() > 0, "{statement}");
    }

    /// Deletes all its topics; they are gone when this returns.
    pub async fn delete_topics(&self) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers.kafka);
        let admin: AdminClient<DefaultClientContext> = config.create().expect("an admin");
        let topics = || {
            let all = admin.inner().fetch_metadata(None, crate::PATIENCE).expect("the brokers answer");
            let names = all.topics().iter().map(|topic| topic.name().to_owned());
            names.filter(|name| name.starts_with(&format!("{}.", self.name))).collect::<Vec<_>>()
        };
        let found = topics();
        let names: Vec<_> = found.iter().map(String::as_str).collect();
        admin.delete_topics(&names, &AdminOptions::new()).await.expect("the brokers answer");
        crate::eventually("the topics are gone", async || topics().is_empty().then_some(())).await;
    }

    /// What the last record of `key` in one of its topics says; nothing when there is none.
    pub fn last_record(&self, topic: &str, key: &str) -> Option<Value> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers.kafka).set("group.id", &self.name);
        config.set("enable.partition.eof", "true").set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut from = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let topic = format!("{}.{topic}", self.name);
            from.add_partition_offset(&topic, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&from).expect("assigned");
        let (mut last, mut ended) = (None, 0);
        while ended < PARTITIONS {
            match consumer.poll(crate::PATIENCE).expect("the brokers answer") {
                Ok(record) if record.key() == Some(key.as_bytes()) => {
                    last = record.payload().and_then(|value| serde_json::from_slice(value).ok());
                }
                Ok(_) => {}
                Err(KafkaError::PartitionEOF(_)) => ended += 1,
                Err(error) => panic!("{error}"),
            }
        }
        last
    }

    async fn on_postgres(&self, statements: &[String]) {
        use sqlx::{Connection as _, Executor as _};
        let mut connection = sqlx::PgConnection::connect(&self.servers.postgres).await.expect("PostgreSQL answers");
        for statement in statements {
            connection.execute(statement.as_str()).await.expect("a database of one's own");
        }
    }
}

/// `url` with another database than it names.
pub fn with_path(url: &str, path: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, ""), |(before, query)| (before, query));
    let (scheme, rest) = before.split_once("://").expect("a URL");
    let host = rest.split('/').next().unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{scheme}://{host}/{path}{query}")
}
