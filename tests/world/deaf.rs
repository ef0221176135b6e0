//! A subscriber that does not read.

use crate::{PATIENCE, Person, Room};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A stream whose reader leaves everything in the socket, with room for little.
#[derive(Debug)]
pub struct Deaf(TcpStream);

impl Deaf {
    /// Subscribes to a room and reads no more than the answer's first bytes.
    pub async fn follow(person: &Person, room: &Room) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small window");
        let address = person.base().trim_start_matches("http://");
        let mut stream = socket.connect(address.parse().expect("an address")).await.expect("the server listens");
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n\r\n",
            room.stream(),
            person.access
        );
        stream.write_all(request.as_bytes()).await.expect("the request is taken");
        let mut status = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut status)).await.expect("an answer").expect("an answer");
        assert_eq!(&status, b"HTTP/1.1 200");
        Self(stream)
    }

    /// Reads on to the end of the connection, which must come.
    pub async fn wake(mut self) -> String {
        let mut all = Vec::new();
        // A connection reset by the server is an end too.
        let read = timeout(PATIENCE, self.0.read_to_end(&mut all)).await;
        assert!(read.is_ok(), "still open for one who did not read; {} bytes came", all.len());
        String::from_utf8_lossy(&all).into_owned()
    }
}
