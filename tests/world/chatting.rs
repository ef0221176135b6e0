//! What people do in nearly every story.

use crate::{Person, Reply, Room, Stream};
use serde_json::{Value, json};

impl Person {
    /// Asks for friendship and is accepted.
    pub async fn befriend(&self, other: &Person) -> Reply {
        let asked = self.post("/api/friends/request", json!({ "to_user_id": other.id })).await.is(201);
        other.act(&format!("/api/friends/{}/accept", asked.str("request_id"))).await.is(200)
    }

    /// Opens, or finds, the direct room with somebody.
    pub async fn direct(&self, other: &Person) -> Room {
        let opened = self.post("/api/chat-rooms", json!({ "participant_ids": [other.id] })).await;
        assert!([200, 201].contains(&opened.status), "{}", opened.story());
        Room::new(opened.str("id"))
    }

    /// Opens a group.
    pub async fn group(&self, name: &str, others: &[&Person]) -> Room {
        let ids: Vec<_> = others.iter().map(|person| &person.id).collect();
        let body = json!({ "participant_ids": ids, "name": name, "room_type": "group" });
        Room::new(self.post("/api/chat-rooms", body).await.is(201).str("id"))
    }

    /// Tries to send.
    pub fn sending(&self, room: &Room, content: &str) -> crate::Call {
        self.post("/api/messages", json!({ "room_id": room.id, "content": content }))
    }

    /// Sends a message.
    pub async fn send(&self, room: &Room, content: &str) -> Reply {
        self.sending(room, content).await.is(201)
    }

    /// Sends several, one after another.
    pub async fn send_all(&self, room: &Room, contents: impl IntoIterator<Item = String>) -> Vec<Reply> {
        let mut sent = Vec::new();
        for content in contents {
            sent.push(self.send(room, &content).await);
        }
        sent
    }

    /// Edits a message.
    pub async fn edit(&self, message: &Reply, content: &str) -> Reply {
        self.patch(&message_path(message, ""), json!({ "content": content })).await.is(200)
    }

    /// Deletes a message.
    pub async fn unsend(&self, message: &Reply) -> Reply {
        self.delete(&message_path(message, "")).await.is(200)
    }

    /// Reads everything in a room.
    pub async fn read_all(&self, room: &Room) -> Reply {
        self.post("/api/messages/read", json!({ "room_id": room.id })).await.is(200)
    }

    /// The last page of a timeline.
    pub async fn timeline(&self, room: &Room) -> Reply {
        self.get(&format!("{}&limit=100", room.messages())).await.is(200)
    }

    /// Everything that was said, page by page, oldest first.
    pub async fn history(&self, room: &Room) -> Vec<Value> {
        let mut pages = Vec::new();
        let said = format!("{}&system=false&limit=100", room.messages());
        let mut next = said.clone();
        loop {
            let page = self.get(&next).await.is(200);
            pages.push(page.list("messages").to_vec());
            match page["next_cursor"].as_str() {
                Some(cursor) if page["has_more"] == true => {
                    next = format!("{said}&cursor={cursor}");
                }
                _ => break,
            }
        }
        pages.into_iter().rev().flatten().collect()
    }

    /// What was said last, up to a hundred messages, oldest first. What a busy machine is behind with is asked for again.
    pub async fn contents(&self, room: &Room) -> Vec<String> {
        let path = format!("{}&system=false&limit=100", room.messages());
        let current = async || {
            let reply = self.get(&path).await;
            (reply.header("Stale") != Some("true")).then_some(reply)
        };
        let said = crate::eventually("a page that is not behind", current).await.is(200);
        texts(said.list("messages"))
    }

    /// Searches messages.
    pub fn seek(&self, q: &str) -> crate::Call {
        self.get("/api/messages/search").query(&[("q", q)])
    }

    /// The contents of the messages that a search finds, newest first.
    pub async fn found(&self, q: &str) -> Vec<String> {
        texts(self.seek(q).await.is(200).list("messages"))
    }

    /// The room as it looks to this person.
    pub async fn room(&self, room: &Room) -> Reply {
        self.get(&room.path("")).await.is(200)
    }

    /// What is unread in a room.
    pub async fn unread(&self, room: &Room) -> u64 {
        self.get(&format!("/api/messages/room/{room}/unread-count")).await.is(200).u64("unread_count")
    }

    /// Follows a room.
    pub async fn follow(&self, room: &Room) -> Stream {
        self.listen(&room.stream()).await
    }

    /// Follows a room, and has heard `connected`.
    pub async fn follow_from_now(&self, room: &Room) -> Stream {
        let mut stream = self.follow(room).await;
        stream.expect("connected").await;
        stream
    }

    /// Follows a room after an id.
    pub async fn follow_after(&self, room: &Room, last: &str) -> Stream {
        self.resume(&room.stream(), last).await
    }

    /// Adds somebody to a group.
    pub async fn add(&self, room: &Room, other: &Person) -> Reply {
        self.post(&room.path("/members"), json!({ "user_ids": [other.id] })).await.is(200)
    }

    /// Removes somebody from a group.
    pub async fn remove(&self, room: &Room, other: &Person) -> Reply {
        self.delete(&room.path(&format!("/members/{}", other.id))).await.is(200)
    }

    /// Blocks somebody.
    pub async fn block(&self, other: &Person) -> Reply {
        self.mark(&format!("/api/friends/blocks/{}", other.id)).await.is(204)
    }
}

/// The address of a message, with what follows.
fn message_path(message: &Reply, rest: &str) -> String {
    format!("/api/messages/{}{rest}", message.str("id"))
}

/// The contents of messages; a deleted one has none.
fn texts(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["content"].as_str().unwrap_or_default().into()).collect()
}
