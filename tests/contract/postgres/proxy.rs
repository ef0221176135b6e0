//! A way to the server on which things get lost.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Database;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// What is asked goes through, no answer comes back.
    Mute,
}

/// Connections to one server, all of which can be cut or muted.
pub(super) struct Proxy {
    port: u16,
    way: watch::Sender<Way>,
    cuts: watch::Sender<u64>,
    _serving: JoinSet<()>,
}

impl Proxy {
    pub(super) async fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (way, cuts) = (watch::Sender::new(Way::Open), watch::Sender::new(0));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, server(&database.url()), way.subscribe(), cuts.subscribe()));
        Self { port, way, cuts, _serving: serving }
    }

    /// The URL of `database` by this way.
    pub(super) fn url(&self, database: &Database) -> String {
        let url = database.url();
        let server = server(&url);
        url.replace(&server.to_string(), &format!("127.0.0.1:{}", self.port))
    }

    /// From now on no answer comes back on the connections that there are.
    pub(super) fn mute(&self) {
        self.way.send_replace(Way::Mute);
    }

    /// Cuts all connections; new ones are as good as ever. The server keeps its side until it notices.
    pub(super) fn cut(&self) {
        self.way.send_replace(Way::Open);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

fn server(url: &str) -> SocketAddr {
    let host = url.split('@').next_back().and_then(|rest| rest.split('/').next()).expect("a host");
    host.parse().expect("tests use an address on this machine")
}

async fn serve(listener: TcpListener, server: SocketAddr, way: watch::Receiver<Way>, cuts: watch::Receiver<u64>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let mut cuts = cuts.clone();
        cuts.mark_unchanged();
        connections.spawn(connection(client, server, way.clone(), cuts));
    }
}

async fn connection(
    mut client: TcpStream,
    server: SocketAddr,
    way: watch::Receiver<Way>,
    mut cuts: watch::Receiver<u64>,
) {
    let mut server = TcpStream::connect(server).await.expect("PostgreSQL answers");
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        let passed = tokio::select! {
            read = client.read(&mut asked) => pass(read, &asked, &mut server).await,
            read = server.read(&mut answered) => match open_or_mute(&way) {
                Way::Mute => read.is_ok_and(|read| read > 0),
                Way::Open => pass(read, &answered, &mut client).await,
            },
            _ = cuts.changed() => break,
        };
        if !passed {
            return;
        }
    }
    drop(client);
    // As if the network was gone: the server is not told.
    std::future::pending::<()>().await;
    drop(server);
}

fn open_or_mute(way: &watch::Receiver<Way>) -> Way {
    *way.borrow()
}

/// Passes on what was read; whether there was something, and somebody who took it.
async fn pass(read: std::io::Result<usize>, bytes: &[u8], to: &mut TcpStream) -> bool {
    match read {
        Ok(read @ 1..) => to.write_all(&bytes[..read]).await.is_ok(),
        _ => false,
    }
}
