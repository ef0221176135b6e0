//! Pages of a room's messages, each with its author's name, reactions and readers.

use std::collections::HashMap;

use command_side::api::Error;
use command_side::api::views::MessageView;
use command_side::ports::Person;
use domain::room::RoomError;
use domain::{Refusal, RoomId, UserId, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::behind::behind;
use super::entries::{Entry, TimelineItem};
use super::people;
use super::readers::Readers;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Membership, NumberedMessage, Reached, RoomState, Slice, Timeline, Unavailable};

/// Which messages of a room: the newest, around a version, or behind so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) before: Option<Version>,
    pub(crate) after: Option<Version>,
    pub(crate) skip: u64,
    /// Whether what happened to the room is shown, and counted by `skip`, too.
    pub(crate) told: bool,
}

impl Window {
    /// Both ends cut a window from its newest end; only `after` looks from its oldest.
    fn slice(self) -> Slice {
        match self {
            Self { before: None, after: Some(after), .. } => Slice::Newer { after },
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
    /// Oldest first; between them what happened to the room.
    messages: Vec<TimelineItem>,
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
        self.as_member(timeline.room(self.caller, sought(room)?).await?)
    }

    /// The same with nothing counted.
    ///
    /// # Errors
    /// As those of [`Inquiry::room_state`].
    pub(crate) async fn standing(&self, timeline: &dyn Timeline, room: Option<RoomId>) -> Result<RoomState, Error> {
        self.as_member(timeline.standing(self.caller, sought(room)?).await?)
    }

    fn as_member(&self, state: RoomState) -> Result<RoomState, Error> {
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
        let state = self.standing(&*timeline, room).await?;
        let slice = match cursor {
            Some(cursor) => cursor.into(),
            None => slice(&*timeline, &state, window).await?,
        };
        let mut found = Entry::read(&*timeline, &state, slice, window.told, limit + 1).await?;
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = has_more.then(|| next_cursor(slice, &found)).flatten();
        if matches!(slice, Slice::Older { .. }) {
            found.reverse();
        }
        Ok(MessagePage {
            messages: self.items(&*timeline, state.room, found).await?,
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
        let first = first_of_rooms(&messages);
        let mut authors: Vec<_> = messages.iter().map(|message| message.view.user_id).collect();
        authors.sort_unstable();
        authors.dedup();
        let people = async { Ok(self.people(&authors).await) };
        let (people, reactions, readers) =
            futures::try_join!(people, timeline.reactions(&ids), timeline.readers(&first))?;
        let readers = Readers::of(readers);
        let whole = |message: NumberedMessage| {
            let (read_by, read_count) = readers.of_message(&message);
            let username = people.get(&message.view.user_id).and_then(|person| person.username.clone());
            let reactions = Some(reactions.get(&message.view.id).cloned().unwrap_or_default());
            MessageView { username, reactions, read_by: Some(read_by), read_count, ..message.view }
        };
        Ok(messages.into_iter().map(whole).collect())
    }

    /// What people are called. Without the directory what is remembered: what was said does not lie there.
    pub(super) async fn people(&self, users: &[UserId]) -> HashMap<UserId, Person> {
        let read = async { people(&*self.directory().await?, users).await };
        match read.await {
            Ok(people) => people,
            Err(Unavailable(_)) => {
                self.note_stale();
                self.queries.names.of(users).await
            }
        }
    }
}

/// An id that is none is no room's.
fn sought(room: Option<RoomId>) -> Result<RoomId, Error> {
    room.ok_or_else(|| Refusal::from(RoomError::NotFound).into())
}

/// Where a window begins. What is to be skipped is looked for.
async fn slice(timeline: &dyn Timeline, state: &RoomState, window: Window) -> Result<Slice, Unavailable> {
    let Window { before: None, after: None, skip: 1.., told } = window else { return Ok(window.slice()) };
    let newest = |up_to| timeline.place(state.room, up_to, told);
    let version = behind(state.applied, window.skip, newest).await?;
    Ok(Slice::Older { before: Some(version + 1), after: 0 })
}

/// Where the page after `page` begins.
fn next_cursor(slice: Slice, page: &[Entry]) -> Option<MessageCursor> {
    let last = page.last()?.version();
    Some(match slice {
        Slice::Newer { .. } => MessageCursor::Newer(last),
        Slice::Older { after, .. } => MessageCursor::Older(last, after),
    })
}

/// The first message of each room among these: who has not come so far has read none of them.
fn first_of_rooms(messages: &[NumberedMessage]) -> Vec<Reached> {
    let mut first: HashMap<RoomId, Reached> = HashMap::new();
    for message in messages.iter().map(Reached::from) {
        let first = first.entry(message.room).or_insert(message);
        *first = if message.version < first.version { message } else { *first };
    }
    first.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::given::message;

    fn page<const N: usize>(versions: [Version; N]) -> [Entry; N] {
        versions.map(|version| Entry::Message(message(1, version, 1)))
    }

    #[test]
    fn both_ends_cut_a_window_from_its_newest_end() {
        let both = Window { before: Some(9), after: Some(2), ..Window::default() };
        assert_eq!(both.slice(), Slice::Older { before: Some(9), after: 2 });
        assert_eq!(next_cursor(both.slice(), &page([8, 7])), Some(MessageCursor::Older(7, 2)));
    }

    #[test]
    fn readers_are_asked_for_from_the_first_message_of_a_page_in_whichever_order() {
        let first = Reached::from(&message(1, 4, 1));
        for versions in [[9, 4, 7], [4, 7, 9]] {
            assert_eq!(first_of_rooms(&versions.map(|version| message(1, version, version - 3))), [first]);
        }
    }

    #[test]
    fn what_is_newer_is_travelled_upwards() {
        let newer = Window { after: Some(2), ..Window::default() }.slice();
        assert_eq!(newer, Slice::Newer { after: 2 });
        assert_eq!(next_cursor(newer, &page([3, 4])), Some(MessageCursor::Newer(4)));
    }
}
