//! A socket that can be cut from outside, and that remembers how the client introduced itself.
//!
//! russh cannot be told to drop a client that does not read: its own disconnect waits in the same
//! queue as everything else. Cutting the stream below it always works.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The client's version string, once it has been read. RFC 4253 section 4.2.
pub(super) type ClientId = Arc<OnceLock<String>>;

/// Bytes of the version line. Source: RFC 4253 section 4.2.
const MAX_VERSION_LINE: usize = 255;

pub(super) struct Guarded {
    socket: TcpStream,
    kill: Pin<Box<WaitForCancellationFutureOwned>>,
    cut: bool,
    client: ClientId,
    /// The version line as far as it has come; `None` once it is known.
    line: Option<Vec<u8>>,
}

impl Guarded {
    pub fn new(socket: TcpStream, kill: CancellationToken) -> (Self, ClientId) {
        let client = ClientId::default();
        let guarded = Self {
            socket,
            kill: Box::pin(kill.cancelled_owned()),
            cut: false,
            client: Arc::clone(&client),
            line: Some(Vec::new()),
        };
        (guarded, client)
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.cut = self.cut || self.kill.as_mut().poll(cx).is_ready();
        if self.cut { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn note_version(&mut self, read: &[u8]) {
        let Some(line) = &mut self.line else { return };
        let end = read.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(read.get(..end.unwrap_or(read.len())).unwrap_or_default());
        if end.is_none() && line.len() < MAX_VERSION_LINE {
            return;
        }
        line.truncate(MAX_VERSION_LINE);
        let version = String::from_utf8_lossy(line);
        let _ = self.client.set(version.trim_end().trim_start_matches("SSH-2.0-").to_owned());
        self.line = None;
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        if self.line.is_some() {
            self.note_version(buf.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
