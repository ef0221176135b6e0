//! Who is at fault when a plan is not appended, and who is decided again.

use domain::Decide;

use super::job::Job;
use super::order::{Error, Order};
use super::plan::Plan;
use crate::ports::Conflict;

/// Answers whoever is at fault for `conflict`; the others are given back. A used key is looked up when they are decided again.
pub(super) fn without_faulty<A: Decide>(plan: Plan<A>, conflict: &Conflict) -> Vec<Job<A>> {
    let mut others = Vec::with_capacity(plan.decisions.len());
    for (job, _) in plan.decisions {
        match fault(&job.order, conflict) {
            Some(error) => job.answer(Err(error)),
            None => others.push(job),
        }
    }
    others
}

fn fault<A: Decide>(order: &Order<A>, conflict: &Conflict) -> Option<Error> {
    match conflict {
        Conflict::Guard(stream) => {
            order.guards.iter().any(|(guarded, _)| guarded == stream).then_some(Error::GuardBroken)
        }
        Conflict::Claim(kind, digest) => {
            let claims = order.claims.iter().any(|claim| claim.kind == *kind && claim.digest == *digest);
            claims.then_some(Error::ClaimTaken(*kind))
        }
        Conflict::Version | Conflict::Key(..) | Conflict::Rejected(_) => None,
    }
}

pub(super) fn refuse_plan<A: Decide>(plan: Plan<A>, error: &Error) -> Vec<Job<A>> {
    refuse_all(plan.decisions.into_iter().map(|(job, _)| job), error);
    vec![]
}

pub(super) fn refuse_all<A: Decide>(jobs: impl IntoIterator<Item = Job<A>>, error: &Error) {
    for job in jobs {
        job.answer(Err(error.clone()));
    }
}
