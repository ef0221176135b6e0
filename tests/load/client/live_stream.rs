//! An open event stream.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::chunks::Chunks;
use super::frame::{Frame, frame_length};
use super::reply;
use super::request::Request;
use crate::error::Error;

const READ: usize = 4096;
/// Streams from one address of ours, well below the number of its ports.
const STREAMS_PER_ADDRESS: usize = 10_000;

pub(crate) struct LiveStream {
    socket: TcpStream,
    chunks: Option<Chunks>,
    raw: Vec<u8>,
    text: Vec<u8>,
    taken: usize,
}

impl LiveStream {
    /// Follows a room.
    pub(crate) async fn open(address: SocketAddr, nth: usize, room: &str, token: &str) -> Result<Self, Error> {
        Self::follow(address, nth, &format!("/api/messages/stream/{room}"), token).await
    }

    /// Follows what there is to follow at `path`. The `nth` stream of a run leaves from an address that still has ports.
    pub(crate) async fn follow(address: SocketAddr, nth: usize, path: &str, token: &str) -> Result<Self, Error> {
        let mut stream = Self::over(connect(address, nth).await?);
        let request = Request::get(path, token);
        stream.socket.write_all(request.bytes()).await?;
        stream.read_head(path).await?;
        Ok(stream)
    }

    fn over(socket: TcpStream) -> Self {
        Self { socket, chunks: None, raw: vec![0; READ], text: Vec::new(), taken: 0 }
    }

    async fn read_head(&mut self, path: &str) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let head = loop {
            let count = self.read().await?;
            bytes.extend_from_slice(&self.raw[..count]);
            if let Some(head) = reply::head_length(&bytes) {
                break head;
            }
        };
        let status = reply::status(&bytes)?;
        if status != 200 {
            let body = String::from_utf8_lossy(&bytes[head..]).into_owned();
            let call = format!("GET {path}");
            return Err(Error::Refused { call, status, body });
        }
        self.chunks = reply::is_chunked(&bytes[..head]).then(Chunks::new);
        self.accept(&bytes[head..])
    }

    async fn read(&mut self) -> Result<usize, Error> {
        match self.socket.read(&mut self.raw).await? {
            0 => Err(Error::Closed),
            count => Ok(count),
        }
    }

    fn accept(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.chunks {
            Some(chunks) => chunks.decode(bytes, &mut self.text),
            None => {
                self.text.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Waits until something more has arrived, a whole frame or not.
    pub(crate) async fn advance(&mut self) -> Result<(), Error> {
        let count = self.read().await?;
        let raw = std::mem::take(&mut self.raw);
        let result = self.accept(&raw[..count]);
        self.raw = raw;
        result
    }

    /// The next whole frame that has arrived.
    pub(crate) fn take(&mut self) -> Option<Frame<'_>> {
        match frame_length(&self.text[self.taken..]) {
            Some(length) => {
                let from = self.taken;
                self.taken += length + 2;
                Some(Frame::parse(&self.text[from..from + length]))
            }
            None => {
                self.text.drain(..self.taken);
                self.taken = 0;
                None
            }
        }
    }

    /// Waits for `connected` and gives the room's version there.
    pub(crate) async fn connected(&mut self) -> Result<u64, Error> {
        loop {
            while let Some(frame) = self.take() {
                if frame.event == b"connected" {
                    return Ok(frame.id.unwrap_or(0));
                }
            }
            self.advance().await?;
        }
    }

    /// Only the socket, for a stream that is to cost us as little as possible.
    pub(crate) fn into_socket(self) -> TcpStream {
        self.socket
    }
}

async fn connect(address: SocketAddr, nth: usize) -> Result<TcpStream, Error> {
    if !address.ip().is_loopback() || !address.is_ipv4() {
        return Ok(TcpStream::connect(address).await?);
    }
    let last = u8::try_from(1 + nth / STREAMS_PER_ADDRESS).unwrap_or(u8::MAX);
    let source = IpAddr::from(Ipv4Addr::new(127, 0, 0, last));
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(source, 0))?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
