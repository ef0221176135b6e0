//! The log: every event once, in order, opened.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::{Append, Holder, Item, Vault};
use domain::stored::NewEvent;
use domain::user::UserEvent;
use domain::{Event, EventId, Personal, Place, StreamId, UserId, Version};
use futures::future::{BoxFuture, join_all};
use projections::ports::{After, Checkpoint, Entry, Log};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::given::{event_about, item, somebody, stream};

/// A fresh log, what it is fed by, and how one more reader of it is opened.
pub(super) struct Journal {
    pub(super) append: Arc<dyn Append>,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) destroy: Box<dyn Fn(UserId) -> BoxFuture<'static, ()> + Send + Sync>,
    pub(super) open: Box<dyn Fn() -> BoxFuture<'static, Arc<dyn Log>> + Send + Sync>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Journal:
    every_event_comes_once_and_in_order,
    a_reader_goes_on_from_where_it_was,
    without_news_a_reader_waits_and_gets_nothing,
    a_waiting_reader_wakes_when_something_is_appended,
    all_who_follow_get_the_same,
    a_long_log_is_read_from_its_beginning_while_it_grows,
    personal_data_comes_open,
    what_has_no_key_any_more_comes_erased,
    what_this_release_can_not_read_is_said_and_the_rest_goes_on,
    what_was_moved_to_another_place_can_not_be_read,
    a_stream_is_read_by_itself,
    the_end_is_the_newest_position,
    a_checkpoint_holds_while_its_event_is_there,
);

const AT_ONCE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(5);

impl Journal {
    async fn append(&self, batch: &[Item]) {
        let answers = self.append.append(batch).await.expect("the store is there");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    /// Appends `events` to a fresh stream.
    async fn add(&self, events: usize) {
        self.append(&[item(stream(), 0, events)]).await;
    }

    /// A reader that was there before `feeding`, and one that came after.
    async fn early_and_late(&self, feeding: impl Future<Output = ()>) -> [Arc<dyn Log>; 2] {
        let early = (self.open)().await;
        feeding.await;
        [early, (self.open)().await]
    }

    /// A change of nickname, sealed for `version` of the stream of `user`.
    async fn nickname(&self, user: UserId, version: Version) -> NewEvent {
        let nickname = Personal::about(user, format!("Nick the {version}."));
        let mut event = Event::User(UserEvent::NicknameChanged { nickname });
        let place = Place::event(StreamId::from(user), version);
        self.vault.seal(&mut [Holder { place, fields: &mut event }]).await.expect("sealed");
        let mut new = event_about(user.0);
        new.raw.event_type = event.name().to_owned();
        new.raw.json = serde_json::to_string(&event).expect("sealed");
        new
    }
}

/// Whatever lies after `from`, taken `limit` at a time.
async fn rest(log: &dyn Log, mut from: Checkpoint, limit: usize) -> Vec<Entry> {
    let mut all = vec![];
    loop {
        let batch = log.read(0, from, limit, AT_ONCE).await.expect("the log is there");
        if batch.entries.is_empty() {
            return all;
        }
        assert!(batch.entries.len() <= limit);
        let last = &batch.entries[batch.entries.len() - 1];
        assert_eq!((batch.end.position, batch.end.event_id), (last.position(), Some(last.event_id())));
        from = batch.end;
        all.extend(batch.entries);
    }
}

fn positions(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(Entry::position).collect()
}

fn nicknames(entries: &[Entry]) -> Vec<Option<&str>> {
    entries.iter().map(nickname).collect()
}

fn nickname(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::Event(event) => match &event.payload {
            Event::User(UserEvent::NicknameChanged { nickname }) => nickname.value().map(String::as_str),
            other => panic!("not a nickname: {other:?}"),
        },
        Entry::Unreadable(event) => panic!("{}", event.why),
    }
}

async fn every_event_comes_once_and_in_order(journal: Journal) {
    let (one, two) = (stream(), stream());
    let feeding = async {
        journal.append(&[item(one, 0, 2), item(two, 0, 1)]).await;
        journal.append(&[item(one, 2, 2)]).await;
    };
    for log in journal.early_and_late(feeding).await {
        let entries = rest(&*log, Checkpoint::default(), 100).await;
        assert_eq!(positions(&entries), [1, 2, 3, 4, 5]);
        let places: Vec<_> = entries.iter().map(|entry| (entry.stream(), entry.version())).collect();
        assert_eq!(places, [(one, 1), (one, 2), (two, 1), (one, 3), (one, 4)]);
    }
}

async fn a_reader_goes_on_from_where_it_was(journal: Journal) {
    for log in journal.early_and_late(journal.add(10)).await {
        for limit in [1, 3, 10, 11] {
            let entries = rest(&*log, Checkpoint::default(), limit).await;
            assert_eq!(positions(&entries), (1..=10).collect::<Vec<_>>());
        }
        let from = log.read(0, Checkpoint::default(), 4, AT_ONCE).await.expect("the log is there").end;
        assert_eq!(positions(&rest(&*log, from, 100).await), (5..=10).collect::<Vec<_>>());
    }
}

async fn without_news_a_reader_waits_and_gets_nothing(journal: Journal) {
    for log in journal.early_and_late(journal.add(3)).await {
        let from = log.read(0, Checkpoint::default(), 9, AT_ONCE).await.expect("the log is there").end;
        let began = Instant::now();
        let batch = log.read(0, from, 9, Duration::from_millis(120)).await.expect("the log is there");
        assert!(began.elapsed() >= Duration::from_millis(120));
        assert!(batch.entries.is_empty());
        assert_eq!(batch.end, from);
    }
}

async fn a_waiting_reader_wakes_when_something_is_appended(journal: Journal) {
    for log in journal.early_and_late(journal.add(1)).await {
        let from = log.end(0).await.expect("the log is there");
        let waiting = tokio::spawn({
            let log = log.clone();
            async move { log.read(0, from, 9, LONG).await.expect("the log is there").entries }
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        journal.add(2).await;
        let entries = timeout(Duration::from_secs(1), waiting).await.expect("woken").expect("alive");
        assert_eq!(positions(&entries), [from.offset + 1, from.offset + 2]);
    }
}

async fn all_who_follow_get_the_same(journal: Journal) {
    let log = (journal.open)().await;
    let follow = async |limit: usize| {
        let (mut at, mut seen) = (Checkpoint::default(), vec![]);
        while seen.len() < 200 {
            let batch = log.read(0, at, limit, LONG).await.expect("the log is there");
            seen.extend(positions(&batch.entries));
            at = batch.end;
        }
        seen
    };
    let feeding = async {
        for _ in 0..50 {
            journal.add(4).await;
        }
    };
    let (all, ()) = tokio::join!(join_all([1, 7, 1000].map(follow)), feeding);
    assert!(all.into_iter().all(|seen| seen.into_iter().eq(1..=200)));
}

async fn a_long_log_is_read_from_its_beginning_while_it_grows(journal: Journal) {
    for _ in 0..10 {
        journal.add(200).await;
    }
    let log = (journal.open)().await;
    let (mut at, mut next) = (Checkpoint::default(), 1);
    while next <= 4000 {
        let batch = log.read(0, at, 128, LONG).await.expect("the log is there");
        for entry in &batch.entries {
            assert_eq!(entry.position(), next);
            next += 1;
        }
        at = batch.end;
        if next % 5 == 0 && next < 3000 {
            journal.add(100).await;
        }
        if next > 2000 && log.end(0).await.expect("the log is there").position < 4000 {
            journal.add(500).await;
        }
    }
}

async fn personal_data_comes_open(journal: Journal) {
    let users = [somebody(), somebody()];
    let early = (journal.open)().await;
    let mut batch = vec![];
    for user in users {
        journal.vault.create(user).await.expect("the keys are there");
        let events = vec![journal.nickname(user, 1).await, journal.nickname(user, 2).await];
        batch.push(Item { events, ..item(user.into(), 0, 0) });
    }
    journal.append(&batch).await;
    for log in [early, (journal.open)().await] {
        let entries = rest(&*log, Checkpoint::default(), 9).await;
        let (first, second) = (Some("Nick the 1."), Some("Nick the 2."));
        assert_eq!(nicknames(&entries), [first, second, first, second]);
    }
}

async fn what_has_no_key_any_more_comes_erased(journal: Journal) {
    let (gone, here) = (somebody(), somebody());
    for user in [gone, here] {
        journal.vault.create(user).await.expect("the keys are there");
        let events = vec![journal.nickname(user, 1).await];
        journal.append(&[Item { events, ..item(user.into(), 0, 0) }]).await;
    }
    (journal.destroy)(gone).await;
    let log = (journal.open)().await;
    assert_eq!(nicknames(&rest(&*log, Checkpoint::default(), 9).await), [None, Some("Nick the 1.")]);
}

async fn what_this_release_can_not_read_is_said_and_the_rest_goes_on(journal: Journal) {
    let stream = stream();
    let mut events: Vec<_> = (0..4).map(|_| event_about(stream.id)).collect();
    events[1].raw.event_type = "RoomPainted".to_owned();
    events[2].raw.schema_version = 99;
    let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
    let batch = [Item { events, ..item(stream, 0, 0) }];
    for log in journal.early_and_late(journal.append(&batch)).await {
        let entries = rest(&*log, Checkpoint::default(), 9).await;
        assert_eq!(positions(&entries), [1, 2, 3, 4]);
        for (entry, id) in entries.iter().zip(&ids) {
            assert_eq!((entry.event_id(), entry.stream(), entry.version()), (*id, stream, entry.position()));
            assert!(entry.recorded_at().0 > 0);
        }
        let readable: Vec<_> = entries.iter().map(|entry| matches!(entry, Entry::Event(_))).collect();
        assert_eq!(readable, [true, false, false, true]);
    }
}

async fn what_was_moved_to_another_place_can_not_be_read(journal: Journal) {
    let user = somebody();
    journal.vault.create(user).await.expect("the keys are there");
    // The second was sealed for the third place.
    let events = vec![journal.nickname(user, 1).await, journal.nickname(user, 3).await];
    let batch = [Item { events, ..item(user.into(), 0, 0) }];
    for log in journal.early_and_late(journal.append(&batch)).await {
        let entries = rest(&*log, Checkpoint::default(), 9).await;
        assert_eq!(nicknames(&entries[..1]), [Some("Nick the 1.")]);
        assert!(matches!(&entries[1], Entry::Unreadable(event) if event.why.contains(&user.to_string())));
    }
}

async fn a_stream_is_read_by_itself(journal: Journal) {
    let one = stream();
    journal.append(&[item(one, 0, 3), item(stream(), 0, 2)]).await;
    journal.append(&[item(one, 3, 2)]).await;
    let log = (journal.open)().await;
    for (version, limit, expected) in [(0, 9, vec![1, 2, 3, 6, 7]), (2, 2, vec![3, 6]), (5, 9, vec![])] {
        let entries = log.of_stream(0, After { stream: one, version }, limit).await.expect("the log is there");
        assert_eq!(positions(&entries), expected);
    }
}

async fn the_end_is_the_newest_position(journal: Journal) {
    let log = (journal.open)().await;
    assert_eq!(log.end(0).await.map(|end| end.position), Ok(0));
    journal.add(3).await;
    assert_eq!(log.end(0).await.map(|end| end.position), Ok(3));
    assert_eq!(log.partitions(), [0]);
}

async fn a_checkpoint_holds_while_its_event_is_there(journal: Journal) {
    let log = (journal.open)().await;
    assert_eq!(log.holds(Checkpoint::default()).await, Ok(true));
    journal.add(3).await;
    let at = log.read(0, Checkpoint::default(), 2, AT_ONCE).await.expect("the log is there").end;
    assert_eq!(log.holds(at).await, Ok(true));
    let another = Checkpoint { event_id: Some(EventId(Uuid::now_v7())), ..at };
    let beyond = Checkpoint { offset: 9, position: 9, ..at };
    assert_eq!((log.holds(another).await, log.holds(beyond).await), (Ok(false), Ok(false)));
}
