//! Live streams: what happens in rooms, as it happens, without a hole.
//!
//! The log is read once a process ([`intake`]) and handed to whoever listens ([`hub`]). A stream first reads what it
//! missed ([`catch_up`]), then follows ([`follow`]).

mod befriended;
mod catch_up;
mod catch_up_all;
mod catch_up_inbox;
mod change;
mod channel;
mod follow;
mod follow_friends;
mod frame;
mod frames;
mod friends;
#[cfg(test)]
pub(crate) mod given;
mod hub;
mod intake;
mod listener;
mod missed;
mod notices;
mod presence;
mod ring;
mod seat;
mod seats;
mod shape;
mod slots;
mod subscription;
#[cfg(test)]
mod tests;
mod watching;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use command_side::api::{Caller, Error};
use domain::room::RoomError;
use domain::{Refusal, RoomId, SessionId, Version};
use futures::future::try_join_all;
use projections::ports::{Checkpoint, Log, LogError, Partition};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OnceCell, broadcast, watch};

pub use subscription::Subscription;

use self::catch_up::CatchUp;
use self::catch_up_all::CatchUpAll;
use self::catch_up_inbox::CatchUpInbox;
use self::follow_friends::FollowFriends;
use self::hub::Hub;
use self::intake::Intake;
use self::presence::Keeper;
use self::seat::End;
use self::seats::Seats;
use self::subscription::Phase;
use self::watching::Watch;
use crate::Positions;
use crate::names::Names;
use crate::ports::{Attendance, Membership, Meter, ReadModels, Sessions, Unavailable, Watched};

/// How long a stream waits for a read model before it ends, so that the client comes back.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before a log that is away is tried again.
const PAUSE: Duration = Duration::from_millis(200);
/// How long endings of sessions are gathered before the streams are looked through.
const GATHER: Duration = Duration::from_millis(50);

/// What streams need from the world.
pub struct Ports {
    pub log: Arc<dyn Log>,
    pub models: Arc<dyn ReadModels>,
    pub sessions: Arc<dyn Sessions>,
    pub meter: Arc<dyn Meter>,
    pub names: Arc<Names>,
    pub attendance: Attendance,
    pub watched: Arc<dyn Watched>,
}

/// All live streams of this process.
pub struct Live {
    ports: Arc<Ports>,
    hub: Arc<Hub>,
    seats: Arc<Seats>,
    keeper: Keeper,
    /// Where each partition is read from, once that is known.
    from: OnceCell<Vec<(Partition, Checkpoint)>>,
}

impl Live {
    /// Streams that nobody can open before [`Live::begin`].
    #[must_use]
    pub fn new(ports: Ports) -> Arc<Self> {
        let seats = Arc::new(Seats::new(ports.meter.clone()));
        let keeper = Keeper::new(ports.attendance.clone(), ports.sessions.clone(), seats.clone());
        Arc::new(Self { ports: Arc::new(ports), hub: Arc::default(), seats, keeper, from: OnceCell::new() })
    }

    /// Begins at the log's end, if it has not begun yet; nothing is handed on before [`Live::run`].
    ///
    /// # Errors
    /// When the log is away: it can be tried again.
    pub async fn begin(&self) -> Result<(), LogError> {
        self.from.get_or_try_init(|| self.ends()).await.map(|_| ())
    }

    /// Whether streams can be opened.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.hub.is_going()
    }

    async fn ends(&self) -> Result<Vec<(Partition, Checkpoint)>, LogError> {
        let partitions = self.ports.log.partitions();
        let ends = try_join_all(partitions.iter().map(|partition| self.ports.log.end(*partition))).await?;
        let mut positions = Positions::default();
        for (partition, end) in partitions.iter().zip(&ends) {
            positions.raise(*partition, end.position);
        }
        self.hub.start(positions);
        Ok(partitions.into_iter().zip(ends).collect())
    }

    /// Reads the log, gives signs of life both ways and watches sessions, until `shutdown` becomes true. Then, or when the log can
    /// not be read on, every stream ends so that its client comes back.
    pub async fn run(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        tokio::select! {
            _ = shutdown.wait_for(|is_down| *is_down) => {}
            broken = self.take_in_all() => {
                tracing::error!(reason = %broken, "streams stop: the log can not be read on");
            }
            () = self.seats.beat() => {}
            () = self.watch_sessions() => {}
            () = self.doubt_sessions() => {}
            () = self.keeper.keep() => {}
        }
        self.hub.stop();
        self.seats.close();
    }

    /// A stream of one room, behind the version `last` or from now on.
    ///
    /// # Errors
    /// 404 for outsiders, 403 for those who are gone or blocked.
    pub async fn room(&self, caller: Caller, room: RoomId, last: Option<Version>) -> Result<Subscription, Error> {
        let ticket = self.ticket(caller)?;
        let entry = self.hub.enter(room, ticket.seat.clone());
        let bound = entry.looked_at();
        let own = bound.only(self.ports.models.partition_of(room));
        let catch_up = CatchUp { ports: self.ports.clone(), entry, user: caller.user, version: 0, pages: 0 };
        let directory = self.ports.models.directory(&bound, PATIENCE).await?;
        let Some(seen) = catch_up.look(&own).await?.filter(|_| directory.is_fresh) else {
            return Ok(Subscription::later(ticket));
        };
        match seen.state.membership {
            Membership::Outsider => return Err(Refusal::from(RoomError::NotFound).into()),
            Membership::Gone => return Err(Refusal::from(RoomError::Gone).into()),
            Membership::Member => {}
        }
        if directory.model.is_blocked_in(caller.user, room).await? {
            return Err(Refusal::from(RoomError::Blocked).into());
        }
        let watch = Watch::begin(self.ports.watched.clone(), caller.user, room);
        Ok(Subscription::new(ticket, Phase::Reading(Box::pin(catch_up.begin(seen, last)))).watching(watch))
    }

    /// A stream of all rooms of the caller, behind `last` or from now on.
    ///
    /// # Errors
    /// When the session is over or the log is gone.
    pub fn rooms(&self, caller: Caller, last: Option<Positions>) -> Result<Subscription, Error> {
        let ticket = self.ticket(caller)?;
        let hearing = self.hub.hear(ticket.seat.clone());
        let catch_up = CatchUpAll { ports: self.ports.clone(), hearing, user: caller.user };
        Ok(Subscription::new(ticket, Phase::Reading(Box::pin(catch_up.begin(last)))))
    }

    /// A stream of which friends of the caller are there.
    ///
    /// # Errors
    /// When the session is over or the log is gone.
    pub fn friends(&self, caller: Caller) -> Result<Subscription, Error> {
        let ticket = self.ticket(caller)?;
        let following = self.keeper.followers.enter(ticket.seat.clone());
        let (ports, hub) = (self.ports.clone(), self.hub.clone());
        let friends = FollowFriends { ports, hub, following, user: caller.user };
        Ok(Subscription::new(ticket, Phase::Reading(Box::pin(friends.begin()))))
    }

    /// A sign of life of somebody who need not have a stream. Lost while nobody can be told: the next one comes soon.
    pub async fn heartbeat(&self, caller: Caller) {
        if let Err(Unavailable(reason)) = self.ports.attendance.heartbeats.beat(&[caller]).await {
            tracing::debug!(reason, "a sign of life is lost");
        }
    }

    /// A stream of what the caller is told, behind the version `last` of their inbox or from now on.
    ///
    /// # Errors
    /// When the session is over or the log is gone.
    pub fn inbox(&self, caller: Caller, last: Option<Version>) -> Result<Subscription, Error> {
        let (ticket, user) = (self.ticket(caller)?, caller.user);
        let entry = self.hub.enter(notices::channel_of(user), ticket.seat.clone());
        let catch_up = CatchUpInbox { ports: self.ports.clone(), entry, user, version: 0 };
        Ok(Subscription::new(ticket, Phase::Reading(Box::pin(catch_up.begin(last)))))
    }

    fn ticket(&self, caller: Caller) -> Result<seats::Ticket, Error> {
        if !self.hub.is_going() {
            return Err(Unavailable("the log can not be read".to_owned()).into());
        }
        let ticket = self.seats.take(caller);
        // Asked after the ticket was taken: an ending from now on finds it.
        if self.ports.sessions.is_ended(caller.session) { Err(Error::Unauthenticated) } else { Ok(ticket) }
    }

    /// Takes in all partitions, for ever; returns when one of them can not be read on.
    async fn take_in_all(&self) -> LogError {
        while let Err(reason) = self.begin().await {
            tracing::warn!(%reason, "streams wait for the log");
            tokio::time::sleep(PAUSE).await;
        }
        let from = self.from.get().into_iter().flatten();
        let intakes = from.map(|(partition, from)| Box::pin(self.take_in(*partition, *from)));
        futures::future::select_all(intakes).await.0
    }

    async fn take_in(&self, partition: Partition, from: Checkpoint) -> LogError {
        let (hub, names, models) = (self.hub.clone(), self.ports.names.clone(), self.ports.models.clone());
        let followers = self.keeper.followers.clone();
        Intake { hub, names, models, followers, partition }.run(&*self.ports.log, from).await
    }

    /// Ends the streams of sessions as they end, for ever.
    async fn watch_sessions(&self) {
        let mut endings = self.ports.sessions.endings();
        // Those that ended before anybody listened.
        self.keeper.note_gone(self.end_all_ended());
        loop {
            let first = match endings.recv().await {
                Ok(first) => Some(first),
                Err(RecvError::Lagged(_)) => None,
                // Nobody can end a session any more.
                Err(RecvError::Closed) => std::future::pending().await,
            };
            tokio::time::sleep(GATHER).await;
            let gone = match first.and_then(|first| gathered(&mut endings, first)) {
                Some(ended) => self.seats.end_sessions(&ended),
                // More than the channel holds: all are looked at.
                None => self.end_all_ended(),
            };
            self.keeper.note_gone(gone);
        }
    }

    /// Ends all streams whenever some of their sessions may be over without anybody knowing, for ever: whose is not comes back.
    async fn doubt_sessions(&self) {
        let mut losses = self.ports.sessions.losses();
        while losses.changed().await.is_ok() {
            self.seats.end_those(End::Quiet, |_| true);
        }
        // Nobody can lose track any more.
        std::future::pending().await
    }

    fn end_all_ended(&self) -> Vec<Caller> {
        self.seats.end_those(End::LoggedOut, |session| self.ports.sessions.is_ended(session))
    }
}

/// `first` and the endings that came with it; nothing when some of them were missed.
fn gathered(endings: &mut broadcast::Receiver<SessionId>, first: SessionId) -> Option<HashSet<SessionId>> {
    let mut ended = HashSet::from([first]);
    loop {
        match endings.try_recv() {
            Ok(next) => ended.insert(next),
            Err(TryRecvError::Lagged(_)) => return None,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(ended),
        };
    }
}
