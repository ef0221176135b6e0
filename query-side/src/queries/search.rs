//! Searching what was said in the caller's rooms.

use command_side::api::Error;
use command_side::api::views::MessageView;
use domain::{Position, RoomId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{Found, NumberedMessage, Sought, Within};

/// Where the next page begins: before this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundCursor(Position);

impl Cursor for FoundCursor {
    const LIST: &'static str = "found";
}

/// Messages that hold all the words, newest first.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FoundPage {
    messages: Vec<MessageView>,
    /// Whether there may be more. A page may be short, or empty, and yet have a next one: frequent words that rarely stand together
    /// are looked for in parts.
    has_more: bool,
    next_cursor: Option<String>,
}

impl Inquiry {
    /// A page of at most `limit` messages that hold all `terms`: of one room, or of all that the caller is a member of.
    ///
    /// # Errors
    /// 404 for outsiders of the room, 403 for those who are gone.
    pub(crate) async fn found(
        &self,
        room: Option<Option<RoomId>>,
        terms: Vec<String>,
        after: Option<FoundCursor>,
        limit: u32,
    ) -> Result<FoundPage, Error> {
        let timeline = self.timeline().await?;
        let before = after.map_or(Position::MAX, |FoundCursor(before)| before);
        let within = match room {
            Some(room) => {
                let state = self.standing(&*timeline, room).await?;
                Within::Rooms(vec![(state.room, state.activity)])
            }
            None => Within::RoomsOf(self.caller),
        };
        let found = timeline.search(&Sought { within, terms, before, limit: limit + 1 }).await?;
        if found.is_parked {
            self.note_stale();
        }
        let (found, next) = cut(found, limit as usize);
        Ok(FoundPage {
            messages: self.complete(&*timeline, found).await?,
            has_more: next.is_some(),
            next_cursor: next.map(|next| next.write()).transpose()?,
        })
    }
}

/// The messages of a page, and where the next one begins. What lies before the position to which all rooms were looked through is
/// left to the next page: in some of them there may be more between.
fn cut(found: Found, limit: usize) -> (Vec<NumberedMessage>, Option<FoundCursor>) {
    let Found { mut messages, looked_to, .. } = found;
    messages.retain(|(position, _)| *position >= looked_to);
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    let next = match messages.last() {
        Some((position, _)) if has_more => Some(*position),
        _ => Some(looked_to).filter(|position| *position > 0),
    };
    (messages.into_iter().map(|(_, message)| message).collect(), next.map(FoundCursor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::given::message;

    fn found<const N: usize>(positions: [Position; N], looked_to: Position) -> Found {
        let messages = positions.map(|position| (position, message(1, position, 1))).to_vec();
        Found { messages, looked_to, is_parked: false }
    }

    fn page(found: Found, limit: usize) -> (Vec<Position>, Option<Position>) {
        let (messages, next) = cut(found, limit);
        (messages.iter().map(|message| message.view.version).collect(), next.map(|FoundCursor(before)| before))
    }

    #[test]
    fn a_page_ends_with_what_was_found() {
        assert_eq!(page(found([9, 7, 3], 0), 3), (vec![9, 7, 3], None));
        assert_eq!(page(found([9, 7, 3], 0), 2), (vec![9, 7], Some(7)));
    }

    #[test]
    fn what_was_not_looked_through_is_left_to_the_next_page() {
        assert_eq!(page(found([9, 7, 3], 5), 3), (vec![9, 7], Some(5)));
        assert_eq!(page(found([9, 7, 3], 5), 1), (vec![9], Some(9)));
        assert_eq!(page(found([], 5), 3), (vec![], Some(5)));
        assert_eq!(page(found([5], 5), 3), (vec![5], Some(5)));
    }
}
