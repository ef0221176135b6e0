//! Panics: logged once, with where they happened.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

thread_local! {
    /// Whether somebody up the stack catches a panic, and logs it with what they know of it.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// What the last caught panic of this thread said.
    static STORY: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on panics are log lines.
pub(super) fn log() {
    set_hook(Box::new(|panic| {
        let story = story(panic);
        if CAUGHT.get() {
            STORY.set(story);
        } else {
            tracing::error!(panic = story, "a task panicked");
        }
    }));
}

fn story(panic: &PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    panic.location().map_or_else(|| message.to_owned(), |place| format!("{message} at {place}"))
}

/// Runs `work`; a panic in it is the caller's to log, and is told as an error.
pub(crate) fn catching<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CAUGHT.replace(true);
    // What a panic leaves behind is dropped, not looked at.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(outer);
    outcome.map_err(|_| STORY.take())
}
