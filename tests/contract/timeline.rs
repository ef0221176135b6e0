//! Reading the timeline.

mod given;
mod notices;
mod words;

use std::collections::{HashMap, HashSet};

use domain::room::{MessageType, Role};
use domain::{MessageId, RoomId, Timestamp, UserId};
use projections::timeline::{Erased, Reacted, ReadMark, Sent, TimelineChange};
use query_side::Positions;
use query_side::ports::{Mark, Membership, Reached, RoomState, Slice, Stay, What};
use uuid::Uuid;

pub(super) use given::Model;
use given::{ANN, BOB, CID, DAN, ROOM, joined, message_id, moved, numbers};

suite!(Model:
    a_room_is_different_for_each,
    a_parked_room_says_so,
    what_was_deleted_is_not_unread_among_however_many,
    rooms_come_by_newest_activity,
    messages_are_cut_from_a_room_in_every_way,
    notices::what_happened_to_a_room_is_told_in_the_order_of_versions,
    notices::a_place_counts_what_stands_up_to_it,
    words::messages_are_found_by_all_their_terms_newest_first,
    words::pages_of_what_is_found_end_where_the_last_one_did,
    words::edits_and_deletions_are_found_at_once_and_in_whichever_batch,
    words::all_rooms_of_somebody_are_those_that_they_are_in_now,
    words::nothing_is_found_in_other_rooms_or_beyond_what_a_room_has,
    words::words_that_are_frequent_but_not_together_are_looked_for_in_parts,
    words::pages_through_very_many_rooms_miss_nothing_and_show_nothing_twice,
    a_message_shows_what_became_of_it,
    what_an_erased_author_wrote_stands_without_content_and_nothing_else_does,
    reactions_are_counted_and_the_first_are_named,
    readers_come_with_the_times_at_which_they_were_there,
    of_many_readers_each_was_there_at_what_they_have_read,
    marks_are_of_other_members,
    every_version_has_one_change_with_the_content_of_now,
    a_position_is_a_version_in_each_room,
    feeds_are_the_rooms_that_somebody_is_or_was_in,
);

async fn a_room_is_different_for_each(model: Model) {
    let timeline = model.filled().await;
    model.mark(ANN, 4, 6).await;
    model.mark(BOB, 1, 2).await;
    let room = async |user| timeline.room(user, ROOM).await.expect("read");
    let bob = room(BOB).await;
    assert_eq!((bob.applied, bob.last_number, bob.activity, bob.activity_at), (11, 4, 110, Timestamp(1011)));
    // The second is deleted, the third and fourth are new.
    assert_eq!((bob.membership, bob.unread, room(ANN).await.unread), (Membership::Member, 2, 0));
    assert_eq!((room(DAN).await.membership, room(CID).await.membership), (Membership::Gone, Membership::Member));
    // Came again after the last message: nothing of the past is unread.
    assert_eq!((room(CID).await.unread, timeline.rooms(CID, None, 0, 1).await.expect("read")[0].unread), (0, 0));
    // Not even behind what they had read when they went.
    model.mark(CID, 1, 9).await;
    assert_eq!(room(CID).await.unread, 0);
    assert_eq!(timeline.rooms(BOB, None, 0, 1).await.expect("read"), [bob]);
    assert_eq!(room(UserId(Uuid::nil())).await.membership, Membership::Outsider);
    // With nothing counted it is the same otherwise.
    assert_eq!(timeline.standing(BOB, ROOM).await.expect("read"), RoomState { unread: 0, ..room(BOB).await });
    let nowhere = timeline.room(ANN, RoomId(Uuid::nil())).await.expect("read");
    assert_eq!((nowhere.membership, nowhere.applied), (Membership::Outsider, 0));
}

async fn a_parked_room_says_so(model: Model) {
    let timeline = model.filled().await;
    let of_feeds = async || timeline.feeds(ANN).await.expect("read")[0].is_parked;
    assert!(!timeline.room(ANN, ROOM).await.expect("read").is_parked && !of_feeds().await);
    model.park(ROOM).await;
    assert!(timeline.room(ANN, ROOM).await.expect("read").is_parked && of_feeds().await);
}

async fn what_was_deleted_is_not_unread_among_however_many(model: Model) {
    let timeline = model.filled().await;
    let large = RoomId(Uuid::from_u128(102));
    let deleted = |n, version| {
        TimelineChange::Sent(Sent { deleted_at: Some(Timestamp(2_001)), ..sent_by(large, ANN, n, version) })
    };
    let rows = [moved(large, 2_010, Some(2_000), 300, 3_000), joined(large, BOB, 1, None)];
    model.keep(rows.into_iter().chain([deleted(7, 17), deleted(1_800, 1_810)]).collect()).await;
    assert_eq!(timeline.room(BOB, large).await.expect("read").unread, 1_998);
    assert_eq!(timeline.unread(BOB, large, 1_799).await.expect("read"), 1_798);
    let all = timeline.rooms(BOB, None, 0, 9).await.expect("read");
    // In the other one of four.
    assert_eq!(all.iter().map(|room| room.unread).collect::<Vec<_>>(), [1_998, 3]);
}

async fn rooms_come_by_newest_activity(model: Model) {
    let timeline = model.filled().await;
    let rooms: Vec<_> = (1..=3).map(|n| RoomId(Uuid::from_u128(200 + n))).collect();
    let mut changes = vec![];
    for (room, activity) in rooms.iter().zip([1_000, 999, 998]) {
        changes.extend([moved(*room, 1, None, activity, 5), joined(*room, ANN, 1, None)]);
    }
    model.keep(changes).await;
    let read = async |after, skip, limit| {
        let states = timeline.rooms(ANN, after, skip, limit).await.expect("read");
        states.iter().map(|state| state.room).collect::<Vec<_>>()
    };
    assert_eq!(read(None, 0, 10).await, [rooms[0], rooms[1], rooms[2], ROOM]);
    assert_eq!(read(Some((999, rooms[1])), 0, 10).await, [rooms[2], ROOM]);
    assert_eq!(read(None, 3, 10).await, [ROOM]);
    assert_eq!(read(None, 0, 2).await.len(), 2);
}

async fn messages_are_cut_from_a_room_in_every_way(model: Model) {
    let timeline = model.filled().await;
    let read = async |up_to, slice, limit| numbers(&timeline.messages(ROOM, up_to, slice, limit).await.expect("read"));
    let newest = Slice::Older { before: None, after: 0 };
    assert_eq!(read(11, newest, 10).await, [4, 3, 2, 1]);
    assert_eq!(read(5, newest, 2).await, [3, 2]);
    assert_eq!(read(11, Slice::Older { before: Some(6), after: 2 }, 10).await, [3, 2]);
    assert_eq!(read(11, Slice::Older { before: Some(0), after: 0 }, 10).await, [] as [u64; 0]);
    assert_eq!(read(11, Slice::Older { before: Some(u64::MAX), after: 0 }, 10).await.len(), 4);
    assert_eq!(read(11, Slice::Newer { after: 2 }, 2).await, [2, 3]);
    assert_eq!(read(5, Slice::Newer { after: 2 }, 9).await, [2, 3]);
}

async fn a_message_shows_what_became_of_it(model: Model) {
    let timeline = model.filled().await;
    let all = timeline.messages(ROOM, 11, Slice::Newer { after: 0 }, 10).await.expect("read");
    let (edited, deleted) = (&all[0].view, &all[1].view);
    assert_eq!((edited.content.as_deref(), edited.is_edited, edited.updated_at), (Some("new"), true, Timestamp(1004)));
    assert_eq!((deleted.content.as_deref(), deleted.is_deleted, deleted.version), (None, true, 3));
    let last = timeline.last_messages(&[(RoomId(Uuid::nil()), 9), (ROOM, 11)]).await.expect("read");
    assert_eq!(numbers(&last), [4]);
    let earlier = timeline.last_messages(&[(ROOM, 3)]).await.expect("read");
    assert_eq!(numbers(&earlier), [2]);
    let mut these =
        timeline.messages_by_ids(&[message_id(3), MessageId(Uuid::nil()), message_id(1)]).await.expect("read");
    these.sort_unstable_by_key(|message| message.number);
    assert_eq!(numbers(&these), [1, 3]);
}

async fn what_an_erased_author_wrote_stands_without_content_and_nothing_else_does(model: Model) {
    model.filled().await;
    let elsewhere = RoomId(Uuid::from_u128(101));
    let others = [sent_by(ROOM, BOB, 5, 12), sent_by(ROOM, ANN, 6, 13), sent_by(elsewhere, ANN, 7, 1)];
    model.keep(others.map(TimelineChange::Sent).into()).await;
    let again = sent_by(ROOM, ANN, 8, 15);
    let (edited, gone) = (given::rewritten(1, 14, Some("newer")), Erased { room: ROOM, author: ANN, version: 16 });
    // In the batch of the erasure there may be what it takes away.
    model.keep(vec![given::renamed(14, Some("hers")), given::renamed(17, Some("later"))]).await;
    model.keep(vec![TimelineChange::Sent(again), edited, TimelineChange::Erased(gone)]).await;
    let timeline = model.read().await;
    let contents = async |room| {
        let slice = Slice::Older { before: None, after: 0 };
        let found = timeline.messages(room, 99, slice, 20).await.expect("read");
        found.into_iter().map(|message| (message.view.version, message.view.content)).collect::<Vec<_>>()
    };
    let bobs = Some("said".to_owned());
    let expected = [(15, None), (13, None), (12, bobs.clone()), (6, None), (5, None), (3, None), (2, None)];
    assert_eq!(contents(ROOM).await, expected);
    assert_eq!(contents(elsewhere).await, [(1, bobs)]);
    let message = &timeline.messages(ROOM, 99, Slice::Older { before: None, after: 0 }, 1).await.expect("read")[0];
    assert_eq!(words::positions_of(&*timeline, "said", &[ROOM, elsewhere]).await, [212, 201]);
    assert_eq!(notices::names(&*timeline).await, [None, Some("later".to_owned())]);
    assert!(!message.view.is_deleted && message.view.user_id == ANN, "it is somebody's, and not deleted");
}

fn sent_by(room: RoomId, author: UserId, n: u64, version: u64) -> Sent {
    let id = MessageId(Uuid::from_u128(u128::from(n) + 9_000));
    Sent {
        room,
        version,
        position: 200 + version,
        id,
        number: n,
        author,
        content: Some("said".to_owned()),
        message_type: MessageType::Text,
        reply_to: None,
        sent_at: Timestamp(2_000),
        edited_at: None,
        deleted_at: None,
    }
}

async fn reactions_are_counted_and_the_first_are_named(model: Model) {
    let timeline = model.filled().await;
    let reacted = |emoji: &str, user, version| {
        let (message, emoji) = (message_id(3), emoji.to_owned());
        TimelineChange::Reacted(Reacted { room: ROOM, version, message, emoji, user })
    };
    let applause = (0..25_u64).map(|n| reacted("👏", UserId(Uuid::from_u128(500 - u128::from(n))), 20 + n));
    model.keep(applause.chain([reacted("👍", BOB, 8)]).collect()).await;
    let reactions = timeline.reactions(&[message_id(3), message_id(4)]).await.expect("read");
    let [thumb, applause] = reactions[&message_id(3)].as_slice() else { panic!("{reactions:?}") };
    assert_eq!((thumb.emoji.as_str(), thumb.count, &thumb.user_ids[..]), ("👍", 1, &[BOB][..]));
    let first: Vec<_> = (0..20).map(|n| UserId(Uuid::from_u128(500 - n))).collect();
    assert_eq!((applause.count, &applause.user_ids), (25, &first));
    assert!(!reactions.contains_key(&message_id(4)));
}

async fn readers_come_with_the_times_at_which_they_were_there(model: Model) {
    let timeline = model.filled().await;
    model.mark(BOB, 2, 3).await;
    model.mark(CID, 4, 11).await;
    let nowhere = Reached { room: RoomId(Uuid::nil()), number: 0, version: 0 };
    let readers = timeline.readers(&[reached(2, 3), nowhere]).await.expect("read");
    let by_user: HashMap<_, _> = readers.iter().map(|reader| (reader.user, reader)).collect();
    assert_eq!((by_user.len(), by_user[&BOB].number), (2, 2));
    assert_eq!(by_user[&CID].stays, [Stay { from: 9, to: Some(10) }, Stay { from: 11, to: None }]);
    assert_eq!(timeline.readers(&[reached(3, 5)]).await.expect("read").len(), 1);
}

/// Who came later, went, or went and came again has read only what was said while they were there, among however many.
async fn of_many_readers_each_was_there_at_what_they_have_read(model: Model) {
    let timeline = model.filled().await;
    let user = |n: u128| UserId(Uuid::from_u128(1_000 + n));
    let [later, gone, again] = [900, 901, 902].map(user);
    let passing = [(later, 4, None), (gone, 1, Some(4)), (again, 1, Some(3)), (again, 6, None)];
    let always = (0..210).map(|n| (user(n), 1, None));
    let came = always.chain(passing).map(|(user, from, to)| joined(ROOM, user, from, to));
    let marks = (0..210).chain([900, 901, 902]).map(|n| {
        TimelineChange::Read(ReadMark { room: ROOM, user: user(n), number: 4, up_to: 6, read_at: Timestamp(2_000) })
    });
    model.keep(came.chain(marks).collect()).await;
    let others_at = async |from: Reached, version: u64| {
        let readers = timeline.readers(&[from]).await.expect("read");
        let there = readers.iter().filter(|reader| reader.stays.iter().any(|stay| stay.contains(version)));
        let (always, passing): (Vec<_>, Vec<_>) =
            there.map(|reader| reader.user).partition(|user| user.0.as_u128() < 1_900);
        assert_eq!(always.len(), 210);
        HashSet::from_iter(passing)
    };
    let first = reached(1, 2);
    assert_eq!(others_at(first, 2).await, HashSet::from([gone, again]));
    assert_eq!(others_at(first, 3).await, HashSet::from([gone]));
    assert_eq!(others_at(first, 5).await, HashSet::from([later]));
    assert_eq!(others_at(first, 6).await, HashSet::from([later, again]));
    assert_eq!(others_at(reached(4, 6), 6).await, HashSet::from([later, again]));
}

const fn reached(number: u64, version: u64) -> Reached {
    Reached { room: ROOM, number, version }
}

async fn marks_are_of_other_members(model: Model) {
    let timeline = model.filled().await;
    model.mark(ANN, 4, 6).await;
    model.mark(BOB, 2, 3).await;
    model.mark(DAN, 1, 2).await;
    let marks = timeline.marks(ROOM, CID, 50).await.expect("read");
    // Also where it lies at their own message.
    assert_eq!(marks, [Mark { user: ANN, up_to: 6 }, Mark { user: BOB, up_to: 3 }]);
    assert_eq!(timeline.marks(ROOM, BOB, 50).await.expect("read"), marks[..1]);
    assert!(timeline.marks(ROOM, CID, 2).await.expect("read").is_empty());
}

async fn every_version_has_one_change_with_the_content_of_now(model: Model) {
    let timeline = model.filled().await;
    let changes = timeline.changes(ROOM, 0, 11, 100).await.expect("read");
    assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    let content = |at: usize| match &changes[at - 1].what {
        What::Sent(message) => message.content.as_deref(),
        What::Edited { content, .. } => content.as_deref(),
        other => panic!("{other:?}"),
    };
    assert_eq!((content(2), content(3), content(4)), (Some("new"), None, Some("new")));
    assert_eq!(changes[6].what, What::Deleted { message: message_id(2) });
    let reacted = What::Reacted { message: message_id(3), emoji: "👍".to_owned(), user: BOB, added: true };
    assert_eq!((&changes[0].what, &changes[7].what), (&What::Room, &reacted));
    assert_eq!(changes[10].what, What::Joined { user: CID, role: Some(Role::Admin) });
    assert_eq!(changes[9].what, What::Left { user: CID });
    let part = timeline.changes(ROOM, 3, 11, 3).await.expect("read");
    assert_eq!(part.iter().map(|change| change.version).collect::<Vec<_>>(), [4, 5, 6]);
}

async fn a_position_is_a_version_in_each_room(model: Model) {
    let timeline = model.filled().await;
    for (position, version) in [(0, 0), (9, 0), (10, 1), (15, 1), (20, 2), (79, 7), (110, 11), (999, 11)] {
        assert_eq!(timeline.version_at(ROOM, position).await.expect("read"), version, "{position}");
    }
    assert_eq!(timeline.version_at(RoomId(Uuid::nil()), 50).await.expect("read"), 0);
    assert_eq!(timeline.positions(ROOM, 2, 9, 4).await.expect("read"), [30, 40, 50, 60]);
    assert_eq!(timeline.checkpoint().await.expect("read"), Positions::of(0, 115));
}

async fn feeds_are_the_rooms_that_somebody_is_or_was_in(model: Model) {
    let timeline = model.filled().await;
    let feed = async |user| timeline.feeds(user).await.expect("read").pop();
    let cid = feed(CID).await.expect("a feed");
    assert_eq!((cid.room, cid.applied, cid.activity, cid.is_member(), cid.stays.len()), (ROOM, 11, 110, true, 2));
    assert!(!feed(DAN).await.expect("a feed").is_member());
    assert!(feed(UserId(Uuid::nil())).await.is_none());
}
