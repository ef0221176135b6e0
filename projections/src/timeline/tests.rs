use domain::read_cursor::ReadCursorEvent;
use domain::room::{Role, RoomEvent};
use domain::user::UserEvent;
use domain::{Personal, StreamId, UserId, Version};

use super::*;
use crate::given::*;

/// The changes of a room's events, the first of which has version 1.
fn changes(history: &[RoomEvent]) -> Vec<TimelineChange> {
    let events = (1..).zip(history).map(|(version, said)| event(ROOM, version, said.clone()));
    events.flat_map(|event| Timeline::project(&event).expect("projectable")).collect()
}

fn rows(history: &[RoomEvent]) -> TimelineRows {
    TimelineRows::gather(changes(history))
}

fn of_one(said: RoomEvent, version: Version) -> Vec<TimelineChange> {
    Timeline::project(&event(ROOM, version, said)).expect("projectable")
}

#[test]
fn a_message_is_its_own_change_row_and_moves_its_authors_mark() {
    let changes = of_one(sent(4, ANN, "hi"), 7);
    let moved = RoomMoved { room: ROOM, version: 7, number: Some(4), position: 70, at: time(7) };
    let mark = ReadMark { room: ROOM, user: ANN, number: 4, up_to: 7, read_at: time(7) };
    let [room, TimelineChange::Sent(message), read] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((room, read), (&TimelineChange::Room(moved), &TimelineChange::Read(mark)));
    assert_eq!((message.content.as_deref(), message.number, message.version), (Some("hi"), 4, 7));
}

#[test]
fn every_other_version_has_one_change_row_without_contents() {
    let others = [
        (opened(&[(ANN, Role::Owner)]), r#"{"room_type":"group"}"#),
        (RoomEvent::RoomRenamed { name: text("secret"), by: ANN }, "{}"),
        (joined(CID), r#"{"user":"00000000-0000-0000-0000-000000000003","role":"member"}"#),
        (left(CID), r#"{"user":"00000000-0000-0000-0000-000000000003"}"#),
        (edited(1, "secret"), "{}"),
        (deleted(1), "{}"),
        (reacted(1, BOB, "👍"), r#"{"user":"00000000-0000-0000-0000-000000000002","emoji":"👍"}"#),
        (erased(CID), r#"{"user":"00000000-0000-0000-0000-000000000003"}"#),
        (RoomEvent::RoomClosed {}, "{}"),
    ];
    for (said, detail) in others {
        let name = said.name();
        let changes = of_one(said, 3);
        let row = |change: &TimelineChange| match change {
            TimelineChange::Change(row) => Some(row.clone()),
            _ => None,
        };
        let rows: Vec<_> = changes.iter().filter_map(row).collect();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.kind, row.detail.as_str(), row.version, row.position), (name, detail, 3, 30));
    }
}

#[test]
fn only_a_change_of_its_name_keeps_the_name_of_a_room() {
    let name = |name| RoomEvent::RoomRenamed { name, by: ANN };
    let kept = |said| rows(&[said]).changes.remove(0).name;
    assert_eq!(kept(name(text("Tea"))).as_deref(), Some("Tea"));
    assert_eq!(kept(name(Personal::Erased { subject: ANN })), None);
    assert_eq!(kept(opened(&[(ANN, Role::Owner)])), None);
    let sealed = name(Personal::Sealed { subject: ANN, sealed: vec![1] });
    assert!(Timeline::project(&event(ROOM, 1, sealed)).is_err());
}

#[test]
fn what_is_deleted_or_erased_is_found_by_nothing() {
    assert_eq!(search_terms(Some("Tea at five")), ["at", "five", "tea"]);
    assert!(search_terms(None).is_empty());
}

#[test]
fn a_change_names_whoever_did_it() {
    let removed = RoomEvent::MemberRemoved { user: CID, removed_by: ANN };
    for (said, actor) in [(removed, ANN), (left(CID), CID), (erased(CID), CID), (joined(CID), ANN), (deleted(1), BOB)] {
        let row = rows(&[said]).changes.remove(0);
        assert_eq!(row.actor, Some(actor));
    }
}

#[test]
fn who_is_erased_takes_along_what_they_wrote_in_the_room() {
    let rows = rows(&[sent(1, ANN, "one"), left(ANN), erased(ANN)]);
    assert_eq!(rows.erased, [Erased { room: ROOM, author: ANN, version: 3 }]);
    assert_eq!(rows.rooms[0].applied, 3);
}

#[test]
fn what_is_rewritten_in_the_batch_that_sent_it_is_inserted_as_it_is_now() {
    let rows = rows(&[sent(1, ANN, "one"), sent(2, ANN, "two"), edited(1, "uno"), deleted(2), edited(9, "old")]);
    let [one, two] = rows.messages.as_slice() else { panic!("{rows:?}") };
    assert_eq!((one.content.as_deref(), one.edited_at, one.deleted_at), (Some("uno"), Some(time(3)), None));
    assert_eq!((two.content.as_deref(), two.edited_at, two.deleted_at), (None, None, Some(time(4))));
    assert_eq!(rows.rewritten.iter().map(|row| row.id).collect::<Vec<_>>(), [message(9)]);
}

#[test]
fn of_several_edits_the_last_content_and_each_time_count() {
    let rows = rows(&[edited(1, "b"), edited(1, "c"), deleted(1)]);
    let [row] = rows.rewritten.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.content.as_deref(), row.edited_at, row.deleted_at), (None, Some(time(2)), Some(time(3))));
}

#[test]
fn what_is_erased_has_no_content_and_what_is_sealed_is_not_projected() {
    let said = |content| RoomEvent::MessageEdited { message_id: message(1), content };
    let erased = rows(&[said(Personal::Erased { subject: ANN })]);
    assert_eq!(erased.rewritten[0].content, None);
    let sealed = said(Personal::Sealed { subject: ANN, sealed: vec![1] });
    assert!(Timeline::project(&event(ROOM, 1, sealed)).is_err());
}

#[test]
fn a_reaction_is_as_the_batch_leaves_it() {
    let rows = rows(&[
        reacted(1, ANN, "👍"),
        reacted(1, BOB, "👍"),
        unreacted(1, ANN, "👍"),
        unreacted(2, BOB, "👏"),
        reacted(2, BOB, "👏"),
    ]);
    let of = |user: UserId, emoji: &str| {
        let row = rows.reactions.iter().find(|row| row.user == user && row.emoji == emoji);
        row.expect("a row").version
    };
    assert_eq!((of(ANN, "👍"), of(BOB, "👍"), of(BOB, "👏")), (None, Some(2), Some(5)));
}

#[test]
fn a_stay_that_a_batch_begins_and_ends_is_one_row() {
    let rows = rows(&[left(BOB), joined(BOB), joined(CID), left(BOB), joined(BOB)]);
    let stays: Vec<_> = rows.joined.iter().map(|row| (row.user, row.from, row.to)).collect();
    assert_eq!(stays, [(BOB, 2, Some(4)), (CID, 3, None), (BOB, 5, None)]);
    assert_eq!(rows.left, [Left { room: ROOM, user: BOB, to: 1 }]);
}

#[test]
fn a_mark_is_the_highest_of_what_was_said_and_of_own_messages() {
    let moved = |number, up_to| {
        let said = ReadCursorEvent::ReadMarkMoved { room: ROOM, user: ANN, up_to, number, newly_read: 0 };
        Timeline::project(&event(cursor(ANN), 1, said)).expect("projectable")
    };
    let mut all = changes(&[sent(5, ANN, "mine")]);
    all.extend([moved(3, 99), moved(5, 98)].concat());
    let mark = |changes| TimelineRows::gather(changes).marks.remove(0);
    assert_eq!((mark(all.clone()).number, mark(all.clone()).up_to), (5, 1));
    all.extend(moved(8, 12));
    assert_eq!((mark(all.clone()).number, mark(all).up_to), (8, 12));
}

#[test]
fn a_read_mark_does_not_move_the_room() {
    let said = ReadCursorEvent::ReadMarkMoved { room: ROOM, user: ANN, up_to: 3, number: 2, newly_read: 0 };
    let changes = Timeline::project(&event(cursor(ANN), 1, said)).expect("projectable");
    assert!(TimelineRows::gather(changes).rooms.is_empty());
}

#[test]
fn a_room_is_once_in_a_batch_at_its_last_version() {
    let rows = rows(&[opened(&[(ANN, Role::Owner)]), sent(1, ANN, "a"), sent(2, ANN, "b"), deleted(1)]);
    let room = RoomRow { room: ROOM, applied: 4, last_number: 2, activity: 40, activity_at: time(4) };
    assert_eq!(rows.rooms, [room]);
}

#[test]
fn what_happens_to_people_is_none_of_the_timelines() {
    let changes = Timeline::project(&event(StreamId::from(ANN), 1, UserEvent::PasswordChanged {}));
    assert_eq!(changes, Ok(vec![]));
}
