use domain::friendship::{FriendshipEvent, Status};
use domain::inbox::{InboxEvent, NotificationType};
use domain::room::{Role, RoomEvent, RoomType};
use domain::user::{ImageFormat, ImageName, UserEvent};
use domain::{FriendshipId, Personal};

use super::*;
use crate::given::*;

fn people(history: &[UserEvent]) -> DirectoryRows {
    let events = (1..).zip(history).map(|(version, said)| event(ANN, version, said.clone()));
    gathered(events)
}

fn pair(first: u64, history: &[FriendshipEvent]) -> DirectoryRows {
    let friendship = FriendshipId::between(ANN, BOB);
    gathered((first..).zip(history).map(|(version, said)| event(friendship, version, said.clone())))
}

fn room(first: u64, history: &[RoomEvent]) -> DirectoryRows {
    gathered((first..).zip(history).map(|(version, said)| event(ROOM, version, said.clone())))
}

fn gathered(events: impl Iterator<Item = domain::Envelope>) -> DirectoryRows {
    DirectoryRows::gather(events.flat_map(|event| Directory::project(&event).expect("projectable")).collect())
}

fn registered() -> UserEvent {
    UserEvent::UserRegistered { email: text("a@b.c"), username: Some(text("ann_lee")), nickname: text("Änn") }
}

fn asked() -> FriendshipEvent {
    FriendshipEvent::FriendRequested { requester: ANN, addressee: BOB, message: Some(text("hi")) }
}

#[test]
fn somebody_new_has_every_field_and_what_is_said_later_counts() {
    let status = UserEvent::StatusMessageChanged { status_message: text("away") };
    let rows = people(&[registered(), UserEvent::NicknameChanged { nickname: text("Annie") }, status]);
    let [row] = rows.users.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.version, row.created_at, row.updated_at), (3, Some(time(1)), Some(time(3))));
    assert_eq!(row.nickname, Some(Some("Annie".to_owned())));
    assert_eq!((&row.username, &row.status_message), (&Some(Some("ann_lee".into())), &Some(Some("away".into()))));
}

#[test]
fn a_new_password_moves_the_version_and_nothing_that_is_seen() {
    let rows = people(&[UserEvent::PasswordChanged {}]);
    assert_eq!((rows.users[0].version, rows.users[0].updated_at, &rows.users[0].nickname), (1, None, &None));
}

#[test]
fn a_status_that_is_cleared_is_emptied_and_not_left_as_it_is() {
    assert_eq!(people(&[UserEvent::StatusMessageCleared {}]).users[0].status_message, Some(None));
}

#[test]
fn an_image_is_kept_by_its_name_until_it_is_taken_away() {
    let name = ImageName { user: ANN, made_at: 1, digest: 2, format: ImageFormat::Jpeg };
    let image = |image| UserEvent::ProfileImageChanged { image };
    let row = |events: &[UserEvent]| people(events).users[0].image.clone();
    let shown = || image(Some(Personal::about(ANN, name)));
    assert_eq!(row(&[registered(), shown()]), Some(Some(name.to_string())));
    assert_eq!(row(&[shown(), image(None)]), Some(None));
    assert_eq!(row(&[image(Some(Personal::Erased { subject: ANN }))]), Some(None));
    assert_eq!(row(&[UserEvent::PasswordChanged {}]), None);
}

#[test]
fn who_is_erased_has_no_name() {
    let erased = UserEvent::NicknameChanged { nickname: Personal::Erased { subject: ANN } };
    assert_eq!(people(&[erased]).users[0].nickname, Some(None));
}

#[test]
fn somebody_is_found_by_each_word_of_their_names_once() {
    assert_eq!(search_words(Some("Änn Lee"), Some("ann_lee-9")), ["9", "ann", "lee"]);
    assert!(search_words(None, None).is_empty());
}

#[test]
fn a_request_is_seen_from_both_sides() {
    let rows = pair(1, &[asked()]);
    let sides: Vec<_> = rows.sides.iter().map(|side| (side.user, side.other, side.is_requester)).collect();
    assert_eq!(sides, [(ANN, BOB, Some(true)), (BOB, ANN, Some(false))]);
    assert!(rows.sides.iter().all(|side| side.status == Some((Status::Pending, time(1)))));
    assert_eq!(rows.friendships[0].asked_at, Some(time(1)));
}

#[test]
fn an_answer_that_names_one_of_the_two_is_for_both() {
    let rows = pair(2, &[FriendshipEvent::FriendRequestAccepted { by: BOB }]);
    assert_eq!(rows.answered, [(FriendshipId::between(ANN, BOB), Status::Accepted, time(2))]);
    assert!(rows.sides.is_empty());
    let together = pair(1, &[asked(), FriendshipEvent::FriendRequestAccepted { by: BOB }]);
    assert!(together.sides.iter().all(|side| side.status == Some((Status::Accepted, time(2)))));
    assert!(together.answered.is_empty());
}

#[test]
fn a_block_is_one_sides_and_leaves_the_status_alone() {
    let block = |stands| match stands {
        true => FriendshipEvent::UserBlocked { blocker: BOB, blocked: ANN },
        false => FriendshipEvent::UserUnblocked { blocker: BOB, blocked: ANN },
    };
    let rows = pair(1, &[block(true)]);
    let of = |user| rows.sides.iter().find(|side| side.user == user).expect("a side");
    assert_eq!((of(BOB).blocks, of(ANN).blocks), (Some((true, time(1))), None));
    assert!(rows.sides.iter().all(|side| side.status.is_none() && side.is_requester.is_none()));
    let lifted = pair(1, &[block(true), block(false)]);
    assert_eq!(lifted.sides[0].blocks, Some((false, time(2))));
}

#[test]
fn nothing_is_left_of_a_deleted_account_but_that_there_was_one() {
    let rows = people(&[UserEvent::AccountDeleted {}]);
    let [row] = rows.users.as_slice() else { panic!("{rows:?}") };
    assert_eq!((&row.email, &row.username, &row.nickname), (&Some(None), &Some(None), &Some(None)));
    assert_eq!((&row.status_message, row.updated_at), (&Some(None), Some(time(1))));
}

#[test]
fn who_is_erased_between_two_takes_along_what_they_wrote_to_the_other() {
    let rows = pair(1, &[asked(), FriendshipEvent::PersonErased { user: ANN }]);
    assert_eq!(rows.erased, [(FriendshipId::between(ANN, BOB), ANN)]);
    assert_eq!(rows.friendships[0].version, 2);
}

#[test]
fn a_room_loses_its_name_with_who_gave_it_and_only_then() {
    let gone = |name| room(4, &[RoomEvent::MemberErased { user: ANN, name }]).rooms.remove(0);
    assert_eq!((gone(true).name, gone(false).name), (Some(None), None));
    assert_eq!(gone(false).version, 4);
}

#[test]
fn a_room_is_opened_renamed_and_closed() {
    let rows = room(
        1,
        &[
            opened(&[(ANN, Role::Owner), (BOB, Role::Member)]),
            RoomEvent::RoomRenamed { name: text("Dinner"), by: ANN },
            RoomEvent::RoomClosed {},
        ],
    );
    let [row] = rows.rooms.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.opened, row.closes, row.version), (Some((RoomType::Group, time(1))), true, 3));
    assert_eq!((&row.name, row.updated_at), (&Some(Some("Dinner".to_owned())), time(3)));
}

#[test]
fn a_message_changes_nothing_in_the_directory() {
    assert_eq!(room(1, &[sent(1, ANN, "a"), edited(1, "b"), reacted(1, ANN, "👍")]), DirectoryRows::default());
}

#[test]
fn a_member_is_as_the_batch_leaves_them() {
    let promoted = RoomEvent::MemberRoleChanged { user: BOB, role: Role::Admin, by: ANN };
    let rows = room(4, &[joined(BOB), promoted.clone(), left(CID)]);
    let members: Vec<_> = rows.members.iter().map(|row| (row.user, row.role, row.joined_at)).collect();
    assert_eq!(members, [(BOB, Some(Role::Admin), Some(time(4))), (CID, None, None)]);
    assert_eq!(room(4, &[promoted]).members[0].joined_at, None);
}

fn notification(n: u128) -> domain::NotificationId {
    domain::NotificationId(uuid::Uuid::from_u128(n))
}

fn told(n: u128) -> InboxEvent {
    InboxEvent::Notified {
        notification: notification(n),
        notification_type: NotificationType::Mention,
        actor: ANN,
        room: Some(ROOM),
        message: Some(message(n)),
        room_version: Some(4),
        friendship: None,
        cause: 40,
    }
}

fn inbox(history: &[InboxEvent]) -> DirectoryRows {
    let inbox = domain::InboxId::of(BOB);
    gathered((1..).zip(history).map(|(version, said)| event(inbox, version, said.clone())))
}

#[test]
fn what_is_told_is_a_row_at_its_version_of_the_inbox() {
    let rows = inbox(&[InboxEvent::RoomMuted { room: ROOM }, told(1)]);
    let [row] = rows.notices.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.user, row.version, row.at, row.told.message), (BOB, 2, time(2), Some(message(1))));
    assert_eq!(rows.inboxes, [InboxRow { user: BOB, version: 2 }]);
}

#[test]
fn what_is_read_says_at_which_version() {
    let read = InboxEvent::NotificationsRead { notifications: vec![notification(1), notification(2)], settled: 60 };
    let rows = inbox(&[told(1), told(2), read]);
    let read = |n| ReadRow { user: BOB, notification: notification(n), version: 3 };
    assert_eq!((rows.notices.len(), rows.read), (2, vec![read(1), read(2)]));
}

#[test]
fn what_goes_is_what_was_read_before() {
    let rows = inbox(&[told(1), InboxEvent::NotificationsPruned { before: 1_500 }]);
    assert_eq!(rows.pruned, [PrunedRow { user: BOB, version: 2, before: domain::Timestamp(1_500) }]);
}

#[test]
fn of_an_inbox_that_is_erased_nothing_stays() {
    let rows = inbox(&[told(1), InboxEvent::InboxErased {}]);
    assert_eq!(rows.pruned, [PrunedRow { user: BOB, version: 2, before: domain::Timestamp(i64::MAX) }]);
}

#[test]
fn a_muted_room_moves_the_version_and_nothing_that_is_seen() {
    let rows = inbox(&[InboxEvent::RoomMuted { room: ROOM }, InboxEvent::RoomUnmuted { room: ROOM }]);
    assert_eq!(rows, DirectoryRows { inboxes: vec![InboxRow { user: BOB, version: 2 }], ..DirectoryRows::default() });
}
