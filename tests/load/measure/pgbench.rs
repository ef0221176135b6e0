//! PostgreSQL's own yardstick, in a database of its own on the server of the event store.

use std::path::PathBuf;
use std::process::Stdio;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::error::Error;

/// About what an event takes.
const ROW: &str = "INSERT INTO one_row (payload) VALUES (repeat('x', 400));\n";

pub(crate) struct Pgbench {
    program: PathBuf,
    /// The server, without a database.
    server: String,
    database: String,
    script: NamedTempFile,
}

impl Pgbench {
    /// Makes a table on the server that `CHAT_EVENT_STORE` names.
    pub(crate) async fn prepare() -> Result<Self, Error> {
        let store = std::env::var("CHAT_EVENT_STORE").unwrap_or_default();
        let server = store.rsplit_once('/').filter(|_| store.starts_with("postgres"));
        let Some((server, _)) = server else {
            return Err(Error::Setting("CHAT_EVENT_STORE names no PostgreSQL".to_owned()));
        };
        let script = NamedTempFile::new()?;
        std::fs::write(script.path(), ROW)?;
        let database = format!("load_{}", std::process::id());
        let pgbench = Self { program: program()?, server: server.to_owned(), database, script };
        pgbench.on("postgres", &format!("CREATE DATABASE {}", pgbench.database)).await?;
        let table = "CREATE TABLE one_row (id bigserial PRIMARY KEY, payload text NOT NULL)";
        pgbench.on(&pgbench.database, table).await?;
        Ok(pgbench)
    }

    /// One-row transactions a second of so many clients, in so many seconds.
    pub(crate) async fn commits_per_s(&self, clients: usize, seconds: u32) -> Result<f64, Error> {
        let url = self.url(&self.database);
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.arg(format!("--client={clients}")).arg(format!("--time={seconds}"));
        command.arg(format!("--file={}", self.script.path().display())).arg(url);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = said.and_then(|said| said.split(' ').next()).and_then(|rate| rate.parse().ok());
        rate.ok_or_else(|| Error::Command {
            command: "pgbench".to_owned(),
            status: output.status,
            output: format!("{text}{}", String::from_utf8_lossy(&output.stderr)),
        })
    }

    pub(crate) async fn clean(&self) -> Result<(), Error> {
        self.on("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database)).await
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.server)
    }

    async fn on(&self, database: &str, statement: &str) -> Result<(), Error> {
        let failed = |error: sqlx::Error| Error::Setting(format!("PostgreSQL: {error}"));
        let options: PgConnectOptions = self.url(database).parse().map_err(failed)?;
        let mut connection = PgConnection::connect_with(&options).await.map_err(failed)?;
        connection.execute(statement).await.map(|_| ()).map_err(failed)
    }
}

/// On the path, or where Debian has it.
fn program() -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let found = folders.into_iter().map(|folder| folder.join("pgbench")).find(|program| program.is_file());
    found.ok_or_else(|| Error::Setting("there is no pgbench: install postgresql".to_owned()))
}
