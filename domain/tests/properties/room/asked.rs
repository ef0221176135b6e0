//! What people ask of a room.

use domain::MessageId;
use domain::room::*;
use proptest::collection::vec as list;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use crate::people::{ANN, BOB, everybody, person, somebody, typed};

/// The id of the message that `n` others were sent before.
pub(super) const fn message_id(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x1_0000 + n))
}

fn some_message() -> impl Strategy<Value = MessageId> {
    (0..6_u128).prop_map(message_id)
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner)]
}

fn emoji() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just("👍"), 3 => Just("🎉"), 1 => Just("no")].prop_map(str::to_owned)
}

fn blocked() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn invited() -> impl Strategy<Value = Invited> {
    (somebody(), blocked()).prop_map(|(user, blocked)| Invited { user, blocked })
}

fn crowd() -> impl Strategy<Value = Vec<Invited>> {
    (1000..1600_u128, 0..700_u128)
        .prop_map(|(from, count)| (from..from + count).map(|n| Invited { user: person(n), blocked: false }).collect())
}

fn open() -> impl Strategy<Value = RoomCommand> {
    let direct = (somebody(), somebody(), blocked())
        .prop_map(|(opened_by, other, blocked)| RoomCommand::OpenDirect(OpenDirect { opened_by, other, blocked }));
    let group = (somebody(), option::of(typed()), list(invited(), 0..6))
        .prop_map(|(opened_by, name, members)| RoomCommand::OpenGroup(OpenGroup { opened_by, name, members }));
    prop_oneof![1 => direct, 3 => group]
}

fn manage() -> impl Strategy<Value = RoomCommand> {
    prop_oneof![
        1 => (somebody(), option::of(typed())).prop_map(|(by, name)| RoomCommand::Rename(Rename { by, name })),
        4 => (somebody(), list(invited(), 0..4)).prop_map(|(by, users)| RoomCommand::AddMembers(AddMembers { by, users })),
        2 => (somebody(), somebody()).prop_map(|(by, user)| RoomCommand::RemoveMember(RemoveMember { by, user })),
        2 => somebody().prop_map(|by| RoomCommand::Leave(Leave { by })),
        1 => somebody().prop_map(|user| RoomCommand::Erase(EraseMember { user })),
        5 => (somebody(), somebody(), role())
            .prop_map(|(by, user, role)| RoomCommand::ChangeRole(ChangeRole { by, user, role })),
    ]
}

fn add_crowd() -> impl Strategy<Value = RoomCommand> {
    let by = prop_oneof![3 => Just(ANN), 1 => somebody()];
    (by, crowd()).prop_map(|(by, users)| RoomCommand::AddMembers(AddMembers { by, users }))
}

fn remove_one_of_the_crowd() -> impl Strategy<Value = RoomCommand> {
    (somebody(), 1000..1600_u128).prop_map(|(by, n)| RoomCommand::RemoveMember(RemoveMember { by, user: person(n) }))
}

/// The message's id is given when it is asked.
fn send() -> impl Strategy<Value = RoomCommand> {
    (somebody(), typed(), option::weighted(0.3, some_message()), blocked()).prop_map(
        |(author, content, reply_to, blocked)| {
            let (message_id, message_type) = (message_id(0), MessageType::Text);
            RoomCommand::Send(SendMessage { message_id, author, content, message_type, reply_to, blocked })
        },
    )
}

fn edit() -> impl Strategy<Value = RoomCommand> {
    (somebody(), some_message(), typed(), blocked()).prop_map(|(by, message_id, content, blocked)| {
        RoomCommand::Edit(EditMessage { by, message_id, content, blocked })
    })
}

fn react() -> impl Strategy<Value = RoomCommand> {
    (somebody(), some_message(), emoji(), blocked())
        .prop_map(|(by, message_id, emoji, blocked)| RoomCommand::React(React { by, message_id, emoji, blocked }))
}

fn unreact() -> impl Strategy<Value = RoomCommand> {
    (somebody(), some_message(), emoji())
        .prop_map(|(by, message_id, emoji)| RoomCommand::Unreact(Unreact { by, message_id, emoji }))
}

fn delete() -> impl Strategy<Value = RoomCommand> {
    (somebody(), some_message()).prop_map(|(by, message_id)| RoomCommand::Delete(DeleteMessage { by, message_id }))
}

pub(super) fn command() -> impl Strategy<Value = RoomCommand> {
    prop_oneof![1 => open(), 8 => manage(), 6 => send(), 4 => edit(), 2 => delete(), 4 => react(), 3 => unreact()]
}

/// Ann opens a group with everybody and gives out roles.
fn established() -> impl Strategy<Value = Vec<RoomCommand>> {
    let members = everybody().map(|user| Invited { user, blocked: false }).collect();
    let opened = RoomCommand::OpenGroup(OpenGroup { opened_by: ANN, name: None, members });
    list(role(), 4).prop_map(move |roles| {
        let others = everybody().filter(|user| *user != ANN);
        let given = others.zip(roles).map(|(user, role)| RoomCommand::ChangeRole(ChangeRole { by: ANN, user, role }));
        [opened.clone()].into_iter().chain(given).collect()
    })
}

/// A room that somebody opens, and then anything.
pub(super) fn life() -> impl Strategy<Value = Vec<RoomCommand>> {
    let opened = prop_oneof![established(), list(open(), 1..4)];
    (opened, list(command(), 0..50)).prop_map(|(opened, life)| [opened, life].concat())
}

/// Ann opens a group with Bob, and crowds come and go.
pub(super) fn life_with_crowds() -> impl Strategy<Value = Vec<RoomCommand>> {
    let members = vec![Invited { user: BOB, blocked: false }];
    let opened = RoomCommand::OpenGroup(OpenGroup { opened_by: ANN, name: None, members });
    let any = prop_oneof![3 => add_crowd(), 2 => remove_one_of_the_crowd(), 2 => manage(), 1 => send()];
    list(any, 0..16).prop_map(move |life| [vec![opened.clone()], life].concat())
}
