//! What each user wrote last, noted for all processes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, UserId};
use futures::future::join_all;
use parking_lot::Mutex;
use projections::ports::Partition;
use query_side::Positions;
use query_side::ports::LastWrite;
use redis::Script;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Redis;
use super::board::Board;
use super::connection::Urge;
use super::unwritten::Unwritten;
use crate::adapters::notice::Notice;
use crate::adapters::shared_freshness::Ends;

/// How long a note is kept, in seconds.
const LIFE: u64 = 24 * 3600;
/// How long the floor is kept, in seconds: a new one, where the log ends then, is there well before a note is forgotten that is above
/// the old one.
const FLOOR_LIFE: u64 = LIFE / 2;
/// Stands in the floor, so that it is there even where nothing was ever written.
const MARK: Partition = Partition::MAX;
/// So long after Redis went away it is hoped that it comes back: by then whoever asks elsewhere knows too that it is away, unless the
/// network is cut between this process and it alone.
const HOPE: Duration = Duration::from_secs(1);
/// So long after it went away it is hoped that it comes back, or that all are told that it is away from here.
const HOPE_TO_TELL: Duration = Duration::from_secs(2);
/// How often it is tried to write what Redis was not there for.
const RETRY: Duration = Duration::from_millis(200);
/// So many notes are written at once then.
const AT_ONCE: usize = 64;
/// Raises each field to what is given, never back; for so many seconds, or as long as Redis keeps anything.
const RAISE: &str = "
    for i = 2, #ARGV, 2 do
        local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
        if tonumber(ARGV[i + 1]) > known then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
    end
    if ARGV[1] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
    return 1";
/// Deletes some keys of this shape; gives where to go on.
const FORGET: &str = "
    local found = redis.call('SCAN', ARGV[1], 'MATCH', KEYS[1], 'COUNT', 1000)
    for _, key in ipairs(found[2]) do redis.call('DEL', key) end
    return tonumber(found[1])";
/// Gives the floor (nothing when Redis was emptied), and what is noted.
const LOOK: &str = "return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}";

/// Notes of last writes, in Redis.
pub struct RedisNotes(Arc<Shared>);

struct Shared {
    redis: Arc<Redis>,
    raise: Script,
    look: Script,
    forget: Script,
    board: Option<Board>,
    unwritten: Mutex<Unwritten>,
    /// Whether there is something unwritten, which somebody is about to write.
    is_behind: watch::Sender<bool>,
}

impl RedisNotes {
    /// Notes in `redis`. That it can not be reached from here is told the other processes by `notice`, if they look at one.
    #[must_use]
    pub fn new(redis: Arc<Redis>, notice: Option<Arc<dyn Notice>>) -> Self {
        let (raise, look, forget) = (Script::new(RAISE), Script::new(LOOK), Script::new(FORGET));
        let (unwritten, is_behind) = (Mutex::default(), watch::Sender::new(false));
        let board = notice.map(Board::new);
        Self(Arc::new(Shared { redis, raise, look, forget, board, unwritten, is_behind }))
    }

    /// Notes that `user` wrote at `positions`; if Redis is away, as soon as it is back. That is waited for until all who
    /// read elsewhere know of it: it may be away from here only, and they are answered by it as if nothing had been written.
    pub(crate) async fn note(&self, user: UserId, positions: &Positions) {
        if !self.0.note(Urge::Insist, user, positions).await {
            self.0.unwritten.lock().keep(user, positions);
            self.retry();
            let mut is_behind = self.0.is_behind.subscribe();
            let known = async {
                tokio::select! {
                    _ = is_behind.wait_for(|is_behind| !is_behind) => {}
                    () = self.0.is_known_to_be_away() => {}
                }
            };
            timeout(self.0.hope(), known).await.ok();
        }
    }

    /// Forgets everybody's notes and the floor: they are about positions that mean something else now.
    ///
    /// # Errors
    /// Redis is away.
    pub(crate) async fn forget(&self) -> Result<(), String> {
        let mut cursor = 0_u64;
        loop {
            let mut call = self.0.forget.key(self.0.redis.key("wrote*"));
            call.arg(cursor);
            let next = self.0.redis.ask(async |connection| call.invoke_async::<u64>(connection).await).await;
            cursor = next.ok_or("Redis is away")?;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// Writes what Redis was not there for, as soon as it is there.
    fn retry(&self) {
        if self.0.is_behind.send_replace(true) {
            return;
        }
        let shared = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(RETRY).await;
                match shared.upgrade() {
                    Some(shared) if !shared.try_again().await => {}
                    _ => return,
                }
            }
        });
    }

    /// What `user` wrote last, or the floor; nothing while Redis is away. Where the log's end would have to be known too and is not,
    /// what is noted is still the least that they wrote.
    pub(crate) async fn last(&self, user: UserId, ends: &Ends) -> Option<LastWrite> {
        let (floor, mut positions) = self.0.look(user).await?;
        let floor = match floor {
            Some(floor) => Some(floor),
            None => self.0.begin(ends).await,
        };
        let others = if self.0.is_not_all().await { ends().await } else { floor.clone() };
        let is_certain = floor.is_some() && others.is_some();
        [floor, others].iter().flatten().for_each(|more| positions.merge(more));
        Some(LastWrite { positions, is_certain })
    }
}

impl Shared {
    fn key(&self, user: UserId) -> String {
        self.redis.key(&format!("wrote:{}", user.0.simple()))
    }

    /// Where the log ended when the notes began: of whom there is no note, it is known that they wrote nothing after it.
    fn floor(&self) -> String {
        self.redis.key("wrote-floor")
    }

    async fn note(&self, urge: Urge, user: UserId, positions: &Positions) -> bool {
        self.raise(urge, self.key(user), LIFE, positions).await.is_some()
    }

    async fn raise(&self, urge: Urge, key: String, life: u64, positions: &Positions) -> Option<()> {
        let mut call = self.raise.key(key);
        call.arg(life);
        for (partition, position) in positions.iter() {
            call.arg(partition).arg(position);
        }
        self.redis.urge(urge, async |connection| call.invoke_async::<i64>(connection).await).await.map(|_| ())
    }

    /// The floor, if there is one, and what is noted of `user`.
    async fn look(&self, user: UserId) -> Option<(Option<Positions>, Positions)> {
        let mut call = self.look.key(self.floor());
        call.key(self.key(user));
        type Told = (HashMap<Partition, Position>, HashMap<Partition, Position>);
        let (floor, noted): Told = self.redis.ask(async |connection| call.invoke_async(connection).await).await?;
        Some((floor.contains_key(&MARK).then(|| positions(floor)), positions(noted)))
    }

    /// The floor where there is none: Redis was emptied, or is new, or the floor is so old that notes above it will be forgotten; so
    /// whatever is appended by now may have been noted before. Nothing while that is not known.
    async fn begin(&self, ends: &Ends) -> Option<Positions> {
        let floor = ends().await?;
        let mut marked = floor.clone();
        marked.raise(MARK, 1);
        // Unless it is kept, the next one begins again.
        self.raise(Urge::Ask, self.floor(), FLOOR_LIFE, &marked).await;
        Some(floor)
    }

    /// Whether somebody may not have noted yet what they wrote.
    async fn is_not_all(&self) -> bool {
        if self.redis.is_settling() {
            return true;
        }
        match &self.board {
            Some(board) => board.is_up().await,
            None => false,
        }
    }

    /// How long it is worth to wait still: not at all once Redis has been away for a while.
    fn hope(&self) -> Duration {
        let hope = if self.board.is_some() { HOPE_TO_TELL } else { HOPE };
        hope.saturating_sub(self.redis.away_for())
    }

    /// Waits until all who read know that there is something unwritten here.
    async fn is_known_to_be_away(&self) {
        match &self.board {
            Some(board) => board.is_known().await,
            None => std::future::pending().await,
        }
    }

    /// Writes what Redis was not there for, and lets everybody know as long as that takes; whether nothing is left.
    async fn try_again(&self) -> bool {
        let Some(board) = &self.board else { return self.make_up().await };
        let (is_done, ()) = tokio::join!(self.make_up(), board.put_up());
        if is_done {
            board.take_down().await;
        }
        is_done
    }

    /// Writes what Redis was not there for; whether nothing is left.
    async fn make_up(&self) -> bool {
        loop {
            let (late, anybody) = {
                let mut unwritten = self.unwritten.lock();
                if unwritten.is_empty() {
                    // While locked: whoever keeps something after this finds that nobody retries.
                    self.is_behind.send_replace(false);
                    return true;
                }
                (unwritten.take(AT_ONCE), unwritten.take_anybody())
            };
            // Without its mark it is no floor yet: the one that is made then rests on the log's ends, which are higher.
            let is_lower = self.raise(Urge::Again, self.floor(), 0, &anybody).await.is_some();
            let written = join_all(late.iter().map(|(user, positions)| self.note(Urge::Again, *user, positions))).await;
            let mut unwritten = self.unwritten.lock();
            if !is_lower {
                unwritten.keep_anybody(&anybody);
            }
            let lost = late.iter().zip(&written).filter(|(_, is_written)| !**is_written);
            lost.for_each(|((user, positions), _)| unwritten.keep(*user, positions));
            if !is_lower || written.contains(&false) {
                return false;
            }
        }
    }
}

fn positions(found: HashMap<Partition, Position>) -> Positions {
    let mut all = Positions::default();
    found
        .into_iter()
        .filter(|(partition, _)| *partition != MARK)
        .for_each(|(partition, position)| all.raise(partition, position));
    all
}
