//! Finding messages by what they say.

use domain::{Position, RoomId, text};
use query_side::ports::{Found, Sought, Timeline, Within};
use uuid::Uuid;

use super::given::{ANN, CID, DAN, Model, joined, moved, said, says_now};

const HERE: RoomId = RoomId(Uuid::from_u128(401));
const THERE: RoomId = RoomId(Uuid::from_u128(402));
const ELSEWHERE: RoomId = RoomId(Uuid::from_u128(403));

fn sought(rooms: &[RoomId], q: &str) -> Sought {
    let rooms = rooms.iter().map(|room| (*room, 100_000)).collect();
    Sought { within: Within::Rooms(rooms), terms: text::terms(q), before: Position::MAX, limit: 10 }
}

async fn found(timeline: &dyn Timeline, sought: &Sought) -> Found {
    timeline.search(sought).await.expect("read")
}

fn positions(found: &Found) -> Vec<Position> {
    found.messages.iter().map(|(position, _)| *position).collect()
}

/// Where messages say this, newest first.
pub(super) async fn positions_of(timeline: &dyn Timeline, q: &str, rooms: &[RoomId]) -> Vec<Position> {
    positions(&found(timeline, &sought(rooms, q)).await)
}

pub(super) async fn messages_are_found_by_all_their_terms_newest_first(model: Model) {
    let timeline = model.filled().await;
    let all = [
        said(HERE, 1_001, "Lunch at the café?"),
        said(THERE, 1_002, "no LUNCH today, the CAFE is closed"),
        said(HERE, 1_003, "the lunchbox"),
        said(HERE, 1_004, "내일 학교에서 만나요"),
    ];
    model.keep(all.to_vec()).await;
    for (q, expected) in [
        ("lunch", vec![1_002, 1_001]),
        ("cafe lunch", vec![1_002, 1_001]),
        ("the closed lunch", vec![1_002]),
        ("lunc", vec![]),
        ("lunch breakfast", vec![]),
        ("학교", vec![1_004]),
        ("교에 만나요", vec![1_004]),
        ("학원", vec![]),
    ] {
        let found = found(&*timeline, &sought(&[HERE, THERE], q)).await;
        assert_eq!((positions(&found), found.looked_to), (expected, 0), "{q}");
    }
    let one = found(&*timeline, &sought(&[HERE], "café")).await.messages.remove(0).1;
    assert_eq!((one.view.content.as_deref(), one.view.room_id), (Some("Lunch at the café?"), HERE));
    assert_eq!(found(&*timeline, &sought(&[HERE], "?!")).await, Found::default());
    assert_eq!(found(&*timeline, &sought(&[], "lunch")).await, Found::default());
}

pub(super) async fn pages_of_what_is_found_end_where_the_last_one_did(model: Model) {
    let timeline = model.filled().await;
    let room = |n: u64| if n.is_multiple_of(3) { HERE } else { THERE };
    model.keep((1..=30).map(|n| said(room(n), 1_000 + n, &format!("tea number {n}"))).collect()).await;
    let mut seen = vec![];
    let mut before = Position::MAX;
    for _ in 0..20 {
        let page = found(&*timeline, &Sought { before, limit: 4, ..sought(&[HERE, THERE], "tea") }).await;
        let Some(last) = positions(&page).last().copied() else { break };
        assert!(page.looked_to <= last, "{page:?}");
        seen.extend(positions(&page));
        before = last;
    }
    assert_eq!(seen, (1_001..=1_030).rev().collect::<Vec<_>>());
}

pub(super) async fn edits_and_deletions_are_found_at_once_and_in_whichever_batch(model: Model) {
    let timeline = model.filled().await;
    let read = async |q| positions(&found(&*timeline, &sought(&[HERE], q)).await);
    model.keep(vec![said(HERE, 1_001, "green tea"), said(HERE, 1_002, "black tea")]).await;
    model.keep(vec![says_now(HERE, 1_001, 1_003, Some("green coffee"))]).await;
    assert_eq!((read("tea").await, read("coffee green").await), (vec![1_002], vec![1_001]));
    model.keep(vec![says_now(HERE, 1_001, 1_004, None)]).await;
    assert!(read("green").await.is_empty() && read("coffee").await.is_empty());
    let at_once = [
        said(HERE, 1_005, "red wine"),
        says_now(HERE, 1_005, 1_006, Some("white wine")),
        says_now(HERE, 1_002, 1_007, Some("wine")),
        says_now(HERE, 1_002, 1_008, None),
    ];
    model.keep(at_once.to_vec()).await;
    assert_eq!((read("wine").await, read("red").await, read("tea").await), (vec![1_005], vec![], vec![]));
}

pub(super) async fn nothing_is_found_in_other_rooms_or_beyond_what_a_room_has(model: Model) {
    let timeline = model.filled().await;
    let secrets = |from: u64| {
        let rooms = [HERE, THERE, ELSEWHERE].into_iter().zip(from..);
        rooms.map(|(room, position)| said(room, position, "secret")).collect()
    };
    model.keep(secrets(1_001)).await;
    model.keep(secrets(1_011)).await;
    let of = async |sought: Sought| positions(&found(&*timeline, &sought).await);
    assert_eq!(of(sought(&[HERE, THERE], "secret")).await, [1_012, 1_011, 1_002, 1_001]);
    let known = vec![(HERE, 1_010), (THERE, 1_012)];
    let known = Within::Rooms(known);
    assert_eq!(of(Sought { within: known, ..sought(&[], "secret") }).await, [1_012, 1_002, 1_001]);
    assert_eq!(of(Sought { before: 1_011, ..sought(&[HERE, THERE], "secret") }).await, [1_002, 1_001]);
}

pub(super) async fn all_rooms_of_somebody_are_those_that_they_are_in_now(model: Model) {
    let timeline = model.filled().await;
    let rooms = [HERE, THERE, ELSEWHERE];
    // Ann is in two of them, was in the third, and knows not yet of what was said last; Cid is in that alone.
    let mut kept: Vec<_> = rooms.map(|room| moved(room, 9, Some(1), 1_010, 1_010)).to_vec();
    kept.extend([joined(HERE, ANN, 1, None), joined(THERE, ANN, 2, Some(4)), joined(THERE, ANN, 6, None)]);
    kept.extend([joined(ELSEWHERE, ANN, 1, Some(8)), joined(ELSEWHERE, CID, 1, None)]);
    kept.extend(rooms.into_iter().zip(1_001..).map(|(room, position)| said(room, position, "green tea")));
    kept.push(said(HERE, 1_011, "green tea"));
    model.keep(kept).await;
    let of = async |user, q| found(&*timeline, &Sought { within: Within::RoomsOf(user), ..sought(&[], q) }).await;
    for q in ["tea", "green tea", "tea m1"] {
        let within = Within::Rooms(rooms[..2].iter().map(|room| (*room, 1_010)).collect());
        assert_eq!(of(ANN, q).await, found(&*timeline, &Sought { within, ..sought(&[], q) }).await, "{q}");
    }
    assert_eq!(positions(&of(ANN, "tea").await), [1_002, 1_001]);
    assert_eq!((positions(&of(CID, "tea").await), positions(&of(DAN, "tea").await)), (vec![1_003], vec![]));
    model.park(ELSEWHERE).await;
    assert_eq!((of(ANN, "tea").await.is_parked, of(CID, "tea").await.is_parked), (false, true));
}

pub(super) async fn words_that_are_frequent_but_not_together_are_looked_for_in_parts(model: Model) {
    let timeline = model.filled().await;
    let content = |n: u64| match n {
        1 => "odd even",
        n if n.is_multiple_of(2) => "even",
        _ => "odd",
    };
    model.keep((1..=10_000).map(|n| said(HERE, 10_000 + n, content(n))).collect()).await;
    let (mut before, mut parts) = (Position::MAX, 0);
    let last = loop {
        let part = found(&*timeline, &Sought { before, ..sought(&[HERE], "even odd") }).await;
        parts += 1;
        if part.looked_to == 0 {
            break part;
        }
        assert!(part.messages.is_empty() && part.looked_to < before, "{part:?}");
        before = part.looked_to;
    };
    assert_eq!((positions(&last), (2..=25).contains(&parts)), (vec![10_001], true), "{parts}");
}

/// What the `n`-th of many messages says: frequent words, a rare one, and one of the first few only.
fn chatter(n: u64) -> String {
    let words = [(2, "tea"), (3, "milk"), (7, "sugar"), (401, "saffron")];
    let said = words.iter().filter(|(every, _)| n.is_multiple_of(*every)).map(|(_, word)| *word);
    let early = (n < 40).then_some("kettle");
    said.chain(early).chain(["drink"]).collect::<Vec<_>>().join(" ")
}

/// Positions of everything that is found, page by page, and how many pages that takes.
async fn paged(timeline: &dyn Timeline, sought: &Sought) -> (Vec<Position>, usize) {
    let (mut seen, mut before, mut pages) = (vec![], Position::MAX, 0);
    while before > 0 {
        let found = found(timeline, &Sought { before, ..sought.clone() }).await;
        let known = positions(&found);
        assert!(known.is_sorted_by(|a, b| a > b) && known.iter().all(|position| *position < before), "{known:?}");
        let is_full = known.len() >= sought.limit as usize;
        let next = if is_full { known[known.len() - 1] } else { found.looked_to };
        assert!(next < before, "{next} {before}");
        seen.extend(known.into_iter().filter(|position| *position >= next));
        (before, pages) = (next, pages + 1);
    }
    (seen, pages)
}

pub(super) async fn pages_through_very_many_rooms_miss_nothing_and_show_nothing_twice(model: Model) {
    const ROOMS: u64 = 450;
    const BEGIN: Position = 10_000;
    let timeline = model.filled().await;
    let room =
        |n: u64| RoomId(Uuid::from_u128(if n.is_multiple_of(2) { 500 } else { 500 + u128::from(n * n % ROOMS) }));
    model.keep((1..=6_000).map(|n| said(room(n), BEGIN + n, &chatter(n))).collect()).await;
    // Of some rooms not everything is known to be there, and in others is nobody.
    let known = |n: u64| if n % 3 == 1 { BEGIN + 4_000 } else { BEGIN + 6_000 };
    let mut rooms: Vec<_> =
        (0..ROOMS).filter(|n| n % 5 != 1).map(|n| (RoomId(Uuid::from_u128(500 + u128::from(n))), known(n))).collect();
    rooms.sort_by_key(|(_, last)| std::cmp::Reverse(*last));
    for q in ["drink", "tea", "saffron", "tea milk", "milk sugar tea", "tea kettle", "saffron drink", "tea coffee"] {
        let is_said = |n: &u64| q.split(' ').all(|word| chatter(*n).split(' ').any(|said| said == word));
        let is_known = |n: &u64| rooms.iter().any(|(id, last)| *id == room(*n) && BEGIN + n <= *last);
        let all: Vec<_> = (1..=6_000).rev().filter(is_said).filter(is_known).map(|n| BEGIN + n).collect();
        let sought = Sought { within: Within::Rooms(rooms.clone()), limit: 51, ..sought(&[], q) };
        let (seen, pages) = paged(&*timeline, &sought).await;
        // The rarest word leads, of whose messages so many are looked at for a page.
        let of = |word: &str| (1..=6_000).filter(|n| chatter(*n).split(' ').any(|said| said == word)).count();
        let most = 2 + all.len() / 50 + q.split(' ').map(of).min().unwrap_or(0) / 250;
        assert!(seen == all && pages <= most, "{q}: {} of {}, {pages} pages of {most}", seen.len(), all.len());
    }
}
