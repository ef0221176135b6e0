//! A room is opened.

use std::collections::BTreeSet;

use super::{Invited, LONGEST_NAME, MOST_MEMBERS, Member, Role, Room, RoomError, RoomEvent, RoomType};
use crate::{Personal, UserId, text};

/// Opens the one direct room of a pair; one that is open already stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDirect {
    pub opened_by: UserId,
    pub other: UserId,
    /// Whether either has blocked the other.
    pub blocked: bool,
}

impl OpenDirect {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        if self.opened_by == self.other {
            return Err(RoomError::Oneself);
        }
        if self.blocked {
            return Err(RoomError::BlockedUser);
        }
        if room.room_type.is_some() {
            return Ok(vec![]);
        }
        let members = [self.opened_by, self.other].map(|user| Member { user, role: Role::Member });
        Ok(vec![RoomEvent::RoomOpened {
            room_type: RoomType::Direct,
            name: None,
            opened_by: self.opened_by,
            members: members.to_vec(),
        }])
    }
}

/// Opens a group; whoever opens it owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenGroup {
    pub opened_by: UserId,
    pub name: Option<String>,
    pub members: Vec<Invited>,
}

impl OpenGroup {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        if room.room_type.is_some() {
            return Err(RoomError::AlreadyOpen);
        }
        let others = self.others()?;
        let name = self.name.as_deref().map(|name| text::name(name, LONGEST_NAME)).transpose();
        let name = name.map_err(|reason| RoomError::Text { field: "name", reason })?;
        let owner = Member { user: self.opened_by, role: Role::Owner };
        let members = others.into_iter().map(|user| Member { user, role: Role::Member });
        Ok(vec![RoomEvent::RoomOpened {
            room_type: RoomType::Group,
            name: name.map(|name| Personal::about(self.opened_by, name)),
            opened_by: self.opened_by,
            members: [owner].into_iter().chain(members).collect(),
        }])
    }

    fn others(&self) -> Result<BTreeSet<UserId>, RoomError> {
        if self.members.iter().any(|invited| invited.blocked) {
            return Err(RoomError::BlockedUser);
        }
        let others: BTreeSet<_> =
            self.members.iter().map(|invited| invited.user).filter(|user| *user != self.opened_by).collect();
        match others.len() {
            0 => Err(RoomError::Oneself),
            MOST_MEMBERS.. => Err(RoomError::TooManyMembers),
            _ => Ok(others),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;
    use crate::text::TextError;

    fn open_direct(opened_by: UserId, other: UserId, blocked: bool) -> RoomCommand {
        RoomCommand::OpenDirect(OpenDirect { opened_by, other, blocked })
    }

    fn open_group(name: Option<&str>, members: Vec<Invited>) -> RoomCommand {
        RoomCommand::OpenGroup(OpenGroup { opened_by: ANN, name: name.map(str::to_owned), members })
    }

    #[test]
    fn a_direct_room_has_exactly_its_two_and_no_owner() {
        given::<Room>(vec![]).when(open_direct(ANN, BOB, false)).then_expect_events(direct());
        assert_eq!(room(&direct()).pair(), Some((ANN, BOB)));
    }

    #[test]
    fn a_direct_room_is_opened_once_whoever_of_the_two_asks() {
        for (opened_by, other) in [(ANN, BOB), (BOB, ANN)] {
            given::<Room>(direct()).when(open_direct(opened_by, other, false)).then_expect_events(vec![]);
        }
    }

    #[test]
    fn a_block_makes_the_other_unknown_whether_the_room_is_open_or_not() {
        for history in [vec![], direct()] {
            let blocked = given::<Room>(history).when(open_direct(ANN, BOB, true));
            blocked.then_expect_error(RoomError::BlockedUser);
        }
    }

    #[test]
    fn nobody_opens_a_direct_room_with_oneself() {
        given::<Room>(vec![]).when(open_direct(ANN, ANN, false)).then_expect_error(RoomError::Oneself);
    }

    #[test]
    fn whoever_opens_a_group_owns_it() {
        let opened = group_of(&[(ANN, Owner), (BOB, Plain), (CID, Plain)]);
        let asked = given::<Room>(vec![]).when(open_group(None, vec![invited(CID), invited(BOB)]));
        asked.then_expect_events(vec![opened]);
    }

    #[test]
    fn a_group_is_no_pair() {
        assert_eq!(room(&group()).pair(), None);
        assert_eq!(Room::default().pair(), None);
    }

    #[test]
    fn a_group_may_have_a_name() {
        let opened = RoomEvent::RoomOpened {
            room_type: RoomType::Group,
            name: Some(Personal::about(ANN, "Tea".to_owned())),
            opened_by: ANN,
            members: vec![Member { user: ANN, role: Owner }, Member { user: BOB, role: Plain }],
        };
        given::<Room>(vec![]).when(open_group(Some(" Tea "), vec![invited(BOB)])).then_expect_events(vec![opened]);
    }

    #[test]
    fn who_is_named_twice_or_opens_it_is_in_it_once() {
        let opened = group_of(&[(ANN, Owner), (BOB, Plain)]);
        let asked = given::<Room>(vec![]).when(open_group(None, [BOB, ANN, BOB].map(invited).to_vec()));
        asked.then_expect_events(vec![opened]);
    }

    #[test]
    fn a_group_of_oneself_alone_is_refused() {
        for members in [vec![], vec![invited(ANN)], vec![invited(ANN), invited(ANN)]] {
            given::<Room>(vec![]).when(open_group(None, members)).then_expect_error(RoomError::Oneself);
        }
    }

    #[test]
    fn one_blocked_invitee_refuses_the_whole_group() {
        let members = vec![invited(BOB), Invited { user: CID, blocked: true }];
        given::<Room>(vec![]).when(open_group(None, members)).then_expect_error(RoomError::BlockedUser);
    }

    #[test]
    fn a_group_has_at_most_1000_members_its_owner_included() {
        let others = |count: u128| (2..count + 2).map(|n| invited(person(n))).collect();
        let fits = given::<Room>(vec![]).when(open_group(None, others(999)));
        fits.then_expect_events(vec![crowd(1000)]);
        let too_many = given::<Room>(vec![]).when(open_group(None, others(1000)));
        too_many.then_expect_error(RoomError::TooManyMembers);
    }

    #[test]
    fn a_group_name_has_1_to_100_characters() {
        let longest = "한".repeat(LONGEST_NAME);
        let fits = given::<Room>(vec![]).when(open_group(Some(&longest), vec![invited(BOB)]));
        assert!(fits.inspect_result().is_ok());
        for (name, reason) in
            [("", TextError::Blank), (&*(longest + "한"), TextError::TooLong), ("Te\na", TextError::Forbidden)]
        {
            let refused = RoomError::Text { field: "name", reason };
            given::<Room>(vec![]).when(open_group(Some(name), vec![invited(BOB)])).then_expect_error(refused);
        }
    }

    #[test]
    fn a_room_is_opened_once_also_after_it_closed() {
        for history in [group(), direct(), closed()] {
            let again = given::<Room>(history).when(open_group(None, vec![invited(BOB)]));
            again.then_expect_error(RoomError::AlreadyOpen);
        }
    }
}
