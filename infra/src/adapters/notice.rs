//! Where all processes look for what one of them can not tell the others otherwise: those who reach Redis would take what it has for all
//! there is.

use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;

/// A notice that some process does not reach Redis, in the event store: who can not reach that either acknowledges nothing.
#[async_trait]
pub trait Notice: Send + Sync {
    /// Puts up that of this process for so long, whatever becomes of it.
    async fn put_up(&self, lasts: Duration) -> Result<(), Unavailable>;

    /// Takes that of this process down.
    async fn take_down(&self) -> Result<(), Unavailable>;

    /// Whether one of any process is up.
    async fn is_up(&self) -> Result<bool, Unavailable>;
}
