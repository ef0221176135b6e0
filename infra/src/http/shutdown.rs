//! Being asked to end.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code after a second signal: the work was cut off.
const CUT_OFF: i32 = 130;

/// SIGTERM and SIGINT.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they are ours.
    ///
    /// # Errors
    /// They can not be caught.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the first; a second one ends the process at once.
    pub async fn first(mut self) {
        self.next().await;
        tracing::info!("shutting down; a second signal ends the process at once");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("ending without finishing");
            std::process::exit(CUT_OFF);
        });
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
