//! Who is there, and what they may type.

use domain::UserId;
use proptest::prelude::*;
use uuid::Uuid;

pub(crate) const ANN: UserId = person(1);
pub(crate) const BOB: UserId = person(2);
pub(crate) const CID: UserId = person(3);

/// How many of them do things.
const HANDFUL: u128 = 5;

/// The `n`-th person; the first three have names.
pub(crate) const fn person(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// Everybody who does things.
pub(crate) fn everybody() -> impl Iterator<Item = UserId> {
    (1..=HANDFUL).map(person)
}

/// One of the few who do things; some do more than others, so that they meet.
pub(crate) fn somebody() -> impl Strategy<Value = UserId> {
    prop_oneof![5 => Just(ANN), 3 => Just(BOB), 3 => Just(CID), 1 => (4..=HANDFUL).prop_map(person)]
}

/// What somebody types: mostly sense, sometimes anything at all.
pub(crate) fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        16 => "[a-c가-나]{1,3}",
        4 => "[a-z_-]{3,20}",
        1 => any::<String>(),
        1 => "[ \\t\\n\u{200b}\u{3164}]{0,3}",
        1 => (90..110_usize).prop_map(|length| "a".repeat(length)),
        1 => (490..510_usize).prop_map(|length| "한".repeat(length)),
        1 => (3995..4005_usize).prop_map(|length| "b".repeat(length)),
    ]
}
