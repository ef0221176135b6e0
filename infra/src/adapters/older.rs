//! The system before this one: people, friendships and rooms on MySQL, messages on MongoDB. It is only read.

mod fields;
mod messages;
mod people;
mod target;

use std::error::Error;

use async_trait::async_trait;
use command_side::ports::{
    Older, OlderFriendship, OlderMessage, OlderRead, OlderRoom, OlderSince, OlderUser, Unavailable,
};
use domain::Timestamp;
use futures::stream::BoxStream;

use messages::OlderMessages;
use people::OlderPeople;

pub use target::{settle, target};

/// Both of its stores.
pub struct OlderStores {
    people: OlderPeople,
    messages: OlderMessages,
}

impl OlderStores {
    /// Connects to both.
    ///
    /// # Errors
    /// One is away, or the URL of one names no database of that system.
    pub async fn connect(mysql: &str, mongodb: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { people: OlderPeople::connect(mysql).await?, messages: OlderMessages::connect(mongodb).await? })
    }
}

#[async_trait]
impl Older for OlderStores {
    async fn people(&self) -> Result<Vec<OlderSince>, Unavailable> {
        self.people.since().await
    }

    async fn friendships(&self) -> Result<Vec<OlderFriendship>, Unavailable> {
        self.people.friendships().await
    }

    async fn rooms(&self) -> Result<Vec<OlderRoom>, Unavailable> {
        self.people.rooms().await
    }

    fn users(&self, now: Timestamp) -> BoxStream<'_, Result<OlderUser, Unavailable>> {
        self.people.users(now)
    }

    fn messages(&self) -> BoxStream<'_, Result<OlderMessage, Unavailable>> {
        self.messages.messages()
    }

    fn reads(&self) -> BoxStream<'_, Result<OlderRead, Unavailable>> {
        self.messages.reads()
    }
}
