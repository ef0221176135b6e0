//! Who is there, for this process: whoever has a stream open gives signs of life, many with one call; and whoever follows their
//! friends hears who comes and goes.

use std::sync::Arc;
use std::time::Duration;

use command_side::api::Caller;
use parking_lot::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use super::friends::Followers;
use super::seats::{Seats, TURNS};
use crate::ports::{Attendance, News, Sessions, Since, Unavailable};

/// In the life of a device, its stream gives so many signs: two may be lost.
const SIGNS: u32 = 3;
/// The longest from one turn of streams to the next, so that a new stream's sign does not wait.
const LONGEST_TURN: Duration = Duration::from_millis(333);
const SHORTEST_TURN: Duration = Duration::from_millis(5);
/// After so many turns it is asked who came and went.
const TURNS_A_LOOK: usize = 3;
/// So many devices give their signs with one call.
const AT_ONCE: usize = 500;
/// So many people are looked up with one call.
const LOOKED_UP: usize = 1_000;

/// What is done for presence beside the streams themselves.
pub(super) struct Keeper {
    pub(super) attendance: Attendance,
    pub(super) sessions: Arc<dyn Sessions>,
    pub(super) seats: Arc<Seats>,
    pub(super) followers: Arc<Followers>,
    /// Devices whose streams were ended with their session.
    gone: Mutex<Vec<Caller>>,
}

impl Keeper {
    pub(super) fn new(attendance: Attendance, sessions: Arc<dyn Sessions>, seats: Arc<Seats>) -> Self {
        Self { attendance, sessions, seats, followers: Arc::default(), gone: Mutex::default() }
    }

    /// Gives signs and hears of others, for ever. One thing after another: no sign overtakes a device's leaving.
    pub(super) async fn keep(&self) {
        let mut timer = interval(turn(self.attendance.heartbeats.life()));
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round = Round::default();
        for tick in 0_usize.. {
            timer.tick().await;
            if self.turn(&mut round, tick).await.is_err() {
                round.was_away = true;
            }
        }
    }

    async fn turn(&self, round: &mut Round, tick: usize) -> Result<(), Unavailable> {
        let devices = if round.was_away { self.seats.everybody() } else { self.seats.present(tick % TURNS) };
        let newcomers = self.seats.newcomers();
        self.beat(devices.into_iter().chain(newcomers)).await?;
        self.leave().await?;
        if round.was_away || tick.is_multiple_of(TURNS_A_LOOK) {
            self.hear(round).await?;
        }
        round.was_away = false;
        Ok(())
    }

    async fn beat(&self, devices: impl Iterator<Item = Caller>) -> Result<(), Unavailable> {
        let mut devices: Vec<_> = devices.filter(|device| !self.sessions.is_ended(device.session)).collect();
        devices.sort_unstable_by_key(|device| (device.user, device.session));
        devices.dedup();
        for some in devices.chunks(AT_ONCE) {
            self.attendance.heartbeats.beat(some).await?;
        }
        Ok(())
    }

    /// Notes that these gave their last sign.
    pub(super) fn note_gone(&self, devices: Vec<Caller>) {
        self.gone.lock().extend(devices);
    }

    async fn leave(&self) -> Result<(), Unavailable> {
        let gone = std::mem::take(&mut *self.gone.lock());
        for some in gone.chunks(AT_ONCE) {
            // What can not be said now needs not be said later: without further signs they are gone by then.
            self.attendance.heartbeats.leave(some).await?;
        }
        Ok(())
    }

    /// Tells followers who came and went; all of them anew when something was missed.
    async fn hear(&self, round: &mut Round) -> Result<(), Unavailable> {
        let News { changed, has_gap, until } = self.attendance.transitions.after(round.since).await?;
        if has_gap || round.was_away {
            // Whoever has a stream here has just given a sign, or does so first where everything was forgotten.
            if has_gap {
                self.beat(self.seats.everybody().into_iter()).await?;
            }
            self.tell_all().await?;
        }
        changed.into_iter().for_each(|(user, presence)| self.followers.tell(user, presence));
        round.since = until;
        Ok(())
    }

    async fn tell_all(&self) -> Result<(), Unavailable> {
        for some in self.followers.followed().chunks(LOOKED_UP) {
            let stand = self.attendance.presences.of(some).await?;
            some.iter().for_each(|user| self.followers.tell(*user, stand.get(user).copied().unwrap_or_default()));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Round {
    since: Since,
    /// Whether it could not be asked lately.
    was_away: bool,
}

/// From one turn of streams to the next.
fn turn(life: Duration) -> Duration {
    let turns = SIGNS * u32::try_from(TURNS).unwrap_or(1);
    (life / turns).clamp(SHORTEST_TURN, LONGEST_TURN)
}
