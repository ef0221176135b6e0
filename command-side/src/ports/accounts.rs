//! Accounts: credentials, sessions, tokens. Mutable rows, never events.

use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, Timestamp, UserId};

use super::{ClaimKind, Digest, Unavailable};

/// Who holds what is unique; claims are taken by the append.
#[async_trait]
pub trait Claims: Send + Sync {
    async fn owner(&self, kind: ClaimKind, digest: Digest) -> Result<Option<UserId>, Unavailable>;
}

/// A user and the hash of their password.
#[derive(Clone)]
pub struct Account {
    pub user: UserId,
    /// A PHC string, or a bcrypt hash of the system before this one.
    pub password_hash: String,
}

/// Reading password hashes; passwords are set by the append.
#[async_trait]
pub trait Credentials: Send + Sync {
    async fn of(&self, user: UserId) -> Result<Option<Account>, Unavailable>;

    /// Puts `hash` in the place of the one that `known` has, unless another is there by now: the password stays the same.
    async fn rehash(&self, known: &Account, hash: &str) -> Result<(), Unavailable>;
}

/// Hashing passwords (argon2id), on a bounded pool.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// The PHC string of `password`.
    async fn hash(&self, password: String) -> Result<String, Unavailable>;

    /// Whether `password` is that of `hash`; without a hash it takes as long and says no.
    async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Unavailable>;

    /// Whether `hash` was made otherwise than those that are made now.
    fn is_outdated(&self, hash: &str) -> bool;
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub user: UserId,
    pub created_at: Timestamp,
    /// What the client says it is (`User-Agent`), cut to 200 characters.
    pub user_agent: Option<String>,
}

/// One login of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub user_agent: Option<String>,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was the newest, or its reply was lost: the session goes on with the token of this generation.
    Goes { user: UserId, generation: u32 },
    /// It had been used before: the session is ended.
    Reused,
    /// No such session, or it is over.
    Unknown,
}

/// Sessions. Ended ones are known to every process that accepts tokens, and close their streams.
#[async_trait]
pub trait Sessions: Send + Sync {
    async fn open(&self, session: NewSession) -> Result<(), Unavailable>;

    /// Uses the refresh token of `generation`, atomically: two at once get the same successor.
    async fn rotate(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable>;

    /// The sessions of `user` that are not over, newest first, at most 100.
    async fn list(&self, user: UserId) -> Result<Vec<Session>, Unavailable>;

    /// Ends one session of `user`; whether there was one.
    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Unavailable>;

    /// Ends all sessions of `user` and forgets what is known of their clients. Gives them, and those that are over and still kept.
    async fn end_all(&self, user: UserId) -> Result<Vec<SessionId>, Unavailable>;

    /// Ends all sessions of `user` but `keep`.
    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<(), Unavailable>;
}

/// The tokens of a session, as they are sent to its client.
#[derive(Clone)]
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
    /// The life of the access token.
    pub expires_in: Duration,
}

/// Making tokens and reading refresh tokens.
pub trait Tokens: Send + Sync {
    /// The tokens of `session` in its `generation`; the refresh token of a generation is always the same.
    fn issue(&self, user: UserId, session: SessionId, generation: u32, now: Timestamp) -> TokenPair;

    /// The session and generation of a genuine refresh token.
    fn read_refresh(&self, token: &str) -> Option<(SessionId, u32)>;
}

/// Slows down guessing of passwords, per account and per address.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Begins an attempt, or says how long to wait before the next. One that has begun counts as failed until it succeeds: so
    /// many at once are not more than one after another.
    async fn begin(&self, account: &str, address: &str) -> Option<Duration>;

    /// Notes that an attempt from `address` failed.
    async fn failed(&self, address: &str);

    /// Notes a success, which forgives the account's failures.
    async fn succeeded(&self, account: &str);
}
