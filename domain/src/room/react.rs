//! A member reacts to a message with an emoji, or takes that back.

use super::message::Message;
use super::{Room, RoomError, RoomEvent};
use crate::{MessageId, UserId, text};

/// The most reactions that one member can leave on one message.
const MOST_REACTIONS: usize = 20;
/// How often one member can react to one message, whatever they take back. Whoever judges it reads all of its changes, and the room
/// waits for that.
const MOST_TIMES: usize = 100;

/// Adds a reaction; one that stands already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct React {
    pub by: UserId,
    pub message_id: MessageId,
    pub emoji: String,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl React {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let (message, emoji) = judged(room, self.by, self.message_id, &self.emoji)?;
        if self.blocked {
            return Err(RoomError::Blocked);
        }
        if message.deleted {
            return Err(RoomError::ReactionToDeleted);
        }
        if message.reactions.contains(&(self.by, emoji.clone())) {
            return Ok(vec![]);
        }
        let stand = message.reactions.iter().filter(|(user, _)| *user == self.by).count();
        if stand >= MOST_REACTIONS || message.reacted.get(&self.by).is_some_and(|times| *times >= MOST_TIMES) {
            return Err(RoomError::TooManyReactions);
        }
        let (message_id, user) = (self.message_id, self.by);
        Ok(vec![RoomEvent::ReactionAdded { message_id, user, emoji }])
    }
}

/// Takes one's reaction back; one that does not stand changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreact {
    pub by: UserId,
    pub message_id: MessageId,
    pub emoji: String,
}

impl Unreact {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let (message, emoji) = judged(room, self.by, self.message_id, &self.emoji)?;
        if !message.reactions.contains(&(self.by, emoji.clone())) {
            return Ok(vec![]);
        }
        let (message_id, user) = (self.message_id, self.by);
        Ok(vec![RoomEvent::ReactionRemoved { message_id, user, emoji }])
    }
}

/// The message, and the emoji in its one spelling.
fn judged<'a>(room: &'a Room, by: UserId, message: MessageId, emoji: &str) -> Result<(&'a Message, String), RoomError> {
    room.role_of(by)?;
    let emoji = text::emoji(emoji).map_err(|reason| RoomError::Text { field: "emoji", reason })?;
    Ok((room.message(message)?, emoji.to_owned()))
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate as _;

    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;
    use crate::Decide as _;
    use crate::text::TextError;

    fn react_of(by: UserId, emoji: &str) -> React {
        React { by, message_id: message(1), emoji: emoji.to_owned(), blocked: false }
    }

    fn react(by: UserId, emoji: &str) -> RoomCommand {
        RoomCommand::React(react_of(by, emoji))
    }

    fn unreact(by: UserId, emoji: &str) -> RoomCommand {
        RoomCommand::Unreact(Unreact { by, message_id: message(1), emoji: emoji.to_owned() })
    }

    fn after(more: &[RoomEvent]) -> Vec<RoomEvent> {
        [group(), vec![said(1, CID, "hello")], more.to_vec()].concat()
    }

    #[test]
    fn two_spellings_of_an_emoji_are_one_reaction() {
        let added = decide(&after(&[]), &react(BOB, "❤")).expect("an emoji");
        assert_eq!(added, decide(&after(&[]), &react(BOB, "❤️")).expect("an emoji"));
        assert_eq!(decide(&after(&added), &react(BOB, "❤️")), Ok(vec![]));
    }

    #[test]
    fn every_member_reacts_the_author_too() {
        for by in [ANN, BOB, CID] {
            assert_eq!(decide(&after(&[]), &react(by, "👍")), Ok(vec![reacted(1, by, "👍")]));
        }
    }

    #[test]
    fn a_reaction_that_stands_already_changes_nothing() {
        let history = after(&[reacted(1, ANN, "👍")]);
        assert_eq!(decide(&history, &react(ANN, "👍")), Ok(vec![]));
        assert_eq!(decide(&history, &react(ANN, "🎉")), Ok(vec![reacted(1, ANN, "🎉")]));
        assert_eq!(decide(&history, &react(BOB, "👍")), Ok(vec![reacted(1, BOB, "👍")]));
    }

    #[test]
    fn of_two_that_wait_together_the_second_changes_nothing() {
        let mut room = judging(&after(&[]), &react(ANN, "👍"));
        room.apply(reacted(1, ANN, "👍"));
        assert_eq!(room.decide(&react(ANN, "👍")), Ok(vec![]));
        assert_eq!(room.decide(&unreact(ANN, "👍")), Ok(vec![unreacted(1, ANN, "👍")]));
    }

    #[test]
    fn ones_own_reaction_is_taken_back_once() {
        let history = after(&[reacted(1, ANN, "👍")]);
        assert_eq!(decide(&history, &unreact(ANN, "👍")), Ok(vec![unreacted(1, ANN, "👍")]));
        let history = after(&[reacted(1, ANN, "👍"), unreacted(1, ANN, "👍")]);
        assert_eq!(decide(&history, &unreact(ANN, "👍")), Ok(vec![]));
        assert_eq!(decide(&history, &react(ANN, "👍")), Ok(vec![reacted(1, ANN, "👍")]));
    }

    #[test]
    fn nobody_takes_back_what_another_left_nor_what_nobody_did() {
        let history = after(&[reacted(1, ANN, "👍")]);
        for nothing in [unreact(BOB, "👍"), unreact(ANN, "🎉")] {
            assert_eq!(decide(&history, &nothing), Ok(vec![]));
        }
    }

    #[test]
    fn a_deleted_message_is_not_reacted_to_but_a_reaction_is_taken_back() {
        let history = after(&[reacted(1, ANN, "👍"), deleted(1, CID)]);
        for emoji in ["👍", "🎉"] {
            assert_eq!(decide(&history, &react(ANN, emoji)), Err(RoomError::ReactionToDeleted));
        }
        assert_eq!(decide(&history, &unreact(ANN, "👍")), Ok(vec![unreacted(1, ANN, "👍")]));
    }

    #[test]
    fn a_member_leaves_at_most_20_reactions_on_a_message() {
        let many: Vec<_> = emojis::iter().take(MOST_REACTIONS + 1).map(emojis::Emoji::as_str).collect();
        let (one_more, full) = many.split_last().expect("more than none");
        let by_ann: Vec<_> = full.iter().map(|emoji| reacted(1, ANN, emoji)).collect();
        assert_eq!(decide(&after(&by_ann), &react(ANN, one_more)), Err(RoomError::TooManyReactions));
        assert_eq!(decide(&after(&by_ann), &react(ANN, full[0])), Ok(vec![]));
        assert_eq!(decide(&after(&by_ann), &react(BOB, one_more)), Ok(vec![reacted(1, BOB, one_more)]));
        let one_less = [by_ann, vec![unreacted(1, ANN, full[0])]].concat();
        assert_eq!(decide(&after(&one_less), &react(ANN, one_more)), Ok(vec![reacted(1, ANN, one_more)]));
    }

    #[test]
    fn a_member_reacts_to_a_message_at_most_100_times() {
        let once = [reacted(1, ANN, "👍"), unreacted(1, ANN, "👍")];
        let often = once.iter().cycle().take(2 * MOST_TIMES).cloned().collect::<Vec<_>>();
        assert_eq!(decide(&after(&often), &react(ANN, "👍")), Err(RoomError::TooManyReactions));
        assert_eq!(decide(&after(&often), &react(BOB, "👍")), Ok(vec![reacted(1, BOB, "👍")]));
        let last_stands = &often[..often.len() - 1];
        assert_eq!(decide(&after(last_stands), &unreact(ANN, "👍")), Ok(vec![unreacted(1, ANN, "👍")]));
    }

    #[test]
    fn a_reaction_is_one_emoji() {
        let refused = RoomError::Text { field: "emoji", reason: TextError::NotEmoji };
        for bad in ["", "a", "👍👍", "👍!"] {
            assert_eq!(decide(&after(&[]), &react(ANN, bad)), Err(refused.clone()));
            assert_eq!(decide(&after(&[]), &unreact(ANN, bad)), Err(refused.clone()));
        }
    }

    #[test]
    fn a_block_between_the_two_of_a_direct_room_keeps_either_from_reacting() {
        let history = [direct(), vec![said(1, BOB, "hello"), reacted(1, ANN, "👍")]].concat();
        let command = RoomCommand::React(React { blocked: true, ..react_of(ANN, "🎉") });
        assert_eq!(decide(&history, &command), Err(RoomError::Blocked));
        assert_eq!(decide(&history, &unreact(ANN, "👍")), Ok(vec![unreacted(1, ANN, "👍")]));
    }

    #[test]
    fn outsiders_do_not_learn_of_the_message_and_those_who_are_gone_are_told() {
        for (by, refused) in [(DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            assert_eq!(decide(&after(&[]), &react(by, "👍")), Err(refused.clone()));
            assert_eq!(decide(&after(&[]), &unreact(by, "👍")), Err(refused));
        }
    }

    #[test]
    fn an_unknown_message_is_not_found() {
        for command in [react(ANN, "👍"), unreact(ANN, "👍")] {
            assert_eq!(decide(&group(), &command), Err(RoomError::MessageNotFound));
        }
    }
}
