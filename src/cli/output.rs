//! A command's streams, held back to the speed of the client that reads them; what a client sends waits until it
//! is read, by one of the few commands that do.

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
    /// What the client sends; nothing once nobody is going to read it.
    input: Option<mpsc::Receiver<Bytes>>,
}

impl Output {
    pub fn new(sink: mpsc::Sender<Chunk>, on_a_terminal: bool, zone: Option<Zone>) -> Self {
        Self { sink, on_a_terminal, zone, input: None }
    }

    /// The same with what comes in on stdin.
    #[must_use]
    pub fn with_input(self, input: mpsc::Receiver<Bytes>) -> Self {
        Self { input: Some(input), ..self }
    }

    /// The next piece of stdin, of no particular length and never empty; nothing at its end.
    ///
    /// Whoever reads at all reads on without waiting for anything else: what is not taken holds back the whole
    /// connection, and with it the client's readiness to take our output.
    pub async fn read(&mut self) -> Option<Bytes> {
        let input = self.input.as_mut()?;
        loop {
            match input.recv().await {
                Some(piece) if piece.is_empty() => {}
                piece => return piece,
            }
        }
    }

    /// What else comes in is thrown away.
    pub fn close_input(&mut self) {
        self.input = None;
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
