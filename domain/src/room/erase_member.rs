//! Somebody who is or was a member is gone for good.

use super::{Role, Room, RoomError, RoomEvent, RoomType};
use crate::{PersonalField as _, UserId};

/// Erases whatever `user`, whose account is deleted, wrote here, and takes them out of a group. The last owner does not stay for
/// that: the admin, else the member, whose account is the oldest becomes owner. Doing it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EraseMember {
    pub user: UserId,
}

impl EraseMember {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let user = self.user;
        let Some(role) = room.members.get(&user).filter(|_| !room.erased.contains(&user)) else { return Ok(vec![]) };
        let name = room.name.as_ref().is_some_and(|name| name.subject() == user);
        let erased = RoomEvent::MemberErased { user, name };
        if role.is_none() || room.room_type == Some(RoomType::Direct) {
            return Ok(vec![erased]);
        }
        let heir = room.is_last_owner(user).then(|| room.heir_of(user)).flatten();
        let heir = heir.map(|heir| RoomEvent::MemberRoleChanged { user: heir, role: Role::Owner, by: user });
        let closed = (room.present().count() == 1).then_some(RoomEvent::RoomClosed {});
        Ok(heir.into_iter().chain([RoomEvent::MemberLeft { user }, erased]).chain(closed).collect())
    }
}

impl Room {
    /// Who owns the room when `owner` is gone. Ids are given in the order of time: the lowest is the oldest account's.
    fn heir_of(&self, owner: UserId) -> Option<UserId> {
        let others = self.present().filter(|(user, _)| *user != owner);
        others.max_by_key(|(user, role)| (*role, std::cmp::Reverse(*user))).map(|(user, _)| user)
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{EditMessage, RoomCommand};
    use super::*;
    use crate::Personal;

    fn erase(user: UserId) -> RoomCommand {
        RoomCommand::Erase(EraseMember { user })
    }

    fn erased(user: UserId) -> RoomEvent {
        RoomEvent::MemberErased { user, name: false }
    }

    fn named(by: UserId) -> RoomEvent {
        RoomEvent::RoomRenamed { name: Personal::about(by, "Plans".to_owned()), by }
    }

    #[test]
    fn members_and_admins_leave_and_what_they_wrote_is_erased() {
        for user in [BOB, CID] {
            given::<Room>(group()).when(erase(user)).then_expect_events(vec![left(user), erased(user)]);
        }
    }

    #[test]
    fn the_last_owner_hands_over_to_the_oldest_admin() {
        let became = became(BOB, Owner, ANN);
        given::<Room>(group()).when(erase(ANN)).then_expect_events(vec![became, left(ANN), erased(ANN)]);
        let two = vec![group_of(&[(ANN, Owner), (BOB, Plain), (DAN, Admin), (CID, Admin)])];
        let first = given::<Room>(two).when(erase(ANN)).inspect_result().expect("goes");
        assert_eq!(first[0], super::super::given::became(CID, Owner, ANN));
    }

    #[test]
    fn without_an_admin_the_oldest_member_becomes_owner() {
        let members = vec![group_of(&[(DAN, Plain), (CID, Owner), (BOB, Plain)])];
        let became = became(BOB, Owner, CID);
        given::<Room>(members).when(erase(CID)).then_expect_events(vec![became, left(CID), erased(CID)]);
    }

    #[test]
    fn one_of_several_owners_hands_over_to_nobody() {
        let owners = vec![group_of(&[(ANN, Owner), (BOB, Owner), (CID, Admin)])];
        given::<Room>(owners).when(erase(ANN)).then_expect_events(vec![left(ANN), erased(ANN)]);
    }

    #[test]
    fn with_the_last_member_the_room_closes() {
        let alone = vec![group_of(&[(ANN, Owner)])];
        given::<Room>(alone).when(erase(ANN)).then_expect_events(vec![
            left(ANN),
            erased(ANN),
            RoomEvent::RoomClosed {},
        ]);
    }

    #[test]
    fn who_left_before_is_erased_too() {
        given::<Room>(group()).when(erase(EVE)).then_expect_events(vec![erased(EVE)]);
        given::<Room>(closed()).when(erase(ANN)).then_expect_events(vec![erased(ANN)]);
    }

    #[test]
    fn who_never_was_there_or_is_erased_already_changes_nothing() {
        given::<Room>(group()).when(erase(DAN)).then_expect_events(vec![]);
        given::<Room>(vec![]).when(erase(ANN)).then_expect_events(vec![]);
        let history = [group(), vec![left(CID), erased(CID)]].concat();
        given::<Room>(history).when(erase(CID)).then_expect_events(vec![]);
    }

    #[test]
    fn a_name_goes_with_who_gave_it() {
        let history = [group(), vec![named(BOB)]].concat();
        let gone = RoomEvent::MemberErased { user: BOB, name: true };
        given::<Room>(history.clone()).when(erase(BOB)).then_expect_events(vec![left(BOB), gone.clone()]);
        given::<Room>(history.clone()).when(erase(CID)).then_expect_events(vec![left(CID), erased(CID)]);
        assert_eq!(room(&[history.clone(), vec![left(BOB), gone]].concat()).name, None);
        assert!(room(&[history, vec![left(CID), erased(CID)]].concat()).name.is_some());
    }

    #[test]
    fn a_direct_room_stays_with_the_other_who_can_read_it_and_not_write() {
        given::<Room>(direct()).when(erase(ANN)).then_expect_events(vec![erased(ANN)]);
        let history = [direct(), vec![said(1, BOB, "are you there?"), erased(ANN)]].concat();
        assert_eq!((room(&history).role_of(BOB), room(&history).role_of(ANN)), (Ok(Plain), Err(RoomError::Gone)));
        assert_eq!(room(&history).pair(), Some((ANN, BOB)));
        let (by, content) = (BOB, "hello?".to_owned());
        let edit = RoomCommand::Edit(EditMessage { by, message_id: message(1), content, blocked: false });
        assert_eq!(decide(&history, &edit), Err(RoomError::Deserted));
        let RoomCommand::Edit(EditMessage { content, .. }) = edit else { unreachable!() };
        let send = super::super::SendMessage {
            message_id: message(2),
            author: by,
            content,
            message_type: super::super::MessageType::Text,
            reply_to: None,
            blocked: false,
        };
        assert_eq!(decide(&history, &RoomCommand::Send(send)), Err(RoomError::Deserted));
    }

    #[test]
    fn who_is_erased_does_nothing_more_in_a_group() {
        let history = [group(), vec![left(CID), erased(CID)]].concat();
        assert_eq!(room(&history).role_of(CID), Err(RoomError::Gone));
        assert_eq!(room(&history).role_of(BOB), Ok(Admin));
    }
}
