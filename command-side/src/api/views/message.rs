//! A message, folded from the events about it.

use domain::room::RoomEvent;
use domain::{Envelope, Event, RoomId, Timestamp, UserId};

use super::{MessageView, ReactionView};

/// So many users are named with an emoji; all are counted.
const MOST_NAMED: usize = 20;

/// The reactions that stand, in their order.
type Reactions<'a> = Vec<(&'a str, UserId)>;

impl MessageView {
    /// The message that these events made, without its author's name; `None` when they do not begin with its sending.
    /// Who has read it stands in other streams: it looks unread, as what was just sent is.
    pub(in crate::api) fn fold(events: &[Envelope]) -> Option<Self> {
        let (first, later) = events.split_first()?;
        let mut message = Self::sent(first)?;
        let mut reactions = Reactions::new();
        for event in later {
            message.take_in(event);
            count(&mut reactions, event);
        }
        message.reactions = Some(by_emoji(reactions));
        Some(message)
    }

    fn sent(first: &Envelope) -> Option<Self> {
        let Event::Room(RoomEvent::MessageSent { message_id, author, content, message_type, reply_to, .. }) =
            &first.payload
        else {
            return None;
        };
        Some(Self {
            id: *message_id,
            room_id: RoomId(first.stream.id),
            user_id: *author,
            username: None,
            content: content.value().cloned(),
            message_type: *message_type,
            version: first.version,
            reply_to: *reply_to,
            reactions: None,
            is_edited: false,
            edited_at: None,
            is_deleted: false,
            deleted_at: None,
            read_by: Some(vec![]),
            read_count: 0,
            created_at: first.recorded_at,
            updated_at: first.recorded_at,
        })
    }

    fn take_in(&mut self, event: &Envelope) {
        match &event.payload {
            Event::Room(RoomEvent::MessageEdited { content, .. }) => {
                self.content = content.value().cloned();
                self.is_edited = true;
                self.edited_at = self.changed_at(event.recorded_at);
            }
            Event::Room(RoomEvent::MessageDeleted { .. }) => {
                self.content = None;
                self.is_deleted = true;
                self.deleted_at = self.changed_at(event.recorded_at);
            }
            _ => {}
        }
    }

    fn changed_at(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.updated_at = self.updated_at.max(at);
        Some(at)
    }
}

fn count<'a>(reactions: &mut Reactions<'a>, event: &'a Envelope) {
    match &event.payload {
        Event::Room(RoomEvent::ReactionAdded { user, emoji, .. }) => reactions.push((emoji, *user)),
        Event::Room(RoomEvent::ReactionRemoved { user, emoji, .. }) => {
            reactions.retain(|reaction| *reaction != (emoji.as_str(), *user));
        }
        _ => {}
    }
}

/// Grouped, in the order of the first of each emoji.
fn by_emoji(reactions: Reactions<'_>) -> Vec<ReactionView> {
    let mut views: Vec<ReactionView> = Vec::new();
    for (emoji, user) in reactions {
        match views.iter_mut().find(|view| view.emoji == emoji) {
            None => views.push(ReactionView { emoji: emoji.to_owned(), count: 1, user_ids: vec![user] }),
            Some(view) => {
                view.count += 1;
                if view.user_ids.len() < MOST_NAMED {
                    view.user_ids.push(user);
                }
            }
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use domain::room::MessageType;
    use domain::{MessageId, Personal};
    use uuid::Uuid;

    use super::*;
    use crate::api::given::{ANN, BOB, CID, ROOM, past};

    const MESSAGE: MessageId = MessageId(Uuid::from_u128(9));

    fn text(text: &str) -> Personal<String> {
        Personal::about(ANN, text.to_owned())
    }

    fn sent() -> RoomEvent {
        let (content, message_type) = (text("helo"), MessageType::Text);
        RoomEvent::MessageSent { message_id: MESSAGE, author: ANN, number: 1, content, message_type, reply_to: None }
    }

    fn added(user: UserId, emoji: &str) -> RoomEvent {
        RoomEvent::ReactionAdded { message_id: MESSAGE, user, emoji: emoji.to_owned() }
    }

    fn removed(user: UserId, emoji: &str) -> RoomEvent {
        RoomEvent::ReactionRemoved { message_id: MESSAGE, user, emoji: emoji.to_owned() }
    }

    fn after(later: impl IntoIterator<Item = RoomEvent>) -> MessageView {
        MessageView::fold(&past(ROOM, [sent()].into_iter().chain(later))).expect("a message")
    }

    #[test]
    fn what_was_just_sent_is_untouched_and_unread() {
        let view = after([]);
        assert_eq!((view.id, view.room_id, view.user_id, view.version), (MESSAGE, ROOM, ANN, 1));
        assert_eq!((view.content.as_deref(), view.is_edited, view.is_deleted), (Some("helo"), false, false));
        assert_eq!((view.reactions, view.read_by, view.read_count), (Some(vec![]), Some(vec![]), 0));
    }

    #[test]
    fn an_edit_changes_content_and_time_but_not_the_version() {
        let view = after([RoomEvent::MessageEdited { message_id: MESSAGE, content: text("hello") }]);
        assert_eq!((view.content.as_deref(), view.is_edited, view.version), (Some("hello"), true, 1));
        assert!(view.edited_at > Some(view.created_at) && view.edited_at == Some(view.updated_at));
    }

    #[test]
    fn what_is_deleted_has_no_content() {
        let view = after([RoomEvent::MessageDeleted { message_id: MESSAGE, deleted_by: ANN }]);
        assert_eq!((view.content, view.is_deleted), (None, true));
        assert!(view.deleted_at > Some(view.created_at));
    }

    #[test]
    fn reactions_are_counted_by_emoji_in_the_order_of_the_first_that_stands() {
        let view = after([added(BOB, "👍"), added(ANN, "🎉"), added(ANN, "👍"), removed(BOB, "👍"), added(CID, "🎉")]);
        let reactions: Vec<_> = view.reactions.expect("folded");
        let [party, thumbs] = reactions.as_slice() else { panic!("two emoji: {reactions:?}") };
        assert_eq!((thumbs.emoji.as_str(), thumbs.count, thumbs.user_ids.as_slice()), ("👍", 1, &[ANN][..]));
        assert_eq!((party.emoji.as_str(), party.count, party.user_ids.as_slice()), ("🎉", 2, &[ANN, CID][..]));
        assert_eq!(after([added(BOB, "👍"), removed(BOB, "👍")]).reactions, Some(vec![]));
    }

    #[test]
    fn twenty_are_named_and_all_are_counted() {
        let fans = (100..125).map(|n| added(UserId(Uuid::from_u128(n)), "👏"));
        let reactions = after(fans).reactions.expect("folded");
        assert_eq!((reactions[0].count, reactions[0].user_ids.len()), (25, 20));
    }

    #[test]
    fn events_that_do_not_begin_with_a_sending_are_no_message() {
        assert_eq!(MessageView::fold(&past(ROOM, [added(BOB, "👍")])), None);
    }
}
