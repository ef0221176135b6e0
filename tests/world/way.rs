//! A way to a server on which what happens to networks can happen: it is cut, it stalls, it is there again.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many may wait to be accepted.
const BACKLOG: u32 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Connections are taken, and nothing goes through them in either direction.
    Stalled,
    /// Connections are refused, and those that there were are gone.
    Cut,
}

/// A port on loopback that leads to a server, for as long as the test wants it to.
#[derive(Debug)]
pub struct Way {
    /// Where it leads: `host:port`.
    pub server: String,
    /// Where it begins: `host:port`.
    pub address: String,
    state: Arc<watch::Sender<State>>,
    _serving: JoinSet<()>,
}

impl Way {
    /// A way to the server at `host:port`.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(watch::Sender::new(State::Open));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, server.to_owned(), state.subscribe()));
        Self { server: server.to_owned(), address: address.to_string(), state, _serving: serving }
    }

    /// A way to the server that a URL names.
    pub async fn to_url(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        Self::to(host.rsplit('@').next().unwrap_or_default()).await
    }

    /// Nobody gets there any more: connections are refused, and those that there are end.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Nothing goes through any more, and nobody is told.
    pub fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// All is well again. What was under way when it stalled arrives, late.
    pub fn restore(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn serve(listener: TcpListener, server: String, mut state: watch::Receiver<State>) {
    let address = listener.local_addr().expect("it is bound");
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        let Some(open) = listener.take() else {
            let kept = keep(address);
            if state.wait_for(|state| *state != State::Cut).await.is_err() {
                return;
            }
            listener = Some(kept.listen(BACKLOG).expect("the port was kept"));
            continue;
        };
        let accepted = tokio::select! {
            accepted = open.accept() => accepted.ok(),
            cut = state.wait_for(|state| *state == State::Cut) => {
                if cut.is_err() {
                    return;
                }
                connections.abort_all();
                continue;
            }
        };
        if let Some((client, _)) = accepted {
            connections.spawn(carry(client, server.clone(), state.clone()));
        }
        while connections.try_join_next().is_some() {}
        listener = Some(open);
    }
}

/// A port on which connections are refused, and which nobody else gets.
fn keep(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option of sockets");
    socket.bind(address).expect("the port is ours");
    socket
}

async fn carry(client: TcpStream, server: String, mut state: watch::Receiver<State>) {
    if !is_open(&mut state).await {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = pump(from_client, to_server, state.clone()) => {}
        () = pump(from_server, to_client, state.clone()) => {}
    }
}

/// What is read while nothing goes through is kept, and goes first afterwards.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if !is_open(&mut state).await || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Waits while nothing goes through; whether the way is open then.
async fn is_open(state: &mut watch::Receiver<State>) -> bool {
    state.wait_for(|state| *state != State::Stalled).await.is_ok_and(|state| *state == State::Open)
}
