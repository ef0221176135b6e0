//! One keep-alive connection with one request in flight.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::reply::{self, Reply};
use crate::error::Error;

const FIRST_BUFFER: usize = 2048;

pub(crate) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Error> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: vec![0; FIRST_BUFFER] })
    }

    /// Sends a request and gives the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Reply<'_>, Error> {
        self.socket.write_all(request).await?;
        let mut filled = 0;
        loop {
            filled += self.read_after(filled).await?;
            if let Some(shape) = reply::shape(&self.buffer[..filled])? {
                return Ok(shape.of(&self.buffer[..filled]));
            }
        }
    }

    async fn read_after(&mut self, filled: usize) -> Result<usize, Error> {
        if filled == self.buffer.len() {
            self.buffer.resize(filled * 2, 0);
        }
        match self.socket.read(&mut self.buffer[filled..]).await? {
            0 => Err(Error::Closed),
            count => Ok(count),
        }
    }
}
