//! Lanes: one queue per aggregate, worked off by a task that lives as long as something waits in it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::{Decide, Envelope, Event, StreamId, Version};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::aggregates::{Aggregates, Loaded};
use super::appender::Failure;
use super::faults::{refuse_all, refuse_plan, without_faulty};
use super::job::Job;
use super::order::{Error, Order, Outcome};
use super::plan::{Decision, Plan};
use super::recall::{event_at, recall};
use super::seal::{Decided, seal};
use crate::ports::{Appended, Conflict};

/// How many commands may wait in one lane; more are told to come back before anything is decided.
const MOST_WAITING: usize = 1024;
/// How many are decided together.
const MOST_TOGETHER: usize = 128;
/// How often a lane decides again after conflicts before it gives up. Alone on its store it never conflicts with itself.
const MOST_TRIES: usize = 16;
/// How long a lane asks after an append whose outcome is unknown.
const ASKING: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(750), Duration::from_secs(2)];

/// The lanes of one type of aggregate.
pub(super) struct Lanes<A: Decide> {
    pub(super) aggregates: Arc<Aggregates<A>>,
    queues: Mutex<HashMap<Uuid, VecDeque<Job<A>>>>,
}

impl<A: Decide> Lanes<A> {
    pub(super) fn new(aggregates: Aggregates<A>) -> Self {
        Self { aggregates: Arc::new(aggregates), queues: Mutex::default() }
    }

    /// Hands a command to its lane and waits for what comes of it.
    pub(super) async fn enter(self: &Arc<Self>, order: Order<A>) -> Result<Outcome, Error> {
        let id = order.id;
        let (reply, answer) = oneshot::channel();
        if self.queue(id, Job::new(order, reply))? {
            let lanes = Arc::clone(self);
            tokio::spawn(async move { lanes.run(id).await });
        }
        answer.await.unwrap_or_else(|_| Err(Error::Unavailable("the lane has stopped".to_owned())))
    }

    /// Puts a job in its lane's queue; whether the lane must be started.
    fn queue(&self, id: Uuid, job: Job<A>) -> Result<bool, Error> {
        match self.queues.lock().entry(id) {
            Entry::Occupied(lane) if lane.get().len() >= MOST_WAITING => Err(Error::Busy),
            Entry::Occupied(mut lane) => {
                lane.get_mut().push_back(job);
                Ok(false)
            }
            Entry::Vacant(lane) => {
                lane.insert(VecDeque::from([job]));
                Ok(true)
            }
        }
    }

    async fn run(&self, id: Uuid) {
        let _closed_on_panic = Closing { lanes: self, id };
        while let Some(jobs) = self.take(id) {
            self.work(id, jobs).await;
        }
    }

    /// What waits in the lane; an empty lane ends.
    fn take(&self, id: Uuid) -> Option<Vec<Job<A>>> {
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(&id)?;
        if queue.is_empty() {
            queues.remove(&id);
            return None;
        }
        let together = queue.len().min(MOST_TOGETHER);
        Some(queue.drain(..together).collect())
    }

    /// Carries out jobs: whoever is at fault for a conflict is answered, the others are decided again.
    async fn work(&self, id: Uuid, mut jobs: Vec<Job<A>>) {
        for _ in 0..MOST_TRIES {
            jobs = self.without_known(jobs).await;
            if jobs.is_empty() {
                return;
            }
            match Plan::make(&self.aggregates, id, &mut jobs).await {
                Ok(plan) => jobs = self.settle(id, plan).await,
                Err(away) => return refuse_all(jobs, &Error::from(away)),
            }
        }
        refuse_all(jobs, &Error::Unavailable("others keep changing the same".to_owned()));
    }

    /// Answers those whose key was used before. When the store is away that is found out once, not by each in its turn: those behind
    /// would wait for longer than anybody does.
    async fn without_known(&self, jobs: Vec<Job<A>>) -> Vec<Job<A>> {
        if jobs.iter().all(|job| job.order.key.is_none()) {
            return jobs;
        }
        let mut unknown = Vec::with_capacity(jobs.len());
        let mut jobs = jobs.into_iter();
        while let Some(job) = jobs.next() {
            let known = match &job.order.key {
                Some(key) => recall(&self.aggregates.parts, key).await,
                None => Ok(None),
            };
            match known {
                Ok(None) => unknown.push(job),
                Ok(Some(outcome)) => job.answer(Ok(outcome)),
                Err(error @ Error::Unavailable(_)) => {
                    unknown.push(job);
                    refuse_all(unknown.into_iter().chain(jobs), &error);
                    return vec![];
                }
                Err(error) => job.answer(Err(error)),
            }
        }
        unknown
    }

    /// Appends a plan and answers; gives back those that must be decided again.
    async fn settle(&self, id: Uuid, plan: Plan<A>) -> Vec<Job<A>> {
        let appender = &self.aggregates.parts.appender;
        if plan.is_idle() && appender.is_alone() {
            self.answer_all(id, plan, None).await;
            return vec![];
        }
        let (stream, vault) = (Aggregates::<A>::stream(id), &self.aggregates.parts.vault);
        let mut item = plan.item(id, !appender.is_alone());
        let hash = match seal(&**vault, stream, plan.base.hash, &plan.events).await {
            Ok((events, hash)) => {
                item.events = events;
                hash
            }
            Err(away) => return refuse_plan(plan, &Error::from(away)),
        };
        match appender.append(item).await {
            Ok(appended) => self.keep(id, plan, hash, appended).await,
            Err(failure) => return self.fail(id, plan, hash, failure).await,
        }
        vec![]
    }

    async fn keep(&self, id: Uuid, plan: Plan<A>, hash: domain::hash::Hash, appended: Appended) {
        if !plan.events.is_empty() {
            let mut state = plan.state.clone();
            state.forget_parts();
            self.aggregates.keep(id, Loaded { state, version: plan.version(), hash, snapshot: plan.base.snapshot });
        }
        self.answer_all(id, plan, Some(appended)).await;
    }

    /// What was in memory is not current, or may be wrong: whoever is not at fault is decided again.
    async fn fail(&self, id: Uuid, plan: Plan<A>, hash: domain::hash::Hash, failure: Failure) -> Vec<Job<A>> {
        match failure {
            Failure::Conflict(Conflict::Version) => self.aggregates.catch_up(id).await,
            _ => self.aggregates.forget(id),
        }
        match failure {
            Failure::Conflict(Conflict::Rejected(why)) if plan.decisions.len() == 1 => {
                refuse_plan(plan, &Error::Unavailable(why))
            }
            Failure::Conflict(Conflict::Rejected(_)) => self.one_by_one(id, plan).await,
            Failure::Conflict(conflict) => without_faulty(plan, &conflict),
            Failure::Unavailable(why) => refuse_plan(plan, &Error::Unavailable(why)),
            Failure::Unknown(why) => match self.ask(id, &plan).await {
                Some(Some(appended)) => {
                    self.keep(id, plan, hash, appended).await;
                    vec![]
                }
                Some(None) => plan.decisions.into_iter().map(|(job, _)| job).collect(),
                None => refuse_plan(plan, &Error::Unavailable(why)),
            },
        }
    }

    /// So that one bad value fails only its own command.
    async fn one_by_one(&self, id: Uuid, plan: Plan<A>) -> Vec<Job<A>> {
        for (job, _) in plan.decisions {
            Box::pin(self.work(id, vec![job])).await;
        }
        vec![]
    }

    /// Asks the store whether a plan was appended: where, or not at all; `None` when it does not answer.
    async fn ask(&self, id: Uuid, plan: &Plan<A>) -> Option<Option<Appended>> {
        let (first, stream) = (plan.events.first()?, Aggregates::<A>::stream(id));
        for wait in ASKING {
            if let Ok(found) = self.aggregates.parts.history.at(stream, first.version).await {
                let ours = found.filter(|event| event.event_id == first.event_id);
                return Some(ours.map(|event| Appended { position: event.position, recorded_at: event.recorded_at }));
            }
            tokio::time::sleep(wait).await;
        }
        None
    }

    async fn answer_all(&self, id: Uuid, plan: Plan<A>, appended: Option<Appended>) {
        let stream = Aggregates::<A>::stream(id);
        let Plan { events, decisions, .. } = plan;
        let done = |index: usize| appended.map(|appended| envelope(stream, index, &events[index], appended));
        let came_of = |(_, decision): &(Job<A>, Decision)| match decision {
            Decision::Events(last) => Came::Event(*last),
            Decision::Unchanged(version) => Came::Nothing(*version),
            Decision::Refused(_) | Decision::SameAs(_) | Decision::KeyReused => Came::Refusal,
        };
        let came: Vec<_> = decisions.iter().map(came_of).collect();
        for (job, decision) in decisions {
            let gone = || Error::Unavailable("nothing was appended".to_owned());
            let answer = match decision {
                Decision::Refused(refusal) => Err(Error::Refused(refusal)),
                Decision::KeyReused => Err(Error::KeyReused),
                Decision::Events(last) => done(last).map(Outcome::Done).ok_or_else(gone),
                Decision::Unchanged(version) => self.unchanged(stream, version).await,
                Decision::SameAs(first) => match came[first] {
                    Came::Event(last) => done(last).map(Outcome::Repeated).ok_or_else(gone),
                    Came::Nothing(version) => self.unchanged(stream, version).await,
                    Came::Refusal => Err(gone()),
                },
            };
            job.answer(answer);
        }
    }

    async fn unchanged(&self, stream: StreamId, version: Version) -> Result<Outcome, Error> {
        event_at(&self.aggregates.parts, stream, version).await.map(Outcome::Unchanged)
    }
}

/// What came of a command that another of the same plan repeats.
#[derive(Clone, Copy)]
enum Came {
    Event(usize),
    Nothing(Version),
    Refusal,
}

/// Takes the lane away if its task dies, so that the next command starts it anew instead of waiting for ever.
struct Closing<'a, A: Decide> {
    lanes: &'a Lanes<A>,
    id: Uuid,
}

impl<A: Decide> Drop for Closing<'_, A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.lanes.queues.lock().remove(&self.id);
            self.lanes.aggregates.forget(self.id);
        }
    }
}

fn envelope<A: Decide>(stream: StreamId, index: usize, decided: &Decided<A>, appended: Appended) -> Envelope<Event> {
    Envelope {
        position: appended.position + index as u64,
        stream,
        version: decided.version,
        event_id: decided.event_id,
        recorded_at: appended.recorded_at,
        actor: decided.actor.clone(),
        payload: decided.event.clone().into(),
    }
}
