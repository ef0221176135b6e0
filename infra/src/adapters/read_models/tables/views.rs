//! From rows of the directory to what queries answer.

use std::collections::HashMap;

use command_side::api::views::{FriendshipView, Participant, UserView, image_url};
use domain::{FriendshipId, RoomId, Timestamp, UserId, Version};
use query_side::ports::{InboxChange, InboxNotice, InboxState, Match, Other, Request, RoomShape};
use sqlx::Error;

use super::row::Columns;

/// The columns of `users`.
pub(in super::super) fn user(row: &impl Columns) -> Result<UserView, Error> {
    let nickname = row.text("nickname")?;
    Ok(UserView {
        id: row.id("id")?,
        email: row.text_or_none("email")?,
        username: row.text_or_none("username")?,
        display_name: nickname.clone(),
        nickname,
        status_message: row.text_or_none("status_message")?,
        image_url: row.text_or_none("image")?.map(|name| image_url(&name)),
        is_online: false,
        last_seen_at: None,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// A user, and the `word` by which they were found.
pub(in super::super) fn found(row: &impl Columns) -> Result<Match, Error> {
    Ok(Match { word: row.text("word")?, user: user(row)? })
}

/// A user, and `since` when they are what they are to somebody.
pub(in super::super) fn other(row: &impl Columns) -> Result<Other, Error> {
    Ok(Other { user: user(row)?, since: row.time("since")? })
}

/// Somebody with a block between, whoever's it is, and since when there is one.
pub(in super::super) fn apart(row: &impl Columns) -> Result<(UserId, Timestamp), Error> {
    let since = row.time_or_none("own")?.into_iter().chain(row.time_or_none("theirs")?).min();
    Ok((row.id("other_id")?, since.unwrap_or(Timestamp(0))))
}

/// A friendship, and the user at its other end.
pub(in super::super) fn request(row: &impl Columns) -> Result<Request, Error> {
    let id: FriendshipId = row.id("friendship_id")?;
    let (requester_id, addressee_id) = (row.id("requester")?, row.id("addressee")?);
    let friendship = FriendshipView {
        id,
        request_id: id,
        requester_id,
        addressee_id,
        user_id_1: requester_id,
        user_id_2: addressee_id,
        status: row.word("status")?,
        message: row.text_or_none("message")?,
        created_at: row.time("asked_first_at")?,
        updated_at: row.time("changed_at")?,
    };
    Ok(Request { friendship, user: user(row)? })
}

/// Rooms, and who is in each.
pub(in super::super) fn shapes<R: Columns>(rooms: &[R], members: &[R]) -> Result<Vec<RoomShape>, Error> {
    let mut by_room: HashMap<RoomId, Vec<Participant>> = HashMap::new();
    for row in members {
        by_room.entry(row.id("room_id")?).or_default().push(participant(row)?);
    }
    let whole = |row: &R| shape(row, by_room.remove(&row.id("id")?).unwrap_or_default());
    rooms.iter().map(whole).collect()
}

/// A room, with those who are in it.
pub(in super::super) fn shape(row: &impl Columns, participants: Vec<Participant>) -> Result<RoomShape, Error> {
    Ok(RoomShape {
        id: row.id("id")?,
        room_type: row.word("room_type")?,
        name: row.text_or_none("name")?,
        created_at: row.time("created_at")?,
        participants,
    })
}

fn participant(row: &impl Columns) -> Result<Participant, Error> {
    Ok(Participant {
        id: row.id("user_id")?,
        username: row.text_or_none("username")?,
        nickname: row.text("nickname")?,
        role: row.word("role")?,
    })
}

/// The columns of `notifications`, and `shown` and `role`, which are joined to them.
pub(in super::super) fn notice(row: &impl Columns) -> Result<InboxNotice, Error> {
    Ok(InboxNotice {
        version: row.number("version")?,
        id: row.id("id")?,
        notification_type: row.word("notification_type")?,
        actor: row.id("actor_id")?,
        room: row.id_or_none("room_id")?,
        message: row.id_or_none("message_id")?,
        room_version: row.number_or_none("room_version")?,
        friendship: row.id_or_none("friendship_id")?,
        is_read: row.number_or_none("read_version")?.is_some(),
        created_at: row.time("created_at")?,
        text: row.text_or_none("shown")?,
        is_member: row.text_or_none("role")?.is_some(),
    })
}

/// The columns of `inboxes`; an inbox without a row is empty.
pub(in super::super) fn inbox(row: Option<&impl Columns>) -> Result<InboxState, Error> {
    let Some(row) = row else { return Ok(InboxState::default()) };
    Ok(InboxState { version: row.number("version")?, pruned: row.number("pruned")? })
}

/// As [`notice`], with `changed`, the version at which it was told or read, in the order of that. Where there are `most` rows the
/// last version may not be whole: it is left out.
pub(in super::super) fn inbox_changes<R: Columns>(
    rows: &[R],
    most: usize,
) -> Result<Vec<(Version, InboxChange)>, Error> {
    let mut changes: Vec<(Version, InboxChange)> = vec![];
    for row in rows {
        let (version, notice) = (row.number("changed")?, notice(row)?);
        match changes.last_mut() {
            _ if notice.version == version => changes.push((version, InboxChange::Told(Box::new(notice)))),
            Some((last, InboxChange::Read(read))) if *last == version => read.push(notice.id),
            _ => changes.push((version, InboxChange::Read(vec![notice.id]))),
        }
    }
    if rows.len() >= most {
        changes.pop();
    }
    Ok(changes)
}
