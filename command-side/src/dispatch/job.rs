//! A command in its lane.

use domain::Decide;
use tokio::sync::oneshot;

use super::order::{Error, Order, Outcome};

/// A command, and who waits for what comes of it.
pub(super) struct Job<A: Decide> {
    pub(super) order: Order<A>,
    reply: oneshot::Sender<Result<Outcome, Error>>,
}

impl<A: Decide> Job<A> {
    pub(super) const fn new(order: Order<A>, reply: oneshot::Sender<Result<Outcome, Error>>) -> Self {
        Self { order, reply }
    }

    pub(super) fn answer(self, answer: Result<Outcome, Error>) {
        // Whoever asked may be gone; what was done stays.
        let _ = self.reply.send(answer);
    }
}
