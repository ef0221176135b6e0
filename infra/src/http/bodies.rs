//! Bodies while they are read: all of them together have a bound, and it is known which of them have come whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http_body::{Frame, SizeHint};

/// How much of bodies is held at once, in bytes: many clients that send large ones and never finish cost no more.
const MOST: usize = 256 * 1024 * 1024;

/// The bodies that are being read or judged in this process.
#[derive(Clone, Default)]
pub struct Bodies {
    held: Arc<AtomicUsize>,
}

/// One of them.
struct Progress {
    all: Bodies,
    held: AtomicUsize,
    is_whole: AtomicBool,
    is_refused: AtomicBool,
}

/// What has come of a request's body; what it holds is given back when this is dropped.
pub(super) struct Reading(Option<Arc<Progress>>);

struct Watched {
    body: Body,
    progress: Arc<Progress>,
}

impl Bodies {
    /// Watches the body of `request`, if it has one.
    pub(super) fn watch(&self, request: &mut Request) -> Reading {
        if http_body::Body::is_end_stream(request.body()) {
            return Reading(None);
        }
        let progress = Arc::new(Progress {
            all: self.clone(),
            held: AtomicUsize::new(0),
            is_whole: AtomicBool::new(false),
            is_refused: AtomicBool::new(false),
        });
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Watched { body, progress: progress.clone() });
        Reading(Some(progress))
    }
}

impl Reading {
    /// Whether all of the body has come.
    pub(super) fn is_whole(&self) -> bool {
        self.0.as_ref().is_none_or(|progress| progress.is_whole.load(Ordering::Relaxed))
    }

    /// Whether the body was not read to its end because too much is held already.
    pub(super) fn is_refused(&self) -> bool {
        self.0.as_ref().is_some_and(|progress| progress.is_refused.load(Ordering::Relaxed))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(progress) = &self.0 {
            progress.all.held.fetch_sub(progress.held.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

impl Progress {
    fn hold(&self, bytes: usize) -> io::Result<()> {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        if self.all.held.fetch_add(bytes, Ordering::Relaxed) + bytes > MOST {
            self.is_refused.store(true, Ordering::Relaxed);
            return Err(io::Error::other("too much of bodies is held"));
        }
        Ok(())
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(task));
        if frame.is_none() || self.body.is_end_stream() {
            self.progress.is_whole.store(true, Ordering::Relaxed);
        }
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(full) = self.progress.hold(data.len())
        {
            return Poll::Ready(Some(Err(axum::Error::new(full))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn request(size: usize) -> Request {
        Request::new(Body::from(vec![0; size]))
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_bound_and_give_back_what_they_held() {
        let bodies = Bodies::default();
        let (mut one, mut other) = (request(MOST - 10), request(11));
        let (first, second) = (bodies.watch(&mut one), bodies.watch(&mut other));
        assert!(!first.is_whole());
        one.into_body().collect().await.expect("it fits");
        assert!(first.is_whole() && !first.is_refused());
        other.into_body().collect().await.expect_err("one byte too many");
        assert!(second.is_refused());
        drop((first, second));
        let mut again = request(11);
        let third = bodies.watch(&mut again);
        again.into_body().collect().await.expect("there is room again");
        assert!(third.is_whole());
    }

    #[test]
    fn no_body_is_whole() {
        assert!(Bodies::default().watch(&mut Request::new(Body::empty())).is_whole());
    }
}
