//! One connection, from its first request to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service;
use tokio::net::TcpStream;
use tower::Service as _;

use super::Edge;
use super::seats::{Order, Place, Seat};
use super::wire::Wire;

/// Bytes: the largest head, and how much is read and written at once. What an idle stream keeps is a half of it.
const BUFFER: usize = 16 * 1024;

/// Serves `socket` until the client, its slowness or a shutdown ends it.
///
/// Here a stream could leave hyper: an answer that says so in its extensions would make this loop take the socket back
/// (`poll_without_shutdown`, `into_parts`) and go on with a smaller task.
pub(super) async fn attend(socket: TcpStream, address: SocketAddr, edge: Edge, place: Place) {
    let seat = place.seat();
    let door = Door { edge, address, seat: seat.clone() };
    let mut connection = pin!(protocol().serve_connection(Wire::new(socket, seat), door));
    let (mut sits, mut told) = (false, false);
    let end = poll_fn(|task| {
        if !sits {
            // The waker of a task stays the same.
            place.sit(task.waker());
            sits = true;
        }
        match place.order() {
            Order::Leave => return Poll::Ready(Ok(())),
            Order::Finish if !told => {
                connection.as_mut().graceful_shutdown();
                told = true;
            }
            _ => {}
        }
        connection.as_mut().poll(task)
    });
    if let Err(error) = end.await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// The time-outs of heads are the seats'.
fn protocol() -> Builder {
    let mut protocol = Builder::new();
    protocol.keep_alive(true).header_read_timeout(None).max_buf_size(BUFFER);
    protocol
}

/// What hyper calls with each request of one connection.
struct Door {
    edge: Edge,
    address: SocketAddr,
    seat: Arc<Seat>,
}

impl Service<Request<Incoming>> for Door {
    type Response = Response<Answer>;
    type Error = Infallible;
    /// In a box, so that a connection holds a pointer while it streams.
    type Future = BoxFuture<'static, Result<Response<Answer>, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.seat.asked();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.address));
        let (answer, seat) = (self.edge.clone().call(request), self.seat.clone());
        Box::pin(async move { Ok(answer.await?.map(|body| Answer { body, seat })) })
    }
}

/// A body that notes when it has been taken.
struct Answer {
    body: Body,
    seat: Arc<Seat>,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.seat.answered();
    }
}
