//! A stream that is gone on with in another process.

use world::{Frame, Person, Stream};

use super::two;
use crate::promises::storm::{Storm, Weather};

const ALL: &str = "/api/messages/stream";

/// Listens on after `last`, in one process after another, a few frames in each; until everything is heard that is awaited.
async fn wander(person: &Person, path: &str, mut last: String, is_all: impl Fn(&[Frame]) -> bool) -> Vec<Frame> {
    let mut heard = Vec::new();
    for few in (1..).map(|n| n * 7 % 23) {
        let mut stream = person.reconnected().resume(path, &last).await;
        assert_eq!(stream.expect("connected").await.id, Some(last.clone()), "it goes on where it was left");
        let mut count = 0;
        while count <= few && !is_all(&heard) {
            let frame = stream.next().await.expect("the stream goes on");
            assert!(!["reset", "closed"].contains(&frame.event.as_str()), "{frame:?}");
            if let Some(id) = &frame.id {
                last.clone_from(id);
                heard.push(frame);
                count += 1;
            }
        }
        if is_all(&heard) {
            break;
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_heard_without_a_hole_by_who_wanders_from_process_to_process() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob, cid] = one.people(["ann", "bob", "cid"]).await;
    let room = ann.group("g", &[&bob, &cid]).await;
    let start = ann.room(&room).await.u64("version");
    let writers = [&ann.through(&[&one]), &bob.through(&[&two])];
    let storm = Storm::brew("storm", Weather::Changing, &writers, &[&room, &room]);
    let listener = cid.through(&[&one, &two]);
    let early = wander(&listener, &room.stream(), start.to_string(), |heard| heard.len() >= 120).await;
    storm.acknowledged(60).await;
    storm.settle().await;
    let end = ann.room(&room).await.u64("version");
    let last = early.last().expect("frames").version();
    let is_end = |heard: &[Frame]| heard.last().is_some_and(|frame| frame.version() >= end);
    let late = wander(&listener, &room.stream(), last.to_string(), is_end).await;
    let versions: Vec<_> = early.iter().chain(&late).map(Frame::version).collect();
    assert_eq!(versions, (start + 1..=end).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_rooms_are_heard_without_loss_or_repetition_by_who_wanders() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob, cid] = one.people(["ann", "bob", "cid"]).await;
    let (first, second) = (ann.direct(&cid).await, bob.group("g", &[&cid]).await);
    let listener = cid.through(&[&one, &two]);
    let mut begun: Stream = listener.listen(ALL).await;
    let last = begun.expect("connected").await.id.expect("an id");
    drop(begun);
    let texts = |name: &'static str| (0..80).map(move |n| format!("{name} {n}"));
    let (at_one, at_two) = (ann.through(&[&one]), bob.through(&[&two]));
    let writing = async { tokio::join!(at_one.send_all(&first, texts("one")), at_two.send_all(&second, texts("two"))) };
    let (_, heard) = tokio::join!(writing, wander(&listener, ALL, last, |heard| heard.len() >= 160));
    for (room, name) in [(&first, "one"), (&second, "two")] {
        let of_room = heard.iter().filter(|frame| frame.data["room_id"] == room.id.as_str());
        let contents: Vec<_> = of_room.map(|frame| frame.data["content"].as_str().unwrap_or_default()).collect();
        assert_eq!(contents, texts(name).collect::<Vec<_>>());
    }
}
