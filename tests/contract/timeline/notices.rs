//! What is told between messages.

use domain::room::Role;
use domain::{RoomId, Timestamp};
use query_side::ports::{Notice, Place, Slice, Timeline, Told};
use uuid::Uuid;

use super::given::{ANN, CID, Model, ROOM, renamed};

/// The names that were given to the room.
pub(super) async fn names(timeline: &dyn Timeline) -> Vec<Option<String>> {
    let all = timeline.notices(ROOM, 99, Slice::Newer { after: 0 }, 99).await.expect("read");
    let name = |notice: Notice| match notice.told {
        Told::Renamed { name } => Some(name),
        _ => None,
    };
    all.into_iter().filter_map(name).collect()
}

pub(super) async fn what_happened_to_a_room_is_told_in_the_order_of_versions(model: Model) {
    let timeline = model.filled().await;
    model.keep(vec![renamed(12, Some("Tea")), renamed(13, None)]).await;
    let read = async |up_to, slice, limit| timeline.notices(ROOM, up_to, slice, limit).await.expect("read");
    let all = read(13, Slice::Newer { after: 0 }, 10).await;
    let told: Vec<_> = all.iter().map(|notice| (notice.version, notice.actor, &notice.told)).collect();
    let joined = |role| Told::Joined { user: CID, role: Some(role) };
    assert_eq!(
        told,
        [
            (9, ANN, &joined(Role::Member)),
            (10, CID, &Told::Left { user: CID }),
            (11, ANN, &joined(Role::Admin)),
            (12, ANN, &Told::Renamed { name: Some("Tea".to_owned()) }),
            (13, ANN, &Told::Renamed { name: None }),
        ]
    );
    assert_eq!(all[0].at, Timestamp(1_009));
    let versions = |notices: Vec<Notice>| notices.iter().map(|notice| notice.version).collect::<Vec<_>>();
    assert_eq!(versions(read(11, Slice::Older { before: None, after: 0 }, 2).await), [11, 10]);
    assert_eq!(versions(read(13, Slice::Older { before: Some(12), after: 9 }, 9).await), [11, 10]);
    assert_eq!(versions(read(12, Slice::Newer { after: 9 }, 2).await), [10, 11]);
    assert!(timeline.notices(RoomId(Uuid::nil()), 99, Slice::Newer { after: 0 }, 9).await.expect("read").is_empty());
}

pub(super) async fn a_place_counts_what_stands_up_to_it(model: Model) {
    let timeline = model.filled().await;
    let place = async |up_to, told| timeline.place(ROOM, up_to, told).await.expect("read");
    for (up_to, rank, version) in [(2, 1, 2), (4, 2, 3), (6, 4, 6), (11, 4, 6)] {
        assert_eq!(place(up_to, false).await, Some(Place { rank, version }), "{up_to}");
    }
    for (up_to, rank, version) in [(8, 4, 6), (9, 5, 9), (11, 7, 11), (99, 7, 11)] {
        assert_eq!(place(up_to, true).await, Some(Place { rank, version }), "{up_to}");
    }
    assert_eq!((place(1, true).await, place(0, false).await), (None, None));
}
