//! Two people, and a third who meddles.

use domain::friendship::{
    AcceptRequest, Block, CancelRequest, ErasePerson, Friendship, FriendshipCommand, FriendshipEvent, RejectRequest,
    RemoveFriend, RequestFriendship, Status, Unblock,
};
use domain::{Decide as _, UserId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::people::{ANN, BOB, CID, typed};
use crate::store::{after, assert_replays, erased};

fn of_the_pair() -> impl Strategy<Value = (UserId, UserId)> {
    prop_oneof![9 => Just((ANN, BOB)), 9 => Just((BOB, ANN)), 1 => Just((ANN, ANN))]
}

fn command() -> impl Strategy<Value = FriendshipCommand> {
    let by = || prop_oneof![4 => Just(ANN), 4 => Just(BOB), 1 => Just(CID)];
    let message = proptest::option::weighted(0.3, typed());
    prop_oneof![
        4 => (of_the_pair(), message).prop_map(|((requester, addressee), message)| {
            FriendshipCommand::Request(RequestFriendship { requester, addressee, message })
        }),
        3 => by().prop_map(|by| FriendshipCommand::Accept(AcceptRequest { by })),
        1 => by().prop_map(|by| FriendshipCommand::Reject(RejectRequest { by })),
        1 => by().prop_map(|by| FriendshipCommand::Cancel(CancelRequest { by })),
        1 => by().prop_map(|by| FriendshipCommand::Remove(RemoveFriend { by })),
        1 => of_the_pair().prop_map(|(blocker, blocked)| FriendshipCommand::Block(Block { blocker, blocked })),
        2 => of_the_pair().prop_map(|(blocker, blocked)| FriendshipCommand::Unblock(Unblock { blocker, blocked })),
        1 => prop_oneof![Just((ANN, BOB)), Just((BOB, ANN))]
            .prop_map(|(user, other)| FriendshipCommand::Erase(ErasePerson { user, other })),
    ]
}

/// Who does what an event says.
fn actor(event: &FriendshipEvent) -> UserId {
    match event {
        FriendshipEvent::FriendRequested { requester: by, .. }
        | FriendshipEvent::FriendRequestAccepted { by }
        | FriendshipEvent::FriendRequestRejected { by }
        | FriendshipEvent::FriendRequestCancelled { by }
        | FriendshipEvent::FriendRemoved { by }
        | FriendshipEvent::UserBlocked { blocker: by, .. }
        | FriendshipEvent::UserUnblocked { blocker: by, .. }
        | FriendshipEvent::PersonErased { user: by } => *by,
    }
}

fn assert_allowed(before: &Friendship, event: &FriendshipEvent) {
    let asked = before.request();
    let by = actor(event);
    assert!(by == ANN || by == BOB, "nobody else has a part in it: {event:?}");
    match event {
        FriendshipEvent::FriendRequested { .. } => {
            assert!(!before.is_blocked() && !matches!(before.status(), Status::Pending | Status::Accepted));
        }
        FriendshipEvent::FriendRequestAccepted { .. } | FriendshipEvent::FriendRequestRejected { .. } => {
            assert_eq!((before.status(), asked.map(|(_, addressee)| addressee)), (Status::Pending, Some(by)));
        }
        FriendshipEvent::FriendRequestCancelled { .. } => {
            assert_eq!((before.status(), asked.map(|(requester, _)| requester)), (Status::Pending, Some(by)));
        }
        FriendshipEvent::FriendRemoved { .. } => assert_eq!(before.status(), Status::Accepted),
        FriendshipEvent::UserBlocked { .. } => assert!(!before.is_blocked_by(by)),
        FriendshipEvent::UserUnblocked { .. } => assert!(before.is_blocked_by(by)),
        FriendshipEvent::PersonErased { .. } => {
            assert!(!before.is_blocked_by(by) && !matches!(before.status(), Status::Pending | Status::Accepted));
        }
    }
}

/// Everything that is asked happens or is refused; each event is checked against what stood before it.
fn live(commands: &[FriendshipCommand]) -> (Friendship, Vec<FriendshipEvent>) {
    let (mut pair, mut history) = (Friendship::default(), vec![]);
    for command in commands {
        for event in pair.decide(command).unwrap_or_default() {
            assert_allowed(&pair, &event);
            pair = after(pair, [event.clone()]);
            history.push(event);
        }
        let open = matches!(pair.status(), Status::Pending | Status::Accepted);
        assert!(!(open && pair.is_blocked()), "nothing is open between two of whom one blocks the other: {pair:?}");
        assert_eq!(pair.is_blocked(), pair.is_blocked_by(ANN) || pair.is_blocked_by(BOB));
    }
    (pair, history)
}

proptest! {
    #[test]
    fn whatever_a_pair_does_the_rules_hold_and_replay_gives_the_same(commands in vec(command(), 0..40), cut in 0..40_usize) {
        let (pair, history) = live(&commands);
        assert_replays(&pair, &history, cut);
    }

    #[test]
    fn what_stands_between_two_does_not_hang_on_what_they_wrote(commands in vec(command(), 0..40)) {
        let (pair, history) = live(&commands);
        prop_assert_eq!(after(Friendship::default(), erased(&history, ANN)), pair);
    }
}
