//! The ports.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;

use super::Edge;
use super::connection::attend;
use super::seats::Seats;
use crate::config::{Context, GATEWAY_PORT, Settings};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;

/// A port can not be had.
#[derive(Debug, thiserror::Error)]
#[error("can not listen on {address}: {error}")]
pub struct Error {
    address: SocketAddr,
    #[source]
    error: io::Error,
}

/// The ports of a process, listening: who connects waits until they are served.
#[derive(Debug)]
pub struct Listeners(pub(super) Vec<(Option<Context>, TcpListener)>);

impl Listeners {
    /// Listens on the gateway's port and on those of the contexts. Needs the runtime.
    ///
    /// # Errors
    /// When a port is in use, or the address is none of this machine's.
    pub fn bind(settings: &Settings) -> Result<Self, Error> {
        let ports = settings.contexts.iter().map(|context| (Some(*context), context.port()));
        let ports = std::iter::once((None, GATEWAY_PORT)).chain(ports);
        let listeners = ports.map(|(context, port)| {
            let address = SocketAddr::new(settings.host, port.saturating_add(settings.port_offset));
            listen(address).map(|listener| (context, listener)).map_err(|error| Error { address, error })
        });
        listeners.collect::<Result<_, _>>().map(Self)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for connections that the kernel has not forgotten yet.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts, for ever; whom there is no seat for is hung up on.
pub(super) async fn accept(listener: TcpListener, edge: Edge, seats: Arc<Seats>) {
    let mut pause = Pause::default();
    loop {
        match listener.accept().await {
            Ok((socket, address)) => {
                pause = Pause::default();
                seat(socket, address, &edge, &seats);
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => pause.after(&error).await,
        }
    }
}

fn seat(socket: TcpStream, address: SocketAddr, edge: &Edge, seats: &Arc<Seats>) {
    let Some(place) = seats.take() else {
        tracing::debug!(%address, "no seat is free");
        return;
    };
    // What is sent is whole answers and frames: nothing is won by waiting for more.
    socket.set_nodelay(true).ok();
    tokio::spawn(attend(socket, address, edge.clone(), place));
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Waits longer and longer: no descriptors are free (EMFILE), and asking again at once would only burn time.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    async fn after(&mut self, error: &io::Error) {
        if self.0 == 0 {
            tracing::warn!(%error, "can not accept connections");
        }
        sleep(Duration::from_millis(20 << self.0)).await;
        self.0 = (self.0 + 1).min(5);
    }
}
