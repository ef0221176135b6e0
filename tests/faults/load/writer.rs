//! Somebody who sends, edits, deletes, reacts and reads, one thing after another.

use serde_json::json;
use tokio::time::sleep;
use world::{Reply, Room};

use super::doer::Doer;
use crate::ledger::What;

const EMOJIS: [&str; 3] = ["👍", "🎉", "🦀"];
/// How many of one's own messages one still thinks of.
const REMEMBERED: usize = 20;

/// A message of one's own that was acknowledged.
struct Mine {
    id: String,
    room: Room,
    /// The mark by which its contents are known.
    mark: String,
    edits: usize,
    /// Which of the emojis stand under it by one's own hand.
    reactions: [bool; EMOJIS.len()],
}

/// A writer at work.
pub(crate) struct Writer {
    doer: Doer,
    name: String,
    rooms: Vec<Room>,
    mine: Vec<Mine>,
    count: usize,
}

impl Writer {
    pub(crate) fn new(doer: Doer, name: String, rooms: Vec<Room>) -> Self {
        Self { doer, name, rooms, mine: Vec::new(), count: 0 }
    }

    /// Until it is over.
    pub(crate) async fn write(mut self) {
        while !self.doer.common.is_over() {
            match self.doer.random.below(100) {
                0..=9 => self.edit().await,
                10..=16 => self.delete().await,
                17..=31 => self.react().await,
                32..=37 => self.read().await,
                _ => self.send().await,
            }
            let pause = self.doer.random.millis(50, 350);
            sleep(pause).await;
        }
    }

    async fn send(&mut self) {
        let room = self.doer.random.pick(&self.rooms).clone();
        self.count += 1;
        let mark = format!("{}-{}", self.name, self.count);
        let content = format!("{mark} as sent");
        let body = json!({ "room_id": room.id, "content": content });
        let sent = self
            .doer
            .do_it(&room.id, What::Send { content }, |caller| caller.post("/api/messages", body.clone()))
            .await;
        let Some(sent) = sent else { return };
        if self.doer.random.percent(20) {
            self.look_for(&room, &sent).await;
        }
        let id = sent.str("id").to_owned();
        self.mine.push(Mine { id, room, mark, edits: 0, reactions: Default::default() });
        if self.mine.len() > REMEMBERED {
            self.mine.remove(0);
        }
    }

    /// One reads what one wrote, wherever one asks, or is told that the answer is stale (promise 5).
    async fn look_for(&mut self, room: &Room, sent: &Reply) {
        let address = self.doer.common.cluster.for_queries(&mut self.doer.random);
        let path = format!("{}&limit=100", room.messages());
        let Some(page) = self.doer.look_at(&address, &path).await else { return };
        if page.status != 200 {
            return self.doer.common.findings.add("a member reads", page.story());
        }
        let messages = page.list("messages");
        let oldest = messages.first().and_then(|message| message["version"].as_u64()).unwrap_or(0);
        let is_there = messages.iter().any(|message| message["id"] == sent.str("id"));
        let is_stale = page.header("Stale") == Some("true");
        if !is_there && !is_stale && oldest <= sent.u64("version") {
            let (id, position, version) = (sent.str("id"), sent.position(), sent.u64("version"));
            let shown: Vec<_> = messages.iter().filter_map(|message| message["version"].as_u64()).collect();
            let story = format!(
                "{id} (version {version}, position {position}) is not in what {address} does not call stale: {shown:?}, {:?}",
                page.headers
            );
            self.doer.common.findings.add("one reads what one wrote", story);
        }
    }

    async fn edit(&mut self) {
        let Some(at) = self.any() else { return };
        self.mine[at].edits += 1;
        let Mine { id, room, mark, edits, .. } = &self.mine[at];
        let (path, room) = (format!("/api/messages/{id}"), room.id.clone());
        let content = format!("{mark} edited {edits}");
        let body = json!({ "content": content });
        let what = What::Edit { message: id.clone(), content };
        self.doer.do_it(&room, what, |caller| caller.patch(&path, body.clone())).await;
    }

    async fn delete(&mut self) {
        let Some(at) = self.any() else { return };
        let Mine { id, room, .. } = self.mine.remove(at);
        let path = format!("/api/messages/{id}");
        self.doer.do_it(&room.id, What::Delete { message: id }, |caller| caller.delete(&path)).await;
    }

    async fn react(&mut self) {
        let Some(at) = self.any() else { return };
        let nth = self.doer.random.below(EMOJIS.len());
        let (emoji, added) = (EMOJIS[nth], !self.mine[at].reactions[nth]);
        let Mine { id, room, .. } = &self.mine[at];
        let (path, room) = (format!("/api/messages/{id}/reactions/{emoji}"), room.id.clone());
        let what = What::React { message: id.clone(), emoji, added };
        let done = self.doer.do_it(&room, what, |caller| if added { caller.mark(&path) } else { caller.delete(&path) });
        if done.await.is_some() {
            self.mine[at].reactions[nth] = added;
        }
    }

    async fn read(&mut self) {
        let room = self.doer.random.pick(&self.rooms).clone();
        let body = json!({ "room_id": room.id });
        self.doer.do_it(&room.id, What::Read, |caller| caller.post("/api/messages/read", body.clone())).await;
    }

    fn any(&mut self) -> Option<usize> {
        (!self.mine.is_empty()).then(|| self.doer.random.below(self.mine.len()))
    }
}
