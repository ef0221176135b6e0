//! Sealing under keys in a database of their own.

mod seal;
pub mod secrets;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit as _;
use async_trait::async_trait;
use command_side::ports::{Holder, Unavailable, Vault};
use domain::UserId;
use quick_cache::sync::Cache;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// How long a key is kept in memory: so long an erased one may still be used.
const KEY_LIFE: Duration = Duration::from_secs(60);
/// How many keys are kept in memory.
const MOST_KEYS: usize = 20_000;

type Cipher = Option<Arc<Aes256Gcm>>;

/// The keys of everybody's personal data.
pub struct SqliteVault {
    pool: SqlitePool,
    /// `None` is known to have no key any more.
    ciphers: Cache<UserId, (Instant, Cipher)>,
}

impl SqliteVault {
    /// Opens the file at `path`, making it (mode 0600) if need be.
    ///
    /// # Errors
    /// It can not be read or written.
    pub async fn open(path: &Path) -> Result<Arc<Self>, Box<dyn std::error::Error + Send + Sync>> {
        secrets::make_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-512");
        let pool = SqlitePoolOptions::new().max_connections(2).min_connections(0).connect_with(options).await?;
        sqlx::migrate!("migrations/keys").run(&pool).await?;
        Ok(Arc::new(Self { pool, ciphers: Cache::new(MOST_KEYS) }))
    }

    /// The ciphers of `subjects`, one read of keys for those that are not in memory.
    async fn of(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Cipher>, Unavailable> {
        let (mut known, mut asked) = (HashMap::with_capacity(subjects.len()), Vec::new());
        for subject in subjects {
            match self.ciphers.get(subject) {
                Some((since, cipher)) if since.elapsed() < KEY_LIFE => {
                    known.insert(*subject, cipher);
                }
                _ => asked.push(*subject),
            }
        }
        if !asked.is_empty() {
            let mut found = self.read(&asked).await?;
            for subject in asked {
                let cipher = found.remove(&subject);
                self.ciphers.insert(subject, (Instant::now(), cipher.clone()));
                known.insert(subject, cipher);
            }
        }
        Ok(known)
    }

    async fn read(&self, subjects: &[UserId]) -> Result<HashMap<UserId, Arc<Aes256Gcm>>, Unavailable> {
        let ids: Vec<_> = subjects.iter().map(|subject| subject.0.simple().to_string()).collect();
        let query = "SELECT subject, subject_keys.key FROM json_each(?) AS asked JOIN subject_keys ON subject = unhex(asked.value)";
        let ids = serde_json::to_string(&ids).unwrap_or_default();
        let rows = sqlx::query(query).bind(ids).fetch_all(&self.pool).await.map_err(away)?;
        let mut ciphers = HashMap::with_capacity(rows.len());
        for row in rows {
            let damaged = || Unavailable("a key is damaged".to_owned());
            let subject = uuid::Uuid::from_slice(row.try_get(0).map_err(away)?).map_err(|_| damaged())?;
            let cipher = Aes256Gcm::new_from_slice(row.try_get(1).map_err(away)?).map_err(|_| damaged())?;
            ciphers.insert(UserId(subject), Arc::new(cipher));
        }
        Ok(ciphers)
    }
}

#[async_trait]
impl Vault for SqliteVault {
    async fn create(&self, subject: UserId) -> Result<(), Unavailable> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| Unavailable(error.to_string()))?;
        let query = "INSERT INTO subject_keys (subject, key, created_at) VALUES (?, ?, unixepoch() * 1000)
            ON CONFLICT (subject) DO NOTHING";
        let query = sqlx::query(query).bind(&subject.0.as_bytes()[..]).bind(&key[..]);
        query.execute(&self.pool).await.map_err(away)?;
        self.ciphers.remove(&subject);
        Ok(())
    }

    async fn seal(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable> {
        let subjects = seal::subjects(holders);
        let ciphers = self.of(&subjects).await?;
        holders.iter_mut().try_for_each(|holder| seal::seal(holder.place, holder.fields, &ciphers))
    }

    async fn open(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable> {
        let subjects = seal::subjects(holders);
        let ciphers = self.of(&subjects).await?;
        holders.iter_mut().try_for_each(|holder| seal::open(holder.place, holder.fields, &ciphers))
    }
}

fn away(error: sqlx::Error) -> Unavailable {
    Unavailable(format!("the keys are away: {error}"))
}
