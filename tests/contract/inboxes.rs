//! Reading what people are told, the rows written by hand.

use domain::inbox::NotificationType;
use domain::{FriendshipId, MessageId, NotificationId, Timestamp, Version};
use query_side::ports::{InboxChange, InboxNotices, InboxState};
use uuid::Uuid;

use super::directory::{ANN, BOB, ROOM, Shelf, between, id, peopled, run};

const ALL: InboxNotices = InboxNotices { is_unread: false, since: Timestamp(0), before: None, limit: 10 };

suite!(Shelf:
    nobody_is_told_anything_at_first,
    what_is_told_comes_newest_first_and_page_by_page,
    unread_ones_are_asked_for_and_counted,
    what_is_read_and_old_is_not_shown,
    a_message_says_where_it_stands_and_whether_its_reader_is_there,
    a_request_shows_what_was_said_with_it,
    changes_come_in_the_order_of_the_inbox,
    a_stretch_of_changes_ends_where_it_is_to_end,
);

fn notification(version: Version) -> NotificationId {
    NotificationId(Uuid::from_u128(0x500 + u128::from(version)))
}

/// Writes a notification of Ann's about Bob at a version of her inbox, made at ten times that.
async fn told(shelf: &Shelf, version: Version, notification_type: &str, columns: &str, read: Option<Version>) {
    let (user, actor, own) = (id(ANN.0), id(BOB.0), id(notification(version).0));
    let read = read.map_or("NULL".to_owned(), |read| read.to_string());
    let values =
        format!("{user}, {version}, {own}, '{notification_type}', {actor}, {columns}, {read}, {}", version * 10);
    run(shelf, &format!("INSERT INTO notifications VALUES ({values})")).await;
}

/// Of no room, and of no friendship.
const BARE: &str = "NULL, NULL, NULL, NULL";

fn of_room(message: u128) -> String {
    format!("{}, {}, 4, NULL", id(ROOM.0), id(Uuid::from_u128(message)))
}

async fn versions(shelf: &Shelf, which: InboxNotices) -> Vec<Version> {
    let notices = shelf.directory.notices(ANN, which).await.expect("read");
    notices.into_iter().map(|notice| notice.version).collect()
}

async fn nobody_is_told_anything_at_first(shelf: Shelf) {
    assert!(versions(&shelf, ALL).await.is_empty());
    assert_eq!(shelf.directory.unread(ANN).await, Ok(0));
    assert_eq!(shelf.directory.inbox(ANN).await, Ok(InboxState::default()));
    assert_eq!(shelf.directory.inbox_changes(ANN, 0, 9).await, Ok(vec![]));
}

async fn what_is_told_comes_newest_first_and_page_by_page(shelf: Shelf) {
    for version in 1..=5 {
        told(&shelf, version, "mention", BARE, None).await;
    }
    assert_eq!(versions(&shelf, ALL).await, [5, 4, 3, 2, 1]);
    assert_eq!(versions(&shelf, InboxNotices { limit: 2, ..ALL }).await, [5, 4]);
    assert_eq!(versions(&shelf, InboxNotices { before: Some(4), limit: 2, ..ALL }).await, [3, 2]);
    assert!(shelf.directory.notices(BOB, ALL).await.expect("read").is_empty());
}

async fn unread_ones_are_asked_for_and_counted(shelf: Shelf) {
    told(&shelf, 1, "mention", BARE, Some(3)).await;
    told(&shelf, 2, "mention", BARE, None).await;
    assert_eq!(versions(&shelf, InboxNotices { is_unread: true, ..ALL }).await, [2]);
    assert_eq!(shelf.directory.unread(ANN).await, Ok(1));
    let all = shelf.directory.notices(ANN, ALL).await.expect("read");
    assert_eq!(all.iter().map(|notice| notice.is_read).collect::<Vec<_>>(), [false, true]);
}

async fn what_is_read_and_old_is_not_shown(shelf: Shelf) {
    told(&shelf, 1, "mention", BARE, None).await;
    told(&shelf, 2, "mention", BARE, Some(4)).await;
    told(&shelf, 3, "mention", BARE, Some(4)).await;
    assert_eq!(versions(&shelf, InboxNotices { since: Timestamp(30), ..ALL }).await, [3, 1]);
}

async fn a_message_says_where_it_stands_and_whether_its_reader_is_there(shelf: Shelf) {
    run(&shelf, &format!("INSERT INTO rooms VALUES ({}, 1, 'group', 'Lunch', 0, 7, 8)", id(ROOM.0))).await;
    told(&shelf, 1, "message", &of_room(7), None).await;
    let invitation = of_room(7).replacen(&id(Uuid::from_u128(7)), "NULL", 1);
    told(&shelf, 2, "room_invited", &invitation, None).await;
    let read = async || shelf.directory.notices(ANN, ALL).await.expect("read");
    let [invited, message] = <[_; 2]>::try_from(read().await).expect("two");
    assert_eq!((message.room, message.message), (Some(ROOM), Some(MessageId(Uuid::from_u128(7)))));
    assert_eq!((message.room_version, message.notification_type), (Some(4), NotificationType::Message));
    assert_eq!((message.text, message.is_member, message.actor), (None, false, BOB));
    assert_eq!((invited.text.as_deref(), invited.message), (Some("Lunch"), None));
    run(&shelf, &format!("INSERT INTO room_members VALUES ({}, {}, 'member', 1)", id(ROOM.0), id(ANN.0))).await;
    assert!(read().await.iter().all(|notice| notice.is_member));
    run(&shelf, "UPDATE room_members SET role = NULL").await;
    assert!(read().await.iter().all(|notice| !notice.is_member));
}

async fn a_request_shows_what_was_said_with_it(shelf: Shelf) {
    peopled(&shelf).await;
    between(&shelf, BOB, ANN, "pending").await;
    let friendship = FriendshipId::between(ANN, BOB);
    told(&shelf, 1, "friend_request", &format!("NULL, NULL, NULL, {}", id(friendship.0)), None).await;
    let [request] = <[_; 1]>::try_from(shelf.directory.notices(ANN, ALL).await.expect("read")).expect("one");
    assert_eq!((request.text.as_deref(), request.friendship), (Some("hi"), Some(friendship)));
    run(&shelf, "UPDATE friendships SET status = 'cancelled'").await;
    assert_eq!(shelf.directory.notices(ANN, ALL).await.expect("read")[0].text, None, "it was taken back");
}

async fn changes_come_in_the_order_of_the_inbox(shelf: Shelf) {
    told(&shelf, 1, "mention", BARE, Some(4)).await;
    told(&shelf, 2, "mention", BARE, Some(4)).await;
    told(&shelf, 3, "mention", BARE, None).await;
    told(&shelf, 5, "mention", BARE, Some(6)).await;
    let user = id(ANN.0);
    run(&shelf, &format!("INSERT INTO inboxes VALUES ({user}, 6, 2)")).await;
    assert_eq!(shelf.directory.inbox(ANN).await, Ok(InboxState { version: 6, pruned: 2 }));
    let changes = shelf.directory.inbox_changes(ANN, 2, 6).await.expect("read");
    let seen: Vec<_> = changes.iter().map(|(version, change)| (*version, ids(change))).collect();
    let [one, two, three, five] = [1, 2, 3, 5].map(notification);
    assert_eq!(seen, [(3, vec![three]), (4, vec![one, two]), (5, vec![five]), (6, vec![five])]);
    assert!(matches!(changes[0].1, InboxChange::Told(_)) && matches!(changes[1].1, InboxChange::Read(_)));
}

fn ids(change: &InboxChange) -> Vec<NotificationId> {
    match change {
        InboxChange::Told(notice) => vec![notice.id],
        InboxChange::Read(ids) => ids.clone(),
    }
}

async fn a_stretch_of_changes_ends_where_it_is_to_end(shelf: Shelf) {
    for version in 1..=4 {
        told(&shelf, version, "mention", BARE, Some(version + 10)).await;
    }
    let changes = shelf.directory.inbox_changes(ANN, 1, 12).await.expect("read");
    assert_eq!(changes.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [2, 3, 4, 11, 12]);
}
