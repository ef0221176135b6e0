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
use crate::config::{Context, GATEWAY_PORT, Listen, OPERATIONS_PORT, Settings};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// All contexts.
    Gateway,
    /// One of them.
    Context(Context),
    /// Health and metrics alone.
    Operations,
}

impl Port {
    /// The name of the service that answers there.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Context(context) => context.as_str(),
            Self::Operations => "operations",
        }
    }

    /// Whether the calls of `context` are served there.
    #[must_use]
    pub fn serves(self, context: Context) -> bool {
        match self {
            Self::Gateway => true,
            Self::Context(own) => own == context,
            Self::Operations => false,
        }
    }
}

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
pub struct Listeners(pub(super) Vec<(Port, Arc<TcpListener>)>);

impl Listeners {
    /// Listens on the ports that the settings name. Needs the runtime.
    ///
    /// # Errors
    /// When a port is in use, or the address is none of this machine's.
    pub fn bind(settings: &Settings) -> Result<Self, Error> {
        let listeners = addresses(settings).into_iter().map(|(port, address)| {
            listen(address).map(|listener| (port, Arc::new(listener))).map_err(|error| Error { address, error })
        });
        listeners.collect::<Result<_, _>>().map(Self)
    }
}

/// Where a process with these settings listens.
#[must_use]
pub fn addresses(settings: &Settings) -> Vec<(Port, SocketAddr)> {
    let ports = settings.listen.iter().flat_map(|listen| ports(*listen, settings));
    let at = |number: u16| SocketAddr::new(settings.host, number.saturating_add(settings.port_offset));
    ports.map(|(port, number)| (port, at(number))).collect()
}

fn ports(listen: Listen, settings: &Settings) -> Vec<(Port, u16)> {
    match listen {
        Listen::Gateway => vec![(Port::Gateway, GATEWAY_PORT)],
        Listen::Contexts => settings.contexts.iter().map(|context| (Port::Context(*context), context.port())).collect(),
        Listen::Operations => vec![(Port::Operations, OPERATIONS_PORT)],
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
pub(super) async fn accept(listener: Arc<TcpListener>, edge: Edge, seats: Arc<Seats>) {
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
