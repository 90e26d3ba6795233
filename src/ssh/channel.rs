//! One channel: a dashboard or a command, from its first byte to its exit status.
//!
//! Three tasks at most, joined by bounded queues: the program writes into a queue of one, the pump
//! empties it into the SSH window and cuts a client that does not read, the connection feeds input.

use std::time::Duration;

use bytes::Bytes;
use russh::server::Msg;
use russh::{Channel, ChannelWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::config::SshConfig;
use crate::dal::Session;
use crate::domain::session;
use crate::tui::{self, Size};

use super::connection::Context;

/// Chunks of input that may wait for the program, each one SSH packet.
const INPUT_QUEUE: usize = 16;

/// Frames that may wait for the client. More would only make what it sees older.
const OUTPUT_QUEUE: usize = 1;

/// RFC 4254 section 5.2, `SSH_EXTENDED_DATA_STDERR`.
const STDERR: u32 = 1;

/// A program that writes to a client that has gone is not waited for longer than this.
const FAREWELL: Duration = Duration::from_secs(2);

/// A channel's right to exist: one of the few that a connection has.
pub(super) type Slot = OwnedSemaphorePermit;

/// A channel on which nothing runs yet.
pub(super) struct Open {
    channel: Channel<Msg>,
    slot: Slot,
    pub terminal: Option<Terminal>,
}

/// What a client told about its terminal.
#[derive(Debug, Clone)]
pub(super) struct Terminal {
    /// TERM
    pub name: String,
    pub size: Size,
}

/// A channel with a program on it.
pub(super) struct Running {
    input: Option<mpsc::Sender<Bytes>>,
    size: watch::Sender<Size>,
}

impl Open {
    pub fn new(channel: Channel<Msg>, slot: Slot) -> Self {
        Self { channel, slot, terminal: None }
    }
}

impl Terminal {
    /// Whether a TERM value is one. It is drawn on other people's screens: no control characters.
    pub fn is_name(term: &str) -> bool {
        term.len() <= 64 && term.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b))
    }
}

/// The size of a window as we will draw it. `ssh -tt` without a terminal says 0x0.
pub(super) fn clamp(columns: u32, rows: u32, limits: &SshConfig) -> Size {
    let (columns, rows) = if columns == 0 || rows == 0 { (80, 24) } else { (columns, rows) };
    let fit = |value: u32, most: u16| u16::try_from(value).unwrap_or(most).clamp(1, most);
    Size { columns: fit(columns, limits.columns_max), rows: fit(rows, limits.rows_max) }
}

impl Running {
    /// Whether its program has ended: nobody asks how large the window is any more.
    pub fn is_over(&self) -> bool {
        self.size.is_closed()
    }

    pub fn resize(&self, size: Size) {
        // A storm of resizes is one resize: only the last one is kept.
        self.size.send_if_modified(|now| std::mem::replace(now, size) != size);
    }

    pub async fn typed(&self, data: &[u8]) {
        if let Some(input) = &self.input {
            // The program has ended if this fails; there is nobody to type to.
            let _ = input.send(Bytes::copy_from_slice(data)).await;
        }
    }

    pub fn no_more_input(&mut self) {
        self.input = None;
    }
}

/// The dashboard, for a shell with a terminal; without one, how to use the product.
pub(super) fn shell(open: Open, session: Session, context: &Context<'_>) -> Running {
    let Some(terminal) = open.terminal else {
        return exec(open, session, b"help --usage".to_vec(), context);
    };
    let wires = Wires::new(open.channel, open.slot, terminal.size, session.clone(), context);
    let open = session.opened(session::Terminal {
        name: terminal.name,
        columns: terminal.size.columns,
        rows: terminal.size.rows,
    });
    let ssh = &context.settings.ssh;
    let io = tui::Io {
        input: wires.input,
        output: wires.output.clone(),
        size: wires.size,
        stopping: context.stopping(),
        frames_per_second: ssh.frames_per_second,
    };
    let outlet = wires.outlet;
    context.spawn(async move {
        // A task of its own: a panic ends this channel and nothing else.
        let dashboard = tokio::spawn(async move {
            let _open = open;
            tui::run(session, io).await
        });
        let left = dashboard.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a dashboard broke down");
            tui::Left::BrokenDown
        });
        outlet.say(wires.output, Some(left.farewell()), left.exit_status()).await;
    });
    wires.running
}

/// One command.
pub(super) fn exec(open: Open, session: Session, line: Vec<u8>, context: &Context<'_>) -> Running {
    let size = open.terminal.as_ref().map_or(Size { columns: 80, rows: 24 }, |terminal| terminal.size);
    let on_a_terminal = open.terminal.is_some();
    let most = context.settings.ssh.exec_bytes;
    let wires = Wires::new(open.channel, open.slot, size, session.clone(), context);
    session.commanded(line.len());
    let stopping = context.stopping();
    let (output, outlet) = (wires.output, wires.outlet);
    let sink = output.clone();
    context.spawn(async move {
        let command = tokio::spawn(async move {
            let out = cli::Output::new(sink, on_a_terminal);
            cli::run(session, &line, most, out, stopping).await
        });
        let status = command.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a command broke down");
            cli::Exit::Unavailable
        });
        outlet.say(output, None, status.code()).await;
    });
    wires.running
}

/// What goes into one packet: a frame of the dashboard, or a piece of a command's output.
enum Piece {
    Out(Bytes),
    Err(Bytes),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Out(bytes) | Self::Err(bytes) => bytes.len(),
        }
    }
}

impl From<Bytes> for Piece {
    fn from(frame: Bytes) -> Self {
        Self::Out(frame)
    }
}

impl From<cli::Chunk> for Piece {
    fn from(chunk: cli::Chunk) -> Self {
        match chunk {
            cli::Chunk::Out(bytes) => Self::Out(bytes),
            cli::Chunk::Err(bytes) => Self::Err(bytes),
        }
    }
}

/// The ends of a channel's queues.
struct Wires<T> {
    running: Running,
    input: mpsc::Receiver<Bytes>,
    output: mpsc::Sender<T>,
    size: watch::Receiver<Size>,
    outlet: Outlet,
}

impl<T: Into<Piece> + Send + 'static> Wires<T> {
    fn new(channel: Channel<Msg>, slot: Slot, size: Size, session: Session, context: &Context<'_>) -> Self {
        // Input arrives through the handler; a read half that nobody reads would block russh.
        let (read, write) = channel.split();
        drop(read);
        let (input_sender, input) = mpsc::channel(INPUT_QUEUE);
        let (output, frames) = mpsc::channel(OUTPUT_QUEUE);
        let (size_sender, size) = watch::channel(size);
        let (done_sender, done) = tokio::sync::oneshot::channel();
        let kill = context.kill.clone();
        let stall = context.settings.ssh.stall_timeout;
        context.spawn(async move {
            let write = pump(frames, write, &session, stall, &kill).await;
            let _ = done_sender.send(write);
        });
        let running = Running { input: Some(input_sender), size: size_sender };
        Self {
            running,
            input,
            output,
            size,
            outlet: Outlet { done, kill: context.kill.clone(), _slot: slot },
        }
    }
}

/// Carries what the program writes into the client's window, one piece at a time.
///
/// A client that takes nothing for `stall` is cut off: it would hold its memory for ever.
async fn pump<T: Into<Piece>>(
    mut frames: mpsc::Receiver<T>,
    write: ChannelWriteHalf<Msg>,
    session: &Session,
    stall: Duration,
    kill: &CancellationToken,
) -> Option<ChannelWriteHalf<Msg>> {
    while let Some(chunk) = frames.recv().await {
        let piece = chunk.into();
        session.sent(piece.len());
        let sent = async {
            match piece {
                Piece::Out(bytes) => write.data_bytes(bytes).await,
                Piece::Err(bytes) => write.extended_data_bytes(STDERR, bytes).await,
            }
        };
        tokio::select! {
            sent = tokio::time::timeout(stall, sent) => match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => {
                    tracing::info!("cut off: the client does not read");
                    kill.cancel();
                    return None;
                }
            },
            () = kill.cancelled() => return None,
        }
    }
    Some(write)
}

/// The way out of a channel.
struct Outlet {
    done: tokio::sync::oneshot::Receiver<Option<ChannelWriteHalf<Msg>>>,
    kill: CancellationToken,
    /// Free again when the program has ended and said so. russh tells the handler of the client's
    /// CLOSE only where ours did not go out before it, so its call cannot count channels.
    _slot: Slot,
}

impl Outlet {
    /// Says goodbye: last words, exit status, end of file, close. A client that does not take them
    /// in time is cut off.
    async fn say<T>(self, output: mpsc::Sender<T>, last_words: Option<T>, status: u32) {
        let goodbye = async {
            if let Some(words) = last_words {
                let _ = output.send(words).await;
            }
            drop(output);
            if let Ok(Some(write)) = self.done.await {
                // No disconnect: OpenSSH would drop what it has not printed yet.
                let _ = write.exit_status(status).await;
                let _ = write.eof().await;
                let _ = write.close().await;
            }
        };
        if tokio::time::timeout(FAREWELL, goodbye).await.is_err() {
            self.kill.cancel();
        }
    }
}
