//! One term: from taking the lease to losing it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use domain::stored::Raw;
use domain::{Envelope, Position};
use futures::future::{BoxFuture, Fuse, FusedFuture as _};
use futures::stream::FuturesOrdered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::run::{Run, age, behind, reach};
use super::{Ended, Error, Relay, lag, stopped};
use crate::ports::Unavailable;
use crate::ports::relay::{Ends, Outbox, Outgoing, Reached, Term};

/// Events that are read and sent together.
const RUN: usize = 1_000;
/// Events that may wait to be acknowledged.
const MOST: usize = 10_000;
/// Bytes of payload that may.
const MOST_BYTES: usize = 32 << 20;
/// How long the outbox is waited for at a time.
const WAIT: Duration = Duration::from_secs(1);
/// How often what is reached is written down, if it has moved.
const NOTE: Duration = Duration::from_millis(100);
const RENEW: Duration = Duration::from_secs(1);
/// How long after a renewal nothing more is sent: less than the lease lasts, whatever the clocks do.
const SURE: Duration = Duration::from_secs(4);

/// The newest position, and the next events.
type Read = Result<(Position, Vec<Envelope<Raw>>), Ended>;
type Acknowledged = BoxFuture<'static, Result<(), Unavailable>>;

/// What is known in the course of a term.
struct Course {
    epoch: u64,
    /// What is written down.
    noted: Position,
    reached: Reached,
    /// Up to where events were read, and sent.
    sent: Position,
    ends: Ends,
    waiting: FuturesOrdered<Acknowledged>,
    runs: VecDeque<Run>,
    head: Position,
    sure_until: watch::Receiver<Instant>,
    /// The position that is reached, for whoever tells how far that is behind.
    told: watch::Sender<Position>,
}

impl Course {
    fn events(&self) -> usize {
        self.runs.iter().map(|run| run.events).sum()
    }

    fn bytes(&self) -> usize {
        self.runs.iter().map(|run| run.bytes).sum()
    }

    fn is_full(&self) -> bool {
        self.events() >= MOST || self.bytes() >= MOST_BYTES || self.is_at_the_end()
    }

    /// Whether nothing more was there when it was last read: what comes while that is under way goes together. Sent one by one, as they
    /// come, events cost a request each, and beyond five of one partition under way librdkafka spins until it may send the next
    /// (measured at 500 sends/s: 1.4 ms of CPU a send).
    fn is_at_the_end(&self) -> bool {
        self.runs.back().is_some_and(|run| run.events < RUN)
    }
}

impl Relay {
    /// Leads until something ends the term. Whatever it is at, the lease is renewed meanwhile: to begin may take longer than the lease
    /// lasts, and two relays that lost it while they did would take turns for ever. It was asked for at `asked`.
    pub(super) async fn lead(&self, term: Term, asked: Instant, mut stop: watch::Receiver<bool>) -> Ended {
        let (epoch, sure_until) = (term.epoch, watch::Sender::new(asked + SURE));
        let (sure, told) = (sure_until.subscribe(), watch::Sender::new(term.reached.position));
        let lag = lag::tell(&*self.outbox, &*self.meter, told.subscribe());
        let mut course = None;
        let Err(ended) = tokio::select! {
            ended = self.work(term, sure, told, &mut course) => ended,
            ended = self.hold(epoch, sure_until) => ended,
            never = lag => Ok(never),
            () = stopped(&mut stop) => Err(Ended::Stopped),
        };
        if let Some(course) = course {
            // Whoever comes next need not send this again.
            self.lease.advance(epoch, &course.reached).await.ok();
        }
        ended
    }

    /// Renews the lease each second.
    async fn hold(&self, epoch: u64, sure_until: watch::Sender<Instant>) -> Result<Infallible, Ended> {
        let mut renew = interval(RENEW);
        renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            renew.tick().await;
            let began = Instant::now();
            if !self.lease.renew(epoch).await? {
                return Err(Ended::Lost);
            }
            sure_until.send_replace(began + SURE);
        }
    }

    async fn work(
        &self,
        term: Term,
        sure_until: watch::Receiver<Instant>,
        told: watch::Sender<Position>,
        course: &mut Option<Course>,
    ) -> Result<Infallible, Ended> {
        let begun = self.begin(term, sure_until, told).await?;
        self.go_on(course.insert(begun)).await
    }

    async fn begin(
        &self,
        term: Term,
        sure_until: watch::Receiver<Instant>,
        told: watch::Sender<Position>,
    ) -> Result<Course, Ended> {
        let Term { epoch, reached } = term;
        if let Some(event) = reached.event_id
            && !self.outbox.holds(reached.position, event).await?
        {
            return Err(Ended::Broken(Error::Rewritten(reached.position)));
        }
        let mut ends = self.arrived().await?;
        let waiting = FuturesOrdered::new();
        for (partition, position) in &reached.ends {
            let end = ends.entry(*partition).or_default();
            if *end < *position {
                // Records were lost: the last one again, so that whoever follows the partition meets the hole.
                self.remind(*partition, *position).await?;
                *end = *position;
            }
        }
        Ok(Course {
            epoch,
            noted: reached.position,
            sent: reached.position,
            head: reached.position,
            reached,
            ends,
            waiting,
            runs: VecDeque::new(),
            sure_until,
            told,
        })
    }

    /// The ends of the partitions. A store that was restored together with what the relay notes in it does not know that it was: but
    /// what it would send next would be dropped as seen, by whoever has read what was sent before.
    async fn arrived(&self) -> Result<Ends, Ended> {
        let mut ends = Ends::new();
        for (partition, (position, event)) in self.broker.lasts().await? {
            if !self.outbox.holds(position, event).await? {
                return Err(Ended::Broken(Error::Rewritten(position)));
            }
            ends.insert(partition, position);
        }
        Ok(ends)
    }

    async fn remind(&self, partition: u32, position: Position) -> Result<(), Ended> {
        tracing::warn!(partition, position, "a partition has lost records: its readers fill them from the event store");
        let events = self.outbox.after(position - 1, 1).await?;
        let Some(event) = events.into_iter().next() else { return Err(Ended::Broken(Error::Rewritten(position))) };
        let again = Outgoing { partition, after: position - 1, event: event.into() };
        Ok(self.broker.send(vec![again]).await?)
    }

    async fn go_on(&self, course: &mut Course) -> Result<Infallible, Ended> {
        let mut note = interval(NOTE);
        note.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Read to the end whatever else happens meanwhile: what is broken off in the middle costs a connection.
        let mut reading: Fuse<BoxFuture<'static, Read>> = Fuse::terminated();
        loop {
            if reading.is_terminated() && !course.is_full() {
                reading = read(self.outbox.clone(), course.sent, course.head).boxed().fuse();
            }
            tokio::select! {
                Some(acknowledged) = course.waiting.next() => {
                    acknowledged?;
                    self.take_in(course);
                }
                _ = note.tick() => self.note(course).await?,
                read = &mut reading => {
                    let (head, events) = read?;
                    course.head = head;
                    self.send(course, events)?;
                }
            }
        }
    }

    fn send(&self, course: &mut Course, events: Vec<Envelope<Raw>>) -> Result<(), Ended> {
        if events.is_empty() {
            // What was told of is not there: it is asked for again, after a wait.
            course.head = course.sent;
            return Ok(());
        }
        if Instant::now() > *course.sure_until.borrow() {
            return Err(Ended::Lost);
        }
        let mut run = Run::of(events, &*self.broker, &mut course.ends);
        course.sent = run.reached.position;
        course.waiting.push_back(self.broker.send(std::mem::take(&mut run.records)));
        course.runs.push_back(run);
        Ok(())
    }

    fn take_in(&self, course: &mut Course) {
        let Some(run) = course.runs.pop_front() else { return };
        self.meter.relayed(run.events as u64);
        reach(&mut course.reached, run.reached);
        course.told.send_replace(course.reached.position);
        let (behind, oldest) = (behind(course.head, course.reached.position), course.runs.front());
        // What was not read yet is no older than what was acknowledged last.
        let since = oldest.map_or(run.since, |run| run.since);
        self.meter.relay_lag(behind, if behind > 0 { age(since) } else { 0.0 });
    }

    async fn note(&self, course: &mut Course) -> Result<(), Ended> {
        if course.noted == course.reached.position {
            return Ok(());
        }
        if !self.lease.advance(course.epoch, &course.reached).await? {
            return Err(Ended::Lost);
        }
        course.noted = course.reached.position;
        Ok(())
    }
}

/// The next events, once there are some.
async fn read(outbox: Arc<dyn Outbox>, sent: Position, head: Position) -> Read {
    let head = if head > sent { head } else { outbox.news(sent, WAIT).await? };
    if head <= sent {
        return Ok((head, vec![]));
    }
    let events = outbox.after(sent, RUN).await?;
    for (expected, event) in (sent + 1..).zip(&events) {
        if event.position != expected {
            return Err(Ended::Broken(Error::Hole { expected, found: event.position }));
        }
    }
    let last = events.last().map_or(sent, |event| event.position);
    Ok((head.max(last), events))
}
