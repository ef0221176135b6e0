//! Redis emptied, gone, hanging, and back: nothing fails, and nobody reads too early.

use std::time::{Duration, Instant};

use query_side::Positions;

use super::server::Server;
use super::{HEAD, LONG, Notes, PARTITIONS, everywhere, rates};
use crate::contract::given::{somebody, stream};

/// Far beyond the program's patience with Redis, far below what anybody would call hanging.
const AT_ONCE: Duration = Duration::from_secs(2);

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = what.await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_was_emptied_the_notes_begin_again_where_the_log_ends() {
    let Some(server) = Server::start() else { return };
    let notes = server.keys().notes(Some(LONG));
    let (user, stream) = (somebody(), stream());
    notes.one.note(user, stream, 7).await;
    assert_eq!(notes.other.last(somebody()).await, everywhere(PARTITIONS, HEAD));
    server.tell("FLUSHALL").expect("it answers");
    notes.end_at(9);
    assert_eq!(notes.other.last(user).await, everywhere(PARTITIONS, 9));
    notes.end_at(20);
    assert_eq!(notes.one.last(somebody()).await, everywhere(PARTITIONS, 9));
    // Its own note is older than the floor, and a new one is known again.
    notes.one.note(user, stream, 30).await;
    assert_eq!(notes.other.last(user).await.get(PARTITIONS.of(stream, stream.id)), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_the_bound_is_the_logs_end_and_what_was_written_here() {
    let Some(mut server) = Server::start() else { return };
    let notes = server.keys().notes(None);
    server.kill();
    let (user, stream) = (somebody(), stream());
    let partition = PARTITIONS.of(stream, stream.id);
    for end in [9, 20] {
        notes.end_at(end);
        assert_eq!(in_time(notes.one.note(user, stream, end + 1)).await, Positions::of(partition, end + 1));
        let mut own = everywhere(PARTITIONS, end);
        assert_eq!(in_time(notes.other.last(user)).await, own);
        own.raise(partition, end + 1);
        assert_eq!(in_time(notes.one.last(user)).await, own);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_holds_up_nobody() {
    let Some(server) = Server::start() else { return };
    let notes = server.keys().notes(None);
    notes.one.last(somebody()).await;
    server.signal("-STOP");
    in_time(async {
        // Were it asked each time, it would take far longer than it is hoped for.
        for _ in 0..20 {
            notes.one.note(somebody(), stream(), 10).await;
            notes.one.last(somebody()).await;
        }
    })
    .await;
    server.signal("-CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_that_takes_long_is_waited_for_because_nobody_else_knows_that_redis_was_slow() {
    let Some(server) = Server::start() else { return };
    let notes = server.keys().notes(Some(Duration::from_secs(1)));
    begun(&notes, &server).await;
    // The other process is connected, and does not ask while Redis hangs.
    notes.other.last(somebody()).await;
    let (user, stream) = (somebody(), stream());
    server.signal("-STOP");
    let back = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        server.signal("-CONT");
    };
    tokio::join!(notes.one.note(user, stream, 50), back);
    assert_eq!(notes.other.last(user).await.get(PARTITIONS.of(stream, stream.id)), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_answered_once_it_is_noted_when_redis_comes_back_soon() {
    let Some(server) = Server::start() else { return };
    let notes = server.keys().notes(Some(Duration::from_millis(100)));
    begun(&notes, &server).await;
    notes.other.last(somebody()).await;
    let (user, stream) = (somebody(), stream());
    server.signal("-STOP");
    let noted = async {
        notes.one.note(user, stream, 50).await;
        notes.other.last(user).await.get(PARTITIONS.of(stream, stream.id))
    };
    let back = async {
        // Longer than one answer is waited for.
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        server.signal("-CONT");
    };
    assert_eq!(tokio::join!(noted, back).0, 50);
}

/// Looks until the notes have begun, on this server.
async fn begun(notes: &Notes, server: &Server) {
    world::eventually("a floor", async || {
        notes.one.last(somebody()).await;
        server.tell("KEYS *").filter(|keys| keys.contains("wrote-floor"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_was_not_there_for_is_written_once_it_is_back() {
    let Some(mut server) = Server::start() else { return };
    let notes = server.keys().notes(None);
    begun(&notes, &server).await;
    server.tell("SAVE").expect("it answers");
    server.kill();
    let written: Vec<_> = (0..200).map(|n| (somebody(), stream(), 50 + n)).collect();
    for (user, stream, position) in &written {
        notes.one.note(*user, *stream, *position).await;
    }
    server.back();
    for (user, stream, position) in written {
        let partition = PARTITIONS.of(stream, stream.id);
        let note = async || (notes.other.last(user).await.get(partition) == position).then_some(());
        world::eventually("a note of the other process", note).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_a_moment_after_redis_was_away_it_is_not_all_that_counts() {
    let Some(mut server) = Server::start() else { return };
    let notes = server.keys().notes(None);
    begun(&notes, &server).await;
    server.tell("SAVE").expect("it answers");
    server.kill();
    notes.other.last(somebody()).await;
    server.back();
    notes.end_at(20);
    assert_eq!(notes.other.last(somebody()).await, everywhere(PARTITIONS, 20), "another may have to write it yet");
    let floor = everywhere(PARTITIONS, HEAD);
    world::eventually("the floor", async || (notes.other.last(somebody()).await == floor).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_noted_counts_though_others_may_have_to_write_more_and_where_the_log_ends_is_not_known() {
    let Some(mut server) = Server::start() else { return };
    let notes = server.keys().notes(None);
    begun(&notes, &server).await;
    let (user, stream) = (somebody(), stream());
    let partition = PARTITIONS.of(stream, stream.id);
    notes.one.note(user, stream, 50).await;
    server.tell("SAVE").expect("it answers");
    server.kill();
    *notes.ends.lock() = None;
    let last = async || notes.other.freshness.last_written(user).await;
    assert!(!last().await.is_certain, "nothing is known");
    server.back();
    let noted = async || Some(last().await).filter(|last| last.positions.get(partition) == 50);
    let first = world::eventually("the note", &noted).await;
    assert!(!first.is_certain, "Redis was away a moment ago");
    world::eventually("certainty", async || noted().await.filter(|last| last.is_certain)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_notes_begin_again_long_before_one_is_forgotten_that_was_written_since() {
    let Some(server) = Server::start() else { return };
    let notes = server.keys().notes(Some(LONG));
    begun(&notes, &server).await;
    let (user, stream) = (somebody(), stream());
    notes.one.note(user, stream, 50).await;
    let key = |of: &str| {
        let keys = server.tell("KEYS *").expect("it answers");
        keys.lines().find(|key| key.ends_with(of)).expect("a key").to_owned()
    };
    let lives = |key: &str| {
        let answer = server.tell(&format!("TTL {key}")).expect("it answers");
        let seconds = answer.lines().next().and_then(|line| line.strip_prefix(':'));
        seconds.and_then(|seconds| seconds.parse::<i64>().ok()).unwrap_or_else(|| panic!("{answer}"))
    };
    let (floor, note) = (lives(&key("wrote-floor")), lives(&key(&user.0.simple().to_string())));
    assert!(0 < floor && floor <= note / 2 + 1, "{floor} and {note}");
    server.tell(&format!("DEL {}", key("wrote-floor"))).expect("it answers");
    notes.end_at(60);
    assert_eq!(notes.other.last(somebody()).await, everywhere(PARTITIONS, 60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_is_over_when_it_is_over_and_twice_as_long_after_the_next_failure() {
    let Some(server) = Server::start() else { return };
    let doors = server.keys().doors(Some(LONG));
    for _ in 0..5 {
        assert_eq!(doors.one.begin("ann", "::1").await, None);
    }
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        let wait = doors.other.begin("ann", "::1").await.expect("to wait").as_secs();
        assert!(wait <= seconds && wait > seconds - 15, "{wait} of {seconds}");
        let age = "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('HINCRBY', key, 'last', ARGV[1]) end";
        server.tell(&format!("EVAL \"{age}\" 0 -{seconds}000")).expect("it answers");
        assert_eq!(doors.one.begin("ann", "::1").await, None, "after {seconds} s");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_forgotten_a_quarter_of_an_hour_after_the_last_and_redis_learns_no_name() {
    let Some(server) = Server::start() else { return };
    let doors = server.keys().doors(Some(LONG));
    doors.one.begin("ann@example.test", "192.0.2.7").await;
    doors.one.failed("192.0.2.7").await;
    let all = "local all = redis.call('KEYS', '*') for n, key in ipairs(all) do all[n] = key .. ' ' .. redis.call('TTL', key) end";
    let keys = server.tell(&format!("EVAL \"{all} return all\" 0")).expect("it answers");
    let kept =
        keys.lines().filter_map(|line| line.starts_with("chat:").then(|| line.rsplit(' ').next()?.parse().ok())?);
    let kept: Vec<u64> = kept.collect();
    assert!(kept.len() == 2 && kept.iter().all(|seconds| (880..=900).contains(seconds)), "{keys}");
    assert!(!keys.contains("example") && !keys.contains("192"), "{keys}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_process_slows_down_by_itself() {
    let Some(mut server) = Server::start() else { return };
    let doors = server.keys().doors(None);
    server.kill();
    for door in [&doors.one, &doors.other] {
        for _ in 0..5 {
            assert_eq!(in_time(door.begin("ann", "::1")).await, None);
            in_time(door.failed("::1")).await;
        }
        assert!(in_time(door.begin("ann", "::1")).await.is_some());
    }
    in_time(doors.one.succeeded("ann")).await;
    assert_eq!(doors.one.begin("ann", "::1").await, None);
    server.back();
    let shared = async || server.tell("KEYS *")?.contains("failed:account").then_some(());
    world::eventually("it is counted in Redis again", async || {
        doors.one.begin("ann", "::1").await;
        shared().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_count_together_whether_redis_was_there_for_them_or_not() {
    let Some(mut server) = Server::start() else { return };
    let doors = server.keys().doors(Some(Duration::from_secs(1)));
    for _ in 0..3 {
        assert_eq!(doors.one.begin("ann", "::1").await, None);
    }
    server.tell("SAVE").expect("it answers");
    server.kill();
    for _ in 0..2 {
        assert_eq!(doors.one.begin("ann", "::1").await, None);
    }
    assert!(doors.one.begin("ann", "::1").await.is_some());
    server.back();
    let count = "EVAL \"return redis.call('HGET', redis.call('KEYS', '*failed:account*')[1], 'count')\" 0";
    world::eventually("Redis is told", async || {
        assert!(doors.one.begin("ann", "::1").await.is_some());
        server.tell(count)?.contains('5').then_some(())
    })
    .await;
    assert!(doors.other.begin("ann", "::1").await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_process_holds_its_callers_to_the_limits_and_afterwards_all_do_again() {
    let Some(mut server) = Server::start() else { return };
    let gates = server.keys().gates(None);
    server.kill();
    let ann = rates::user(1);
    for gate in [&gates.one, &gates.other] {
        assert_eq!(in_time(async { rates::passing(gate, ann, 2 * rates::BURST).await }).await, rates::BURST);
    }
    server.back();
    let begun = Instant::now();
    // Somebody whom one has let pass as often as may be is known to the other again.
    for number in 2.. {
        let bob = rates::user(number);
        assert_eq!(rates::passing(&gates.one, bob, rates::BURST).await, rates::BURST);
        tokio::time::sleep(Duration::from_millis(500)).await;
        // It asks about them once it has seen them.
        rates::passing(&gates.other, bob, 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        if rates::passing(&gates.other, bob, rates::BURST).await == 0 {
            return;
        }
        assert!(begun.elapsed() < world::PATIENCE, "they do not hear of each other");
    }
}
