//! Reading one generation. Every answer takes a constant number of commands, but for what is found by halving; those that do not
//! rest on each other are sent together.
//!
//! Rows may be there before the room's `applied` says so: what a room is, is judged at that version.

mod changes;
mod counts;
mod feeds;
mod find;
mod members;
mod messages;
mod notices;
mod readers;
mod rooms;
mod versions;
mod words;

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::api::views::ReactionView;
use command_side::ports::Unavailable;
use domain::{MessageId, Position, RoomId, UserId, Version};
use mongodb::bson::RawDocumentBuf;
use mongodb::{Collection, Database};
use query_side::Positions;
use query_side::ports::{
    Change, Feed, Found, Mark, Notice, NumberedMessage, Place, Reached, Reader, RoomState, Slice, Sought, Timeline,
};

use super::faults::unread;
use super::generation::Generation;
use super::state::State;

/// One generation of the timeline, to be read.
#[derive(Clone, Debug)]
pub(super) struct GenerationReader {
    database: Database,
    state: State,
}

impl GenerationReader {
    pub(super) fn of(generation: &Generation) -> Self {
        Self { database: generation.database.clone(), state: generation.state.clone() }
    }

    fn all(&self, collection: &str) -> Collection<RawDocumentBuf> {
        self.database.collection(collection)
    }
}

#[async_trait]
impl Timeline for GenerationReader {
    async fn checkpoint(&self) -> Result<Positions, Unavailable> {
        Ok(self.state.look().await.map_err(unread)?.positions())
    }

    async fn room(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        rooms::room(self, user, room, u64::MAX).await.map_err(unread)
    }

    async fn standing(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        rooms::room(self, user, room, 0).await.map_err(unread)
    }

    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> Result<u64, Unavailable> {
        Ok(rooms::room(self, user, room, number).await.map_err(unread)?.unread)
    }

    async fn rooms(
        &self,
        user: UserId,
        after: Option<(Position, RoomId)>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<RoomState>, Unavailable> {
        rooms::rooms(self, user, after, skip, limit).await.map_err(unread)
    }

    async fn messages(
        &self,
        room: RoomId,
        up_to: Version,
        slice: Slice,
        limit: u32,
    ) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::messages(self, room, up_to, slice, limit).await.map_err(unread)
    }

    async fn notices(
        &self,
        room: RoomId,
        up_to: Version,
        slice: Slice,
        limit: u32,
    ) -> Result<Vec<Notice>, Unavailable> {
        notices::notices(self, room, up_to, slice, limit).await.map_err(unread)
    }

    async fn place(&self, room: RoomId, up_to: Version, told: bool) -> Result<Option<Place>, Unavailable> {
        notices::place(self, room, up_to, told).await.map_err(unread)
    }

    async fn search(&self, sought: &Sought) -> Result<Found, Unavailable> {
        words::search(self, sought).await.map_err(unread)
    }

    async fn last_messages(&self, rooms: &[(RoomId, Version)]) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::last(self, rooms).await.map_err(unread)
    }

    async fn messages_by_ids(&self, messages: &[MessageId]) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::by_ids(self, messages).await.map_err(unread)
    }

    async fn reactions(&self, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<ReactionView>>, Unavailable> {
        readers::reactions(self, messages).await.map_err(unread)
    }

    async fn readers(&self, from: &[Reached]) -> Result<Vec<Reader>, Unavailable> {
        readers::readers(self, from).await.map_err(unread)
    }

    async fn changes(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Change>, Unavailable> {
        changes::changes(self, room, after, up_to, limit).await.map_err(unread)
    }

    async fn marks(&self, room: RoomId, user: UserId, largest: u32) -> Result<Vec<Mark>, Unavailable> {
        members::marks(self, room, user, largest).await.map_err(unread)
    }

    async fn feeds(&self, user: UserId) -> Result<Vec<Feed>, Unavailable> {
        feeds::feeds(self, user).await.map_err(unread)
    }

    async fn version_at(&self, room: RoomId, position: Position) -> Result<Version, Unavailable> {
        versions::at(self, room, position).await.map_err(unread)
    }

    async fn positions(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Position>, Unavailable> {
        versions::positions(self, room, after, up_to, limit).await.map_err(unread)
    }
}
