//! The people of the tests, and how a test begins.

use cqrs_es::Aggregate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use crate::UserId;

pub(crate) const ANN: UserId = person(1);
pub(crate) const BOB: UserId = person(2);
pub(crate) const CID: UserId = person(3);
pub(crate) const DAN: UserId = person(4);
pub(crate) const EVE: UserId = person(5);

/// The `n`-th person; the first five have names.
pub(crate) const fn person(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// An aggregate to which `history` happened.
pub(crate) fn given<A: Aggregate<Services = ()>>(history: Vec<A::Event>) -> AggregateTestExecutor<A> {
    TestFramework::with(()).given(history)
}
