//! What takes traces by OTLP over HTTP, as a collector does, and throws them away.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::error::Error;

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Listens until it is dropped.
pub(crate) struct Sink {
    address: SocketAddr,
    batches: Arc<AtomicU64>,
    listening: AbortHandle,
}

impl Sink {
    pub(crate) async fn open() -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, batches) = (listener.local_addr()?, Arc::default());
        let listening = tokio::spawn(listen(listener, Arc::clone(&batches))).abort_handle();
        Ok(Self { address, batches, listening })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many batches of spans came in.
    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Relaxed)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, batches: Arc<AtomicU64>) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(take(BufReader::new(socket), Arc::clone(&batches)));
    }
}

/// Serves one connection, to its end.
async fn take(mut socket: BufReader<TcpStream>, batches: Arc<AtomicU64>) -> std::io::Result<()> {
    while let Some(length) = head(&mut socket).await? {
        tokio::io::copy(&mut (&mut socket).take(length), &mut sink()).await?;
        batches.fetch_add(1, Relaxed);
        socket.write_all(TAKEN).await?;
    }
    Ok(())
}

/// The length of the body that follows, in bytes; nothing at the end.
async fn head(socket: &mut BufReader<TcpStream>) -> std::io::Result<Option<u64>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            None if line.trim_end().is_empty() => return Ok(Some(length)),
            _ => {}
        }
    }
}
