//! A timeline, and what is in it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use domain::room::MessageType;
use domain::{Kind, MessageId, Position, RoomId, StreamId, Timestamp, UserId, Version};
use infra::adapters::read_models::Live;
use projections::ports::{Checkpoint, Commit, Parked, ReadModel};
use projections::timeline::{ChangeRow, Joined, ReadMark, Rewritten, RoomMoved, Sent, TimelineChange};
use query_side::Positions;
use query_side::ports::{NumberedMessage, Timeline};
use uuid::Uuid;

pub(super) const ANN: UserId = UserId(Uuid::from_u128(1));
pub(super) const BOB: UserId = UserId(Uuid::from_u128(2));
pub(super) const CID: UserId = UserId(Uuid::from_u128(3));
pub(super) const DAN: UserId = UserId(Uuid::from_u128(4));
pub(super) const ROOM: RoomId = RoomId(Uuid::from_u128(100));

/// Up to where the room is folded.
pub(super) const END: Checkpoint = Checkpoint { offset: 115, position: 115, event_id: None };

/// An empty timeline, written and read.
pub(in super::super) struct Model {
    pub(in super::super) writer: Arc<dyn ReadModel<TimelineChange>>,
    pub(in super::super) reader: Arc<dyn Live<dyn Timeline>>,
    /// What must live as long, such as a folder.
    pub(in super::super) _kept: Box<dyn Any + Send + Sync>,
}

impl Model {
    pub(super) async fn commit(&self, from: Checkpoint, changes: Vec<TimelineChange>, parked: Vec<Parked>) {
        let commit = Commit { partition: 0, from, to: END, changes, parked, released: vec![] };
        self.writer.commit(commit).await.expect("a commit");
    }

    /// Keeps more than the room has.
    pub(super) async fn keep(&self, changes: Vec<TimelineChange>) {
        self.commit(END, changes, vec![]).await;
    }

    pub(super) async fn park(&self, room: RoomId) {
        let stream = StreamId { kind: Kind::Room, id: room.0 };
        self.commit(END, vec![], vec![Parked { stream, version: 12, position: 120, why: "why".to_owned() }]).await;
    }

    pub(super) async fn mark(&self, user: UserId, number: u64, up_to: Version) {
        let mark = ReadMark { room: ROOM, user, number, up_to, read_at: Timestamp(2_000) };
        self.keep(vec![TimelineChange::Read(mark)]).await;
    }

    pub(super) async fn read(&self) -> Arc<dyn Timeline> {
        let bound = Positions::of(0, END.position);
        let reading = self.reader.reading(&bound, Duration::from_secs(5)).await.expect("it is there");
        assert!(reading.is_fresh);
        reading.model
    }

    /// A room that Ann and Bob opened (version 1) and in which Ann sent four messages (versions 2, 3, 5, 6); the first was
    /// edited (4), the second deleted (7), the third reacted to (8). Cid came (9), went (10) and came again (11). Each
    /// version's position is ten times as high.
    pub(super) async fn filled(&self) -> Arc<dyn Timeline> {
        let mut changes = vec![moved(ROOM, 11, Some(4), 110, 1_011)];
        changes.extend([(1, 2), (2, 3), (3, 5), (4, 6)].map(|(n, version)| sent(n, version)));
        changes.push(rewritten(1, 4, Some("new")));
        changes.push(rewritten(2, 7, None));
        changes.extend([
            change(1, "RoomOpened", None, ANN, "{}"),
            change(4, "MessageEdited", Some(1), ANN, "{}"),
            change(7, "MessageDeleted", Some(2), ANN, "{}"),
            change(8, "ReactionAdded", Some(3), BOB, r#"{"emoji":"👍"}"#),
            change(9, "MemberJoined", None, ANN, &format!(r#"{{"user":"{CID}","role":"member"}}"#)),
            change(10, "MemberLeft", None, CID, "{}"),
            change(11, "MemberJoined", None, ANN, &format!(r#"{{"user":"{CID}","role":"admin"}}"#)),
        ]);
        let stays = [(ANN, 1, None), (BOB, 1, None), (CID, 9, Some(10)), (CID, 11, None), (DAN, 1, Some(2))];
        changes.extend(stays.map(|(user, from, to)| joined(ROOM, user, from, to)));
        self.writer.checkpoint(0).await.expect("a model");
        self.commit(Checkpoint::default(), changes, vec![]).await;
        self.read().await
    }
}

pub(super) fn message_id(n: u64) -> MessageId {
    MessageId(Uuid::from_u128(1_000 + u128::from(n)))
}

const fn at(version: Version) -> Timestamp {
    Timestamp(1_000 + version.cast_signed())
}

pub(super) fn moved(room: RoomId, version: Version, number: Option<u64>, position: u64, at: i64) -> TimelineChange {
    TimelineChange::Room(RoomMoved { room, version, number, position, at: Timestamp(at) })
}

fn sent(number: u64, version: Version) -> TimelineChange {
    message(ROOM, message_id(number), number, version)
}

pub(super) fn message(room: RoomId, id: MessageId, number: u64, version: Version) -> TimelineChange {
    TimelineChange::Sent(Sent {
        room,
        version,
        position: 10 * version,
        id,
        number,
        author: ANN,
        content: Some(format!("m{number}")),
        message_type: MessageType::Text,
        reply_to: None,
        sent_at: at(version),
        edited_at: None,
        deleted_at: None,
    })
}

/// Edited, or deleted where there is no content.
pub(super) fn rewritten(n: u64, version: Version, content: Option<&str>) -> TimelineChange {
    let edited_at = content.map(|_| at(version));
    let deleted_at = if content.is_none() { Some(at(version)) } else { None };
    let content = content.map(str::to_owned);
    TimelineChange::Rewritten(Rewritten { room: ROOM, version, id: message_id(n), content, edited_at, deleted_at })
}

fn change(version: Version, kind: &'static str, message: Option<u64>, actor: UserId, detail: &str) -> TimelineChange {
    TimelineChange::Change(ChangeRow {
        room: ROOM,
        version,
        position: 10 * version,
        kind,
        message: message.map(message_id),
        actor: Some(actor),
        detail: detail.to_owned(),
        name: None,
        at: at(version),
    })
}

/// Ann gave the room this name.
pub(super) fn renamed(version: Version, name: Option<&str>) -> TimelineChange {
    let TimelineChange::Change(row) = change(version, "RoomRenamed", None, ANN, "{}") else { unreachable!() };
    TimelineChange::Change(ChangeRow { name: name.map(str::to_owned), ..row })
}

/// A message that says this; its position is its version's.
pub(super) fn said(room: RoomId, position: Position, content: &str) -> TimelineChange {
    let id = MessageId(Uuid::from_u128(50_000 + u128::from(position)));
    let TimelineChange::Sent(sent) = message(room, id, position, position) else { unreachable!() };
    TimelineChange::Sent(Sent { position, content: Some(content.to_owned()), ..sent })
}

/// The message at this position says something else; nothing when it is deleted.
pub(super) fn says_now(room: RoomId, position: Position, version: Version, content: Option<&str>) -> TimelineChange {
    let TimelineChange::Rewritten(again) = rewritten(0, version, content) else { unreachable!() };
    TimelineChange::Rewritten(Rewritten {
        room,
        id: MessageId(Uuid::from_u128(50_000 + u128::from(position))),
        ..again
    })
}

pub(super) fn joined(room: RoomId, user: UserId, from: Version, to: Option<Version>) -> TimelineChange {
    TimelineChange::Joined(Joined { room, user, from, to })
}

pub(super) fn numbers(messages: &[NumberedMessage]) -> Vec<u64> {
    messages.iter().map(|message| message.number).collect()
}
