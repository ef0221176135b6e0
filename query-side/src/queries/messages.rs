//! Pages of a room's messages, each with its author's name, reactions and readers.

use std::collections::HashMap;

use command_side::api::Error;
use command_side::api::views::{MessageView, ReadByView};
use domain::room::RoomError;
use domain::{Refusal, RoomId, UserId, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::usernames;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Membership, NumberedMessage, Reader, RoomState, Slice, Timeline, Unavailable};

/// The most readers that a message names; all are counted.
const MOST_READERS: usize = 50;

/// Which messages of a room: the newest, around a version, or behind so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) before: Option<Version>,
    pub(crate) after: Option<Version>,
    pub(crate) skip: u64,
}

impl Window {
    /// Both ends cut a window from its newest end; only `after` looks from its oldest.
    fn slice(self) -> Slice {
        match self {
            Self { before: None, after: Some(after), .. } => Slice::Newer { after },
            Self { before: None, after: None, skip: 1.. } => Slice::Skipping(self.skip),
            Self { before, after, .. } => Slice::Older { before, after: after.unwrap_or(0) },
        }
    }
}

/// Where the next page of messages begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MessageCursor {
    /// Before the first version, after the second.
    Older(Version, Version),
    /// After this version.
    Newer(Version),
}

impl Cursor for MessageCursor {
    const LIST: &'static str = "messages";
}

impl From<MessageCursor> for Slice {
    fn from(cursor: MessageCursor) -> Self {
        match cursor {
            MessageCursor::Older(before, after) => Self::Older { before: Some(before), after },
            MessageCursor::Newer(after) => Self::Newer { after },
        }
    }
}

/// One page of a room's messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// Oldest first.
    messages: Vec<MessageView>,
    /// Whether there are more in the direction of travel.
    has_more: bool,
    next_cursor: Option<String>,
    /// All messages that were ever sent here, deleted ones too.
    total_count: u64,
}

impl Inquiry {
    /// The state of a room that the caller is a member of.
    ///
    /// # Errors
    /// 404 for outsiders, 403 for those who are gone.
    pub(crate) async fn room_state(&self, timeline: &dyn Timeline, room: Option<RoomId>) -> Result<RoomState, Error> {
        let room = room.ok_or(Refusal::from(RoomError::NotFound))?;
        let state = timeline.room(self.caller, room).await?;
        if state.is_parked {
            self.note_stale();
        }
        match state.membership {
            Membership::Outsider => Err(Refusal::from(RoomError::NotFound).into()),
            Membership::Gone => Err(Refusal::from(RoomError::Gone).into()),
            Membership::Member => Ok(state),
        }
    }

    /// A page of at most `limit` messages; a cursor goes before a window.
    pub(crate) async fn messages(
        &self,
        room: Option<RoomId>,
        cursor: Option<MessageCursor>,
        window: Window,
        limit: u32,
    ) -> Result<MessagePage, Error> {
        let timeline = self.timeline().await?;
        let state = self.room_state(&*timeline, room).await?;
        let slice = cursor.map_or_else(|| window.slice(), Slice::from);
        let mut found = timeline.messages(state.room, state.applied, slice, limit + 1).await?;
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = has_more.then(|| next_cursor(slice, &found)).flatten();
        if !matches!(slice, Slice::Newer { .. }) {
            found.reverse();
        }
        Ok(MessagePage {
            messages: self.complete(&*timeline, found).await?,
            has_more,
            next_cursor: next.map(|cursor| cursor.write()).transpose()?,
            total_count: state.last_number,
        })
    }

    /// Puts names, reactions and readers to messages: one statement each.
    pub(crate) async fn complete(
        &self,
        timeline: &dyn Timeline,
        messages: Vec<NumberedMessage>,
    ) -> Result<Vec<MessageView>, Error> {
        if messages.is_empty() {
            return Ok(vec![]);
        }
        let ids: Vec<_> = messages.iter().map(|message| message.view.id).collect();
        let lowest = lowest_numbers(&messages);
        let mut authors: Vec<_> = messages.iter().map(|message| message.view.user_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let names = async { Ok(self.names_of(&authors).await) };
        let (names, reactions, readers) =
            futures::try_join!(names, timeline.reactions(&ids), timeline.readers(&lowest))?;
        let whole = |message: NumberedMessage| {
            let (read_by, read_count) = read_by(&message, &readers);
            let username = names.get(&message.view.user_id).cloned().flatten();
            let reactions = Some(reactions.get(&message.view.id).cloned().unwrap_or_default());
            MessageView { username, reactions, read_by: Some(read_by), read_count, ..message.view }
        };
        Ok(messages.into_iter().map(whole).collect())
    }

    /// The names of authors. Without the directory those that are remembered: what was said does not lie there.
    async fn names_of(&self, authors: &[UserId]) -> HashMap<UserId, Option<String>> {
        let read = async { usernames(&*self.directory().await?, authors).await };
        match read.await {
            Ok(names) => names,
            Err(Unavailable(_)) => {
                self.note_stale();
                let people = self.queries.names.of(authors).await;
                people.into_iter().map(|(user, person)| (user, person.username)).collect()
            }
        }
    }
}

/// Where the page after `page` begins.
fn next_cursor(slice: Slice, page: &[NumberedMessage]) -> Option<MessageCursor> {
    let last = page.last()?.view.version;
    Some(match slice {
        Slice::Newer { .. } => MessageCursor::Newer(last),
        Slice::Older { after, .. } => MessageCursor::Older(last, after),
        Slice::Skipping(_) => MessageCursor::Older(last, 0),
    })
}

/// Each room with the lowest number of its messages here: readers below it read none of them.
fn lowest_numbers(messages: &[NumberedMessage]) -> Vec<(RoomId, u64)> {
    let mut lowest = HashMap::new();
    for message in messages {
        let number = lowest.entry(message.view.room_id).or_insert(message.number);
        *number = message.number.min(*number);
    }
    lowest.into_iter().collect()
}

/// The first readers of a message, and how many there are: not its author, and nobody who was not there.
pub(super) fn read_by(message: &NumberedMessage, readers: &[Reader]) -> (Vec<ReadByView>, u64) {
    let view = &message.view;
    let has_read = |reader: &&Reader| {
        reader.room == view.room_id
            && reader.number >= message.number
            && reader.user != view.user_id
            && reader.stays.iter().any(|stay| stay.contains(view.version))
    };
    let mut all: Vec<_> = readers.iter().filter(has_read).collect();
    let count = all.len() as u64;
    all.sort_unstable_by_key(|reader| (reader.read_at, reader.user));
    let shown = all.into_iter().take(MOST_READERS);
    (shown.map(|reader| ReadByView { user_id: reader.user, read_at: reader.read_at }).collect(), count)
}

#[cfg(test)]
mod tests {
    use domain::room::MessageType;
    use domain::{MessageId, Timestamp, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::ports::Stay;

    const ROOM: RoomId = RoomId(Uuid::from_u128(9));

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn message(author: u128, version: Version, number: u64) -> NumberedMessage {
        let view = MessageView {
            id: MessageId(Uuid::from_u128(version.into())),
            room_id: ROOM,
            user_id: user(author),
            username: None,
            content: Some("hello".to_owned()),
            message_type: MessageType::Text,
            version,
            reply_to: None,
            reactions: None,
            is_edited: false,
            edited_at: None,
            is_deleted: false,
            deleted_at: None,
            read_by: None,
            read_count: 0,
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
        };
        NumberedMessage { number, view }
    }

    fn reader(who: u128, number: u64, from: Version) -> Reader {
        let stays = vec![Stay { from, to: None }];
        Reader { room: ROOM, user: user(who), number, read_at: Timestamp(i64::try_from(who).expect("small")), stays }
    }

    fn names(views: &[ReadByView]) -> Vec<UserId> {
        views.iter().map(|view| view.user_id).collect()
    }

    #[test]
    fn authors_latecomers_and_those_who_have_not_come_so_far_are_no_readers() {
        let readers = [reader(1, 9, 1), reader(2, 5, 1), reader(3, 4, 1), reader(4, 9, 8)];
        let (seen, count) = read_by(&message(1, 7, 5), &readers);
        assert_eq!((names(&seen), count), (vec![user(2)], 1));
    }

    #[test]
    fn the_first_fifty_readers_are_named_and_all_are_counted() {
        let readers: Vec<_> = (2..=100).rev().map(|n| reader(n, 9, 1)).collect();
        let (seen, count) = read_by(&message(1, 7, 5), &readers);
        assert_eq!((names(&seen), count), ((2..=51).map(user).collect(), 99));
    }

    #[test]
    fn both_ends_cut_a_window_from_its_newest_end() {
        let both = Window { before: Some(9), after: Some(2), skip: 0 };
        assert_eq!(both.slice(), Slice::Older { before: Some(9), after: 2 });
        let page = [message(1, 8, 5), message(1, 7, 4)];
        assert_eq!(next_cursor(both.slice(), &page), Some(MessageCursor::Older(7, 2)));
    }

    #[test]
    fn what_is_newer_is_travelled_upwards() {
        let newer = Window { before: None, after: Some(2), skip: 0 }.slice();
        let page = [message(1, 3, 1), message(1, 4, 2)];
        assert_eq!(next_cursor(newer, &page), Some(MessageCursor::Newer(4)));
    }

    #[test]
    fn a_page_behind_so_many_goes_on_by_version() {
        let skipping = Window { skip: 3, ..Window::default() }.slice();
        assert_eq!(skipping, Slice::Skipping(3));
        assert_eq!(next_cursor(skipping, &[message(1, 7, 4)]), Some(MessageCursor::Older(7, 0)));
    }
}
