//! Deciding what waits in a lane, one after another on the state in memory.

use std::sync::Arc;

use domain::event::read;
use domain::{Decide, Refusal, StreamId, Version};
use uuid::Uuid;

use super::aggregates::{Aggregates, Loaded};
use super::job::Job;
use super::order::Key;
use super::seal::{Decided, new_event_id};
use crate::ports::{Item, KeyUse, Unavailable};

/// What one command led to, within the plan.
pub(super) enum Decision {
    Refused(Refusal),
    /// Nothing changes; the stream was at this version then.
    Unchanged(Version),
    /// Its last event is at this index of the plan's events.
    Events(usize),
    /// The same key and request as the command at this index of the plan.
    SameAs(usize),
    KeyReused,
}

/// What a lane decided together.
pub(super) struct Plan<A: Decide> {
    pub(super) base: Arc<Loaded<A>>,
    /// The state after all of it.
    pub(super) state: A,
    pub(super) events: Vec<Decided<A>>,
    pub(super) decisions: Vec<(Job<A>, Decision)>,
}

impl<A: Decide> Plan<A> {
    /// Decides `jobs` in their order, each on what the ones before it led to.
    pub(super) async fn make(
        aggregates: &Aggregates<A>,
        id: Uuid,
        jobs: &mut Vec<Job<A>>,
    ) -> Result<Self, Unavailable> {
        let base = aggregates.current(id).await?;
        let mut plan =
            Self { state: base.state.clone(), base, events: Vec::new(), decisions: Vec::with_capacity(jobs.len()) };
        for job in jobs.iter() {
            plan.take_in_part(aggregates, id, job).await?;
        }
        for job in jobs.drain(..) {
            let decision = plan.decide(&job);
            plan.decisions.push((job, decision));
        }
        Ok(plan)
    }

    /// The stream's version after what is decided so far.
    pub(super) fn version(&self) -> Version {
        self.base.version + self.events.len() as Version
    }

    /// Loads the part that the command must judge, through the `subject` index. All parts are loaded before the first decision: so
    /// none of them misses what is decided but not appended yet.
    async fn take_in_part(&mut self, aggregates: &Aggregates<A>, id: Uuid, job: &Job<A>) -> Result<(), Unavailable> {
        let Some(part) = self.state.unjudged(&job.order.command) else { return Ok(()) };
        let stream = Aggregates::<A>::stream(id);
        let about = aggregates.parts.history.about(stream, part, self.base.version).await?;
        let unreadable = |error| Unavailable(format!("{stream}: {error}"));
        let events = about.iter().map(|event| {
            let raw = &event.payload;
            read::<A::Event>(&raw.event_type, raw.schema_version, &raw.json).map_err(unreadable)
        });
        self.state.judge(part, events.collect::<Result<_, _>>()?);
        Ok(())
    }

    fn decide(&mut self, job: &Job<A>) -> Decision {
        if let Some(decided) = job.order.key.as_ref().and_then(|key| self.decided_with(key)) {
            return decided;
        }
        match self.state.decide(&job.order.command) {
            Err(error) => Decision::Refused(error.into()),
            Ok(events) if events.is_empty() => Decision::Unchanged(self.version()),
            Ok(events) => {
                events.into_iter().for_each(|event| self.add(job, event));
                Decision::Events(self.events.len() - 1)
            }
        }
    }

    /// What an earlier command of this plan with the same key came to, if something did.
    fn decided_with(&self, key: &Key) -> Option<Decision> {
        let used = self.decisions.iter().position(|(job, decision)| {
            let same = job.order.key.as_ref().is_some_and(|used| (used.user, used.key) == (key.user, key.key));
            same && matches!(decision, Decision::Events(_) | Decision::Unchanged(_))
        })?;
        let request = self.decisions[used].0.order.key.as_ref().map(|used| used.request);
        Some(if request == Some(key.request) { Decision::SameAs(used) } else { Decision::KeyReused })
    }

    fn add(&mut self, job: &Job<A>, event: A::Event) {
        self.state.apply(event.clone());
        let version = self.version() + 1;
        let actor = job.order.actor.clone();
        self.events.push(Decided { event_id: new_event_id(), version, actor, event });
    }

    /// Whether nothing is to be appended: no events, and no key of a command that found nothing to change.
    pub(super) fn is_idle(&self) -> bool {
        let keeps = |(job, decision): &(Job<A>, Decision)| {
            job.order.key.is_some() && matches!(decision, Decision::Unchanged(_))
        };
        self.events.is_empty() && !self.decisions.iter().any(keeps)
    }

    /// What goes to the appender besides the events: checks, claims, credentials and keys of the commands that led to
    /// some. `all_guards` adds the guards of those that led to none, for stores that others write to as well.
    pub(super) fn item(&self, id: Uuid, all_guards: bool) -> Item {
        let stream = Aggregates::<A>::stream(id);
        let mut item = Item { stream: Some(stream), expected: self.base.version, ..Item::default() };
        for (job, decision) in &self.decisions {
            let order = &job.order;
            let appends = matches!(decision, Decision::Events(_));
            if appends || all_guards {
                item.guards.extend(
                    order.guards.iter().filter(|guard| !item.guards.contains(guard)).copied().collect::<Vec<_>>(),
                );
            }
            if appends {
                item.claims.extend(order.claims.iter().cloned());
                item.credentials.extend(order.credential.clone());
            }
            item.keys.extend(order.key.as_ref().and_then(|key| self.used(stream, key, decision)));
        }
        item
    }

    fn used(&self, stream: StreamId, key: &Key, decision: &Decision) -> Option<KeyUse> {
        let (version, changed) = match decision {
            Decision::Events(last) => (self.events[*last].version, true),
            Decision::Unchanged(version) => (*version, false),
            Decision::Refused(_) | Decision::SameAs(_) | Decision::KeyReused => return None,
        };
        Some(KeyUse {
            user: key.user,
            key: key.key,
            request: key.request,
            stream,
            version,
            changed,
            status: key.status,
        })
    }
}
