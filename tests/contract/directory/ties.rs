//! What is left of who is gone, and by what they are found.

use domain::{RoomId, UserId};
use query_side::ports::Part;
use uuid::Uuid;

use super::{ANN, BOB, CID, DAN, ROOM, Shelf, id, peopled, run, side};

pub(super) async fn who_is_erased_goes_by_one_name_in_rooms(shelf: Shelf) {
    peopled(&shelf).await;
    run(&shelf, &format!("UPDATE users SET nickname = NULL, username = NULL WHERE id = {}", id(BOB.0))).await;
    let room = id(ROOM.0);
    run(&shelf, &format!("INSERT INTO rooms VALUES ({room}, 1, 'direct', NULL, 0, 7, 8)")).await;
    for user in [ANN, BOB, UserId(Uuid::from_u128(9))] {
        run(&shelf, &format!("INSERT INTO room_members VALUES ({room}, {}, 'member', 1)", id(user.0))).await;
    }
    let shapes = shelf.directory.shapes(&[ROOM]).await.expect("read");
    let names: Vec<_> =
        shapes[0].participants.iter().map(|one| (one.nickname.as_str(), one.username.as_deref())).collect();
    assert_eq!(names, [("ann", Some("ann_u")), ("Deleted user", None), ("", None)]);
}

pub(super) async fn all_rooms_that_somebody_ever_was_in_are_found_in_parts(shelf: Shelf) {
    let rooms: Vec<_> = (100..105).map(|n| RoomId(Uuid::from_u128(n))).collect();
    for (room, role) in rooms.iter().zip(["'member'", "NULL", "'owner'", "NULL", "'admin'"]) {
        let (room, user) = (id(room.0), id(ANN.0));
        run(&shelf, &format!("INSERT INTO room_members VALUES ({room}, {user}, {role}, 1)")).await;
    }
    let found = async |user, after, limit| shelf.directory.ever_of(user, after, limit).await.expect("read");
    assert_eq!(found(ANN, None, 10).await, rooms);
    assert_eq!(found(ANN, None, 2).await, rooms[..2]);
    assert_eq!(found(ANN, Some(rooms[1]), 2).await, rooms[2..4]);
    assert_eq!(found(ANN, Some(rooms[4]), 2).await, []);
    assert_eq!(found(BOB, None, 10).await, []);
}

pub(super) async fn all_with_whom_somebody_ever_had_to_do_are_found_in_parts(shelf: Shelf) {
    for (other, status) in [(BOB, "accepted"), (CID, "removed"), (DAN, "none")] {
        side(&shelf, ANN, other, status, true, false).await;
    }
    let found = async |after, limit| shelf.directory.others(ANN, Part { after, limit }).await.expect("read");
    assert_eq!(found(None, 10).await, [BOB, CID, DAN]);
    assert_eq!(found(Some(BOB), 1).await, [CID]);
    assert_eq!(found(Some(DAN), 1).await, []);
}
