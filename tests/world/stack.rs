//! The real servers, and what one house has of its own on them.

use std::path::PathBuf;
use std::sync::LazyLock;
use uuid::Uuid;

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

static RUN: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().simple().to_string()[..8].to_owned());

/// Databases and topics that nobody else uses.
#[derive(Clone, Debug)]
pub struct Premises {
    name: String,
    /// The name of the process there.
    instance: String,
    /// The folder of the secrets of who was here first, for those who came later.
    secrets: Option<PathBuf>,
}

impl Premises {
    /// New ones, if houses are built on the real servers.
    pub(crate) fn rent() -> Option<Self> {
        let unique = || format!("w{}_{}", &*RUN, &Uuid::new_v4().simple().to_string()[..8]);
        is_distributed().then(|| {
            let name = unique();
            Self { instance: name.clone(), name, secrets: None }
        })
    }

    /// The same for another process, which shares the `secrets` of the first: this one's, or what this one shares.
    pub(crate) fn shared(&self, secrets: PathBuf) -> Self {
        let instance = format!("{}-{}", self.name, &Uuid::new_v4().simple().to_string()[..8]);
        let secrets = self.secrets.clone().unwrap_or(secrets);
        Self { name: self.name.clone(), instance, secrets: Some(secrets) }
    }

    /// The settings by which a process finds them.
    pub fn settings(&self) -> Vec<(String, String)> {
        let name = &self.name;
        let settings = [
            ("CHAT_EVENT_STORE", self.postgres("events")),
            ("CHAT_KEYS", self.postgres("keys")),
            ("CHAT_EVENT_LOG", format!("kafka://{}?prefix={name}.&replication=1", needed("TEST_KAFKA"))),
            ("CHAT_PARTITIONS", "2".to_owned()),
            ("CHAT_INSTANCE", self.instance.clone()),
            ("CHAT_DIRECTORY", format!("{}/{name}_directory", needed("TEST_MYSQL"))),
            ("CHAT_TIMELINE", with_path(&needed("TEST_MONGODB"), &format!("{name}_timeline"))),
            ("CHAT_SHARED", needed("TEST_REDIS")),
        ];
        let mut settings: Vec<_> = settings.map(|(name, value)| (name.to_owned(), value)).into();
        let secrets = self.secrets.iter().map(|secrets| ("CHAT_SECRETS".to_owned(), secrets.display().to_string()));
        settings.extend(secrets);
        settings
    }

    /// Whether it is another's, who goes last.
    pub(crate) const fn is_shared(&self) -> bool {
        self.secrets.is_some()
    }

    /// What everything of its own on the servers is called by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of one of its databases on PostgreSQL.
    pub fn postgres(&self, part: &str) -> String {
        with_path(&needed("TEST_POSTGRES"), &format!("{}_{part}", self.name))
    }

    /// Makes the databases that a program does not make by itself.
    pub(crate) async fn open(&self) {
        self.on_postgres(&["events", "keys"].map(|part| format!("CREATE DATABASE {}_{part}", self.name))).await;
    }

    /// Gives everything back, as far as that is quick.
    pub(crate) async fn leave(&self) {
        if self.is_shared() {
            return;
        }
        self.on_postgres(
            &["events", "keys"].map(|part| format!("DROP DATABASE IF EXISTS {}_{part} WITH (FORCE)", self.name)),
        )
        .await;
    }

    async fn on_postgres(&self, statements: &[String]) {
        use sqlx::{Connection as _, Executor as _};
        let mut connection = sqlx::PgConnection::connect(&needed("TEST_POSTGRES")).await.expect("PostgreSQL answers");
        for statement in statements {
            connection.execute(statement.as_str()).await.expect("a database of one's own");
        }
    }
}

/// `url` with another database than it names.
fn with_path(url: &str, path: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, ""), |(before, query)| (before, query));
    let (scheme, rest) = before.split_once("://").expect("a URL");
    let host = rest.split('/').next().unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{scheme}://{host}/{path}{query}")
}
