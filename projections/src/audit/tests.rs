use std::sync::Mutex;

use async_trait::async_trait;
use domain::hash::{Hash, Link};
use domain::room::{Role, RoomEvent};
use domain::stored::Raw;
use domain::user::UserEvent;
use domain::{Envelope, Event, HasPersonal as _, Kind, Personal, StreamId, Version};
use serde_json::json;

use super::{At, Broken, Chain, Fault, Opened, Record, State, Unfound, walk};
use crate::given::*;
use crate::ports::{History, Unavailable};

/// A stored stream: each event in its version, chained.
fn stored(history: &[RoomEvent]) -> Vec<Envelope<Raw>> {
    let mut previous = Hash::default();
    let store = |(version, said): (Version, &RoomEvent)| {
        let mut sealed = said.clone();
        sealed.visit_personal(&mut |field| field.seal(b"sealed".to_vec()));
        let json = serde_json::to_string(&sealed).expect("sealed");
        let event = event(ROOM, version, said.clone());
        let link = Link {
            stream: event.stream,
            version,
            event_id: event.event_id,
            event_type: said.name(),
            schema_version: said.shape(),
            actor: &event.actor,
            payload: &json,
        };
        previous = link.after(previous);
        let raw = Raw {
            event_type: said.name().to_owned(),
            schema_version: said.shape(),
            json,
            subject: ROOM.0,
            hash: previous,
        };
        event.with(raw)
    };
    (1..).zip(history).map(store).collect()
}

fn talk() -> Vec<RoomEvent> {
    vec![opened(&[(ANN, Role::Owner)]), sent(1, ANN, "one"), edited(1, "two"), sent(2, ANN, "three")]
}

fn lines(history: &[RoomEvent]) -> Vec<String> {
    stored(history).iter().map(|event| serde_json::to_string(&Record::of(event)).expect("a record")).collect()
}

fn checked(lines: &[String]) -> Result<Chain, Broken> {
    let mut chain = Chain::default();
    lines.iter().try_for_each(|line| chain.take(line))?;
    Ok(chain)
}

#[test]
fn an_exported_stream_is_what_was_recorded() {
    let end = checked(&lines(&talk())).expect("good").end();
    assert_eq!(end.map(|(stream, version, _)| (stream, version)), Some((ROOM.into(), 4)));
    assert_eq!(checked(&[]).expect("empty").end(), None);
}

#[test]
fn the_first_line_that_is_not_what_was_recorded_is_named() {
    let good = lines(&talk());
    let forged = |from: &str, to: &str| {
        let mut lines = good.clone();
        lines[2] = lines[2].replace(from, to);
        checked(&lines).expect_err("forged")
    };
    for (from, to) in [
        ("MessageEdited", "MessageEditet"),
        ("sealed\\\"", "Sealed\\\""),
        ("\"actor\":null", "\"actor\":\"00000000-0000-0000-0000-000000000001\""),
    ] {
        assert_eq!(forged(from, to), Broken { line: 3, fault: Fault::Forged(3) }, "{from}");
    }
    let other = forged("00000000-0000-0000-0000-000000000064", "00000000-0000-0000-0000-000000000065");
    assert!(matches!(other, Broken { line: 3, fault: Fault::Foreign(_) }));
    assert!(matches!(forged("{", "["), Broken { line: 3, fault: Fault::Unreadable(_) }));
}

#[test]
fn a_line_that_is_missing_or_moved_is_named() {
    let good = lines(&talk());
    let without = [&good[..1], &good[2..]].concat();
    assert_eq!(
        checked(&without).expect_err("missing"),
        Broken { line: 2, fault: Fault::Hole { expected: 2, found: 3 } }
    );
    let swapped = [good[0].clone(), good[2].clone(), good[1].clone()];
    assert_eq!(checked(&swapped).expect_err("moved").line, 2);
    assert_eq!(checked(&good[1..]).expect_err("beheaded").fault, Fault::Hole { expected: 1, found: 2 });
}

#[test]
fn a_stored_payload_shows_what_is_opened_in_it() {
    let raw = stored(&talk()).remove(1).payload.json;
    let mut payload = Opened(serde_json::from_str(&raw).expect("JSON"));
    payload.visit_personal(&mut |field| {
        assert_eq!((field.subject(), field.sealed()), (ANN, Some(&b"sealed"[..])));
        field.open(b"\"one\"").expect("a text");
    });
    assert_eq!(payload.0["MessageSent"]["content"], json!("one"));
    let mut erased = Opened(serde_json::from_str(&raw).expect("JSON"));
    erased.visit_personal(&mut |field| field.erase());
    assert_eq!(erased.0["MessageSent"]["content"], json!({ "erased": true }));
}

#[test]
fn a_state_is_folded_through_its_aggregate_and_can_be_read() {
    let mut state = State::new(Kind::User);
    let username = Some(Personal::Erased { subject: ANN });
    state.take(Event::User(UserEvent::UserRegistered { email: text("a@b.c"), username, nickname: text("Ann") }));
    state.take(Event::User(UserEvent::NicknameChanged { nickname: text("Annie") }));
    state.take(Event::Room(RoomEvent::RoomClosed {}));
    let shown = state.json().expect("JSON");
    assert_eq!((&shown["registered"], &shown["nickname"]), (&json!(true), &json!("Annie")));
    assert_eq!(shown["username"]["erased"], json!(true));
}

#[test]
fn a_version_and_a_time_can_be_asked_for() {
    assert_eq!("7".parse(), Ok(At::Version(7)));
    assert_eq!("1970-01-01T00:00:03Z".parse(), Ok(At::Time(time(3))));
    assert!("yesterday".parse::<At>().is_err());
}

/// Gives what it holds three events at a time.
struct Shelf(Mutex<Vec<Envelope<Raw>>>);

#[async_trait]
impl History for Shelf {
    async fn page(&self, stream: StreamId, after: Version, _: u32) -> Result<Vec<Envelope<Raw>>, Unavailable> {
        let all = self.0.lock().expect("a shelf");
        let events = all.iter().filter(|event| event.stream == stream && event.version > after);
        Ok(events.take(3).cloned().collect())
    }
}

async fn walked(at: At) -> Result<Vec<Version>, Unfound> {
    let mut versions = vec![];
    let shelf = Shelf(Mutex::new(stored(&talk())));
    let walked = walk(&shelf, ROOM.into(), at, async |page: Vec<Envelope<Raw>>| {
        versions.extend(page.iter().map(|event| event.version));
        Ok::<_, Unfound>(())
    });
    walked.await?;
    Ok(versions)
}

#[tokio::test]
async fn a_stream_is_gone_through_up_to_a_version_or_a_time() {
    for (at, last) in
        [(At::End, 4), (At::Version(3), 3), (At::Version(9), 4), (At::Time(time(2)), 2), (At::Version(0), 0)]
    {
        assert_eq!(walked(at).await, Ok((1..=last).collect()), "{at:?}");
    }
}

#[tokio::test]
async fn a_stream_that_there_is_not_is_named() {
    let shelf = Shelf(Mutex::new(vec![]));
    let nothing = walk(&shelf, ROOM.into(), At::End, async |_| Ok::<_, Unfound>(()));
    assert_eq!(nothing.await, Err(Unfound::Unknown(ROOM.into())));
}
