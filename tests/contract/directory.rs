//! Reading the directory, its rows written by hand.

mod crowds;
mod ties;

use std::any::Any;
use std::sync::Arc;

use domain::friendship::Status;
use domain::room::{Role, RoomType};
use domain::{FriendshipId, RoomId, Timestamp, UserId};
use futures::future::LocalBoxFuture;
use query_side::ports::{Directory, Match, Part, Requests, Search};
use uuid::Uuid;

pub(super) const ANN: UserId = UserId(Uuid::from_u128(1));
pub(super) const BOB: UserId = UserId(Uuid::from_u128(2));
const CID: UserId = UserId(Uuid::from_u128(3));
const DAN: UserId = UserId(Uuid::from_u128(4));
pub(super) const ROOM: RoomId = RoomId(Uuid::from_u128(100));
const ALL: Part = Part { after: None, limit: 10 };

/// A directory without rows, and how statements are run where it lies.
pub(super) struct Shelf {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) run: Box<dyn Fn(String) -> LocalBoxFuture<'static, ()> + Send + Sync>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Shelf:
    users_are_read_by_id_and_unknown_or_erased_ones_left_out,
    as_many_are_read_as_are_asked_for,
    somebody_with_several_matching_words_is_found_once,
    all_words_have_to_match,
    texts_are_compared_as_they_are,
    a_search_goes_on_behind_the_last_match_and_counts_to_a_bound,
    a_block_hides_both_from_each_other,
    those_who_are_apart_are_found_among_others,
    a_pair_is_found_by_what_is_between_them,
    friends_are_those_who_accepted,
    requests_are_seen_from_both_sides,
    a_room_shows_its_present_members_with_their_names,
    ties::who_is_erased_goes_by_one_name_in_rooms,
    ties::all_rooms_that_somebody_ever_was_in_are_found_in_parts,
    ties::all_with_whom_somebody_ever_had_to_do_are_found_in_parts,
    a_block_is_felt_in_the_direct_room_only,
    crowds::frequent_words_that_rarely_stand_together_are_looked_for_in_parts,
    crowds::friends_with_frequent_words_are_looked_for_in_parts,
    crowds::friends_with_a_rare_word_are_all_looked_at,
);

/// An id as a literal of SQL.
pub(super) fn id(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

pub(super) async fn run(shelf: &Shelf, statement: &str) {
    (shelf.run)(statement.to_owned()).await;
}

/// Writes four people.
pub(super) async fn peopled(shelf: &Shelf) {
    for (user, name) in [(ANN, "ann"), (BOB, "bob"), (CID, "cid"), (DAN, "dan")] {
        let user = id(user.0);
        run(shelf, &format!("INSERT INTO users (id, version, email, username, nickname, status_message, created_at, updated_at) VALUES ({user}, 1, '{name}@x.y', '{name}_u', '{name}', NULL, 10, 20)"))
            .await;
        for word in [name, &format!("{name}son"), "common"] {
            run(shelf, &format!("INSERT INTO user_words VALUES ('{word}', {user})")).await;
        }
    }
}

async fn side(shelf: &Shelf, user: UserId, other: UserId, status: &str, is_requester: bool, blocks: bool) {
    let friendship = id(FriendshipId::between(user, other).0);
    let (user, other) = (id(user.0), id(other.0));
    let blocked_at = if blocks { "40" } else { "NULL" };
    run(
        shelf,
        &format!(
            "INSERT INTO friendship_sides VALUES
        ({user}, {other}, {friendship}, '{status}', {is_requester}, {blocks}, 30, {blocked_at})"
        ),
    )
    .await;
}

/// Both sides of what stands between two.
pub(super) async fn between(shelf: &Shelf, requester: UserId, addressee: UserId, status: &str) {
    side(shelf, requester, addressee, status, true, false).await;
    side(shelf, addressee, requester, status, false, false).await;
    let (friendship, requester, addressee) =
        (id(FriendshipId::between(requester, addressee).0), id(requester.0), id(addressee.0));
    run(
        shelf,
        &format!("INSERT INTO friendships VALUES ({friendship}, 1, {requester}, {addressee}, '{status}', 'hi', 5, 6)"),
    )
    .await;
}

fn search(by: UserId, words: &[&str]) -> Search {
    Search { by, words: words.iter().map(|word| (*word).to_owned()).collect(), after: None, limit: 10 }
}

fn found(matches: &[Match]) -> Vec<(&str, UserId)> {
    matches.iter().map(|found| (found.word.as_str(), found.user.id)).collect()
}

async fn users_are_read_by_id_and_unknown_or_erased_ones_left_out(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    run(&shelf, &format!("UPDATE users SET nickname = NULL WHERE id = {}", id(DAN.0))).await;
    let users = directory.by_ids(&[BOB, DAN, UserId(Uuid::from_u128(99))]).await.expect("read");
    let [bob] = users.as_slice() else { panic!("{users:?}") };
    assert_eq!((bob.id, bob.nickname.as_str(), bob.username.as_deref()), (BOB, "bob", Some("bob_u")));
    assert_eq!((bob.email.as_deref(), bob.created_at, bob.updated_at), (Some("bob@x.y"), Timestamp(10), Timestamp(20)));
    assert!(directory.by_ids(&[]).await.expect("read").is_empty());
}

async fn as_many_are_read_as_are_asked_for(shelf: Shelf) {
    let all: Vec<_> = (1_000..1_300).map(|n| UserId(Uuid::from_u128(n))).collect();
    let row = |user: &UserId| format!("({}, 1, NULL, NULL, '🦀', NULL, 10, 20)", id(user.0));
    let rows: Vec<_> = all.iter().map(row).collect();
    run(&shelf, &format!("INSERT INTO users (id, version, email, username, nickname, status_message, created_at, updated_at) VALUES {}", rows.join(","))).await;
    for count in [1, 2, 3, 5, 64, 65, 100, 300] {
        let read = shelf.directory.by_ids(&all[..count]).await.expect("read");
        let mut read: Vec<_> = read.iter().map(|user| (user.id, user.nickname.as_str())).collect();
        read.sort_unstable();
        assert_eq!(read, all[..count].iter().map(|user| (*user, "🦀")).collect::<Vec<_>>());
    }
}

async fn somebody_with_several_matching_words_is_found_once(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    assert_eq!(found(&directory.search(&search(ANN, &["bo"])).await.expect("read").found), [("bob", BOB)]);
    assert_eq!(directory.count(&search(ANN, &["bo"]), 1_000).await.expect("read"), 1);
    assert!(directory.search(&search(ANN, &["ob"])).await.expect("read").found.is_empty());
}

async fn all_words_have_to_match(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    assert_eq!(found(&directory.search(&search(ANN, &["common", "ci"])).await.expect("read").found), [("cid", CID)]);
    assert!(directory.search(&search(ANN, &["common", "x"])).await.expect("read").found.is_empty());
}

async fn texts_are_compared_as_they_are(shelf: Shelf) {
    peopled(&shelf).await;
    for (user, word) in [(BOB, "été"), (CID, "ete"), (DAN, "太郎"), (DAN, "Ete")] {
        run(&shelf, &format!("INSERT INTO user_words VALUES ('{word}', {})", id(user.0))).await;
    }
    for (word, who) in [("ét", BOB), ("et", CID), ("太", DAN), ("Et", DAN)] {
        let matches = shelf.directory.search(&search(ANN, &[word])).await.expect("read").found;
        assert_eq!(matches.iter().map(|found| found.user.id).collect::<Vec<_>>(), [who], "{word}");
    }
    for word in ["%", "_", "'", "\\", "co%"] {
        assert!(shelf.directory.search(&search(ANN, &[word])).await.expect("read").found.is_empty(), "{word}");
    }
}

async fn a_search_goes_on_behind_the_last_match_and_counts_to_a_bound(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    let first = directory.search(&Search { limit: 2, ..search(ANN, &["com"]) }).await.expect("read").found;
    assert_eq!(found(&first), [("common", BOB), ("common", CID)]);
    let after = Some(("common".to_owned(), CID));
    assert_eq!(
        found(&directory.search(&Search { after, ..search(ANN, &["com"]) }).await.expect("read").found),
        [("common", DAN)]
    );
    // A cursor of another search does not widen this one.
    let after = Some((String::new(), ANN));
    assert_eq!(directory.search(&Search { after, ..search(ANN, &["com"]) }).await.expect("read").found.len(), 3);
    assert_eq!(directory.count(&search(ANN, &["com"]), 1_000).await.expect("read"), 3);
    assert_eq!(directory.count(&search(ANN, &["com"]), 2).await.expect("read"), 2);
}

async fn a_block_hides_both_from_each_other(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    side(&shelf, BOB, ANN, "removed", false, true).await;
    side(&shelf, ANN, BOB, "removed", true, false).await;
    for (by, word) in [(ANN, "bob"), (BOB, "ann")] {
        assert!(directory.search(&search(by, &[word])).await.expect("read").found.is_empty());
        assert_eq!(directory.count(&search(by, &[word]), 9).await.expect("read"), 0);
    }
    assert_eq!(directory.blockers(ANN).await.expect("read"), [BOB]);
    assert!(directory.blockers(BOB).await.expect("read").is_empty());
    let blocks = directory.blocks(BOB, ALL).await.expect("read");
    assert_eq!((blocks[0].user.id, blocks[0].since), (ANN, Timestamp(40)));
}

async fn those_who_are_apart_are_found_among_others(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    side(&shelf, BOB, ANN, "removed", false, true).await;
    side(&shelf, ANN, BOB, "removed", true, false).await;
    between(&shelf, ANN, CID, "accepted").await;
    for (user, other) in [(ANN, BOB), (BOB, ANN)] {
        assert_eq!(directory.apart(user, &[CID, other, DAN]).await.expect("read"), [(other, Timestamp(40))]);
    }
    // Of two blocks the first counts, whoever's it was.
    let (user, other) = (id(ANN.0), id(BOB.0));
    for first in [35, 45] {
        let block = format!("UPDATE friendship_sides SET blocks = 1, blocked_at = {first}");
        run(&shelf, &format!("{block} WHERE user_id = {user} AND other_id = {other}")).await;
        for (user, other) in [(ANN, BOB), (BOB, ANN)] {
            assert_eq!(directory.apart(user, &[other]).await.expect("read"), [(other, Timestamp(first.min(40)))]);
        }
    }
    assert!(directory.apart(ANN, &[CID, DAN]).await.expect("read").is_empty());
    assert!(directory.apart(ANN, &[]).await.expect("read").is_empty());
}

async fn a_pair_is_found_by_what_is_between_them(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    between(&shelf, ANN, BOB, "removed").await;
    let mut pair = directory.pair(FriendshipId::between(BOB, ANN)).await.expect("read");
    pair.sort_unstable();
    assert_eq!(pair, [ANN, BOB]);
    assert!(directory.pair(FriendshipId::between(ANN, CID)).await.expect("read").is_empty());
}

async fn friends_are_those_who_accepted(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    between(&shelf, ANN, BOB, "accepted").await;
    between(&shelf, CID, ANN, "accepted").await;
    between(&shelf, ANN, DAN, "pending").await;
    let ids = |others: Vec<query_side::ports::Other>| others.iter().map(|other| other.user.id).collect::<Vec<_>>();
    assert_eq!(ids(directory.friends(ANN, ALL).await.expect("read")), [BOB, CID]);
    let rest = Part { after: Some(BOB), limit: 10 };
    assert_eq!(ids(directory.friends(ANN, rest).await.expect("read")), [CID]);
    let named = async |words: &[&str], part| {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let looked = directory.friends_named(ANN, &words, part).await.expect("read");
        assert_eq!(looked.to, None);
        ids(looked.found)
    };
    assert_eq!(named(&["bo"], ALL).await, [BOB]);
    assert_eq!(named(&["com"], ALL).await, [BOB, CID]);
    assert_eq!(named(&["com"], rest).await, [CID]);
    assert_eq!(named(&["com", "cidson"], ALL).await, [CID]);
    assert!(named(&["com", "x"], ALL).await.is_empty());
    assert_eq!(directory.friends(BOB, ALL).await.expect("read")[0].since, Timestamp(30));
}

async fn requests_are_seen_from_both_sides(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    between(&shelf, ANN, BOB, "pending").await;
    let sent = directory.requests(ANN, Requests::Sent, ALL).await.expect("read");
    let received = directory.requests(BOB, Requests::Received, ALL).await.expect("read");
    assert_eq!((sent[0].user.id, received[0].user.id), (BOB, ANN));
    assert_eq!(sent[0].friendship, received[0].friendship);
    let friendship = &sent[0].friendship;
    assert_eq!((friendship.requester_id, friendship.addressee_id, friendship.status), (ANN, BOB, Status::Pending));
    assert_eq!((friendship.message.as_deref(), friendship.created_at), (Some("hi"), Timestamp(5)));
    assert!(directory.requests(ANN, Requests::Received, ALL).await.expect("read").is_empty());
}

async fn a_room_shows_its_present_members_with_their_names(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    let room = id(ROOM.0);
    run(&shelf, &format!("INSERT INTO rooms VALUES ({room}, 3, 'group', 'Lunch', 0, 7, 8)")).await;
    for (user, role, joined) in [(BOB, "'member'", 2), (ANN, "'owner'", 1), (CID, "NULL", 1)] {
        run(&shelf, &format!("INSERT INTO room_members VALUES ({room}, {}, {role}, {joined})", id(user.0))).await;
    }
    let shapes = directory.shapes(&[ROOM, RoomId(Uuid::nil())]).await.expect("read");
    let [shape] = shapes.as_slice() else { panic!("{shapes:?}") };
    assert_eq!(
        (shape.room_type, shape.name.as_deref(), shape.created_at),
        (RoomType::Group, Some("Lunch"), Timestamp(7))
    );
    let people: Vec<_> = shape.participants.iter().map(|one| (one.id, one.nickname.as_str(), one.role)).collect();
    assert_eq!(people, [(ANN, "ann", Role::Owner), (BOB, "bob", Role::Member)]);
}

async fn a_block_is_felt_in_the_direct_room_only(shelf: Shelf) {
    peopled(&shelf).await;
    let directory = &shelf.directory;
    let group = RoomId(Uuid::from_u128(101));
    side(&shelf, BOB, ANN, "none", false, true).await;
    side(&shelf, ANN, BOB, "none", false, false).await;
    for (room, kind) in [(ROOM, "direct"), (group, "group")] {
        run(&shelf, &format!("INSERT INTO rooms VALUES ({}, 1, '{kind}', NULL, 0, 7, 8)", id(room.0))).await;
        for user in [ANN, BOB] {
            run(&shelf, &format!("INSERT INTO room_members VALUES ({}, {}, 'member', 1)", id(room.0), id(user.0)))
                .await;
        }
    }
    assert!(directory.is_blocked_in(ANN, ROOM).await.expect("read"));
    assert!(!directory.is_blocked_in(BOB, ROOM).await.expect("read"));
    assert!(!directory.is_blocked_in(ANN, group).await.expect("read"));
}
