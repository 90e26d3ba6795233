//! A command's two streams, held back to the speed of the client that reads them.

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::domain::zone::Zone;

use super::exit::Failure;

/// One piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    Out(Bytes),
    Err(Bytes),
}

/// Where a command writes.
pub struct Output {
    sink: mpsc::Sender<Chunk>,
    /// A terminal in raw mode needs its carriage returned.
    on_a_terminal: bool,
    /// Where the reader is, as their client says.
    zone: Option<Zone>,
}

impl Output {
    pub fn new(sink: mpsc::Sender<Chunk>, on_a_terminal: bool, zone: Option<Zone>) -> Self {
        Self { sink, on_a_terminal, zone }
    }

    pub fn zone(&self) -> Option<Zone> {
        self.zone.clone()
    }

    /// Writes to stdout. Errors: `Gone` when there is nobody to read it.
    pub async fn print(&mut self, text: &str) -> Result<(), Failure> {
        let bytes = self.bytes(text);
        self.sink.send(Chunk::Out(bytes)).await.map_err(|_| Failure::Gone)
    }

    /// Writes a line to stderr, as `passholder: words`.
    pub async fn error(&mut self, words: &str) {
        let bytes = self.bytes(&format!("passholder: {}\n", words.trim_end()));
        // Nobody to read it: nobody to tell.
        let _ = self.sink.send(Chunk::Err(bytes)).await;
    }

    fn bytes(&self, text: &str) -> Bytes {
        if self.on_a_terminal { text.replace('\n', "\r\n").into() } else { text.to_owned().into() }
    }
}
