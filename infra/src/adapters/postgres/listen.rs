//! Being told of what others appended: by NOTIFY, and by looking each second for what was not told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use super::PostgresEventStore;

/// Named in the migrations too.
const CHANNEL: &str = "chat_events";
const PERIOD: Duration = Duration::from_secs(1);

/// Follows the head of `store` for as long as it is polled.
pub async fn listen(store: Arc<PostgresEventStore>) {
    loop {
        let reason = follow(&store).await;
        store.is_told.store(false, Ordering::Relaxed);
        tracing::warn!(%reason, "the event store can not be listened to");
        sleep(PERIOD).await;
    }
}

async fn follow(store: &PostgresEventStore) -> sqlx::Error {
    let mut listener = match PgListener::connect_with(store.pool()).await {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    if let Err(error) = listener.listen(CHANNEL).await {
        return error;
    }
    store.is_told.store(true, Ordering::Relaxed);
    loop {
        match timeout(PERIOD, listener.recv()).await {
            Ok(Ok(told)) => {
                if let Ok(position) = told.payload().parse() {
                    store.raise(position);
                }
            }
            Ok(Err(error)) => return error,
            Err(_) => {
                if let Err(away) = store.look().await {
                    return sqlx::Error::Protocol(away.0);
                }
            }
        }
    }
}
