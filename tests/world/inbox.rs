//! What people are told, and what they do about it.

use crate::{Person, Reply, Room, Stream, eventually};
use serde_json::{Value, json};

impl Person {
    /// What they are told, newest first.
    pub async fn notifications(&self) -> Vec<Value> {
        self.get("/api/notifications?limit=100").await.is(200).list("notifications").to_vec()
    }

    /// All of it, page by page.
    pub async fn all_pages(&self) -> Vec<Value> {
        let (mut all, mut next) = (vec![], "/api/notifications?limit=100".to_owned());
        loop {
            let page = self.get(&next).await.is(200);
            all.extend(page.list("notifications").to_vec());
            let Some(cursor) = page["next_cursor"].as_str() else { return all };
            next = format!("/api/notifications?limit=100&cursor={cursor}");
        }
    }

    /// The same, once there are so many.
    pub async fn notified(&self, count: usize) -> Vec<Value> {
        let who = &self.username;
        eventually(&format!("{who} is told of {count} things"), async || {
            let told = self.notifications().await;
            assert!(told.len() <= count, "{who} is told more than {count}: {told:#?}");
            (told.len() == count).then_some(told)
        })
        .await
    }

    /// The types of what they are told, oldest first, once there are so many.
    pub async fn told(&self, count: usize) -> Vec<String> {
        let told = self.notified(count).await.into_iter().rev();
        told.map(|told| told["type"].as_str().expect("a type").to_owned()).collect()
    }

    /// How many they have not read.
    pub async fn unread_notifications(&self) -> u64 {
        self.get("/api/notifications/unread-count").await.is(200).u64("unread_count")
    }

    /// Waits until so many are unread.
    pub async fn has_unread(&self, count: u64) {
        let who = &self.username;
        eventually(&format!("{who} has {count} unread"), async || {
            (self.unread_notifications().await == count).then_some(())
        })
        .await;
    }

    /// Waits until everything that happened before is seen to: somebody asks them for friendship, and they are told.
    pub async fn all_is_told_to(&self, someone: &Person) {
        self.post("/api/friends/request", json!({ "to_user_id": someone.id })).await.is(201);
        let is_asked = |told: &Value| told["type"] == "friend_request" && told["actor_id"] == self.id.as_str();
        eventually("the friend request is told", async || {
            someone.notifications().await.iter().any(is_asked).then_some(())
        })
        .await;
    }

    /// Reads a notification.
    pub async fn reads(&self, notification: &Value) -> Reply {
        let id = notification["id"].as_str().expect("an id");
        self.act(&format!("/api/notifications/{id}/read")).await.is(200)
    }

    /// Wants to be told nothing of a room.
    pub async fn mute(&self, room: &Room) -> Reply {
        self.mark(&room.path("/mute")).await.is(204)
    }

    /// Wants to be told of it again.
    pub async fn unmute(&self, room: &Room) -> Reply {
        self.delete(&room.path("/mute")).await.is(204)
    }

    /// Follows what they are told, and has heard `connected`.
    pub async fn follow_notifications(&self) -> Stream {
        let mut stream = self.listen("/api/notifications/stream").await;
        stream.expect("connected").await;
        stream
    }
}
