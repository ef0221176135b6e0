//! The rows of the directory, each as the values of one statement. The order is that of the statements' columns.

use domain::friendship::Status;
use domain::{FriendshipId, Timestamp, UserId};
use projections::directory::{FriendshipRow, InboxRow, MemberRow, NoticeRow, ReadRow, RoomRow, SideRow, UserRow};

use super::super::columns::{flat, role_name, room_type_name, status_name};
use super::values::Values;

/// `id, version, status, created_at, updated_at`
pub(in super::super) fn new_pair<'q, Q: Values<'q>>(query: Q, row: &'q FriendshipRow) -> Q {
    let query = query.id(&row.friendship.0).number(row.version).text(status_name(Status::None));
    query.time(row.first_at).time(row.first_at)
}

/// `id, version, asked_at, requester, addressee, message, status, updated_at`
pub(in super::super) fn changed_pair<'q, Q: Values<'q>>(query: Q, row: &'q FriendshipRow) -> Q {
    let request = row.request.as_ref();
    let query = query.id(&row.friendship.0).number(row.version).time(row.asked_at);
    let query = query.id(request.map(|request| &request.requester.0)).id(request.map(|request| &request.addressee.0));
    query
        .text(request.and_then(|request| request.message.as_deref()))
        .text(row.status.map(|(status, _)| status_name(status)))
        .time(row.status.map(|(_, since)| since))
}

/// `user_id, other_id, friendship_id, status, is_requester, blocks, since`
pub(in super::super) fn new_side<'q, Q: Values<'q>>(query: Q, row: &'q SideRow) -> Q {
    let query = query.id(&row.user.0).id(&row.other.0).id(&row.friendship.0);
    query.text(status_name(Status::None)).flag(false).flag(false).time(row.first_at)
}

/// `user_id, other_id, is_requester, status, since, blocks, blocked_at`
pub(in super::super) fn changed_side<'q, Q: Values<'q>>(query: Q, row: &'q SideRow) -> Q {
    query
        .id(&row.user.0)
        .id(&row.other.0)
        .flag(row.is_requester)
        .text(row.status.map(|(status, _)| status_name(status)))
        .time(row.status.map(|(_, since)| since))
        .flag(row.blocks.map(|(blocks, _)| blocks))
        .time(row.blocks.filter(|(blocks, _)| *blocks).map(|(_, at)| at))
}

/// `friendship_id, requester`
pub(in super::super) fn erased<'q, Q: Values<'q>>(query: Q, row: &'q (FriendshipId, UserId)) -> Q {
    query.id(&row.0.0).id(&row.1.0)
}

/// `friendship_id, status, since`
pub(in super::super) fn answered<'q, Q: Values<'q>>(query: Q, row: &'q (FriendshipId, Status, Timestamp)) -> Q {
    let (friendship, status, since) = row;
    query.id(&friendship.0).text(status_name(*status)).time(*since)
}

/// `id, version, room_type, name, closed, created_at, updated_at`
pub(in super::super) fn new_room<'q, Q: Values<'q>>(query: Q, row: &'q RoomRow) -> Q {
    query
        .id(&row.room.0)
        .number(row.version)
        .text(row.opened.map(|(room_type, _)| room_type_name(room_type)))
        .text(flat(&row.name))
        .flag(row.closes)
        .time(row.opened.map(|(_, at)| at))
        .time(row.updated_at)
}

/// `id, version, name_said, name, closes, updated_at`
pub(in super::super) fn changed_room<'q, Q: Values<'q>>(query: Q, row: &'q RoomRow) -> Q {
    let query = query.id(&row.room.0).number(row.version).flag(row.name.is_some()).text(flat(&row.name));
    query.flag(row.closes).time(row.updated_at)
}

/// `room_id, user_id, role`
pub(in super::super) fn member<'q, Q: Values<'q>>(query: Q, row: &'q MemberRow) -> Q {
    query.id(&row.room.0).id(&row.user.0).text(row.role.map(role_name))
}

/// `room_id, user_id, role, joined_at`
pub(in super::super) fn new_member<'q, Q: Values<'q>>(query: Q, row: &'q MemberRow) -> Q {
    member(query, row).time(row.joined_at)
}

/// `word, user_id`
pub(in super::super) fn word<'q, Q: Values<'q>>(query: Q, (word, user): &'q (String, UserId)) -> Q {
    query.text(word.as_str()).id(&user.0)
}

/// `id, version, email, username, nickname, status_message, image, created_at, updated_at`
pub(in super::super) fn new_user<'q, Q: Values<'q>>(query: Q, row: &'q UserRow) -> Q {
    let query = query.id(&row.user.0).number(row.version);
    let query = [&row.email, &row.username, &row.nickname, &row.status_message, &row.image]
        .into_iter()
        .fold(query, |query, field| query.text(flat(field)));
    query.time(row.created_at).time(row.updated_at)
}

/// `id, version`, then each field with whether it is said before it: `email, username, nickname, status_message, image`;
/// `updated_at`
pub(in super::super) fn changed_user<'q, Q: Values<'q>>(query: Q, row: &'q UserRow) -> Q {
    let query = query.id(&row.user.0).number(row.version);
    let query = [&row.email, &row.username, &row.nickname, &row.status_message, &row.image]
        .into_iter()
        .fold(query, |query, field| query.flag(field.is_some()).text(flat(field)));
    query.time(row.updated_at)
}

/// `user_id, version, pruned`
pub(in super::super) fn inbox<'q, Q: Values<'q>>(query: Q, row: &'q InboxRow) -> Q {
    query.id(&row.user.0).number(row.version).number(0)
}

/// `user_id, version, id, notification_type, actor_id, room_id, message_id, room_version, friendship_id, created_at`
pub(in super::super) fn notice<'q, Q: Values<'q>>(query: Q, row: &'q NoticeRow) -> Q {
    let told = &row.told;
    let query = query.id(&row.user.0).number(row.version).id(&told.notification.0);
    let query = query.text(told.notification_type.as_str()).id(&told.actor.0);
    let query = query.id(told.room.as_ref().map(|room| &room.0)).id(told.message.as_ref().map(|message| &message.0));
    let query = query.number(told.room_version);
    query.id(told.friendship.as_ref().map(|friendship| &friendship.0)).time(row.at)
}

/// `user_id, id, read_version`
pub(in super::super) fn read<'q, Q: Values<'q>>(query: Q, row: &'q ReadRow) -> Q {
    query.id(&row.user.0).id(&row.notification.0).number(row.version)
}
