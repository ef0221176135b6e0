//! Looking for people by words that very many have.

use std::ops::Range;

use domain::UserId;
use query_side::ports::{Looked, Match, Other, Part, Search};
use uuid::Uuid;

use super::{ANN, Shelf, id, run, search};

/// These have the word `ann`, and those the word `bob`; the last of the former is the first of the latter.
const ANNS: Range<u128> = 1_000..3_100;
const BOBS: Range<u128> = 3_099..5_199;
const BOTH: UserId = UserId(Uuid::from_u128(3_099));

async fn insert(shelf: &Shelf, into: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<_> = rows.collect();
    for some in rows.chunks(500) {
        run(shelf, &format!("INSERT INTO {into} VALUES {}", some.join(","))).await;
    }
}

/// All of them, and all are friends of Ann's.
async fn crowded(shelf: &Shelf) {
    let user = |n: u128| id(Uuid::from_u128(n));
    let all = || ANNS.start..BOBS.end;
    let columns = "users (id, version, nickname, created_at, updated_at)";
    insert(shelf, columns, all().map(|n| format!("({}, 1, 'x', 10, 20)", user(n)))).await;
    insert(shelf, "user_words", ANNS.map(|n| format!("('ann', {})", user(n)))).await;
    insert(shelf, "user_words", BOBS.map(|n| format!("('bob', {})", user(n)))).await;
    let side = |n| format!("({}, {}, {}, 'accepted', 1, 0, 30, NULL)", id(ANN.0), user(n), user(n));
    insert(shelf, "friendship_sides", all().map(side)).await;
}

/// All pages: how many were found in each, and all that were found.
async fn found(shelf: &Shelf, words: &[&str]) -> (Vec<usize>, Vec<UserId>) {
    let (mut pages, mut all, mut after) = (vec![], vec![], None);
    loop {
        let asked = Search { after, ..search(ANN, words) };
        let Looked { found, to } = shelf.directory.search(&asked).await.expect("read");
        pages.push(found.len());
        all.extend(found.iter().map(|found: &Match| found.user.id));
        after = to;
        if after.is_none() {
            return (pages, all);
        }
    }
}

pub(super) async fn frequent_words_that_rarely_stand_together_are_looked_for_in_parts(shelf: Shelf) {
    crowded(&shelf).await;
    for words in [["ann", "bob"], ["bob", "ann"]] {
        let (pages, all) = found(&shelf, &words).await;
        assert_eq!((pages.len(), all), (5, vec![BOTH]), "{pages:?}");
    }
    let (pages, all) = found(&shelf, &["ann", "zoe"]).await;
    assert_eq!((pages, all), (vec![0], vec![]), "the rare one leads");
    assert_eq!(shelf.directory.count(&search(ANN, &["ann"]), 1_500).await.expect("read"), 1_500);
    assert_eq!(shelf.directory.count(&search(ANN, &["ann", "an"]), 1_500).await.expect("read"), 500);
}

async fn named(shelf: &Shelf, words: &[&str], after: Option<UserId>) -> (Vec<UserId>, Option<UserId>) {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let Looked { found, to } =
        shelf.directory.friends_named(ANN, &words, Part { after, limit: 3 }).await.expect("read");
    (found.iter().map(|other: &Other| other.user.id).collect(), to)
}

pub(super) async fn friends_with_frequent_words_are_looked_for_in_parts(shelf: Shelf) {
    crowded(&shelf).await;
    let user = |n| UserId(Uuid::from_u128(n));
    assert_eq!(named(&shelf, &["ann"], None).await, ([1_000, 1_001, 1_002].map(user).to_vec(), Some(user(1_499))));
    assert_eq!(named(&shelf, &["bob", "ann"], None).await, (vec![], Some(user(1_499))));
    assert_eq!(named(&shelf, &["bob", "ann"], Some(user(1_499))).await, (vec![], Some(user(1_999))));
    assert_eq!(named(&shelf, &["bob", "ann"], Some(user(2_999))).await, (vec![BOTH], Some(user(3_499))));
    assert_eq!(named(&shelf, &["bob", "ann"], Some(user(4_999))).await, (vec![], None));
}

pub(super) async fn friends_with_a_rare_word_are_all_looked_at(shelf: Shelf) {
    crowded(&shelf).await;
    insert(&shelf, "user_words", [4_000, 5_000].iter().map(|n| format!("('zoe', {})", id(Uuid::from_u128(*n))))).await;
    let user = |n| UserId(Uuid::from_u128(n));
    assert_eq!(named(&shelf, &["z"], None).await, ([4_000, 5_000].map(user).to_vec(), None));
    assert_eq!(named(&shelf, &["bob", "zoe"], Some(user(4_000))).await, (vec![user(5_000)], None));
    assert_eq!(named(&shelf, &["ann", "zoe"], None).await, (vec![], None));
}
